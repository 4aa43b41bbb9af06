"""Reconciliation and forks: one pure function of what ever left and of what the platform knows of it."""

from __future__ import annotations

import pytest

from planner_core.commands import AssignCluster, CreateCluster, SetOverride
from planner_core.operations import Resolve
from planner_core.wire.body import decode_body
from planner_core.wire.feed import KnownReply, MutationResult, RowResult
from sync.replica import Reader, ScopeRow
from tests.sync.replica.world import (
    EPOCH,
    SECTOR,
    SITE,
    World,
    cluster_row,
    hello,
    keyword,
    keyword_row,
    results,
    uid,
)

OTHER = "f" * 32
THIRD = "a" * 32


def scope(world: World) -> ScopeRow:
    return next(row for row in world.replica.scopes() if row.id == SITE)


def volume(world: World, number: int, value: int) -> None:
    world.replica.run([SetOverride("volume", [keyword(number)], value)])


def sent(world: World, *numbers: int, version: int = 2) -> list[str]:
    """Push an edit of each keyword and pull it; return the op ids."""
    for number in numbers:
        volume(world, number, number)
    gone = world.send()
    world.replica.store_results(SITE, results(gone, version=version))
    rows = [keyword_row(n, ver=version, volume_override=n) for n in numbers]
    world.deliver(SITE, {"keyword": rows}, version=version)
    return [one.op_id for one in gone]


def answer(
    known: dict[str, int] | None = None,
    unknown: list[str] | None = None,
    *,
    epoch: str = OTHER,
    version: int = 1,
    too_old: list[str] | None = None,
) -> KnownReply:
    results = [
        MutationResult(seq=1, op_id=op, verdict="applied", ver=ver) for op, ver in (known or {}).items()
    ]
    return KnownReply(
        epoch=epoch, version=version, token="t", known=results, unknown=unknown or [], too_old=too_old or []
    )


def open_ops(world: World) -> list[tuple[int, str]]:
    return [(one.seq, one.op_id) for one in world.replica.peek(SITE)]


def states(world: World) -> list[tuple[str, str, int]]:
    return world.replica._store.all("SELECT op_id, state, confirmed FROM mutation WHERE void = 0 ORDER BY id")


def test_a_restore_is_answered_from_the_start_when_the_epoch_moves_again(world: World) -> None:
    """P64, P75: two epochs in a row need no rule of their own."""
    first, second = sent(world, 1, 2)
    world.replica.adopt_hello(hello(epoch=OTHER))
    world.replica.reconcile(SITE, answer({first: 1}, [second]))
    assert [op for _, op in open_ops(world)] == [second]
    world.replica.adopt_hello(hello(epoch=THIRD))
    world.replica.reconcile(SITE, answer({second: 4}, [first], epoch=THIRD))
    assert [op for _, op in open_ops(world)] == [first]
    assert {op: state for op, state, _ in states(world)} == {first: "sending", second: "applied"}


def test_the_same_answer_twice_changes_nothing(world: World) -> None:
    """P64: repeatable, so that a crash between asking and storing costs nothing."""
    first, second = sent(world, 1, 2)
    volume(world, 3, 3)
    world.replica.adopt_hello(hello(epoch=OTHER))
    reply = answer({first: 1}, [second])
    world.replica.reconcile(SITE, reply)
    once = (open_ops(world), states(world), world.dump())
    world.replica.reconcile(SITE, reply)
    assert (open_ops(world), states(world), world.dump()) == once


def test_a_result_that_was_not_delivered_is_asked_about(world: World) -> None:
    """P64: applied, not pulled yet, forgotten by the platform: neither pending nor archived, and not lost."""
    volume(world, 1, 1)
    gone = world.send()
    world.replica.store_results(SITE, results(gone, version=2))
    assert list(world.replica.asked_ops(SITE).op_ids) == [gone[0].op_id]
    world.replica.adopt_hello(hello(epoch=OTHER))
    world.replica.reconcile(SITE, answer(unknown=[gone[0].op_id]))
    world.snapshot(SITE, {"keyword": [keyword_row(n) for n in range(1, 7)]}, epoch=OTHER)
    assert [op for _, op in open_ops(world)] == [gone[0].op_id]
    assert world.row(1)["volume_override"] == 1


def test_work_that_was_carried_out_in_part_is_asked_about_after_a_restore(world: World) -> None:
    """P64: what one row lacked does not take the other rows out of the question what the platform has."""
    world.replica.run([SetOverride("volume", [keyword(1), keyword(2)], 1)])
    gone = world.send()
    said = [RowResult(code="missing", e="keyword", ids=[keyword(1)], group="volume_override")]
    world.replica.store_results(SITE, results(gone, version=2, verdict="applied_with", rows=said))
    assert list(world.replica.asked_ops(SITE).op_ids) == [gone[0].op_id]


