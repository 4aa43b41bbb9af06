"""Answers on work that its author took back before they came: what was not carried out needs no decision any more.

Neither does what the taking back asks about the same rows: there was nothing to take back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from planner_core.entities import ENTITIES
from planner_core.operations import Resolve, Set, only_ends
from sync.replica import review
from sync.replica.bodies import decode
from sync.replica.closing import let_go
from sync.replica.codes import DONE, INFORMATION
from sync.replica.desk import Desk
from sync.replica.outbox import MutationRow, Part

_STANDING = (
    "SELECT m.undo_of, a.origin, CASE"
    # An undo that was discarded while it waited took nothing back.
    " WHEN a.undone_by = a.id OR EXISTS (SELECT 1 FROM mutation u WHERE u.action = a.undone_by AND u.void = 0 AND u.state <> 'cancelled')"
    " THEN a.undone_by"
    # Of an action that was answered in part, what was on its way can have been taken back alone.
    " ELSE (SELECT x.id FROM action x JOIN mutation u ON u.action = x.id WHERE x.undoes = a.id AND x.undone_by IS NULL"
    " AND u.undo_of = m.op_id AND u.void = 0 AND u.state <> 'cancelled' LIMIT 1) END"
    " FROM mutation m JOIN action a ON a.id = m.action WHERE m.id = ?"
)
_WITHOUT_EFFECT = frozenset({"refused", "parked"})
_WHOLE = "deleted"
"""Stands for the being there of a row among its groups."""


class Undone:
    """Settles the questions of work that was taken back, within the transaction that keeps its verdicts."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def settle(self, mutation: MutationRow) -> None:
        """End what is asked about a mutation that was just answered, if it was taken back or takes back what had no effect."""
        if only_ends(decode(mutation.body).operations):
            # Ending it would be sent as the same again, to be answered like this one, without end.
            return
        undo_of, origin, undone_by = self._desk.store.one(_STANDING, mutation.id)
        if undone_by is not None:
            self._tell(mutation, undone_by, let_go(self._desk, mutation.op_id, lambda _item, _uid: True))
        elif undo_of is not None and origin == "undo":
            # Doing again is work of its own: what is asked about it stays.
            former = self._latest_form(undo_of)
            if former is not None:
                ends = let_go(self._desk, mutation.op_id, self._had_no_effect(former, mutation))
                self._tell(mutation, mutation.action, ends)

    def _tell(self, mutation: MutationRow, action: str, ends: list[Resolve]) -> None:
        if ends:
            self._desk.outbox.append(action, [Part(mutation.scope, ends)], self._desk.log)

    def _latest_form(self, op_id: str) -> MutationRow | None:
        """Return an operation's mutation; where that was replaced, the one that took its place."""
        former = self._desk.outbox.by_op(op_id)
        while former is not None and former.state == "cancelled":
            successor = self._desk.store.value(
                "SELECT op_id FROM mutation WHERE scope = ? AND instr(supersedes, ?) > 0 LIMIT 1",
                former.scope,
                former.op_id,
            )
            former = self._desk.outbox.by_op(successor) if successor is not None else None
        return former

    def _had_no_effect(self, former: MutationRow, undo: MutationRow) -> Callable[[review.Item, str], bool]:
        """Return whether what an item asks about a row was left alone by the work that was taken back."""
        untouched: dict[tuple[str, str], set[str]] = {}
        for entity, uid, group in self._left_alone(former):
            untouched.setdefault((entity, uid), set()).add(group)
        wanted: dict[tuple[str, str], set[str]] = {}
        for operation in decode(undo.body).operations:
            group = operation.group if isinstance(operation, Set) else _WHOLE
            for uid in operation.ids:
                wanted.setdefault((operation.entity, uid), set()).add(group)

        def had_no_effect(item: review.Item, uid: str) -> bool:
            alone = untouched.get((item.entity, uid), ())
            # What is asked about a row as a whole is about everything that its taking back wanted of the row.
            asked = {item.group} if item.group else wanted.get((item.entity, uid), set())
            return bool(asked) and all(
                any(_meet(item.entity, one, group) for group in alone) for one in asked
            )

        return had_no_effect

    def _left_alone(self, former: MutationRow) -> Iterator[tuple[str, str, str]]:
        """Yield (entity, uid, group or field; "" for all) of what an answered mutation did not write."""
        if former.state in _WITHOUT_EFFECT:
            for operation in decode(former.body).operations:
                yield from ((operation.entity, uid, "") for uid in operation.ids)
            return
        results = self._desk.store.value("SELECT results FROM mutation WHERE id = ?", former.id)
        for row in json.loads(results or "[]"):
            if row["code"] not in DONE | INFORMATION:
                yield from ((row.get("e", ""), uid, row.get("group", "")) for uid in row.get("ids", ()))


def _meet(entity: str, one: str, other: str) -> bool:
    """Whether two results speak of the same fields: a rule names a field, everything else a group, some neither."""
    if not one or not other or one == other:
        return True
    if _WHOLE in (one, other):
        return False
    groups = [{name} | set(_fields(entity, name)) for name in (one, other)]
    return bool(groups[0] & groups[1])


def _fields(entity: str, group: str) -> tuple[str, ...]:
    found = [known.fields for known in ENTITIES[entity].groups if known.name == group]
    return found[0] if found else ()
