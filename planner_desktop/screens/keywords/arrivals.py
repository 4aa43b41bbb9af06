"""Tells the grid's columns what came from the platform since when, while a query asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from planner_core.query import FieldTerm
from planner_desktop.app.arrivals import arrived
from planner_desktop.screens.account import Account
from planner_desktop.screens.follower import RowsChanged
from planner_desktop.screens.keywords.table import KeywordTable

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns.telling import Changed

SINCE_AWAY = "changed:>last-sync"


class ArrivalsTold(QObject):
    """Asks for it beside the window, once a question and again after each change of others."""

    def __init__(self, account: Account, table: KeywordTable, parent: QObject) -> None:
        super().__init__(parent)
        self._account = account
        self._table = table
        self._told_to: object = None
        self.is_busy = False
        table.shown.connect(self._tell)
        account.rows_changed.connect(self._rows_changed)
        account.sync_changed.connect(self._sync_changed)

    def _asks(self) -> bool:
        return any(
            isinstance(term, FieldTerm) and term.field == "changed" for term in self._table.query.terms
        )

    def _rows_changed(self, change: RowsChanged) -> None:
        if not change.by_user:
            self._told_to = None
            self._tell()

    def _sync_changed(self) -> None:
        status = self._account.status
        if status is not None and status.state == "idle":
            self._told_to = None

    def _tell(self) -> None:
        account, columns = self._account, self._account.columns
        known = columns is None or columns is self._told_to
        if known or self.is_busy or not account.is_open or not self._asks():
            return
        self.is_busy = True
        account.bridge.watch(account.reading.ask(arrived), self, self._tell_now, self._broke)

    def _tell_now(self, found: Changed) -> None:
        self.is_busy = False
        columns = self._account.columns
        if columns is None:
            return
        self._told_to = columns
        found.tell(columns)
        self._table.look(keep=True)

    def _broke(self, error: BaseException) -> None:
        self.is_busy = False
        self._account.troubled.emit(error)
