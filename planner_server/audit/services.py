"""Writing the trail. It knows no models of ours, so that the gate itself can write it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from planner_server.feed import sql

KEPT_MS = 400 * 86_400_000
"""As long as operations are remembered."""
_TABLE = "audit_entry"
_APP_LENGTH, _LABEL_LENGTH, _WHO_LENGTH = 100, 255, 100
_OWN = ("label", "op_id")
_COMMON = ("at", "account_id", "scope", "version", "kind", "who", "device", "app")


class Place(NamedTuple):
    """When and where something was written, and by whom: the same for everything of one transaction. Names are the table's."""

    at: int
    account_id: int | None
    scope: str
    version: int
    kind: str
    who: str
    device: str = ""
    app: str = ""


def note(place: Place, done: Iterable[tuple[str, str]]) -> None:
    """Write an entry for each (label, operation id)."""
    common = dict(zip(_COMMON, place, strict=True))
    common |= {"who": place.who[:_WHO_LENGTH], "app": place.app[:_APP_LENGTH]}
    rows = [(_plain(label), op_id) for label, op_id in done]
    sql.insert_many(_TABLE, _OWN, rows, common)


def forget(before: int, *, dry_run: bool) -> int:
    """Clear away entries from before a time; how many those were, or would be."""
    if dry_run:
        ((count,),) = sql.rows(f"SELECT COUNT(*) FROM {_TABLE} WHERE at < %s", [before])
        return int(count)
    return sql.run(f"DELETE FROM {_TABLE} WHERE at < %s", [before])


def _plain(label: str) -> str:
    # PostgreSQL takes no zero character, and the trail must never be why an edit is refused.
    return label.replace("\x00", "")[:_LABEL_LENGTH]
