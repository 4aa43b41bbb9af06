"""Copy, paste and fill down: ranges to and from spreadsheets and text editors."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from planner_desktop.screens.keywords import asking, copying, pasting
from planner_desktop.screens.keywords.cells import CLUSTER, DIFFICULTY, KEYWORD, STATUS, VOLUME
from planner_desktop.screens.keywords.pasteplan import read_block
from planner_desktop.screens.keywords.pasting import PasteSheet
from planner_desktop.widgets.dialogs import Sheet
from tests.planner_desktop.screens.conftest import Stage, press, sheet_of

pytestmark = pytest.mark.qt

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture(autouse=True)
def clipboard() -> Iterator[None]:
    QGuiApplication.clipboard().clear()
    yield
    QGuiApplication.clipboard().clear()


def stand_at(stage: Stage, row: int, column: int, *ranges: tuple[int, int]) -> None:
    grid = stage.window.keywords.grid
    grid.setFocus()
    grid.go_to(row, column)
    if ranges:
        grid.select_rows(ranges)
    stage.settle()


def column(stage: Stage, at: int) -> list[str]:
    rows = stage.window.keywords.table.rows
    return [str(rows.data(rows.index(row, at))) for row in range(rows.rowCount())]


def paste(stage: Stage, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    stage.key(Qt.Key.Key_V, CTRL)
    stage.settle()


def copied(stage: Stage) -> str:
    stage.settle()
    return QGuiApplication.clipboard().text()


# -------------------------------------------------------------------- copy


def test_selected_rows_are_copied_as_they_stand_with_plain_digits(stage: Stage) -> None:
    stand_at(stage, 0, VOLUME, (0, 1), (3, 3))
    stage.key(Qt.Key.Key_C, CTRL)
    lines = copied(stage).splitlines()
    names, volumes = column(stage, KEYWORD), column(stage, VOLUME)
    assert [line.split("\t")[:2] for line in lines] == [
        [names[at], volumes[at].replace(",", "")] for at in (0, 1, 3)
    ]
    page = QGuiApplication.clipboard().mimeData().html()
    assert page.count("<tr>") == 3
    assert names[3] in page


def test_columns_are_copied_in_the_order_in_which_they_stand(stage: Stage) -> None:
    grid = stage.window.keywords.grid
    grid.setColumnHidden(DIFFICULTY, True)  # noqa: FBT003
    grid.horizontalHeader().moveSection(grid.horizontalHeader().visualIndex(STATUS), 2)
    stand_at(stage, 0, KEYWORD, (0, 0))
    stage.window.menus["copy_titled"].trigger()
    titles = copied(stage).splitlines()[0].split("\t")
    assert titles[:3] == ["Keyword", "Status", "Volume"]
    assert "Difficulty" not in titles


def test_one_column_can_be_copied_alone(stage: Stage) -> None:
    stand_at(stage, 2, KEYWORD, (0, 2))
    stage.key(Qt.Key.Key_C, CTRL | SHIFT)
    assert copied(stage).splitlines() == column(stage, KEYWORD)[:3]


def test_without_a_selection_the_current_row_is_copied_and_one_cell_has_no_line_end(stage: Stage) -> None:
    stand_at(stage, 4, KEYWORD)
    stage.window.keywords.grid.clearSelection()
    stage.window.keywords.grid.set_current(4, KEYWORD)
    stage.key(Qt.Key.Key_C, CTRL | SHIFT)
    assert copied(stage) == column(stage, KEYWORD)[4]


def test_very_many_rows_are_copied_as_lines_only(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "MOST_IN_HTML", 3)
    stand_at(stage, 0, KEYWORD, (0, 9))
    stage.key(Qt.Key.Key_C, CTRL)
    assert len(copied(stage).splitlines()) == 10
    assert not QGuiApplication.clipboard().mimeData().hasHtml()


def test_a_stopped_copy_leaves_the_clipboard_alone(stage: Stage) -> None:
    QGuiApplication.clipboard().setText("before")
    stand_at(stage, 0, KEYWORD, (0, 9))
    hands = stage.window.keywords.hands
    hands.copying.copy()
    hands.copying.stop()
    assert copied(stage) == "before"


# -------------------------------------------------------------------- paste


def test_a_block_goes_into_the_rows_and_columns_from_the_current_cell_as_one_action(stage: Stage) -> None:
    before = column(stage, VOLUME)
    stand_at(stage, 2, VOLUME)
    paste(stage, "1200\t55\r\n1,300\t\r\n7\t9\r\n")
    assert column(stage, VOLUME)[2:5] == ["1,200", "1,300", "7"]
    assert column(stage, DIFFICULTY)[2] == "55"
    assert stage.window.account.counts.waiting == 1
    stage.window.edits.undo()
    stage.settle()
    assert column(stage, VOLUME) == before


def test_what_was_copied_and_pasted_back_changes_nothing(stage: Stage) -> None:
    stand_at(stage, 0, KEYWORD, (0, 9))
    stage.key(Qt.Key.Key_C, CTRL)
    text = copied(stage)
    stand_at(stage, 0, KEYWORD)
    paste(stage, text)
    assert stage.window.account.counts.waiting == 0
    assert stage.window.toasts.shown[-1].text.text() == "All of it is like that already."


def test_one_value_goes_into_every_selected_row(stage: Stage) -> None:
    stand_at(stage, 1, VOLUME, (1, 3), (6, 6))
    stage.window.keywords.grid.set_current(1, VOLUME)
    paste(stage, "4321")
    assert [at for at, text in enumerate(column(stage, VOLUME)) if text == "4,321"] == [1, 2, 3, 6]
    assert stage.window.account.counts.waiting == 1


def test_cells_that_cannot_be_taken_are_listed_with_the_reason_and_the_rest_waits_for_a_yes(
    stage: Stage,
) -> None:
    stand_at(stage, 0, VOLUME)
    paste(stage, "10\n12x\n30")
    sheet = sheet_of(stage, PasteSheet)
    (refused,) = sheet._rows.items
    assert (refused.line, refused.column, refused.text) == (2, "Volume", "12x")
    assert refused.keyword == column(stage, KEYWORD)[1]
    assert "does not fit" in refused.reason
    assert stage.window.account.counts.waiting == 0
    press(sheet, "Paste 2 cells")
    stage.settle()
    assert column(stage, VOLUME)[0] == "10"
    assert column(stage, VOLUME)[2] == "30"


def test_a_paste_that_was_not_wanted_after_all_writes_nothing(stage: Stage) -> None:
    stand_at(stage, 0, VOLUME)
    paste(stage, "10\nnothing")
    press(sheet_of(stage, PasteSheet), "Cancel")
    stage.settle()
    assert stage.window.account.counts.waiting == 0


def test_clusters_are_found_by_name_and_new_ones_are_told_before_they_are_made(stage: Stage) -> None:
    stand_at(stage, 0, CLUSTER)
    paste(stage, "Fresh one\nfresh  ONE\n–")
    sheet = sheet_of(stage, PasteSheet)
    press(sheet, "Paste 2 cells")
    stage.settle()
    assert column(stage, CLUSTER)[:3] == ["Fresh one", "Fresh one", ""]
    assert stage.window.account.counts.waiting == 1
    stand_at(stage, 4, CLUSTER)
    paste(stage, "FRESH one")
    assert column(stage, CLUSTER)[4] == "Fresh one"


def test_an_emptied_cell_gives_the_figure_back_to_the_library(stage: Stage) -> None:
    before = column(stage, VOLUME)
    stand_at(stage, 0, VOLUME)
    paste(stage, "5\n6")
    paste(stage, "\t\n6")
    assert column(stage, VOLUME)[0] == before[0]
    assert column(stage, VOLUME)[1] == "6"


def test_lines_below_the_last_row_are_told(stage: Stage) -> None:
    stand_at(stage, 9, VOLUME)
    paste(stage, "1\n2\n3")
    press(sheet_of(stage, PasteSheet), "Paste 1 cell")
    stage.settle()
    assert column(stage, VOLUME)[9] == "1"


def test_more_lines_than_can_be_pasted_are_pointed_to_import(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planner_desktop.screens.keywords.pasteplan.MOST_ROWS", 3)
    monkeypatch.setattr(pasting, "MOST_ROWS", 3)
    stand_at(stage, 0, VOLUME)
    paste(stage, "1\n2\n3\n4")
    assert "Import them" in stage.window.toasts.shown[-1].text.text()
    assert stage.window.account.counts.waiting == 0


def test_paste_into_the_query_line_is_text(stage: Stage) -> None:
    stage.window.keywords.focus_query()
    paste(stage, "desk")
    assert stage.window.keywords.query.text() == "desk"
    assert stage.window.account.counts.waiting == 0


def test_a_line_of_titles_says_which_columns_the_cells_are_for(stage: Stage) -> None:
    names = column(stage, KEYWORD)
    stand_at(stage, 0, STATUS)
    paste(stage, f"Difficulty\tKeyword\tVolume\n11\t{names[0]}\t5\n12\t{names[1]}\t6")
    assert column(stage, DIFFICULTY)[:2] == ["11", "12"]
    assert column(stage, VOLUME)[:2] == ["5", "6"]


def test_a_line_for_another_keyword_goes_nowhere(stage: Stage) -> None:
    names, volumes = column(stage, KEYWORD), column(stage, VOLUME)
    stand_at(stage, 0, KEYWORD)
    paste(stage, f"{names[0]}\t5\n{names[3]}\t6\n\t7")
    sheet = sheet_of(stage, PasteSheet)
    (refused,) = sheet._rows.items
    assert (refused.line, refused.text, refused.reason) == (2, names[3], "The line is for another keyword")
    press(sheet, "Paste 2 cells")
    stage.settle()
    assert column(stage, VOLUME)[:3] == ["5", volumes[1], "7"]


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("a\tb\r\nc", [["a", "b"], ["c"]]),
        ("a\rb\n\n\n", [["a"], ["b"]]),
        ('"two\nlines"\tb\n"say ""hi"""', [["two\nlines", "b"], ['say "hi"']]),
        ('24" desk\nlamp', [['24" desk'], ["lamp"]]),
        ('"never closed\nlamp', [['"never closed'], ["lamp"]]),
        ("a\x0bb\u2028c", [["a\x0bb\u2028c"]]),
    ],
)
def test_a_text_is_cut_as_spreadsheets_and_editors_mean_it(text: str, cells: list[list[str]]) -> None:
    assert read_block(text) == cells


