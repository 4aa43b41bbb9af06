"""Buttons, toggles, segments, tiles, fields: what a click and a key do, and what a screen reader is told."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from planner_desktop.widgets.buttons import Button, IconButton, Variant
from planner_desktop.widgets.chips import Badge, Tag
from planner_desktop.widgets.fields import Combo, Labelled, LineField, Picker
from planner_desktop.widgets.focusring import FocusRings
from planner_desktop.widgets.roles import Choice
from planner_desktop.widgets.segmented import Segmented
from planner_desktop.widgets.text import ElidedText
from planner_desktop.widgets.theme import Theme
from planner_desktop.widgets.tiles import TilePair
from planner_desktop.widgets.toggles import CheckBox, RadioButton, Switch
from planner_desktop.widgets.tooltip import tip
from tests.planner_desktop.widgets.conftest import Show

pytestmark = pytest.mark.qt


def row_of(*widgets: QWidget) -> QWidget:
    page = QWidget()
    row = QHBoxLayout(page)
    for widget in widgets:
        row.addWidget(widget)
    return page


def fill_of(button: Button) -> str:
    return button.grab().toImage().pixelColor(4, button.height() // 2).name()


@pytest.mark.parametrize(
    ("variant", "token"),
    [("primary", "accent"), ("plain", "raised"), ("destroy", "error"), ("danger", "raised")],
)
def test_a_button_is_filled_in_the_colour_of_its_kind(
    theme: Theme, show: Show, variant: Variant, token: str
) -> None:
    button = Button(theme, "Apply", variant)
    show(row_of(button), 300, 60)
    assert fill_of(button) == theme.color(token).name()


def test_a_button_goes_one_step_darker_under_the_pointer_and_another_when_pressed(
    theme: Theme, show: Show
) -> None:
    button = Button(theme, "Apply", "primary")
    show(row_of(button), 300, 60)
    at = QPointF(5, 5)
    QApplication.sendEvent(button, QEnterEvent(at, at, at))
    button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    assert fill_of(button) == theme.color("accent-hover").name()
    QTest.mousePress(button, Qt.MouseButton.LeftButton)
    assert fill_of(button) == theme.color("accent-pressed").name()
    QTest.mouseRelease(button, Qt.MouseButton.LeftButton)
    button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, on=False)
    QApplication.sendEvent(button, QEvent(QEvent.Type.Leave))
    assert fill_of(button) == theme.color("accent").name()


def test_a_button_is_as_high_as_the_design_says_at_every_text_size(theme: Theme) -> None:
    button, large = Button(theme, "Apply"), Button(theme, "Apply", size="button-dialog")
    assert (button.sizeHint().height(), large.sizeHint().height()) == (28, 32)
    theme.apply(text_scale=1.5)
    assert (button.sizeHint().height(), large.sizeHint().height()) == (42, 48)


def test_the_key_of_a_button_is_told_as_its_description(theme: Theme) -> None:
    button = Button(theme, "Apply to 1,118", "primary", hint="Ctrl ⏎")
    assert button.accessibleDescription() == "Ctrl ⏎"
    plain = Button(theme, "Apply to 1,118", "primary")
    assert button.sizeHint().width() > plain.sizeHint().width()


def test_an_icon_button_has_a_name_and_says_it_in_its_tooltip(theme: Theme) -> None:
    button = IconButton(theme, "x", "Close panel")
    assert (button.accessibleName(), button.toolTip(), button.text()) == ("Close panel", "Close panel", "")
    assert button.sizeHint().width() == button.sizeHint().height()


def test_the_focus_ring_follows_the_keyboard_and_leaves_with_it(
    theme: Theme, show: Show, rings: FocusRings
) -> None:
    first, second, field = Button(theme, "One"), Button(theme, "Two"), LineField(theme, "Name")
    show(row_of(first, second, field), 400, 60)
    first.setFocus(Qt.FocusReason.TabFocusReason)
    ring = rings.ring
    assert ring is not None
    assert ring.widget() is first
    assert ring.geometry() == first.geometry().adjusted(-3, -3, 3, 3)
    QTest.keyClick(first, Qt.Key.Key_Tab)
    assert rings.ring is not None
    assert rings.ring.widget() is second
    QTest.keyClick(second, Qt.Key.Key_Tab)
    assert field.hasFocus()
    assert rings.ring is None


def test_the_ring_survives_the_widget_it_surrounded(
    theme: Theme, show: Show, rings: FocusRings, qtbot: QtBot
) -> None:
    inner = Button(theme, "Inside")
    holder = row_of(inner)
    other = Button(theme, "Outside")
    show(row_of(holder, other), 400, 80)
    inner.setFocus()
    holder.deleteLater()
    qtbot.wait(1)
    other.setFocus()
    assert rings.ring is not None
    assert rings.ring.widget() is other


def test_a_check_box_with_three_states_shows_a_dash_for_a_mixed_selection(theme: Theme, show: Show) -> None:
    box = CheckBox(theme, "Enabled")
    box.setTristate(True)
    box.setCheckState(Qt.CheckState.PartiallyChecked)
    show(row_of(box), 300, 60)
    image = box.grab().toImage()
    top = (box.height() - 14) // 2
    assert image.pixelColor(7, top + 7).name() == theme.color("on-accent").name()
    assert image.pixelColor(7, top + 3).name() == theme.color("accent").name()


def test_space_toggles_check_box_switch_and_radio_button(theme: Theme, show: Show) -> None:
    toggles = [CheckBox(theme, "A"), Switch(theme, "B"), RadioButton(theme, "C")]
    show(row_of(*toggles), 300, 60)
    for toggle in toggles:
        toggle.setFocus()
        QTest.keyClick(toggle, Qt.Key.Key_Space)
        assert toggle.isChecked()


def test_a_click_on_the_words_of_a_check_box_counts(theme: Theme, show: Show) -> None:
    box = CheckBox(theme, "Every keyword of this sector")
    show(row_of(box), 400, 60)
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(100, box.height() // 2))
    assert box.isChecked()


def test_segments_announce_the_editors_choice_but_not_the_programs(theme: Theme, show: Show) -> None:
    segments = Segmented(theme, "Status", [("new", "New"), ("mapped", "Mapped")])
    show(row_of(segments), 300, 60)
    chosen: list[object] = []
    segments.chosen.connect(chosen.append)
    segments.set_value("new")
    assert (segments.value, chosen) == ("new", [])
    first = segments._group.button(0)
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Right)
    assert (segments.value, chosen) == ("mapped", ["mapped"])
    segments.set_value(None)
    assert segments.value is None


def test_tiles_say_whose_value_they_hold(theme: Theme, show: Show) -> None:
    pair = TilePair(theme, "Cluster", [("a", "mine", "Standing desks"), ("b", "theirs", "")])
    show(row_of(pair), 400, 60)
    names = [pair._group.button(at).accessibleName() for at in range(2)]
    assert names == ["Cluster, mine: Standing desks", "Cluster, theirs: –"]
    chosen: list[object] = []
    pair.chosen.connect(chosen.append)
    assert pair.value is None
    QTest.mouseClick(pair._group.button(1), Qt.MouseButton.LeftButton)
    QTest.keyClick(pair._group.button(1), Qt.Key.Key_Left)
    assert chosen == ["b", "a"]
    assert pair.value == "a"


def test_a_labelled_field_tells_its_note_and_its_error(theme: Theme, show: Show) -> None:
    field = LineField(theme, "", "Keep")
    labelled = Labelled(theme, "Volume override", field)
    show(row_of(labelled), 300, 100)
    assert field.accessibleName() == "Volume override"
    labelled.set_note("2 overridden")
    assert field.accessibleDescription() == "2 overridden"
    labelled.set_error("0 to 100, please")
    assert (field.property("invalid"), field.accessibleDescription()) == (True, "0 to 100, please")
    assert labelled._error_row.isVisible()
    labelled.set_error("")
    assert (field.property("invalid"), labelled._error_row.isVisible()) == (False, False)


def test_a_field_is_equally_high_at_rest_with_focus_and_with_an_error(theme: Theme, show: Show) -> None:
    field, other = LineField(theme, "Volume"), LineField(theme, "Other")
    show(row_of(field, other), 300, 60)
    other.setFocus()
    heights = {field.height()}
    field.setFocus()
    QApplication.processEvents()
    heights.add(field.height())
    field.set_invalid(True)
    QApplication.processEvents()
    heights.add(field.height())
    assert heights == {theme.size("control")}


def test_a_picker_shows_its_value_and_announces_a_choice(theme: Theme, show: Show, qtbot: QtBot) -> None:
    picker = Picker(theme, "Cluster", icon="shapes", placeholder="Keep")
    picker.set_choices([Choice(1, "Standing desks"), Choice(2, "L-shaped desks")], 1)
    page = row_of(picker)
    show(page, 400, 300)
    assert picker.accessibleDescription() == "Standing desks"
    QTest.mouseClick(picker, Qt.MouseButton.LeftButton)
    popup = picker._popup
    assert popup is not None
    assert popup.isVisible()
    with qtbot.waitSignal(picker.picked) as picked:
        search = popup._search
        assert search is not None
        QTest.keyClicks(search, "l-sh")
        QTest.keyClick(search, Qt.Key.Key_Return)
    assert picked.args == [2]
    assert picker.value == 2
    assert picker.hasFocus()


def test_a_combo_shows_what_is_current_and_steps_with_the_arrow_keys(theme: Theme, show: Show) -> None:
    combo = Combo(theme, "Text size")
    combo.addItems(["90 %", "100 %", "115 %"])
    show(row_of(combo), 300, 60)
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Down)
    assert combo.currentText() == "100 %"
    assert combo.height() == theme.size("control")


def test_the_cross_of_a_tag_removes_it_and_the_rest_chooses_it(theme: Theme, show: Show) -> None:
    tag = Tag(theme, "oak", removable=True)
    show(row_of(tag), 300, 60)
    said: list[str] = []
    tag.removed.connect(lambda: said.append("removed"))
    tag.clicked.connect(lambda: said.append("clicked"))
    QTest.mouseClick(tag, Qt.MouseButton.LeftButton, pos=QPoint(tag.width() - 8, tag.height() // 2))
    QTest.mouseClick(tag, Qt.MouseButton.LeftButton, pos=QPoint(6, tag.height() // 2))
    assert said == ["removed", "clicked"]


def test_a_badge_grows_with_its_number(theme: Theme) -> None:
    badge = Badge(theme, "1")
    narrow = badge.sizeHint()
    badge.set_text("1,204")
    assert badge.sizeHint().width() > narrow.width() >= narrow.height()
    assert badge.accessibleName() == "1,204"


def test_a_label_that_is_cut_says_all_of_it_in_its_tooltip(theme: Theme, show: Show) -> None:
    label = ElidedText(theme, "a very long name of a keyword indeed")
    show(label, 120, 30)
    assert label.text().endswith("…")
    assert label.toolTip() == label.whole_text() == "a very long name of a keyword indeed"
    label.resize(600, 30)
    assert (label.text(), label.toolTip()) == ("a very long name of a keyword indeed", "")


def test_data_in_a_tooltip_never_becomes_markup() -> None:
    assert "<img" not in tip("<img src=x>", "<b>bold</b>")
    assert "&lt;img" in tip("<img src=x>")
