"""Who gave a keyword a figure of its own, and when, as far as the replica knows: said in the cell's tooltip once it is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QToolTip

from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.keywords.cells import COLUMNS, tr
from planner_desktop.screens.keywords.grid import KeywordGrid
from planner_desktop.screens.keywords.rows import KeywordRows

if TYPE_CHECKING:  # the replica comes after the first paint
    from sync.replica import Reader, RowLog

_TOOLTIP = int(Qt.ItemDataRole.ToolTipRole)
_LOOKED_AT = 50
"""Steps of a row that are looked through."""


class Origins(QObject):
    """Looks a row's figure up when its tooltip is asked for, and shows the tooltip again with what it found."""

    def __init__(self, account: Account, rows: KeywordRows, grid: KeywordGrid) -> None:
        super().__init__(grid)
        self._account = account
        self._rows = rows
        self._grid = grid
        rows.origin_wanted.connect(self._ask)

    def _ask(self, key: int, column: int) -> None:
        account = self._account
        if not account.is_open:
            return

        def question(reader: Reader) -> RowLog | None:
            uids = reader.keyword_uids([key])
            return reader.row_log(uids[0], _LOOKED_AT) if uids else None

        account.bridge.watch(
            account.reading.ask(question),
            self,
            lambda log: self._found(key, column, log),
            account.troubled.emit,
        )

    def _found(self, key: int, column: int, log: RowLog | None) -> None:
        self._rows.show_origin(key, column, _said(log, f"{COLUMNS[column].name}_override"))
        place = self._grid.viewport().mapFromGlobal(QCursor.pos())
        index = self._grid.indexAt(place)
        if not QToolTip.isVisible() or self._rows.row_key(index.row()) != key or index.column() != column:
            return
        text = self._rows.data(index, _TOOLTIP)
        if isinstance(text, str):
            QToolTip.showText(QCursor.pos(), text, self._grid.viewport())


def _said(log: RowLog | None, field: str) -> str:
    """Return who wrote a field last and when, "" where that is not known."""
    for event in log.events if log is not None else ():
        if not event.undone and any(change.field == field for change in event.changes):
            return tr("{who}, {when}").format(who=event.by or tr("you"), when=words.moment(event.at))
    return ""
