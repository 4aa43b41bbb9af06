"""Toasts: what an edit did, why it did not, and what a sync brought."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtWidgets import QWidget

from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.edits import Done, Edits
from planner_desktop.screens.refusals import Refusals
from planner_desktop.widgets.theme import Theme
from planner_desktop.widgets.toast import ToastStack
from sync.errors import NotFound, PlannerError
from sync.replica import Outcome


def tr(text: str) -> str:
    return QCoreApplication.translate("Feedback", text)


class Feedback(QObject):
    """Listens and says. Single edits are seen in their cell and need no toast."""

    review_requested = Signal()

    def __init__(
        self, account: Account, edits: Edits, toasts: ToastStack, theme: Theme, window: QWidget
    ) -> None:
        super().__init__(window)
        self._account = account
        self._edits = edits
        self._toasts = toasts
        self._refusals = Refusals(account, edits, theme, window)
        edits.done.connect(self._done)
        edits.refused.connect(self._refused)
        edits.failed.connect(self.say_error)
        edits.said.connect(toasts.show)
        account.bridge.reported.connect(self._reported)

    def say_error(self, error: BaseException) -> None:
        """Say what went wrong and what helps."""
        if isinstance(error, NotFound):
            self._toasts.show("info", error.message)
        elif isinstance(error, PlannerError):
            self._toasts.show("error", f"{error.message} {error.remedy}".strip())
        else:
            self._toasts.show("error", tr("A fault of the program: {error}").format(error=error))

    def _done(self, done: Done) -> None:
        outcome = done.outcome
        if outcome.refused:
            kept = words.counted(
                _rows(outcome), tr("row was kept as it is"), tr("rows were kept as they are")
            )
            text = f"{outcome.label}. {kept}: {outcome.refused[0].message}"
            self._toasts.show("warning", text, tr("Show…"), lambda: self._show(outcome))
            return
        if outcome.action is None:
            if outcome.unchanged or outcome.skipped:
                self._toasts.show("info", self._nothing(outcome))
            return
        if done.verb == "quiet":
            return
        if done.verb == "undo":
            said = outcome.label + _skipped(outcome) + done.note
            self._toasts.show("done", said, tr("Redo"), self._edits.redo)
        elif done.verb in ("redo", "anew") or outcome.changed > 1:
            self._toasts.show("done", outcome.label + _skipped(outcome), tr("Undo"), self._edits.undo)

    def _nothing(self, outcome: Outcome) -> str:
        if outcome.skipped == 1:
            return tr("Nothing to take back: the row was changed since.")
        if outcome.skipped:
            return tr("Nothing to take back: all {n} rows were changed since.").format(
                n=words.number(outcome.skipped)
            )
        if outcome.unchanged == 1:
            return tr("It is like that already.")
        return tr("All {n} rows are like that already.").format(n=words.number(outcome.unchanged))

    def _refused(self, outcome: Outcome) -> None:
        count = _rows(outcome)
        more = tr(" ({n} rows)").format(n=words.number(count)) if count > 1 else ""
        text = f"{outcome.refused[0].message}{more}"
        if count > 1 or self._edits.others_of(outcome) is not None:
            said = tr("Nothing was changed. {why}").format(why=text)
            self._toasts.show("error", said, tr("Show…"), lambda: self._show(outcome))
        else:
            self._toasts.show("error", text)

    def _show(self, outcome: Outcome) -> None:
        self._refusals.show(outcome)

    def _reported(self, report: object) -> None:
        conflicts, refused = getattr(report, "conflicts", 0), getattr(report, "refused", 0)
        open_review = self.review_requested.emit
        if conflicts:
            text = words.counted(conflicts, tr("conflict waits for you"), tr("conflicts wait for you"))
            self._toasts.show("warning", text, tr("Open"), open_review)
        if refused:
            text = tr("{n} refused. Kept in Review.").format(
                n=words.counted(refused, tr("change"), tr("changes"))
            )
            self._toasts.show("error", text, tr("Open"), open_review)


def _rows(outcome: Outcome) -> int:
    return sum(max(1, len(one.ids)) for one in outcome.refused)


def _skipped(outcome: Outcome) -> str:
    if not outcome.skipped:
        return ""
    return tr(" ({n} changed since were left alone)").format(n=words.number(outcome.skipped))
