"""Finding rows, and changing all that are selected."""

import time
from collections.abc import Sequence

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton

from planner_desktop.screens.keywords.cells import CLUSTER, DIFFICULTY, KEYWORD, SECTOR, VOLUME
from planner_desktop.screens.keywords.rows import KeywordRows
from planner_desktop.screens.switcher import Place
from planner_desktop.widgets.dialogs import Sheet
from planner_desktop.widgets.queryline import QueryEdit
from planner_desktop.widgets.roles import NewName
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.toast import Toast
from tests.planner_desktop.screens.conftest import Stage

pytestmark = pytest.mark.qt

MILLION = 1_000_000


def keywords(stage: Stage) -> list[str]:
    rows = stage.window.keywords.table.rows
    return [str(rows.data(rows.index(row, KEYWORD))) for row in range(rows.rowCount())]


def select(stage: Stage, *ranges: tuple[int, int]) -> None:
    stage.window.keywords.grid.select_rows(ranges)
    stage.settle()


def toasts(stage: Stage) -> Sequence[Toast]:
    return stage.window.toasts.shown


def test_a_selection_is_changed_as_one_action_and_undone_as_one(stage: Stage) -> None:
    before = stage.volumes()
    select(stage, (2, 4), (7, 7))
    panel = stage.window.keywords.inspector
    panel.volume.field.setText("1,200")
    panel.volume.changed.emit()
    assert panel.footer.primary.text() == "Apply to 4"
    stage.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    stage.settle()
    after = stage.volumes()
    assert [name for name in before if before[name] != after[name]] == [
        name for at, name in enumerate(before) if at in {2, 3, 4, 7}
    ]
    assert set(after.values()) - set(before.values()) == {1200}
    assert stage.window.account.counts.waiting == 1
    assert toasts(stage)[-1].text.text() == "Set volume to 1,200 on 4 keywords"
    stage.window.edits.undo()
    stage.settle()
    assert stage.volumes() == before
    assert stage.window.keywords.grid.selected_ranges() == [(2, 4), (7, 7)]


def test_cluster_and_status_of_a_selection_go_together(stage: Stage) -> None:
    select(stage, (0, 2))
    panel = stage.window.keywords.inspector
    panel.cluster.set_value(NewName("Fresh"))
    panel.status.set_value("new")
    panel.apply()
    stage.settle()
    rows = stage.window.keywords.table.rows
    assert [rows.keyword(row).cluster_name for row in range(4)] == ["Fresh", "Fresh", "Fresh", None]  # type: ignore[union-attr]
    assert stage.window.account.counts.waiting == 1


def test_what_is_wished_for_outlives_a_change_of_the_rows_elsewhere(stage: Stage) -> None:
    select(stage, (0, 2))
    panel = stage.window.keywords.inspector
    panel.volume.field.setText("77")
    panel.volume.changed.emit()
    stage.window.keywords.table.rows.edited.emit(stage.window.keywords.table.rows.row_key(0), "difficulty", 9)
    stage.settle()
    assert panel.volume.field.text() == "77"
    assert panel.footer.isVisible()


def test_a_figure_the_panel_cannot_read_is_said_at_its_field(stage: Stage) -> None:
    select(stage, (0, 2))
    panel = stage.window.keywords.inspector
    panel.difficulty.field.setText("130")
    panel.apply()
    stage.settle()
    assert stage.window.account.counts.waiting == 0
    assert panel.difficulty.field.property("invalid")


def test_typing_in_the_query_line_filters_while_one_types(stage: Stage) -> None:
    stage.window.menus["find"].trigger()
    assert isinstance(stage.focus, QueryEdit)
    stage.type("volume:>=500 -7")
    stage.settle()
    assert keywords(stage) == ["standing desk 9", "standing desk 8", "standing desk 6", "standing desk 5"]
    assert stage.window.keywords.query.edit._count == "4 of 10"


