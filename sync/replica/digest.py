"""Digests over what the platform last delivered: pending work never counts.

SQLite writes each row's canonical text (planner_core.wire.feed.row_text) by itself: a row costs no Python object but that text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from planner_core.entities import SCOPE_ENTITIES
from sync.replica.layout import OWN, SMALL, named, wire
from sync.replica.store import Store

_KEYWORDS = (
    "SELECT w.uid, json_array(w.uid, s.uid, t.uid, c.uid, h.base_status, json(iif(h.base_disabled, 'true', 'false')),"
    " h.base_volume_override, h.base_difficulty_override, w.created_at)"
    " FROM keyword w JOIN keyword_hot h ON h.k = w.k JOIN sector t ON t.k = w.sector JOIN seed s ON s.k = w.seed"
    " LEFT JOIN cluster c ON c.k = h.base_cluster"
    " WHERE w.site = (SELECT e.k FROM site e JOIN scope_state z ON z.id = e.uid WHERE z.k = ?) AND h.ver > 0 AND h.base_deleted = 0"
)
_SEEDS = (
    "SELECT uid, json_array(uid, keyword, volume, difficulty, intent, country, json(iif(is_active, 'true', 'false')))"
    " FROM seed WHERE scope = ? AND ver > 0 AND deleted = 0"
)


def digest(store: Store, scope: int) -> dict[str, list[tuple[int, str]]]:
    """Return entity -> 256 buckets of (live rows, sum of content hashes) of one scope."""
    # Imported late: the wire costs 40 ms, and a digest is taken once a day.
    from planner_core.wire.feed import digest_rows, digest_texts  # noqa: PLC0415

    kind = store.value("SELECT kind FROM scope_state WHERE k = ?", scope)
    found = {}
    for entity in SCOPE_ENTITIES[kind]:
        if entity.name in _TEXTS:
            found[entity.name] = digest_texts(store.connection.execute(_TEXTS[entity.name], (scope,)))
        else:
            found[entity.name] = digest_rows(_small(store, scope, entity.name))
    return found


_TEXTS = {"keyword": _KEYWORDS, "seed": _SEEDS}


def _small(store: Store, scope: int, entity: str) -> Iterator[list[object]]:
    columns = (*SMALL[entity], "deleted")
    base = "base" if entity in OWN else "NULL"
    rows = store.connection.execute(
        f"SELECT uid, {base}, {', '.join(columns)} FROM {entity} WHERE scope = ? AND ver > 0", (scope,)
    )
    for uid, packed, *values in rows:
        stored = json.loads(packed) if packed else named(columns, values)
        if not stored["deleted"]:
            yield [uid, *wire(entity, stored)]
