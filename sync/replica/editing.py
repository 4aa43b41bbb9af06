"""Edits: decide, carry out, keep as an action. Each function runs within the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from planner_core.commands import AddKeywordsFromSeeds, Command
from planner_core.decision import Refused
from planner_core.operations import Change, Create, Delete, Operation, Resolve, Restore, Set
from planner_core.rules import check, decide
from sync.errors import NotFound
from sync.replica import review
from sync.replica.bodies import decode, only, row_ids, without_references
from sync.replica.effects import Effects
from sync.replica.facts import SqliteFacts
from sync.replica.hooks import INSIDE_EDIT
from sync.replica.outbox import MutationRow, Outbox, Part
from sync.replica.overlay import Overlay, refresh_review_marks
from sync.replica.records import Choice
from sync.replica.store import ChangeLog, Store, json_list
from sync.replica.undoing import inverse_of


@dataclass(slots=True)
class Tally:
    """What an edit amounts to."""

    action: str | None = None
    label: str = ""
    changed: int = 0
    unchanged: int = 0
    skipped: int = 0
    refused: list[Refused] = field(default_factory=list)


class Nothing(Exception):
    """Nothing is to be written: the transaction is rolled back and the tally answered."""

    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self.tally = tally


class Editing:
    """The user's side of the replica."""

    def __init__(self, store: Store, outbox: Outbox, log: ChangeLog) -> None:
        self._store = store
        self._outbox = outbox
        self._log = log
        self._facts = SqliteFacts(store)

    # ------------------------------------------------------------------ run

    def run(self, commands: Sequence[Command], label: str | None, *, partial: bool) -> Tally:
        """Carry out commands in order as one action. Raises Nothing if there is nothing to do or a refusal stops all."""
        tally = Tally(label=label or "")
        done: list[tuple[int, Operation]] = []
        effects = Effects(self._store, self._log)
        for command in commands:
            decision = decide(self._under_aliases(command, effects), self._facts)
            tally.refused += decision.refused
            tally.unchanged += decision.unchanged
            tally.label = tally.label or decision.label
            for operation in decision.operations:
                whole = self._with_children(operation)
                done += self._do(whole, effects)
        tally.changed = sum(len(operation.ids) for _, operation in done)
        if not done or (tally.refused and not partial):
            raise Nothing(replace(tally, changed=0))
        self._store.reach(INSIDE_EDIT)
        tally.action = self._outbox.begin(tally.label, "user")
        self._outbox.append(tally.action, self._outbox.cut(done), self._log)
        self._return_members(operation for _, operation in done)
        return tally

    def _do(self, operation: Operation, effects: Effects) -> list[tuple[int, Operation]]:
        pieces = self._outbox.scoped(operation)
        for scope, piece in pieces:
            effects.apply(piece, scope)
        if isinstance(operation, Set):
            self._close_conflicts(operation)
        return pieces

    def _close_conflicts(self, operation: Set) -> None:
        """Whoever writes a field again has decided it."""
        if not self._store.value("SELECT 1 FROM review WHERE state = 'open' AND kind = 'conflict' LIMIT 1"):
            return
        if review.close_for_rows(self._store, operation.entity, operation.group, operation.ids):
            refresh_review_marks(self._store, self._log, operation.entity, operation.ids)
            self._log.note("review")

    def _with_children(self, operation: Operation) -> Operation:
        """Name the rows that a cluster's deletion puts out, or that its restoring takes back in where still unassigned."""
        if isinstance(operation, Delete) and operation.entity == "cluster":
            return replace(operation, children={uid: self._members(uid) for uid in operation.ids})
        if not isinstance(operation, Restore) or operation.entity != "cluster" or operation.reattach:
            return operation
        rows = self._store.all(
            "SELECT uid, detached FROM cluster WHERE detached IS NOT NULL AND uid IN (SELECT value FROM json_each(?))",
            json_list(operation.rows),
        )
        self._store.run(
            "UPDATE cluster SET detached = NULL WHERE uid IN (SELECT value FROM json_each(?))",
            json_list(operation.rows),
        )
        return replace(operation, reattach={uid: json.loads(inside) for uid, inside in rows})

    def _members(self, cluster: str) -> list[str]:
        """Return the rows in a cluster, those in the trash too: they leave it like the others."""
        keywords = self._store.all(
            "SELECT w.uid FROM keyword_hot h JOIN keyword w ON w.k = h.k"
            " WHERE h.cluster = (SELECT k FROM cluster WHERE uid = ?) AND h.deleted < 2 ORDER BY h.k",
            cluster,
        )
        ideas = self._store.all("SELECT uid FROM idea WHERE cluster = ? AND deleted < 2 ORDER BY k", cluster)
        return [uid for (uid,) in (*keywords, *ideas)]

    def _return_members(self, operations: Iterable[Operation]) -> None:
        """Rows the platform put into a cluster while its deletion waited are in it again once it is restored."""
        restored = [one for one in operations if isinstance(one, Restore) and one.entity == "cluster"]
        if not restored:
            return
        overlay = Overlay(self._store, self._log)
        overlay.touch(row_ids(restored))
        overlay.touch_members(uid for one in restored for uid in one.rows)
        overlay.recompute()

    def _under_aliases(self, command: Command, effects: Effects) -> Command:
        """Name merged rows by the uid they are kept under; ids of rows to be made stay."""
        if isinstance(command, AddKeywordsFromSeeds) or not effects.any_alias:
            return command
        changes: dict[str, Any] = {}
        for one in fields(command):
            value = getattr(command, one.name)
            if isinstance(value, str):
                changes[one.name] = effects.alias(value)
            elif isinstance(value, (list, tuple)):
                changes[one.name] = effects.aliased(value)
            elif isinstance(value, Mapping):
                changes[one.name] = {
                    name: effects.alias(text) if isinstance(text, str) else text
                    for name, text in value.items()
                }
        return replace(command, **changes)

    # ------------------------------------------------------------------ undo

    def latest_undoable(self) -> str:
        """Return the action that undo takes back by default."""
        found = self._store.value(
            "SELECT id FROM action WHERE origin IN ('user', 'redo') AND undone_by IS NULL AND EXISTS"
            " (SELECT 1 FROM mutation m WHERE m.action = action.id AND m.state NOT IN ('cancelled', 'refused')) ORDER BY n DESC LIMIT 1"
        )
        if found is None:
            raise NotFound(
                "nothing_to_undo",
                "There is nothing to undo.",
                "Only edits made on this computer can be undone.",
            )
        return str(found)

    def latest_redoable(self) -> str:
        """Return the undo that redo takes back: the latest one, if no edit came after it."""
        row = self._store.one(
            "SELECT id, origin FROM action WHERE undone_by IS NULL AND origin <> 'resolve' ORDER BY n DESC LIMIT 1"
        )
        if row is None or row[1] != "undo":
            raise NotFound(
                "nothing_to_redo",
                "There is nothing to redo.",
                "Redo takes back an undo as long as nothing was edited after it.",
            )
        return str(row[0])

    def take_back(self, action: str, origin: str) -> Tally:
        """Undo an action (or, with origin redo, an undo) where its values still stand."""
        row = self._store.one("SELECT label, undone_by, undoes FROM action WHERE id = ?", action)
        if row is None:
            raise NotFound(
                "unknown_action",
                f"There is no action {action} in the history.",
                "See `planner history` for the ids.",
            )
        label, undone_by, undoes = row
        if undone_by is not None:
            raise NotFound(
                "already_undone", f"“{label}” was undone already.", "Redo it, or undo another action."
            )
        if origin == "redo":
            label = self._store.value("SELECT label FROM action WHERE id = ?", undoes) or label
        text = f"Undo: {label}" if origin == "undo" else f"Redo: {label.removeprefix('Redo: ')}"
        tally = self._inverse(self._outbox.of_action(action), text, origin, action)
        # An action of which nothing stands any more counts as undone, too: the next undo goes on to the one before.
        self._store.run("UPDATE action SET undone_by = ? WHERE id = ?", tally.action or action, action)
        self._log.note("history")
        return tally

    def _inverse(self, mutations: Sequence[MutationRow], label: str, origin: str, undoes: str) -> Tally:
        tally = Tally(label=label)
        effects = Effects(self._store, self._log)
        parts: list[Part] = []
        merged = frozenset(uid for (uid,) in self._store.all("SELECT old FROM alias"))
        for mutation in reversed(mutations):
            if mutation.void or mutation.state in ("cancelled", "refused", "parked"):
                self._discard_questions(mutation)
                continue
            operations: list[Operation] = []
            for operation in reversed(decode(mutation.body).operations):
                inverse = inverse_of(operation, self._facts, merged)
                tally.skipped += inverse.skipped
                if inverse.operation is not None:
                    whole = self._with_children(inverse.operation)
                    effects.apply(whole, mutation.scope)
                    operations.append(whole)
            operations += self._end_conflicts(mutation)
            if operations:
                parts.append(Part(mutation.scope, operations, undo_of=mutation.op_id))
        tally.changed = sum(len(operation.ids) for part in parts for operation in part.operations)
        if parts:
            tally.action = self._outbox.begin(label, origin, undoes=undoes)
            self._outbox.append(tally.action, parts, self._log)
            self._return_members(operation for part in parts for operation in part.operations)
        return tally

    def _end_conflicts(self, mutation: MutationRow) -> list[Operation]:
        """An undone row that still waits for a decision takes the platform's value."""
        ends: list[Operation] = []
        rows = self._store.all(
            "SELECT id FROM review WHERE state = 'open' AND kind = 'conflict' AND instr(ops, ?) > 0",
            mutation.op_id,
        )
        for (uid,) in rows:
            item = review.load_item(self._store, uid)
            if item is not None:
                ends.append(_decision(item, "theirs"))
                self._close(item, "theirs")
        return ends

    def _discard_questions(self, mutation: MutationRow) -> None:
        for (uid,) in self._store.all(
            "SELECT id FROM review WHERE state = 'open' AND instr(ops, ?) > 0", mutation.op_id
        ):
            item = review.load_item(self._store, uid)
            if item is not None:
                self._close(item, "theirs")

    # ------------------------------------------------------------------ cancel

    def cancel(self, action: str) -> Tally:
        """Discard what was not sent; take back by an inverse what may be on its way."""
        mutations = self._outbox.of_action(action)
        unsent = [one for one in mutations if one.state == "waiting" and not one.void]
        leaving = [one for one in mutations if one.state == "sending" and not one.void]
        if not unsent and not leaving:
            raise NotFound(
                "nothing_to_discard",
                f"Nothing of the action {action} waits to be sent.",
                "Undo it instead: planner undo ID",
            )
        tally = Tally(
            action=action, label=str(self._store.value("SELECT label FROM action WHERE id = ?", action))
        )
        if leaving:
            tally = self._take_back_leaving(leaving, tally)
        overlay = Overlay(self._store, self._log)
        gone: set[str] = set()
        for mutation in reversed(unsent):
            operations = decode(mutation.body).operations
            overlay.touch(row_ids(operations))
            gone |= {
                uid for operation in operations if isinstance(operation, Create) for uid in operation.ids
            }
            self._outbox.void(mutation)
            tally.changed += sum(len(operation.ids) for operation in operations)
        if gone:
            self._trim_dependents(min(one.id for one in unsent), frozenset(gone), overlay)
        overlay.recompute()
        self._log.note("history", "pending")
        return tally

    def _take_back_leaving(self, leaving: Sequence[MutationRow], tally: Tally) -> Tally:
        taken = self._inverse(leaving, f"Undo: {tally.label}", "undo", str(tally.action))
        return replace(tally, changed=taken.changed, skipped=taken.skipped)

    def _trim_dependents(self, first: int, gone: frozenset[str], overlay: Overlay) -> None:
        for mutation in self._outbox.waiting_after(first):
            operations = decode(mutation.body).operations
            kept = [piece for one in operations if (piece := without_references(one, gone)) is not None]
            if list(operations) != kept:
                overlay.touch(row_ids(operations))
                self._outbox.void(mutation, kept)

    # ------------------------------------------------------------------ decide review items

    def resolve(self, review_ids: Sequence[str], choice: Choice) -> Tally:
        """Decide items, each by itself; all of them become one action."""
        items = [self._open_item(uid) for uid in dict.fromkeys(review_ids)]
        tally = Tally(
            label=f"Keep {'mine' if choice == 'mine' else 'theirs'} for {len(items)} review item{'s' * (len(items) != 1)}"
        )
        effects = Effects(self._store, self._log)
        parts: list[Part] = []
        for item in items:
            if item.kind == "conflict":
                operation: Operation = _decision(item, choice)
                effects.apply(operation, item.scope)
                parts.append(Part(item.scope, [operation]))
            elif choice == "mine":
                parts += self._again(item, effects, tally)
            self._close(item, choice)
            tally.changed += len(item.ids)
        if parts:
            tally.action = self._outbox.begin(tally.label, "resolve")
            self._outbox.append(tally.action, _joined(parts), self._log)
        return tally

    def _open_item(self, uid: str) -> review.Item:
        item = review.load_item(self._store, uid)
        if item is None or item.state != "open":
            raise NotFound(
                "unknown_review_item",
                f"There is no open review item {uid}.",
                "See `planner review list` for the ids.",
            )
        return item

    def _close(self, item: review.Item, choice: str) -> None:
        review.close(self._store, item.id, choice)
        refresh_review_marks(self._store, self._log, item.entity, item.ids)
        self._log.note("review")

    def _again(self, item: review.Item, effects: Effects, tally: Tally) -> list[Part]:
        """Refused work is sent again as new work: compared against what is there now, under a new op id."""
        parts: list[Part] = []
        wanted = set(item.ids)
        for op_id in item.ops:
            mutation = self._outbox.by_op(op_id)
            for operation in decode(mutation.body).operations if mutation else ():
                piece = only(operation, wanted.__contains__)
                if isinstance(piece, Set):
                    piece = self._against_now(piece)
                if piece is None:
                    continue
                allowed, refused = check(piece, self._facts)
                tally.refused += refused
                if allowed is not None:
                    effects.apply(allowed, item.scope)
                    parts.append(Part(item.scope, [allowed], supersedes=[op_id]))
        return parts

    def _against_now(self, operation: Set) -> Set | None:
        changes = [
            Change(alike.current, change.new, alike.ids)
            for change in operation.changes
            for alike in self._facts.alike(operation.entity, change.ids, operation.group)
            if not alike.deleted and alike.current != change.new
        ]
        return replace(operation, changes=changes) if changes else None


def _decision(item: review.Item, choice: Choice) -> Resolve:
    value = item.mine if choice == "mine" else item.theirs
    return Resolve(item.id, choice, item.entity, item.ids[0], item.group, value or (), item.theirs or ())


def _joined(parts: Sequence[Part]) -> list[Part]:
    """Put decisions of one scope that supersede nothing into common mutations of at most 2,000."""
    joined: list[Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        fits = last is not None and last.scope == part.scope and not last.supersedes and not part.supersedes
        if last is not None and fits and len(last.operations) < 2_000:
            joined[-1] = Part(part.scope, [*last.operations, *part.operations])
        else:
            joined.append(part)
    return joined
