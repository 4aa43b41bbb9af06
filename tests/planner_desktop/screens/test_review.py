"""Review: conflicts, refusals, what waits."""

from dataclasses import replace

import httpx
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from planner_core.commands import SetOverride, SetStatus
from planner_core.wire import feed
from planner_desktop.app.profile import Profile
from planner_desktop.screens.keywords.cells import MARK, VOLUME
from planner_desktop.screens.review.cards import ConflictCard, RefusedCard
from planner_desktop.screens.review.items import Content
from planner_desktop.screens.review.panel import verdict_of
from planner_desktop.screens.review.waiting import WaitingGroup
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.text import ElidedText, Text
from sync.replica import ReviewRow
from tests.planner_desktop.screens.conftest import Open, Stage
from tests.support.machine import KEYWORDS, SITE, site_of
from tests.support.platform import Platform, Scope, _reply

pytestmark = pytest.mark.qt


@pytest.fixture
def disputed(open_window: Open, profile: Profile, online: Platform) -> Stage:
    """A window in which the volume of keyword 9 was set to 8,400 here and to 9,100 by somebody else."""
    stage = open_window(profile, syncing=True)
    site_of(online).put("keyword", KEYWORDS[9], volume_override=9100)
    stage.run(SetOverride("volume", [KEYWORDS[9]], 8400))
    stage.window.account.start_sync()
    stage.until(lambda: stage.window.account.counts.conflicts == 1)
    stage.window.show_page("review")
    stage.until(lambda: stage.window.review.findChildren(ConflictCard))
    stage.settle()
    return stage


def card_of(stage: Stage) -> ConflictCard:
    return stage.window.review._list.findChildren(ConflictCard)[0]


def press(card: ConflictCard | RefusedCard | WaitingGroup, text: str) -> None:
    next(button for button in card.findChildren(Button) if button.text() == text).click()


def test_a_conflict_shows_base_mine_and_theirs_and_spells_the_result_out(disputed: Stage) -> None:
    item = disputed.window.review.content.conflicts[0].items[0]
    card = card_of(disputed)
    assert card._results[item.id].whole_text() == "not decided"
    heads = [label.whole_text() for label in card.findChildren(ElidedText)]
    assert any(head.startswith("Mine · you, ") for head in heads)
    assert disputed.window.review.figures()[-1] == "1 needs you"
    assert "waits for your decision" in disputed.window.review.panel.footer._note.text()
    assert disputed.window.review.panel._heading.isHidden(), "there was no dry run"
    card._pairs[item.id]._group.button(0).click()
    assert card._results[item.id].whole_text() == "8,400"
    assert disputed.window.account.counts.conflicts == 1, "choosing a tile decides nothing yet"


@pytest.mark.parametrize(("button", "volume"), [("Keep mine", 8400), ("Keep theirs", 9100)])
def test_a_record_is_decided_with_one_button(disputed: Stage, button: str, volume: int) -> None:
    press(card_of(disputed), button)
    disputed.until(lambda: disputed.window.account.counts.conflicts == 0)
    disputed.until(lambda: disputed.volumes()["standing desk 9"] == volume)


def test_fields_chosen_one_by_one_are_decided_together(disputed: Stage) -> None:
    item = disputed.window.review.content.conflicts[0].items[0]
    card = card_of(disputed)
    assert card._decide.isHidden()
    card._pairs[item.id]._group.button(1).click()
    assert not card._decide.isHidden()
    card._decide.click()
    disputed.until(lambda: disputed.window.account.counts.conflicts == 0)
    disputed.until(lambda: disputed.volumes()["standing desk 9"] == 9100)


def test_all_conflicts_are_decided_alike(disputed: Stage) -> None:
    disputed.window.review.decide_all("theirs")
    disputed.until(lambda: disputed.window.account.counts.conflicts == 0)


def test_what_waits_is_shown_old_and_new_and_can_be_taken_back(stage: Stage) -> None:
    stage.run(SetOverride("volume", KEYWORDS[:3], 5))
    stage.run(SetStatus("keyword", [KEYWORDS[4]], "mapped"))
    stage.window.show_page("review")
    stage.settle()
    review = stage.window.review
    assert [one.label for one in review.content.waiting] == [
        "Set status to mapped on 1 keyword",
        "Set volume to 5 on 3 keywords",
    ]
    groups = review._list.findChildren(WaitingGroup)
    stage.until(lambda: groups[0].is_unfolded)
    press(groups[1], "Revert")
    stage.until(lambda: stage.window.account.counts.waiting == 1)
    assert stage.volumes()["standing desk 2"] == 200


def test_a_hundred_thousand_waiting_rows_are_numbers_and_not_widgets(stage: Stage) -> None:
    for number in range(45):
        stage.window.edits.run([SetOverride("volume", [KEYWORDS[number % 10]], number + 1)])
    stage.settle()
    stage.window.show_page("review")
    stage.settle()
    review = stage.window.review
    assert len(review.content.waiting) == 45
    assert len(review._list.findChildren(WaitingGroup)) == 30
    more = next(one for one in review._list.findChildren(Button) if one.text() == "15 more")
    more.click()
    assert len(review._list.findChildren(WaitingGroup)) == 45