def test_a_slash_begins_a_query_where_no_cell_takes_it(stage: Stage) -> None:
    stage.window.keywords.grid.setFocus()
    stage.window.keywords.grid.go_to(0, KEYWORD)
    stage.key(Qt.Key.Key_Slash)
    assert isinstance(stage.focus, QueryEdit)


@pytest.mark.parametrize("key", [Qt.Key.Key_Down, Qt.Key.Key_Return])
def test_down_and_enter_go_from_the_query_line_into_the_rows_and_a_slash_goes_back(
    stage: Stage, key: Qt.Key
) -> None:
    grid = stage.window.keywords.grid
    stage.window.menus["find"].trigger()
    stage.type("volume:>=500 -7")
    stage.settle()
    stage.key(key)
    assert grid.hasFocus()
    assert grid.currentIndex().row() == 0
    stage.key(Qt.Key.Key_Down)
    assert grid.currentIndex().row() == 1
    stage.key(Qt.Key.Key_Slash)
    assert isinstance(stage.focus, QueryEdit)
    stage.type("nothing that anybody has")
    stage.settle()
    stage.key(key)
    assert isinstance(stage.focus, QueryEdit), "there is no row to go to"


def test_a_query_that_cannot_be_read_keeps_the_rows_and_points_at_the_character(stage: Stage) -> None:
    stage.window.keywords.ask_query("difficulty:<4x")
    stage.settle()
    assert len(keywords(stage)) == 10
    problem = stage.window.keywords.query.edit.reading.problem
    assert problem is not None
    assert problem.at == len("difficulty:<")
    assert "not a number" in stage.window.keywords.query.message()


def test_the_query_line_offers_fields_words_and_names(stage: Stage) -> None:
    edit = stage.window.keywords.query.edit
    stage.window.keywords.focus_query()
    for typed, rest in (("stat", "us:"), ("status:ma", "pped"), ("-intent:comm", "ercial"), ("volume:1", "")):
        edit.setText("")
        stage.type(typed)
        assert edit.ghost == rest
    edit.setText('cluster:"Clu')
    edit.setCursorPosition(len(edit.text()))
    assert edit.ghost == 'ster 0"'


def test_a_query_without_hits_names_the_term_that_hides_most_and_drops_it(stage: Stage) -> None:
    stage.window.keywords.ask_query("volume:>=500 walnut")
    stage.settle()
    buttons = [one for one in stage.window.keywords.findChildren(QPushButton) if one.text() == "Drop it"]
    buttons[-1].click()
    stage.settle()
    assert stage.window.keywords.query.text() == "volume:>=500"
    assert len(keywords(stage)) == 5


def test_a_click_on_a_title_sorts_and_a_second_one_turns_the_order(stage: Stage) -> None:
    grid = stage.window.keywords.grid
    grid.horizontalHeader().sectionClicked.emit(DIFFICULTY)
    stage.settle()
    assert keywords(stage)[0] == "standing desk 0"
    grid.horizontalHeader().sectionClicked.emit(DIFFICULTY)
    stage.settle()
    assert keywords(stage)[0] == "standing desk 9"
    assert grid.horizontalHeader().sort == (DIFFICULTY, True)  # type: ignore[attr-defined]


def test_sorting_keeps_what_is_selected(stage: Stage) -> None:
    select(stage, (0, 1))
    stage.window.keywords.table.show_sort(KEYWORD, descending=False)
    stage.settle()
    assert stage.window.keywords.grid.selected_ranges() == [(8, 9)]


