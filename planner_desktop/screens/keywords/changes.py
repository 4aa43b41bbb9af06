"""What a person does to rows of the grid: one cell, or everything that is selected."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from planner_core.commands import Command, DeleteRows
from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.edits import Edits
from planner_desktop.screens.keywords.asking import CONFIRM_ABOVE, Asking, sample_of
from planner_desktop.screens.keywords.cells import COLUMNS, DIFFICULTY, PLACE, VOLUME, tr
from planner_desktop.screens.keywords.editors import CellEditors
from planner_desktop.screens.keywords.grid import KeywordGrid
from planner_desktop.screens.keywords.inspector import Wish
from planner_desktop.screens.keywords.table import KeywordTable
from planner_desktop.widgets.dialogs import Question, confirm
from planner_desktop.widgets.roles import NewName
from planner_desktop.widgets.theme import Theme
from sync.replica import Outcome

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns import Keys


class RowChanges(QObject):
    """Turns cells and selections into edits."""

    def __init__(
        self, account: Account, edits: Edits, table: KeywordTable, editors: CellEditors, grid: KeywordGrid
    ) -> None:
        super().__init__(grid)
        self._account = account
        self._edits = edits
        self._table = table
        self._editors = editors
        self._grid = grid
        self.asking: Asking | None = None

    # ------------------------------------------------------------ one cell

    def edit_cell(self, key: int, column: str, value: object) -> None:
        """Put a value into one cell; a rule that refuses it says so at the cell."""
        row = self._table.rows.keyword(self._table.rows.row_of(key))
        sector = row.sector if row is not None else None
        self._edits.change_keywords(
            [key],
            lambda ids: self._editors.commands(ids, column, value, sector),
            refused=lambda outcome: self._refused_at(key, column, value, outcome),
            label=_new_cluster_label(value, 1),
        )

    def _refused_at(self, key: int, column: str, value: object, outcome: Outcome) -> None:
        """Say at the cell why a value was not taken; what was typed stands in the editor again, to be mended."""
        row, place = self._table.rows.row_of(key), PLACE[column]
        if row < 0:
            self._edits.refused.emit(outcome)
            return
        self._grid.go_to(row, place)
        typed = value.text if isinstance(value, NewName) else value
        if isinstance(typed, int | str) and self._grid.editing.open(self._table.rows.index(row, place)):
            self._grid.type_over(str(typed))
        self._grid.show_message(row, place, outcome.refused[0].message)

    # ------------------------------------------------------------ the selection

    def change_selected(self, wishes: Sequence[Wish]) -> None:
        """Change all selected rows as one action, very many of them after a question."""
        keys = self._table.selected_keys()
        shares = self._table.shares(keys) if keys is not None else None
        if keys is None or shares is None:
            return
        home = shares.sectors[0] if len(shares.sectors) == 1 else None
        # The cluster is set before the status: assigning alone would take the status along.
        ordered = sorted(wishes, key=lambda wish: wish.column != "cluster")

        def make(ids: Sequence[str]) -> list[Command]:
            return [
                command
                for wish in ordered
                for command in self._editors.commands(ids, wish.column, wish.value, home)
            ]

        label = next(
            (found for found in (_new_cluster_label(w.value, len(keys)) for w in ordered) if found), None
        )

        def run() -> None:
            self._edits.change_keywords(plain(keys), make, label=label)

        if self.asking is None:
            run()
        else:
            self.asking.then(keys, [(wish.label, f"→ {wish.words}") for wish in ordered], run)

    def toggle_enabled(self) -> None:
        """Switch the selected rows off, or on where all are off."""
        keys = self._table.selected_keys()
        shares = self._table.shares(keys) if keys is not None else None
        if shares is not None:
            on = shares.disabled == shares.count
            self.change_selected([Wish("enabled", on, tr("Enabled"), tr("on") if on else tr("off"))])

    def reset_figure(self) -> None:
        """Give the current column's figure of the selected rows back to the library."""
        column = self._grid.currentIndex().column()
        if column in {VOLUME, DIFFICULTY}:
            self.change_selected(
                [Wish(COLUMNS[column].name, None, tr(COLUMNS[column].title), tr("as in the library"))]
            )

    def delete_selected(self, theme: Theme, window: QWidget) -> None:
        """Move the selected rows to the trash; above a thousand only after a question."""
        keys = self._table.selected_keys()
        if keys is None:
            return
        if len(keys) <= CONFIRM_ABOVE:
            self._delete(keys)
            return
        sheet = confirm(theme, window, self._question(keys))
        sheet.accepted.connect(lambda: self._delete(keys))
        sheet.open()

    def _question(self, keys: Keys) -> Question:
        count = words.number(len(keys))
        return Question(
            tr("Delete {count} keywords?").format(count=count),
            tr(
                "They go to the trash and are deleted on the platform with the next sync. Undo brings them back."
            ),
            tr("Delete {count}").format(count=count),
            sample=sample_of(self._account, keys),
        )

    def _delete(self, keys: Keys) -> None:
        self._edits.change_keywords(plain(keys), lambda ids: [DeleteRows("keyword", ids)])


def _new_cluster_label(value: object, count: int) -> str | None:
    """Return what history calls the making of a cluster together with what goes into it."""
    if not isinstance(value, NewName):
        return None
    rows = words.counted(count, tr("keyword"), tr("keywords"))
    return tr("New cluster “{name}” for {rows}").format(name=value.text, rows=rows)


def plain(keys: Keys | Iterable[int]) -> Sequence[int]:
    """Return row keys as integers of Python's own: what crosses threads and goes into SQL knows nothing of NumPy.

    Packed: a window keeps those of large edits for their undo, and a million numbers one by one take 40 MB.
    """
    packed: Any = keys
    if not hasattr(packed, "itemsize"):
        return array("q", keys)
    found = array({4: "i", 8: "q"}[packed.itemsize])
    found.frombytes(packed.tobytes())
    return found
