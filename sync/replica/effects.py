"""What operations do to the effective rows: the same code for an edit by hand and for pending work put on top of the platform's rows."""

from __future__ import annotations

import json
from collections.abc import Sequence

from planner_core.entities import ENTITIES, Value, Values
from planner_core.operations import Create, Delete, ItemsChange, Operation, Resolve, Restore, Set
from sync.replica.aliases import Aliases
from sync.replica.classes import Ids
from sync.replica.creation import Creation
from sync.replica.rows import Rows
from sync.replica.store import ChangeLog, Store, json_list
from sync.replica.trash import Trash

_MANY_VALUES = 50
"""From so many different values on, one statement carries them row by row."""
_PLACES = frozenset({"placement", "cluster"})
"""Groups that say which cluster a row is in."""


class Effects:
    """Applies operations to effective rows, under aliases."""

    def __init__(self, store: Store, log: ChangeLog, *, replaying: bool = False) -> None:
        """Replaying, a cluster's deletion takes out the rows it listed, not those that came into it since."""
        self._store = store
        self._replaying = replaying
        self._put_out: dict[str, str] = {}
        """Row -> the deleted cluster it left when it came out of the trash, as long as nobody places it."""
        self.rows = Rows(store, log)
        self._creation = Creation(self.rows)
        self.trash = Trash(self.rows)

    @property
    def aliases(self) -> Aliases:
        """Return the merges that operations are carried out under."""
        return self.rows.aliases

    def apply(self, operation: Operation, scope: int) -> None:
        """Carry out one operation on effective rows of a scope."""
        match operation:
            case Create():
                self._creation.create(operation, scope)
            case Set():
                self._set(operation)
            case ItemsChange():
                self._items(operation)
            case Delete():
                self._delete(operation.entity, operation.ids)
            case Restore():
                kept = self.aliases.all(operation.rows)
                self.trash.set_deleted(operation.entity, kept, deleted=0)
                self._put_out |= self.trash.leave_dead_clusters(operation.entity, kept)
                if operation.entity == "cluster":
                    self._take_home(operation)
            case Resolve(group="children"):
                pass  # What a deleted cluster held comes back from the platform, or nothing is written.
            case Resolve(choice="mine") if operation.group != "deleted":
                ids = self.aliases.all([operation.id])
                self._placed(operation.group, ids)
                self.rows.set_values(operation.entity, operation.group, operation.value, ids)
            case Resolve(choice="mine"):
                self._delete(operation.entity, [operation.id])
            case _:
                pass

    def _set(self, operation: Set) -> None:
        """Write each change's values. Classes that the facts have just read are written together where they change alike."""
        together: dict[tuple[tuple[str, Value], ...], list[Ids]] = {}
        fields = ENTITIES[operation.entity].group(operation.group).fields
        if self._set_each(operation, fields):
            return
        for change in operation.changes:
            ids = self.aliases.all(change.ids)
            self._placed(operation.group, ids)
            if operation.entity == "keyword" and isinstance(ids, Ids) and change.new != change.old:
                # Their old values stand, so what stays the same need not be written: rows of all clusters get a status in one go.
                other = zip(fields, change.old, change.new, strict=True)
                assigned = tuple((name, new) for name, old, new in other if new != old)
                together.setdefault(assigned, []).append(ids)
            else:
                self.rows.set_values(operation.entity, operation.group, change.new, ids)
        for assigned, classes in together.items():
            names, values = zip(*assigned, strict=True)
            self.rows.set_keywords(names, values, Ids.joined(classes))

    def _set_each(self, operation: Set, fields: Sequence[str]) -> bool:
        """Write very many different values at once, each to its own rows; return False where that is not the way."""
        if operation.entity != "keyword" or _ways(operation, fields) < _MANY_VALUES:
            return False
        values: dict[str, Values] = {}
        named = 0
        for change in operation.changes:
            ids = self.aliases.all(change.ids)
            named += len(ids)
            values.update(dict.fromkeys(ids, change.new))
        if len(values) < named:
            # A row that is named twice gets the latter value only where one statement comes after the other.
            return False
        self._placed(operation.group, list(values))
        self.rows.set_each_keyword(fields, values)
        return True

    def _take_home(self, operation: Restore) -> None:
        """Put back the rows that the restoring names, and those that had only left the cluster because it was in the trash."""
        for uid in dict.fromkeys([*operation.rows, *operation.reattach]):
            cluster = self.aliases.one(uid)
            named = self.aliases.all(operation.reattach.get(uid, ()))
            left = [row for row, home in self._put_out.items() if home == cluster]
            self.trash.reattach(cluster, [*named, *left])

    def _placed(self, group: str, ids: Sequence[str]) -> None:
        if self._put_out and group in _PLACES:
            for uid in ids:
                self._put_out.pop(uid, None)

    def _delete(self, entity: str, ids: Sequence[str]) -> None:
        kept = self.aliases.all(ids)
        self.trash.set_deleted(entity, kept, deleted=1)
        if entity == "cluster" and not self._replaying:
            self.trash.detach(kept)

    def _items(self, change: ItemsChange) -> None:
        uid = self.aliases.one(change.id)
        current = self._store.value("SELECT keyword_objects FROM idea WHERE uid = ?", uid)
        if current is None:
            return
        gone = set(self.aliases.all(change.remove))
        members = dict.fromkeys([*json.loads(current), *self.aliases.all(change.add)])
        kept = json_list(member for member in members if member not in gone)
        self.rows.update_small("idea", "keyword_objects = ?", (kept,), [uid])


def _ways(operation: Set, fields: Sequence[str]) -> int:
    """Return in how many ways rows change: those that only differ in what stays as it was change in one way."""
    if not all(isinstance(change.ids, Ids) for change in operation.changes):
        return len(operation.changes)
    return len(
        {
            tuple(
                (name, new)
                for name, old, new in zip(fields, change.old, change.new, strict=True)
                if new != old
            )
            for change in operation.changes
        }
    )
