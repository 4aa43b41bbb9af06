"""The files of a plan as cards: what was recognised, and a click to say otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QWidget

from planner_desktop.screens import words
from planner_desktop.screens.importing.texts import DELIMITERS, rows_word, tool_name, tr
from planner_desktop.widgets.focusring import give_ring
from planner_desktop.widgets.text import Ground
from planner_desktop.widgets.theme import Theme

if TYPE_CHECKING:  # what reads files comes with the first of them
    from planner_desktop.importing import FilePlan

_WIDE, _TALL = 296, 88


def read_as(one: FilePlan) -> str:
    """Return how a file was read: encoding, delimiter or sheet, columns used."""
    used = sum(column.field is not None for column in one.columns)
    columns = words.counted(len(one.columns), tr("column"), tr("columns"))
    of = tr("{columns}, {n} used").format(columns=columns, n=words.number(used))
    if one.kind == "workbook":
        return tr("sheet {name} · {columns}").format(name=one.sheet, columns=of)
    delimiter = tr(DELIMITERS[one.delimiter]) if one.delimiter in DELIMITERS else one.delimiter
    return " · ".join(part for part in (one.encoding.upper(), delimiter, of) if part)


class FileCard(QAbstractButton):
    """One file."""

    def __init__(self, theme: Theme, one: FilePlan, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.plan = one
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        said = one.trouble.message if one.trouble is not None else f"{self._tool()}, {rows_word(one.rows)}"
        self.setAccessibleName(f"{one.name}: {said}")
        self.setAccessibleDescription(tr("Opens how the file is read"))
        self.setToolTip(tr("Change how this file is read"))
        give_ring(self, theme.tokens.radius["card"])
        theme.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(_WIDE), self._theme.px(_TALL))

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def _tool(self) -> str:
        one = self.plan
        variant = one.variant if one.variant not in {"", "no-headings"} else ""
        return " · ".join(part for part in (tool_name(one.tool), variant.replace("-", " ")) if part)

    def _lines(self) -> list[tuple[str, str]]:
        """Return (text, colour) of the lines below the name."""
        one = self.plan
        if one.trouble is not None:
            return [(one.trouble.message, "error"), (one.trouble.remedy, "text-2")]
        lines = [(self._tool(), "text-2"), (read_as(one), "text-2")]
        if one.warnings:
            lines.append((one.warnings[0], "warn"))
        return lines

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, one = self._theme, self.plan
        ratio, edge = self.devicePixelRatioF(), theme.px(12)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            border = "error" if one.trouble is not None else "line"
            painter.setPen(QPen(theme.color(border), 1))
            painter.setBrush(theme.color("row-hover" if self.underMouse() or self.isDown() else "surface"))
            radius = theme.radius("card")
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
            icon = "circle-alert" if one.trouble is not None else "file-down"
            painter.drawPixmap(
                edge, theme.px(13), theme.pixmap(icon, "error" if one.trouble else "text-2", 14, ratio)
            )
            left = edge + theme.px(22)
            room = self.width() - left - edge
            figures = "" if one.trouble is not None else rows_word(one.rows)
            painter.setFont(theme.font("small"))
            wide = painter.fontMetrics().horizontalAdvance(figures)
            painter.setPen(theme.color("text-2"))
            centre = int(Qt.AlignmentFlag.AlignVCenter)
            painter.drawText(
                QRect(left, theme.px(28), room, theme.px(18)),
                centre | int(Qt.AlignmentFlag.AlignRight),
                figures,
            )
            painter.setFont(theme.font("body-strong"))
            painter.setPen(theme.color("text"))
            name = painter.fontMetrics().elidedText(one.name, Qt.TextElideMode.ElideMiddle, room)
            painter.drawText(QRect(left, theme.px(8), room, theme.px(20)), centre, name)
            painter.setFont(theme.font("small"))
            for at, (text, colour) in enumerate(self._lines()):
                mine = room - (wide + theme.px(8) if not at and wide else 0)
                shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, mine)
                painter.setPen(theme.color(colour))
                painter.drawText(QRect(left, theme.px(28 + 18 * at), mine, theme.px(18)), centre, shown)


class FileCards(QScrollArea):
    """All files side by side; more than fit are scrolled to."""

    chosen = Signal(int)
    """The number of a file."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.cards: list[FileCard] = []
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        theme.changed.connect(self._fit)

    def show_files(self, files: Sequence[FilePlan]) -> None:
        """Show these files."""
        box = Ground(self._theme, "surface")
        row = QHBoxLayout(box)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(self._theme.px(12))
        self.cards = []
        for number, one in enumerate(files):
            card = FileCard(self._theme, one, box)
            card.clicked.connect(lambda _checked=False, at=number: self.chosen.emit(at))
            # In the middle of a height that was meant for a scroll bar, the last plan's, its lower edge would be cut off.
            row.addWidget(card, 0, Qt.AlignmentFlag.AlignTop)
            self.cards.append(card)
        row.addStretch(1)
        self.setWidget(box)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        wanted = sum(card.sizeHint().width() + self._theme.px(12) for card in self.cards)
        bar = self.horizontalScrollBar().sizeHint().height() if wanted > self.width() else 0
        self.setFixedHeight(self._theme.px(_TALL) + 4 + bar)
