"""What a decided command does to rows: set-wise operations with the values they replace.

Operations are what the outbox keeps, the wire carries and undo inverts. Rows that change alike share one entry, so a status set
on 100,000 keywords is a handful of entries with long id lists, not 100,000 objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from planner_core.entities import Value, Values

T = TypeVar("T")

PART_ROWS = 2_000
"""Rows one mutation may touch: the server holds a scope's lock for one mutation at a time."""

CHILDREN = "children"
"""The group of the question, and of the decision, about rows that a deleted cluster held unseen."""


@dataclass(frozen=True, slots=True)
class Create:
    """New rows of one entity: `common` holds the fields all share, `rows` is [id, *columns values] each."""

    entity: str
    common: Mapping[str, Value]
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Value]]
    keywords: Sequence[str] = ()
    """Only for one idea: its keyword_objects."""

    @property
    def ids(self) -> list[str]:
        """Return the new rows' uids."""
        return [str(row[0]) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Change:
    """Rows of a Set that held `old` and shall hold `new`."""

    old: Values
    new: Values
    ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class Set:
    """Compare-and-set of one group on many rows."""

    entity: str
    group: str
    changes: Sequence[Change]

    @property
    def ids(self) -> list[str]:
        """Return the uids of all rows, entry by entry."""
        return [uid for change in self.changes for uid in change.ids]


@dataclass(frozen=True, slots=True)
class ItemsChange:
    """Adds and removes of one idea's keyword set; both are idempotent and never conflict."""

    entity: str
    id: str
    field: str
    add: Sequence[str] = ()
    remove: Sequence[str] = ()

    @property
    def ids(self) -> list[str]:
        """Return the one row's uid."""
        return [self.id]


@dataclass(frozen=True, slots=True)
class Seen:
    """Rows of a Delete whose protected values the user saw as `values` (group name -> values, his own edits included)."""

    values: Mapping[str, Values]
    ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class Delete:
    """Rows to the trash. `children` lists, per deleted cluster, the rows that were seen in it and lose it."""

    entity: str
    rows: Sequence[Seen]
    children: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def ids(self) -> list[str]:
        """Return the uids of the rows to delete."""
        return [uid for seen in self.rows for uid in seen.ids]


@dataclass(frozen=True, slots=True)
class Restore:
    """Rows out of the trash. `reattach` lists, per cluster, the children its author expects back; the platform goes by its own marks."""

    entity: str
    rows: Sequence[str]
    reattach: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def ids(self) -> list[str]:
        """Return the uids of the rows to restore."""
        return list(self.rows)


@dataclass(frozen=True, slots=True)
class Resolve:
    """A decision on one review item: `value` is chosen against `theirs`, the platform's value as it was shown.

    About refused or parked work `value` names the operations that end, none means all.
    """

    conflict: str
    choice: str
    entity: str
    id: str
    group: str
    value: Values
    theirs: Values

    @property
    def ids(self) -> list[str]:
        """Return the one row's uid."""
        return [self.id]

    @property
    def only_ends(self) -> bool:
        """Whether it ends the question and writes nothing: however often it is carried out, nothing else comes of it."""
        # About a deleted cluster's rows "theirs" is what writes.
        return self.choice == ("mine" if self.group == CHILDREN else "theirs")


Operation = Create | Set | ItemsChange | Delete | Restore | Resolve


def size(operation: Operation) -> int:
    """Return how many rows an operation names: `len(operation.ids)` without making that list."""
    match operation:
        case Create() | Restore():
            return len(operation.rows)
        case Set():
            return sum(len(change.ids) for change in operation.changes)
        case Delete():
            return sum(len(seen.ids) for seen in operation.rows)
        case ItemsChange() | Resolve():
            return 1


def only_ends(operations: Sequence[Operation]) -> bool:
    """Whether operations write nothing (none do not either): who may only read sends them, and none of them is ever too old."""
    return all(isinstance(one, Resolve) and one.only_ends for one in operations)


def split(operation: Operation, part_rows: int = PART_ROWS) -> Iterator[Operation]:
    """Cut an operation into pieces of at most `part_rows` rows, in order; small ones come back as they are."""
    if size(operation) <= part_rows:
        yield operation
        return
    match operation:
        case Create():
            for start in range(0, len(operation.rows), part_rows):
                yield replace(operation, rows=operation.rows[start : start + part_rows])
        case Set():
            for piece in _pack([(change, change.ids) for change in operation.changes], part_rows):
                yield replace(
                    operation,
                    changes=[
                        # Of very many changes nearly all are whole: they are taken as they are.
                        change if len(ids) == len(change.ids) else replace(change, ids=ids)
                        for change, ids in piece
                    ],
                )
        case Delete():
            for part in _pack([(seen, seen.ids) for seen in operation.rows], part_rows):
                kept = {uid for _, ids in part for uid in ids}
                children = {uid: inside for uid, inside in operation.children.items() if uid in kept}
                yield replace(
                    operation, rows=[replace(seen, ids=ids) for seen, ids in part], children=children
                )
        case Restore():
            for start in range(0, len(operation.rows), part_rows):
                rows = operation.rows[start : start + part_rows]
                reattach = {uid: operation.reattach[uid] for uid in rows if uid in operation.reattach}
                yield replace(operation, rows=rows, reattach=reattach)
        case _:
            yield operation


def _pack(entries: Sequence[tuple[T, Sequence[str]]], limit: int) -> Iterator[list[tuple[T, Sequence[str]]]]:
    piece: list[tuple[T, Sequence[str]]] = []
    room = limit
    for entry, ids in entries:
        start = 0
        while start < len(ids):
            taken = ids[start : start + room]
            piece.append((entry, taken))
            start += len(taken)
            room -= len(taken)
            if room == 0:
                yield piece
                piece, room = [], limit
    if piece:
        yield piece
