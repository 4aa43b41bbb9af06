"""hello: the replica says where it stands, the platform says what it may see and what to do next."""

from __future__ import annotations

from typing import Literal

from django.db import transaction

from planner_core.wire.body import OLDEST_SCHEMA, SCHEMA
from planner_core.wire.feed import (
    PROTOCOL,
    Action,
    HelloReply,
    HelloRequest,
    HelloScope,
    Person,
    SchemaRange,
    ScopeState,
    Upgrade,
)
from planner_server import clock
from planner_server.accounts.models import User
from planner_server.feed import epochs, sql
from planner_server.feed.lookup import Lookup
from planner_server.feed.models import Replica, ReplicaScope, Scope
from planner_server.sync_api.access import Grant, grants
from planner_server.sync_api.errors import SyncError

_SEEN_MS = 3_600_000
"""How stale the note that a replica was seen may be."""
_REPLICA = Lookup(Replica, "uid = %s")
_PROGRESS = Lookup(ReplicaScope, "replica_id = %s")
ReplicaStatus = Literal["ok", "new", "forked", "owner_mismatch", "retired"]


def hello(user: User, request: HelloRequest) -> HelloReply:
    """Answer a hello and note the replica."""
    if PROTOCOL not in request.protocols:
        raise SyncError("upgrade", f"This platform speaks protocol {PROTOCOL} only.", protocols=[PROTOCOL])
    replica, status = _replica(user, request)
    asked = {one.id: one for one in request.scopes}
    granted = grants(user)
    progress = {row.scope_id: row for row in _PROGRESS.all(replica.pk)} if replica else {}
    states = [
        _state(grant, asked.pop(grant.scope.uid, None), progress.get(grant.scope.pk)) for grant in granted
    ]
    states += [_gone(one) for one in asked.values()]
    if replica is not None and status in {"ok", "new"}:
        acked = _acked(replica, request)
        if acked is None:
            status = "forked"
        scopes = {grant.scope.uid: grant.scope for grant in granted}
        _note_progress(replica, request, scopes, progress, acked or {})
    return HelloReply(
        protocol=PROTOCOL,
        server_time=clock.now_ms(),
        schema_=SchemaRange(min=OLDEST_SCHEMA, max=SCHEMA, current=SCHEMA),
        upgrade=_upgrade(request.schema_),
        replica=status,
        account=user.account.uid,
        account_name=user.account.name,
        user=Person(id=user.uid, email=user.email, name=user.name, role=user.role),
        scopes=states,
    )


def _upgrade(schema: int) -> Upgrade:
    """Return which side is to be brought up to date for bodies of this schema to be taken."""
    if schema > SCHEMA:
        return "server"
    if schema < OLDEST_SCHEMA:
        return "client_now"
    return "client_soon" if schema < SCHEMA else "none"


def _replica(user: User, request: HelloRequest) -> tuple[Replica | None, ReplicaStatus]:
    if request.owner is not None and (request.owner.account, request.owner.user) != (
        user.account.uid,
        user.uid,
    ):
        return None, "owner_mismatch"
    return register(user, request.replica_id, request.app)


def register(user: User, uid: str, app: str = "") -> tuple[Replica | None, ReplicaStatus]:
    """Return the replica's row, making it for one that is not known yet, and how it stands with this user."""
    now = clock.now_ms()
    replica, is_new = _REPLICA.first(uid), False
    if replica is None:
        replica, is_new = Replica.objects.get_or_create(
            uid=uid, defaults={"user": user, "app": app[:100], "created_at": now, "seen_at": now}
        )
    if replica.user_id != user.pk:
        return None, "owner_mismatch"
    if replica.retired_at is not None:
        return replica, "retired"
    is_stale = now - replica.seen_at > _SEEN_MS or (bool(app) and replica.app != app[:100])
    if not is_new and is_stale:
        Replica.objects.filter(pk=replica.pk).update(seen_at=now, **({"app": app[:100]} if app else {}))
    return replica, "new" if is_new else "ok"


