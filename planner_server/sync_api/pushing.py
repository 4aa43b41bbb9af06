"""push: mutations exactly once, in order, each with a verdict of its own.

A request is cut into transactions of at most 250 ms (or BATCH_ROWS rows, BATCH_MUTATIONS mutations). Each locks the scope first, checks epoch, access and sequence
again (a late copy of the request may arrive in another world), takes one version, and commits rows, verdicts and the replica's
last sequence number together. So whatever happens to the answer, sending again gives the stored verdicts.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from django.db import OperationalError, transaction

from planner_core.operations import Operation, Resolve
from planner_core.wire.feed import MutationResult as Result
from planner_core.wire.feed import PushHeader, PushReply, RowResult, Verdict
from planner_server import clock
from planner_server.accounts.models import Site, User
from planner_server.feed import epochs, hooks
from planner_server.feed.gate import Actor, Gate, write
from planner_server.feed.models import Replica, ReplicaScope, Scope
from planner_server.planning.services import Place, Recovery, Work, apply_operation, joined
from planner_server.sync_api.access import grant_of
from planner_server.sync_api.errors import SyncError, other_epoch
from planner_server.sync_api.hello import register
from planner_server.sync_api.ledger import Ledger, answered_before, is_too_old
from planner_server.sync_api.parsing import Pushed

log = logging.getLogger("planner.sync")

BATCH_SECONDS = 0.25
"""How long other writers of the scope may wait for this one: the limit that counts, looked at between two mutations."""
BATCH_ROWS = 10_000
"""What a fast machine writes in that time. A transaction costs about ten look-ups and a flush, whatever it holds."""
BATCH_MUTATIONS = 1_000
TRIES = 3


class _Lost(Exception):
    """The replica was told a version this platform does not have."""


@dataclass(slots=True)
class _Lane:
    """One replica's sequence in one scope, inside one transaction."""

    user: User
    scope: Scope
    site: Site
    replica: Replica
    progress: ReplicaScope
    may_write: bool
    results: list[Result] = field(default_factory=list)


def push(
    user: User, scope_uid: str, header: PushHeader, mutations: Sequence[Pushed], *, dry_run: bool = False
) -> PushReply:
    """Carry out a push (or, dry, find out what it would do: nothing is kept, no version and no operation id is used)."""
    if header.user != user.uid:
        raise SyncError("forbidden", "These edits are another user's. Sign in as that user to send them.")
    queue = deque(mutations)
    results: list[Result] = []
    try:
        while True:
            with transaction.atomic():
                lane = _open_lane(user, scope_uid, header)
                version = lane.scope.version
                _drain(lane, queue, dry_run=dry_run)
                results += lane.results
                lane.scope.refresh_from_db(fields=["version", "token", "epoch"])
                reply = _reply(lane, results, version if dry_run else lane.scope.version)
                if dry_run:
                    transaction.set_rollback(True)
            if not queue:
                break
            hooks.reach("C6")
    except _Lost:
        seen = header.told.version if header.told is not None else 0
        raise other_epoch(
            epochs.renew(Scope.objects.get(uid=scope_uid), lost=header.epoch, seen=seen)
        ) from None
    hooks.reach("C8")
    return reply


def _reply(lane: _Lane, results: list[Result], version: int) -> PushReply:
    return PushReply(
        epoch=lane.scope.epoch,
        version=version,
        token=lane.scope.token,
        last_seq=lane.progress.last_seq,
        results=list(results),
    )


def _open_lane(user: User, scope_uid: str, header: PushHeader) -> _Lane:
    """Lock the scope and check everything that may have changed since the last transaction."""
    scope = Scope.objects.select_for_update(no_key=True).filter(uid=scope_uid).first()
    # Read again: role and account may have been taken away while this request waited for the lock.
    current = User.objects.select_related("account").filter(pk=user.pk, is_active=True).first()
    grant = None if current is None else grant_of(current, scope_uid)
    if scope is None or current is None or grant is None:
        raise SyncError("not_found", "There is no such scope for you.")
    if scope.kind != "site":
        raise SyncError("forbidden", f"Nothing can be pushed into the {scope.kind}'s scope: it is read only.")
    if scope.epoch != header.epoch:
        raise other_epoch(scope.epoch)
    told = None if header.told is None else epochs.Told(header.told.version, header.told.token)
    if not epochs.remembers(scope, told):
        raise _Lost
    replica, status = register(current, header.replica_id)
    if replica is None or status == "retired":
        raise SyncError("forbidden", f"This replica cannot push: {status}.", replica=status)
    progress, _ = ReplicaScope.objects.get_or_create(replica=replica, scope=scope)
    site = Site.objects.select_related("account").get(uid=scope_uid)
    return _Lane(current, scope, site, replica, progress, grant.access == "rw")


