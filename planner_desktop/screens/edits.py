"""Every change a person makes in this window: rows into commands, commands to the writer, the outcome back to whoever asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from planner_core.commands import Command
from planner_desktop.screens.account import Account
from sync.replica import Outcome

if TYPE_CHECKING:  # the replica comes after the first paint
    from sync.replica import Replica

Make = Callable[[Sequence[str]], Sequence[Command]]
"""From the ids of rows to commands."""
LARGE = 1_000
"""Above so many rows the replica says "many" instead of naming them; the window remembers them itself."""


@dataclass(frozen=True, slots=True)
class Done:
    """An edit that went through."""

    outcome: Outcome
    verb: str = ""
    """"undo", "redo", "anew" (rows made again), "quiet" (whoever asked shows it) or nothing."""
    note: str = ""
    """What else there is to say of it, behind its label."""


class Edits(QObject):
    """Runs edits in the order they were asked for. Nothing here waits: outcomes come as signals and callbacks."""

    done = Signal(object)
    """A Done, after the commit."""
    refused = Signal(object)
    """An Outcome of which nothing was written, where nobody else shows it."""
    failed = Signal(object)
    """An exception."""
    said = Signal(str, str)
    """(kind of toast, sentence) for the person who asked for an edit that did not come to one."""
    busy_changed = Signal()

    def __init__(self, account: Account, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._account = account
        self._running = 0
        self._keys_of_action: dict[str, Sequence[int]] = {}
        self._kept_back: tuple[Outcome, Callable[[], None], int] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether an edit is under way."""
        return self._running > 0

    def others_of(self, outcome: Outcome) -> tuple[Callable[[], None], int] | None:
        """Return what carries a refused edit out for the rows that no rule keeps, and how many they are; None if none are left.

        Only the latest refused edit is remembered.
        """
        if self._kept_back is None or self._kept_back[0] is not outcome:
            return None
        return self._kept_back[1:] if self._kept_back[2] > 0 else None

    def change_keywords(
        self,
        keys: Sequence[int],
        make: Make,
        *,
        refused: Callable[[Outcome], None] | None = None,
        done: Callable[[Outcome], None] | None = None,
        partial: bool = False,
        label: str | None = None,
        quiet: bool = False,
    ) -> None:
        """Change keywords given by row key. `refused` is told when rules keep all of them as they are, else `done`.

        `quiet`: whoever asked shows what came of it, and how to take it back.
        """
        work = self._remembering(
            keys, lambda replica: replica.run_on_keywords(keys, make, label=label, partial=partial)
        )

        def again() -> None:
            self.change_keywords(keys, make, partial=True, label=label)

        others = None if partial else (again, len(keys))
        verb = "quiet" if quiet else ""
        self._watch(work, refused=refused, done=done, keys=keys, again=others, verb=verb)

    def run(
        self,
        commands: Sequence[Command],
        *,
        refused: Callable[[Outcome], None] | None = None,
        partial: bool = False,
        label: str | None = None,
        rows: int = 0,
    ) -> None:
        """Carry out commands as one action. `rows` is how many they are about: of a refusal the others are offered then."""

        def again() -> None:
            self.run(commands, partial=True, label=label)

        self._watch(
            lambda replica: replica.run(commands, label=label, partial=partial),
            refused=refused,
            again=None if partial else (again, rows),
        )

    def carry(self, work: Callable[[Replica], Outcome], verb: str = "") -> None:
        """Carry out what is no command: a decision in Review, a discarded action."""
        self._watch(work, verb=verb)

    def undo(self) -> None:
        """Take back the latest edit."""
        step = self._account.standing.undo
        if step is not None:
            self._step_back(step.id, lambda replica: replica.undo(), "undo")

    def redo(self) -> None:
        """Do again what was undone last."""
        step = self._account.standing.redo
        if step is not None:
            self._step_back(step.id, lambda replica: replica.redo(), "redo")

    def _step_back(self, action: str, work: Callable[[Replica], Outcome], verb: str) -> None:
        keys = self._keys_of_action.get(action, ())
        self._watch(self._remembering(keys, work), verb=verb, keys=keys)

    def _remembering(
        self, keys: Sequence[int], work: Callable[[Replica], Outcome]
    ) -> Callable[[Replica], Outcome]:
        """Return the work that also notes its rows under its commit, before the commit is announced."""

        def noted(replica: Replica) -> Outcome:
            outcome = work(replica)
            if outcome.change is not None and len(keys) > LARGE:
                self._account.remember_edit(outcome.change.commit, keys)
            return outcome

        return noted

    def _watch(
        self,
        work: Callable[[Replica], Outcome],
        *,
        refused: Callable[[Outcome], None] | None = None,
        done: Callable[[Outcome], None] | None = None,
        keys: Sequence[int] = (),
        verb: str = "",
        again: tuple[Callable[[], None], int] | None = None,
    ) -> None:
        """Queue an edit for the writer, which carries edits out in the order they were asked for."""
        future = self._account.planner.store.writer.submit(work)
        self._count(1)

        def ended(outcome: Outcome) -> None:
            self._count(-1)
            if outcome.action is None and outcome.refused:
                kept = sum(len(one.ids) for one in outcome.refused)
                self._kept_back = (outcome, again[0], again[1] - kept) if again is not None else None
                (refused or self.refused.emit)(outcome)
                return
            if outcome.action is not None and len(keys) > LARGE:
                self._keys_of_action[outcome.action] = keys
            if done is not None:
                done(outcome)
            self.done.emit(Done(outcome, verb))

        def broke(error: BaseException) -> None:
            self._count(-1)
            self.failed.emit(error)

        self._account.bridge.watch(future, self, ended, broke)

    def _count(self, step: int) -> None:
        self._running += step
        self.busy_changed.emit()
