"""The decisions of a triage, in order, and which of them are still on their way."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from planner_desktop.app.triagequeue import Item
from planner_desktop.screens.triage.clusters import Target

Verb = Literal["assign", "create", "disable", "skip"]
StillOpen = Callable[[Sequence[int]], Collection[int]]
_REMEMBERED = 200
"""More decisions than this are never on their way at once."""


@dataclass(slots=True, eq=False)
class Step:
    """One decision. `action` is known once it is carried out."""

    keys: Item
    verb: Verb
    target: Target | None = None
    action: str = ""
    running: bool = True
    take_back: bool = False


class Steps:
    """Decisions of one session, the latest last."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self.last: Step | None = None
        """What "same as last" repeats."""

    @property
    def latest(self) -> Step | None:
        """Return what "undo" takes back."""
        return self._steps[-1] if self._steps else None

    def add(self, step: Step) -> None:
        """A decision was made."""
        self._steps.append(step)
        self.last = step

    def pop(self) -> Step | None:
        """Take the latest away and return it."""
        return self._steps.pop() if self._steps else None

    def drop(self, step: Step) -> None:
        """A decision came to nothing."""
        if step in self._steps:
            self._steps.remove(step)
        if self.last is step:
            self.last = None

    def drop_running(self) -> None:
        """Everything that is on its way came to nothing."""
        for step in [one for one in self._steps if one.running]:
            self.drop(step)

    @property
    def running(self) -> set[int]:
        """Return the keywords whose decision is on its way."""
        return {key for step in self._steps[-_REMEMBERED:] if step.running for key in step.keys}

    def pending(self, still_open: StillOpen, *, settled: bool) -> set[int]:
        """Return the decided keywords that the columns hold as open yet; `settled`: they know of all that was carried out."""
        steps = [one for one in self._steps[-_REMEMBERED:] if one.running or not settled]
        decided = [key for step in steps if step.verb != "skip" for key in step.keys]
        return set(still_open(decided))

    def forget_undone(self, still_open: StillOpen) -> None:
        """What somebody took back elsewhere is no step to take back here. For columns that know everything."""
        while self._steps and self._steps[-1].verb != "skip":
            step = self._steps[-1]
            if step.running or len(still_open(step.keys)) < len(step.keys):
                return
            self._steps.pop()
