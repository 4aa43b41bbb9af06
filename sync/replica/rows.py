"""Values into effective rows. Every row that is reached gets its waiting mark in the same statement that changes it."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from planner_core.entities import ENTITIES, Value, Values
from planner_core.text import fold
from sync.replica.aliases import Aliases
from sync.replica.classes import Ids
from sync.replica.facts import HIDDEN
from sync.replica.layout import BASE_JSON, storable
from sync.replica.records import MARK_WAITING, Patch
from sync.replica.store import ChangeLog, Store, json_list

KEYS_OF = "SELECT w.k FROM json_each(?) j CROSS JOIN keyword w ON w.uid = j.value"
NAMED_KEYS = 1_000
"""Changed keywords up to this number are announced one by one by a bulk edit."""


class Rows:
    """Writes effective rows, under aliases. What the platform delivered (the base) is never changed here."""

    def __init__(self, store: Store, log: ChangeLog) -> None:
        self.store = store
        self.log = log
        self.aliases = Aliases(store)

    def set_values(self, entity: str, group: str, values: Values, ids: Sequence[str]) -> None:
        """Give rows the values of a group."""
        fields = ENTITIES[entity].group(group).fields
        if entity == "keyword":
            self.set_keywords(fields, values, ids)
            return
        columns = dict(zip(fields, (storable(value) for value in values), strict=True))
        if "name" in columns:
            columns["folded"] = fold(str(columns["name"]))
        self.update_small(
            entity, ", ".join(f"{name} = ?" for name in columns), list(columns.values()), list(ids)
        )

    def set_keywords(self, fields: Sequence[str], values: Values, ids: Sequence[str]) -> None:
        """Give keywords the values of some fields of the narrow table."""
        stored = [
            self._cluster_key(value) if name == "cluster" else storable(value)
            for name, value in zip(fields, values, strict=True)
        ]
        assignments = ", ".join(f"{name} = ?" for name in fields)
        if isinstance(ids, Ids) and len(ids) > NAMED_KEYS:
            # Sorted: in the order of classes SQLite would take twice as long to gather the keys.
            keys = array("q", sorted(ids.keys))
            self._update(assignments, stored, "SELECT value FROM json_each(?)", json_list(keys))
            self.log.patched(Patch(keys, dict(zip(fields, stored, strict=True))))
        else:
            self.update_keywords(assignments, stored, ids)

    def set_each_keyword(self, fields: Sequence[str], values: Mapping[str, Values]) -> None:
        """Give each keyword values of its own for some fields of the narrow table: uid -> values. One statement."""
        cluster_of: dict[Value, int | None] = {}
        if "cluster" in fields:
            place = fields.index("cluster")
            cluster_of = self._cluster_keys({one[place] for one in values.values()})
        stored = {
            own: [
                cluster_of[value] if name == "cluster" else storable(value)
                for name, value in zip(fields, own, strict=True)
            ]
            for own in set(values.values())
        }
        rows = [[uid, *stored[own]] for uid, own in values.items()]
        taken = ", ".join(f"json_extract(j.value, '$[{at}]') AS {name}" for at, name in enumerate(fields, 1))
        self.store.run(
            # Materialized: flattened, the join would begin with a walk through the whole table.
            f"WITH v AS MATERIALIZED (SELECT w.k AS k, {taken} FROM json_each(?) j"
            " CROSS JOIN keyword w ON w.uid = json_extract(j.value, '$[0]'))"
            f" UPDATE keyword_hot SET {', '.join(f'{name} = v.{name}' for name in fields)}, mark = mark | {MARK_WAITING}"
            " FROM v WHERE keyword_hot.k = v.k",
            json_list(rows),
        )
        self.log.rows("keyword", self.keyword_keys(list(values)))

    def update_keywords(
        self, assignments: str, values: Sequence[Any], ids: Sequence[str], *, condition: str = ""
    ) -> None:
        """Run one UPDATE over the narrow keyword table for rows named by uid."""
        if isinstance(ids, Ids):
            source, parameter = "SELECT value FROM json_each(?)", json_list(sorted(ids.keys))
            keys = None if len(ids) > NAMED_KEYS else ids.keys
        else:
            source, parameter = KEYS_OF, json_list(ids)
            keys = self.keyword_keys(ids)
        self._update(assignments, values, source, parameter, condition)
        self.log.rows("keyword", keys)

    def _update(
        self, assignments: str, values: Sequence[Any], source: str, parameter: str, condition: str = ""
    ) -> None:
        self.store.run(
            f"UPDATE keyword_hot SET {assignments}, mark = mark | {MARK_WAITING} WHERE k IN ({source}) {condition}",
            *values,
            parameter,
        )

    def keyword_keys(self, ids: Sequence[str]) -> list[int] | None:
        """Return the keys of keywords to announce, None for many."""
        if len(ids) > NAMED_KEYS:
            return None
        return [key for (key,) in self.store.all(KEYS_OF, json_list(ids))]

    def update_small(
        self,
        entity: str,
        assignments: str,
        values: Sequence[Any],
        ids: Sequence[str],
        *,
        condition: str = "",
        bound: Sequence[Any] = (),
    ) -> None:
        """Run one UPDATE over a small table, the platform's values put aside first. `bound` are the condition's values."""
        self._keep_base(entity, ids)
        found = self.store.all(
            f"UPDATE {entity} SET {assignments}, mark = mark | {MARK_WAITING}"
            f" WHERE uid IN (SELECT value FROM json_each(?)) {condition} RETURNING k",
            *values,
            json_list(ids),
            *bound,
        )
        if found:
            self.log.rows(entity, [key for (key,) in found])

    def _keep_base(self, entity: str, ids: Sequence[str]) -> None:
        self.store.run(
            f"UPDATE {entity} SET base = {BASE_JSON[entity]}"
            " WHERE uid IN (SELECT value FROM json_each(?)) AND base IS NULL AND ver > 0",
            json_list(ids),
        )

    def _cluster_keys(self, uids: set[Value]) -> dict[Value, int | None]:
        kept = {uid: self.aliases.one(str(uid)) for uid in uids if uid is not None}
        found = dict(
            self.store.all(
                "SELECT uid, k FROM cluster WHERE uid IN (SELECT value FROM json_each(?))",
                json_list(kept.values()),
            )
        )
        return {uid: None if uid is None else found.get(kept[uid]) or self._cluster_key(uid) for uid in uids}

    def _cluster_key(self, uid: Value) -> int | None:
        if uid is None:
            return None
        kept = self.aliases.one(str(uid))
        found = self.store.value("SELECT k FROM cluster WHERE uid = ?", kept)
        if found is None:
            found = self.store.value(
                f"INSERT INTO cluster (uid, name, folded, ver, deleted, mark) VALUES (?, '', '', 0, {HIDDEN}, 0) RETURNING k",
                kept,
            )
        return int(found)
