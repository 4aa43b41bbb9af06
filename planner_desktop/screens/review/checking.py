"""The panel of the page: how things stand, and what the platform would say."""

from __future__ import annotations

import time
from collections.abc import Mapping

from PySide6.QtCore import QObject

from planner_desktop.screens.account import Account
from planner_desktop.screens.review.items import tr
from planner_desktop.screens.review.panel import PostPanel, verdict_of
from planner_desktop.widgets.buttons import Button
from sync.errors import PlannerError


class Checking(QObject):
    """Asks for dry runs and shows their verdicts in the panel."""

    def __init__(self, account: Account, panel: PostPanel, button: Button, parent: QObject) -> None:
        super().__init__(parent)
        self._account = account
        self._panel = panel
        self._button = button
        button.clicked.connect(self.check)
        panel.check_requested.connect(self.check)
        account.sync_changed.connect(self.show_state)
        account.standing_changed.connect(self.show_state)

    def check(self) -> None:
        """Ask the platform what it would say; nothing is written, here or there."""
        live = self._account.desk.live
        if live is None or not self._account.is_open or not self._account.counts.waiting_rows:
            return
        self._panel.show_checking()
        self._button.setEnabled(False)
        future = self._account.desk.background.submit(live.dry_run)
        self._account.bridge.watch(future, self, self._checked, self._unchecked)

    def show_state(self) -> None:
        """Show how things stand."""
        account, entry = self._account, self._account.entry
        counts, status = account.counts, account.status
        offline = status is not None and status.state in {"offline", "backoff", "sign_in", "blocked"}
        who = tr("as {email}").format(email=entry.email) if entry is not None else ""
        asks = counts.conflicts + counts.refused
        self._panel.show_state(waiting=counts.waiting_rows, asks=asks, who=who, offline=offline)
        self._button.setEnabled(counts.waiting_rows > 0)

    def _checked(self, found: Mapping[str, object]) -> None:
        self._button.setEnabled(True)
        self._panel.show_verdict(verdict_of(found, time.time_ns() // 1_000_000))

    def _unchecked(self, error: BaseException) -> None:
        self._button.setEnabled(True)
        if isinstance(error, PlannerError):
            self._panel.show_trouble(f"{error.message} {error.remedy}".strip())
        else:
            self._panel.show_trouble(tr("A fault of the program: {error}").format(error=repr(error)))
