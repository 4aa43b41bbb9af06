"""The inverse of an action, cut down to the rows where its values still stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from planner_core.entities import ENTITIES
from planner_core.facts import Facts
from planner_core.invert import invert
from planner_core.operations import Create, Delete, ItemsChange, Operation, Resolve, Restore, Set, size
from planner_core.rules import check
from planner_core.rules.deletion import seen_as
from planner_core.rules.uniqueness import restore_trouble
from sync.replica.aliases import Aliases
from sync.replica.bodies import only
from sync.replica.codes import DONE


@dataclass(frozen=True, slots=True)
class Inverse:
    """Operations that take back what still stands, and the number of rows left alone because something came after."""

    operation: Operation | None
    skipped: int


def carried_out(operation: Operation, results: Sequence[Mapping[str, Any]]) -> Operation | None:
    """Return what of an answered operation the platform wrote for this author: rows it lists as left alone are not his to undo."""
    left = [row for row in results if row["code"] not in DONE and row.get("e") == operation.entity]
    if not left:
        return operation
    match operation:
        case Set():
            names = {operation.group, *ENTITIES[operation.entity].group(operation.group).fields, ""}
            ids = {uid for row in left if row.get("group", "") in names for uid in row.get("ids", ())}
        case ItemsChange():
            known = {row.get("group", "") for row in left}
            add = [uid for uid in operation.add if f"+{uid}" not in known]
            remove = [uid for uid in operation.remove if f"-{uid}" not in known]
            return replace(operation, add=add, remove=remove) if add or remove else None
        case _:
            ids = {uid for row in left for uid in row.get("ids", ())}
    return only(operation, lambda uid: uid not in ids)


def under_aliases(operation: Operation, aliases: Aliases) -> Operation:
    """Return an operation on the rows that stand for its rows now: what was done to a row that lost its id is taken back there.

    Creations keep their ids: the row that stands for one of theirs was made by somebody else.
    """
    if not aliases:
        return operation
    match operation:
        case Set():
            return replace(
                operation, changes=[replace(one, ids=aliases.all(one.ids)) for one in operation.changes]
            )
        case ItemsChange():
            return replace(
                operation,
                id=aliases.one(operation.id),
                add=aliases.all(operation.add),
                remove=aliases.all(operation.remove),
            )
        case Delete():
            return replace(operation, rows=[replace(one, ids=aliases.all(one.ids)) for one in operation.rows])
        case _:
            return operation


def inverse_of(operation: Operation, facts: Facts, merged: frozenset[str]) -> Inverse:
    """Return the inverse of one operation against the state as it is now. `merged` are uids that became other rows."""
    wanted = invert([operation])
    if not wanted:
        return Inverse(None, 0)
    standing = _standing(wanted[0], facts, merged)
    rows = size(wanted[0])
    if standing is None:
        return Inverse(None, rows)
    allowed, _ = check(standing, facts)
    if allowed is None:
        return Inverse(None, rows)
    return Inverse(allowed, rows - size(allowed))


def _standing(operation: Operation, facts: Facts, merged: frozenset[str]) -> Operation | None:
    match operation:
        case Set():
            return _standing_set(operation, facts)
        case Delete():
            live = [
                uid
                for uid in _with_liveness(operation.entity, operation.ids, facts, deleted=False)
                if uid not in merged
            ]
            if not live:
                return None
            children = dict(operation.children)
            if operation.entity == "cluster":
                children = {
                    uid: [child for ids in facts.members(uid).values() for child in ids] for uid in live
                }
            return replace(operation, rows=seen_as(facts, operation.entity, live), children=children)
        case Restore():
            dead = _with_liveness(operation.entity, operation.rows, facts, deleted=True)
            taken = restore_trouble(facts, operation.entity, dead) if operation.entity != "idea" else []
            blocked = {uid for trouble in taken for uid in trouble.ids}
            rows = [uid for uid in dead if uid not in blocked]
            reattach = {uid: inside for uid, inside in operation.reattach.items() if uid in rows}
            return replace(operation, rows=rows, reattach=reattach) if rows else None
        case ItemsChange():
            return (
                operation if _with_liveness(operation.entity, [operation.id], facts, deleted=False) else None
            )
        case Create() | Resolve():
            return None


def _standing_set(operation: Set, facts: Facts) -> Operation | None:
    """`change.old` of the inverse is the value the action wrote: rows that have another one by now are left out."""
    changes = [
        replace(change, ids=alike.ids)
        for change in operation.changes
        for alike in facts.alike(operation.entity, change.ids, operation.group)
        if not alike.deleted and alike.current == change.old and change.old != change.new
    ]
    return replace(operation, changes=changes) if changes else None


def _with_liveness(entity: str, ids: Sequence[str], facts: Facts, *, deleted: bool) -> list[str]:
    known = facts.references(entity, ids)
    return [uid for uid in ids if uid in known and known[uid].deleted is deleted]
