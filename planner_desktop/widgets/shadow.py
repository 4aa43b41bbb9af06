"""Soft shadows for floating things inside a window, from one small picture cut into nine.

No graphics effect: that would redraw what lies below (a table) through an off-screen copy on every change.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QMargins, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from planner_desktop.widgets.theme import Theme


@dataclass(frozen=True, slots=True)
class Elevation:
    """How high something floats: blur and offset in design pixels, opacity 0 to 1."""

    blur: float
    offset: float
    opacity: float


MENU = Elevation(14, 6, 0.10)
DIALOG = Elevation(40, 6, 0.18)


class Shadow:
    """The shadow of a rounded rectangle of any size."""

    def __init__(self, theme: Theme, elevation: Elevation, radius: float) -> None:
        self._theme = theme
        self._elevation = elevation
        self._radius = radius
        self._picture: tuple[tuple[str, float, float], QPixmap] | None = None

    def margins(self) -> QMargins:
        """Return the room the shadow needs around its rectangle."""
        blur, offset = self._theme.px(self._elevation.blur), self._theme.px(self._elevation.offset)
        return QMargins(blur, max(0, blur - offset), blur, blur + offset)

    def paint(self, painter: QPainter, rect: QRect, ratio: float) -> None:
        """Draw the shadow that ``rect`` casts."""
        picture = self._nine_patch(ratio)
        cut = (round(picture.deviceIndependentSize().width()) - 1) // 2
        blur, offset = self._theme.px(self._elevation.blur), self._theme.px(self._elevation.offset)
        outer = rect.adjusted(-blur, -blur + offset, blur, blur + offset)
        cut = min(cut, outer.width() // 2, outer.height() // 2)
        spans_x = _spans(outer.left(), outer.width(), cut)
        spans_y = _spans(outer.top(), outer.height(), cut)
        side = round(picture.width() / ratio)
        source = _spans(0, side, cut)
        for (y, height), (from_y, from_height) in zip(spans_y, source, strict=True):
            for (x, width), (from_x, from_width) in zip(spans_x, source, strict=True):
                part = QRectF(from_x * ratio, from_y * ratio, from_width * ratio, from_height * ratio)
                painter.drawPixmap(QRectF(x, y, width, height), picture, part)

    def _nine_patch(self, ratio: float) -> QPixmap:
        key = (self._theme.scheme, self._theme.scale, ratio)
        if self._picture is None or self._picture[0] != key:
            self._picture = (key, self._draw(ratio))
        return self._picture[1]

    def _draw(self, ratio: float) -> QPixmap:
        theme = self._theme
        blur, radius = theme.px(self._elevation.blur), self._radius * theme.scale
        cut = blur + round(radius) + 1
        side = 2 * cut + 1
        image = QImage(round(side * ratio), round(side * ratio), QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.transparent)
        with QPainter(image) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
            painter.setPen(Qt.PenStyle.NoPen)
            dark = self._elevation.opacity * (1.0 if theme.scheme == "light" else 2.2)
            for step in range(2 * blur + 1):
                # From the outside in: each ring replaces the one below, fainter first.
                grow = blur - step
                share = (step / (2 * blur)) ** 2 if blur else 1.0
                color = QColor(theme.color("shadow"))
                color.setAlphaF(min(1.0, dark * share * (3 - 2 * share)))
                painter.setBrush(color)
                box = QRectF(blur - grow, blur - grow, side - 2 * (blur - grow), side - 2 * (blur - grow))
                corner = max(0.0, radius + grow)
                if box.width() > 0:
                    painter.drawRoundedRect(box, corner, corner)
        pixmap = QPixmap.fromImage(image)
        pixmap.setDevicePixelRatio(ratio)
        return pixmap


def _spans(start: int, length: int, cut: int) -> list[tuple[int, int]]:
    return [(start, cut), (start + cut, length - 2 * cut), (start + length - cut, cut)]


class FloatingFrame(QWidget):
    """A raised, rounded box with a shadow, living inside a window: needs no compositor to look right."""

    def __init__(
        self, theme: Theme, parent: QWidget, elevation: Elevation = MENU, radius: str = "card"
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._around = parent
        self._radius_name = radius
        self._shadow = Shadow(theme, elevation, theme.tokens.radius[radius])
        self.setContentsMargins(self._shadow.margins())
        theme.changed.connect(self.restyle)

    def restyle(self) -> None:
        """Take sizes from the theme again."""
        self.setContentsMargins(self._shadow.margins())
        self.update()

    def box(self) -> QRect:
        """Return the raised box, without its shadow."""
        return self.rect().marginsRemoved(self._shadow.margins())

    def place(self, top_left: QPoint, width: int, height: int) -> None:
        """Put the box (not its shadow) somewhere in the parent."""
        self.setGeometry(
            QRect(top_left.x(), top_left.y(), width, height).marginsAdded(self._shadow.margins())
        )

    def paintEvent(self, _event: object) -> None:
        with QPainter(self) as painter:
            box = self.box()
            self._shadow.paint(painter, box, self.devicePixelRatioF())
            self._paint_box(painter, box)

    def _paint_box(self, painter: QPainter, box: QRect) -> None:
        theme = self._theme
        radius = theme.radius(self._radius_name)
        hair = 1 / self.devicePixelRatioF()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("line" if theme.scheme == "light" else "line-strong"))
        painter.drawRoundedRect(QRectF(box), radius, radius)
        painter.setBrush(theme.color("raised"))
        inner = QRectF(box).adjusted(hair, hair, -hair, -hair)
        painter.drawRoundedRect(inner, radius - hair, radius - hair)