def test_what_another_copy_brought_through_on_the_restored_platform_is_shown_before_its_rows_come(
    world: World,
) -> None:
    """P64, I4: refused in part in the lost history, applied whole in this one; until the snapshot the edit stands on top."""
    world.replica.run([SetOverride("volume", [keyword(1), keyword(2)], 1)])
    gone = world.send()
    said = [RowResult(code="invalid", e="keyword", ids=[keyword(1)], group="volume_override")]
    world.replica.store_results(SITE, results(gone, version=2, verdict="applied_with", rows=said))
    world.deliver(SITE, {"keyword": [keyword_row(2, ver=2, volume_override=1)]}, version=2)
    assert world.row(1)["volume_override"] is None
    world.replica.adopt_hello(hello(epoch=OTHER))
    world.replica.reconcile(SITE, answer({gone[0].op_id: 7}, version=7))
    assert world.row(1)["volume_override"] == 1
    rows = [keyword_row(n, ver=7, volume_override=1 if n < 3 else None) for n in range(1, 7)]
    world.snapshot(SITE, {"keyword": rows}, epoch=OTHER)
    assert world.row(1)["volume_override"] == 1
    assert not open_ops(world)


def test_what_a_restored_platform_forgot_goes_before_what_was_numbered_anew(world: World) -> None:
    """P64, P82: answered work keeps its former number, which is higher than the new ones of what was done after it."""
    first, second, third = sent(world, 1, 2, 3)
    volume(world, 3, 9)
    ((_, waiting),) = open_ops(world)
    world.replica.new_replica_id()
    world.replica.adopt_hello(hello(epoch=OTHER))
    world.replica.reconcile(SITE, answer({first: 1, second: 1}, [third]))
    assert [op for _, op in open_ops(world)] == [third, waiting]
    assert world.row(3)["volume_override"] == 9


def test_refused_work_stays_refused_after_a_restore(world: World) -> None:
    """P64: what its author has seen refused is not sent again behind his back."""
    volume(world, 1, 1)
    gone = world.send()
    said = [RowResult(code="invalid", e="keyword", ids=[keyword(1)], group="volume_override")]
    world.replica.store_results(SITE, results(gone, version=2, verdict="rejected", rows=said))
    assert list(world.replica.asked_ops(SITE).op_ids) == []


def test_the_first_version_travels_and_made_always_does(world: World) -> None:
    """P66, P74: `was` is the first version ever had, through any number of restores; `made` is named for every mutation."""
    (op,) = sent(world, 1, version=5)
    world.replica.adopt_hello(hello(epoch=OTHER))
    world.replica.reconcile(SITE, answer(unknown=[op]))
    (again,) = world.send()
    assert (again.was, again.made) == (5, 1)
    world.replica.store_results(SITE, results([again], version=1_000, epoch=OTHER))
    world.replica.adopt_hello(hello(epoch=THIRD))
    world.replica.reconcile(SITE, answer(unknown=[op], epoch=THIRD))
    assert [one.was for one in world.replica.peek(SITE)] == [5]


def test_the_first_version_is_kept_where_another_copy_brought_the_work_through(world: World) -> None:
    """P66, P74: known to the restored platform under a version of its own; should that be put back, too, the first one counts."""
    (op,) = sent(world, 1, version=5)
    world.replica.adopt_hello(hello(epoch=OTHER))
    world.replica.reconcile(SITE, answer({op: 1_000}, version=1_000))
    world.replica.adopt_hello(hello(epoch=THIRD))
    world.replica.reconcile(SITE, answer(unknown=[op], epoch=THIRD))
    assert [one.was for one in world.replica.peek(SITE)] == [5]


def test_forbidden_work_keeps_its_first_version_when_it_is_sent_again(world: World) -> None:
    """P66, P74: under a new id, by itself: who saw it where it was first has decided since, and comes before it."""
    (op,) = sent(world, 1, version=5)
    world.replica.adopt_hello(hello(epoch=OTHER))
    world.replica.reconcile(SITE, answer(unknown=[op]))
    said = [RowResult(code="forbidden", e="keyword", ids=[keyword(1)])]
    refused = results(world.send(), version=1_000, verdict="rejected", rows=said, epoch=OTHER)
    world.replica.store_results(SITE, refused)
    world.replica.adopt_hello(hello(epoch=OTHER))
    (again,) = world.replica.peek(SITE)
    assert (again.op_id != op, again.was) == (True, 5)
    volume(world, 2, 9)
    assert [one.was for one in world.replica.peek(SITE)] == [5, None]


