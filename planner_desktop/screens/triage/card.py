"""The keyword on top, large, with its figures, what it comes together with, and its nearest neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from planner_desktop.screens import words
from planner_desktop.screens.keywords.cells import PLACE, cells_of
from planner_desktop.screens.triage.parts import KeywordLine, KeywordLines
from planner_desktop.screens.triage.words import tr
from planner_desktop.widgets.chips import CellSign
from planner_desktop.widgets.roles import Cell, Kind
from planner_desktop.widgets.text import ElidedText, Ground, Line, Text
from planner_desktop.widgets.theme import Theme

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns import KeywordRow
    from planner_desktop.screens.triage.pile import Shown


class _Figure(QWidget):
    """A figure under its name."""

    def __init__(self, theme: Theme, name: str, parent: QWidget, *, sign: bool = False) -> None:
        super().__init__(parent)
        self._name = name
        self._value = Text(theme, "", "metric", "text", self)
        self.sign = CellSign(theme, Cell(Kind.TEXT), self) if sign else None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(Text(theme, name, "label", "text-3", self))
        column.addWidget(self._value)
        if self.sign is not None:
            self._value.hide()
            column.addWidget(self.sign)
        column.addStretch(1)

    def show_value(self, text: str, cell: Cell | None = None) -> None:
        """Show a value, in a cell's language where it has one."""
        self._value.setText(text)
        self.setAccessibleName(f"{self._name}: {text}")
        if self.sign is not None and cell is not None:
            self.sign.set_cell(cell)


class Card(QWidget):
    """Shows one item; `show_item` costs one repaint."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.keyword = Text(theme, "", "display", "text", self)
        self.keyword.setWordWrap(True)
        self.about = ElidedText(theme, "", "body", "text-2", self)
        self.message = Text(theme, "", "body-strong", "error", self)
        self.message.setWordWrap(True)
        self._volume = _Figure(theme, tr("Volume"), self)
        self._difficulty = _Figure(theme, tr("Difficulty"), self, sign=True)
        self._intent = _Figure(theme, tr("Intent"), self, sign=True)
        self._country = _Figure(theme, tr("Country"), self)
        self._created = _Figure(theme, tr("Created"), self)
        self._lists = Ground(theme, "surface")
        self._members_title = Text(theme, "", "section", "text", self._lists)
        self.members = KeywordLines(theme, tr("Keywords of this group"), self._lists)
        self.neighbours_title = Text(theme, tr("Nearest neighbours"), "section", "text", self._lists)
        self.neighbours = KeywordLines(theme, tr("Nearest neighbours"), self._lists)
        self._gap = QWidget(self._lists)
        self._gap.setFixedHeight(theme.px(10))
        self._scroll = QScrollArea(self)
        self._figures = QHBoxLayout()
        self._column = QVBoxLayout(self)
        self._inner = QVBoxLayout(self._lists)
        self._build()
        theme.changed.connect(self.restyle)
        self.restyle()

    def show_item(self, shown: Shown) -> None:
        """Show what is on top."""
        first = shown.rows[0]
        self.keyword.setText(first.keyword)
        self.setAccessibleName(first.keyword)
        self.about.setText(_about(shown))
        self._show_figures(shown.rows)
        several = len(shown.rows) > 1
        if self.members.isHidden() == several:
            self._members_title.setVisible(several)
            self.members.setVisible(several)
            self._gap.setVisible(several)
        if several:
            self._members_title.setText(
                tr("{n} keywords, decided together").format(n=words.number(len(shown.rows)))
            )
            self.members.show_lines([_line(row) for row in shown.rows])
        self.neighbours.show_lines([_line(row) for row, _ in shown.neighbours])
        self.neighbours_title.setText(
            tr("Nearest neighbours")
            if shown.neighbours or not shown.known
            else tr("No keyword shares a word")
        )

    def show_message(self, text: str) -> None:
        """Say why a decision was not carried out; "" takes it back."""
        self.message.setText(text)
        self.message.setVisible(bool(text))

    def restyle(self) -> None:
        """Take sizes from the theme again."""
        theme = self._theme
        edge = theme.px(28)
        self._column.setContentsMargins(edge, theme.px(22), edge, 0)
        self._column.setSpacing(theme.px(6))
        self._figures.setSpacing(theme.px(32))
        self._inner.setContentsMargins(0, theme.px(14), theme.px(12), theme.px(14))
        self._inner.setSpacing(theme.px(4))

    def _show_figures(self, rows: Sequence[KeywordRow]) -> None:
        known = [row.volume for row in rows if row.volume is not None]
        hard = [row.difficulty for row in rows if row.difficulty is not None]
        # Of a group, volume is the sum and difficulty the mean.
        first = rows[0]._replace(difficulty=round(sum(hard) / len(hard)) if hard else None)
        self._volume.show_value(words.figure(sum(known) if known else None))
        cells = cells_of(first)
        difficulty, intent = cells[PLACE["difficulty"]], cells[PLACE["intent"]]
        self._difficulty.show_value(words.figure(first.difficulty), difficulty)
        self._intent.show_value(intent.text or words.UNKNOWN, intent)
        self._country.show_value(first.country or words.UNKNOWN)
        self._created.show_value(words.UNKNOWN if first.created is None else words.day(first.created))

    def _build(self) -> None:
        self._column.addWidget(self.about)
        self._column.addWidget(self.keyword)
        self._column.addWidget(self.message)
        self._column.addSpacing(self._theme.px(8))
        for figure in (self._volume, self._difficulty, self._intent, self._country, self._created):
            self._figures.addWidget(figure)
        self._figures.addStretch(1)
        self._column.addLayout(self._figures)
        self._column.addSpacing(self._theme.px(8))
        self._column.addWidget(Line(self._theme, self))
        for widget in (self._members_title, self.members, self._gap, self.neighbours_title, self.neighbours):
            self._inner.addWidget(widget)
        self._gap.hide()
        self._inner.addStretch(1)
        self._scroll.setWidget(self._lists)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._column.addWidget(self._scroll, 1)
        self.message.hide()


def _about(shown: Shown) -> str:
    first = shown.rows[0]
    said = [first.site_name, first.sector_name]
    if len(shown.rows) > 1:
        said.append(tr("and {n} more").format(n=words.number(len(shown.rows) - 1)))
    if shown.skipped:
        said.append(tr("skipped before"))
    return " · ".join(part for part in said if part)


def _line(row: KeywordRow) -> KeywordLine:
    place = row.cluster_name or (tr("disabled") if row.disabled else tr("no cluster"))
    return KeywordLine(row.keyword, place, words.figure(row.volume), faint=row.cluster_name is None)
