"""Fine points of the replica: each is one filter, one comparison or one number, and would be missed by nobody but its user."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from planner_core.commands import (
    AddKeywordsFromSeeds,
    AssignCluster,
    CreateCluster,
    CreateIdea,
    DeleteRows,
    RestoreRows,
    SetOverride,
)
from planner_core.operations import Resolve, Set
from planner_core.wire.body import decode_body
from planner_core.wire.feed import RowResult
from sync.replica import outbox
from sync.replica.bodies import pack
from sync.replica.rebasing import Refusal, rebase
from tests.sync.replica.test_access import items, shut_out
from tests.sync.replica.test_recovery import OTHER, answer, open_ops, scope, volume
from tests.sync.replica.world import (
    OTHER_SECTOR,
    OTHER_SITE,
    SECTOR,
    SITE,
    World,
    cluster,
    hello,
    keyword,
    keyword_row,
    page,
    results,
    seed,
    uid,
)


def test_a_page_of_another_history_begins_the_stage_anew(world: World) -> None:
    """P76, P8: pages of two epochs are never applied as one."""
    world.replica.stage_page(SITE, page({"keyword": [keyword_row(1, ver=2)]}, version=2, more=True))
    fresh = page({"keyword": [keyword_row(2, ver=2)]}, version=2, more=True, epoch=OTHER)
    world.replica.stage_page(SITE, fresh)
    staged = scope(world).staged
    assert staged is not None
    assert (staged.epoch, staged.pages) == (OTHER, 1)
    assert world.replica._store.value("SELECT count(*) FROM stage") == 1


def test_parts_of_one_action_are_taken_back_from_the_last_to_the_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P70: the first value stands under the second; taken back in the order they were made, the first would seem overwritten."""
    monkeypatch.setattr(outbox, "pack", partial(pack, part_rows=1))
    world.replica.run([SetOverride("volume", [keyword(1)], 5), SetOverride("volume", [keyword(1)], 6)])
    assert [one.rows for one in world.replica.peek(SITE)] == [1, 1]
    outcome = world.replica.undo()
    assert (outcome.changed, outcome.skipped) == (2, 0)
    assert world.row(1)["volume_override"] is None


def test_access_to_one_site_ends_what_is_asked_about_that_site_only(world: World) -> None:
    """P51: work in a site that stays closed goes on being listed."""
    volume(world, 1, 5)
    world.replica.run([AddKeywordsFromSeeds(OTHER_SECTOR, [seed(8)], [keyword(8)])])
    shut_out(world)
    world.replica.adopt_hello(hello(access="none", only=[OTHER_SITE]))
    world.replica.drop_scope(OTHER_SITE)
    assert [one.ids for one in items(world)] == [(keyword(1),), (keyword(8),)]
    world.replica.adopt_hello(hello(only=[SITE]))
    assert [one.ids for one in items(world)] == [(keyword(8),)]


def test_work_refused_for_a_role_goes_again_as_a_later_form_of_itself(world: World) -> None:
    """P51, P67: whichever of the two a platform comes to know first, it carries one of them out."""
    volume(world, 1, 5)
    (refused,) = world.send()
    said = [RowResult(code="forbidden", message="You may read this site, not change it.")]
    world.replica.store_results(SITE, results([refused], version=2, verdict="rejected", rows=said))
    assert scope(world).access == "ro", "nothing more is sent until hello says otherwise"
    world.replica.adopt_hello(hello(only=[SITE]))
    (again,) = world.send()
    assert decode_body(again.body).supersedes == (refused.op_id,)


def test_refused_work_whose_rows_are_as_wanted_by_now_sends_nothing(world: World) -> None:
    """P86: the question ends; a write of what is there already would put it under his name."""
    volume(world, 1, 5)
    said = [
        RowResult(code="limit", e="keyword", ids=[keyword(1)], group="volume_override", conflict=uid(99, 1))
    ]
    world.replica.store_results(SITE, results(world.send(), version=2, verdict="rejected", rows=said))
    world.deliver(SITE, {"keyword": [keyword_row(1, ver=3, volume_override=5)]}, version=3)
    world.replica.resolve([uid(99, 1)], "mine")
    written = [one for part in world.replica.peek(SITE) for one in decode_body(part.body).operations]
    assert [type(one) for one in written] == [Resolve]
    assert items(world) == []


def test_after_a_restore_numbers_begin_anew_under_a_new_name_only_where_some_were_used(world: World) -> None:
    """P82, P64: a number under one name stands for one operation for ever."""
    volume(world, 1, 5)
    name = world.replica.replica_id
    world.replica.adopt_hello(hello(epoch=OTHER))
    world.replica.reconcile(SITE, answer())
    assert world.replica.replica_id == name
    (one,) = world.send()
    world.replica.adopt_hello(hello(epoch="a" * 32))
    world.replica.reconcile(SITE, answer(unknown=[one.op_id], epoch="a" * 32))
    assert world.replica.replica_id != name
    assert open_ops(world) == [(1, one.op_id)]


