"""Volume that counts a search once, kept ready: rows are grouped off the main thread, and not for every row that comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from planner_desktop.screens.account import Account

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns import Keys, KeywordColumns
    from planner_desktop.columns.derived import Preparation

_REST_MS = 30_000
"""While rows keep coming, they are grouped again after this time at the earliest."""


class DistinctVolume(QObject):
    """Answers at once, with nothing while it does not know."""

    ready = Signal()
    """It knows more than before."""

    def __init__(self, account: Account, parent: QObject) -> None:
        super().__init__(parent)
        self._account = account
        self._running = False
        self._since = QElapsedTimer()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._begin)

    def of(self, keys: Keys) -> int | None:
        """Return the distinct volume of rows, None while it is being found out."""
        columns = self._account.columns
        if columns is None:
            return None
        volume = columns.distinct_volume(keys)
        if volume is None and not self._running and not self._later.isActive():
            rest = _REST_MS - self._since.elapsed() if self._since.isValid() else 0
            self._later.start(max(0, rest))
        return volume

    def _begin(self) -> None:
        columns = self._account.columns
        if columns is None or self._running:
            return
        self._running = True
        number, work = columns.grouping()
        future = self._account.desk.background.submit(work)
        self._account.bridge.watch(
            future, self, lambda found: self._found(columns, number, found), self._failed
        )

    def _found(self, columns: KeywordColumns, number: int, found: Preparation) -> None:
        self._running = False
        self._since.start()
        if columns is self._account.columns and columns.adopt_groups(number, found):
            self.ready.emit()

    def _failed(self, _error: BaseException) -> None:
        # Rows that change while they are looked at may trip the work: the figure comes with a later try.
        self._running = False
        self._since.start()
