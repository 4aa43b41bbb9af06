"""Commands: decide, carry out, keep as an action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from planner_core.commands import AddKeywordsFromSeeds, AssignClusters, Command, SetOverrides
from planner_core.operations import Operation, Set, size
from planner_core.rules import decide
from sync.replica import review
from sync.replica.access import is_read_only, read_only
from sync.replica.aliases import Aliases
from sync.replica.desk import Desk, Nothing, Tally
from sync.replica.effects import Effects
from sync.replica.hooks import INSIDE_EDIT
from sync.replica.membership import return_members, with_children
from sync.replica.overlay import refresh_review_marks


class Editing:
    """The user's edits."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def run(self, commands: Sequence[Command], label: str | None, *, partial: bool) -> Tally:
        """Carry out commands in order as one action. Raises Nothing if there is nothing to do or a refusal stops all."""
        tally = Tally(label=label or "")
        done: list[tuple[int, Operation]] = []
        effects = Effects(self._desk.store, self._desk.log)
        for command in commands:
            decision = decide(_under_aliases(command, effects.aliases), self._desk.facts)
            tally.refused += decision.refused
            tally.unchanged += decision.unchanged
            tally.label = tally.label or decision.label
            for operation in decision.operations:
                whole = with_children(self._desk.store, operation)
                done += self._do(whole, effects, tally)
        tally.changed = sum(size(operation) for _, operation in done)
        if not done or (tally.refused and not partial):
            raise Nothing(replace(tally, changed=0))
        self._desk.store.reach(INSIDE_EDIT)
        tally.action = self._desk.outbox.begin(tally.label, "user")
        self._desk.outbox.append(tally.action, self._desk.outbox.cut(done), self._desk.log)
        return_members(self._desk.store, self._desk.log, (operation for _, operation in done))
        return tally

    def _do(self, operation: Operation, effects: Effects, tally: Tally) -> list[tuple[int, Operation]]:
        pieces: list[tuple[int, Operation]] = []
        for scope, piece in self._desk.outbox.scoped(operation):
            if is_read_only(self._desk.store, scope):
                tally.refused.append(read_only(piece.ids))
                continue
            effects.apply(piece, scope)
            pieces.append((scope, piece))
            if isinstance(piece, Set):
                self._close_conflicts(piece)
        return pieces

    def _close_conflicts(self, operation: Set) -> None:
        """Whoever writes a field again has decided it."""
        if not self._desk.store.value(
            "SELECT 1 FROM review WHERE state = 'open' AND kind = 'conflict' LIMIT 1"
        ):
            return
        if review.close_for_rows(self._desk.store, operation.entity, operation.group, operation.ids):
            refresh_review_marks(self._desk.store, self._desk.log, operation.entity, operation.ids)
            self._desk.log.note("review")


def _under_aliases(command: Command, aliases: Aliases) -> Command:
    """Name merged rows by the uid they are kept under; ids of rows to be made stay."""
    if isinstance(command, AddKeywordsFromSeeds) or not aliases:
        return command
    match command:
        case SetOverrides():
            return replace(command, values={aliases.one(uid): value for uid, value in command.values.items()})
        case AssignClusters():
            placed = command.clusters.items()
            return replace(
                command, clusters={aliases.one(uid): home and aliases.one(home) for uid, home in placed}
            )
    changes: dict[str, Any] = {}
    for one in fields(command):
        value = getattr(command, one.name)
        if isinstance(value, str):
            changes[one.name] = aliases.one(value)
        elif isinstance(value, (list, tuple)):
            changes[one.name] = aliases.all(value)
        elif isinstance(value, Mapping):
            changes[one.name] = {
                name: aliases.one(text) if isinstance(text, str) else text for name, text in value.items()
            }
    return replace(command, **changes)
