"""What each key of a triage does, and the way back.

A decision takes its item away at once; the edit is carried out behind it, in the order of keys. If a rule refuses it, the item is on
top again with the reason.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal

from planner_core.commands import AssignCluster, Command, CreateCluster, SetEnabled
from planner_core.text import tidy
from planner_desktop.app.pace import Pace
from planner_desktop.app.triagebook import TriageBook
from planner_desktop.app.triagequeue import Item
from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.edits import Edits
from planner_desktop.screens.triage.clusters import Target
from planner_desktop.screens.triage.pile import Pile
from planner_desktop.screens.triage.steps import Step, Steps, Verb
from planner_desktop.screens.triage.words import tr
from sync.replica import Outcome


class Session(QObject):
    """One editor's triage of one place. `pile` is what she looks at."""

    refused = Signal(str)
    """Why a decision was not carried out; its item is on top again."""

    def __init__(
        self, account: Account, edits: Edits, parent: QObject, now: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self._account = account
        self._edits = edits
        self._now = now
        self.pace = Pace()
        self.steps = Steps()
        self.pile = Pile(account, edits, self.steps, self)
        edits.failed.connect(self._gave_up)

    def arrive(self) -> None:
        """Somebody looks: go on where it was."""
        self.pace.begin(self._now())
        self.pile.arrive()

    @property
    def is_settled(self) -> bool:
        """Whether nothing is on its way."""
        return self.pile.is_settled and not self.steps.running

    @property
    def left(self) -> int:
        """Return how many keywords are left, those put off included."""
        return self.pile.queue.left

    # ------------------------------------------------------------ decisions

    def assign(self, target: Target) -> None:
        """Put the item into a cluster."""
        step = self._decide("assign", target)
        if step is not None:
            self.pile.learn(step.keys, target)
            self._run(step, lambda ids: [AssignCluster(ids, target.id)])

    def create(self, name: str) -> None:
        """Make a cluster in the item's sector and put the item into it."""
        rows = self.pile.rows_of(self.pile.queue.current[:1])
        sector = self.pile.sector_of(rows[0]) if rows else ""
        if not sector:
            return
        target = Target(self._account.new_uid(), tidy(name), sector)
        step = self._decide("create", target)
        if step is None:
            return
        self.pile.clusters.made(target)
        label = tr("New cluster “{name}” for {rows}").format(
            name=target.name, rows=words.counted(len(step.keys), tr("keyword"), tr("keywords"))
        )
        self._run(
            step,
            lambda ids: [CreateCluster(target.id, sector, target.name), AssignCluster(ids, target.id)],
            label,
        )

    def disable(self) -> None:
        """Switch the item off."""
        step = self._decide("disable")
        if step is not None:
            self._run(step, lambda ids: [SetEnabled("keyword", ids, enabled=False)])

    def skip(self) -> None:
        """Put the item off until everything else is done."""
        keys = self.pile.queue.skip()
        if not keys:
            return
        for key in keys:
            self.pile.skipped.pop(key, None)
            self.pile.skipped[key] = None
        book = self._book
        self.pile.finder.write(lambda reader: book.skip(reader.keyword_uids(keys)))
        self.steps.add(Step(keys, "skip", running=False))
        self.pile.shown.emit()

    def repeat(self) -> None:
        """Do to the item what was done to the one before."""
        last = self.steps.last
        if last is None:
            return
        if last.verb == "skip":
            self.skip()
        elif last.verb == "disable":
            self.disable()
        elif last.target is not None:
            self.assign(last.target)

    def undo(self) -> None:
        """Take the latest decision back, and have its item on top again; without one, take back the latest edit of the profile."""
        step = self.steps.pop()
        if step is None:
            self._edits.undo()
            return
        if step.verb == "skip":
            self._unskip(step.keys)
        else:
            self.pace.note(self._now(), -len(step.keys))
            if step.target is not None and step.verb == "create":
                self.pile.clusters.unmade(step.target)
            if step.running:
                step.take_back = True
            elif step.action:
                self._take_back(step)
        self.pile.queue.put_back(step.keys)
        self.pile.shown.emit()

    # ------------------------------------------------------------ carrying out

    @property
    def _book(self) -> TriageBook:
        return self._account.planner.triage.book

    def _decide(self, verb: Verb, target: Target | None = None) -> Step | None:
        keys = self.pile.queue.decide()
        if not keys:
            return None
        self.pace.note(self._now(), len(keys))
        step = Step(keys, verb, target)
        self.steps.add(step)
        if target is not None:
            self.pile.clusters.used(target)
        return step

    def _run(
        self, step: Step, make: Callable[[Sequence[str]], Sequence[Command]], label: str | None = None
    ) -> None:
        self._edits.change_keywords(
            step.keys,
            make,
            refused=partial(self._refused, step),
            done=partial(self._did, step),
            label=label,
            quiet=True,
        )
        self.pile.shown.emit()

    def _did(self, step: Step, outcome: Outcome) -> None:
        step.running, step.action = False, outcome.action or ""
        if step.take_back:
            if step.action:
                self._take_back(step)
            return
        book, target = self._book, step.target
        if target is not None:
            self.pile.finder.write(lambda _reader: book.used(target.id))
        if any(key in self.pile.skipped for key in step.keys):
            self._unskip(step.keys)

    def _refused(self, step: Step, outcome: Outcome) -> None:
        step.running = False
        self.steps.drop(step)
        if step.target is not None and step.verb == "create":
            self.pile.clusters.unmade(step.target)
        if not step.take_back:
            self.pace.note(self._now(), -len(step.keys))
            self.pile.queue.put_back(step.keys)
        self.pile.shown.emit()
        self.refused.emit(outcome.refused[0].message)
        if len(step.keys) > 1:
            # Says which rows, and offers to change the others.
            self._edits.refused.emit(outcome)

    def _take_back(self, step: Step) -> None:
        self._edits.carry(lambda replica: replica.undo(step.action), "quiet")

    def _unskip(self, keys: Item) -> None:
        for key in keys:
            self.pile.skipped.pop(key, None)
        book = self._book
        self.pile.finder.write(lambda reader: book.unskip(reader.keyword_uids(keys)))

    def _gave_up(self, _error: object) -> None:
        self.steps.drop_running()
        self.pile.catch_up()