@pytest.mark.parametrize("verdict", ["parked_dependency", "applied_with"])
def test_parked_work_keeps_its_first_version_when_it_is_sent_again(world: World, verdict: str) -> None:
    """P66, P74, P86: the whole of it, and what of it lacked something."""
    world.deliver(SITE, {"cluster": [cluster_row(9, ver=2)]}, version=2)
    world.replica.run([AssignCluster([keyword(1)], uid(8, 9))])
    gone = world.send()
    world.replica.store_results(SITE, results(gone, version=5))
    world.deliver(SITE, {"keyword": [keyword_row(1, ver=5, cluster=uid(8, 9), status="mapped")]}, version=5)
    world.replica.adopt_hello(hello(epoch=OTHER))
    world.replica.reconcile(SITE, answer(unknown=[gone[0].op_id]))
    again = world.send()
    assert [one.was for one in again] == [5]
    said = [RowResult(code="missing", e="keyword", ids=[keyword(1)], group="placement")]
    world.replica.store_results(SITE, results(again, version=1_000, verdict=verdict, rows=said, epoch=OTHER))
    rows = {"keyword": [keyword_row(1, ver=900)], "cluster": [cluster_row(9, ver=1_001)]}
    world.snapshot(SITE, rows, version=1_001, epoch=OTHER)
    (last,) = world.replica.peek(SITE)
    assert (last.op_id != gone[0].op_id, last.was) == (True, 5)


def test_an_edit_between_requeue_and_swap_names_the_old_rows(world: World) -> None:
    """P66: made on rows of the former epoch, though the new one is known already."""
    world.deliver(SITE, {"keyword": [keyword_row(1, ver=7)]}, version=7)
    world.replica.adopt_hello(hello(epoch=OTHER))
    world.replica.reconcile(SITE, answer(version=2))
    volume(world, 2, 2)
    (one,) = world.replica.peek(SITE)
    assert (one.was, one.made) == (None, 7)


def test_what_left_and_was_never_answered_is_marked_as_unsure_after_a_restore_only(world: World) -> None:
    """P66: 0 says that it left in a former epoch; a request that was lost before a fork is simply sent again."""
    volume(world, 1, 1)
    (gone,) = world.send()
    world.replica.reconcile(SITE, answer(unknown=[gone.op_id], epoch=EPOCH))
    assert [one.was for one in world.replica.peek(SITE)] == [None]
    world.replica.adopt_hello(hello(epoch=OTHER))
    world.replica.reconcile(SITE, answer(unknown=[gone.op_id]))
    assert [one.was for one in world.replica.peek(SITE)] == [0]


def test_a_fork_with_two_answered_and_two_open_mutations(world: World) -> None:
    """P82: only work without a verdict is numbered anew; the answered ones only wait to be confirmed."""
    for number in (1, 2):
        volume(world, number, number)
    answered = world.send()
    world.replica.store_results(SITE, results(answered, version=2))
    for number in (3, 4):
        volume(world, number, number)
    before = world.replica.replica_id
    world.replica.new_replica_id()
    assert [seq for seq, _ in open_ops(world)] == [1, 2]
    kept = world.replica._store.all(
        "SELECT op_id, seq, replica FROM mutation WHERE state = 'applied' ORDER BY id"
    )
    assert kept == [(one.op_id, one.seq, before) for one in answered]
    assert scope(world).need_compare
    rows = [keyword_row(n, ver=2, volume_override=n) for n in (1, 2)]
    world.deliver(SITE, {"keyword": rows}, version=2)
    assert [state for _, state, confirmed in states(world) if confirmed] == ["applied", "applied"]


def test_a_fork_is_compared_without_a_snapshot(world: World) -> None:
    """P75: the epoch is the same, so the rows are."""
    (op,) = sent(world, 1)
    world.replica.new_replica_id()
    world.replica.reconcile(SITE, answer({op: 2}, epoch=EPOCH, version=2))
    assert (scope(world).need_snapshot, scope(world).need_compare) == (False, False)
    assert open_ops(world) == []


@pytest.mark.parametrize("gone", [0, 2, 4])
def test_cancelling_the_first_the_middle_or_the_last_of_five_leaves_no_hole(world: World, gone: int) -> None:
    """P83: a void keeps the number, has an id of its own, and is dropped at a fork."""
    actions = []
    for number in range(1, 6):
        outcome = world.replica.run([SetOverride("volume", [keyword(number)], number)])
        actions.append(outcome.action)
    world.replica.cancel(str(actions[gone]))
    assert [seq for seq, _ in open_ops(world)] == [1, 2, 3, 4, 5]
    ops = {op for _, op in open_ops(world)}
    assert len(ops) == 5
    world.replica.new_replica_id()
    assert [seq for seq, _ in open_ops(world)] == [1, 2, 3, 4]
    assert {op for _, op in open_ops(world)} < ops


