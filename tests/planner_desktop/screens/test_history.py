"""The History page: the list, one action's rows, undo in the middle and from there, redo, search, the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtTest import QTest

from planner_core.commands import SetOverride, SetStatus
from planner_desktop.screens.history.panel import Details
from planner_desktop.widgets.dialogs import Sheet
from tests.planner_desktop.screens.conftest import Open, Stage, press, sheet_of
from tests.support.machine import KEYWORDS

pytestmark = pytest.mark.qt


def details(stage: Stage) -> Details:
    panel = stage.window.history.panel
    stage.settle()
    stage.until(lambda: panel.details is not None)
    found = panel.details
    assert found is not None
    return found


def shows_details(stage: Stage) -> bool:
    return stage.window.history.panel.details is not None


def choose(stage: Stage, at: int) -> Details:
    wanted = stage.window.history.rows.items[at].id
    stage.window.history.grid.select_rows([(at, at)])
    panel = stage.window.history.panel
    stage.until(lambda: panel.details is not None and panel.details.row.id == wanted)
    stage.until(lambda: panel.details is not None and panel.details.steps is not None)
    return details(stage)


def labels(stage: Stage) -> list[str]:
    stage.settle()
    return [row.label for row in stage.window.history.rows.items]


def states(stage: Stage) -> list[str]:
    stage.settle()
    rows = stage.window.history.rows
    return [str(rows.index(at, 4).data()) for at in range(rows.rowCount())]


@pytest.fixture
def busy(stage: Stage) -> Stage:
    """Three edits, two of which wrote over the same row; the page shows them."""
    stage.run(SetOverride("volume", [KEYWORDS[1], KEYWORDS[2]], 5))
    stage.run(SetOverride("volume", [KEYWORDS[2]], 9))
    stage.run(SetStatus("keyword", [KEYWORDS[3]], "mapped"))
    stage.window.show_page("history")
    stage.settle()
    return stage


def test_the_latest_action_is_chosen_with_what_it_did(busy: Stage) -> None:
    assert labels(busy) == [
        "Set status to mapped on 1 keyword",
        "Set volume to 9 on 1 keyword",
        "Set volume to 5 on 2 keywords",
    ]
    assert states(busy) == ["Waiting"] * 3
    panel = busy.window.history.panel
    assert [change.new for change in details(busy).changes] == ["mapped"]
    assert panel.changes.index(0, 2).data() == "Status: Mapped"
    assert panel.footer.primary.text() == "Undo"
    assert busy.window.history.figures() == ["3 actions"]


def test_toasts_keep_off_a_panel_that_comes_after_its_page(busy: Stage) -> None:
    toast, panel = busy.window.toasts.shown[-1], busy.window.history.panel
    details(busy)
    assert (
        toast.mapTo(busy.window, QPoint(toast.width(), 0)).x() <= panel.mapTo(busy.window, QPoint(0, 0)).x()
    )


def test_a_key_that_is_held_while_the_list_is_read_takes_no_choice_away(busy: Stage) -> None:
    """Ctrl of Ctrl+Z: Qt's own way to the latest action would take it out of the selection."""
    history = busy.window.history
    QTest.keyPress(history.grid, Qt.Key.Key_Control, Qt.KeyboardModifier.ControlModifier)
    try:
        busy.run(SetOverride("volume", [KEYWORDS[4]], 77))
        busy.until(lambda: len(history.rows.items) == 4)
        assert history.chosen is not None
        assert history.panel.details is not None or not history.is_settled
    finally:
        QTest.keyRelease(history.grid, Qt.Key.Key_Control)
    assert details(busy).row.id in {row.id for row in history.rows.items}


def test_answers_that_come_late_or_twice_leave_the_latest_question_open(busy: Stage) -> None:
    """The first of two answers about one action does not end the second, which asks for more rows; a lost choice is made again."""
    history, account = busy.window.history, busy.window.account
    held: list[tuple[Callable[[Any], None], Future[Any]]] = []
    real = account.bridge.watch

    def holding(future: Future[Any], owner: QObject, done: Callable[[Any], None], failed: Any) -> None:
        if owner is history and history._loading:
            held.append((done, future))
        else:
            real(future, owner, done, failed)

    account.bridge.watch = holding  # type: ignore[method-assign]
    try:
        history._show_chosen()
        history._more_rows()
        asked = [done for done, _ in held]
        answers = [future.result() for _, future in held]
        history.panel.show_details(None)
        asked[0](answers[0])
        assert not shows_details(busy), "it is the answer to a question that was asked anew"
        assert not history.is_settled
        asked[1](answers[1])
        assert shows_details(busy)
    finally:
        account.bridge.watch = real  # type: ignore[method-assign]
    history.grid.clearSelection()
    busy.until(lambda: not shows_details(busy))
    history.arrive()
    busy.until(lambda: shows_details(busy))
    assert history.chosen == history.rows.items[0]


