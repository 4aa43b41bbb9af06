"""Undo as data: the operations that take back what other operations did.

The inverse is an ordinary edit: it is decided, kept, pushed and compared like any other, so it never overwrites what came later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from planner_core.operations import Create, Delete, ItemsChange, Operation, Resolve, Restore, Seen, Set


def invert(operations: Sequence[Operation]) -> list[Operation]:
    """Return the inverses in reverse order. A Resolve has none: deciding again is a decision of its own."""
    inverses = (_inverse(operation) for operation in reversed(operations))
    return [operation for operation in inverses if operation is not None]


def _inverse(operation: Operation) -> Operation | None:
    match operation:
        case Set():
            return replace(
                operation, changes=[replace(one, old=one.new, new=one.old) for one in operation.changes]
            )
        case Create():
            return Delete(operation.entity, [Seen({}, operation.ids)])
        case Delete():
            return Restore(operation.entity, operation.ids, operation.children)
        case Restore():
            return Delete(operation.entity, [Seen({}, operation.ids)], operation.reattach)
        case ItemsChange():
            return replace(operation, add=operation.remove, remove=operation.add)
        case Resolve():
            return None