def test_what_replaces_an_edit_keeps_its_place_in_the_order(world: World) -> None:
    """P23, P83: later work was made on top of it, here and after a restore."""
    made = world.replica.run([CreateCluster(uid(8, 50), SECTOR, "New")])
    world.replica.run([SetOverride("volume", [keyword(1)], 1), AssignCluster([keyword(1)], uid(8, 50))])
    world.replica.run([SetOverride("volume", [keyword(1)], 2)])
    world.replica.cancel(str(made.action))
    assert world.row(1)["volume_override"] == 2
    ops = [op for _, op in open_ops(world)]
    world.replica.store_results(SITE, results(world.send(), version=2))
    world.deliver(SITE, {"keyword": [keyword_row(1, ver=2, volume_override=2)]}, version=2)
    world.replica.adopt_hello(hello(epoch=OTHER))
    world.replica.reconcile(SITE, answer(unknown=ops))
    again = [decode_body(one.body) for one in world.replica.peek(SITE)]
    assert [body.operations[0].changes[0].new for body in again if body.operations] == [(1,), (2,)]  # type: ignore[union-attr]


def test_the_last_acknowledged_operation_survives_trimming(world: World) -> None:
    """P85: it is kept apart from the archive, for ever."""
    (op,) = sent(world, 1)
    reply = hello()
    world.replica.adopt_hello(reply.model_copy(update={"server_time": 10**12}))
    sent(world, 2, version=3)
    world.replica.adopt_hello(reply.model_copy(update={"server_time": 10**12 + 40 * 86_400_000}))
    assert [row.last_ack_seq for row in world.replica.scopes() if row.id == SITE] == [2]
    assert (
        world.replica._store.value("SELECT trimmed FROM mutation WHERE op_id = ?", op) == 0
    )  # its age is unknown
    world.replica.adopt_hello(reply.model_copy(update={"server_time": 10**12 + 80 * 86_400_000}))
    assert scope(world).last_ack_seq == 2


def test_the_archive_is_trimmed_by_age_on_the_platforms_clock_and_history_keeps_everything(
    world: World,
) -> None:
    """P97: thirty days without a safe version; values stay for history and undo; nothing is asked about any more."""
    start = 10**12
    world.replica.adopt_hello(hello().model_copy(update={"server_time": start}))
    (op,) = sent(world, 1)
    world.clock.advance(400 * 86_400)  # Only this computer's clock: nothing ages by it.
    world.replica.adopt_hello(hello().model_copy(update={"server_time": start + 29 * 86_400_000}))
    assert list(world.replica.asked_ops(SITE).op_ids) == [op]
    world.replica.adopt_hello(hello().model_copy(update={"server_time": start + 31 * 86_400_000}))
    assert list(world.replica.asked_ops(SITE).op_ids) == []
    reader = Reader.open(world.path)
    assert [(row.rows, row.state) for row in reader.history()] == [(1, "applied")]
    reader.close()
    undone = world.replica.undo()
    assert undone.changed == 1
    assert world.row(1)["volume_override"] is None


def test_the_archive_keeps_what_a_backup_of_the_platform_may_lack(world: World) -> None:
    """P97: age alone is not enough where the platform says what its backups have."""

    def at(days: int, safe: int) -> None:
        reply = hello().model_copy(update={"server_time": 10**12 + days * 86_400_000})
        for one in reply.scopes:
            one.safe_version = safe
        world.replica.adopt_hello(reply)

    at(0, 1)
    (op,) = sent(world, 1, version=2)
    at(40, 1)
    assert list(world.replica.asked_ops(SITE).op_ids) == [op]
    at(80, 2)
    assert list(world.replica.asked_ops(SITE).op_ids) == []


def test_too_old_work_is_asked_about_and_applied_now_under_a_new_id(world: World) -> None:
    """P74: an expired id is never applied by itself; "apply now" is new work that names the old."""
    (op,) = sent(world, 1)
    world.replica.reconcile(SITE, answer(epoch=EPOCH, version=2, too_old=[op]))
    reader = Reader.open(world.path)
    (item,) = [row for row in reader.review() if row.kind == "parked"]
    reader.close()
    assert item.code == "too_old"
    world.deliver(SITE, {"keyword": [keyword_row(1, ver=3, volume_override=9)]}, version=3)
    world.replica.resolve([item.id], "mine")
    (fresh,) = world.replica.peek(SITE)
    body = decode_body(fresh.body)
    assert fresh.op_id != op
    assert body.supersedes == (op,)
    assert (body.operations[0].changes[0].old, body.operations[0].changes[0].new) == ((9,), (1,))  # type: ignore[union-attr]


