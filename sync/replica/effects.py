"""What operations do to the effective rows: the same code for an edit by hand and for pending work put on top of the platform's rows.

Values the platform delivered (the base) are never touched here. Every row an operation reaches gets its waiting mark in the same
statement that changes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from planner_core.entities import ENTITIES, Value, Values
from planner_core.operations import Create, Delete, ItemsChange, Operation, Resolve, Restore, Set
from planner_core.text import fold
from sync.replica.facts import HIDDEN, Ids
from sync.replica.figures import FIGURES
from sync.replica.layout import BASE_JSON, SMALL, storable
from sync.replica.records import MARK_WAITING
from sync.replica.store import ChangeLog, Store, json_list

_KEYS_OF = "SELECT w.k FROM json_each(?) j CROSS JOIN keyword w ON w.uid = j.value"
_HOT = ("cluster", "status", "disabled", "volume_override", "difficulty_override")


class Effects:
    """Applies operations to effective rows, under aliases."""

    def __init__(self, store: Store, log: ChangeLog, *, replaying: bool = False) -> None:
        """Replaying, a cluster's deletion takes out the rows it listed, not those that came into it since."""
        self._store = store
        self._replaying = replaying
        self._log = log
        self._aliases: dict[str, str] = dict(store.all("SELECT old, new FROM alias"))

    @property
    def any_alias(self) -> bool:
        """Return whether any row was merged into another."""
        return bool(self._aliases)

    def alias(self, uid: str) -> str:
        """Return the uid a row is kept under now."""
        seen = set()
        while uid in self._aliases and uid not in seen:
            seen.add(uid)
            uid = self._aliases[uid]
        return uid

    def aliased(self, ids: Sequence[str]) -> Sequence[str]:
        """Return ids with merged ones replaced; the very same sequence where nothing was merged."""
        if not self._aliases or not any(uid in self._aliases for uid in ids):
            return ids
        return list(dict.fromkeys(self.alias(uid) for uid in ids))

    def apply(self, operation: Operation, scope: int) -> None:
        """Carry out one operation on effective rows of a scope."""
        match operation:
            case Create():
                self._create(operation, scope)
            case Set():
                for change in operation.changes:
                    self.set_values(operation.entity, operation.group, change.new, self.aliased(change.ids))
            case ItemsChange():
                self._items(operation)
            case Delete():
                self._set_deleted(operation.entity, self.aliased(operation.ids), deleted=1)
            case Restore():
                self._set_deleted(operation.entity, self.aliased(operation.rows), deleted=0)
                for cluster, children in operation.reattach.items():
                    self._reattach(cluster, self.aliased(children))
            case Resolve(choice="mine") if operation.group != "deleted":
                self.set_values(
                    operation.entity, operation.group, operation.value, self.aliased([operation.id])
                )
            case Resolve(choice="mine"):
                self._set_deleted(operation.entity, self.aliased([operation.id]), deleted=1)
            case _:
                pass

    # ------------------------------------------------------------------ values

    def set_values(self, entity: str, group: str, values: Values, ids: Sequence[str]) -> None:
        """Give rows the values of a group."""
        fields = ENTITIES[entity].group(group).fields
        if entity == "keyword":
            self._set_keywords(fields, values, ids)
            return
        self.keep_base(entity, ids)
        columns = dict(zip(fields, (storable(value) for value in values), strict=True))
        if "name" in columns:
            columns["folded"] = fold(str(columns["name"]))
        assignments = ", ".join(f"{name} = ?" for name in columns)
        self._note(
            entity,
            self._store.all(
                f"UPDATE {entity} SET {assignments}, mark = mark | {MARK_WAITING}"
                " WHERE uid IN (SELECT value FROM json_each(?)) RETURNING k",
                *columns.values(),
                json_list(ids),
            ),
        )

    def _set_keywords(self, fields: Sequence[str], values: Values, ids: Sequence[str]) -> None:
        stored = [
            self._cluster_key(value) if name == "cluster" else storable(value)
            for name, value in zip(fields, values, strict=True)
        ]
        assignments = ", ".join(f"{name} = ?" for name in fields)
        self.update_hot(f"{assignments}, mark = mark | {MARK_WAITING}", stored, ids)

    def update_hot(
        self, assignments: str, values: Sequence[Any], ids: Sequence[str], *, condition: str = ""
    ) -> None:
        """Run one UPDATE over the narrow keyword table for rows named by uid."""
        if isinstance(ids, Ids):
            source, parameter = "SELECT value FROM json_each(?)", f"[{ids.keys}]"
            keys: Sequence[int] | None = (
                None if len(ids) > 1000 else [int(key) for key in ids.keys.split(",")]
            )
        else:
            parameter, source = json_list(ids), _KEYS_OF
            keys = [key for (key,) in self._store.all(_KEYS_OF, parameter)] if len(ids) <= 1000 else None
        self._store.run(
            f"UPDATE keyword_hot SET {assignments} WHERE k IN ({source}) {condition}", *values, parameter
        )
        self._log.rows("keyword", keys)

    def _cluster_key(self, uid: Value) -> int | None:
        if uid is None:
            return None
        kept = self.alias(str(uid))
        found = self._store.value("SELECT k FROM cluster WHERE uid = ?", kept)
        if found is None:
            found = self._store.value(
                f"INSERT INTO cluster (uid, name, folded, ver, deleted, mark) VALUES (?, '', '', 0, {HIDDEN}, 0) RETURNING k",
                kept,
            )
        return int(found)

    def keep_base(self, entity: str, ids: Sequence[str]) -> None:
        """Put the platform's values of small rows aside before the first pending change."""
        self._store.run(
            f"UPDATE {entity} SET base = {BASE_JSON[entity]}"
            " WHERE uid IN (SELECT value FROM json_each(?)) AND base IS NULL AND ver > 0",
            json_list(ids),
        )

    # ------------------------------------------------------------------ creation

    def _create(self, create: Create, scope: int) -> None:
        rows = [row for row in create.rows if str(row[0]) not in self._aliases]
        if create.entity == "keyword":
            self._create_keywords(create, rows)
            return
        for row in rows:
            values = (
                self._defaults(create.entity)
                | dict(create.common)
                | dict(zip(create.columns, row[1:], strict=True))
            )
            if create.keywords:
                values["keyword_objects"] = json_list(self.aliased(create.keywords))
            self._insert_small(create.entity, str(row[0]), values, scope)

    def _defaults(self, entity: str) -> dict[str, Any]:
        values: dict[str, Any] = {one.name: one.default for one in ENTITIES[entity].fields}
        if "keyword_objects" in values:
            values["keyword_objects"] = "[]"
        return values

    def _insert_small(self, entity: str, uid: str, values: Mapping[str, Any], scope: int) -> None:
        columns = {name: storable(values.get(name)) for name in SMALL[entity]}
        if "name" in columns:
            columns["folded"] = fold(str(columns["name"]))
        names = ", ".join(columns)
        # A row that is here already is the same creation seen again on top of new base rows.
        updates = ", ".join(f"{name} = excluded.{name}" for name in columns)
        key = self._store.value(
            f"INSERT INTO {entity} (uid, scope, ver, deleted, mark, {names}) VALUES (?, ?, 0, 0, {MARK_WAITING},"
            f" {', '.join('?' * len(columns))}) ON CONFLICT (uid) DO UPDATE SET scope = excluded.scope, deleted = 0,"
            f" mark = mark | {MARK_WAITING}, {updates} WHERE ver = 0 RETURNING k",
            uid,
            scope,
            *columns.values(),
        )
        if key is not None:
            self._log.rows(entity, [key])

    def _create_keywords(self, create: Create, rows: Sequence[Sequence[Value]]) -> None:
        sector = self._store.one(
            "SELECT s.k, t.k FROM sector s JOIN site t ON t.uid = s.site WHERE s.uid = ?",
            create.common.get("sector"),
        )
        if sector is None or not rows:
            return
        place = create.columns.index("seed") + 1
        made = create.common.get("created_at")
        pairs = json_list([row[0], row[place]] for row in rows)
        self._store.run(
            "INSERT INTO keyword (uid, site, sector, seed, created_at, text, volume, difficulty, mask, country)"
            f" SELECT j.value ->> 0, ?, ?, s.k, ?, {FIGURES} FROM json_each(?) j LEFT JOIN seed s ON s.uid = j.value ->> 1 WHERE true ON CONFLICT (uid) DO NOTHING",
            sector[1],
            sector[0],
            made,
            pairs,
        )
        ids = json_list(row[0] for row in rows)
        self._store.run(
            "INSERT INTO keyword_hot (k, sector, ver, mark, status, disabled, deleted)"
            f" SELECT w.k, w.sector, 0, {MARK_WAITING}, 'new', 0, 0 FROM json_each(?) j CROSS JOIN keyword w ON w.uid = j.value"
            f" WHERE true ON CONFLICT (k) DO UPDATE SET deleted = 0, mark = mark | {MARK_WAITING} WHERE ver = 0",
            ids,
        )
        self._log.rows(
            "keyword", None if len(rows) > 1000 else [key for (key,) in self._store.all(_KEYS_OF, ids)]
        )
        self._set_born_values(create, rows)

    def _set_born_values(self, create: Create, rows: Sequence[Sequence[Value]]) -> None:
        for name in _HOT:
            if name in create.common:
                self._set_keywords((name,), (create.common[name],), [str(row[0]) for row in rows])
            elif name in create.columns:
                place = create.columns.index(name) + 1
                for row in rows:
                    self._set_keywords((name,), (row[place],), [str(row[0])])

    # ------------------------------------------------------------------ trash

    def _set_deleted(self, entity: str, ids: Sequence[str], *, deleted: int) -> None:
        if entity == "keyword":
            self.update_hot(
                f"deleted = {deleted}, mark = mark | {MARK_WAITING}",
                (),
                ids,
                condition=f"AND deleted <> {HIDDEN}",
            )
            return
        self.keep_base(entity, ids)
        rows = self._store.all(
            f"UPDATE {entity} SET deleted = {deleted}, mark = mark | {MARK_WAITING}"
            f" WHERE uid IN (SELECT value FROM json_each(?)) AND deleted <> {HIDDEN} RETURNING k",
            json_list(ids),
        )
        self._note(entity, rows)
        if entity == "cluster" and deleted and not self._replaying:
            self._detach(ids)

    def detach_listed(self, delete: Delete, wanted: frozenset[str]) -> None:
        """Take the listed children that are being recomputed out of clusters whose deletion is replayed."""
        for cluster, children in delete.children.items():
            inside = [uid for uid in self.aliased(children) if uid in wanted]
            if inside:
                kept = self.alias(cluster)
                clear = f"cluster = NULL, status = 'new', mark = mark | {MARK_WAITING}"
                still = f"AND cluster = {int(self._store.value('SELECT k FROM cluster WHERE uid = ?', kept) or 0)}"
                self.update_hot(clear, (), inside, condition=still)
                self._clear_ideas(inside, kept)

    def _detach(self, clusters: Sequence[str]) -> None:
        """Take keywords and ideas out of clusters, and note with the cluster which ones: restoring it brings them back."""
        found = self._store.all(
            "SELECT c.uid, w.uid FROM keyword_hot h JOIN keyword w ON w.k = h.k JOIN cluster c ON c.k = h.cluster"
            " WHERE h.cluster IN (SELECT k FROM cluster WHERE uid IN (SELECT value FROM json_each(?)))",
            json_list(clusters),
        )
        found += self._store.all(
            "SELECT cluster, uid FROM idea WHERE cluster IN (SELECT value FROM json_each(?))",
            json_list(clusters),
        )
        children: dict[str, list[str]] = {}
        for cluster, child in found:
            children.setdefault(cluster, []).append(child)
        for cluster, inside in children.items():
            known = json.loads(
                self._store.value("SELECT detached FROM cluster WHERE uid = ?", cluster) or "[]"
            )
            self._store.run(
                "UPDATE cluster SET detached = ? WHERE uid = ?",
                json_list(dict.fromkeys([*known, *inside])),
                cluster,
            )
        members = [child for _, child in found]
        if members:
            self._set_keywords(("cluster", "status"), (None, "new"), members)
            for cluster, inside in children.items():
                self._clear_ideas(inside, cluster)

    def _clear_ideas(self, ids: Sequence[str], cluster: str) -> None:
        self.keep_base("idea", ids)
        self._note(
            "idea",
            self._store.all(
                f"UPDATE idea SET cluster = NULL, mark = mark | {MARK_WAITING}"
                " WHERE uid IN (SELECT value FROM json_each(?)) AND cluster = ? RETURNING k",
                json_list(ids),
                cluster,
            ),
        )

    def _reattach(self, cluster: str, children: Sequence[str]) -> None:
        uid = self.alias(cluster)
        key = self._store.value("SELECT k FROM cluster WHERE uid = ? AND deleted = 0", uid)
        if key is None or not children:
            return
        untouched = "AND cluster IS NULL AND status = 'new' AND deleted = 0"
        self.update_hot(
            f"cluster = ?, status = 'mapped', mark = mark | {MARK_WAITING}",
            (key,),
            list(children),
            condition=untouched,
        )
        self.keep_base("idea", children)
        self._note(
            "idea",
            self._store.all(
                f"UPDATE idea SET cluster = ?, mark = mark | {MARK_WAITING}"
                " WHERE uid IN (SELECT value FROM json_each(?)) AND cluster IS NULL AND deleted = 0 RETURNING k",
                uid,
                json_list(children),
            ),
        )

    # ------------------------------------------------------------------ an idea's keywords

    def _items(self, change: ItemsChange) -> None:
        uid = self.alias(change.id)
        current = self._store.value("SELECT keyword_objects FROM idea WHERE uid = ?", uid)
        if current is None:
            return
        self.keep_base("idea", [uid])
        gone = set(self.aliased(change.remove))
        members = dict.fromkeys([*json.loads(current), *self.aliased(change.add)])
        self._note(
            "idea",
            self._store.all(
                f"UPDATE idea SET keyword_objects = ?, mark = mark | {MARK_WAITING} WHERE uid = ? RETURNING k",
                json_list(member for member in members if member not in gone),
                uid,
            ),
        )

    def _note(self, entity: str, rows: Sequence[tuple[int]]) -> None:
        if rows:
            self._log.rows(entity, [key for (key,) in rows])