# -------------------------------------------------------------------- fill down


def test_fill_down_copies_the_first_selected_cell_into_the_others(stage: Stage) -> None:
    volumes = column(stage, VOLUME)
    stand_at(stage, 2, VOLUME, (2, 5))
    stage.window.keywords.grid.set_current(2, VOLUME)
    stage.key(Qt.Key.Key_D, CTRL)
    stage.settle()
    assert column(stage, VOLUME)[2:6] == [volumes[2]] * 4
    assert stage.window.account.counts.waiting == 1
    stage.window.edits.undo()
    stage.settle()
    assert column(stage, VOLUME) == volumes


def test_a_single_row_takes_the_value_of_the_row_above(stage: Stage) -> None:
    stand_at(stage, 1, STATUS)
    stage.key(Qt.Key.Key_D, CTRL)
    stage.settle()
    assert column(stage, STATUS)[1] == column(stage, STATUS)[0]


def test_a_column_that_cannot_be_edited_is_not_filled_and_that_is_said(stage: Stage) -> None:
    stand_at(stage, 1, KEYWORD, (1, 3))
    stage.key(Qt.Key.Key_D, CTRL)
    stage.settle()
    assert stage.window.toasts.shown[-1].text.text() == "“Keyword” cannot be edited."
    assert stage.window.account.counts.waiting == 0


