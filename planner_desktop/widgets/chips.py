"""Small signs outside the grid: tags, badges, chips, status and sync marks, difficulty. Same pictures as in cells."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from planner_desktop.widgets.cellink import CellInk
from planner_desktop.widgets.focusring import give_ring
from planner_desktop.widgets.roles import Cell, Kind
from planner_desktop.widgets.theme import Theme

Tone = Literal["neutral", "warn", "conflict", "error", "ok", "accent"]

_TONES: dict[str, tuple[str, str]] = {
    "neutral": ("neutral-soft", "text-2"),
    "warn": ("warn-soft", "warn"),
    "conflict": ("conflict-soft", "conflict"),
    "error": ("error-soft", "error"),
    "ok": ("ok-soft", "ok"),
    "accent": ("accent-soft", "accent-text"),
}


class Badge(QWidget):
    """A number in a pill. Colour only where a person must act."""

    def __init__(
        self, theme: Theme, text: str = "", tone: Tone = "warn", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = text
        self._tone: Tone = tone
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)
        theme.changed.connect(self.updateGeometry)

    def set_text(self, text: str) -> None:
        """Show another number."""
        self._text = text
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self._font())
        tall = self._theme.px(18)
        return QSize(max(tall, metrics.horizontalAdvance(self._text) + 2 * self._theme.px(6)), tall)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            paint_badge(painter, self._theme, QRectF(self.rect()), self._text, self._tone)

    def _font(self) -> QFont:
        return self._theme.font("micro", 600)


def paint_badge(painter: QPainter, theme: Theme, box: QRectF, text: str, tone: Tone) -> None:
    """Draw a badge into a box; for items that paint themselves."""
    fill, ink = _TONES[tone]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color(fill))
    painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
    painter.setFont(theme.font("micro", 600))
    painter.setPen(theme.color(ink))
    painter.drawText(box, text, Qt.AlignmentFlag.AlignCenter)
    painter.restore()


class Tag(QAbstractButton):
    """A short choice or value on a soft ground; with ``removable`` it carries a cross.

    Clicking emits ``clicked``; clicking the cross, or Delete on it, emits ``removed``.
    """

    removed = Signal()

    def __init__(
        self,
        theme: Theme,
        text: str,
        *,
        icon: str | None = None,
        removable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon_name = theme.icons.require(icon) if icon else None
        self._removable = removable
        self.setText(text)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        give_ring(self, theme.tokens.radius["token"])
        theme.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        theme = self._theme
        self.setFont(theme.font("label"))
        width = self.fontMetrics().horizontalAdvance(self.text()) + 2 * theme.px(7)
        width += theme.px(17) if self._icon_name else 0
        width += theme.px(17) if self._removable else 0
        return QSize(width, theme.size("token"))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._removable and event.position().x() > self.width() - self._theme.px(22):
            self.setDown(False)
            self.removed.emit()
            return
        super().mouseReleaseEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("sunken" if self.isDown() else "neutral-soft"))
            radius = theme.radius("token")
            painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
            left, ratio = theme.px(7), self.devicePixelRatioF()
            side = theme.px(12)
            top = (self.height() - side) // 2
            if self._icon_name:
                painter.drawPixmap(left, top, theme.pixmap(self._icon_name, "text-2", 12, ratio))
                left += theme.px(17)
            painter.setFont(theme.font("label"))
            painter.setPen(theme.color("text-2" if self.isEnabled() else "text-disabled"))
            box = QRect(left, 0, self.width() - left, self.height())
            painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), self.text())
            if self._removable:
                painter.drawPixmap(
                    self.width() - side - theme.px(6), top, theme.pixmap("x", "text-2", 12, ratio)
                )


class CellSign(QWidget):
    """One cell of the grid outside a grid: a sync mark, a status, an intent or a difficulty."""

    def __init__(self, theme: Theme, cell: Cell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._cell = cell
        self._inks: dict[float, CellInk] = {}
        self.setAccessibleName(cell.text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._forget)

    def set_cell(self, cell: Cell) -> None:
        """Show another sign."""
        self._cell = cell
        self.setAccessibleName(cell.text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        ink = self._ink(1.0)
        tall = self._theme.px(22)
        stamp = ink.stamp(self._cell, tall)
        return QSize(stamp.width - (stamp.left if self._cell.kind != Kind.MARK else 0), tall)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            stamp = self._ink(self.devicePixelRatioF()).stamp(self._cell, self._theme.px(22))
            tall = stamp.pixmap.deviceIndependentSize().height()
            painter.drawPixmap(QPointF(0, round((self.height() - tall) / 2)), stamp.pixmap)

    def _ink(self, ratio: float) -> CellInk:
        if ratio not in self._inks:
            self._inks[ratio] = CellInk(self._theme, ratio)
        return self._inks[ratio]

    def _forget(self) -> None:
        self._inks.clear()
        self.updateGeometry()
        self.update()
