"""Clearing away what nobody needs any more: tombstones everybody has passed, names of old versions, operations long acknowledged.

The floor is raised in a commit of its own before the first row goes: whoever's place is below it is told to take a snapshot, whether
or not the clearing came to its end. Aliases stay as long as their epoch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max, Min

from planner_core.entities import SCOPE_ENTITIES
from planner_core.wire.codes import PARKED, REFUSED
from planner_server import clock
from planner_server.feed import hooks, sql
from planner_server.feed.catalogue import SOURCES
from planner_server.feed.gate import Actor, Gate, write
from planner_server.feed.models import (
    Conflict,
    FailedTry,
    MutationResult,
    PurgedRow,
    ReplicaScope,
    Scope,
    SnapshotReader,
    VersionToken,
)

DAY_MS = 86_400_000
TOMBSTONE_MS = 180 * DAY_MS
OPERATION_MS = 400 * DAY_MS
TOKEN_MS = 400 * DAY_MS
SNAPSHOT_MS = DAY_MS
BATCH = 1_000

_HELD_BY = {
    "task": (),
    "idea": ("planning_tasks r WHERE r.idea_id = t.id",),
    "keyword": (),
    "cluster": (
        "planning_keywords r WHERE r.cluster_id = t.id",
        "planning_contentideas r WHERE r.keyword_cluster_id = t.id",
        "planning_tasks r WHERE r.cluster_id = t.id",
    ),
    "seed": ("planning_keywords r WHERE r.seed_keyword_id = t.id",),
}
"""Entities whose tombstones go, dependents first, with the rows that keep one of them."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What was cleared away in one scope (or would be): its floors and how much of what."""

    scope: str
    kind: str
    gc_floor: int
    op_floor: int
    rows: int = 0
    operations: int = 0
    tokens: int = 0


def sweep(scope: Scope, *, dry_run: bool = False) -> Swept:
    """Clear one scope; repeatable, and taken up again where it was ended. Call it outside of a transaction."""
    operations = _expire_operations(scope, dry_run=dry_run)
    tokens = _expire_tokens(scope, dry_run=dry_run)
    floor = _floor(scope) if dry_run else _raise_floor(scope)
    if not dry_run:
        hooks.reach("C22")
        SnapshotReader.objects.filter(scope=scope, at__lt=clock.now_ms() - SNAPSHOT_MS).delete()
        FailedTry.objects.filter(at__lt=clock.now_ms() - OPERATION_MS).delete()
    rows = sum(
        _count(scope, entity, floor) if dry_run else _purge(scope, entity, floor) for entity in _kinds(scope)
    )
    scope.refresh_from_db()
    return Swept(scope.uid, scope.kind, floor, scope.op_floor, rows, operations, tokens)


# ---------------------------------------------------------------- tombstones


def _kinds(scope: Scope) -> list[str]:
    inside = {entity.name for entity in SCOPE_ENTITIES[scope.kind]}
    return [name for name in _HELD_BY if name in inside]


def _passed(scope: Scope) -> int:
    """Return the version that every replica seen within the time, and every snapshot under way, has passed."""
    now = clock.now_ms()
    # A place of a former epoch, and none at all, cannot be gone on from: a snapshot comes first.
    cursors = ReplicaScope.objects.filter(
        scope=scope, seen_at__gte=now - TOMBSTONE_MS, replica__retired_at=None, cursor_ver__gt=0
    ).filter(cursor_ver__gte=scope.epoch_ver)
    readers = SnapshotReader.objects.filter(scope=scope, at__gte=now - SNAPSHOT_MS)
    slowest: list[int | None] = [
        cursors.aggregate(least=Min("cursor_ver"))["least"],
        readers.aggregate(least=Min("version"))["least"],
    ]
    return min([scope.version, *(version for version in slowest if version is not None)])


def _floor(scope: Scope) -> int:
    """Return the highest version among tombstones that may go."""
    passed, old = _passed(scope), clock.now_ms() - TOMBSTONE_MS
    found = [scope.gc_floor]
    for entity in _kinds(scope):
        ((highest,),) = sql.rows(
            f"SELECT MAX(t.ver) FROM {SOURCES[entity].table} t WHERE t.scope_id = %s AND t.deleted_at <= %s AND t.ver <= %s",
            [scope.pk, old, passed],
        )
        found.append(highest or 0)
    return max(found)


@transaction.atomic
def _raise_floor(scope: Scope) -> int:
    held = Scope.objects.select_for_update(no_key=True).get(pk=scope.pk)
    floor = _floor(held)
    if floor > held.gc_floor:
        Scope.objects.filter(pk=held.pk).update(gc_floor=floor)
    return floor


def _old_tombstones(entity: str) -> str:
    """Return the condition for rows of an entity that may go; its parameters are scope, time of deletion, floor."""
    free = "".join(f" AND NOT EXISTS (SELECT 1 FROM {holder})" for holder in _HELD_BY[entity])
    return f"t.scope_id = %s AND t.deleted_at <= %s AND t.ver <= %s{free}"


