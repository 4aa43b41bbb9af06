"""Fill down: the value of the first selected cell into the same column of all other selected rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from planner_core.commands import Command
from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.edits import Edits
from planner_desktop.screens.keywords.asking import Asking
from planner_desktop.screens.keywords.cells import COLUMNS, MARK, cells_of, status_word, tr
from planner_desktop.screens.keywords.changes import plain
from planner_desktop.screens.keywords.editors import CellEditors
from planner_desktop.screens.keywords.grid import KeywordGrid
from planner_desktop.screens.keywords.table import KeywordTable

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns import Keys, KeywordRow


class Filling(QObject):
    """Fills the current column down."""

    def __init__(
        self,
        account: Account,
        edits: Edits,
        table: KeywordTable,
        editors: CellEditors,
        grid: KeywordGrid,
        asking: Asking,
    ) -> None:
        super().__init__(grid)
        self._account = account
        self._edits = edits
        self._table = table
        self._editors = editors
        self._grid = grid
        self._asking = asking

    def fill_down(self) -> None:
        """Fill the selection; a single row takes the value of the row above it."""
        column, keys = self._grid.currentIndex().column(), self._affected()
        columns = self._account.columns
        if keys is None or columns is None or column < 0:
            return
        (source,) = columns.rows(keys[:1])
        if source is None or len(keys) < 2:
            return
        name = COLUMNS[column].name
        if column == MARK or self._editors.editor(source, name) is None:
            said = tr("“{column}” cannot be edited.").format(column=tr(COLUMNS[column].title))
            self._edits.said.emit("info", said if column != MARK else tr("Choose a column to fill first."))
            return
        value, shown = self._value(source, name), cells_of(source)[column].text or tr("none")
        rest = keys[1:]
        facts = [(tr(COLUMNS[column].title), f"→ {shown}")]
        self._asking.then(rest, facts, lambda: self._fill(rest, name, value, shown))

    def _affected(self) -> Keys | None:
        """Return the rows to fill after the one to fill from."""
        keys, chosen = self._table.rows.keys, self._table.selected_keys()
        if chosen is not None and len(chosen) > 1:
            return chosen
        row = self._grid.currentIndex().row()
        return keys[row - 1 : row + 1] if keys is not None and row > 0 else None

    def _value(self, row: KeywordRow, column: str) -> object:
        if column in {"volume", "difficulty"}:
            return row.volume if column == "volume" else row.difficulty
        if column == "status":
            return status_word(row.status)
        return not row.disabled if column == "enabled" else self._editors.cluster_id(row)

    def _fill(self, keys: Keys, column: str, value: object, shown: str) -> None:
        def make(ids: Sequence[str]) -> list[Command]:
            return self._editors.commands(ids, column, value, None)

        rows = words.counted(len(keys), tr("keyword"), tr("keywords"))
        label = tr("Fill “{value}” down {rows}").format(value=shown, rows=rows)
        self._edits.change_keywords(plain(keys), make, label=label, partial=True)
