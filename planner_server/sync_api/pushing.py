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

from planner_core.wire.feed import MutationResult as Result
from planner_core.wire.feed import PushHeader, PushReply
from planner_server import clock
from planner_server.accounts.models import Account, Site, User
from planner_server.audit.services import note
from planner_server.feed import epochs, hooks, sql
from planner_server.feed.gate import Actor, write
from planner_server.feed.lookup import Lookup
from planner_server.feed.models import FailedTry, Replica, ReplicaScope, Scope
from planner_server.planning.services import Place
from planner_server.sync_api.access import grant_of
from planner_server.sync_api.errors import SyncError, other_epoch
from planner_server.sync_api.hello import register
from planner_server.sync_api.judging import Bench, Failed, Memory
from planner_server.sync_api.ledger import Ledger, answer_before
from planner_server.sync_api.parsing import Pushed
from planner_server.sync_api.singles import LONGEST, Singles

log = logging.getLogger("planner.sync")

BATCH_SECONDS = 0.25
"""How long other writers of the scope may wait for this one: the limit that counts, looked at between two mutations."""
BATCH_ROWS = 10_000
"""What a fast machine writes in that time. A transaction costs about ten look-ups and a flush, whatever it holds."""
BATCH_MUTATIONS = 1_000
TRIES = 3
WRITTEN = frozenset({"applied", "applied_with"})

_SCOPE = Lookup(Scope, "uid = %s")
_SCOPE_LOCKED = Lookup(Scope, "uid = %s", locks=True)
_USER = Lookup(User, "id = %s AND is_active", left_out=("password", "last_login"))
_ACCOUNT = Lookup(Account, "id = %s")
_SITE = Lookup(Site, "uid = %s")
_PROGRESS = Lookup(ReplicaScope, "replica_id = %s AND scope_id = %s")


class LostHistory(Exception):
    """The replica was told a version this platform does not have."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Who pushes into which scope, as one transaction sees it."""

    user: User
    scope: Scope
    may_write: bool


@dataclass(slots=True)
class _Lane:
    """One replica's sequence in one scope, inside one transaction."""

    entry: Entry
    site: Site
    replica: Replica
    progress: ReplicaScope
    device: str
    results: list[Result] = field(default_factory=list)


def push(
    user: User, scope_uid: str, header: PushHeader, mutations: Sequence[Pushed], *, device: str = ""
) -> PushReply:
    """Carry out a push. What earlier transactions of it committed stays, whatever happens to the later ones.

    `device` is the uid of the device it comes from, for the audit trail.
    """
    queue, memory = deque(mutations), Memory()
    results: list[Result] = []
    most = BATCH_MUTATIONS
    while True:
        ahead = deque(queue)
        kept_back = dict(memory.kept_back)
        try:
            with transaction.atomic():
                lane = _open_lane(user, scope_uid, header, device)
                _drain(lane, ahead, memory, most)
                scope = lane.entry.scope
                version, token = sql.rows("SELECT version, token FROM feed_scope WHERE id = %s", [scope.pk])[
                    0
                ]
        except LostHistory:
            raise other_epoch(renewed(scope_uid, header)) from None
        except (SyncError, OperationalError):
            raise
        except Exception as error:  # noqa: BLE001 - one poisoned mutation must not hold up those behind it
            memory.kept_back = kept_back
            taken = len(queue) - len(ahead)
            if not isinstance(error, Failed) and taken > 1 and most > 1:
                most = 1  # It names no mutation: the next transactions hold one new mutation each, the last they take.
                continue
            _count_failure(error, queue[taken - 1] if taken else None, memory)
            continue
        queue = ahead
        results += lane.results
        if not queue:
            break
        hooks.reach("C6")
    hooks.reach("C8")
    return PushReply(
        epoch=scope.epoch,
        version=version,
        token=token,
        last_seq=lane.progress.last_seq,
        results=results,
    )


def renewed(scope_uid: str, header: PushHeader) -> str:
    """Begin a new epoch for a scope whose history was lost; the epoch that holds."""
    seen = header.told.version if header.told is not None else 0
    return epochs.renew(Scope.objects.get(uid=scope_uid), lost=header.epoch, seen=seen)


def enter(user: User, scope_uid: str, header: PushHeader, *, locked: bool) -> Entry:
    """Return the scope, and check everything that may have changed since the last transaction. Raises SyncError, LostHistory."""
    if header.user != user.uid:
        raise SyncError("forbidden", "These edits are another user's. Sign in as that user to send them.")
    scope = (_SCOPE_LOCKED if locked else _SCOPE).first(scope_uid)
    # Read again: role and account may have been taken away while this request waited for the lock.
    current = _with_account(_USER.first(user.pk))
    grant = None if current is None else grant_of(current, scope_uid)
    if scope is None or current is None or grant is None:
        raise SyncError("not_found", "There is no such scope for you.")
    if scope.kind != "site":
        raise SyncError("forbidden", f"Nothing can be pushed into the {scope.kind}'s scope: it is read only.")
    if scope.epoch != header.epoch:
        raise other_epoch(scope.epoch)
    if not epochs.remembers(scope, header.told):
        raise LostHistory
    return Entry(current, scope, grant.access == "rw")


