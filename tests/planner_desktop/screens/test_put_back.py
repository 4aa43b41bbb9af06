"""A platform that was put back: what it had forgotten, what it lacks, and the way to make it anew, in the window."""

import copy
import errno
import os
from typing import Any

import pytest

from planner_core.commands import SetOverride
from planner_desktop.app.profile import Profile
from planner_desktop.screens.putback import sentence_of
from planner_desktop.screens.review.anew import AnewSheet, Where
from planner_desktop.screens.review.cards import RefusedCard
from planner_desktop.screens.syncwords import line_of
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.choices import ChoicePopup
from sync.engine import SyncStatus
from sync.replica import Counts, Restoration
from tests.planner_desktop.screens.conftest import Open, Stage, press, sheet_of
from tests.support.machine import KEYWORDS, SECTOR, SITE, site_of
from tests.support.platform import Platform

pytestmark = pytest.mark.qt


@pytest.fixture
def put_back(open_window: Open, profile: Profile, online: Platform) -> Stage:
    """A window whose platform has forgotten a change of two keywords, and lacks a keyword that was there."""
    stage = open_window(profile, syncing=True)
    older = copy.deepcopy(site_of(online))
    stage.run(SetOverride("volume", KEYWORDS[:2], 5))
    stage.until(lambda: site_of(online).values("keyword", KEYWORDS[0])["volume_override"] == 5)
    stage.until(lambda: stage.window.account.counts.waiting == 0)
    stage.settle()
    older.version += 10
    older.tokens[older.version] = "another"
    del older.rows["keyword"][KEYWORDS[9]]
    online.scopes[SITE] = older
    online.new_epoch(older)
    stage.window.account.start_sync()
    stage.until(lambda: stage.window.account.counts.refused == 1)
    stage.until(lambda: stage.window.account.counts.waiting == 0)
    stage.settle()
    return stage


def card_of(stage: Stage) -> RefusedCard:
    stage.window.show_page("review")
    stage.until(lambda: stage.window.review._list.findChildren(RefusedCard))
    stage.settle()
    (card,) = stage.window.review._list.findChildren(RefusedCard)
    return card


def click(card: RefusedCard, text: str) -> None:
    next(button for button in card.findChildren(Button) if button.text() == text).click()


def test_a_platform_that_was_put_back_is_said_in_one_line_with_a_way_to_review(put_back: Stage) -> None:
    """P8, P64: until somebody has seen it, also after the program was closed."""
    window = put_back.window
    assert window.notice.isVisible()
    assert (
        "2 changes it had forgotten were sent again; 1 waits in Review (1 row is missing there)."
        in window.notice.text
    )
    assert window.bar._state.text() == "1 to decide", "nothing was refused"
    window.notice.action.click()
    assert window.page == "review"
    put_back.settle()
    put_back.until(lambda: not window.account.standing.restored)
    assert not window.notice.isVisible()


def test_the_line_stays_until_it_is_put_away_and_does_not_come_back(
    put_back: Stage, open_window: Open, profile: Profile
) -> None:
    put_back.window.close()
    again = open_window(profile)
    again.until(again.window.notice.isVisible)
    again.window.notice.close_button.click()
    again.until(lambda: not again.window.account.standing.restored)
    again.settle()
    again.window.close()
    third = open_window(profile)
    third.settle()
    assert not third.window.notice.isVisible()
    assert third.window.account.counts.refused == 1, "the question itself stays"


def test_lost_rows_are_made_anew_where_they_were_or_elsewhere(put_back: Stage, online: Platform) -> None:
    """P88: the sheet offers both; the rows are sent and the question ends."""
    card = card_of(put_back)
    assert card.accessibleName() == "Not on the platform: standing desk 9"
    click(card, "Restore as new…")
    sheet = sheet_of(put_back, AnewSheet)
    assert [choice.label for choice in sheet.place._choices] == ["Where it was", "Shop · Desks"]
    assert (sheet.sector, sheet.run.isEnabled()) == (None, True)
    sheet.place.click()
    (popup,) = [one for one in sheet.findChildren(ChoicePopup) if one.isVisible()]
    popup._take(popup._model.index(1, 0))
    assert sheet.sector == SECTOR
    press(sheet, "Restore 1 keyword")
    put_back.until(lambda: put_back.window.account.counts.refused == 0)
    put_back.until(lambda: put_back.window.account.counts.waiting == 0)
    put_back.settle()
    assert len(put_back.volumes()) == len(KEYWORDS)
    assert any(toast.text.text() == "Make 1 row anew" for toast in put_back.window.toasts.shown)
    live = [row for row in site_of(online).rows["keyword"].values() if not row.deleted]
    assert len(live) == len(KEYWORDS)
    assert put_back.window.review.content.lost == ()


