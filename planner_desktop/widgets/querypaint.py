"""How the parts of the query line are painted: frame, pills, crosses, ghost, underline, count."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter

from planner_desktop.widgets.theme import Theme

_ICON_AT = 12
# The strokes of the cross fill half of its icon's box.
_CROSS_ICON = 15


def paint_frame(
    painter: QPainter, theme: Theme, rect: QRect, ratio: float, *, wrong: bool, active: bool
) -> None:
    """Draw the border, the ground and the filter's sign."""
    thick = theme.px(2) if wrong or active else theme.px(1)
    border = "error" if wrong else "focus" if active else "control-border"
    radius = theme.radius("control")
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color(border))
    painter.drawRoundedRect(QRectF(rect), radius, radius)
    painter.setBrush(theme.color("surface" if theme.scheme == "light" else "sunken"))
    inner = max(0.0, radius - thick)
    painter.drawRoundedRect(QRectF(rect).adjusted(thick, thick, -thick, -thick), inner, inner)
    icon = theme.pixmap("list-filter", "text-3", 16, ratio)
    painter.drawPixmap(theme.px(_ICON_AT), (rect.height() - theme.px(16)) // 2, icon)


def paint_pill(painter: QPainter, theme: Theme, rect: QRectF, *, negated: bool, chosen: bool) -> None:
    """Draw the ground of a token; a selected one has a border."""
    strong = theme.color("error" if negated else "accent-text")
    painter.setPen(strong if chosen else Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("error-soft" if negated else "accent-soft"))
    radius = theme.radius("token")
    painter.drawRoundedRect(rect, radius, radius)


def paint_cross(painter: QPainter, theme: Theme, center: QPointF, ratio: float, *, negated: bool) -> None:
    """Draw the cross that removes a token."""
    half = theme.px(_CROSS_ICON) / 2
    pixmap = theme.pixmap("x", "error" if negated else "accent-text", _CROSS_ICON, ratio)
    painter.drawPixmap(QPointF(round(center.x() - half), round(center.y() - half)), pixmap)


def paint_ghost(painter: QPainter, theme: Theme, room: QRect, font: QFont, text: str) -> None:
    """Draw what could follow the cursor."""
    painter.setFont(font)
    painter.setPen(theme.color("text-3"))
    painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine), text)


def paint_underline(
    painter: QPainter, theme: Theme, left: float, right: float, middle: float, font: QFont
) -> None:
    """Underline the characters from ``left`` to ``right``; ``middle`` is the middle of the line of text."""
    metrics = QFontMetrics(font)
    width = max(right - left, metrics.averageCharWidth())
    top = middle + (metrics.ascent() - metrics.descent()) / 2 + theme.px(3)
    painter.fillRect(QRectF(left, round(top), width, theme.px(2)), theme.color("error"))


def paint_count(painter: QPainter, theme: Theme, room: QRect, text: str, *, wrong: bool) -> None:
    """Draw the count, or the place of the error, at the right end of ``room``."""
    painter.setFont(theme.font("label"))
    painter.setPen(theme.color("error" if wrong else "text-2"))
    painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), text)