def _with_account(user: User | None) -> User | None:
    if user is not None and (account := _ACCOUNT.first(user.account_id)) is not None:
        user.account = account
    return user


def _open_lane(user: User, scope_uid: str, header: PushHeader, device: str) -> _Lane:
    entry = enter(user, scope_uid, header, locked=True)
    replica, status = register(entry.user, header.replica_id)
    if replica is None or status == "retired":
        raise SyncError("forbidden", f"This replica cannot push: {status}.", replica=status)
    progress = _PROGRESS.first(replica.pk, entry.scope.pk)
    if progress is None:
        progress, _ = ReplicaScope.objects.get_or_create(replica=replica, scope=entry.scope)
    site = _SITE.first(scope_uid)
    if site is None:
        raise Site.DoesNotExist(scope_uid)
    site.account = entry.user.account if site.account_id == entry.user.account_id else site.account
    return _Lane(entry, site, replica, progress, device)


def _drain(lane: _Lane, queue: deque[Pushed], memory: Memory, most: int) -> None:
    """Answer what is known already; then open the gate and apply, until the transaction is full or nothing is left."""
    lane.results += answer_before(lane.replica, lane.entry.scope, lane.progress.last_seq, queue)
    if not queue:
        return
    user, scope = lane.entry.user, lane.entry.scope
    ahead = list(islice(queue, most))
    ledger = Ledger(lane.replica.pk, scope, ahead)
    actor = Actor("user", user.uid, device=lane.device, app=lane.replica.app)
    with write(scope, actor) as gate:
        place = Place.of(lane.site, gate, memory.kept_back)
        bench = Bench(
            user=user,
            scope=scope,
            site=lane.site,
            replica_id=lane.replica.pk,
            may_write=lane.entry.may_write,
            ledger=ledger,
            gate=gate,
            place=place,
            memory=memory,
        )
        results = _verdicts(bench, ahead, queue)
        lane.results += results
        last = ahead[len(results) - 1].header
        lane.progress.last_seq, lane.progress.last_op = last.seq, last.op_id
        ledger.write()
        note(gate.audited(scope.account_id), _audited(gate.version, ahead, results))
        lane.progress.seen_at = gate.at
        sql.run(
            "UPDATE feed_replicascope SET last_seq = %s, last_op = %s, seen_at = %s WHERE id = %s",
            [last.seq, last.op_id, gate.at, lane.progress.pk],
        )


def _audited(version: int, ahead: Sequence[Pushed], results: Sequence[Result]) -> list[tuple[str, str]]:
    """Return label and operation of what was written with this version: not of what was known before, refused or replaced."""
    return [
        (pushed.body.label, result.op_id)
        for pushed, result in zip(ahead, results, strict=False)
        if result.verdict in WRITTEN and result.ver == version and pushed.body is not None
    ]


def _verdicts(bench: Bench, ahead: Sequence[Pushed], queue: deque[Pushed]) -> list[Result]:
    """Judge mutations in order, until the transaction is full or none is left; what is taken up leaves the queue."""
    deadline = clock.monotonic() + BATCH_SECONDS
    singles = Singles(bench)
    results: list[Result] = []
    rows = 0
    while len(results) < len(ahead):
        pushed = ahead[len(results)]
        rows += pushed.rows
        if rows > BATCH_ROWS and rows > pushed.rows:
            break
        run = singles.take(ahead[len(results) : len(results) + LONGEST]) if pushed.rows == 1 else []
        for _ in range(len(run) or 1):
            queue.popleft()
        results += run or [bench.take(pushed)]
        rows += max(0, len(run) - 1)
        if clock.monotonic() > deadline:
            break
    return results


def _count_failure(error: Exception, last: Pushed | None, memory: Memory) -> None:
    """Count a failure of ours against its mutation, in a commit of its own; after TRIES of them it is given up.

    `last` is what the transaction took last, which is meant by an error that names no mutation; None: it did not come so far.
    Raises the error if there is nothing left to try.
    """
    op_id = error.op_id if isinstance(error, Failed) else last.header.op_id if last is not None else ""
    log.error("a push failed at %s", op_id or "its beginning", exc_info=error)
    if not op_id or op_id in memory.given_up:
        raise error
    with transaction.atomic():
        held, _ = FailedTry.objects.select_for_update().get_or_create(
            op_id=op_id, defaults={"at": clock.now_ms()}
        )
        held.tries, held.at = held.tries + 1, clock.now_ms()
        held.error = repr(error.__cause__ or error)[:500]
        held.save()
    if held.tries >= TRIES:
        memory.given_up.add(op_id)
