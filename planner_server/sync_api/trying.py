"""A push's dry run: the verdicts the run would give at the version it names, on a private copy of the site.

Nobody waits for it and nothing of it is kept: no lock on the scope, no version, no operation id, no note of the replica.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from planner_core.operations import Create
from planner_core.wire.feed import MutationResult as Result
from planner_core.wire.feed import PushHeader, PushReply
from planner_server import clock
from planner_server.accounts.models import Site, User
from planner_server.feed.gate import Actor, Gate
from planner_server.feed.models import Replica, ReplicaScope
from planner_server.feed.private import one_moment, private_copy
from planner_server.planning.services import Place
from planner_server.sync_api.errors import SyncError, other_epoch
from planner_server.sync_api.judging import NO_REPLICA, Bench, Memory
from planner_server.sync_api.ledger import Ledger, answer_before
from planner_server.sync_api.parsing import Pushed
from planner_server.sync_api.pushing import Entry, LostHistory, enter, renewed


def try_push(user: User, scope_uid: str, header: PushHeader, mutations: Sequence[Pushed]) -> PushReply:
    """Say what a push would do, as of one moment of the platform. Raises SyncError as the push would."""
    try:
        with one_moment():
            entry = enter(user, scope_uid, header, locked=False)
            replica = Replica.objects.filter(uid=header.replica_id).first()
            if replica is not None and (replica.user_id != entry.user.pk or replica.retired_at is not None):
                raise SyncError("forbidden", "This replica cannot push.")
            progress = ReplicaScope.objects.filter(replica=replica, scope=entry.scope).first()
            results = _tried(entry, replica, progress.last_seq if progress else 0, deque(mutations))
            scope = entry.scope
    except LostHistory:
        raise other_epoch(renewed(scope_uid, header)) from None
    last = progress.last_seq if progress else 0
    return PushReply(
        epoch=scope.epoch, version=scope.version, token=scope.token, last_seq=last, results=results
    )


def _tried(entry: Entry, replica: Replica | None, last_seq: int, queue: deque[Pushed]) -> list[Result]:
    results = answer_before(replica, entry.scope, last_seq, queue)
    if not queue:
        return results
    site = Site.objects.select_related("account").get(uid=entry.scope.uid)
    scope, actor = entry.scope, Actor("user", entry.user.uid)
    gate = Gate(scope.pk, scope.uid, scope.kind, scope.version + 1, "", actor, clock.now_ms())
    ledger = Ledger(replica.pk if replica else NO_REPLICA, scope, list(queue))
    named = [
        uid
        for pushed in queue
        if pushed.body is not None
        for operation in pushed.body.operations
        if isinstance(operation, Create)
        for uid in operation.ids
    ]
    with private_copy(
        scope.pk, named, account_id=site.account_id if site.account.limit("max_keywords") else None
    ):
        bench = Bench(
            user=entry.user,
            scope=scope,
            site=site,
            replica_id=replica.pk if replica else NO_REPLICA,
            may_write=entry.may_write,
            ledger=ledger,
            gate=gate,
            place=Place.of(site, gate),
            memory=Memory(),
        )
        results += [bench.take(pushed).model_copy(update={"ver": 0}) for pushed in queue]
    return results
