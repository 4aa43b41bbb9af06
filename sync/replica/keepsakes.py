"""Local copies of rows that leave this replica though their user may want them back: lost access, a platform that forgot them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sync.replica.layout import BOOLEANS, SMALL
from sync.replica.store import Store, json_list

KINDS = ("cluster", "keyword", "idea")
"""What a user can make, in the order in which new rows refer to each other."""

_KEYWORDS = (
    "SELECT w.uid, t.uid AS sector, json_object('seed', s.uid, 'cluster', c.uid, 'status', h.status, 'disabled', h.disabled,"
    " 'volume_override', h.volume_override, 'difficulty_override', h.difficulty_override, 'created_at', w.created_at) AS body"
    " FROM json_each(?1) j CROSS JOIN keyword w ON w.uid = j.value CROSS JOIN keyword_hot h ON h.k = w.k"
    " JOIN sector t ON t.k = w.sector JOIN seed s ON s.k = w.seed LEFT JOIN cluster c ON c.k = h.cluster"
)


@dataclass(frozen=True, slots=True)
class Copy:
    """One row as it was shown here; `values` by field, its sector apart."""

    uid: str
    entity: str
    sector: str
    values: dict[str, Any]


def _query(entity: str) -> str:
    if entity == "keyword":
        return _KEYWORDS
    values = ", ".join(
        f"'{name}', {f'json(e.{name})' if name == 'keyword_objects' else f'e.{name}'}"
        for name in SMALL[entity]
        if name != "sector"
    )
    return (
        f"SELECT e.uid, e.sector, json_object({values}) AS body FROM json_each(?1) j CROSS JOIN {entity} e ON e.uid = j.value"
        " WHERE e.sector IS NOT NULL"
    )


def keep(store: Store, scope: int, entity: str, uids: Iterable[str], *, reason: str, at: int) -> None:
    """Copy rows as they are shown now. A later copy of a row takes the place of an earlier one."""
    if entity in KINDS:
        store.run(
            "INSERT OR REPLACE INTO keepsake (uid, entity, scope, sector, body, reason, at)"
            f" SELECT uid, ?2, ?3, sector, body, ?4, ?5 FROM ({_query(entity)})",
            json_list(uids),
            entity,
            scope,
            reason,
            at,
        )


def copies(store: Store, entity: str, uids: Iterable[str]) -> dict[str, Copy]:
    """Return uid -> copy for those of the rows that are here, in the trash or not, or, failing that, were kept.

    What is here is newer: a copy may be of the time before access was lost and given back.
    """
    asked = json_list(uids)
    if entity not in KINDS:
        return {}
    found = store.all(
        "SELECT uid, sector, body FROM keepsake WHERE entity = ? AND uid IN (SELECT value FROM json_each(?))",
        entity,
        asked,
    )
    found += store.all(_query(entity), asked)
    return {uid: Copy(uid, entity, sector, _values(body)) for uid, sector, body in found}


def _values(body: str) -> dict[str, Any]:
    values = json.loads(body)
    return {name: bool(value) if name in BOOLEANS else value for name, value in values.items()}


def forget(store: Store, uids: Iterable[str]) -> None:
    """Drop copies that are not needed any more."""
    store.run("DELETE FROM keepsake WHERE uid IN (SELECT value FROM json_each(?))", json_list(uids))
