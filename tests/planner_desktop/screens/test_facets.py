"""The facets beside the keywords: counts that follow the other filters, clicks that write into the query line."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from planner_core.commands import SetOverrides
from planner_core.query import Choice, Name, parse, unparse_sort
from planner_desktop.screens.keywords import terms
from planner_desktop.widgets.histogram import Histogram
from tests.support.machine import KEYWORDS

from .conftest import Stage

pytestmark = pytest.mark.qt
NONE = Qt.KeyboardModifier.NoModifier


def lines(stage: Stage, field: str) -> dict[str, str]:
    """Return label and count of a facet's lines."""
    panel = stage.window.keywords.facets.panel
    return dict(row.accessibleName().split(", ")[:2] for row in panel.rows(field))


def line(stage: Stage, field: str, label: str) -> QAbstractButton:
    rows = stage.window.keywords.facets.panel.rows(field)
    return next(row for row in rows if row.accessibleName().split(", ")[0] == label)


def click(stage: Stage, field: str, label: str, keys: Qt.KeyboardModifier = NONE) -> None:
    row = line(stage, field, label)
    QTest.mouseClick(row, Qt.MouseButton.LeftButton, keys, QPoint(10, 8))
    stage.settle()


def test_a_click_asks_for_one_value_and_the_same_click_takes_it_back(stage: Stage) -> None:
    page = stage.window.keywords
    total, counts = page.table.count, lines(stage, "status")
    click(stage, "status", "New")
    assert page.query.text() == "status:new"
    assert page.table.count == int(counts["New"])
    assert lines(stage, "status") == counts
    click(stage, "status", "New")
    assert (page.query.text(), page.table.count) == ("", total)


def test_ctrl_asks_for_several_and_alt_leaves_out(stage: Stage) -> None:
    page = stage.window.keywords
    click(stage, "status", "New")
    click(stage, "status", "Mapped", Qt.KeyboardModifier.ControlModifier)
    assert page.query.text() == "status:new,mapped"
    click(stage, "status", "New", Qt.KeyboardModifier.AltModifier)
    assert page.query.text() == "status:mapped -status:new"
    assert "left out" in line(stage, "status", "New").accessibleName()


def test_counts_follow_the_other_filters_only(stage: Stage) -> None:
    page = stage.window.keywords
    page.ask_query("status:new cluster:none")
    stage.settle()
    columns = stage.window.account.columns
    assert columns is not None
    expected = {
        word.capitalize(): str(
            len(columns.select(parse(f"cluster:none status:{word}"), (), page.table.scope()))
        )
        for word in ("new", "mapped")
    }
    assert lines(stage, "status") == expected


def test_the_keyboard_reaches_a_line_and_minus_leaves_its_rows_out(stage: Stage) -> None:
    row = line(stage, "status", "New")
    row.setFocus()
    QTest.keyClick(row, Qt.Key.Key_Space)
    stage.settle()
    assert stage.window.keywords.query.text() == "status:new"
    QTest.keyClick(row, Qt.Key.Key_Minus)
    stage.settle()
    assert stage.window.keywords.query.text() == "-status:new"


def test_a_narrow_window_gives_the_room_to_the_grid(stage: Stage) -> None:
    stage.window.resize(1100, 680)
    stage.settle()
    assert stage.window.keywords.facets.panel.isHidden()


def test_patterns_and_near_duplicates_are_found_without_stopping_the_window(stage: Stage) -> None:
    page = stage.window.keywords
    page.ask_query("/^standing .* [13]$/")
    assert not page.is_settled
    stage.settle()
    assert page.table.count == 2
    page.ask_query("is:duplicate")
    stage.settle()
    assert page.table.count == 0


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("", 'cluster:"A b"'),
        ("desk  cluster:none -ikea", 'desk cluster:"A b" -ikea'),
        ('cluster:"a B"', 'cluster:"A b"'),
        ("/x y/ Status:NEW", '/x y/ Status:NEW cluster:"A b"'),
    ],
)
def test_what_was_typed_stays_as_it_was_typed(text: str, after: str) -> None:
    assert terms.only(text, "cluster", Name("A b")) == after


def test_values_come_and_go_within_one_term() -> None:
    text = terms.also(terms.also("desk", "status", Choice("new")), "status", Choice("mapped"))
    assert text == "desk status:new,mapped"
    assert terms.also(text, "status", Choice("new")) == "desk status:mapped"
    assert terms.without(text, "status", Choice("new")) == "desk status:mapped -status:new"
    assert terms.cleared("desk status:new -status:other", "status") == "desk"


