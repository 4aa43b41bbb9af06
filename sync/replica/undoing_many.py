"""Taking back at once what many mutations set: a million keywords are read once and written once, not mutation by mutation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from planner_core.entities import ENTITIES, Value
from planner_core.facts import Alike, RefFact
from planner_core.operations import Change, Operation, Set, size
from planner_core.rules import check
from sync.replica.bodies import decode
from sync.replica.classes import Ids
from sync.replica.desk import Desk
from sync.replica.effects import Effects
from sync.replica.facts import SqliteFacts
from sync.replica.layout import storable
from sync.replica.outbox import MutationRow
from sync.replica.store import Store, json_list

_FEWEST = 4
"""Fewer mutations are taken back one after the other."""
_LISTED = "SELECT 1 FROM mutation WHERE action = ? AND coalesce(results, '[]') <> '[]' LIMIT 1"


@dataclass(frozen=True, slots=True)
class Together:
    """What of each mutation is taken back (by the mutation's place in the order of work), and how many rows were left alone."""

    operations: Mapping[int, Operation]
    skipped: int


class _Moment(SqliteFacts):
    """Facts while nothing is written: what was read of a mutation's rows answers for them again."""

    def __init__(self, store: Store, group: str) -> None:
        super().__init__(store)
        self._group = group
        fields = ENTITIES["keyword"].group(group).fields
        self._still = (
            "SELECT count(*), group_concat(w.k), min(h.sector), max(h.sector) FROM json_each(?) j"
            " CROSS JOIN keyword w ON w.uid = j.value CROSS JOIN keyword_hot h ON h.k = w.k"
            f" WHERE h.deleted = 0 AND {' AND '.join(f'h.{name} IS ?' for name in fields)}"
        )
        self._place_of_cluster = fields.index("cluster") if "cluster" in fields else -1
        self._latest: list[Alike] = []
        self._clusters_known: set[str] = set()
        self._references: Mapping[str, RefFact] = {}
        self._cluster_keys: dict[Value, int] = {}

    def inverse(self, operations: Sequence[Set]) -> list[Change]:
        """Return the changes that take back what stands of a mutation's operations, a class each."""
        self._latest = []
        changes = []
        for operation in reversed(operations):
            for change in operation.changes:
                if change.old != change.new:
                    found = self._standing(change)
                    self._latest += found
                    changes += [Change(change.new, change.old, alike.ids) for alike in found]
        return changes

    def _standing(self, change: Change) -> Sequence[Alike]:
        """Return the classes of a change's rows that hold what it gave them: one, unless something came after it."""
        stored = [
            self._cluster_key(value) if place == self._place_of_cluster else storable(value)
            for place, value in enumerate(change.new)
        ]
        # Looked up and compared in one statement: other threads go on meanwhile.
        count, keys, sector, last = self._store.one(self._still, json_list(change.ids), *stored)
        if count == len(change.ids) and sector == last:
            uid, site = self._place(sector)
            ids = Ids(change.ids, list(map(int, keys.split(","))), site)
            found = [Alike(ids, uid, deleted=False, current=change.new)]
        else:
            classes = super().alike("keyword", change.ids, self._group)
            found = [one for one in classes if not one.deleted and one.current == change.new]
        return found

    def _cluster_key(self, uid: Value) -> int | None:
        if uid is None:
            return None
        if uid not in self._cluster_keys:
            self._cluster_keys[uid] = self._store.value("SELECT k FROM cluster WHERE uid = ?", uid) or 0
        return self._cluster_keys[uid]

    def alike(self, entity: str, ids: Sequence[str], group: str) -> Sequence[Alike]:
        found: list[Alike] = []
        at = 0
        for one in self._latest:
            if entity == "keyword" and group == self._group and ids[at : at + len(one.ids)] == one.ids:
                found.append(one)
                at += len(one.ids)
        return found if at == len(ids) else super().alike(entity, ids, group)

    def references(self, entity: str, ids: Sequence[str]) -> Mapping[str, RefFact]:
        if entity == "cluster" and self._clusters_known.issuperset(ids):
            return {uid: self._references[uid] for uid in ids if uid in self._references}
        return super().references(entity, ids)

    def know_clusters(self, changes: Iterable[Change]) -> None:
        """Read the clusters that changes come from, all at once."""
        at = self._place_of_cluster
        if at >= 0:
            self._clusters_known = {str(one.old[at]) for one in changes if one.old[at] is not None}
            self._references = super().references("cluster", list(self._clusters_known))


def take_back_together(desk: Desk, mutations: Sequence[MutationRow], effects: Effects) -> Together | None:
    """Write the inverse of mutations that set one group of keywords each of which they name once, where their values still stand.

    None, and nothing written, if they have to be taken back one after the other: rows that are named twice, other work between,
    answers that list rows, questions that wait.
    """
    sets = _sets(desk, mutations, effects)
    if sets is None:
        return None
    uids = [uid for inside in sets.values() for one in inside for change in one.changes for uid in change.ids]
    if len(set(uids)) < len(uids):
        return None
    moment = _Moment(desk.store, next(iter(sets.values()))[0].group)
    moment.know_clusters(change for inside in sets.values() for one in inside for change in one.changes)
    operations: dict[int, Operation] = {}
    changes: list[Change] = []
    for number, inside in sets.items():
        wanted = moment.inverse(inside)
        allowed = check(replace(inside[0], changes=wanted), moment)[0] if wanted else None
        if isinstance(allowed, Set):
            operations[number] = allowed
            changes += allowed.changes
    if changes:
        effects.apply(replace(next(iter(sets.values()))[0], changes=changes), mutations[0].scope)
    return Together(operations, len(uids) - sum(map(size, operations.values())))


def _sets(
    desk: Desk, mutations: Sequence[MutationRow], effects: Effects
) -> dict[int, tuple[Set, ...]] | None:
    """Return the Sets of each mutation, None if one of them is or asks anything else."""
    if len(mutations) < _FEWEST or effects.aliases:
        return None
    store = desk.store
    if store.value("SELECT 1 FROM review WHERE state = 'open' LIMIT 1"):
        return None
    if store.value(_LISTED, mutations[0].action):
        return None
    found: dict[int, tuple[Set, ...]] = {}
    for one in mutations:
        if one.void or one.state in ("cancelled", "refused", "parked"):
            return None
        inside = decode(one.body).operations
        sets = tuple(operation for operation in inside if isinstance(operation, Set))
        if not sets or len(sets) < len(inside):
            return None
        found[one.id] = sets
    kinds = {(one.entity, one.group) for inside in found.values() for one in inside}
    return found if len(kinds) == 1 and next(iter(kinds))[0] == "keyword" else None
