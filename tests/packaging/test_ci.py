"""CI: its list of packages is complete, its script is sound, and it does not let tests be skipped."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import postgres

SKIPPING = """
import pytest

@pytest.mark.qt
def test_qt(): pytest.skip("no display")

@pytest.mark.postgres
def test_postgres(): pytest.skip("no server")

def test_plain(): pytest.skip("no data")

@pytest.mark.qt
@pytest.mark.xfail(strict=True)
def test_known(): raise AssertionError
"""
SKIPPED_MODULE = "import pytest\npytest.skip('not here', allow_module_level=True)\n"
CONFTEST = "from tests.conftest import pytest_make_collect_report, pytest_runtest_makereport\n"
TOLD = """
def test_noticed(record_property): record_property("bug", "A P10 one"), record_property("caught", "a history")

def test_unnoticed(record_property): record_property("bug", "A P9 other"); raise AssertionError

def test_of_something_else(): pass
"""
INI = "[pytest]\nmarkers =\n    qt\n    postgres\n"


def outcomes(folder: Path, repository: Path, ci: str) -> dict[str, int]:
    """Counts of pytest's closing line for a module with such tests beside one that skips as a whole."""
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "pytest.ini").write_text(INI)
    (folder / "test_tests.py").write_text(SKIPPING)
    (folder / "test_module.py").write_text(SKIPPED_MODULE)
    closing = said_by_pytest(folder, repository, ci)[-1]
    return {word.rstrip("s"): int(count) for count, word in re.findall(r"(\d+) ([a-z]+)", closing)}


def said_by_pytest(folder: Path, repository: Path, ci: str) -> list[str]:
    """Run the tests in a folder and return the lines of the output."""
    options = [
        "-q",
        "--continue-on-collection-errors",
        "-p",
        "no:django",
        "-p",
        "no:pytest-qt",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(folder)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(repository), "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.splitlines()


def test_under_ci_neither_a_qt_or_postgres_test_nor_a_whole_module_may_be_skipped(
    tmp_path: Path, repository: Path
) -> None:
    assert outcomes(tmp_path, repository, "true") == {"failed": 2, "skipped": 1, "xfailed": 1, "error": 1}


def test_elsewhere_they_may_be_skipped(tmp_path: Path, repository: Path) -> None:
    assert outcomes(tmp_path, repository, "") == {"skipped": 4, "xfailed": 1}


def test_the_end_of_a_run_names_known_bugs_that_were_caught_and_missed(
    tmp_path: Path, repository: Path
) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_terminal_summary\n")
    (tmp_path / "pytest.ini").write_text(INI)
    (tmp_path / "test_told.py").write_text(TOLD)
    said = said_by_pytest(tmp_path, repository, "")
    first = said.index("MISSED  A P9 other")
    assert said[first + 1 : first + 3] == ["caught  A P10 one", "1 caught, 1 missed"]


def test_the_list_holds_what_run_py_would_install(repository: Path) -> None:
    listed = re.sub(r"#.*", "", (repository / "packaging" / "ci-packages.txt").read_text()).split()
    code = (repository / "run.py").read_text()
    named = set(re.findall(r'"lib[\w.+-]+\.so\.\d+": "(lib[\w.+-]+)"', code))
    wayland = {name for name in named if "wayland" in name}
    assert len(named) > 10
    assert named - wayland <= set(listed)
    assert {"postgresql", "xvfb"} <= set(listed)


def test_the_script_is_sound_and_may_be_started(repository: Path) -> None:
    script = repository / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0


def test_absent_postgresql_is_said_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANNER_TEST_POSTGRES_BIN", str(tmp_path))
    with pytest.raises(postgres.PostgresMissing, match="apt-get install postgresql"):
        postgres.find_binaries()
