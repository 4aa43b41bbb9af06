"""Undo, redo and the discarding of what was not sent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from planner_core.operations import Create, Operation, Set, size
from sync.errors import NotFound
from sync.replica import review
from sync.replica.access import is_read_only, read_only
from sync.replica.bodies import decode, row_ids, without_references
from sync.replica.closing import close_item, decision, let_go
from sync.replica.desk import Desk, Nothing, Tally
from sync.replica.effects import Effects
from sync.replica.inverse import carried_out, inverse_of, under_aliases
from sync.replica.membership import return_members, with_children
from sync.replica.outbox import MutationRow, Part
from sync.replica.overlay import Overlay
from sync.replica.rebasing import rebase, refusals
from sync.replica.reopening import reopen
from sync.replica.undoing_many import take_back_together

_NOT_DISCARDED = (
    "SELECT 1 FROM mutation m WHERE m.action = action.id AND m.void = 0 AND m.state <> 'cancelled'"
)
_TAKEN_BACK = (
    "SELECT u.undo_of FROM mutation u JOIN action a ON a.id = u.action WHERE a.undoes = ? AND a.undone_by IS NULL"
    " AND u.undo_of IS NOT NULL AND u.void = 0 AND u.state <> 'cancelled'"
)
"""What of an action was taken back by itself, when the rest of it was answered already."""


class Undoing:
    """Takes back actions of this profile."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def undo(self, action: str | None) -> Tally:
        """Take back an action where its values still stand; None means the latest that can be. Raises NotFound."""
        return self._take_back(action or self._latest_undoable(), "undo")

    def undo_all(self, actions: Sequence[str]) -> Tally:
        """Take back several actions, one after the other in this order, each as an undo of its own. Raises NotFound."""
        total = Tally()
        for action in actions:
            tally = self._take_back(action, "undo")
            total = replace(
                tally,
                action=tally.action or total.action,
                changed=total.changed + tally.changed,
                skipped=tally.skipped,
            )
        return total

    def redo(self, action: str | None = None) -> Tally:
        """Do an undone action again where nothing came after; None: the latest undo, if nothing was edited since. Raises NotFound."""
        return self._take_back(self._undo_of(action) if action else self._latest_redoable(), "redo")

    def _undo_of(self, action: str) -> str:
        """Return the undo that stands for an action that was undone; an undo may be named itself."""
        row = self._desk.store.one("SELECT label, origin, undone_by FROM action WHERE id = ?", action)
        if row is not None and (row[1] == "undo" or row[2] is None):
            if row[1] == "undo":
                return action
            raise NotFound("not_undone", f"“{row[0]}” was not undone.", "Only what was undone can be redone.")
        if row is not None and row[2] == action:
            raise NotFound(
                "nothing_to_redo",
                f"Undoing “{row[0]}” took nothing back, so there is nothing to redo.",
                "See: planner history",
            )
        return action if row is None else str(row[2])

    def _latest_undoable(self) -> str:
        """Return the action that undo takes back by default."""
        found = self._desk.store.value(
            "SELECT id FROM action WHERE origin IN ('user', 'redo') AND undone_by IS NULL AND EXISTS"
            f" ({_NOT_DISCARDED} AND m.state <> 'refused') ORDER BY n DESC LIMIT 1"
        )
        if found is None:
            raise NotFound(
                "nothing_to_undo",
                "There is nothing to undo.",
                "Only edits made on this computer can be undone.",
            )
        return str(found)

    def _latest_redoable(self) -> str:
        """Return the undo that redo takes back: the latest one, if no edit came after it. Redone steps are no edits, nor is what was discarded."""
        row = self._desk.store.one(
            "SELECT id, origin FROM action WHERE undone_by IS NULL AND origin NOT IN ('resolve', 'redo')"
            f" AND EXISTS ({_NOT_DISCARDED}) ORDER BY n DESC LIMIT 1"
        )
        if row is None or row[1] != "undo":
            raise NotFound(
                "nothing_to_redo",
                "There is nothing to redo.",
                "Redo takes back an undo as long as nothing was edited after it.",
            )
        return str(row[0])

    def _take_back(self, action: str, origin: str) -> Tally:
        """Undo an action (or, with origin redo, an undo) where its values still stand."""
        row = self._desk.store.one("SELECT label, undone_by FROM action WHERE id = ?", action)
        if row is None:
            raise NotFound(
                "unknown_action",
                f"There is no action {action} in the history.",
                "See `planner history` for the ids.",
            )
        label, undone_by = row
        if undone_by is not None:
            raise NotFound(
                "already_undone", f"“{label}” was undone already.", "Redo it, or undo another action."
            )
        text = self._named(action, origin)
        back = {op_id for (op_id,) in self._desk.store.all(_TAKEN_BACK, action)}
        mutations = [one for one in self._desk.outbox.of_action(action) if one.op_id not in back]
        if any(is_read_only(self._desk.store, scope) for scope in {one.scope for one in mutations}):
            # What was not sent yet can be discarded all the same: that writes nothing on the platform.
            raise Nothing(Tally(label=text, refused=[read_only([])]))
        return self._undone(mutations, text, origin, action)

    def _named(self, action: str, origin: str) -> str:
        """Return how the taking back of an action is called."""
        label, undone = self._desk.store.one(
            "SELECT a.label, u.label FROM action a LEFT JOIN action u ON u.id = a.undoes WHERE a.id = ?",
            action,
        )
        return f"Undo: {label}" if origin == "undo" else f"Redo: {(undone or label).removeprefix('Redo: ')}"

    def _undone(self, mutations: Sequence[MutationRow], label: str, origin: str, action: str) -> Tally:
        tally = self._inverse(mutations, label, origin, action)
        # An action of which nothing stands any more counts as undone, too: the next undo goes on to the one before.
        self._desk.store.run(
            "UPDATE action SET undone_by = ? WHERE id = ? AND undone_by IS NULL",
            tally.action or action,
            action,
        )
        self._desk.log.note("history")
        return tally

    def _inverse(self, mutations: Sequence[MutationRow], label: str, origin: str, undoes: str) -> Tally:
        tally = Tally(label=label)
        effects = Effects(self._desk.store, self._desk.log)
        parts: list[Part] = []
        told: list[Part] = []
        merged = frozenset(uid for (uid,) in self._desk.store.all("SELECT old FROM alias"))
        together = take_back_together(self._desk, mutations, effects)
        tally.skipped = 0 if together is None else together.skipped
        for mutation in reversed(mutations):
            if mutation.void or mutation.state in ("cancelled", "refused", "parked"):
                ends = self._discard_questions(mutation)
                if ends:
                    told.append(Part(mutation.scope, ends))
                continue
            if together is None:
                operations = self._take_back_one(mutation, effects, merged, tally)
            else:
                operations = [together.operations[mutation.id]] if mutation.id in together.operations else []
            operations += self._end_conflicts(mutation)
            # Rows that were refused or lack something are let go with the rest.
            operations += self._discard_questions(mutation)
            if operations:
                parts.append(Part(mutation.scope, operations, undo_of=mutation.op_id))
        tally.changed = sum(size(operation) for part in parts for operation in part.operations)
        if parts or told:
            tally.action = self._desk.outbox.begin(label, origin, undoes=undoes)
            self._desk.outbox.append(tally.action, [*parts, *told], self._desk.log)
            return_members(
                self._desk.store,
                self._desk.log,
                (operation for part in parts for operation in part.operations),
            )
        return tally

    def _take_back_one(
        self, mutation: MutationRow, effects: Effects, merged: frozenset[str], tally: Tally
    ) -> list[Operation]:
        """Write the inverses of a mutation's operations and return them; rows left alone are counted."""
        operations: list[Operation] = []
        results = self._results(mutation)
        for as_made in reversed(decode(mutation.body).operations):
            whole_operation = under_aliases(as_made, effects.aliases)
            operation = carried_out(whole_operation, results)
            tally.skipped += size(whole_operation) - (size(operation) if operation else 0)
            if operation is None:
                continue
            inverse = inverse_of(operation, self._desk.facts, merged)
            tally.skipped += inverse.skipped
            if inverse.operation is not None:
                whole = with_children(self._desk.store, inverse.operation)
                effects.apply(whole, mutation.scope)
                operations.append(whole)
        return operations

    def _results(self, mutation: MutationRow) -> list[dict[str, Any]]:
        found = self._desk.store.value("SELECT results FROM mutation WHERE id = ?", mutation.id)
        return list(json.loads(found or "[]"))

    def _end_conflicts(self, mutation: MutationRow) -> list[Operation]:
        """An undone row that still waits for a decision takes the platform's value, unless that is about another edit's value by now."""
        ends: list[Operation] = []
        rows = self._desk.store.all(
            "SELECT id FROM review WHERE state = 'open' AND kind = 'conflict' AND instr(ops, ?) > 0",
            mutation.op_id,
        )
        for (uid,) in rows:
            item = review.load_item(self._desk.store, uid)
            if item is not None and _holds(item, mutation):
                ends.append(decision(item, "theirs"))
                close_item(self._desk, item, "theirs")
        return ends

    def _discard_questions(self, mutation: MutationRow) -> list[Operation]:
        """Close what is asked about work that was not carried out; the platform is told of what it asks itself.

        A question that speaks of other work, too, stays open for that.
        """
        ends = let_go(self._desk, mutation.op_id, lambda _item, _uid: True)
        for (uid,) in self._desk.store.all(
            "SELECT id FROM review WHERE state = 'open' AND instr(ops, ?) > 0", mutation.op_id
        ):
            item = review.load_item(self._desk.store, uid)
            if item is not None and _holds(item, mutation):
                close_item(self._desk, item, "theirs")
        return list(ends)

    def cancel(self, action: str) -> Tally:
        """Discard what was not sent; take back by an inverse what may be on its way."""
        mutations = self._desk.outbox.of_action(action)
        unsent = [one for one in mutations if one.state == "waiting" and not one.void]
        leaving = [one for one in mutations if one.state == "sending" and not one.void]
        if not unsent and not leaving:
            raise NotFound(
                "nothing_to_discard",
                f"Nothing of the action {action} waits to be sent.",
                "Undo it instead: planner undo ID",
            )
        tally = Tally(
            action=action, label=str(self._desk.store.value("SELECT label FROM action WHERE id = ?", action))
        )
        if leaving:
            tally = self._take_back_leaving(leaving, tally)
        overlay = Overlay(self._desk.store, self._desk.log)
        gone: set[str] = set()
        for mutation in reversed(unsent):
            operations = decode(mutation.body).operations
            overlay.touch(row_ids(operations))
            gone |= {
                uid for operation in operations if isinstance(operation, Create) for uid in operation.ids
            }
            self._desk.outbox.void(mutation)
            reopen(self._desk, mutation, operations)
            built_on = refusals(operations, None)
            rebase(self._desk.store, self._desk.outbox, mutation.scope, built_on, after=mutation.seq or 0)
            tally.changed += sum(len(operation.ids) for operation in operations)
        if not leaving:
            # A discarded undo took nothing back: what it was of can be undone again.
            self._desk.store.run(
                "UPDATE action SET undone_by = NULL WHERE undone_by = ? AND id <> ?", action, action
            )
        if gone:
            self._trim_dependents(min(one.id for one in unsent), frozenset(gone), overlay)
        overlay.recompute()
        self._desk.log.note("history", "pending")
        return tally

    def _take_back_leaving(self, leaving: Sequence[MutationRow], tally: Tally) -> Tally:
        """Undo what may be on its way; what that was is done again. It counts as undone: what the platform refuses of it asks nothing."""
        action = str(tally.action)
        is_undo = self._desk.store.value("SELECT origin FROM action WHERE id = ?", action) == "undo"
        origin = "redo" if is_undo else "undo"
        label = self._named(action, origin)
        answered = [
            one
            for one in self._desk.outbox.of_action(action)
            if one.state in ("applied", "partly") and not one.void
        ]
        if answered:
            # That stands, and can be undone; `Undone` knows each of the others by what takes it back.
            taken = self._inverse(leaving, label, origin, action)
        else:
            taken = self._undone(leaving, label, origin, action)
        return replace(tally, changed=taken.changed, skipped=taken.skipped)

    def _trim_dependents(self, first: int, gone: frozenset[str], overlay: Overlay) -> None:
        for mutation in self._desk.outbox.waiting_after(first):
            operations = decode(mutation.body).operations
            kept = [piece for one in operations if (piece := without_references(one, gone)) is not None]
            if list(operations) != kept:
                overlay.touch(row_ids(operations))
                self._desk.outbox.void(mutation, kept)
                reopen(self._desk, mutation, operations)


def _holds(item: review.Item, mutation: MutationRow) -> bool:
    """Whether a question is about what a mutation wanted: one that later edits joined, of any machine, holds the last one's value."""
    if item.mine is None or set(item.ops) <= {mutation.op_id}:
        return True
    wanted = [
        tuple(change.new)
        for operation in decode(mutation.body).operations
        if isinstance(operation, Set) and (operation.entity, operation.group) == (item.entity, item.group)
        for change in operation.changes
        if item.ids[0] in change.ids
    ]
    return not wanted or tuple(item.mine) in wanted
