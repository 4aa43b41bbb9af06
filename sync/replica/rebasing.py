"""Later work on a value that was refused: it is compared with what stood before, or it would conflict with nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from planner_core.entities import ENTITIES, Values
from planner_core.operations import Change, Operation, Set
from sync.replica.bodies import decode
from sync.replica.outbox import MutationRow, Outbox
from sync.replica.store import Store


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row's group that was to become `new` and stays `old`."""

    old: Values
    new: Values


Refusals = Mapping[tuple[str, str, str], Refusal]
"""(entity, group, uid) -> what was refused there."""


def refusals(operations: Sequence[Operation], rows: Sequence[tuple[str, Sequence[str]]] | None) -> Refusals:
    """Return what of an operation's sets was refused: the rows listed as (group or field, uids), or all of them for None."""
    found: dict[tuple[str, str, str], Refusal] = {}
    for operation in operations:
        if not isinstance(operation, Set):
            continue
        names = {operation.group, *ENTITIES[operation.entity].group(operation.group).fields, ""}
        listed = None if rows is None else {uid for group, ids in rows if group in names for uid in ids}
        for change in operation.changes:
            for uid in change.ids:
                if listed is None or uid in listed:
                    key = (operation.entity, operation.group, uid)
                    # Set twice by one mutation: the first old value stays, the last new one was built upon.
                    found[key] = Refusal(found[key].old if key in found else change.old, change.new)
    return found


def rebase(store: Store, outbox: Outbox, scope: int, refused: Refusals, *, after: int = 0) -> None:
    """Give unsent work of a scope that was made on refused values what stood before them to be compared with.

    Only what follows the number `after`, and of that the first change of each row's group: the next ones are built upon it.
    """
    if not refused:
        return
    open_ends = dict(refused)
    waiting = store.all(
        "SELECT id FROM mutation WHERE scope = ? AND state = 'waiting' AND void = 0 AND seq > ? ORDER BY seq",
        scope,
        after,
    )
    for (number,) in waiting:
        mutation: MutationRow = outbox.by_id(number)
        operations = decode(mutation.body).operations
        rebased = [_rebased(operation, open_ends) for operation in operations]
        if list(operations) != rebased:
            outbox.void(mutation, rebased)


def _rebased(operation: Operation, open_ends: dict[tuple[str, str, str], Refusal]) -> Operation:
    if not isinstance(operation, Set):
        return operation
    changes = [piece for change in operation.changes for piece in _pieces(operation, change, open_ends)]
    for uid in operation.ids:
        open_ends.pop((operation.entity, operation.group, uid), None)
    return operation if changes == list(operation.changes) else replace(operation, changes=changes)


def _pieces(operation: Set, change: Change, refused: Refusals) -> Iterator[Change]:
    """Yield a change cut by what its rows are to be compared with."""
    by_old: dict[Values, list[str]] = {}
    for uid in change.ids:
        one = refused.get((operation.entity, operation.group, uid))
        old = one.old if one is not None and tuple(one.new) == tuple(change.old) else change.old
        by_old.setdefault(tuple(old), []).append(uid)
    if set(by_old) == {tuple(change.old)}:
        yield change
        return
    for old, ids in by_old.items():
        yield replace(change, old=old, ids=ids)
