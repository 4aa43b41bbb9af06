"""One cell: typed, chosen, accepted, refused, taken back, changed by somebody else."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit

from planner_core.commands import DeleteRows
from planner_desktop.screens.keywords.cells import CLUSTER, DIFFICULTY, KEYWORD, MARK, PLACE, STATUS, VOLUME
from planner_desktop.widgets.cellediting import CellMessage
from planner_desktop.widgets.roles import CELL_ROLE, EDITED, OVERRIDE, Cell
from tests.planner_desktop.screens.conftest import Open, Stage
from tests.support.machine import KEYWORDS, site_of
from tests.support.platform import Platform

pytestmark = pytest.mark.qt

CTRL = Qt.KeyboardModifier.ControlModifier


def cell(stage: Stage, row: int, column: int) -> Cell:
    rows = stage.window.keywords.table.rows
    found = rows.data(rows.index(row, column), CELL_ROLE)
    assert isinstance(found, Cell)
    return found


def stand_at(stage: Stage, row: int, column: int) -> None:
    stage.window.keywords.grid.setFocus()
    stage.window.keywords.grid.go_to(row, column)
    stage.settle()


def message(stage: Stage) -> str:
    found = stage.window.keywords.grid.findChild(CellMessage)
    assert isinstance(found, CellMessage)
    return "" if found.isHidden() else found._text.text()


def test_typing_over_a_cell_overrides_the_figure_and_marks_cell_and_row(stage: Stage) -> None:
    stand_at(stage, 0, VOLUME)
    stage.type("27100")
    stage.key(Qt.Key.Key_Return)
    stage.settle()
    edited = cell(stage, 0, VOLUME)
    assert edited.text == "27,100"
    assert edited.flags & OVERRIDE
    stage.until(lambda: cell(stage, 0, VOLUME).flags & EDITED)
    assert cell(stage, 0, MARK).extra == "waiting"
    assert not cell(stage, 0, DIFFICULTY).flags & EDITED
    assert stage.window.keywords.grid.currentIndex().row() == 1


def test_the_row_stays_where_it_is_although_the_order_would_be_another_now(stage: Stage) -> None:
    first = cell(stage, 0, KEYWORD).text
    stand_at(stage, 0, VOLUME)
    stage.type("1")
    stage.key(Qt.Key.Key_Return)
    stage.settle()
    assert cell(stage, 0, KEYWORD).text == first
    stage.window.keywords.table.look()
    assert cell(stage, 0, KEYWORD).text != first


def test_an_emptied_field_gives_the_figure_back_to_the_library(stage: Stage) -> None:
    before = cell(stage, 0, VOLUME).text
    stand_at(stage, 0, VOLUME)
    stage.type("5")
    stage.key(Qt.Key.Key_Return)
    stage.settle()
    stand_at(stage, 0, VOLUME)
    stage.key(Qt.Key.Key_F2)
    stage.key(Qt.Key.Key_Backspace)
    stage.key(Qt.Key.Key_Return)
    stage.settle()
    assert cell(stage, 0, VOLUME) == Cell(cell(stage, 0, VOLUME).kind, before, 0)


def test_ctrl_backspace_resets_the_override_without_an_editor(stage: Stage) -> None:
    before = cell(stage, 0, VOLUME).text
    stand_at(stage, 0, VOLUME)
    stage.type("5")
    stage.key(Qt.Key.Key_Return)
    stage.settle()
    stand_at(stage, 0, VOLUME)
    stage.key(Qt.Key.Key_Backspace, CTRL)
    stage.settle()
    assert cell(stage, 0, VOLUME).text == before


def test_a_figure_out_of_bounds_is_refused_at_the_cell_and_stays_to_be_mended(stage: Stage) -> None:
    stand_at(stage, 0, DIFFICULTY)
    stage.type("130")
    stage.key(Qt.Key.Key_Return)
    assert "0 to 100" in message(stage)
    field = stage.focus
    assert isinstance(field, QLineEdit)
    assert field.text() == "130"
    field.setText("30")
    stage.key(Qt.Key.Key_Return)
    stage.settle()
    assert cell(stage, 0, DIFFICULTY).text == "30"


def test_a_rule_that_the_writer_knows_speaks_at_the_cell_and_keeps_what_was_typed(stage: Stage) -> None:
    rows = stage.window.keywords.table.rows
    key = rows.row_key(2)
    assert isinstance(key, int)
    uid = KEYWORDS[int(cell(stage, 2, KEYWORD).text.rsplit(" ", 1)[1])]
    writer = stage.window.account.planner.store.writer
    stage.window.account.bridge.changed.disconnect()
    writer.do(lambda replica: replica.run([DeleteRows("keyword", [uid])]))
    stand = stage.window.keywords.grid
    stand.go_to(2, VOLUME)
    rows.edited.emit(key, "volume", 44)
    stage.until(lambda: message(stage))
    assert "trash" in message(stage)
    field = stage.focus
    assert isinstance(field, QLineEdit)
    assert field.text() == "44"


def test_a_new_cluster_name_makes_the_cluster_and_assigns_it_as_one_step(stage: Stage) -> None:
    stand_at(stage, 0, CLUSTER)
    stage.key(Qt.Key.Key_F2)
    stage.type("Oak desks")
    stage.key(Qt.Key.Key_Return)
    stage.settle()
    assert cell(stage, 0, CLUSTER).text == "Oak desks"
    assert cell(stage, 0, STATUS).text == "Mapped"
    undo = stage.window.account.standing.undo
    assert undo is not None
    assert undo.label == "New cluster “Oak desks” for 1 keyword"
    stage.window.edits.undo()
    stage.settle()
    assert cell(stage, 0, CLUSTER).text == ""
    assert cell(stage, 0, STATUS).text == "New"


def test_status_is_chosen_from_a_list_by_keys(stage: Stage) -> None:
    stand_at(stage, 1, STATUS)
    stage.key(Qt.Key.Key_Return)
    stage.key(Qt.Key.Key_Down)
    stage.key(Qt.Key.Key_Return)
    stage.settle()
    assert cell(stage, 1, STATUS).text == "Mapped"


def test_ctrl_e_disables_the_row_and_strikes_it(stage: Stage) -> None:
    stand_at(stage, 1, KEYWORD)
    stage.window.menus["enabled"].trigger()
    stage.settle()
    row = stage.window.keywords.table.rows.keyword(1)
    assert row is not None
    assert row.disabled
    assert cell(stage, 1, PLACE["enabled"]).text == "off"
    stage.window.menus["enabled"].trigger()
    stage.settle()
    assert cell(stage, 1, PLACE["enabled"]).text == "on"


def test_undo_and_redo_go_through_the_keyboard_and_name_what_they_take(stage: Stage) -> None:
    before = cell(stage, 0, VOLUME).text
    stand_at(stage, 0, VOLUME)
    stage.type("9")
    stage.key(Qt.Key.Key_Return)
    stage.settle()
    assert stage.window.menus["undo"].text() == "Undo: Set volume to 9 on 1 keyword"
    stage.key(Qt.Key.Key_Z, CTRL)
    stage.settle()
    assert cell(stage, 0, VOLUME).text == before
    assert stage.window.menus["redo"].isEnabled()
    stage.key(Qt.Key.Key_Z, CTRL | Qt.KeyboardModifier.ShiftModifier)
    stage.settle()
    assert cell(stage, 0, VOLUME).text == "9"


def test_a_change_from_elsewhere_keeps_place_selection_and_current_cell(
    open_window: Open, profile: object, online: Platform
) -> None:
    stage = open_window(profile, syncing=True)
    grid = stage.window.keywords.grid
    stand_at(stage, 4, VOLUME)
    grid.select_rows([(3, 5)])
    stage.settle()
    text = cell(stage, 4, KEYWORD).text
    site_of(online).put("keyword", KEYWORDS[int(text.rsplit(" ", 1)[1])], difficulty_override=77)
    stage.window.account.start_sync()
    stage.until(lambda: cell(stage, 4, DIFFICULTY).text == "77")
    stage.settle()
    assert grid.selected_ranges() == [(3, 5)]
    assert grid.currentIndex().row() == 4
    assert grid.currentIndex().column() == VOLUME


def test_the_panel_leaves_no_sideways_scrolling_behind(stage: Stage) -> None:
    grid = stage.window.keywords.grid
    for shown in (False, True, False, True):
        stage.window.show_panel(shown=shown)
        QApplication.processEvents()
        assert grid.horizontalScrollBar().maximum() == 0