def test_more_than_a_thousand_rows_are_deleted_after_a_question_only(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planner_desktop.screens.keywords.changes.CONFIRM_ABOVE", 5)
    stage.window.keywords.select_all()
    stage.settle()
    stage.window.menus["delete"].trigger()
    sheet = stage.window.findChild(Sheet)
    assert isinstance(sheet, Sheet)
    assert sheet.card.title.text() == "Delete 10 keywords?"
    assert len(keywords(stage)) == 10
    assert isinstance(stage.focus, QPushButton)
    assert stage.focus.text() == "Cancel"
    sheet.accept()
    stage.until(lambda: stage.window.keywords.table.count == 0)
    stage.settle()
    stage.window.edits.undo()
    stage.until(lambda: stage.window.keywords.table.count == 10)


def test_the_panel_says_what_the_selection_holds(stage: Stage) -> None:
    stage.window.keywords.select_all()
    stage.settle()
    panel = stage.window.keywords.inspector
    assert panel.accessibleName() == "10 keywords"
    assert panel._cluster_box._note.text() == "10 have none"
    assert panel.status.value == "new"
    figures = [widget.text() for widget in stage.window.bar._figures if isinstance(widget, Text)]
    assert figures == ["10 rows", "10 selected", "Volume 4,500", "Mean difficulty 4"]
    select(stage, (0, 0))
    assert panel.accessibleName() == "standing desk 9"


def test_selecting_a_million_rows_asks_for_the_visible_ones_only(stage: Stage) -> None:
    table, grid = stage.window.keywords.table, stage.window.keywords.grid
    columns = stage.window.account.columns
    assert columns is not None
    assert table.rows.keys is not None
    table.rows.show(columns, np.resize(table.rows.keys, MILLION))
    asked: list[int] = []
    made = KeywordRows._make

    def counted(model: KeywordRows, row: object) -> object:
        asked.append(1)
        return made(model, row)  # type: ignore[arg-type]

    began = time.perf_counter()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(KeywordRows, "_make", counted)
        stage.window.keywords.select_all()
        grid.viewport().repaint()
        QApplication.processEvents()
    assert grid.selected_count() == MILLION
    assert len(asked) <= 3 * len(grid.visible_rows())
    keys = table.selected_keys()
    assert keys is not None
    assert len(keys) == MILLION
    assert time.perf_counter() - began < 2


def test_another_place_shows_its_rows_and_the_sector_column_only_across_sectors(stage: Stage) -> None:
    grid = stage.window.keywords.grid
    assert grid.isColumnHidden(SECTOR)
    stage.window.show_place(Place())
    stage.settle()
    assert not grid.isColumnHidden(SECTOR)
    assert len(keywords(stage)) == 10
    assert not stage.window.keywords.add.isEnabled()


def test_typed_column_values_are_what_the_grid_says(stage: Stage) -> None:
    rows = stage.window.keywords.table.rows
    assert rows.data(rows.index(0, VOLUME)) == "900"
    assert rows.data(rows.index(0, CLUSTER)) == ""
    role = int(Qt.ItemDataRole.AccessibleTextRole)
    assert rows.data(rows.index(0, 0), role) == "standing desk 9, volume 900, difficulty 9, no cluster, new"
    assert rows.data(rows.index(0, VOLUME), role) == "Volume 900"


def test_what_may_become_a_field_keeps_the_rows_until_it_is_meant(stage: Stage) -> None:
    edit = stage.window.keywords.query.edit
    edit.setFocus()
    before = keywords(stage)
    stage.type("clust")
    stage.settle()
    assert keywords(stage) == before
    stage.key(Qt.Key.Key_Return)
    stage.settle()
    assert keywords(stage) == []
    stage.key(Qt.Key.Key_Escape)
    stage.settle()
    assert (edit.text(), keywords(stage)) == ("", before)


def test_sorting_with_nothing_selected_begins_at_the_top(stage: Stage) -> None:
    grid, table = stage.window.keywords.grid, stage.window.keywords.table
    stage.window.resize(1100, 680)
    stage.window.menus["text_150"].trigger()
    QApplication.processEvents()
    grid.clearSelection()
    grid.verticalScrollBar().setValue(grid.verticalScrollBar().maximum())
    table.show_sort(KEYWORD, descending=False)
    stage.settle()
    assert grid.verticalScrollBar().value() == 0
    assert keywords(stage) == sorted(keywords(stage))
