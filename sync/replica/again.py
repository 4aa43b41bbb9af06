"""Work that the platform did not take, sent once more: compared against what is there now, under a new op id.

An item is sent as a whole or not at all: what the rules keep back is answered as refusals, and the item stays open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from planner_core.decision import Refused
from planner_core.entities import ENTITIES
from planner_core.operations import Change, Create, Delete, ItemsChange, Operation, Resolve, Restore, Set
from planner_core.rules import check
from planner_core.rules.deletion import seen_as
from planner_core.rules.uniqueness import creation_trouble, restore_trouble
from sync.replica.bodies import decode, only
from sync.replica.closing import answered_again
from sync.replica.desk import Desk
from sync.replica.effects import Effects
from sync.replica.membership import with_children
from sync.replica.outbox import MutationRow, Part
from sync.replica.review import Item, sent_again
from sync.replica.store import Store

UNSEEN_CHILDREN = "unseen_children"


class KeptBack(Exception):
    """The rules keep an item's work back."""

    def __init__(self, refused: Sequence[Refused]) -> None:
        super().__init__()
        self.refused = list(refused)


@contextmanager
def _whole(store: Store) -> Iterator[None]:
    """Take everything inside back if it is kept back."""
    store.run("SAVEPOINT item")
    try:
        yield
    except KeptBack:
        store.run("ROLLBACK TO item")
        raise
    finally:
        store.run("RELEASE item")


class Again:
    """Makes new work of an item's."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._effects = Effects(desk.store, desk.log)
        found = desk.store.all(
            "SELECT j.value FROM mutation m, json_each(m.supersedes) j WHERE m.supersedes <> '[]'"
        )
        self._sent_again = {op_id for (op_id,) in found}

    def own(self, item: Item) -> list[MutationRow]:
        """Return the item's work that lies on this machine and was not sent again yet."""
        found = (self._desk.outbox.by_op(op_id) for op_id in item.ops if op_id not in self._sent_again)
        return [mutation for mutation in found if mutation is not None]

    def mine(self, item: Item) -> list[Part]:
        """Carry the item's work out anew; nothing is left to do where the rows are as wanted. Raises KeptBack, nothing done then."""
        parts: list[Part] = []
        with _whole(self._desk.store):
            for mutation in self.own(item):
                pieces = self._refused(item, mutation)
                done = [
                    new
                    for piece in pieces
                    for one in self._wanted(piece)
                    for new in self._do(one, item.scope)
                ]
                if done:
                    # What was carried out in part stays as it is; after a restore it is sent again for that part. And what other items
                    # ask about the same mutation would end with it, if this stood in its place.
                    is_whole = mutation.state in ("refused", "parked") and pieces == _asking(mutation)
                    if is_whole:
                        sent_again(self._desk.store, mutation.op_id)
                    parts.append(Part(item.scope, done, supersedes=[mutation.op_id] if is_whole else ()))
        return parts

    def deletion(self, item: Item) -> list[Operation]:
        """Delete the item's live rows as they are shown now: a decision on what was shown, not on what somebody writes meanwhile."""
        known = self._desk.facts.references(item.entity, item.ids)
        live = [uid for uid in item.ids if uid in known and not known[uid].deleted]
        if not live:
            return []
        return self._do(Delete(item.entity, seen_as(self._desk.facts, item.entity, live)), item.scope)

    def _refused(self, item: Item, mutation: MutationRow) -> list[Operation]:
        """Return the pieces of one of the item's mutations that it speaks of."""
        pieces = (only(one, set(item.ids).__contains__) for one in decode(mutation.body).operations)
        return [piece for piece in pieces if piece is not None and speaks_of(item.group, piece)]

    def _wanted(self, operation: Operation) -> Iterator[Operation]:
        """Yield what brings about now what the operation wanted; rows in the trash come out of it first."""
        match operation:
            case Set() | ItemsChange():
                dead = self._in_trash(operation.entity, operation.ids)
                if dead:
                    yield self._restored(operation.entity, dead, {})
                yield from (self._against_now(operation) if isinstance(operation, Set) else iter([operation]))
            case Delete():
                dead = self._in_trash(operation.entity, operation.ids)
                live = [uid for uid in operation.ids if uid not in dead]
                if live:
                    yield replace(operation, rows=seen_as(self._desk.facts, operation.entity, live))
            case Restore():
                dead = self._in_trash(operation.entity, operation.rows)
                if dead:
                    yield self._restored(operation.entity, dead, operation.reattach)
            case Create():
                if trouble := creation_trouble(self._desk.facts, operation):
                    raise KeptBack(trouble)
                yield operation
            case _:
                yield operation

    def _in_trash(self, entity: str, ids: Sequence[str]) -> list[str]:
        known = self._desk.facts.references(entity, ids)
        missing = [uid for uid in ids if uid not in known]
        if missing:
            message = f"The {entity} is not here any more, so nothing can be written to it."
            raise KeptBack([Refused("unknown_row", message, missing)])
        return [uid for uid in ids if known[uid].deleted]

    def _restored(self, entity: str, ids: Sequence[str], reattach: Mapping[str, Sequence[str]]) -> Restore:
        trouble = [] if entity == "idea" else restore_trouble(self._desk.facts, entity, ids)
        if trouble:
            raise KeptBack(trouble)
        return Restore(entity, ids, {uid: inside for uid, inside in reattach.items() if uid in ids})

    def _against_now(self, operation: Set) -> Iterator[Set]:
        changes = [
            Change(alike.current, change.new, alike.ids)
            for change in operation.changes
            for alike in self._desk.facts.alike(operation.entity, change.ids, operation.group)
            if alike.current != change.new
        ]
        if changes:
            yield replace(operation, changes=changes)

    def _do(self, operation: Operation, scope: int) -> list[Operation]:
        allowed, refused = check(operation, self._desk.facts)
        if refused or allowed is None:
            raise KeptBack(refused)
        whole = with_children(self._desk.store, allowed)
        self._effects.apply(whole, scope)
        if isinstance(whole, Resolve):
            # An answer that was not taken goes out once more: its question, open again since, is answered.
            answered_again(self._desk, whole)
        return [whole]


def _asking(mutation: MutationRow) -> list[Operation]:
    """Return what a mutation wanted of any row."""
    pieces = (only(one, lambda _uid: True) for one in decode(mutation.body).operations)
    return [piece for piece in pieces if piece is not None]


def speaks_of(group: str, operation: Operation) -> bool:
    """Whether an item of this group is about an operation: a rule's refusal names a field, everything else the group, or nothing."""
    if not isinstance(operation, Set) or not group:
        return True
    return group in {operation.group, *ENTITIES[operation.entity].group(operation.group).fields}