def test_an_id_known_with_other_content_is_replaced_and_nothing_else_changes(world: World) -> None:
    """P67: a body never changes under its id; the new one names the former and keeps number, place and values."""
    volume(world, 1, 1)
    volume(world, 2, 2)
    first, second = world.send()
    assert world.replica.reissue(first.op_id)
    again, after = world.replica.peek(SITE)
    assert (again.seq, after.op_id) == (first.seq, second.op_id)
    assert again.op_id != first.op_id
    old, new = decode_body(first.body), decode_body(again.body)
    assert (new.operations, new.label, new.supersedes) == (old.operations, old.label, (first.op_id,))
    assert world.row(1)["volume_override"] == 1
    assert not world.replica.reissue(first.op_id)


def parked(world: World) -> str:
    """An assignment to a cluster the platform has not heard of; returns its op id."""
    world.deliver(SITE, {"cluster": [cluster_row(9, ver=2, deleted=0)]}, version=2)
    world.replica.run([AssignCluster([keyword(1)], uid(8, 9))])
    (gone,) = world.send()
    world.deliver(SITE, {"cluster": [cluster_row(9, ver=3, deleted=1)]}, version=3)
    said = [RowResult(code="missing", e="cluster", ids=[uid(8, 9)])]
    world.replica.store_results(SITE, results([gone], version=4, verdict="parked_dependency", rows=said))
    return gone.op_id


def test_parked_work_is_sent_once_for_each_arrival_and_never_by_a_timer(world: World) -> None:
    """P86: a feed row newer than the verdict, alive, under a new id; while it does not come there is no traffic."""
    op = parked(world)
    world.deliver(SITE, {"keyword": [keyword_row(5, ver=5, volume_override=1)]}, version=5)
    world.clock.advance(10 * 86_400)
    world.replica.adopt_hello(hello(version=5))
    assert open_ops(world) == []
    world.deliver(SITE, {"cluster": [cluster_row(9, ver=6)]}, version=6)
    (again,) = world.replica.peek(SITE)
    assert again.op_id != op
    assert decode_body(again.body).supersedes == (op,)
    assert world.row(1)["cluster"] == uid(8, 9)
    said = [RowResult(code="missing", e="cluster", ids=[uid(8, 9)])]
    world.replica.store_results(
        SITE, results(world.send(), version=7, verdict="parked_dependency", rows=said)
    )
    world.deliver(SITE, {"keyword": [keyword_row(5, ver=8, volume_override=2)]}, version=8)
    assert open_ops(world) == []


def test_what_arrives_while_a_push_is_answered_counts_as_arrived(world: World) -> None:
    """P86: the row came into being between the verdict and the end of the very push that brought it."""
    parked(world)  # Its verdict was given before the push's last version, 4.
    world.deliver(SITE, {"cluster": [cluster_row(9, ver=4)]}, version=4)
    assert len(open_ops(world)) == 1


def test_of_work_done_in_part_only_the_rows_that_lacked_something_go_again(world: World) -> None:
    """P86, P88: and they are not named as its successor: after a restore its other part must go again, too.

    P91: their question ends by name, on the platform and so on every machine.
    """
    world.deliver(SITE, {"cluster": [cluster_row(9, ver=2)]}, version=2)
    world.replica.run([AssignCluster([keyword(1)], uid(8, 9)), SetOverride("volume", [keyword(2)], 4)])
    (gone,) = world.send()
    said = [RowResult(code="missing", e="keyword", ids=[keyword(1)], group="placement", conflict=uid(99, 1))]
    world.replica.store_results(SITE, results([gone], version=3, verdict="applied_with", rows=said))
    world.deliver(SITE, {"cluster": [cluster_row(9, ver=4)]}, version=4)
    (again,) = world.replica.peek(SITE)
    body = decode_body(again.body)
    (placing, ended) = body.operations
    assert list(placing.ids) == [keyword(1)]
    assert isinstance(ended, Resolve)
    assert (ended.conflict, ended.choice, ended.value) == (uid(99, 1), "theirs", (gone.op_id,))
    assert body.supersedes == ()
    assert world.replica._store.value("SELECT state FROM mutation WHERE op_id = ?", gone.op_id) == "partly"
