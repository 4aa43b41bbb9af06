"""The Imports page: a plan is shown before anything is written, and what is shown is what is done."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from planner_desktop.screens.importing.book import ImportList
from planner_desktop.screens.importing.figures import FiguresSheet
from planner_desktop.screens.importing.howread import HowRead
from planner_desktop.screens.importing.preview import Preview
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.theme import Theme
from tests.planner_desktop.importing.made import table
from tests.planner_desktop.screens.conftest import Stage, press, sheet_of

pytestmark = pytest.mark.qt

ROWS: list[list[object]] = [
    ["Keyword", "Intent", "Volume", "Keyword Difficulty", "CPC (USD)", "SERP Features"],
    ["standing desk 12", "Informational", 7, 8, 0.5, ""],
    ["STANDING DESK 13", "", 9, "", 0, ""],
    ["standing desk 12", "", 1, "", 0, ""],
    ["standing desk 3", "", 4321, 65, 0, ""],
    ["walnut desk", "Commercial", "10-100", "", 1.25, ""],
    ["https://example.com/desk", "", 1, "", 0, ""],
]
COUNTS = {"add": 2, "already_there": 1, "no_seed": 1, "duplicate": 1, "junk": 1}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text(table(ROWS), encoding="utf-8")
    return path


def plan(stage: Stage, *paths: Path) -> Preview:
    """Have files planned as the menu does, and return the preview."""
    stage.window.incoming.take(paths)
    stage.settle()
    return stage.window.imports.preview


def counts(preview: Preview) -> dict[str, int]:
    assert preview.planned is not None
    return preview.planned.prepared.counts


def shown(preview: Preview) -> list[tuple[int, str, str]]:
    lines = [preview.model.line(row) for row in range(preview.model.rowCount())]
    return [(line.line, line.keyword, line.fate) for line in lines if line is not None]


def click(stage: Stage, text: str) -> None:
    """Click an action of the latest toast."""
    (button,) = [
        one for one in stage.window.toasts.shown[-1].findChildren(QAbstractButton) if one.text() == text
    ]
    button.click()
    stage.settle()


def test_a_file_is_planned_looked_at_and_imported_as_one_step_that_is_taken_back(
    stage: Stage, file: Path
) -> None:
    preview = plan(stage, file)
    assert counts(preview) == COUNTS
    assert shown(preview) == [
        (2, "standing desk 12", "add"),
        (3, "STANDING DESK 13", "add"),
        (4, "standing desk 12", "duplicate"),
        (5, "standing desk 3", "already_there"),
        (6, "walnut desk", "no_seed"),
        (7, "https://example.com/desk", "junk"),
    ]
    assert len(stage.volumes()) == 10, "nothing is written before somebody says so"
    preview.fates.buttons["no_seed"].click()
    assert shown(preview) == [(6, "walnut desk", "no_seed")]
    assert preview.go.text() == "Import 4 rows"
    stage.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    stage.settle()
    assert len(stage.volumes()) == 12
    toast = stage.window.toasts.shown[-1]
    assert toast.text.text() == "Import 1, list.csv: 2 keywords added, 1 kept as a candidate."
    (row,) = stage.window.imports.list.rows.items
    assert (row["number"], row["counts"], row["undone"]) == (1, COUNTS, False)
    click(stage, "Show")
    assert stage.window.page == "keywords"
    assert stage.window.keywords.query.text() == "import:1"
    stage.until(
        lambda: sorted(stage.volumes()) == ["standing desk 12", "standing desk 13", "standing desk 3"]
    )
    stage.window.keywords.ask_query("")
    stage.window.show_page("imports")
    stage.settle()
    stage.window.imports.list.grid.select_rows([(0, 0)])
    stage.window.imports.list.undo.click()
    stage.settle()
    assert len(stage.volumes()) == 10
    assert stage.window.imports.list.rows.items[0]["undone"]


def test_several_files_are_one_import_each(stage: Stage, file: Path, tmp_path: Path) -> None:
    second = tmp_path / "zz.csv"
    second.write_text("Keyword,Volume\nstanding desk 15,3\nstanding desk 12,4\n", encoding="utf-8")
    preview = plan(stage, file, second)
    assert counts(preview) == {**COUNTS, "add": 3, "duplicate": 2}
    preview.go.click()
    stage.settle()
    assert [row["number"] for row in stage.window.imports.list.rows.items] == [2, 1]
    assert len(stage.volumes()) == 13
    click(stage, "Undo")
    assert len(stage.volumes()) == 10


def test_the_editor_says_what_a_column_means_and_the_plan_is_made_anew(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("Was,Wo\nstanding desk 12,In Ulm\nstanding desk 13,In Bonn\n", encoding="utf-8")
    preview = plan(stage, path)
    (one,) = preview.cards.cards
    assert one.plan.trouble is not None
    assert one.plan.trouble.code == "no_keywords"
    assert not preview.go.isEnabled()
    one.click()
    sheet = sheet_of(stage, HowRead)
    sheet.columns[0].setCurrentIndex(sheet.columns[0].findData("keyword"))
    sheet.heading.setText("1")
    press(sheet, "Read again")
    stage.settle()
    assert counts(preview) == {"add": 2}
    assert preview.cards.cards[0].plan.trouble is None


def test_a_recognised_column_can_be_left_out(stage: Stage, file: Path) -> None:
    preview = plan(stage, file)
    preview.cards.cards[0].click()
    sheet = sheet_of(stage, HowRead)
    volume = next(at for at, column in enumerate(sheet.columns) if column.currentData() == "volume")
    sheet.columns[volume].setCurrentIndex(sheet.columns[volume].findData(""))
    press(sheet, "Read again")
    stage.settle()
    line = preview.model.line(0)
    assert line is not None
    assert (line.volume, line.difficulty) == (None, 8)


def test_another_rule_makes_another_plan(stage: Stage, file: Path) -> None:
    preview = plan(stage, file)
    preview.panel.rules["fill"].click()
    stage.settle()
    assert counts(preview) == COUNTS, "the library knows the figure: there is nothing to fill in"
    preview.panel.rules["update"].click()
    stage.settle()
    assert counts(preview)["update"] == 1
    preview.go.click()
    stage.settle()
    assert stage.volumes()["standing desk 3"] == 4321


def test_files_are_dropped_anywhere_on_the_window(stage: Stage, file: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    entering = QDragEnterEvent(QPoint(700, 400), *how)
    QApplication.sendEvent(stage.window, entering)
    assert entering.isAccepted()
    QApplication.sendEvent(stage.window, QDropEvent(QPointF(700, 400), *how))
    stage.settle()
    assert stage.window.page == "imports"
    assert counts(stage.window.imports.preview) == COUNTS


def test_copied_text_is_imported_where_no_cell_is_its_target(stage: Stage) -> None:
    stage.window.show_page("imports")
    stage.settle()
    QGuiApplication.clipboard().setText("standing desk 12\nstanding desk 13\n")
    stage.window.menus["paste"].trigger()
    stage.settle()
    assert counts(stage.window.imports.preview) == {"add": 2}


def test_cancelled_nothing_is_planned_and_nothing_written(stage: Stage, file: Path) -> None:
    stage.window.incoming.take([file])
    stage.window.imports.cancel.click()
    stage.settle()
    assert not stage.window.imports.is_planning
    preview = plan(stage, file)
    preview.back.click()
    stage.settle()
    assert not stage.window.imports.is_planning
    assert stage.window.imports.list.rows.items == []


def test_a_file_that_cannot_be_read_says_why_and_leaves_the_others(
    stage: Stage, file: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "picture.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)
    preview = plan(stage, picture, file)
    assert [one.plan.trouble is None for one in preview.cards.cards] == [False, True]
    preview.go.click()
    stage.settle()
    assert len(stage.volumes()) == 12
    assert [row["files"][0]["file"] for row in stage.window.imports.list.rows.items] == ["list.csv"]


def test_an_empty_folder_is_told(stage: Stage, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    stage.window.incoming.take([folder])
    stage.settle()
    assert "no file to import" in stage.window.toasts.shown[-1].text.text()
    assert not stage.window.imports.is_planning
    assert stage.window.imports.findChild(Button) is not None


def test_the_panel_says_where_a_keyword_was_imported_from(stage: Stage, file: Path) -> None:
    preview = plan(stage, file)
    preview.go.click()
    stage.settle()
    stage.window.show_page("keywords")
    stage.window.keywords.ask_query('"standing desk 3"')
    stage.settle()
    stage.window.keywords.grid.select_rows([(0, 0)])
    origins = stage.window.keywords.row_history.origins
    stage.until(lambda: origins.texts)
    (line,) = origins.texts
    assert "list.csv, line 5 · Semrush · import 1 · volume 4,321 · difficulty 65 · Already there" in line


def test_figures_of_an_import_become_overrides_of_the_selected_keywords(stage: Stage, file: Path) -> None:
    preview = plan(stage, file)
    preview.go.click()
    stage.settle()
    stage.window.show_page("keywords")
    stage.window.keywords.ask_query("import:1")
    stage.until(lambda: len(stage.volumes()) == 3)
    stage.window.keywords.grid.selectAll()
    stage.settle()
    stage.window.menus["import_figures"].trigger()
    sheet = sheet_of(stage, FiguresSheet)
    stage.until(lambda: sheet.figures is not None)
    assert sheet.go.text() == "Set 3"
    assert stage.volumes()["standing desk 3"] == 300, "nothing is written before somebody says so"
    sheet.go.click()
    stage.until(lambda: not stage.window.incoming.figures.is_busy)
    stage.settle()
    assert stage.volumes() == {"standing desk 12": 7, "standing desk 13": 9, "standing desk 3": 4321}
    stage.window.edits.undo()
    stage.settle()
    assert stage.volumes()["standing desk 3"] == 300


def test_files_that_are_none_are_each_told_and_nothing_can_be_imported(stage: Stage, tmp_path: Path) -> None:
    made = {
        "gone.csv": None,
        "empty.csv": b"",
        "cut.csv.gz": b"\x1f\x8b\x08\x00broken",
        "line.csv": b"x" * (5 << 20),
        "book.xlsx": b"PK\x03\x04 no workbook",
        "page.csv": b"<!DOCTYPE html><html><body>Sign in</body></html>",
    }
    for name, content in made.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
    preview = plan(stage, *(tmp_path / name for name in made))
    told = {card.plan.name: card.plan.trouble for card in preview.cards.cards}
    assert list(told) == list(made)
    assert all(trouble is not None and trouble.message and trouble.remedy for trouble in told.values())
    assert not preview.go.isEnabled()
    stage.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    stage.settle()
    assert stage.window.imports.is_planning
    preview.back.click()
    stage.settle()
    assert stage.window.imports.list.rows.items == []


def test_that_figures_of_a_million_rows_are_seen_whole_in_the_narrowest_window(
    theme: Theme, qtbot: QtBot
) -> None:
    place = QWidget()
    qtbot.addWidget(place)
    imports = ImportList(theme, place)
    imports.resize(912, 600)
    place.show()
    counts = {"no_seed": 700_000, "add": 300_000}
    imports.show_imports([{"number": 12, "undone": False, "counts": counts, "files": [{"file": "list.csv"}]}])
    for column in (5, 6, 7, 8):
        index = imports.rows.index(0, column)
        assert imports.grid.sizeHintForIndex(index).width() <= imports.grid.columnWidth(column)
    assert sum(imports.grid.columnWidth(column) for column in range(9)) <= 912


def test_that_a_range_and_the_card_of_its_file_are_seen_whole_in_a_plan(stage: Stage, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.csv" for number in range(5)]
    for path in paths:
        path.write_text("Keyword,Volume\nwalnut desk,100K-500K\n", encoding="utf-8")
    plan(stage, *paths)
    preview = plan(stage, paths[0])
    assert preview.grid.sizeHintForColumn(3) <= preview.grid.columnWidth(3)
    (card,) = preview.cards.cards
    assert preview.cards.viewport().rect().contains(card.geometry())
