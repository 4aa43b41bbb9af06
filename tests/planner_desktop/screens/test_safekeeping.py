"""Backups, the pause after one was put back, and the ways to sign out, in the window."""

import json
from pathlib import Path

import pytest

from planner_core.commands import SetOverride
from planner_desktop.app.profile import Profile
from planner_desktop.screens import commands
from planner_desktop.screens.backups import BackupsSheet
from planner_desktop.screens.leaving import Leaving, SignOutSheet
from planner_desktop.screens.signin import FirstStart
from planner_desktop.widgets.dialogs import Sheet
from tests.planner_desktop.screens.conftest import Open, Stage, gone, press, sheet_of
from tests.support.machine import KEYWORDS, site_of
from tests.support.platform import Platform

pytestmark = pytest.mark.qt


def backups(stage: Stage) -> BackupsSheet:
    """Open the list."""
    stage.window.menus["backups"].trigger()
    return sheet_of(stage, BackupsSheet)


def restored(stage: Stage) -> None:
    """Make a backup, change the first keyword, and put the backup back."""
    sheet = backups(stage)
    before = len(sheet.rows.items)
    press(sheet, "Make one now")
    stage.until(lambda: len(sheet.rows.items) == before + 1)
    sheet.reject()
    stage.run(SetOverride("volume", [KEYWORDS[0]], 77))
    stage.until(lambda: not stage.window.account.counts.waiting)
    stage.settle()
    again = backups(stage)
    by_hand = next(row for row, one in enumerate(again.rows.items) if one["reason"] == "by hand")
    again.grid.select_rows([(by_hand, by_hand)])
    press(again, "Look inside…")
    press(sheet_of(stage, Sheet), "Put it back")
    stage.until(lambda: stage.window.bar._state.text() == "Paused")
    stage.settle()


def test_a_backup_put_back_pauses_syncing_and_gives_way_to_the_platform_unless_it_is_taken(
    open_window: Open, profile: Profile, online: Platform
) -> None:
    """P81: nothing is sent because it is missing there."""
    stage = open_window(profile, syncing=True)
    stage.settle()
    restored(stage)
    assert stage.volumes()["standing desk 0"] == 0
    stage.window.bar._state.click()
    question = sheet_of(stage, Sheet)
    stage.settle()
    assert stage.volumes()["standing desk 0"] == 77
    assert site_of(online).values("keyword", KEYWORDS[0])["volume_override"] == 77
    press(question, "Take 1 from the copy")
    stage.until(lambda: site_of(online).values("keyword", KEYWORDS[0])["volume_override"] is None)


def test_syncing_can_be_paused_and_resumed_by_hand(
    open_window: Open, profile: Profile, online: Platform
) -> None:
    stage = open_window(profile, syncing=True)
    stage.settle()
    stage.window.menus["pause"].trigger()
    stage.until(lambda: stage.window.bar._state.text() == "Paused")
    stage.run(SetOverride("volume", [KEYWORDS[0]], 5))
    stage.window.menus["resume"].trigger()
    stage.until(lambda: site_of(online).values("keyword", KEYWORDS[0])["volume_override"] == 5)


@pytest.fixture
def offline(open_window: Open, profile: Profile) -> Stage:
    """A window without a platform, with one change that waits."""
    stage = open_window(profile)
    stage.run(SetOverride("volume", [KEYWORDS[0]], 5))
    return stage


def leave(stage: Stage, choice: Leaving) -> None:
    stage.window.menus["sign_out"].trigger()
    sheet = sheet_of(stage, SignOutSheet)
    assert "1 change has not been taken" in sheet.card.sentence.text()
    sheet.choose(choice)
    press(sheet, "Sign out")


def is_out(stage: Stage) -> bool:
    return any(one.isVisible() for one in stage.window.findChildren(FirstStart))


def test_what_waits_stays_here_when_it_is_kept(offline: Stage, profile: Profile) -> None:
    """P24"""
    leave(offline, "keep")
    offline.until(lambda: is_out(offline))
    assert profile.paths(profile.accounts[0]).replica.exists()


def test_what_waits_is_written_to_the_file_that_was_chosen(
    offline: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P24"""
    file = tmp_path / "waiting.json"
    monkeypatch.setattr(commands, "ask_for_file", lambda _window: file)
    leave(offline, "export")
    offline.until(lambda: is_out(offline))
    assert "5" in json.dumps(json.loads(file.read_text()))


def test_nobody_is_signed_out_when_what_waits_cannot_be_sent(
    offline: Stage, profile: Profile, online: Platform
) -> None:
    """P24: no way out loses work by accident."""

    online.intercept = gone
    leave(offline, "sync")
    offline.until(lambda: offline.window.account.is_open)
    offline.settle()
    assert not is_out(offline)
    assert offline.volumes()["standing desk 0"] == 5
