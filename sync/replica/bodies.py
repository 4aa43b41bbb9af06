"""Mutation bodies to bytes and back, and operations cut down to some of their rows."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner_core.entities import ENTITIES
from planner_core.operations import (
    PART_ROWS,
    Create,
    Delete,
    ItemsChange,
    Operation,
    Resolve,
    Restore,
    Set,
    size,
    split,
)

if TYPE_CHECKING:
    from planner_core.wire.body import Body

Keep = Callable[[str], bool]
_PACKED = b"\x78"
"""How zlib begins; a body is a JSON object."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """The bytes of a body with what the outbox notes beside them."""

    body: bytes
    sha256: str
    rows: int
    creates: int


def encode(body: Body) -> Encoded:
    """Return a body's bytes and hash."""
    # The wire's pydantic costs 40 ms, which the first edit can afford and the first paint cannot.
    from planner_core.wire.body import digest, encode_body  # noqa: PLC0415

    raw = encode_body(body)
    rows = sum(map(size, body.operations))
    creates = sum(size(operation) for operation in body.operations if isinstance(operation, Create))
    return Encoded(raw, digest(raw), rows, creates)


def make_body(
    action: str,
    label: str,
    at: int,
    operations: Sequence[Operation],
    *,
    part: int = 1,
    parts: int = 1,
    undo_of: str | None = None,
    supersedes: Sequence[str] = (),
) -> Body:
    """Return a body; imported late for the reason in `encode`."""
    from planner_core.wire.body import Body  # noqa: PLC0415

    return Body(action, label, at, tuple(operations), part, parts, undo_of, tuple(supersedes))


def decode(raw: bytes) -> Body:
    """Return the body of kept bytes, packed ones (`archive`) too."""
    from planner_core.wire.body import decode_body  # noqa: PLC0415

    return decode_body(unpacked(raw))


def unpacked(raw: bytes) -> bytes:
    """Return a body's own bytes; those of trimmed work are kept packed."""
    return zlib.decompress(raw) if raw[:1] == _PACKED else raw


def only(operation: Operation, keep: Keep) -> Operation | None:
    """Return the operation for the rows that `keep` names, None if there are none."""
    match operation:
        case Create():
            rows = [row for row in operation.rows if keep(str(row[0]))]
            return replace(operation, rows=rows) if rows else None
        case Set():
            changes = [
                replace(change, ids=ids)
                for change in operation.changes
                if (ids := [uid for uid in change.ids if keep(uid)])
            ]
            return replace(operation, changes=changes) if changes else None
        case Delete():
            seen = [
                replace(one, ids=ids)
                for one in operation.rows
                if (ids := [uid for uid in one.ids if keep(uid)])
            ]
            children = {uid: inside for uid, inside in operation.children.items() if keep(uid)}
            return replace(operation, rows=seen, children=children) if seen else None
        case Restore():
            kept = [uid for uid in operation.rows if keep(uid)]
            reattach = {uid: inside for uid, inside in operation.reattach.items() if keep(uid)}
            return replace(operation, rows=kept, reattach=reattach) if kept else None
        case ItemsChange() | Resolve():
            return operation if keep(operation.id) else None


def touching(operation: Operation, keep: Keep) -> Operation | None:
    """Return what the operation does to rows that `keep` names, children of a restored cluster included."""
    if not isinstance(operation, Restore):
        return only(operation, keep)
    rows = [uid for uid in operation.rows if keep(uid)]
    reattach = {
        uid: kept
        for uid, inside in operation.reattach.items()
        if (kept := [child for child in inside if keep(child)])
    }
    return replace(operation, rows=rows, reattach=reattach) if rows or reattach else None


def without_references(operation: Operation, gone: frozenset[str]) -> Operation | None:
    """Return the operation without rows and values that name rows which will never exist."""
    trimmed = only(operation, lambda uid: uid not in gone)
    match trimmed:
        case Set():
            changes = [change for change in trimmed.changes if not gone.intersection(_texts(change.new))]
            return replace(trimmed, changes=changes) if changes else None
        case ItemsChange():
            add = [uid for uid in trimmed.add if uid not in gone]
            return replace(trimmed, add=add) if add or trimmed.remove else None
        case Create():
            common = {name: None if value in gone else value for name, value in trimmed.common.items()}
            rows = [[None if value in gone else value for value in row] for row in trimmed.rows]
            return replace(
                trimmed,
                common=common,
                rows=rows,
                keywords=[uid for uid in trimmed.keywords if uid not in gone],
            )
        case _:
            return trimmed


def _texts(values: Iterable[object]) -> list[str]:
    return [value for value in values if isinstance(value, str)]


def pack(operations: Iterable[Operation], part_rows: int = PART_ROWS) -> Iterator[list[Operation]]:
    """Cut operations, in order, into parts of at most so many rows each."""
    part: list[Operation] = []
    room = part_rows
    for operation in operations:
        for piece in split(operation, part_rows):
            rows = size(piece)
            if part and rows > room:
                yield part
                part, room = [], part_rows
            part.append(piece)
            room -= rows
    if part:
        yield part


def row_ids(operations: Iterable[Operation]) -> dict[str, set[str]]:
    """Return entity -> uids that operations change, children of clusters included (under both of their entities)."""
    found: dict[str, set[str]] = {}
    for operation in operations:
        found.setdefault(operation.entity, set()).update(operation.ids)
        inside: Iterable[Sequence[str]] = ()
        if isinstance(operation, Delete):
            inside = operation.children.values()
        elif isinstance(operation, Restore):
            inside = operation.reattach.values()
        for children in inside:
            found.setdefault("keyword", set()).update(children)
            found.setdefault("idea", set()).update(children)
    return found


def named_rows(operation: Operation) -> set[str]:
    """Return the keywords, clusters and ideas that must exist for the operation to be carried out."""
    match operation:
        case Set():
            place = ENTITIES[operation.entity].group(operation.group).fields
            targets = {
                str(one.new[place.index("cluster")]) for one in operation.changes if "cluster" in place
            }
            return {*operation.ids, *(targets - {"None"})}
        case Create():
            names = [
                str(operation.common[name]) for name in ("cluster",) if operation.common.get(name) is not None
            ]
            return {*names, *operation.keywords}
        case ItemsChange():
            return {operation.id, *operation.add}
        case _:
            return set(operation.ids)
