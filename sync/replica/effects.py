"""What operations do to the effective rows: the same code for an edit by hand and for pending work put on top of the platform's rows."""

from __future__ import annotations

import json
from collections.abc import Sequence

from planner_core.operations import Create, Delete, ItemsChange, Operation, Resolve, Restore, Set
from sync.replica.aliases import Aliases
from sync.replica.creation import Creation
from sync.replica.rows import Rows
from sync.replica.store import ChangeLog, Store, json_list
from sync.replica.trash import Trash


class Effects:
    """Applies operations to effective rows, under aliases."""

    def __init__(self, store: Store, log: ChangeLog, *, replaying: bool = False) -> None:
        """Replaying, a cluster's deletion takes out the rows it listed, not those that came into it since."""
        self._store = store
        self._replaying = replaying
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
                for change in operation.changes:
                    self.rows.set_values(
                        operation.entity, operation.group, change.new, self.aliases.all(change.ids)
                    )
            case ItemsChange():
                self._items(operation)
            case Delete():
                self._delete(operation.entity, operation.ids)
            case Restore():
                self.trash.set_deleted(operation.entity, self.aliases.all(operation.rows), deleted=0)
                for cluster, children in operation.reattach.items():
                    self.trash.reattach(cluster, self.aliases.all(children))
            case Resolve(choice="mine") if operation.group != "deleted":
                ids = self.aliases.all([operation.id])
                self.rows.set_values(operation.entity, operation.group, operation.value, ids)
            case Resolve(choice="mine"):
                self._delete(operation.entity, [operation.id])
            case _:
                pass

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
