"""What a triage paints: lines with a key in front, and lists of keywords. Painted, so that another keyword costs one repaint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from planner_desktop.widgets.focusring import give_ring
from planner_desktop.widgets.keycap import key_width, paint_key
from planner_desktop.widgets.theme import Theme

_ROW = 28
_LINE = 28
_MIDDLE = int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine)
_RIGHT = _MIDDLE | int(Qt.AlignmentFlag.AlignRight)


class KeyLine(QAbstractButton):
    """A key, what it does, and a note about it. A click does the same."""

    def __init__(self, theme: Theme, key: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._key = key
        self._note = ""
        self._right = ""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        give_ring(self, theme.tokens.radius["control"])
        theme.changed.connect(self.updateGeometry)

    def show_words(self, text: str, note: str = "", right: str = "", *, enabled: bool = True) -> None:
        """Show what the key does now; without a text it does nothing."""
        if (text, note, right, enabled and bool(text)) == (
            self.text(),
            self._note,
            self._right,
            self.isEnabled(),
        ):
            return
        self._note, self._right = note, right
        self.setText(text)
        self.setEnabled(enabled and bool(text))
        self.setAccessibleName(f"{self._key}: {text}")
        self.setAccessibleDescription(", ".join(part for part in (right, note) if part))
        self.setToolTip(f"{text}\n{note}" if note else "")
        self.update()

    @property
    def note(self) -> str:
        """Return what is said beside the text."""
        return self._note

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(200), self._theme.px(_ROW))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(120), self._theme.px(_ROW))

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self.isEnabled() and (self.underMouse() or self.isDown()):
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color("sunken" if self.isDown() else "row-hover"))
                radius = theme.radius("control")
                painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
            edge = theme.px(8)
            if not self.isEnabled():
                painter.setOpacity(0.5)
            paint_key(painter, theme, edge, self.height(), self._key)
            painter.setOpacity(1)
            left = edge + max(key_width(theme, self._key), theme.px(20)) + theme.px(8)
            self._paint_words(painter, QRect(left, 0, self.width() - left - edge, self.height()))

    def _paint_words(self, painter: QPainter, room: QRect) -> None:
        theme = self._theme
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text-3"))
        if self._right:
            painter.drawText(room, _RIGHT, self._right)
            room.setWidth(room.width() - painter.fontMetrics().horizontalAdvance(self._right) - theme.px(10))
        painter.setFont(theme.font("body-strong"))
        wide = painter.fontMetrics().horizontalAdvance(self.text()) + theme.px(12)
        painter.setPen(theme.color("text" if self.isEnabled() else "text-disabled"))
        elide = Qt.TextElideMode.ElideRight
        painter.drawText(room, _MIDDLE, painter.fontMetrics().elidedText(self.text(), elide, room.width()))
        if self._note and wide < room.width() - theme.px(40):
            room.setLeft(room.left() + wide)
            painter.setFont(theme.font("small"))
            painter.setPen(theme.color("text-3"))
            painter.drawText(room, _RIGHT, painter.fontMetrics().elidedText(self._note, elide, room.width()))


@dataclass(frozen=True, slots=True)
class KeywordLine:
    """A keyword in a list: its text, where it is, and a figure."""

    text: str
    place: str
    figure: str
    faint: bool = False
    """Whether the place is nowhere."""


class KeywordLines(QWidget):
    """A short list of keywords, all of it read out by screen readers."""

    def __init__(self, theme: Theme, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.lines: Sequence[KeywordLine] = ()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    def show_lines(self, lines: Sequence[KeywordLine]) -> None:
        """Show keywords."""
        if len(lines) != len(self.lines):
            self.updateGeometry()
        self.lines = lines
        self.setAccessibleDescription("; ".join(f"{one.text}, {one.place}, {one.figure}" for one in lines))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(300), max(1, len(self.lines)) * self._theme.px(_LINE))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(200), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        height, elide = theme.px(_LINE), Qt.TextElideMode.ElideRight
        figures, places = theme.px(72), min(theme.px(200), self.width() // 3)
        with QPainter(self) as painter:
            for at, line in enumerate(self.lines):
                top = at * height
                painter.fillRect(QRect(0, top + height - 1, self.width(), 1), theme.color("line"))
                words = QRect(0, top, self.width() - figures - places - theme.px(24), height)
                painter.setFont(theme.font("body"))
                painter.setPen(theme.color("text"))
                metrics = painter.fontMetrics()
                painter.drawText(words, _MIDDLE, metrics.elidedText(line.text, elide, words.width()))
                place = QRect(words.right() + theme.px(12), top, places, height)
                painter.setPen(theme.color("text-3" if line.faint else "text-2"))
                painter.drawText(place, _MIDDLE, metrics.elidedText(line.place, elide, place.width()))
                painter.setPen(theme.color("text-2"))
                painter.drawText(QRect(self.width() - figures, top, figures, height), _RIGHT, line.figure)
