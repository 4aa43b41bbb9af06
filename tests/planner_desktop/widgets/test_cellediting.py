"""Editing in place: what is typed reaches the model, or the reason why not reaches the person."""

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from planner_desktop.widgets.cellediting import CellField, NotANumber, parse_number
from planner_desktop.widgets.choices import ChoicePopup
from planner_desktop.widgets.grid import GridView
from planner_desktop.widgets.roles import Editor
from planner_desktop.widgets.theme import Theme
from tests.planner_desktop.widgets.conftest import Show
from tests.planner_desktop.widgets.rows import WIDTHS, SyntheticRows

pytestmark = pytest.mark.qt
KEYWORD, VOLUME, DIFFICULTY, CLUSTER, STATUS = 1, 2, 3, 6, 7


@pytest.fixture
def model() -> SyntheticRows:
    return SyntheticRows(1000)


@pytest.fixture
def grid(theme: Theme, model: SyntheticRows, show: Show) -> GridView:
    view = GridView(theme)
    view.setModel(model)
    view.set_columns(WIDTHS)
    show(view)
    view.setFocus()
    return view


def field_of(grid: GridView) -> CellField:
    field = grid.viewport().findChild(CellField)
    assert isinstance(field, CellField)
    return field


def popup_of(grid: GridView) -> ChoicePopup:
    popup = grid.window().findChild(ChoicePopup)
    assert isinstance(popup, ChoicePopup)
    return popup


def edit(grid: GridView, row: int, column: int, key: Qt.Key = Qt.Key.Key_F2) -> None:
    grid.setCurrentIndex(grid.model().index(row, column))
    QTest.keyClick(grid, key)


@pytest.mark.parametrize("key", [Qt.Key.Key_F2, Qt.Key.Key_Return])
def test_a_number_typed_and_entered_reaches_the_model_and_the_next_row_becomes_current(
    grid: GridView, model: SyntheticRows, key: Qt.Key
) -> None:
    edit(grid, 3, VOLUME, key)
    field = field_of(grid)
    assert (field.text(), field.selectedText(), field.hasFocus()) == ("1000", "1000", True)
    QTest.keyClicks(field, "1,420")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert model.taken == [(3, VOLUME, 1420)]
    assert (grid.currentIndex().row(), grid.currentIndex().column()) == (4, VOLUME)
    assert grid.hasFocus()


def test_escape_leaves_the_value_alone(grid: GridView, model: SyntheticRows) -> None:
    edit(grid, 3, VOLUME)
    QTest.keyClicks(field_of(grid), "77")
    QTest.keyClick(field_of(grid), Qt.Key.Key_Escape)
    assert model.taken == []
    assert not grid.editing.is_open
    assert grid.hasFocus()


def test_a_number_out_of_its_limits_stays_open_with_the_limits_named(
    grid: GridView, model: SyntheticRows
) -> None:
    edit(grid, 3, DIFFICULTY)
    QTest.keyClicks(field_of(grid), "130")
    QTest.keyClick(field_of(grid), Qt.Key.Key_Return)
    message = grid.editing._message
    assert model.taken == []
    assert grid.editing.is_open
    assert message.isVisible()
    assert "130" in message._text.text()
    assert "0 to 100" in message._text.text()
    QTest.keyClick(field_of(grid), Qt.Key.Key_Backspace)
    assert not message.isVisible()


def test_an_emptied_number_means_back_to_the_library(grid: GridView, model: SyntheticRows) -> None:
    edit(grid, 3, VOLUME)
    QTest.keyClick(field_of(grid), Qt.Key.Key_Delete)
    QTest.keyClick(field_of(grid), Qt.Key.Key_Return)
    assert model.taken == [(3, VOLUME, None)]


def test_an_unchanged_value_is_not_handed_over(grid: GridView, model: SyntheticRows) -> None:
    edit(grid, 3, VOLUME)
    QTest.keyClick(field_of(grid), Qt.Key.Key_Return)
    assert model.taken == []


def test_a_model_that_refuses_at_once_keeps_the_editor_open(grid: GridView, model: SyntheticRows) -> None:
    model.refuses = True
    edit(grid, 3, VOLUME)
    QTest.keyClicks(field_of(grid), "5")
    QTest.keyClick(field_of(grid), Qt.Key.Key_Return)
    assert grid.editing.is_open
    assert field_of(grid).text() == "5"


def test_a_cell_that_cannot_be_edited_opens_its_row_instead(grid: GridView) -> None:
    opened: list[int] = []
    grid.row_opened.connect(opened.append)
    edit(grid, 5, KEYWORD)
    assert not grid.editing.is_open
    assert opened == [5]


def test_tab_takes_the_value_and_goes_to_the_next_column(grid: GridView, model: SyntheticRows) -> None:
    edit(grid, 3, VOLUME)
    QTest.keyClicks(field_of(grid), "9")
    QTest.keyClick(field_of(grid), Qt.Key.Key_Tab)
    assert model.taken == [(3, VOLUME, 9)]
    assert (grid.currentIndex().row(), grid.currentIndex().column()) == (3, DIFFICULTY)


def test_a_sync_that_resets_the_model_leaves_the_open_editor_and_its_text(
    grid: GridView, model: SyntheticRows
) -> None:
    edit(grid, 3, VOLUME)
    QTest.keyClicks(field_of(grid), "42")
    model.beginResetModel()
    model.endResetModel()
    assert field_of(grid).text() == "42"
    QTest.keyClick(field_of(grid), Qt.Key.Key_Return)
    assert model.taken == [(3, VOLUME, 42)]


