"""Digests over what the platform last delivered: pending work never counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from planner_core.entities import SCOPE_ENTITIES
from sync.replica.layout import OWN, SMALL, named, wire
from sync.replica.store import Store


def digest(store: Store, scope: int) -> dict[str, list[tuple[int, str]]]:
    """Return entity -> 256 buckets of (live rows, sum of content hashes) of one scope."""
    # Imported late: the wire costs 40 ms, and a digest is taken once a day.
    from planner_core.wire.feed import digest_rows  # noqa: PLC0415

    kind = store.value("SELECT kind FROM scope_state WHERE k = ?", scope)
    return {
        entity.name: digest_rows(_live_rows(store, scope, entity.name)) for entity in SCOPE_ENTITIES[kind]
    }


def _live_rows(store: Store, scope: int, entity: str) -> Iterator[list[Any]]:
    if entity == "keyword":
        yield from _keywords(store, scope)
    elif entity == "seed":
        rows = store.connection.execute(
            "SELECT uid, keyword, volume, difficulty, intent, country, is_active FROM seed WHERE scope = ? AND ver > 0 AND deleted = 0",
            (scope,),
        )
        for row in rows:
            yield [*row[:-1], bool(row[-1])]
    else:
        yield from _small(store, scope, entity)


def _keywords(store: Store, scope: int) -> Iterator[list[Any]]:
    rows = store.connection.execute(
        "SELECT w.uid, s.uid, t.uid, c.uid, h.base_status, h.base_disabled, h.base_volume_override, h.base_difficulty_override,"
        " w.created_at FROM keyword w JOIN keyword_hot h ON h.k = w.k JOIN sector t ON t.k = w.sector JOIN seed s ON s.k = w.seed"
        " LEFT JOIN cluster c ON c.k = h.base_cluster"
        " WHERE w.site = (SELECT e.k FROM site e JOIN scope_state z ON z.id = e.uid WHERE z.k = ?) AND h.ver > 0 AND h.base_deleted = 0",
        (scope,),
    )
    for row in rows:
        yield [*row[:5], bool(row[5]), *row[6:]]


def _small(store: Store, scope: int, entity: str) -> Iterator[list[Any]]:
    columns = (*SMALL[entity], "deleted")
    base = "base" if entity in OWN else "NULL"
    rows = store.connection.execute(
        f"SELECT uid, {base}, {', '.join(columns)} FROM {entity} WHERE scope = ? AND ver > 0", (scope,)
    )
    for uid, packed, *values in rows:
        stored = json.loads(packed) if packed else named(columns, values)
        if not stored["deleted"]:
            yield [uid, *wire(entity, stored)]
