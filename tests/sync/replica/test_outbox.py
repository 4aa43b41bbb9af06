"""Sending, verdicts, questions, recovery."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from planner_core.commands import AddKeywordsFromSeeds, AssignCluster, SetOverride, SetStatus
from planner_core.wire.body import decode_body, digest
from planner_core.wire.feed import KnownReply, MutationResult, RowResult
from sync.errors import NotFound
from sync.replica import Reader
from tests.sync.replica.world import (
    SECTOR,
    SITE,
    World,
    cluster,
    cluster_row,
    hello,
    keyword,
    keyword_row,
    results,
    seed,
    uid,
)


def _edits(world: World, number: int) -> list[str]:
    return [
        str(world.replica.run([SetOverride("volume", [keyword(n)], n)]).action) for n in range(1, number + 1)
    ]


def _conflict(row: int, theirs: int) -> RowResult:
    values: dict[str, Any] = {"base": [None], "mine": [row], "theirs": [theirs], "by": "Ada"}
    return RowResult(
        code="conflict",
        e="keyword",
        ids=[keyword(row)],
        group="volume_override",
        conflict=uid(99, row),
        **values,
    )


def test_bodies_go_out_as_they_are_in_order_and_within_limits(world: World) -> None:
    _edits(world, 4)
    first = world.replica.outgoing(SITE, max_rows=2, max_bytes=1 << 20)
    assert [one.seq for one in first] == [1, 2]
    assert [one.seq for one in world.replica.outgoing(SITE, max_rows=1, max_bytes=1)] == [1]
    assert all(digest(one.body) == one.sha256 for one in first)
    again = world.replica.outgoing(SITE, max_rows=2, max_bytes=1 << 20)
    assert again == first
    world.replica.store_results(SITE, results(first, version=2))
    assert [one.seq for one in world.send()] == [3, 4]


def test_sending_is_for_ever(world: World) -> None:
    """P68."""
    (action,) = _edits(world, 1)
    world.send()
    world.crash()
    reader = Reader.open(world.path)
    assert [(row.state, row.cancellable, row.action) for row in reader.pending()] == [
        ("sending", False, action)
    ]
    reader.close()


def test_results_are_kept_once_and_acknowledged(world: World) -> None:
    _edits(world, 2)
    sent = world.send()
    world.replica.store_results(SITE, results(sent, version=4))
    world.replica.store_results(SITE, results(sent, version=9, verdict="rejected"))
    scope = next(one for one in world.replica.scopes() if one.id == SITE)
    assert (scope.open, scope.unconfirmed, scope.last_ack_seq, scope.last_ack_op) == (0, 2, 2, sent[1].op_id)
    assert (scope.told_version, scope.told_token) == (9, "t9")
    assert world.replica.counts().refused == 0


def test_refused_work_leaves_the_rows_and_asks(world: World) -> None:
    _edits(world, 1)
    refusal = RowResult(
        code="read_only", e="keyword", ids=[keyword(1)], group="volume_override", message="Not here."
    )
    world.replica.store_results(SITE, results(world.send(), version=2, verdict="rejected", rows=[refusal]))
    assert world.row(1) == world.row(1) | {"volume_override": None, "mark": 4}
    reader = Reader.open(world.path)
    (item,) = reader.review()
    assert (item.kind, item.code, item.message, item.ids) == (
        "refused",
        "read_only",
        "Not here.",
        (keyword(1),),
    )
    assert reader.history()[0].state == "refused"
    reader.close()
    world.replica.resolve([item.id], "theirs")
    assert (world.row(1)["mark"], world.send()) == (0, [])


def test_refused_work_sent_again_takes_a_new_op_id(world: World) -> None:
    """P86 and P67."""
    _edits(world, 1)
    (sent,) = world.send()
    world.replica.store_results(SITE, results([sent], version=2, verdict="rejected"))
    reader = Reader.open(world.path)
    outcome = world.replica.resolve([item.id for item in reader.review()], "mine")
    reader.close()
    (again,) = world.send()
    assert outcome.changed == 1
    assert again.op_id != sent.op_id
    assert decode_body(again.body).supersedes == (sent.op_id,)
    assert world.row(1) == world.row(1) | {"volume_override": 1, "mark": 1}


def test_a_conflict_shows_theirs_once_delivered_and_is_decided_by_group(world: World) -> None:
    _edits(world, 2)
    sent = world.send()
    reply = results(sent, version=2)
    reply.results[0] = MutationResult(
        seq=1, op_id=sent[0].op_id, verdict="applied_with", ver=2, rows=[_conflict(1, 70)]
    )
    world.replica.store_results(SITE, reply)
    rows = [keyword_row(1, ver=1, volume_override=70), keyword_row(2, ver=2, volume_override=2)]
    world.deliver(SITE, {"keyword": rows}, version=2)
    assert world.row(1) == world.row(1) | {"volume_override": 70, "mark": 2}
    assert world.replica.counts().conflicts == 1
    world.replica.resolve([uid(99, 1)], "mine")
    assert world.row(1) == world.row(1) | {"volume_override": 1, "mark": 1}
    (decision,) = world.send()
    (operation,) = decode_body(decision.body).operations
    assert (operation.choice, operation.value, operation.theirs) == ("mine", (1,), (70,))  # type: ignore[union-attr]
    with pytest.raises(NotFound):
        world.replica.resolve([uid(99, 1)], "theirs")


def test_a_decision_on_its_way_is_not_asked_again(world: World) -> None:
    _edits(world, 1)
    world.replica.store_results(
        SITE, results(world.send(), version=2, verdict="applied_with", rows=[_conflict(1, 70)])
    )
    world.replica.resolve([uid(99, 1)], "theirs")
    line = {
        "id": uid(99, 1),
        "ver": 2,
        "e": "keyword",
        "row": keyword(1),
        "group": "volume_override",
        "base": [None],
    }
    line |= {"mine": [1], "theirs": [70], "by": "Ada", "at": 5, "state": "open", "ops": []}
    world.deliver(SITE, {"keyword": [keyword_row(1, volume_override=70)]}, version=2, conflicts=[line])
    assert world.replica.counts().conflicts == 0
    world.replica.store_results(SITE, results(world.send(), version=3))
    world.deliver(SITE, {}, version=3, conflicts=[line | {"ver": 3, "theirs": [71]}])
    assert world.replica.counts().conflicts == 1


def test_at_most_one_question_is_open_for_a_field(world: World) -> None:
    """P29, P72: P90."""
    _edits(world, 1)
    world.replica.store_results(
        SITE, results(world.send(), version=2, verdict="applied_with", rows=[_conflict(1, 70)])
    )
    later = _conflict(1, 71).model_copy(update={"conflict": uid(99, 500)})
    world.replica.run([SetOverride("volume", [keyword(1)], 8)])
    assert world.replica.counts().conflicts == 0
    world.replica.store_results(SITE, results(world.send(), version=3, verdict="applied_with", rows=[later]))
    third = _conflict(1, 72).model_copy(update={"conflict": uid(99, 501)})
    world.replica.run([SetStatus("keyword", [keyword(1)], "mapped")])
    world.replica.store_results(SITE, results(world.send(), version=4, verdict="applied_with", rows=[third]))
    assert world.replica.counts().conflicts == 1


def test_parked_work_leaves_the_overlay(world: World) -> None:
    world.replica.run([AssignCluster([keyword(1)], cluster(1))])
    missing = RowResult(code="missing", e="keyword", ids=[keyword(1)], group="placement")
    world.replica.store_results(
        SITE, results(world.send(), version=2, verdict="parked_dependency", rows=[missing])
    )
    assert world.row(1) == world.row(1) | {"cluster": None, "mark": 4}


def test_parked_work_is_sent_again_once_for_each_arrival_of_what_it_lacked(world: World) -> None:
    """P86."""
    world.replica.run([AssignCluster([keyword(1)], cluster(1))])
    (first,) = world.send()
    missing = RowResult(code="missing", e="keyword", ids=[keyword(1)], group="placement")
    parked = {"verdict": "parked_dependency", "rows": [missing]}
    world.replica.store_results(SITE, results([first], version=2, **parked))  # type: ignore[arg-type]
    world.deliver(SITE, {"keyword": [keyword_row(2, ver=3)]}, version=3)
    assert world.send() == []
    world.deliver(SITE, {"cluster": [cluster_row(1, ver=4)]}, version=4)
    (again,) = world.send()
    assert decode_body(again.body).supersedes == (first.op_id,)
    assert world.row(1) == world.row(1) | {"cluster": cluster(1), "mark": 1}
    world.replica.store_results(SITE, results([again], version=5, **parked))  # type: ignore[arg-type]
    world.deliver(SITE, {"keyword": [keyword_row(2, ver=6)]}, version=6)
    assert world.send() == []


def test_what_still_lacks_something_stays_asked_about_when_other_work_of_its_question_goes_again(
    world: World,
) -> None:
    """P86, P90: one question of two edits; what one of them lacked has arrived."""
    question = uid(99, 1)
    for number in (1, 2):
        world.replica.run([AssignCluster([keyword(1)], cluster(number))])
    sent = world.send()
    missing = RowResult(code="missing", e="keyword", ids=[keyword(1)], group="placement", conflict=question)
    world.replica.store_results(SITE, results(sent, version=2, verdict="parked_dependency", rows=[missing]))
    assert world.replica.counts().refused == 1

    world.deliver(SITE, {"cluster": [cluster_row(1, ver=4)]}, version=4)

    (again,) = world.send()
    assert decode_body(again.body).supersedes == (sent[0].op_id,)
    assert world.replica.counts().refused == 1
    world.deliver(SITE, {"cluster": [cluster_row(2, ver=5)]}, version=5)
    assert [decode_body(one.body).supersedes for one in world.send()] == [(one.op_id,) for one in sent]
    assert world.replica.counts().refused == 0


def test_a_fork_numbers_open_work_anew_and_keeps_op_ids(world: World) -> None:
    """P82 and P83."""
    actions = _edits(world, 5)
    first = world.replica.outgoing(SITE, max_rows=2, max_bytes=1 << 20)
    world.replica.store_results(SITE, results(first, version=2))
    world.replica.cancel(actions[3])
    old, before = world.replica.replica_id, world.replica.peek(SITE)
    world.replica.new_replica_id()
    after = world.replica.peek(SITE)
    assert world.replica.replica_id != old
    assert [(one.seq, one.op_id) for one in after] == [(1, before[0].op_id), (2, before[2].op_id)]
    world.replica.run([SetStatus("keyword", [keyword(1)], "mapped")])
    assert [one.seq for one in world.replica.peek(SITE)] == [1, 2, 3]


def test_reconciliation_queues_what_the_platform_forgot_in_its_old_order(world: World) -> None:
    """P8, P65: P64: sending, answered and confirmed work is asked about; refused work stays refused."""
    _edits(world, 5)
    first = world.replica.outgoing(SITE, max_rows=2, max_bytes=1 << 20)
    world.replica.store_results(SITE, results(first, version=2))
    world.deliver(SITE, {"keyword": [keyword_row(n, ver=2, volume_override=n) for n in (1, 2)]}, version=2)
    sent = world.replica.outgoing(SITE, max_rows=2, max_bytes=1 << 20)
    unsent = world.replica.peek(SITE)[2]
    world.replica.adopt_hello(hello(epoch="f" * 32))
    asked = world.replica.asked_ops(SITE).op_ids
    assert asked == [one.op_id for one in (*first, *sent)]
    known = [MutationResult(seq=1, op_id=first[0].op_id, verdict="applied", ver=1)]
    unknown = [sent[1].op_id, sent[0].op_id, first[1].op_id]
    reply = KnownReply(epoch="f" * 32, version=1, token="t", known=known, unknown=unknown, too_old=[])
    for _ in range(2):
        world.replica.reconcile(SITE, reply)
        queue = world.replica.peek(SITE)
        assert [one.op_id for one in queue] == [first[1].op_id, sent[0].op_id, sent[1].op_id, unsent.op_id]
        assert [one.seq for one in queue] == [1, 2, 3, 4]
        assert [one.was for one in queue] == [2, 0, 0, None]
        assert [one.made for one in queue] == [1, 1, 1, 1]
    scope = next(one for one in world.replica.scopes() if one.id == SITE)
    assert (scope.reconciled_epoch, scope.epoch, scope.need_snapshot) == ("f" * 32, "e" * 32, True)
    world.snapshot(SITE, {"keyword": [keyword_row(1, ver=1, volume_override=1)]}, version=1, epoch="f" * 32)
    assert [world.row(n)["volume_override"] for n in (1,)] == [1]


def test_work_too_old_to_judge_is_asked_about(world: World) -> None:
    """P74."""
    _edits(world, 1)
    (sent,) = world.send()
    world.replica.reconcile(
        SITE, KnownReply(epoch="f" * 32, version=1, token="t", known=[], unknown=[], too_old=[sent.op_id])
    )
    assert (world.replica.counts().refused, world.replica.peek(SITE)) == (1, [])
    assert world.row(1)["volume_override"] is None


def test_undo_of_refused_work_discards_its_question(world: World) -> None:
    (action,) = _edits(world, 1)
    world.replica.run([SetStatus("keyword", [keyword(2)], "mapped")])
    sent = world.send()
    reply = results(sent, version=2)
    reply.results[0] = MutationResult(seq=1, op_id=sent[0].op_id, verdict="rejected", ver=0)
    world.replica.store_results(SITE, reply)
    assert world.replica.counts().refused == 1
    assert world.replica.undo(action).changed == 0
    assert world.replica.counts().refused == 0


def test_undo_ends_an_open_conflict_with_theirs(world: World) -> None:
    (action,) = _edits(world, 1)
    world.replica.store_results(
        SITE, results(world.send(), version=2, verdict="applied_with", rows=[_conflict(1, 70)])
    )
    world.deliver(SITE, {"keyword": [keyword_row(1, ver=2, volume_override=70)]}, version=2)
    outcome = world.replica.undo(action)
    assert (outcome.skipped, world.row(1)["volume_override"], world.replica.counts().conflicts) == (1, 70, 0)
    (sent,) = world.send()
    assert [operation.choice for operation in decode_body(sent.body).operations] == ["theirs"]  # type: ignore[union-attr]


def test_a_rejected_creation_disappears(world: World) -> None:
    world.replica.run([AddKeywordsFromSeeds(SECTOR, [seed(7)], [keyword(7)])])
    world.replica.store_results(SITE, results(world.send(), version=2, verdict="rejected"))
    assert keyword(7) not in [row[0] for row in world.dump()["keyword"]]


def test_an_undo_that_was_discarded_can_be_made_again(world: World) -> None:
    """P24: whoever takes the taking back out of the queue has the edit again, and may still think better of it."""
    edit = world.replica.run([SetOverride("volume", [keyword(1)], 7)])
    undo = world.replica.undo()
    assert world.row(1)["volume_override"] is None
    world.replica.cancel(str(undo.action))
    assert world.row(1)["volume_override"] == 7
    with closing(Reader.open(world.path)) as reader:
        assert [row.undone for row in reader.history() if row.id == edit.action] == [False]
    assert world.replica.undo(edit.action).changed == 1
    assert world.row(1)["volume_override"] is None