def test_work_that_is_added_to_an_action_is_numbered_on_in_it(world: World) -> None:
    """P86: two mutations never claim to be the same part of one action."""
    world.replica.run([AssignCluster([keyword(1)], cluster(1))])
    missing = RowResult(code="missing", e="keyword", ids=[keyword(1)], group="placement", conflict=uid(99, 1))
    world.replica.store_results(
        SITE, results(world.send(), version=2, verdict="parked_dependency", rows=[missing])
    )
    world.deliver(SITE, {"keyword": [keyword_row(1, ver=3)]}, version=3)
    world.replica.adopt_hello(hello(version=3))
    (again,) = world.send()
    body = decode_body(again.body)
    assert (body.part, body.parts) == (2, 2)


def test_an_undo_stays_one_when_what_it_referred_to_is_discarded(world: World) -> None:
    """P70: without the name of what it takes back the platform would carry it out as an edit, over anybody's value."""
    fresh = uid(8, 60)
    made = world.replica.run([CreateCluster(fresh, SECTOR, "Oak")]).action
    world.replica.run([AssignCluster([keyword(1)], fresh)])
    world.replica.run([AssignCluster([keyword(1)], None), SetOverride("volume", [keyword(2)], 5)])
    world.replica.undo()
    assert made is not None
    world.replica.cancel(made)
    *_, undo = world.send()
    body = decode_body(undo.body)
    assert body.undo_of is not None
    assert [one.ids for one in body.operations] == [[keyword(2)]]


def test_an_answer_that_comes_late_does_not_set_the_last_answered_number_back(world: World) -> None:
    """P9, P82: hello would name an older operation, and a number above it look like another copy's."""
    volume(world, 1, 1)
    volume(world, 2, 2)
    first, second = world.send()
    world.replica.store_results(SITE, results([first, second], version=2))
    world.replica.store_results(SITE, results([first], version=2))
    assert (scope(world).last_ack_seq, scope(world).last_ack_op) == (2, second.op_id)


def test_a_number_that_only_fills_a_hole_leaves_nothing_behind_whatever_is_said_to_it(world: World) -> None:
    """P83."""
    action = world.replica.run([SetOverride("volume", [keyword(1)], 5)]).action
    assert action is not None
    world.replica.cancel(action)
    (void,) = world.send()
    world.replica.store_results(SITE, results([void], version=2, verdict="superseded"))
    assert world.replica._store.value("SELECT count(*) FROM mutation WHERE void = 1") == 0
    assert scope(world).unconfirmed == 0


def test_the_first_version_of_work_is_that_of_its_own_verdict(world: World) -> None:
    """P66: an answer to many names the last version of all; after a restore each one's own place in time is asked for."""
    volume(world, 1, 1)
    (one,) = world.send()
    reply = results([one], version=3)
    world.replica.store_results(SITE, reply.model_copy(update={"version": 9}))
    world.replica.adopt_hello(hello(epoch=OTHER))
    world.replica.reconcile(SITE, answer(unknown=[one.op_id]))
    assert [again.was for again in world.send()] == [3]


def test_work_of_which_something_is_told_was_carried_out_whole(world: World) -> None:
    """P66, P64: a note is no question: after a restore it keeps its first version, and its user is not asked about it."""
    volume(world, 1, 1)
    (one,) = world.send()
    note = RowResult(code="merged", e="keyword", ids=[keyword(1)], new_id=keyword(2))
    reply = results([one], version=3, verdict="applied_with", rows=[note])
    world.replica.store_results(SITE, reply.model_copy(update={"version": 9}))
    world.replica.adopt_hello(hello(epoch=OTHER))
    world.replica.reconcile(SITE, answer(unknown=[one.op_id]))
    assert [again.was for again in world.send()] == [3]


def test_two_keywords_with_one_seed_do_not_come_out_of_the_trash_together(world: World) -> None:
    """P87: taken out together they would hold one place."""
    world.replica.run([DeleteRows("keyword", [keyword(1)])])
    world.replica.run([AddKeywordsFromSeeds(SECTOR, [seed(1)], [keyword(9)])])
    world.replica.run([DeleteRows("keyword", [keyword(9)])])
    outcome = world.replica.run([RestoreRows("keyword", [keyword(1), keyword(9)])])
    assert [(one.code, list(one.ids)) for one in outcome.refused] == [("taken", [keyword(9)])]


def test_work_stays_on_top_until_the_very_version_of_its_verdict_is_here(world: World) -> None:
    """P94, P11: rows of one version less do not have it in them, and its value would flicker back."""
    volume(world, 1, 5)
    world.replica.store_results(SITE, results(world.send(), version=3))
    world.deliver(SITE, {"keyword": [keyword_row(1, ver=2)]}, version=2)
    assert (scope(world).unconfirmed, world.row(1)["volume_override"]) == (1, 5)
    world.deliver(SITE, {"keyword": [keyword_row(1, ver=3, volume_override=5)]}, version=3)
    assert (scope(world).unconfirmed, world.row(1)["volume_override"]) == (0, 5)


