"""What happened to one row, as far as this file knows: the actions of this profile that touched it, and questions with colleagues' work in them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

from sync.replica.bodies import decode, touching, unpacked
from sync.replica.waiting import WaitingChange, changes_in

MOST_READ = 256 * 1024 * 1024
"""Bytes of kept work that are looked through for one row; older work is not told then, and that is said."""


@dataclass(frozen=True, slots=True)
class RowEvent:
    """One thing that happened, at a moment (unix ms). `by` is the colleague, "" for this profile; `changes` what the row got."""

    at: int
    label: str
    by: str = ""
    undone: bool = False
    changes: tuple[WaitingChange, ...] = ()


@dataclass(frozen=True, slots=True)
class RowLog:
    """Events, latest first; `complete` is False if there may be older ones."""

    events: tuple[RowEvent, ...] = field(default=())
    complete: bool = True


def row_log(connection: sqlite3.Connection, uid: str, limit: int = 20) -> RowLog:
    """Return the latest events of a row.

    An action of a million rows costs a search for the id in its bytes; only work that holds it is taken apart.
    """
    own, complete = _own(connection, uid, limit)
    events = sorted([*own, *_questions(connection, uid)], key=lambda event: event.at, reverse=True)
    return RowLog(tuple(events[:limit]), complete and len(events) <= limit)


def _own(connection: sqlite3.Connection, uid: str, limit: int) -> tuple[list[RowEvent], bool]:
    needle, read = uid.encode(), 0
    found: list[RowEvent] = []
    rows = connection.execute(
        "SELECT a.label, a.at, a.undone_by IS NOT NULL AND a.origin <> 'undo', m.body FROM action a"
        " JOIN mutation m ON m.action = a.id AND m.void = 0 AND m.state <> 'cancelled' ORDER BY a.n DESC, m.id"
    )
    for label, at, undone, body in rows:
        raw = unpacked(body)
        read += len(raw)
        if needle in raw:
            changes = tuple(_changes(connection, body, uid))
            if changes:
                found.append(RowEvent(at, label, undone=bool(undone), changes=changes))
        if len(found) >= limit or read > MOST_READ:
            return found, False
    return found, True


def _changes(connection: sqlite3.Connection, body: bytes, uid: str) -> Iterator[WaitingChange]:
    for operation in decode(body).operations:
        part = touching(operation, lambda one: one == uid)
        if part is not None:
            yield from changes_in(connection, part)


def _questions(connection: sqlite3.Connection, uid: str) -> list[RowEvent]:
    """Return what colleagues' work and refusals had to say about the row."""
    rows = connection.execute(
        "SELECT at, message, by FROM review WHERE instr(ids, ?) > 0 ORDER BY at DESC LIMIT 50", (uid,)
    )
    return [RowEvent(at, message, by or "") for at, message, by in rows]
