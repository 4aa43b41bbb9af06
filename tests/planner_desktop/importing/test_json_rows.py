"""Our own exports in JSON are read back, however somebody wrote their lines anew; what is damaged is said to be."""

import json
from pathlib import Path
from typing import Any

import pytest

from planner_desktop.importing import Origin, plan_import
from planner_desktop.importing.watch import Watch

ROW = {"keyword": "boots", "cluster": "Shoes", "status": "mapped", "disabled": False, "sector": "Desks"}
LINES = '{"rows": [\n' + json.dumps(ROW) + ',\n{"keyword": "sandals"}\n], "total": 2}\n'


def written(folder: Path, text: str) -> Origin:
    path = folder / "rows.json"
    path.write_text(text, encoding="utf-8")
    return Origin.file(path)


def document(rows: list[dict[str, Any]], **how: Any) -> str:
    return json.dumps({"rows": rows, "total": len(rows)}, **how)


@pytest.mark.parametrize(
    "text",
    [LINES, "\ufeff" + LINES, document([ROW, {"keyword": "sandals"}], indent=2), document([ROW, {"keyword": "sandals"}])],
)  # fmt: skip
def test_rows_are_read_however_their_lines_are_written(tmp_path: Path, text: str) -> None:
    with plan_import([written(tmp_path, text)]) as plan:
        (file,) = plan.files
        assert (file.tool, file.rows, file.heading) == ("planner", 2, 1)
        assert [(row.line, row.keyword, row.group) for row in plan.rows()] == [
            (2, "boots", "Shoes"),
            (3, "sandals", None),
        ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (LINES[: LINES.index("]")], "damaged"),
        (LINES.replace('{"keyword": "sandals"}', '{"keyword": "sand'), "damaged"),
        ('{"rows": [\n1,\n2\n], "total": 2}\n', "damaged"),
        ('{"rows": [[[[[', "damaged"),
        ('{"rows": [\n], "total": 0}\n', "empty"),
    ],
)
def test_what_is_damaged_or_holds_nothing_is_said_to(tmp_path: Path, text: str, code: str) -> None:
    with plan_import([written(tmp_path, text)]) as plan:
        trouble = plan.files[0].trouble
        assert trouble is not None
        assert trouble.code == code
        assert "rows.json" in trouble.message


def test_many_rows_are_read_some_thousand_at_once_and_progress_is_told(tmp_path: Path) -> None:
    lines = ",\n".join(json.dumps({**ROW, "keyword": f"boots {at}"}) for at in range(9_000))
    told: list[int] = []
    watch = Watch(lambda progress: told.append(progress.done), clock=iter(range(1 << 20)).__next__)
    with plan_import([written(tmp_path, f'{{"rows": [\n{lines}\n], "total": 9000}}')], watch=watch) as plan:
        assert len(plan) == 9_000
        assert list(plan.chunks())[-1].lines[-1] == 9_001
    assert max(told) > 500_000