def test_a_snapshot_says_nothing_of_questions_that_only_this_machine_has(world: World) -> None:
    """P89: what the platform never listed cannot have been decided elsewhere because it does not list it."""
    volume(world, 1, 5)
    said = [RowResult(code="limit", e="keyword", ids=[keyword(1)], group="volume_override")]
    world.replica.store_results(SITE, results(world.send(), version=2, verdict="rejected", rows=said))
    world.snapshot(SITE, {"keyword": [keyword_row(n, ver=2) for n in range(1, 7)]}, version=2)
    assert [one.ids for one in items(world)] == [(keyword(1),)]


def test_an_idea_that_waits_names_the_row_that_stands_for_a_merged_keyword(world: World) -> None:
    """P80, P32: the idea itself is not on the page that brings the alias."""
    idea = uid(9, 70)
    world.replica.run([AddKeywordsFromSeeds(SECTOR, [seed(8)], [keyword(8)])])
    world.replica.run([CreateIdea(idea, SECTOR, {"title": "Oak"}, [keyword(8)])])
    rows = {"keyword": [keyword_row(20, ver=2, of_seed=8)]}
    world.deliver(SITE, rows, version=2, aliases=[(keyword(8), keyword(20), 2)])
    ((_, _, _, _, members, *_),) = world.dump()["idea"]
    assert json.loads(members) == [keyword(20)]


def test_aliases_go_with_the_rows_of_their_site(world: World) -> None:
    """P80, P79."""
    world.deliver(SITE, {}, version=2, aliases=[(keyword(8), keyword(1), 2)])
    assert world.replica._store.value("SELECT count(*) FROM alias") == 1
    shut_out(world)
    assert world.replica._store.value("SELECT count(*) FROM alias") == 0


def test_an_edit_on_something_else_than_the_refused_value_keeps_what_it_had_seen(world: World) -> None:
    """P37: its author had another value before him; what stood before the refused one he never saw."""
    volume(world, 1, 5)
    volume(world, 1, 6)
    refused = {("keyword", "volume_override", keyword(1)): Refusal(old=(9,), new=(7,))}
    with world.replica._store.write():
        key = world.replica._store.value("SELECT k FROM scope_state WHERE id = ?", SITE)
        rebase(world.replica._store, world.replica._outbox, key, refused)
    written = [one for part in world.replica.peek(SITE) for one in decode_body(part.body).operations]
    assert [one.changes[0].old for one in written if isinstance(one, Set)] == [(None,), (5,)]


def test_a_question_that_ended_opens_again_for_work_that_had_not_raised_it(world: World) -> None:
    """P90, P29: the platform asks about another operation in the same item."""
    said = [
        RowResult(code="limit", e="keyword", ids=[keyword(1)], group="volume_override", conflict=uid(99, 1))
    ]
    for number, value in enumerate((5, 6), 2):
        volume(world, 1, value)
        (one,) = world.send()
        world.replica.store_results(SITE, results([one], version=number, verdict="rejected", rows=said))
        assert [item.id for item in items(world)] == [uid(99, 1)]
        world.replica.resolve([uid(99, 1)], "theirs")
        assert items(world) == []
        world.replica.store_results(SITE, results(world.send(), version=number))


def test_what_was_carried_out_in_part_is_not_replaced_by_sending_the_rest_again(world: World) -> None:
    """P67: after a restore the part that went through has to come again under its own name."""
    world.replica.run([SetOverride("volume", [keyword(1), keyword(2)], 5)])
    said = [
        RowResult(code="limit", e="keyword", ids=[keyword(1)], group="volume_override", conflict=uid(99, 1))
    ]
    world.replica.store_results(SITE, results(world.send(), version=2, verdict="applied_with", rows=said))
    world.deliver(SITE, {"keyword": [keyword_row(2, ver=2, volume_override=5)]}, version=2)
    world.replica.resolve([uid(99, 1)], "mine")
    again = [decode_body(part.body) for part in world.replica.peek(SITE)]
    assert [one.ids for body in again for one in body.operations if isinstance(one, Set)] == [[keyword(1)]]
    assert {body.supersedes for body in again} == {()}


def test_a_conflict_of_an_edit_that_was_undone_meanwhile_stays_a_question(world: World) -> None:
    """P29, P91: the platform keeps somebody's value, and what the undo comes to there is not known yet."""
    volume(world, 1, 5)
    sent_ = world.send()
    world.replica.undo()
    values: dict[str, Any] = {"base": [None], "mine": [5], "theirs": [7], "conflict": uid(99, 1)}
    said = RowResult(code="conflict", e="keyword", ids=[keyword(1)], group="volume_override", **values)
    world.replica.store_results(SITE, results(sent_, version=2, verdict="applied_with", rows=[said]))
    assert [(one.id, one.kind) for one in items(world)] == [(uid(99, 1), "conflict")]
