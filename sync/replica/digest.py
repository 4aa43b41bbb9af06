"""Digests over what the platform last delivered: pending work never counts, rows that were put aside unread do.

SQLite writes each row's canonical text (planner_core.wire.feed.row_text) by itself: a row costs no Python object but that text.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from itertools import chain
from typing import Any

from planner_core.entities import SCOPE_ENTITIES, Entity
from sync.replica.layout import OWN, SMALL, named, wire

_KEYWORDS = (
    "SELECT w.uid, json_array(w.uid, s.uid, t.uid, c.uid, h.base_status, json(iif(h.base_disabled, 'true', 'false')),"
    " h.base_volume_override, h.base_difficulty_override, w.created_at)"
    " FROM keyword w JOIN keyword_hot h ON h.k = w.k JOIN sector t ON t.k = w.sector JOIN seed s ON s.k = w.seed"
    " LEFT JOIN cluster c ON c.k = h.base_cluster"
    " WHERE w.site = (SELECT e.k FROM site e JOIN scope_state z ON z.id = e.uid WHERE z.k = ?1) AND h.ver > 0 AND h.base_deleted = 0"
    " AND w.uid NOT IN (SELECT uid FROM unknown_rows WHERE scope = ?1)"
)
_SEEDS = (
    "SELECT uid, json_array(uid, keyword, volume, difficulty, intent, country, json(iif(is_active, 'true', 'false')))"
    " FROM seed WHERE scope = ?1 AND ver > 0 AND deleted = 0"
    " AND uid NOT IN (SELECT uid FROM unknown_rows WHERE scope = ?1)"
)


def digest(connection: sqlite3.Connection, scope: int) -> dict[str, list[tuple[int, str]]]:
    """Return entity -> 256 buckets of (live rows, sum of content hashes) of one scope (its key).

    The caller holds the read transaction.
    """
    # Imported late: the wire costs 40 ms, and a digest is taken once a day.
    from planner_core.wire.feed import digest_texts, row_text  # noqa: PLC0415

    (kind,) = connection.execute("SELECT kind FROM scope_state WHERE k = ?", (scope,)).fetchone()
    found = {}
    for entity in SCOPE_ENTITIES[kind]:
        if entity.name in _TEXTS:
            readable: Iterator[tuple[str, str]] = connection.execute(_TEXTS[entity.name], (scope,))
        else:
            readable = ((row[0], row_text(row)) for row in _small(connection, scope, entity.name))
        aside = ((row[0], row_text(row)) for row in _put_aside(connection, scope, entity))
        found[entity.name] = digest_texts(chain(readable, aside))
    return found


_TEXTS = {"keyword": _KEYWORDS, "seed": _SEEDS}


def _small(connection: sqlite3.Connection, scope: int, entity: str) -> Iterator[list[Any]]:
    columns = (*SMALL[entity], "deleted")
    base = "base" if entity in OWN else "NULL"
    rows = connection.execute(
        f"SELECT uid, {base}, {', '.join(columns)} FROM {entity} WHERE scope = ?1 AND ver > 0"
        " AND uid NOT IN (SELECT uid FROM unknown_rows WHERE scope = ?1)",
        (scope,),
    )
    for uid, packed, *values in rows:
        stored = json.loads(packed) if packed else named(columns, values)
        if not stored["deleted"]:
            yield [uid, *wire(entity, stored)]


def _put_aside(connection: sqlite3.Connection, scope: int, entity: Entity) -> Iterator[list[Any]]:
    """Yield the live rows that were put aside, as far as they can be taken apart."""
    defaults: dict[str, Any] = {one.name: [] if one.kind == "refs" else one.default for one in entity.fields}
    rows = connection.execute(
        "SELECT columns, raw FROM unknown_rows WHERE scope = ? AND entity = ? AND uid <> ''",
        (scope, entity.name),
    )
    for columns, raw in rows:
        uid, _, deleted, *values = json.loads(raw)
        if not deleted:
            held = defaults | dict(zip(json.loads(columns), values, strict=False))
            yield [uid, *(held[name] for name in entity.columns)]