def _count(scope: Scope, entity: str, floor: int) -> int:
    ((count,),) = sql.rows(
        f"SELECT COUNT(*) FROM {SOURCES[entity].table} t WHERE {_old_tombstones(entity)}",
        [scope.pk, clock.now_ms() - TOMBSTONE_MS, floor],
    )
    return int(count)


def _purge(scope: Scope, entity: str, floor: int) -> int:
    purged = 0
    while _count(scope, entity, floor):
        with write(scope, Actor("job", "gc"), purge=True) as gate:
            rows = sql.rows(
                f"SELECT t.id, t.uid FROM {SOURCES[entity].table} t WHERE {_old_tombstones(entity)} ORDER BY t.ver, t.uid LIMIT %s",
                [scope.pk, gate.at - TOMBSTONE_MS, floor, BATCH],
            )
            _clear(gate, entity, [pk for pk, _ in rows], [uid for _, uid in rows])
            purged += len(rows)
    return purged


def _clear(gate: Gate, entity: str, pks: Sequence[int], uids: Sequence[str]) -> None:
    """Delete rows with everything that speaks of them; questions about them are gone."""
    condition, keys = sql.among("id", pks)
    if entity in ("idea", "keyword"):
        members, _ = sql.among(f"{entity}_id", pks)
        if entity == "keyword":
            # A live idea that still names the keyword becomes another idea on the feed.
            sql.run(
                "UPDATE planning_contentideas SET ver = %s WHERE deleted_at IS NULL"
                f" AND id IN (SELECT idea_id FROM planning_ideakeyword WHERE {members})",
                [gate.version, keys],
            )
        sql.run(f"DELETE FROM planning_ideakeyword WHERE {members}", [keys])
    named, names = sql.among('"row"', uids)
    # What was not carried out stays listed until its author lets it go: it can be made anew, and speak of other rows, too.
    sql.run(
        "UPDATE feed_conflict SET state = 'gone', ver = %s WHERE scope_id = %s AND state = 'open'"
        f" AND kind NOT IN ('{PARKED}', '{REFUSED}') AND {named}",
        [gate.version, gate.scope_id, names],
    )
    sql.run(f"DELETE FROM feed_recoverymark WHERE scope_id = %s AND {named}", [gate.scope_id, names])
    sql.run(f"DELETE FROM {SOURCES[entity].table} WHERE {condition}", [keys])
    PurgedRow.objects.bulk_create(
        [PurgedRow(scope_id=gate.scope_id, uid=uid) for uid in uids], ignore_conflicts=True
    )


# ---------------------------------------------------------------- operations and names of versions


def _old_operations(scope: Scope) -> Iterator[list[MutationResult]]:
    """Yield, oldest first, operations past their time whose replica keeps the verdict and that nobody is asked about."""
    asked = {
        op
        for ops in Conflict.objects.filter(scope=scope, state="open").values_list("ops", flat=True)
        for op in ops
    }
    acked = dict(ReplicaScope.objects.filter(scope=scope).values_list("replica_id", "acked_seq"))
    old = MutationResult.objects.filter(scope=scope, at__lt=clock.now_ms() - OPERATION_MS).order_by("pk")
    last = 0
    while batch := list(
        old.filter(pk__gt=last).only("pk", "replica_id", "seq", "op_id", "ver", "at")[:BATCH]
    ):
        last = batch[-1].pk
        yield [one for one in batch if one.seq <= acked.get(one.replica_id, 0) and one.op_id not in asked]


def _expire_operations(scope: Scope, *, dry_run: bool) -> int:
    """Forget operations; the floor rises in the same commit, above everything that was made before they were judged."""
    expired = 0
    for batch in _old_operations(scope):
        expired += len(batch)
        if batch and not dry_run:
            latest = max(one.at for one in batch)
            with transaction.atomic():
                named = VersionToken.objects.filter(scope=scope, at__lte=latest).aggregate(
                    top=Max("version")
                )["top"]
                floor = max([named or 0, *(one.ver for one in batch)])
                Scope.objects.filter(pk=scope.pk, op_floor__lt=floor).update(op_floor=floor)
                MutationResult.objects.filter(pk__in=[one.pk for one in batch]).delete()
    return expired


def _expire_tokens(scope: Scope, *, dry_run: bool) -> int:
    """Forget the names of versions that nobody can have been at within the time: those that a later old one had replaced."""
    with transaction.atomic():
        held = Scope.objects.select_for_update(no_key=True).get(pk=scope.pk)
        old = VersionToken.objects.filter(scope=held, at__lt=clock.now_ms() - TOKEN_MS)
        latest = old.aggregate(top=Max("version"))["top"]
        replaced = VersionToken.objects.filter(scope=held, version__lt=latest or 0)
        count = replaced.count()
        if count and not dry_run:
            Scope.objects.filter(pk=held.pk).update(token_floor=latest)
            replaced.delete()
        return count