def test_a_step_in_the_middle_is_undone_where_it_stands_and_the_later_step_is_named(busy: Stage) -> None:
    chosen = choose(busy, 2)
    assert [(step.label, step.rows) for step in chosen.steps or []] == [("Set volume to 9 on 1 keyword", 1)]
    panel = busy.window.history.panel
    assert "“Set volume to 9 on 1 keyword” (1 row, " in panel.note.text()
    assert panel.footer.primary.text() == "Undo what stands"
    panel.footer.primary.click()
    busy.until(lambda: len(busy.window.history.rows.items) == 4)
    volumes = busy.volumes()
    assert 9 in volumes.values()
    assert 5 not in volumes.values()
    assert states(busy)[3] == "Undone"


def test_undo_from_there_asks_and_takes_the_later_steps_back_too(busy: Stage) -> None:
    before = set(busy.volumes().values())
    choose(busy, 2)
    busy.window.history.panel.footer.secondary.click()
    sheet = sheet_of(busy, Sheet)
    press(sheet, "Undo 2 actions")
    busy.until(lambda: len(busy.window.history.rows.items) == 5)
    assert states(busy)[-2:] == ["Undone", "Undone"]
    busy.settle()
    assert {5, 9} <= before
    assert not {5, 9} & set(busy.volumes().values())


def test_what_a_later_step_wrote_over_wholly_can_only_be_undone_from_there(stage: Stage) -> None:
    stage.run(SetOverride("volume", [KEYWORDS[1]], 5))
    stage.run(SetOverride("volume", [KEYWORDS[1]], 9))
    stage.window.show_page("history")
    stage.settle()
    assert choose(stage, 1).is_blocked
    footer = stage.window.history.panel.footer
    assert footer.primary.text() == "Undo from there…"
    assert footer.secondary.isHidden()


def test_an_undone_action_is_done_again_from_its_line(busy: Stage) -> None:
    busy.window.edits.undo()
    busy.until(lambda: len(busy.window.history.rows.items) == 4)
    busy.settle()
    undone = choose(busy, 1)
    assert (undone.row.label, undone.may_redo) == ("Set status to mapped on 1 keyword", True)
    panel = busy.window.history.panel
    assert panel.footer.primary.text() == "Redo"
    panel.footer.primary.click()
    busy.until(lambda: len(busy.window.history.rows.items) == 5)
    assert states(busy)[2] == "Done again"


def test_the_list_is_searched_by_words_and_by_state(busy: Stage) -> None:
    history = busy.window.history
    history.search.setText("volume TO 9")
    busy.until(lambda: labels(busy) == ["Set volume to 9 on 1 keyword"])
    history.search.setText("nothing like it")
    busy.until(lambda: labels(busy) == [])
    assert history._list.currentIndex() == 2, "it says that nothing is called that"
    assert history.panel.details is None
    history.search.clear()
    history.states._group.button(4).click()
    busy.until(lambda: labels(busy) == [])
    busy.window.edits.undo()
    busy.until(lambda: labels(busy) == ["Set status to mapped on 1 keyword"])


def test_the_history_is_the_same_after_a_restart(busy: Stage, open_window: Open) -> None:
    profile, before = busy.desk.profile, labels(busy)
    busy.window.close()
    again = open_window(profile)
    again.window.show_page("history")
    assert labels(again) == before
    choose(again, 1)
    again.window.history.panel.footer.primary.click()
    again.until(lambda: labels(again)[0] == "Undo: Set volume to 9 on 1 keyword")


def test_the_page_is_worked_without_a_mouse(busy: Stage) -> None:
    busy.window.show_page("keywords")
    busy.key(Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    assert busy.window.page == "history"
    busy.settle()
    busy.key(Qt.Key.Key_Down)
    assert details(busy).row.label == "Set volume to 9 on 1 keyword"
    busy.key(Qt.Key.Key_Return)
    assert busy.focus is busy.window.history.panel.footer.primary
    busy.key(Qt.Key.Key_Space)
    busy.until(lambda: labels(busy)[0] == "Undo: Set volume to 9 on 1 keyword")


def test_an_empty_history_says_so(stage: Stage) -> None:
    stage.window.show_page("history")
    stage.settle()
    assert stage.window.history._list.currentIndex() == 1
    assert stage.window.history.panel.isHidden()
