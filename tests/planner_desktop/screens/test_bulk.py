"""The figures of what is shown and selected, and what the panel says before it changes many rows."""

import pytest
from PySide6.QtCore import Qt

from planner_desktop.screens.keywords import asking
from planner_desktop.screens.keywords.cells import VOLUME
from planner_desktop.widgets.dialogs import Sheet
from planner_desktop.widgets.text import Text
from tests.planner_desktop.screens.conftest import Stage, press, sheet_of

pytestmark = pytest.mark.qt


def select(stage: Stage, *ranges: tuple[int, int]) -> None:
    stage.window.keywords.grid.setFocus()
    stage.window.keywords.grid.select_rows(ranges)
    stage.settle()


def metric(stage: Stage, name: str) -> tuple[str, str]:
    (found,) = [one.shown for one in stage.window.keywords.metrics._buttons if one.shown.name == name]
    return found.value, found.note


def footer_words(stage: Stage) -> str:
    footer = stage.window.keywords.inspector.footer
    return " | ".join(one.text() for one in footer.findChildren(Text) if one.isVisibleTo(footer))


def test_the_panel_says_how_many_rows_change_and_how_many_are_like_that_already(stage: Stage) -> None:
    select(stage, (0, 4))
    panel = stage.window.keywords.inspector
    panel.volume.field.setText("1200")
    panel.volume.changed.emit()
    panel.apply()
    stage.settle()
    select(stage, (3, 8))
    panel.volume.field.setText("1200")
    panel.volume.changed.emit()
    stage.settle()
    said = footer_words(stage)
    assert "This will change 4 rows" in said
    assert "2 are like that already" in said
    assert panel.footer.primary.text() == "Apply to 4"
    assert "standing desk" in said
    assert "3 more" in said


def test_nothing_to_change_is_no_button_to_press(stage: Stage) -> None:
    select(stage, (0, 2))
    panel = stage.window.keywords.inspector
    for volume in ("5", "5"):
        panel.volume.field.setText(volume)
        panel.volume.changed.emit()
        panel.apply()
        stage.settle()
        select(stage, (0, 2))
    panel.volume.field.setText("5")
    panel.volume.changed.emit()
    assert not panel.footer.primary.isEnabled()


@pytest.mark.parametrize("way", ["panel", "disable", "reset"])
def test_very_many_rows_change_only_after_a_question_with_count_and_sample(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(asking, "CONFIRM_ABOVE", 4)
    before = stage.volumes()
    select(stage, (0, 5))
    if way == "panel":
        stage.window.keywords.inspector.volume.field.setText("7")
        stage.window.keywords.inspector.volume.changed.emit()
        stage.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    elif way == "disable":
        stage.window.menus["enabled"].trigger()
    else:
        stage.window.keywords.grid.set_current(0, VOLUME)
        stage.window.menus["reset"].trigger()
    sheet = sheet_of(stage, Sheet)
    assert any("3 more" in one.text() for one in sheet.findChildren(Text))
    assert stage.window.account.counts.waiting == 0
    press(sheet, "Cancel")
    stage.settle()
    assert stage.volumes() == before
    assert stage.window.account.counts.waiting == 0


def test_the_band_says_how_many_are_selected_and_what_volume_is_distinct(stage: Stage) -> None:
    stage.until(lambda: "distinct" in metric(stage, "volume")[1])
    select(stage, (0, 2))
    assert metric(stage, "keywords") == ("10", "3 selected")
    select(stage)
    assert metric(stage, "keywords") == ("10", "")