def _drain(lane: _Lane, queue: deque[Pushed], *, dry_run: bool) -> None:
    """Answer what is known already; then open the gate and apply, until the transaction is full or nothing is left."""
    _answer_known(lane, queue)
    if not queue:
        return
    ahead = list(queue) if dry_run else list(islice(queue, BATCH_MUTATIONS))
    ledger = Ledger(lane.replica, lane.scope, ahead)
    with write(lane.scope, Actor("user", lane.user.uid)) as gate:
        place = Place.of(lane.site, gate)
        deadline = clock.monotonic() + BATCH_SECONDS
        rows = 0
        for pushed in ahead:
            rows += pushed.rows
            if rows > BATCH_ROWS and rows > pushed.rows and not dry_run:
                break
            lane.results.append(_take(lane, ledger, gate, place, queue.popleft(), dry_run=dry_run))
            if clock.monotonic() > deadline and not dry_run:
                break
        ledger.write()
        lane.progress.seen_at = gate.at
        lane.progress.save(update_fields=["last_seq", "last_op", "seen_at"])


# ---------------------------------------------------------------- exactly once


def _answer_known(lane: _Lane, queue: deque[Pushed]) -> None:
    while queue and queue[0].header.seq <= lane.progress.last_seq:
        lane.results.append(answered_before(lane.replica, lane.scope, queue.popleft()))
    if queue and queue[0].header.seq != lane.progress.last_seq + 1:
        expected = lane.progress.last_seq + 1
        raise SyncError(
            "gap", f"Mutation {expected} comes next, not {queue[0].header.seq}.", expected=expected
        )


def _take(lane: _Lane, ledger: Ledger, gate: Gate, place: Place, pushed: Pushed, *, dry_run: bool) -> Result:
    """Give one mutation its verdict; a new one is noted in the ledger."""
    lane.progress.last_seq, lane.progress.last_op = pushed.header.seq, pushed.header.op_id
    known = ledger.known(pushed)
    if known is not None:
        return known
    result = ledger.replaced(pushed) or _judged(lane, gate, place, pushed)
    ledger.keep(pushed, result, gate.at)
    place.own_operations[pushed.header.op_id] = True
    return result.model_copy(update={"ver": 0}) if dry_run else result


# ---------------------------------------------------------------- judging


def _judged(lane: _Lane, gate: Gate, place: Place, pushed: Pushed) -> Result:
    head = pushed.header
    if pushed.body is None:
        return _refused(
            head.seq, head.op_id, "bad_body", f"The platform cannot read this edit: {pushed.trouble}"
        )
    if pushed.body.operations and is_too_old(lane.scope, head.made):
        return Result(seq=head.seq, op_id=head.op_id, verdict="too_old")
    if not lane.may_write and not all(_harmless(operation) for operation in pushed.body.operations):
        return _refused(head.seq, head.op_id, "forbidden", "You may read this site, not change it.")
    work = _applied(lane, gate, place, pushed)
    if work is None:
        message = "The platform failed on this edit; it is kept for a look. Nothing of it was applied."
        return _refused(head.seq, head.op_id, "internal", message)
    verdict = _verdict(work)
    ver = 0 if verdict in {"rejected", "parked_dependency"} else gate.version
    return Result(seq=head.seq, op_id=head.op_id, verdict=verdict, ver=ver, rows=work.said)


def _harmless(operation: Operation) -> bool:
    """Whether a reader may send it: it keeps the platform's value and closes the question."""
    return isinstance(operation, Resolve) and operation.choice == "theirs"


def _refused(seq: int, op_id: str, code: str, message: str) -> Result:
    return Result(seq=seq, op_id=op_id, verdict="rejected", rows=[RowResult(code=code, message=message)])


def _applied(lane: _Lane, gate: Gate, place: Place, pushed: Pushed) -> Work | None:
    """Apply a mutation in a savepoint of its own; None if it fails by our fault as often as it is tried."""
    assert pushed.body is not None
    acting = gate.acting(Actor("user", lane.user.uid, pushed.header.op_id))
    for attempt in range(1, TRIES + 1):
        recovery = Recovery.of(pushed.header.was, pushed.header.made, lane.scope.epoch_ver)
        work = Work(acting, place, lane.user, pushed.body.undo_of or "", lane.replica.pk, recovery)
        try:
            with transaction.atomic():
                for operation in joined(pushed.body.operations):
                    apply_operation(work, operation)
        except OperationalError:
            raise
        except Exception:
            # Whatever it is, one poisoned mutation must not hold up those behind it.
            log.exception("mutation %s failed, attempt %s of %s", pushed.header.op_id, attempt, TRIES)
        else:
            return work
    return None


def _verdict(work: Work) -> Verdict:
    codes = {row.code for row in work.said} - {"same"}
    if not codes:
        return "applied"
    if not work.written and codes == {"superseded"}:
        return "superseded"
    if work.written:
        return "applied_with"
    if work.rejections == len(work.said):
        return "rejected"
    lacking = sum(1 for row in work.said if row.code == "missing")
    return "parked_dependency" if lacking and lacking + work.rejections == len(work.said) else "applied_with"
