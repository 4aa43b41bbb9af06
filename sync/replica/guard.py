"""The guard in front of a removal so large that a wrong answer of the platform is as likely as somebody's wish: the user is asked.

Judged inside the apply, on what it is about to remove; the transaction is then rolled back and the question kept instead.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from planner_core.entities import SCOPE_ENTITIES
from sync.replica.records import RemovalGuard
from sync.replica.store import Store, json_list

GUARD_ROWS = 200
GUARD_SHARE = 0.10
"""More rows than both of these, and the user is asked. Fewer are ordinary work."""

NO_GUARD = "guard_rows = 0, guard_of = 0, guard_kinds = '', guard_allowed = 0"


class Removed(Exception):
    """An apply would remove too much: nothing of it is kept."""

    def __init__(self, guard: RemovalGuard) -> None:
        super().__init__()
        self.guard = guard


def shown_among(store: Store, entity: str, ids: Iterable[str]) -> list[str]:
    """Return those of the rows that the platform has and this user sees: what he deleted himself is no loss to him."""
    asked = json_list(ids)
    if entity == "keyword":
        rows = store.all(
            "SELECT w.uid FROM json_each(?) j CROSS JOIN keyword w ON w.uid = j.value CROSS JOIN keyword_hot h ON h.k = w.k"
            " WHERE h.deleted = 0 AND h.ver > 0 AND h.base_deleted = 0",
            asked,
        )
    else:
        rows = store.all(
            f"SELECT e.uid FROM json_each(?) j CROSS JOIN {entity} e ON e.uid = j.value WHERE e.deleted = 0 AND e.ver > 0",
            asked,
        )
    return [uid for (uid,) in rows]


def judge(
    store: Store, scope: int, removed: Mapping[str, int], *, left: int, snapshot: bool
) -> RemovalGuard | None:
    """Return the question an apply raises, None for an ordinary one or one that the user allowed.

    `removed` counts by entity the rows that go, `left` the rows of the scope that are still shown after it. A snapshot that leaves
    nothing is asked about however few rows there were: an empty answer is the commonest wrong one.
    """
    rows = sum(removed.values())
    of = rows + left
    is_large = rows > GUARD_ROWS and rows > GUARD_SHARE * of
    if not rows or not (is_large or (snapshot and not left)):
        return None
    allowed = store.value("SELECT guard_rows FROM scope_state WHERE k = ? AND guard_allowed", scope)
    if allowed is not None and rows <= allowed:
        return None
    return RemovalGuard(rows, of, {kind: count for kind, count in removed.items() if count})


def shown_rows(store: Store, scope: int, kind: str) -> int:
    """Return how many rows of a scope the platform has and this user sees."""
    count = 0
    for entity in SCOPE_ENTITIES[kind]:
        if entity.name == "keyword":
            sql = (
                "SELECT count(*) FROM keyword w JOIN keyword_hot h ON h.k = w.k WHERE h.deleted = 0 AND h.ver > 0 AND"
                " h.base_deleted = 0 AND w.site = (SELECT s.k FROM site s JOIN scope_state c ON c.id = s.uid WHERE c.k = ?)"
            )
        else:
            sql = f"SELECT count(*) FROM {entity.name} WHERE scope = ? AND deleted = 0 AND ver > 0"
        count += int(store.value(sql, scope))
    return count


def keep(store: Store, scope: int, guard: RemovalGuard) -> None:
    """Keep the question beside the staged pages."""
    store.run(
        "UPDATE scope_state SET guard_rows = ?, guard_of = ?, guard_kinds = ?, guard_allowed = 0 WHERE k = ?",
        guard.rows,
        guard.of,
        json.dumps(dict(guard.kinds)),
        scope,
    )


def allow(store: Store, scope: int) -> bool:
    """Let the staged pages be applied; return whether there was a question."""
    return bool(store.run("UPDATE scope_state SET guard_allowed = 1 WHERE k = ? AND guard_rows > 0", scope))


def loaded(row: tuple[Any, ...]) -> RemovalGuard | None:
    """Return the kept question from the columns guard_rows, guard_of, guard_kinds and guard_allowed."""
    rows, of, kinds, allowed = row
    return RemovalGuard(rows, of, json.loads(kinds), bool(allowed)) if rows else None