def test_the_facets_go_and_come_by_button_and_key_and_stay_as_they_were(stage: Stage) -> None:
    window = stage.window
    window.resize(1440, 900)
    stage.until(window.keywords.facets.panel.isVisible)
    window.menus["facets"].trigger()
    assert window.keywords.facets.panel.isHidden()
    assert stage.desk.profile.settings["facets"] is False
    window.keywords.facets.button.click()
    assert window.keywords.facets.panel.isVisible()
    assert stage.desk.profile.settings["facets"] is True


def test_tags_are_counted_again_when_they_change_and_what_came_since_an_absence_is_asked_for(
    stage: Stage,
) -> None:
    window = stage.window
    assert lines(stage, "tag") == {}
    window.account.planner.labels.tag([KEYWORDS[1], KEYWORDS[2]], ["to check"])
    window.commands.labels.tell()
    stage.until(lambda: lines(stage, "tag") == {"to check": "2"})
    window.menus["since_away"].trigger()
    stage.settle()
    assert (window.keywords.query.text(), window.keywords.table.count) == ("changed:>last-sync", 0)
    window.keywords.ask_query("changed:never")
    stage.settle()
    assert window.keywords.table.count == window.keywords.table.total


def histogram(stage: Stage, field: str) -> Histogram:
    found = stage.window.keywords.facets.panel.histogram(field)
    assert found is not None
    return found


def test_a_range_is_drawn_over_the_bars_of_a_figure_and_let_go(stage: Stage) -> None:
    page, bars = stage.window.keywords, histogram(stage, "difficulty")

    def place(at: int) -> QPoint:
        return QPoint(round(4 + (at + 0.5) * (bars.width() - 8) / 20), 20)

    left = Qt.MouseButton.LeftButton
    QTest.mousePress(bars, left, pos=place(4))
    QTest.mouseMove(bars, place(11))
    QTest.mouseRelease(bars, left, pos=place(11))
    stage.settle()
    assert page.query.text() == "difficulty:21..60"
    assert (bars.chosen, "from 21" in bars.accessibleName()) == ((4, 11), True)
    QTest.mouseClick(bars, left, pos=place(19))
    stage.settle()
    assert (page.query.text(), bars.chosen) == ("difficulty:96..100", (19, 19))
    QTest.mouseClick(bars, left, pos=place(19))
    stage.settle()
    assert (page.query.text(), bars.chosen) == ("", (0, 19))


def test_the_handles_of_a_figure_take_the_arrow_keys(stage: Stage) -> None:
    page, bars = stage.window.keywords, histogram(stage, "volume")
    bars.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right):
        QTest.keyClick(bars, key)
        stage.settle()
    assert page.query.text() == "volume:>=20"
    QTest.keyClick(bars, Qt.Key.Key_Up)
    for _ in range(3):
        QTest.keyClick(bars, Qt.Key.Key_Left)
        stage.settle()
    assert page.query.text() == "volume:20..19999"
    page.ask_query("volume:<500 desk")
    stage.settle()
    assert bars.chosen == (0, 5)
    QTest.keyClick(bars, Qt.Key.Key_Escape)
    stage.settle()
    assert page.query.text() == "desk"


def test_near_duplicates_are_shown_together_by_one_key(stage: Stage) -> None:
    page = stage.window.keywords
    stage.window.menus["duplicates"].trigger()
    stage.settle()
    assert page.query.text() == "is:duplicate"
    assert unparse_sort(page.table.sort) == "duplicates,-volume"


def test_ranges_of_volumes_are_said_in_round_numbers(stage: Stage) -> None:
    stage.run(SetOverrides("volume", {KEYWORDS[0]: 1_234_567, KEYWORDS[1]: 22_500, KEYWORDS[2]: 700}))
    assert {"10 k – 100 k", "100 k or more"} <= lines(stage, "volume").keys()


def test_the_facets_take_more_room_where_there_is_plenty(stage: Stage) -> None:
    panel = stage.window.keywords.facets.panel
    before = panel.width()
    stage.window.resize(1900, 900)
    stage.settle()
    assert panel.width() > before
    stage.window.resize(1440, 900)
    stage.settle()
    assert panel.width() == before
