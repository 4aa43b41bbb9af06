"""Tells in the window's bars how things stand: what waits, what undo would take back, and what a click on it leads to."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton

from planner_desktop.screens import words
from planner_desktop.screens.menus import tr
from planner_desktop.screens.standing import Step
from planner_desktop.screens.syncwords import line_of
from sync.errors import SignInNeeded

if TYPE_CHECKING:
    from planner_desktop.screens.frame import MainWindow


class Telling(QObject):
    """Keeps status bar, menus and rail of a window up to date."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._began_with = 0

    def tell(self) -> None:
        """Show what waits, what asks, and what undo and redo would do."""
        window = self._window
        standing = window.account.standing
        self.tell_sync()
        counts = standing.counts
        window.bar.set_undo(standing.undo.label if standing.undo is not None else "")
        _show_step(window.menus["undo"], window.top.undo, tr("Undo"), tr("Nothing to undo"), standing.undo)
        _show_step(window.menus["redo"], window.top.redo, tr("Redo"), tr("Nothing to redo"), standing.redo)
        needs = counts.conflicts + counts.refused
        if needs:
            is_refused = counts.refused > counts.aside and not counts.conflicts
            window.rail.set_count("review", words.number(needs), "error" if is_refused else "conflict")
        else:
            window.rail.set_count("review", words.number(counts.waiting_rows) if counts.waiting_rows else "")

    def tell_sync(self) -> None:
        """Show where syncing stands."""
        account = self._window.account
        counts, status = account.counts, account.status
        if status is None or status.state != "syncing":
            self._began_with = 0
        else:
            self._began_with = max(self._began_with, counts.waiting_rows)
        now = time.time_ns() // 1_000_000
        line = line_of(
            status,
            counts,
            account.fault,
            began_with=self._began_with,
            now_ms=now,
            copy_trouble=account.copy_trouble,
        )
        self._window.bar.show_sync(line)

    def tell_rows(self) -> None:
        """Show how many keywords there are."""
        window = self._window
        window.rail.set_count(
            "keywords", words.brief(window.keywords.table.total) if window.account.columns else ""
        )

    def tell_new(self, count: int) -> None:
        """Show how many new keywords wait for a triage."""
        self._window.rail.set_count("triage", words.brief(count) if count else "")

    def follow_up(self) -> None:
        """Do what the words in the status bar lead to: sign in, decide, go on, look at what waits, or sync."""
        window = self._window
        account, status, fault = window.account, window.account.status, window.account.fault
        state, code = (status.state, status.code) if status is not None else ("", "")
        if isinstance(fault, SignInNeeded) or (fault is None and state == "sign_in"):
            window.commands.sign_in()
        elif code == "mass_delete":
            window.commands.removals.ask()
        elif code == "paused":
            window.commands.safekeeping.resume()
        elif account.copy_trouble and not (account.counts.conflicts or account.counts.refused):
            window.say_copy_trouble(account.copy_trouble)
        elif account.counts.conflicts or account.counts.refused or account.counts.waiting_rows:
            window.show_page("review")
        else:
            account.start_sync()


def _show_step(action: QAction, button: QAbstractButton, word: str, nothing: str, step: Step | None) -> None:
    """Name at an action and its button what it would take back or do again."""
    text = f"{word}: {step.label}" if step is not None else word
    action.setText(text.replace("&", "&&"))
    action.setEnabled(step is not None)
    button.setEnabled(step is not None)
    button.setToolTip(text if step is not None else nothing)


def copy_trouble(reason: str) -> str:
    """Return why the second copy of what waits cannot be written, and what helps."""
    text = tr(
        "Your unsent changes are saved, but their second copy is not ({reason}). "
        "Free some space, or let this program write there."
    )
    return text.format(reason=reason)


def compared(*, equal: bool) -> str:
    """Return what a comparison with the platform came to."""
    if equal:
        return tr("Equal with the platform: every row was compared.")
    return tr("Not compared: something waits, or the platform has moved on. Sync first.")
