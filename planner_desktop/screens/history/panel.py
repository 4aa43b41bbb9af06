"""The panel beside the list: one action, what it did to rows, what stands in the way of taking it back, and the buttons."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from planner_desktop.screens import words
from planner_desktop.screens.history.lines import (
    CHANGE_TITLES,
    CHANGE_WIDTHS,
    change_cells,
    named,
    state_word,
    tr,
)
from planner_desktop.screens.plainrows import PlainRows
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.grid import GridView
from planner_desktop.widgets.panel import Panel
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme
from sync.replica import HistoryRow, LaterStep

if TYPE_CHECKING:  # the replica comes after the first paint
    from sync.replica import Reader, WaitingChange

STEP = 200
"""So many changes are read at a time: an action of a million rows shows its first at once."""
_WIDTH = 370


@dataclass(frozen=True, slots=True)
class Details:
    """One action, read: its first changes and the later steps in its way, None while they are being looked for."""

    row: HistoryRow
    changes: list[WaitingChange]
    steps: list[LaterStep] | None
    gone: list[LaterStep] = field(default_factory=list)
    """Later steps that changed rows it made: their changes go with the rows."""

    @property
    def is_blocked(self) -> bool:
        """Whether nothing of it could be taken back by itself."""
        steps = self.steps or []
        return bool(steps) and sum(step.fresh for step in steps) >= self.row.rows

    @property
    def may_redo(self) -> bool:
        """Whether its undo can be taken back."""
        return self.row.undone and not self.row.redone and self.row.origin != "undo"

    @property
    def may_undo(self) -> bool:
        """Whether there is something to take back."""
        return not self.row.undone and self.row.origin != "resolve" and self.row.state != "cancelled"


def read(reader: Reader, action: str, limit: int) -> Details:
    """Ask for what can be had at once: comparing a million rows with later ones takes seconds."""
    row = reader.action(action)
    return Details(row, reader.action_changes(action, limit), [] if row.undone else None)


class ActionPanel(Panel):
    """What the chosen action did."""

    undo_requested = Signal(object)
    """Details of what to take back where it stands."""
    undo_from_requested = Signal(object)
    redo_requested = Signal(object)
    more_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._close.hide()
        self._scroll.hide()
        self.details: Details | None = None
        self.changes: PlainRows[WaitingChange] = PlainRows(
            [tr(one) for one in CHANGE_TITLES], change_cells, self
        )
        self.grid = GridView(theme, self, frozen=0)
        self.grid.setModel(self.changes)
        self.grid.set_columns(CHANGE_WIDTHS)
        self.grid.setAccessibleName(tr("Rows of the action"))
        self.more = Button(theme, tr("Show more"), "link", parent=self)
        self.more.clicked.connect(self.more_requested)
        self.note = Text(theme, "", "small", "text-2", self)
        self.note.setWordWrap(True)
        below = QVBoxLayout()
        edge = theme.px(18)
        below.setContentsMargins(edge, theme.px(6), edge, theme.px(8))
        below.addWidget(self.more)
        below.addWidget(self.note)
        at = self._column.indexOf(self.footer)
        self._column.insertSpacing(at, theme.px(10))
        self._column.insertWidget(at + 1, self.grid, 1)
        self._column.insertLayout(at + 2, below)
        self.footer.applied.connect(self._apply)
        self.footer.cancelled.connect(self._apply_other)
        self.show_details(None)

    def restyle(self) -> None:
        super().restyle()
        self.setFixedWidth(self._theme.px(_WIDTH))

    def show_details(self, details: Details | None) -> None:
        """Show another action; without one there is no panel."""
        self.details = details
        self.setVisible(details is not None)
        self.footer.show()
        self.more.setVisible(False)
        self.note.setText("")
        self.note.hide()
        if details is None:
            return
        row = details.row
        rows = words.counted(row.rows, tr("row"), tr("rows"))
        self.show_title(row.label, f"{words.exact(row.at // 1000)} · {rows} · {state_word(row)}")
        self._title.setToolTip(row.label)
        if details.changes != self.changes.items:
            self.changes.show(details.changes)
        self.more.setVisible(len({one.id for one in details.changes}) < row.rows)
        self._offer(details)

    def _offer(self, details: Details) -> None:
        footer, row = self.footer, details.row
        steps = details.steps
        other = details.may_undo and bool(steps) and not details.is_blocked
        footer.secondary.setVisible(other)
        footer.secondary.setText(tr("Undo from there…"))
        footer.show_consequence("", (), "")
        if details.may_redo:
            footer.show_action(tr("Redo"))
            self._say(tr("It was undone. Redo brings it again where nothing came after."))
        elif not details.may_undo:
            footer.hide()
            if row.redone:
                self._say(tr("It was undone and done again by a later action."))
            elif row.origin == "resolve":
                self._say(tr("A decision in Review is not undone: edit the row instead."))
        elif steps is None:
            self._say(tr("Looking for later steps that changed the same…"))
            footer.show_action(tr("Undo"), enabled=False)
        elif steps:
            self._say(tr("Later steps changed the same: {steps}.").format(steps=named(steps)))
            footer.show_action(tr("Undo from there…") if details.is_blocked else tr("Undo what stands"))
        else:
            footer.show_action(tr("Undo"))
            if details.gone:
                self._say(
                    tr("Its rows were changed since, and go with these changes: {steps}.").format(
                        steps=named(details.gone)
                    )
                )

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.note.show()

    def _apply(self) -> None:
        details = self.details
        if details is None:
            return
        if details.may_redo:
            self.redo_requested.emit(details)
        elif details.is_blocked:
            self.undo_from_requested.emit(details)
        else:
            self.undo_requested.emit(details)

    def _apply_other(self) -> None:
        if self.details is not None:
            self.undo_from_requested.emit(self.details)