def _state(grant: Grant, held: HelloScope | None, progress: ReplicaScope | None) -> ScopeState:
    scope = grant.scope
    action = _action(scope, held)
    return ScopeState(
        id=scope.uid,
        kind=scope.kind,  # type: ignore[arg-type]  # a check constraint of the table says so
        name=grant.name,
        epoch=scope.epoch,
        version=scope.version,
        token=scope.token,
        gc_floor=scope.gc_floor,
        safe_version=scope.safe_version,
        access=grant.access,
        last_seq=progress.last_seq if progress else 0,
        last_op_id=progress.last_op if progress else "",
        action=action,
    )


def _action(scope: Scope, held: HelloScope | None) -> Action:
    """Return what the replica has to do; gives the scope a new epoch if the replica knows more of it than the platform."""
    if held is None:
        return "snapshot"
    heard = max(held.cursor_ver, held.told.version if held.told is not None else 0)
    if _has_lost(scope, held, heard):
        epochs.renew(scope, lost=scope.epoch, seen=heard)
        scope.refresh_from_db()
    if not held.epoch:
        return "snapshot"
    if held.epoch != scope.epoch:
        return "push_archive"
    if held.cursor_ver == 0 or held.cursor_ver < scope.gc_floor:
        return "snapshot"
    return "pull" if held.cursor_ver < scope.version else "none"


def _has_lost(scope: Scope, held: HelloScope, heard: int) -> bool:
    """Whether the platform was put back to before what the replica heard of.

    Epochs begin above each other, so a version ahead of this one is lost whatever its epoch: the platform was put back to one before
    it, and going on there would give lower versions to later work. What was heard since this epoch began is of this epoch or of a
    later one, whatever epoch the rows are of that the replica holds: so this platform must know it, or it has lost it.
    """
    if heard > scope.version:
        return True
    is_of_former = heard < scope.epoch_ver and held.epoch != scope.epoch
    return not is_of_former and not epochs.remembers(scope, held.told)


def _gone(held: HelloScope) -> ScopeState:
    """Tell of a scope the user cannot see (any more); whether it exists stays unsaid."""
    return ScopeState(id=held.id, kind="site", epoch="", version=0, token="", access="none", action="drop")


def _acked(replica: Replica, request: HelloRequest) -> dict[str, int] | None:
    """Return scope uid -> the number up to which the replica keeps verdicts.

    None: another copy of the replica has pushed under its id, one number has two operations.
    """
    acked: dict[str, int] = {}
    for held in request.scopes:
        if held.last_ack_seq and held.last_ack_op:
            stored = sql.rows(
                "SELECT m.op_id FROM feed_mutationresult m JOIN feed_scope s ON s.id = m.scope_id"
                " WHERE m.replica_id = %s AND s.uid = %s AND m.seq = %s",
                [replica.pk, held.id, held.last_ack_seq],
            )
            if stored and stored[0][0] != held.last_ack_op:
                return None
            if stored:
                acked[held.id] = held.last_ack_seq
    return acked


def _note_progress(
    replica: Replica,
    request: HelloRequest,
    scopes: dict[str, Scope],
    known: dict[int, ReplicaScope],
    acked: dict[str, int],
) -> None:
    """Keep how far the replica has read and which verdicts it has: nothing expires that it still needs.

    Nothing is written, and no lock taken, where there is no news.
    """
    now = clock.now_ms()
    fresh, moved = [], []
    for held in request.scopes:
        scope = scopes.get(held.id)
        if scope is None or held.epoch != scope.epoch:
            continue
        row = known.get(scope.pk)
        if row is None:
            fresh.append(ReplicaScope(replica=replica, scope=scope, cursor_ver=held.cursor_ver, seen_at=now))
            continue
        seq = max(row.acked_seq, acked.get(held.id, 0))
        if (row.cursor_ver, row.acked_seq) != (held.cursor_ver, seq) or now - row.seen_at > _SEEN_MS:
            row.cursor_ver, row.acked_seq, row.seen_at = held.cursor_ver, seq, now
            moved.append(row)
    if fresh or moved:
        with transaction.atomic():
            ReplicaScope.objects.bulk_create(fresh, ignore_conflicts=True)
            for row in moved:
                sql.run(
                    "UPDATE feed_replicascope SET cursor_ver = %s, acked_seq = %s, seen_at = %s WHERE id = %s",
                    [row.cursor_ver, row.acked_seq, row.seen_at, row.pk],
                )
