"""Looking for later steps in the way of an action, off the window's thread and off the one that answers its other questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from planner_desktop.screens.account import Account

if TYPE_CHECKING:  # the replica comes after the first paint
    from sync.replica import LaterStep


class LookForLater(QObject):
    """One look at a time, with a reader of its own: a million rows against a million take seconds. Only the last wish counts."""

    found = Signal(str, object, object)
    """The action, the later steps in its way, and those whose changes go with its rows: two lists."""

    def __init__(self, account: Account, parent: QObject) -> None:
        super().__init__(parent)
        self._account = account
        self._wish = ""
        self._running = False

    @property
    def is_busy(self) -> bool:
        """Whether a look is under way."""
        return self._running

    def look(self, action: str) -> None:
        """Look for the later steps of an action, after the look under way."""
        self._wish = action
        self._next()

    def _next(self) -> None:
        if self._running or not self._wish or not self._account.is_open:
            return
        action, self._wish = self._wish, ""
        self._running = True
        store = self._account.planner.store

        def work() -> tuple[list[LaterStep], list[LaterStep]]:
            with store.reading() as reader:
                return reader.in_the_way(action), reader.gone_with(action)

        def ended(steps: tuple[list[LaterStep], list[LaterStep]]) -> None:
            self._running = False
            self.found.emit(action, *steps)
            self._next()

        def failed(error: BaseException) -> None:
            self._running = False
            self._account.troubled.emit(error)

        self._account.bridge.watch(self._account.desk.background.submit(work), self, ended, failed)
