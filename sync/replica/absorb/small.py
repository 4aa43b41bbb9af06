"""Delivered rows of entities of which there are few: each by itself, in one table, with the base beside as JSON while work waits."""

from __future__ import annotations

import json
from typing import Any

from planner_core.text import fold
from sync.replica.absorb.decoding import Row
from sync.replica.absorb.delivery import Delivery
from sync.replica.layout import BASE_JSON, OWN, SMALL, storable
from sync.replica.records import MARK_WAITING
from sync.replica.store import json_list


class SmallRows:
    """Rows are (uid, ver, deleted, *columns of the entity, extra)."""

    def __init__(self, delivery: Delivery) -> None:
        self._to = delivery
        self._store = delivery.store

    def write(self, entity: str, row: Row) -> None:
        """Write one row."""
        uid, ver, deleted, *values, extra = row
        columns: dict[str, Any] = {
            name: storable(sorted(value or ()) if name == "keyword_objects" else value)
            for name, value in zip(SMALL[entity], values, strict=True)
        }
        around = {"ver": ver, "extra": extra, "scope": self._to.scope}
        if self._waits(entity, uid):
            packed = json.dumps(columns | {"deleted": int(deleted)})
            key = self._upsert(entity, uid, around | {"base": packed})
            self._to.waiting(entity, [uid])
        else:
            if entity == "cluster":
                columns["folded"] = fold(str(columns["name"]))
            key = self._upsert(entity, uid, around | {"deleted": int(deleted)} | columns)
        self._to.log.rows(entity, [key])

    def _waits(self, entity: str, uid: str) -> bool:
        if entity not in OWN:
            return False
        sql = f"SELECT 1 FROM {entity} WHERE uid = ? AND (base IS NOT NULL OR mark & {MARK_WAITING})"
        return self._store.value(sql, uid) is not None

    def _upsert(self, entity: str, uid: str, columns: dict[str, Any]) -> int:
        names = ", ".join(columns)
        updates = ", ".join(f"{name} = excluded.{name}" for name in columns)
        return int(
            self._store.value(
                f"INSERT INTO {entity} (uid, {names}) VALUES (?, {', '.join('?' * len(columns))})"
                f" ON CONFLICT (uid) DO UPDATE SET {updates} RETURNING k",
                uid,
                *columns.values(),
            )
        )

    def remove_absent(self, entity: str) -> None:
        """Remove delivered rows of the scope that are not in the table `seen`; those with pending work count as deleted."""
        own = entity in OWN
        absent = self._store.all(
            f"SELECT k, uid, {'mark' if own else '0'} FROM {entity} WHERE scope = ? AND ver > 0 AND uid NOT IN (SELECT uid FROM temp.seen)",
            self._to.scope,
        )
        if not absent:
            return
        self._to.gone(entity, [uid for _, uid, _ in absent])
        gone = json_list(key for key, _, mark in absent if not mark & MARK_WAITING)
        self._store.run(f"DELETE FROM {entity} WHERE k IN (SELECT value FROM json_each(?))", gone)
        if own:
            waiting = [uid for _, uid, mark in absent if mark & MARK_WAITING]
            self._store.run(
                f"UPDATE {entity} SET ver = 1, base = json_set(coalesce(base, {BASE_JSON[entity]}), '$.deleted', 1)"
                " WHERE uid IN (SELECT value FROM json_each(?))",
                json_list(waiting),
            )
            self._to.waiting(entity, waiting)
        self._to.log.rows(entity, (key for key, _, _ in absent))
