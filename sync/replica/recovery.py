"""After a fork or a restore of the platform: which mutations are sent again, and under which numbers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from planner_core.operations import Create, Operation, Resolve
from sync.ids import IdMaker
from sync.replica import restored, review
from sync.replica.again import speaks_of
from sync.replica.bodies import decode, named_rows, only, row_ids
from sync.replica.outbox import Outbox, Part
from sync.replica.overlay import Overlay, refresh_review_marks
from sync.replica.records import AskedOps
from sync.replica.store import ChangeLog, Store, json_list
from sync.replica.verdicts import Verdicts

if TYPE_CHECKING:  # handed through; the messages cost 40 ms to import
    from planner_core.wire.feed import KnownReply


_FIRST_VERSION = "coalesce(was, nullif(ver, 0))"
_BEFORE_ALL = 2**40
"""Taken from a number, puts it before every number in use."""


def fork(store: Store, ids: IdMaker) -> str:
    """Take a new replica id and number every mutation without a verdict from 1 on, in order, under its own op id.

    Answered ones keep their former number; voids only filled holes in the former count and are dropped. What the platform knows of
    the answered ones is compared: this file may have gone back in time, or the platform.
    """
    replica = _new_name(store, ids)
    store.run(
        "UPDATE scope_state SET need_compare = 1 WHERE kind = 'site' AND (epoch <> '' OR reconciled_epoch <> '')"
    )
    return replica


def _new_name(store: Store, ids: IdMaker) -> str:
    replica = ids.uid()
    store.set_meta("replica_id", replica)
    for (scope,) in store.all("SELECT k FROM scope_state"):
        _renumber(store, scope, replica)
    return replica


def _renumber(store: Store, scope: int, replica: str) -> None:
    store.run("DELETE FROM mutation WHERE scope = ? AND void = 1 AND state IN ('waiting', 'sending')", scope)
    waiting = store.all(
        "SELECT id FROM mutation WHERE scope = ? AND state IN ('waiting', 'sending') ORDER BY seq, id", scope
    )
    store.many(
        "UPDATE mutation SET seq = ?, replica = ? WHERE id = ?",
        [(seq, replica, mutation) for seq, (mutation,) in enumerate(waiting, 1)],
    )
    store.run(
        "UPDATE scope_state SET next_seq = ?, last_ack_seq = 0, last_ack_op = '' WHERE k = ?",
        len(waiting) + 1,
        scope,
    )


def _has_sent(store: Store, scope: int) -> bool:
    """Return whether anything of a scope left under the present name: its numbers are used up then."""
    return bool(
        store.value(
            "SELECT 1 FROM scope_state s WHERE s.k = ?1 AND (s.last_ack_seq > 0 OR EXISTS (SELECT 1 FROM mutation m"
            " WHERE m.scope = ?1 AND m.replica = ?2 AND m.state <> 'waiting'))",
            scope,
            store.meta("replica_id"),
        )
    )


def asked_ops(store: Store, scope: int) -> AskedOps:
    """Return all work that ever left: sending, answered, confirmed. What was refused stays refused."""
    rows = store.all(
        "SELECT op_id, made FROM mutation WHERE scope = ? AND void = 0 AND trimmed = 0"
        " AND state IN ('sending', 'applied', 'partly') ORDER BY id",
        scope,
    )
    return AskedOps([op_id for op_id, _ in rows], [made or 0 for _, made in rows])


def reconcile(
    store: Store, outbox: Outbox, ids: IdMaker, scope: int, reply: KnownReply, log: ChangeLog
) -> None:
    """Take the platform's word: known work gets its verdict again, unknown work is queued in its old order.

    The numbers used so far mean nothing to this platform: where any were, the replica takes a new name. Repeatable, and a pure function of the kept mutations and the answer: it runs again from the start if the epoch moves again.
    """
    overlay = Overlay(store, log)
    verdicts = Verdicts(store, outbox, log)
    has_sent = _has_sent(store, scope)
    restored.note(store, scope, reply, at=outbox.now_ms(), log=log)
    for result in reply.known:
        # What has this very verdict keeps it. The rows of another one come with the snapshot: until then it stays on top. Its first
        # version is kept as when it is queued again: should this platform be put back, too, others had seen it where it was first.
        reopened = store.all(
            f"UPDATE mutation SET was = iif(state = 'partly', 0, {_FIRST_VERSION}), state = 'sending', confirmed = 0"
            " WHERE scope = ? AND op_id = ? AND state IN ('applied', 'partly')"
            " AND (verdict, coalesce(ver, 0)) <> (?, ?) RETURNING body",
            scope,
            result.op_id,
            result.verdict,
            result.ver,
        )
        overlay.touch(row_ids(operation for (body,) in reopened for operation in decode(body).operations))
        verdicts.one(scope, result, reply.version)
    overlay.touch(_queue_again(store, scope, reply))
    _too_old(store, verdicts, scope, reply)
    # What lacked something may find it in the rows that come now: versions of another epoch say nothing about that.
    store.run(
        "UPDATE mutation SET ver = 0 WHERE scope = ? AND state = 'parked' AND verdict = 'parked_dependency'"
        " AND (SELECT epoch FROM scope_state WHERE k = ?) <> ?",
        scope,
        scope,
        reply.epoch,
    )
    store.run(
        "UPDATE scope_state SET reconciled_epoch = ?1, server_epoch = ?1, need_snapshot = need_snapshot OR epoch <> ?1,"
        " need_compare = 0, told_epoch = ?1, told_version = ?2, told_token = ?3 WHERE k = ?4",
        reply.epoch,
        reply.version,
        reply.token,
        scope,
    )
    overlay.recompute()
    verdicts.finish()
    if has_sent:
        _new_name(store, ids)
    else:
        _renumber(store, scope, store.meta("replica_id"))
    log.note("scope", "pending", "history")


def _queue_again(store: Store, scope: int, reply: KnownReply) -> dict[str, set[str]]:
    """Queue what the platform does not know, in the order it was made, before what was never sent; return the rows it names.

    It carries the first version it ever had; 0 says that it left in a former epoch and nobody knows whether it was carried out. Nor
    does the version of work that met a conflict say that it was: what it lost against then must not be passed over for it now.
    """
    unknown = json_list(reply.unknown)
    # What was answered once was made before all that was not. That keeps its own order: an edit that came back from the journal
    # counts as sent, and yet follows older ones that wait.
    answered = store.all(
        "SELECT id - ?, id FROM mutation WHERE scope = ? AND op_id IN (SELECT value FROM json_each(?)) AND state IN ('applied', 'partly')",
        _BEFORE_ALL,
        scope,
        unknown,
    )
    again = store.all(
        f"UPDATE mutation SET was = iif(state = 'partly', 0, coalesce({_FIRST_VERSION}, iif(epoch <> ?3, 0, NULL))), ver = NULL, verdict = NULL, results = NULL,"
        " state = 'sending', confirmed = 0 WHERE scope = ?1 AND op_id IN (SELECT value FROM json_each(?2))"
        " AND state IN ('sending', 'applied', 'partly') RETURNING id, body",
        scope,
        unknown,
        reply.epoch,
    )
    store.many("UPDATE mutation SET seq = ? WHERE id = ?", answered)
    return row_ids(operation for _, body in again for operation in decode(body).operations)


def resend_parked(store: Store, outbox: Outbox, scope: int, overlay: Overlay, log: ChangeLog) -> None:
    """Send parked work again once what it lacked has arrived: under a new op id, at most once for each arrival.

    Of work that was carried out in part, or decided about in part, only what lacked something is sent; of work that its user has
    discarded, or sent again himself, nothing. Nor what he did before he made the row anew himself: that stays in Review, for him to decide with both in view.
    """
    parked = store.all(
        "SELECT DISTINCT m.id, m.action, m.op_id, m.ver, m.body, m.state = 'parked' AND NOT EXISTS (SELECT 1 FROM review d"
        " WHERE d.state = 'closed' AND d.decided IN ('theirs', 'mine') AND d.scope = m.scope AND instr(d.ops, m.op_id) > 0)"
        " FROM mutation m JOIN review r ON r.state = 'open' AND r.kind = 'parked' AND r.code = 'missing' AND r.scope = m.scope"
        " AND instr(r.ops, m.op_id) > 0 WHERE m.scope = ?"
        " AND ((m.state = 'parked' AND m.verdict = 'parked_dependency') OR m.state = 'partly') AND NOT EXISTS (SELECT 1"
        " FROM mutation s WHERE s.state <> 'cancelled' AND instr(s.supersedes, m.op_id) > 0) ORDER BY m.id",
        scope,
    )
    for mutation, action, op_id, ver, body, is_whole in parked:
        decoded = decode(body)
        operations = decoded.operations if is_whole else _lacking(store, op_id, decoded.operations)
        if not operations or not _arrived(store, operations, ver or 0):
            continue
        if _made_anew(store, scope, operations, after=mutation):
            continue
        if is_whole:
            store.run("UPDATE mutation SET state = 'cancelled' WHERE id = ?", mutation)
        ended = review.sent_again(store, op_id, only_lacking=not is_whole)
        # Named as the successor of work that was carried out in part, it would stand for that part, too: there the question is
        # ended by name.
        supersedes = [op_id] if is_whole else []
        ends = [
            Resolve(uid, "theirs", entity, row, group, (op_id,), ())
            for uid, entity, row, group, ver in ended
            if ver != 0 and not is_whole
        ]
        part = Part(scope, [*operations, *ends], undo_of=decoded.undo_of, supersedes=supersedes, again=op_id)
        outbox.append(action, [part], log)
        touched = row_ids(operations)
        overlay.touch(touched)
        for entity, ids in touched.items():
            refresh_review_marks(store, log, entity, ids)
        log.note("review")


def _lacking(store: Store, op_id: str, operations: Sequence[Operation]) -> list[Operation]:
    """Return the pieces of partly applied work that lacked something: of a row, the fields that are asked about."""
    asked = store.all(
        "SELECT grp, ids FROM review WHERE state = 'open' AND kind = 'parked' AND code = 'missing' AND instr(ops, ?) > 0",
        op_id,
    )
    lacking: list[Operation] = []
    for operation in operations:
        ids = {uid for group, uids in asked if speaks_of(group, operation) for uid in json.loads(uids)}
        if (piece := only(operation, ids.__contains__)) is not None:
            lacking.append(piece)
    return lacking


def _made_anew(store: Store, scope: int, operations: Sequence[Operation], *, after: int) -> bool:
    """Return whether this machine made a row that the operations change after them (`after`: their mutation)."""
    wanted = {uid for operation in operations for uid in operation.ids}
    later = store.all(
        "SELECT body FROM mutation WHERE scope = ? AND id > ? AND creates > 0 AND state <> 'cancelled'",
        scope,
        after,
    )
    return any(
        isinstance(one, Create) and not wanted.isdisjoint(one.ids)
        for (body,) in later
        for one in decode(body).operations
    )


def _arrived(store: Store, operations: Sequence[Operation], verdict: int) -> bool:
    """Return whether every row the operations name is here and alive, one of them since the verdict."""
    wanted = {uid for operation in operations for uid in named_rows(operation)}
    found = store.all(
        "SELECT ver FROM cluster WHERE deleted = 0 AND uid IN (SELECT value FROM json_each(?1))"
        " UNION ALL SELECT ver FROM idea WHERE deleted = 0 AND uid IN (SELECT value FROM json_each(?1))"
        " UNION ALL SELECT h.ver FROM json_each(?1) j CROSS JOIN keyword w ON w.uid = j.value"
        " CROSS JOIN keyword_hot h ON h.k = w.k WHERE h.deleted = 0",
        json_list(wanted),
    )
    return len(found) == len(wanted) and any(ver > verdict for (ver,) in found)


def _too_old(store: Store, verdicts: Verdicts, scope: int, reply: KnownReply) -> None:
    # The answer names ids only; as results they pass through the one place that stores verdicts.
    from planner_core.wire.feed import MutationResult  # noqa: PLC0415

    for op_id in reply.too_old:
        store.run(
            "UPDATE mutation SET state = 'sending', confirmed = 0 WHERE scope = ? AND op_id = ?", scope, op_id
        )
        verdicts.one(scope, MutationResult(seq=0, op_id=op_id, verdict="too_old"), 0)