def test_lost_rows_can_still_be_sent_again_or_dropped(put_back: Stage, online: Platform) -> None:
    """P88"""
    click(card_of(put_back), "Send again")
    put_back.until(lambda: KEYWORDS[9] in site_of(online).rows["keyword"])
    put_back.until(lambda: put_back.window.account.counts.refused == 0)


def test_work_without_access_asks_for_another_place_before_it_is_made_anew(
    open_window: Open, profile: Profile, online: Platform
) -> None:
    """P51: without a site that may be changed, nothing can be pressed and the sheet says why."""
    stage = open_window(profile, syncing=True)
    stage.settle()
    assert stage.window.account.places.writable == {SITE}
    site_of(online).access = "none"
    stage.window.edits.run([SetOverride("volume", KEYWORDS[:3], 5)])
    stage.until(lambda: stage.window.account.counts.refused == 1)
    stage.settle()
    card = card_of(stage)
    texts = [button.text() for button in card.findChildren(Button) if button.text()]
    assert texts == ["Restore as new…"], "it cannot be sent, and needs no mending"
    click(card, "Restore as new…")
    sheet = sheet_of(stage, AnewSheet)
    assert not sheet.run.isEnabled()
    assert not sheet.place.isEnabled()
    sheet.choose(Where(SECTOR))
    assert sheet.run.isEnabled()
    sheet.reject()


def test_a_second_copy_that_cannot_be_written_is_said_until_it_can(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P56: the edit stands; the bar says what is missing, and a click says why."""

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("sync.replica.journal._write", full)
        stage.run(SetOverride("volume", KEYWORDS[:1], 5))
        stage.until(lambda: stage.window.account.copy_trouble)
        assert stage.window.bar._state.text() == "Second copy not written"
        stage.window.bar._state.click()
        assert any(os.strerror(errno.ENOSPC) in toast.text.text() for toast in stage.window.toasts.shown)
    stage.run(SetOverride("volume", KEYWORDS[:1], 6))
    stage.until(lambda: not stage.window.account.copy_trouble)
    assert stage.window.bar._state.text() == "2 changes wait"


def test_trouble_with_the_copy_hides_nothing_that_is_more_pressing() -> None:
    counts = Counts(waiting=1, waiting_rows=1, conflicts=2)
    line = line_of(SyncStatus(state="idle"), counts, None, copy_trouble="full")
    assert (line.sign, line.state) == ("conflict", "2 conflicts")
    assert line.detail.endswith("second copy not written")


def restoration(**more: Any) -> Restoration:
    figures = {"again": 0, "waiting": 0, "asks": 0, "lost": 0} | more
    return Restoration(
        scope=SITE, site=figures.pop("site", "Shop"), epoch="e", at=1_700_000_000_000, **figures
    )


@pytest.mark.parametrize(
    ("restored", "sites", "says"),
    [
        ([], 1, ""),
        ([restoration()], 1, "Nothing of yours was missing."),
        ([restoration(again=1)], 1, "1 change it had forgotten was sent again."),
        ([restoration(again=21, waiting=21)], 1, "21 changes it had forgotten will be sent again."),
        (
            [restoration(again=21, waiting=4)],
            1,
            "21 changes it had forgotten were sent again; 4 of them still wait.",
        ),
        ([restoration(asks=3, lost=1_204)], 1, "3 wait in Review (1,204 rows are missing there)."),
        (
            [restoration(again=2, asks=1), restoration(again=3, site="Blog")],
            2,
            "5 changes it had forgotten were sent again; 1 waits in Review.",
        ),
    ],
)
def test_the_line_says_what_happened_and_nothing_else(
    restored: list[Restoration], sites: int, says: str, stage: Stage
) -> None:
    said = sentence_of(restored, sites)
    assert said.endswith(says)
    assert bool(said) is bool(restored)
    assert ("Blog" in said) is (sites > 1)


def test_sites_where_nothing_was_missing_are_not_named_beside_others() -> None:
    said = sentence_of([restoration(), restoration(again=2, site="Blog")], 2)
    assert "(Blog)" in said