def test_filling_very_many_rows_asks_with_count_and_sample_first(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "CONFIRM_ABOVE", 3)
    volumes = column(stage, VOLUME)
    stand_at(stage, 0, VOLUME, (0, 8))
    stage.window.keywords.grid.set_current(0, VOLUME)
    stage.key(Qt.Key.Key_D, CTRL)
    sheet = sheet_of(stage, Sheet)
    assert column(stage, VOLUME) == volumes
    press(sheet, "Change 8")
    stage.settle()
    assert column(stage, VOLUME)[:9] == [volumes[0]] * 9


# -------------------------------------------------------------------- ranges of cells


def test_cells_are_chosen_with_shift_and_the_arrows_and_copied(stage: Stage) -> None:
    grid = stage.window.keywords.grid
    stand_at(stage, 0, VOLUME)
    stage.key(Qt.Key.Key_Right, SHIFT)
    stage.key(Qt.Key.Key_Down, SHIFT)
    stage.key(Qt.Key.Key_Down, SHIFT)
    assert (grid.span.columns, grid.selected_ranges()) == ([VOLUME, DIFFICULTY], [(0, 2)])
    stage.key(Qt.Key.Key_C, CTRL)
    cells = [line.split("\t") for line in copied(stage).splitlines()]
    volumes = [text.replace(",", "").replace("–", "") for text in column(stage, VOLUME)[:3]]
    assert [row[0] for row in cells] == volumes
    assert {len(row) for row in cells} == {2}
    stage.key(Qt.Key.Key_Left, SHIFT)
    stage.key(Qt.Key.Key_Left, SHIFT)
    assert grid.span.columns == [KEYWORD, VOLUME], "it goes over where it began"
    stage.key(Qt.Key.Key_Escape)
    assert (grid.span.columns, grid.selected_ranges()) == ([], [(0, 2)])
    stage.key(Qt.Key.Key_Right, SHIFT)
    stage.key(Qt.Key.Key_Up)
    assert grid.span.columns == [], "a step without Shift is a new beginning"


