"""Export in the window: the view or the selection with chosen columns, a plan, progress that can be stopped."""

import csv
import threading
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton

from planner_desktop.app.contract import CLUSTER_FIELDS, IDEA_FIELDS
from planner_desktop.app.profile import Profile
from planner_desktop.exporting import csvfile
from planner_desktop.screens import exporting
from planner_desktop.screens.exporting import CLUSTERS, IDEAS, PLAN, SELECTION, VIEW, ExportSheet
from tests.planner_desktop.screens.conftest import Open, Stage, press, sheet_of

pytestmark = pytest.mark.qt


@pytest.fixture
def stage(open_window: Open, profile: Profile) -> Stage:
    made = open_window(profile)
    made.settle()
    return made


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the file dialog says it goes, with the ending of the format that was asked for."""
    base = tmp_path / "out"
    base.mkdir()
    monkeypatch.setattr(exporting, "ask_for_file", lambda _window, _stem, form: base / f"file.{form}")
    return base / "file.csv"


def sheet(stage: Stage) -> ExportSheet:
    stage.window.menus["export"].trigger()
    return sheet_of(stage, ExportSheet)


def rows(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.reader(text))


def shown(stage: Stage) -> list[str]:
    columns, keys = stage.window.account.columns, stage.window.keywords.table.rows.keys
    assert columns is not None
    assert keys is not None
    return [row.keyword for row in columns.rows(keys) if row is not None]


def finished(stage: Stage, file: Path) -> None:
    stage.until(lambda: file.exists() and not stage.window.commands.exporting.is_busy)


def test_the_view_is_written_in_its_order_with_the_columns_of_the_grid(stage: Stage, file: Path) -> None:
    asked = sheet(stage)
    assert asked.kind == VIEW
    press(asked, "Choose a file…")
    finished(stage, file)
    head, *body = rows(file)
    assert head[:3] == ["Keyword", "Volume", "Difficulty"]
    assert [row[0] for row in body] == shown(stage)
    assert [toast.text.text() for toast in stage.window.toasts.shown][-1].endswith("keywords are in file.csv")


def test_a_selection_is_offered_first_and_written_alone(stage: Stage, file: Path) -> None:
    stage.window.keywords.grid.select_rows([(1, 2)])
    asked = sheet(stage)
    assert asked.kind == SELECTION
    asked.choose_fields(["keyword", "id"])
    asked.bom.setChecked(True)
    press(asked, "Choose a file…")
    finished(stage, file)
    head, *body = rows(file)
    assert head == ["Keyword", "Id"]
    assert [row[0] for row in body] == shown(stage)[1:3]
    assert all(len(row[1]) == 32 for row in body)
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_plan_has_its_own_formats_and_no_columns_to_choose(stage: Stage, file: Path) -> None:
    asked = sheet(stage)
    asked.choose(PLAN)
    assert asked.form == "md"
    assert not asked.bom.isVisible()
    assert not asked.table_format.isVisible()
    press(asked, "Choose a file…")
    plan = file.with_suffix(".md")
    finished(stage, plan)
    text = plan.read_text(encoding="utf-8")
    assert text.startswith("# Site plan: ")
    assert all(f"| {keyword} |" in text for keyword in shown(stage))


def test_without_a_column_there_is_nothing_to_write(stage: Stage) -> None:
    asked = sheet(stage)
    asked.choose_fields([])
    assert not asked.go.isEnabled()
    assert asked.card.note.text() == "Choose at least one column."
    asked.reject()


def test_cancel_stops_the_writing_and_leaves_no_file(
    stage: Stage, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    write = csvfile.write_extract

    def waits(*arguments: object, **options: object) -> int:
        begun.set()
        assert go_on.wait(30)
        return write(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(csvfile, "write_extract", waits)
    asked = sheet(stage)
    press(asked, "Choose a file…")
    stage.until(begun.is_set)
    assert asked.strip.isVisible()
    assert not asked.go.isEnabled()
    asked.reject()
    go_on.set()
    stage.until(lambda: not list(file.parent.iterdir()))
    assert not stage.window.commands.exporting.is_busy


def test_a_folder_that_is_gone_is_said_and_the_sheet_stays(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "ask_for_file", lambda *_: tmp_path / "gone" / "file.csv")
    asked = sheet(stage)
    press(asked, "Choose a file…")
    stage.until(lambda: bool(stage.window.toasts.shown))
    assert "There is no folder" in stage.window.toasts.shown[-1].text.text()
    assert asked.isVisible()
    assert asked.go.isEnabled()
    asked.reject()


def test_every_control_of_the_sheet_has_a_name(stage: Stage) -> None:
    asked = sheet(stage)
    controls = [one for one in asked.findChildren(QAbstractButton) if one.isVisible()]
    assert all(one.text() or one.accessibleName() for one in controls)
    asked.reject()


def test_clusters_and_ideas_are_tables_of_the_whole_place(stage: Stage, file: Path) -> None:
    for kind, fields in ((CLUSTERS, CLUSTER_FIELDS), (IDEAS, IDEA_FIELDS)):
        asked = sheet(stage)
        asked.choose(kind)
        assert asked.columns_title.isHidden()
        assert asked.plan_format.isHidden()
        press(asked, "Choose a file…")
        finished(stage, file)
        heading, *found = rows(file)
        assert len(heading) == len(fields)
        if kind == CLUSTERS:
            names = {row.name for row in stage.window.account.planner.store.reader.clusters()}
            assert {row[fields.index("name")] for row in found} == names != set()
        file.unlink()
        stage.settle()
