"""Check box, radio button and switch."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QRadioButton, QSizePolicy, QWidget

from planner_desktop.widgets.focusring import give_ring
from planner_desktop.widgets.theme import Theme

_BOX = 14
_GAP = 8


def _label_size(button: QAbstractButton, theme: Theme, sign: int) -> QSize:
    width = theme.px(sign)
    if button.text():
        width += theme.px(_GAP) + button.fontMetrics().horizontalAdvance(button.text().replace("&", "")) + 2
    return QSize(width, max(theme.size("min-target"), theme.line("body")))


def _paint_label(button: QAbstractButton, painter: QPainter, theme: Theme, sign: int) -> None:
    if not button.text():
        return
    left = theme.px(sign + _GAP)
    painter.setFont(button.font())
    painter.setPen(theme.color("text" if button.isEnabled() else "text-disabled"))
    box = QRect(left, 0, button.width() - left, button.height())
    painter.drawText(
        box, int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextShowMnemonic), button.text()
    )


class CheckBox(QCheckBox):
    """A check box; with three states it shows a dash for a selection that is not of one mind."""

    def __init__(self, theme: Theme, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._theme = theme
        give_ring(self, theme.tokens.radius["tile"])
        theme.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        """Take the font from the theme again."""
        self.setFont(self._theme.font("body"))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return _label_size(self, self._theme, _BOX)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            side = theme.px(_BOX)
            box = QRectF(0, (self.height() - side) // 2, side, side)
            state = self.checkState()
            paint_check(painter, theme, box, state, enabled=self.isEnabled(), hovered=self.underMouse())
            _paint_label(self, painter, theme, _BOX)


def paint_check(
    painter: QPainter,
    theme: Theme,
    box: QRectF,
    state: Qt.CheckState,
    *,
    enabled: bool,
    hovered: bool = False,
) -> None:
    """Draw the box of a check box, also for delegates and facets. The painter must be antialiased."""
    radius = theme.radius("check")
    if state == Qt.CheckState.Unchecked:
        border = theme.color("control-border" if enabled else "line-strong")
        painter.setPen(QPen(border, theme.scale))
        painter.setBrush(theme.color("row-hover" if hovered and enabled else "surface"))
        half = theme.scale / 2
        painter.drawRoundedRect(box.adjusted(half, half, -half, -half), radius, radius)
        return
    painter.setPen(Qt.PenStyle.NoPen)
    fill = "accent-hover" if hovered else "accent"
    painter.setBrush(theme.color(fill if enabled else "line-strong"))
    painter.drawRoundedRect(box, radius, radius)
    unit = box.width() / _BOX
    if state == Qt.CheckState.PartiallyChecked:
        # On whole pixels: a stroke would lie between two of them.
        dash = QRectF(box.x() + 4 * unit, box.y() + 6 * unit, 6 * unit, 2 * unit)
        painter.fillRect(dash, theme.color("on-accent"))
        return
    pen = QPen(theme.color("on-accent"), 1.8 * unit, Qt.PenStyle.SolidLine)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    tick = ((3.4, 7.3), (5.9, 9.8), (10.6, 4.6))
    painter.drawPolyline(QPolygonF([QPointF(box.x() + x * unit, box.y() + y * unit) for x, y in tick]))


class RadioButton(QRadioButton):
    """One of several."""

    def __init__(self, theme: Theme, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._theme = theme
        give_ring(self, 7)
        theme.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        """Take the font from the theme again."""
        self.setFont(self._theme.font("body"))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return _label_size(self, self._theme, _BOX)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            side = theme.px(_BOX)
            box = QRectF(0, (self.height() - side) // 2, side, side)
            paint_radio(painter, theme, box, on=self.isChecked(), enabled=self.isEnabled())
            _paint_label(self, painter, theme, _BOX)


def paint_radio(painter: QPainter, theme: Theme, box: QRectF, *, on: bool, enabled: bool = True) -> None:
    """Draw the circle of a radio button, also for tiles. The painter must be antialiased."""
    half = theme.scale / 2
    if on:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent" if enabled else "line-strong"))
        painter.drawEllipse(box)
        painter.setBrush(theme.color("on-accent"))
        inner = box.width() * 0.32
        painter.drawEllipse(box.adjusted(inner, inner, -inner, -inner))
        return
    painter.setPen(QPen(theme.color("control-border" if enabled else "line-strong"), theme.scale))
    painter.setBrush(theme.color("surface"))
    painter.drawEllipse(box.adjusted(half, half, -half, -half))


class Switch(QCheckBox):
    """On or off, at once; with three states the knob stands in the middle for a mixed selection.

    A check box to screen readers. The text, if any, stands left of the switch.
    """

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        give_ring(self, 8)
        theme.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(28), self._theme.px(16))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            state = self.checkState()
            on = state != Qt.CheckState.Unchecked
            if not self.isEnabled():
                track = "line-strong"
            elif on:
                track = "accent-hover" if self.underMouse() else "accent"
            else:
                track = "control-border"
            painter.setBrush(theme.color(track))
            box = QRectF(self.rect())
            painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
            gap = theme.px(2)
            knob = box.height() - 2 * gap
            painter.setBrush(theme.color("on-accent"))
            if state == Qt.CheckState.PartiallyChecked:
                dash = QRectF(box.center().x() - knob / 2, box.center().y() - gap / 2, knob, gap)
                painter.drawRoundedRect(dash, gap / 2, gap / 2)
            else:
                left = box.right() - gap - knob if on else box.left() + gap
                painter.drawEllipse(QRectF(left, gap, knob, knob))
