"""The grid at a million rows: nothing it does on a key or a click may cost something for each row."""

import time

import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from planner_desktop.widgets.grid import GridView
from planner_desktop.widgets.theme import Theme
from tests.planner_desktop.widgets.conftest import Show
from tests.planner_desktop.widgets.rows import WIDTHS, SyntheticRows

pytestmark = pytest.mark.qt
MILLION = 1_000_000


@pytest.fixture
def model() -> SyntheticRows:
    return SyntheticRows(MILLION)


@pytest.fixture
def grid(theme: Theme, model: SyntheticRows, show: Show) -> GridView:
    view = GridView(theme)
    view.setModel(model)
    view.set_columns(WIDTHS)
    show(view)
    view.setFocus()
    return view


def cells_in_view(grid: GridView) -> int:
    return len(grid.visible_rows()) * grid.model().columnCount()


def test_the_first_paint_asks_for_visible_cells_only(grid: GridView, model: SyntheticRows) -> None:
    model.calls = 0
    grid.viewport().repaint()
    assert 0 < model.calls <= cells_in_view(grid)


def test_select_all_and_its_repaint_ask_for_nothing_beyond_the_visible_cells(
    grid: GridView, model: SyntheticRows
) -> None:
    model.calls = 0
    began = time.perf_counter()
    grid.selectAll()
    grid.viewport().repaint()
    grid.horizontalHeader().viewport().repaint()
    QApplication.processEvents()
    assert model.calls <= 3 * cells_in_view(grid)
    assert grid.selected_count() == MILLION
    assert grid.everything_selected()
    # One walk over the rows takes many seconds; this bound is far from both.
    assert time.perf_counter() - began < 2


def test_the_headers_do_not_share_the_selection_of_the_rows(grid: GridView) -> None:
    assert grid.horizontalHeader().selectionModel() is not grid.selectionModel()
    assert grid.verticalHeader().selectionModel() is not grid.selectionModel()


def test_a_new_model_gets_headers_of_its_own_again(grid: GridView) -> None:
    other = SyntheticRows(10)
    grid.setModel(other)
    assert grid.horizontalHeader().selectionModel() is not grid.selectionModel()
    grid.selectAll()
    assert grid.selected_ranges() == [(0, 9)]


def test_typing_a_letter_searches_no_rows(grid: GridView, model: SyntheticRows, qtbot: QtBot) -> None:
    grid.setCurrentIndex(model.index(5, 1))
    QApplication.processEvents()
    model.calls = 0
    QTest.keyClicks(grid, "zqx")
    QApplication.processEvents()
    assert model.calls <= 3 * cells_in_view(grid)
    assert grid.currentIndex().row() == 5