def refusing(platform: Platform) -> None:
    """Let the double refuse every volume above 50, as a platform with other rules would."""
    push = platform._push

    def answer(scope: Scope, request: httpx.Request) -> httpx.Response:
        reply = push(scope, request)
        body = feed.PushReply.model_validate_json(reply.content)
        results = []
        for result in body.results:
            ids = [
                uid for uid, row in scope.rows["keyword"].items() if (row.values["volume_override"] or 0) > 50
            ]
            for uid in ids:
                scope.put("keyword", uid, volume_override=None)
            listed = [
                feed.RowResult(
                    e="keyword",
                    ids=ids,
                    group="volume_override",
                    code="invalid",
                    message="volume_override is 50 at most",
                )
            ]
            results.append(
                result.model_copy(update={"verdict": "rejected", "rows": listed}) if ids else result
            )
        return _reply(body.model_copy(update={"results": results}))

    platform._push = answer  # type: ignore[method-assign]


def test_a_refusal_says_why_and_is_mended_in_place(
    open_window: Open, profile: Profile, online: Platform
) -> None:
    refusing(online)
    stage = open_window(profile, syncing=True)
    stage.run(SetOverride("volume", [KEYWORDS[9]], 130))
    stage.window.account.start_sync()
    stage.until(lambda: stage.window.account.counts.refused == 1)
    stage.window.show_page("review")
    stage.until(lambda: stage.window.review._list.findChildren(RefusedCard))
    card = stage.window.review._list.findChildren(RefusedCard)[0]
    assert card._field is not None
    card._field.setText("30")
    press(card, "Fix and resend")
    stage.until(lambda: stage.window.account.counts.refused == 0)
    stage.until(lambda: site_of(online).values("keyword", KEYWORDS[9])["volume_override"] == 30)


def test_work_on_a_row_in_the_trash_offers_what_is_done_not_another_value(stage: Stage) -> None:
    """P27: a number typed there would go to the trash as well."""
    item = ReviewRow(
        id="1" * 32,
        kind="refused",
        code="target_deleted",
        message="Mine takes it out; theirs leaves it there.",
        scope=SITE,
        entity="keyword",
        ids=(KEYWORDS[9],),
        group="volume_override",
        fields=("volume_override",),
        base=None,
        mine=(130,),
        theirs=None,
        by="",
        at=0,
        state="open",
        decided="",
        action=None,
        subject="standing desk 9",
    )
    card = RefusedCard(stage.window.review._theme, item)
    asked: list[str] = []
    card.again.connect(asked.append)
    press(card, "Take out of the trash")
    assert asked == [item.id]
    assert not any("Mine takes" in text.text() for text in card.findChildren(Text))
    shut_out = RefusedCard(stage.window.review._theme, replace(item, kind="parked", code="no_access"))
    assert shut_out._field is None
    ways = [button.text() for button in shut_out.findChildren(Button) if button.text()]
    assert ways == ["Restore as new…"], "it cannot be sent where it was meant for"
    for shown in (card, shut_out):
        shown.deleteLater()


def test_an_empty_page_says_that_all_is_well(stage: Stage) -> None:
    stage.window.show_page("review")
    stage.settle()
    assert stage.window.review.content == Content()
    assert not stage.window.review.check.isEnabled()


def test_a_dry_run_is_counted_into_accepted_newer_and_refused() -> None:
    listed = [
        {"code": "conflict", "rows": 2, "message": "", "entity": "keyword", "ids": []},
        {"code": "invalid", "rows": 1, "message": "too much", "entity": "keyword", "ids": []},
        {"code": "merged", "rows": 4, "message": "", "entity": "keyword", "ids": []},
    ]
    verdict = verdict_of({"results": [{"rows": 214, "listed": listed}], "put_back": []}, 5)
    assert (verdict.accepted, verdict.newer, verdict.refused, verdict.reasons) == (211, 2, 1, ("too much",))


def test_a_dry_run_says_of_which_site_nothing_can_be_said() -> None:
    (reason,) = verdict_of({"results": [], "put_back": ["Office"]}, 5).reasons
    assert reason.startswith("Office: the platform was put back to an older state")


def test_a_conflicting_row_shows_theirs_and_says_both_sides_at_its_mark(disputed: Stage) -> None:
    disputed.window.show_page("keywords")
    disputed.settle()
    rows = disputed.window.keywords.table.rows
    row = next(at for at in range(rows.rowCount()) if (found := rows.keyword(at)) and found.mark == 2)
    assert rows.data(rows.index(row, VOLUME)) == "9,100"
    said = "Volume: platform 9,100, mine 8,400"
    assert said in str(rows.data(rows.index(row, MARK), int(Qt.ItemDataRole.ToolTipRole)))
    assert said in str(rows.data(rows.index(row, MARK), int(Qt.ItemDataRole.AccessibleTextRole)))


def test_double_click_on_a_mark_opens_review_at_its_row(disputed: Stage) -> None:
    review = disputed.window.review
    item = review.content.conflicts[0].items[0].id
    review._limits["conflicts"] = 0
    disputed.window.show_page("keywords")
    disputed.settle()
    rows, grid = disputed.window.keywords.table.rows, disputed.window.keywords.grid
    row = next(at for at in range(rows.rowCount()) if rows.question_of(at))
    mark = grid.visualRect(rows.index(row, MARK)).center()
    # Qt takes a double click where a press came before it.
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=mark)
    QTest.mouseDClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=mark)
    assert disputed.window.page == "review"
    disputed.until(
        lambda: review._cards.get(item) is not None and review._cards[item].isAncestorOf(disputed.focus)
    )
