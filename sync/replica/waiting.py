"""What waiting actions will do to rows, in words: old and new value of each field, for the first rows of an action."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from planner_core.entities import ENTITIES, Value
from planner_core.operations import Create, Delete, ItemsChange, Operation, Resolve, Restore, Set
from sync.replica.bodies import decode
from sync.replica.naming import name_of


@dataclass(frozen=True, slots=True)
class WaitingChange:
    """One field of one row. `verb` is set, create, delete, restore, items or resolve; values are texts, None for none."""

    entity: str
    id: str
    name: str
    verb: str
    field: str = ""
    old: str | None = None
    new: str | None = None


@dataclass(frozen=True, slots=True)
class UnsettledWork:
    """One mutation that is not settled: it waits, is on its way, was parked, or was refused and not decided.

    `body` is the JSON it is sent as; `reasons` are what the platform said against it.
    """

    op_id: str
    action: str
    label: str
    at: int
    state: str
    site: str
    site_id: str
    rows: int
    reasons: tuple[str, ...]
    body: bytes
    changes: tuple[WaitingChange, ...]


_UNSETTLED = (
    "SELECT m.op_id, m.action, coalesce(a.label, ''), m.at, m.state, s.name, s.id, m.rows, m.body,"
    " (SELECT json_group_array(DISTINCT r.message) FROM review r WHERE r.state = 'open' AND r.kind <> 'conflict'"
    " AND instr(r.ops, m.op_id) > 0) FROM mutation m JOIN scope_state s ON s.k = m.scope LEFT JOIN action a ON a.id = m.action"
    " WHERE m.void = 0 AND (m.state IN ('waiting', 'sending') OR (m.state IN ('refused', 'parked', 'partly') AND EXISTS (SELECT 1"
    " FROM review r WHERE r.state = 'open' AND r.kind <> 'conflict' AND instr(r.ops, m.op_id) > 0))) ORDER BY m.id"
)


def unsettled_work(connection: sqlite3.Connection) -> Iterator[UnsettledWork]:
    """Yield what is not settled, in the order it was made."""
    for op_id, action, label, at, state, site, site_id, rows, body, reasons in connection.execute(_UNSETTLED):
        changes = [
            change for operation in decode(body).operations for change in changes_in(connection, operation)
        ]
        yield UnsettledWork(
            op_id=op_id,
            action=action,
            label=label,
            at=at,
            state=state,
            site=site,
            site_id=site_id,
            rows=rows,
            reasons=tuple(json.loads(reasons)),
            body=body,
            changes=tuple(changes),
        )


def waiting_changes(connection: sqlite3.Connection, action: str, limit: int) -> list[WaitingChange]:
    """Return the first changes of an action that has no verdict yet."""
    rows = connection.execute(
        "SELECT body FROM mutation WHERE action = ? AND state IN ('waiting', 'sending') AND void = 0 ORDER BY id",
        (action,),
    )
    found: list[WaitingChange] = []
    for (body,) in rows:
        for operation in decode(body).operations:
            for change in changes_in(connection, operation):
                found.append(change)
                if len(found) >= limit:
                    return found
    return found


def changes_in(connection: sqlite3.Connection, operation: Operation) -> Iterator[WaitingChange]:
    """Yield what an operation does to rows, field by field."""
    entity = operation.entity
    match operation:
        case Set():
            fields = ENTITIES[entity].group(operation.group).fields
            for change in operation.changes:
                for uid in change.ids:
                    name = name_of(connection, entity, uid)
                    for field, old, new in zip(fields, change.old, change.new, strict=True):
                        if old != new:
                            yield WaitingChange(
                                entity,
                                uid,
                                name,
                                "set",
                                field,
                                _text(connection, field, old),
                                _text(connection, field, new),
                            )
        case Create() | Delete() | Restore() | ItemsChange():
            verb = {Create: "create", Delete: "delete", Restore: "restore", ItemsChange: "items"}[
                type(operation)
            ]
            for uid in operation.ids:
                yield WaitingChange(entity, uid, name_of(connection, entity, uid), verb)
        case Resolve():
            fields = (
                ENTITIES[entity].group(operation.group).fields
                if operation.group != "deleted"
                else ("deleted",)
            )
            for field, old, new in zip(fields, operation.theirs, operation.value, strict=False):
                name = name_of(connection, entity, operation.id)
                yield WaitingChange(
                    entity,
                    operation.id,
                    name,
                    "resolve",
                    field,
                    _text(connection, field, old),
                    _text(connection, field, new),
                )


def _text(connection: sqlite3.Connection, field: str, value: Value) -> str | None:
    if value is None:
        return None
    if field == "cluster":
        return name_of(connection, "cluster", str(value))
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
