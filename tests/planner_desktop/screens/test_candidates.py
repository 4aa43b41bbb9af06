"""Candidates in the place of keywords: seen by `is:candidate`, told when the library has them, added, removed."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton

from planner_desktop.app.profile import Profile
from planner_desktop.screens.candidates.view import CandidatesView
from tests.planner_desktop.screens.conftest import ENTRY, OWNER, Open, Stage
from tests.support.machine import BRANCH, SITE, Machine
from tests.support.platform import Platform, uid

pytestmark = pytest.mark.qt

LIST = "Keyword,Volume\nwalnut desk,900\noak desk,50\nstanding desk 3,1\nstanding desk 12,7\n"


def import_list(stage: Stage, folder: Path) -> CandidatesView:
    """Import a list with two candidates and show them."""
    path = folder / "list.csv"
    path.write_text(LIST, encoding="utf-8")
    stage.window.incoming.take([path])
    stage.settle()
    stage.window.imports.preview.go.click()
    stage.settle()
    stage.window.imports.list.candidates.click()
    stage.settle()
    return stage.window.keywords.candidates


def shown(view: CandidatesView) -> list[tuple[str, str]]:
    rows = view.rows
    return [(rows.index(row, 1).data(), rows.index(row, 7).data()) for row in range(rows.rowCount())]


def test_candidates_are_rows_of_their_own_that_the_query_line_filters(stage: Stage, tmp_path: Path) -> None:
    view = import_list(stage, tmp_path)
    assert stage.window.keywords.query.text() == "is:candidate"
    assert shown(view) == [("walnut desk", "No seed"), ("oak desk", "No seed")]
    assert stage.volumes() == {}, "no keyword is among them"
    told: list[list[str]] = []
    stage.window.keywords.figures_changed.connect(told.append)
    view.grid.selectAll()
    stage.settle()
    assert told[-1] == ["2 candidates", "2 selected"], "the status bar speaks of what is shown"
    stage.window.keywords.ask_query("is:candidate volume:<100 import:1")
    stage.settle()
    assert shown(view) == [("oak desk", "No seed")]
    stage.window.keywords.ask_query("")
    stage.settle()
    assert not view.isVisible()
    assert len(stage.volumes()) == 11


def test_verbs_of_keywords_are_refused_with_the_reason_and_touch_nothing(
    stage: Stage, tmp_path: Path
) -> None:
    view = import_list(stage, tmp_path)
    view.grid.setFocus()
    view.grid.selectAll()
    stage.key(Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    stage.settle()
    assert "no keywords yet" in stage.window.toasts.shown[-1].text.text()
    stage.window.keywords.ask_query("is:disabled")
    stage.settle()
    assert stage.volumes() == {}


def test_a_removed_candidate_is_gone_until_it_is_taken_back(stage: Stage, tmp_path: Path) -> None:
    view = import_list(stage, tmp_path)
    view.grid.setFocus()
    view.grid.select_rows([(0, 0)])
    stage.key(Qt.Key.Key_Delete)
    stage.settle()
    assert shown(view) == [("oak desk", "No seed")]
    (undo,) = [
        one for one in stage.window.toasts.shown[-1].findChildren(QAbstractButton) if one.text() == "Undo"
    ]
    undo.click()
    stage.settle()
    assert len(shown(view)) == 2


def test_a_sync_that_brings_their_seeds_is_told_and_one_click_adds_them(
    open_window: Open, profile: Profile, platform: Platform, tmp_path: Path
) -> None:
    stage = open_window(profile)
    import_list(stage, tmp_path)
    stage.window.close()
    platform.scopes[BRANCH].put(
        "seed", uid(0x900), keyword="Walnut desk", volume=3, difficulty=4, country="US"
    )
    machine = Machine(profile.paths(ENTRY).folder, platform.transport(), owner=OWNER)
    machine.sync()
    machine.close()
    stage = open_window(profile)
    view = stage.window.keywords.candidates
    assert view.strip.text == "1 candidate is in the library now."
    view.strip.action.click()
    stage.settle()
    assert stage.volumes()["Walnut desk"] == 3
    assert view.strip.text == ""
    stage.window.keywords.ask_query("is:candidate")
    stage.settle()
    assert shown(view) == [("oak desk", "No seed")]
    stage.window.keywords.ask_query("")
    stage.window.edits.undo()
    stage.settle()
    assert "Walnut desk" not in stage.volumes()
    assert stage.window.place.site == SITE


def test_seeds_that_come_while_the_window_is_open_are_looked_up_by_themselves(
    open_window: Open, profile: Profile, online: Platform, tmp_path: Path
) -> None:
    stage = open_window(profile, syncing=True)
    view = import_list(stage, tmp_path)
    online.scopes[BRANCH].put("seed", uid(0x901), keyword="oak desk", volume=3, difficulty=4, country="US")
    stage.window.account.start_sync()
    stage.until(lambda: view.strip.text == "1 candidate is in the library now.")
    assert ("oak desk", "In the library now") in shown(view)
    view.add.click()
    stage.until(lambda: shown(view) == [("walnut desk", "No seed")])
    stage.settle()
    assert view.strip.text == ""
