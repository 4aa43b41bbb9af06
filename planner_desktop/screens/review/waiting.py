"""What waits to be sent, grouped by action; the first rows of each are read when it is unfolded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from planner_desktop.screens import words
from planner_desktop.screens.review.cards import Card
from planner_desktop.screens.review.items import Waiting, entity_word, tr
from planner_desktop.screens.values import value_word
from planner_desktop.widgets.buttons import Button, IconButton
from planner_desktop.widgets.chips import CellSign
from planner_desktop.widgets.roles import Cell, Kind
from planner_desktop.widgets.text import ElidedText, Line, Text
from planner_desktop.widgets.theme import Theme

if TYPE_CHECKING:  # the replica comes after the first paint
    from sync.replica import WaitingChange

ROWS_SHOWN = 8
"""So many rows of an unfolded action are shown; the rest is a number."""


class WaitingGroup(QWidget):
    """One action. `unfolded` asks for its rows; `show_changes` brings them."""

    unfolded = Signal(str)
    reverted = Signal(str)

    def __init__(self, theme: Theme, action: Waiting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.action = action
        self._rows: QWidget | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._fold = IconButton(
            theme,
            "chevron-right",
            tr("Show the rows of “{label}”").format(label=action.label),
            size="min-target",
            parent=self,
        )
        self._fold.clicked.connect(self._toggle)
        self._column.addLayout(self._head())

    @property
    def is_unfolded(self) -> bool:
        """Whether its rows are shown."""
        return self._rows is not None

    def show_changes(self, changes: Sequence[WaitingChange]) -> None:
        """Show the first rows."""
        self._drop_rows()
        theme = self._theme
        self._rows = QWidget(self)
        grid = QGridLayout(self._rows)
        grid.setContentsMargins(theme.px(46), 0, theme.px(14), theme.px(6))
        grid.setHorizontalSpacing(theme.px(10))
        grid.setVerticalSpacing(0)
        for column, stretch in ((1, 5), (2, 3), (4, 4)):
            grid.setColumnStretch(column, stretch)
        by_row: dict[tuple[str, str], list[WaitingChange]] = {}
        for change in changes:
            by_row.setdefault((change.id, change.verb), []).append(change)
        shown = list(by_row.values())[:ROWS_SHOWN]
        for at, of_row in enumerate(shown):
            grid.addWidget(Line(theme, self._rows), 2 * at, 0, 1, 5)
            self._line(grid, 2 * at + 1, of_row)
        more = self.action.rows - len(shown)
        if more > 0:
            text = tr("{n} more").format(n=words.number(more))
            grid.addWidget(Text(theme, text, "small", "text-3", self._rows), 2 * len(shown), 1)
        self._column.addWidget(self._rows)
        self._fold.set_icon_name("chevron-down")

    def _head(self) -> QHBoxLayout:
        theme, action = self._theme, self.action
        row = QHBoxLayout()
        row.setContentsMargins(theme.px(10), theme.px(2), theme.px(14), theme.px(2))
        row.setSpacing(theme.px(8))
        row.addWidget(self._fold)
        row.addWidget(ElidedText(theme, action.label, "body-strong", "text", self), 1)
        row.addWidget(Text(theme, words.counted(action.rows, tr("row"), tr("rows")), "small", "text-3", self))
        row.addWidget(Text(theme, words.moment(action.at), "small", "text-3", self))
        revert = Button(theme, tr("Revert"), "quiet", parent=self)
        revert.setAccessibleName(tr("Revert “{label}”").format(label=action.label))
        revert.setToolTip(
            tr("On its way: it is taken back by another change")
            if action.is_leaving
            else tr("Not sent yet: it never leaves")
        )
        revert.clicked.connect(lambda: self.reverted.emit(action.id))
        row.addWidget(revert)
        return row

    def _line(self, grid: QGridLayout, at: int, changes: Sequence[WaitingChange]) -> None:
        theme, parent = self._theme, self._rows
        change = changes[0]
        grid.addWidget(CellSign(theme, Cell(Kind.MARK, "waiting", 0, "waiting"), parent), at, 0)
        name = ElidedText(theme, change.name, "body", "text", parent)
        name.setMinimumHeight(theme.px(27))
        grid.addWidget(name, at, 1)
        if change.verb not in {"set", "resolve"}:
            verbs = {
                "create": tr("new {entity}").format(entity=entity_word(change.entity)),
                "delete": tr("to the trash"),
                "restore": tr("out of the trash"),
            }
            said = verbs.get(change.verb, tr("keywords of the idea"))
            grid.addWidget(ElidedText(theme, said, "section", "text", parent), at, 4)
            return
        old = ", ".join(value_word(one.field, one.old) for one in changes)
        new = ", ".join(value_word(one.field, one.new) for one in changes)
        grid.addWidget(ElidedText(theme, old, "body", "text-3", parent), at, 2)
        arrow = QLabel(parent)
        arrow.setPixmap(theme.pixmap("arrow-right", "text-3", 14, self.devicePixelRatioF()))
        grid.addWidget(arrow, at, 3)
        grid.addWidget(ElidedText(theme, new, "section", "text", parent), at, 4)

    def _toggle(self) -> None:
        if self._rows is None:
            self.unfolded.emit(self.action.id)
        else:
            self._drop_rows()
            self._fold.set_icon_name("chevron-right")

    def _drop_rows(self) -> None:
        if self._rows is not None:
            self._column.removeWidget(self._rows)
            self._rows.hide()
            self._rows.deleteLater()
            self._rows = None


class WaitingCard(Card):
    """Actions in one box, parted by lines."""

    def __init__(self, theme: Theme, groups: Sequence[WaitingGroup], parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, theme.px(3), 1, theme.px(3))
        column.setSpacing(0)
        for at, group in enumerate(groups):
            if at:
                column.addWidget(Line(theme, self))
            column.addWidget(group)
