"""The table of figures: ratios, growth, and a benchmark that fails without taking the others along."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

import benchmarks
from benchmarks import __main__ as command
from benchmarks.results import Result


def test_that_growth_is_the_slope_on_logarithmic_scales() -> None:
    assert command.growth([(10, 1.0), (100, 10.0), (1000, 100.0)]) == pytest.approx(1)
    assert command.growth([(10, 3.0), (1000, 3.0)]) == pytest.approx(0)
    assert command.growth([(10, 2.0), (100, 200.0)]) == pytest.approx(2)
    assert command.growth([(10, 2.0)]) is None


def test_that_each_figure_stands_beside_floor_and_peer_with_sizes_in_order() -> None:
    lines = command.table(
        [
            Result("edit", 1_000, 30, 10, 60, "<= 4x"),
            Result("edit", 100, 3, 2),
            Result("count", 100, 500, 0.5, unit="MB"),
        ]
    )
    assert [line.split()[0] for line in lines] == ["benchmark", "---------", "edit", "edit", "count"]
    assert lines[2].split()[1:] == ["100", "ms", "3", "2", "1.50"]
    assert lines[3].split()[1:] == ["1,000", "ms", "30", "10", "3.00", "60", "0.50", "1.00", "<=", "4x"]
    assert lines[4].split()[1:] == ["100", "MB", "500", "0.5", "1000.00"]


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two benchmarks instead of the real ones: one that works, one that does not."""

    def works(rows: int) -> list[Result]:
        return [Result("works", rows, 1, 1)]

    def fails(rows: int) -> list[Result]:
        raise RuntimeError(f"no {rows}")

    found = {"works": works, "fails": fails}
    monkeypatch.setattr(
        command, "find", lambda only: ((name, one) for name, one in found.items() if only in {"", name})
    )


def test_that_a_failing_benchmark_is_reported_and_the_others_are_printed(
    modules: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["--rows", "10,1_000"]) == 1
    shown = capsys.readouterr()
    assert [line.split()[:2] for line in shown.out.splitlines()[2:]] == [["works", "10"], ["works", "1,000"]]
    assert "RuntimeError: no 10" in shown.err


def test_that_one_benchmark_can_be_asked_for_and_an_unknown_one_lists_them(
    modules: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["--rows", "10", "--only", "works"]) == 0
    assert command.main(["--only", "nothing"]) == 2
    assert "works, fails" in capsys.readouterr().err


@pytest.mark.parametrize("rows", ["many", "0", "10,-1", ""])
def test_that_wrong_sizes_are_wrong_usage(rows: str) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["--rows", rows])
    assert ended.value.code == 2


def test_that_modules_take_part_by_having_a_measure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = ModuleType("benchmarks.made_up")
    made.measure = lambda rows: []  # type: ignore[attr-defined]  # a module takes any attribute
    monkeypatch.setitem(sys.modules, "benchmarks.made_up", made)
    monkeypatch.setattr(benchmarks, "__path__", [str(tmp_path)])
    (tmp_path / "made_up.py").write_text("")
    (tmp_path / "results.py").write_text("")
    assert [name for name, _ in command.find("")] == ["made_up"]