def test_cells_are_chosen_by_dragging_and_by_a_click_with_shift(stage: Stage) -> None:
    grid = stage.window.keywords.grid
    stand_at(stage, 0, KEYWORD)

    def at(row: int, place: int) -> QPoint:
        return grid.visualRect(grid.model().index(row, place)).center()

    left = Qt.MouseButton.LeftButton
    QTest.mousePress(grid.viewport(), left, pos=at(1, VOLUME))
    for point in (at(2, VOLUME), at(3, DIFFICULTY)):
        drag = QMouseEvent(
            QEvent.Type.MouseMove,
            QPointF(point),
            QPointF(grid.viewport().mapToGlobal(point)),
            Qt.MouseButton.NoButton,
            left,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(grid.viewport(), drag)
    QTest.mouseRelease(grid.viewport(), left, pos=at(3, DIFFICULTY))
    assert (grid.span.columns, grid.selected_ranges()) == ([VOLUME, DIFFICULTY], [(1, 3)])
    QTest.mouseClick(grid.viewport(), left, pos=at(0, DIFFICULTY))
    assert grid.span.columns == []
    QTest.mouseClick(grid.viewport(), left, SHIFT, at(2, VOLUME))
    assert (grid.span.columns, grid.selected_ranges()) == ([VOLUME, DIFFICULTY], [(0, 2)])


def test_a_paste_begins_at_the_first_chosen_cell_and_one_cell_goes_into_all_of_them(stage: Stage) -> None:
    stand_at(stage, 2, DIFFICULTY, (0, 2))
    grid = stage.window.keywords.grid
    grid.span.set(VOLUME, DIFFICULTY)
    paste(stage, "17")
    assert (column(stage, VOLUME)[:3], column(stage, DIFFICULTY)[:3]) == (["17"] * 3, ["17"] * 3)
    grid.span.set(VOLUME, DIFFICULTY)
    paste(stage, "1\t2\n3\t4")
    assert (column(stage, VOLUME)[:3], column(stage, DIFFICULTY)[:3]) == (["1", "3", "17"], ["2", "4", "17"])


def test_chosen_cells_are_seen(stage: Stage) -> None:
    grid = stage.window.keywords.grid
    stand_at(stage, 0, VOLUME, (0, 2))
    before = grid.viewport().grab().toImage()
    grid.span.set(VOLUME, DIFFICULTY)
    after = grid.viewport().grab().toImage()
    inside, outside = (grid.visualRect(grid.model().index(1, place)) for place in (VOLUME, KEYWORD))
    assert after.copy(inside) != before.copy(inside)
    assert after.copy(outside.adjusted(0, 0, -4, 0)) == before.copy(outside.adjusted(0, 0, -4, 0))