def test_an_editor_whose_row_has_gone_closes(grid: GridView, model: SyntheticRows) -> None:
    edit(grid, 900, VOLUME)
    model.beginResetModel()
    model._rows = 10
    model.endResetModel()
    assert not grid.editing.is_open


def test_scrolling_takes_what_was_typed(grid: GridView, model: SyntheticRows) -> None:
    edit(grid, 3, VOLUME)
    QTest.keyClicks(field_of(grid), "64")
    grid.verticalScrollBar().setValue(200)
    assert model.taken == [(3, VOLUME, 64)]
    assert not grid.editing.is_open


def test_a_status_is_chosen_with_the_keyboard(grid: GridView, model: SyntheticRows) -> None:
    edit(grid, 2, STATUS)
    popup = popup_of(grid)
    assert popup.isVisible()
    listing = popup._list
    QTest.keyClick(listing, Qt.Key.Key_Down)
    QTest.keyClick(listing, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert model.taken == [(2, STATUS, "mapped")]
    assert grid.hasFocus()


def test_a_cluster_is_found_by_typing_a_part_of_its_name(grid: GridView, model: SyntheticRows) -> None:
    edit(grid, 2, CLUSTER)
    popup = popup_of(grid)
    search = popup.findChild(QLineEdit)
    assert isinstance(search, QLineEdit)
    QTest.keyClicks(search, "shaped")
    assert popup._model.rowCount() == 1
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert model.taken == [(2, CLUSTER, "L-shaped desks")]


def test_escape_in_the_list_changes_nothing(grid: GridView, model: SyntheticRows) -> None:
    edit(grid, 2, STATUS)
    QTest.keyClick(popup_of(grid)._list, Qt.Key.Key_Escape)
    assert model.taken == []
    assert not grid.editing.is_open


def test_a_press_outside_ends_the_choice_even_where_nothing_takes_the_focus(
    grid: GridView, model: SyntheticRows
) -> None:
    edit(grid, 2, STATUS)
    QTest.mouseClick(grid.horizontalHeader().viewport(), Qt.MouseButton.LeftButton)
    assert not grid.editing.is_open
    assert model.taken == []


def test_the_list_is_wholly_inside_the_window_even_at_its_lower_right_corner(
    grid: GridView, model: SyntheticRows
) -> None:
    last = grid.visible_rows()[-2]
    edit(grid, last, STATUS)
    popup = popup_of(grid)
    assert grid.window().rect().contains(popup.geometry().marginsRemoved(popup._shadow.margins()))


@pytest.mark.parametrize(
    ("locale", "typed", "number"),
    [
        ("en_US", "1,204", 1204),
        ("de_DE", "1.204", 1204),
        ("de_DE", "1204", 1204),
        ("en_US", " 7 ", 7),
        ("en_US", "", None),
    ],
)
def test_numbers_are_read_as_the_person_writes_them(locale: str, typed: str, number: int | None) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(locale))
    try:
        assert parse_number(typed, Editor(minimum=0), str) == number
    finally:
        QLocale.setDefault(before)


@pytest.mark.parametrize("typed", ["x", "-1", "101", "1.5.5", "4x", "１２３x"])
def test_what_is_no_number_within_the_limits_is_refused_with_the_text_and_the_limits(typed: str) -> None:
    with pytest.raises(NotANumber, match="Expected 0 to 100") as refusal:
        parse_number(typed, Editor(minimum=0, maximum=100), str)
    assert typed in str(refusal.value)


def test_a_click_on_another_cell_leaves_what_does_not_fit_in_its_editor_with_its_reason(
    grid: GridView, model: SyntheticRows
) -> None:
    edit(grid, 3, DIFFICULTY)
    QTest.keyClicks(field_of(grid), "130")
    other = grid.visualRect(model.index(8, VOLUME)).center()
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, other)
    QApplication.processEvents()
    field = field_of(grid)
    assert (field.text(), field.hasFocus()) == ("130", True)
    assert grid.editing._message.isVisible()
    QTest.mouseDClick(grid.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, other)
    QApplication.processEvents()
    assert field_of(grid).text() == "130"
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not grid.editing.is_open
    assert model.taken == []


def test_scrolling_takes_what_does_not_fit_along_with_its_cell(grid: GridView, model: SyntheticRows) -> None:
    edit(grid, 3, DIFFICULTY)
    QTest.keyClicks(field_of(grid), "130")
    grid.verticalScrollBar().setValue(2)
    assert field_of(grid).text() == "130"
    assert field_of(grid).geometry().bottomLeft() == grid.visualRect(model.index(3, DIFFICULTY)).bottomLeft()


def test_an_editor_begins_with_the_value_in_force_and_takes_only_what_was_changed(
    grid: GridView, model: SyntheticRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "_editor", lambda _index: Editor(None, minimum=0, maximum=100, start="42"))
    for typed, taken in ((None, []), ("", []), ("43", [(3, DIFFICULTY, 43)])):
        edit(grid, 3, DIFFICULTY)
        assert field_of(grid).selectedText() == "42"
        if typed is not None:
            field_of(grid).setText(typed)
        QTest.keyClick(field_of(grid), Qt.Key.Key_Return)
        assert model.taken == taken
        QApplication.sendPostedEvents(None, 52)
