"""What was done on this computer: the list of actions, what one of them did to rows, and which later steps build on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Literal

from planner_core.entities import ENTITIES
from planner_core.operations import Create, Delete, ItemsChange, Operation, Resolve, Restore, Set
from planner_core.text import fold
from sync.errors import NotFound
from sync.replica.bodies import decode
from sync.replica.records import HistoryRow, LaterStep
from sync.replica.store import json_list
from sync.replica.waiting import WaitingChange, changes_in

Connection = sqlite3.Connection
Progress = Literal["waiting", "sent", "refused", "undone", "discarded"]

_STATE_ORDER = ("sending", "waiting", "parked", "refused", "partly", "applied", "cancelled")
_REDONE = "(SELECT u.undone_by FROM action u WHERE u.id = a.undone_by AND u.id <> a.id) IS NOT NULL"
_IN_STATE = "EXISTS (SELECT 1 FROM mutation m WHERE m.action = a.id AND m.void = 0 AND m.state IN {})"
_WAITS = _IN_STATE.format("('waiting', 'sending')")
_HAS_SENT = _IN_STATE.format("('applied', 'partly')")
_HAS_DROPPED = _IN_STATE.format("('cancelled')")
_HAS_REFUSED = _IN_STATE.format("('refused', 'parked')")
_IS_UNDONE = f"(a.undone_by IS NOT NULL AND a.origin <> 'undo' AND NOT {_REDONE})"
_PROGRESS: Mapping[Progress, str] = {
    "waiting": _WAITS,
    "undone": _IS_UNDONE,
    "refused": f"{_HAS_REFUSED} AND NOT {_IS_UNDONE}",
    "sent": f"{_HAS_SENT} AND NOT {_WAITS} AND NOT {_IS_UNDONE}",
    "discarded": f"{_HAS_DROPPED} AND NOT {_WAITS} AND NOT {_HAS_SENT}",
}
_COLUMNS = (
    "SELECT a.id, a.label, a.at, a.rows, a.undone_by, a.undoes, a.origin, group_concat(DISTINCT m.state),"
    " coalesce(sum(CASE WHEN m.state IN ('applied', 'partly') THEN m.rows END), 0),"
    " coalesce(sum(CASE WHEN m.state IN ('waiting', 'sending') THEN m.rows END), 0),"
    " coalesce(sum(CASE WHEN m.state IN ('refused', 'parked') THEN m.rows END), 0),"
    " (SELECT coalesce(sum(json_array_length(r.ids)), 0) FROM review r WHERE r.action = a.id AND r.state = 'open'),"
    " (SELECT coalesce(sum(json_array_length(r.ids)), 0) FROM review r WHERE r.action = a.id AND r.kind = 'note'),"
    f" {_REDONE} FROM"
)
_GROUPED = "LEFT JOIN mutation m ON m.action = a.id AND m.void = 0 GROUP BY a.n ORDER BY a.n DESC"

# ---------------------------------------------------------------------- the list


def history(
    connection: Connection, limit: int, *, text: str = "", progress: Progress | None = None
) -> list[HistoryRow]:
    """Return actions, latest first: those whose label contains the text (under the shared normalisation) and that stand so."""
    if not text.strip() and progress is None:
        rows = connection.execute(
            f"{_COLUMNS} (SELECT * FROM action ORDER BY n DESC LIMIT ?) a {_GROUPED}", (limit,)
        )
    else:
        numbers = list(islice(_matching(connection, text, progress), limit))
        rows = connection.execute(
            f"{_COLUMNS} (SELECT * FROM action WHERE n IN (SELECT value FROM json_each(?))) a {_GROUPED}",
            (json_list(numbers),),
        )
    return [_row(row) for row in rows]


def history_count(connection: Connection, *, text: str = "", progress: Progress | None = None) -> int:
    """Return how many actions `history` would find without a limit."""
    if not text.strip() and progress is None:
        return int(connection.execute("SELECT count(*) FROM action").fetchone()[0])
    return sum(1 for _ in _matching(connection, text, progress))


def _matching(connection: Connection, text: str, progress: Progress | None) -> Iterator[int]:
    """Yield the numbers of actions, latest first."""
    wanted = fold(text)
    condition = _PROGRESS[progress] if progress is not None else "1"
    for number, label in connection.execute(
        f"SELECT a.n, a.label FROM action a WHERE {condition} ORDER BY a.n DESC"
    ):
        if wanted in fold(label):
            yield number


def _row(columns: Sequence[Any]) -> HistoryRow:
    uid, label, at, number, undone_by, undoes, origin, states, *figures = columns
    applied, waiting, refused, review, notes, redone = figures
    return HistoryRow(
        id=uid,
        label=label,
        at=at,
        state=_least_settled(states),
        rows=number,
        applied=applied,
        waiting=waiting,
        review=review,
        refused=refused,
        undone=undone_by is not None,
        undoes=undoes,
        origin=origin,
        notes=notes,
        redone=bool(redone),
    )


def _least_settled(states: str | None) -> str:
    present = set((states or "applied").split(","))
    return next((state for state in _STATE_ORDER if state in present), "applied")


# ---------------------------------------------------------------------- one action


def action_row(connection: Connection, action: str) -> HistoryRow:
    """Return one action. Raises NotFound."""
    row = connection.execute(
        f"{_COLUMNS} (SELECT * FROM action WHERE id = ?) a {_GROUPED}", (action,)
    ).fetchone()
    if row is None:
        raise NotFound(
            "unknown_action",
            f"There is no action {action} in the history.",
            "See `planner history` for the ids.",
        )
    return _row(row)


def action_changes(connection: Connection, action: str, limit: int) -> list[WaitingChange]:
    """Return the first changes an action made, field by field, whatever became of it.

    Only as many bodies are read as the limit asks for: an action of a million rows answers at once.
    """
    bodies = connection.execute(
        "SELECT m.body FROM mutation m WHERE m.action = ? AND m.void = 0 AND (m.state <> 'cancelled'"
        " OR NOT EXISTS (SELECT 1 FROM mutation o WHERE o.action = m.action AND o.void = 0 AND o.state <> 'cancelled'))"
        " ORDER BY m.id",
        (action,),
    )
    found = (
        change
        for (body,) in bodies
        for operation in decode(body).operations
        for change in changes_in(connection, operation)
    )
    return list(islice(found, limit))


# ---------------------------------------------------------------------- what is in the way

Aspect = tuple[str, str]
"""What of a row an operation writes: (entity, field group), (entity, "deleted"), or (entity, "same") for what only one row may be."""


def in_the_way(connection: Connection, action: str) -> list[LaterStep]:
    """Return the later steps of this computer that wrote over what an action wrote, latest first.

    `rows` says of how many of the action's rows. Steps that were undone are not in the way, nor what was never carried out.
    """
    return _later(connection, action, _needed)


def gone_with(connection: Connection, action: str) -> list[LaterStep]:
    """Return the later steps of this computer that changed rows which an action made, latest first.

    They are in nobody's way: undone, the action takes its rows to the trash as they are by then.
    """
    return _later(connection, action, _made)


def _later(
    connection: Connection, action: str, wanted: Callable[[Connection, str], dict[Aspect, set[str]]]
) -> list[LaterStep]:
    """Return the later steps that wrote some of what is wanted of an action."""
    number = connection.execute("SELECT n FROM action WHERE id = ?", (action,)).fetchone()
    if number is None:
        return []
    later = connection.execute(
        "SELECT a.id, a.label, a.at, a.origin FROM action a WHERE a.n > ? AND a.undone_by IS NULL"
        " AND a.origin IN ('user', 'redo', 'resolve') ORDER BY a.n DESC",
        number,
    ).fetchall()
    if not later:
        return []
    needed = wanted(connection, action)
    if not needed:
        return []
    known: dict[Aspect, set[str]] = {aspect: set() for aspect in needed}
    found = []
    for uid, label, at, origin in later:
        rows: set[str] = set()
        fresh = 0
        for operation in _operations(connection, uid):
            for written, ids in _writes(connection, operation):
                for aspect in needed.keys() & {written, *(_kept_by(written) if wanted is _needed else ())}:
                    hit = needed[aspect].intersection(ids)
                    fresh += len(hit - known[aspect])
                    known[aspect] |= hit
                    rows |= hit
        if rows:
            found.append(LaterStep(uid, label, at, len(rows), fresh, undoable=origin != "resolve"))
    return found


def _kept_by(written: Aspect) -> list[Aspect]:
    """Return the groups that a deletion or restoring of their row is in the way of: nothing is written to rows in the trash."""
    entity, what = written
    groups = [group.name for group in ENTITIES[entity].groups] if what == "deleted" else []
    return [(entity, name) for name in (*groups, *(["items"] if groups else []))]


def _made(connection: Connection, action: str) -> dict[Aspect, set[str]]:
    """Return what may have been changed of the rows an action made. What takes them away is in the way instead."""
    found: dict[Aspect, set[str]] = {}
    for operation in _operations(connection, action):
        if isinstance(operation, Create):
            for name in (*(group.name for group in ENTITIES[operation.entity].groups), "items"):
                found.setdefault((operation.entity, name), set()).update(operation.ids)
    return found


def _needed(connection: Connection, action: str) -> dict[Aspect, set[str]]:
    """Return what an action needs to find unchanged for being taken back."""
    found: dict[Aspect, set[str]] = {}
    made: dict[str, set[str]] = {}
    for operation in _operations(connection, action):
        entity = operation.entity
        match operation:
            case Set():
                found.setdefault((entity, operation.group), set()).update(operation.ids)
            case ItemsChange():
                found.setdefault((entity, "items"), set()).update(operation.ids)
            case Create() | Restore():
                found.setdefault((entity, "deleted"), set()).update(operation.ids)
                if isinstance(operation, Create):
                    made.setdefault(entity, set()).update(operation.ids)
            case Delete():
                # Its children may have moved since: the row comes back without them.
                found.setdefault((entity, "deleted"), set()).update(operation.ids)
                if entity == "keyword":
                    found.setdefault((entity, "same"), set()).update(_seeds(connection, operation.ids))
            case _:
                pass
    # What it set on rows it made itself is in nobody's way: they go.
    for (entity, what), ids in found.items():
        if what not in {"deleted", "same"}:
            ids.difference_update(made.get(entity, ()))
    return found


def _operations(connection: Connection, action: str) -> Iterator[Operation]:
    for (body,) in connection.execute(
        "SELECT body FROM mutation WHERE action = ? AND void = 0 AND state NOT IN ('cancelled', 'refused', 'parked') ORDER BY id",
        (action,),
    ):
        yield from decode(body).operations


def _writes(connection: Connection, operation: Operation) -> Iterator[tuple[Aspect, Sequence[str]]]:
    entity = operation.entity
    match operation:
        case Set():
            yield (entity, operation.group), operation.ids
        case Resolve():
            yield (entity, operation.group), operation.ids
        case Create():
            yield (entity, "deleted"), operation.ids
            if entity == "keyword":
                yield ("keyword", "same"), _seeds(connection, operation.ids)
        case Delete() | Restore():
            yield (entity, "deleted"), operation.ids
            inside = operation.children if isinstance(operation, Delete) else operation.reattach
            for children in inside.values():
                for child in ("keyword", "idea"):
                    yield (child, _placing(child)), children
        case _:
            return


def _placing(entity: str) -> str:
    """Return the group of an entity that holds its cluster."""
    return next((group.name for group in ENTITIES[entity].groups if "cluster" in group.fields), "")


def _seeds(connection: Connection, ids: Sequence[str]) -> list[str]:
    """Return what keywords stand for, as texts that are equal for keywords of one seed in one sector."""
    rows = connection.execute(
        "SELECT DISTINCT w.seed || ' ' || w.sector FROM json_each(?) j CROSS JOIN keyword w ON w.uid = j.value"
        " WHERE w.seed IS NOT NULL",
        (json_list(ids),),
    )
    return [text for (text,) in rows]
