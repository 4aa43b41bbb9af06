"""Tags and notes in the window."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from planner_desktop.app.profile import Profile
from planner_desktop.screens.keywords.labels import LabelSheet
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.dialogs import Sheet
from tests.planner_desktop.screens.conftest import Open, Stage, press, sheet_of

pytestmark = pytest.mark.qt


def opened(stage: Stage, *ranges: tuple[int, int]) -> LabelSheet:
    stage.window.keywords.grid.select_rows(ranges)
    stage.settle()
    stage.window.keywords.focus_grid()
    stage.key(Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    return sheet_of(stage, LabelSheet)


def saved(stage: Stage, sheet: LabelSheet) -> None:
    """Save, and wait until the columns have heard of it."""
    with stage.qtbot.waitSignal(stage.window.commands.labels.told, timeout=30_000):
        press(sheet, "Save")
    stage.settle()


def count_of(stage: Stage, query: str) -> int:
    stage.window.keywords.ask_query(query)
    stage.settle()
    return stage.window.keywords.table.count


def test_tags_and_notes_are_written_found_and_taken_back(stage: Stage) -> None:
    sheet = opened(stage, (0, 2))
    stage.type("to check, later")
    sheet.note.setText("ask Eve")
    saved(stage, sheet)
    assert stage.window.toasts.shown[-1].text.text() == "Tag to check, later and note on 3 keywords"
    assert count_of(stage, 'tag:"to check"') == 3
    assert count_of(stage, "note:eve") == 3
    assert count_of(stage, "tag:none") == 7
    (undo,) = [one for one in stage.window.toasts.shown[-1].findChildren(Button) if one.text() == "Undo"]
    with stage.qtbot.waitSignal(stage.window.commands.labels.told, timeout=30_000):
        undo.click()
    stage.settle()
    assert stage.window.keywords.table.count == 10, "what is shown follows"
    assert stage.window.account.counts.waiting == 0


def test_more_than_a_thousand_keywords_are_tagged_after_a_question_only(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planner_desktop.screens.keywords.asking.CONFIRM_ABOVE", 5)
    sheet = opened(stage, (0, 7))
    stage.type("to check")
    press(sheet, "Save")
    stage.until(lambda: _question(stage) is not None)
    question = _question(stage)
    assert question is not None
    said = [one.text() for one in question.findChildren(QLabel)]
    assert any("5 more" in text for text in said), "a sample is named"
    assert any("to check" in text for text in said)
    assert stage.window.account.planner.labels.tags() == []
    with stage.qtbot.waitSignal(stage.window.commands.labels.told, timeout=30_000):
        question.accept()
    stage.settle()
    assert count_of(stage, 'tag:"to check"') == 8


def _question(stage: Stage) -> Sheet | None:
    sheets = stage.window.findChildren(Sheet)
    return next((one for one in sheets if one.card.title.text() == "Change 8 keywords?"), None)


def test_what_the_selection_has_is_shown_and_one_tag_taken_off(stage: Stage) -> None:
    sheet = opened(stage, (0, 1))
    stage.type("a")
    saved(stage, sheet)
    sheet = opened(stage, (0, 3))
    assert {name: chip.text() for name, chip in sheet.chips.items()} == {"a": "a · 2"}
    assert sheet.written is None
    sheet.chips["a"].click()
    saved(stage, sheet)
    assert stage.window.account.planner.labels.tags() == []


def test_tags_of_an_earlier_day_are_found_at_once(stage: Stage, profile: Profile, open_window: Open) -> None:
    sheet = opened(stage, (0, 0))
    stage.type("kept")
    saved(stage, sheet)
    stage.window.close()
    again = open_window(profile)
    again.until(lambda: count_of(again, "tag:kept") == 1)


def test_what_cannot_be_a_tag_is_said(stage: Stage) -> None:
    sheet = opened(stage, (0, 0))
    sheet.tag.setText("x" * 101)
    press(sheet, "Save")
    stage.until(lambda: stage.window.toasts.shown)
    assert "cannot be a tag" in stage.window.toasts.shown[-1].text.text()