def test_a_jump_to_the_last_row_keeps_the_frame_small(
    grid: GridView, model: SyntheticRows, qtbot: QtBot
) -> None:
    grid.setCurrentIndex(model.index(0, 1))
    model.calls = 0
    QTest.keyClick(grid, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    QApplication.processEvents()
    assert grid.currentIndex().row() == MILLION - 1
    assert model.calls <= 4 * cells_in_view(grid)


def test_selected_rows_come_as_merged_ranges(grid: GridView) -> None:
    grid.select_rows([(10, 19), (20, 24), (3, 4), (40, 40)])
    assert grid.selected_ranges() == [(3, 4), (10, 24), (40, 40)]
    assert grid.selected_count() == 18
    assert not grid.everything_selected()


def test_shift_and_arrow_extend_the_selection_and_escape_clears_it(
    grid: GridView, model: SyntheticRows, qtbot: QtBot
) -> None:
    grid.setCurrentIndex(model.index(4, 2))
    for _ in range(3):
        QTest.keyClick(grid, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert grid.selected_ranges() == [(4, 7)]
    with qtbot.waitSignal(grid.rows_changed):
        QTest.keyClick(grid, Qt.Key.Key_Escape)
    assert grid.selected_ranges() == []


def test_control_a_selects_everything(grid: GridView, qtbot: QtBot) -> None:
    QTest.keyClick(grid, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert grid.everything_selected()


def test_tab_leaves_the_grid(theme: Theme, model: SyntheticRows, show: Show, qtbot: QtBot) -> None:
    page = QWidget()
    grid = GridView(theme, page)
    grid.setModel(model)
    after = QWidget(page)
    after.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    QWidget.setTabOrder(grid, after)
    show(page)
    grid.setFocus()
    QTest.keyClick(grid, Qt.Key.Key_Tab)
    assert after.hasFocus()


def test_a_click_on_a_title_asks_for_numbers_from_the_top_and_words_from_a(
    grid: GridView, qtbot: QtBot
) -> None:
    header = grid.horizontalHeader()
    asked: list[tuple[int, bool]] = []
    grid.sort_requested.connect(lambda column, descending: asked.append((column, descending)))
    for column in (2, 1):
        at = QPoint(header.sectionViewportPosition(column) + 20, 10)
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert asked == [(2, True), (1, False)]


def test_a_second_click_turns_the_order_round(grid: GridView, qtbot: QtBot) -> None:
    header = grid.horizontalHeader()
    grid.show_sort(2, descending=True)
    at = QPoint(header.sectionViewportPosition(2) + 20, 10)
    with qtbot.waitSignal(grid.sort_requested) as asked:
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert asked.args == [2, False]


def test_alt_and_arrow_sort_by_the_current_column(grid: GridView, model: SyntheticRows, qtbot: QtBot) -> None:
    grid.setCurrentIndex(model.index(0, 3))
    with qtbot.waitSignal(grid.sort_requested) as asked:
        QTest.keyClick(grid, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert asked.args == [3, True]


def test_the_first_columns_stay_in_place_only_while_the_grid_is_scrolled_sideways(
    theme: Theme, model: SyntheticRows, show: Show
) -> None:
    grid = GridView(theme)
    grid.setModel(model)
    grid.set_columns([width * 2 for width in WIDTHS])
    show(grid, 700, 400)
    frozen = grid._frozen
    assert not frozen.isVisible()
    grid.horizontalScrollBar().setValue(150)
    assert frozen.isVisible()
    assert frozen.width() == grid.columnWidth(0) + grid.columnWidth(1)
    grid.verticalScrollBar().setValue(5000)
    assert frozen.verticalScrollBar().value() == 5000
    assert [frozen.isColumnHidden(column) for column in range(4)] == [False, False, True, True]
    grid.horizontalScrollBar().setValue(0)
    assert not frozen.isVisible()


def test_a_cell_that_becomes_current_is_not_left_under_the_columns_in_place(
    theme: Theme, model: SyntheticRows, show: Show
) -> None:
    grid = GridView(theme)
    grid.setModel(model)
    grid.set_columns([width * 2 for width in WIDTHS])
    show(grid, 700, 400)
    grid.setCurrentIndex(model.index(3, 8))
    assert grid.horizontalScrollBar().value() > 0
    grid.setCurrentIndex(model.index(3, 2))
    assert grid.visualRect(model.index(3, 2)).left() >= grid._frozen.covered()


def test_moving_to_a_column_in_place_does_not_scroll_sideways(
    theme: Theme, model: SyntheticRows, show: Show
) -> None:
    grid = GridView(theme)
    grid.setModel(model)
    grid.set_columns([width * 2 for width in WIDTHS])
    show(grid, 700, 400)
    grid.horizontalScrollBar().setValue(200)
    grid.setCurrentIndex(model.index(9, 1))
    assert grid.horizontalScrollBar().value() == 200


def test_no_column_can_be_dragged_before_those_that_stay_in_place(grid: GridView) -> None:
    header = grid.horizontalHeader()
    header.moveSection(5, 0)
    assert [header.visualIndex(column) for column in (0, 1)] == [0, 1]
    header.moveSection(header.visualIndex(6), 3)
    assert header.visualIndex(6) == 3


def test_columns_grow_with_the_text_size_and_rows_with_them(grid: GridView, theme: Theme) -> None:
    grid.setColumnWidth(2, 100)
    theme.apply(text_scale=1.5)
    assert grid.columnWidth(2) == 150
    assert grid.row_height == 42
    theme.apply(text_scale=1.0)
    assert (grid.columnWidth(2), grid.row_height) == (100, 28)


def test_a_compact_grid_has_lower_rows(grid: GridView) -> None:
    grid.set_density("row-compact")
    assert grid.row_height == 24


def test_a_selected_row_is_tinted_and_grey_when_the_window_is_not_active(
    theme: Theme, model: SyntheticRows, show: Show
) -> None:
    class Sleeping(GridView):
        asleep = False

        def isActiveWindow(self) -> bool:
            return not self.asleep

    grid = Sleeping(theme)
    grid.setModel(model)
    grid.set_columns(WIDTHS)
    show(grid)
    grid.select_rows([(2, 2)])
    at = QPoint(860, 2 * 28 + 3)
    assert grid.viewport().grab().toImage().pixelColor(at).name() == theme.color("row-selected").name()
    grid.asleep = True
    assert grid.viewport().grab().toImage().pixelColor(at).name() == theme.color("neutral-soft").name()


def test_the_row_under_the_pointer_is_tinted(grid: GridView, theme: Theme, qtbot: QtBot) -> None:
    QTest.mouseMove(grid.viewport(), QPoint(860, 3 * 28 + 10))
    grid.hover(3)
    assert (
        grid.viewport().grab().toImage().pixelColor(860, 3 * 28 + 3).name() == theme.color("row-hover").name()
    )


def test_double_clicking_a_border_measures_only_rows_in_view(grid: GridView, model: SyntheticRows) -> None:
    model.calls = 0
    grid.resizeColumnToContents(1)
    assert model.calls <= 2 * len(grid.visible_rows()) + 5
    assert 80 < grid.columnWidth(1) < 400


def test_cells_that_somebody_else_changed_fade_and_then_are_gone(
    grid: GridView, theme: Theme, qtbot: QtBot
) -> None:
    theme.apply(reduced_motion=False)
    grid.fade_cells([(2, 2), (900_000, 2)])
    assert grid._fade._cells == [(2, 2)]
    qtbot.waitUntil(lambda: grid._fade._cells == [], timeout=5000)


def test_a_message_stands_at_its_cell_and_goes_with_the_next_key(grid: GridView, qtbot: QtBot) -> None:
    grid.show_message(3, 2, "0 to 100, please")
    message = grid.editing._message
    assert message.isVisible()
    assert message.y() > grid.visualRect(grid.model().index(3, 2)).top()
    QTest.keyClick(grid, Qt.Key.Key_Down)
    assert not message.isVisible()


def test_the_current_cell_carries_the_ring_in_the_focus_colour(grid: GridView, theme: Theme) -> None:
    index = grid.model().index(4, 2)
    grid.setCurrentIndex(index)
    grid.selectionModel().clearSelection()
    rect = grid.visualRect(index)
    image = grid.viewport().grab().toImage()
    assert image.pixelColor(rect.left(), rect.center().y()).name() == theme.color("focus").name()
    flag = QItemSelectionModel.SelectionFlag
    grid.selectionModel().setCurrentIndex(grid.model().index(9, 2), flag.NoUpdate)
    after = grid.viewport().grab().toImage()
    assert after.pixelColor(rect.left(), rect.center().y()).name() == theme.color("surface").name()


def test_a_hidden_column_comes_back_as_wide_as_the_new_text_size_asks_for(
    grid: GridView, theme: Theme
) -> None:
    before = grid.columnWidth(4)
    grid.hideColumn(4)
    theme.apply("light", 1.3, reduced_motion=True)
    assert grid.isColumnHidden(4)
    grid.showColumn(4)
    assert abs(grid.columnWidth(4) - before * 1.3) <= 1
