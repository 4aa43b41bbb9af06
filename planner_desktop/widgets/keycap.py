"""A key as a small cap ("Ctrl K"), for fields, palettes and lists of shortcuts."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter

from planner_desktop.widgets.theme import Theme


def key_width(theme: Theme, key: str) -> int:
    """Return how wide a cap is, in pixels."""
    return QFontMetrics(theme.font("micro")).horizontalAdvance(key) + 2 * theme.px(5)


def paint_key(painter: QPainter, theme: Theme, left: int, height: int, key: str) -> None:
    """Draw a cap, centred in a line of that height."""
    tall = theme.px(18)
    box = QRectF(left, (height - tall) // 2, key_width(theme, key), tall)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("neutral-soft"))
    radius = theme.radius("tile")
    painter.drawRoundedRect(box, radius, radius)
    painter.setFont(theme.font("micro"))
    painter.setPen(theme.color("text-2"))
    painter.drawText(box, key, Qt.AlignmentFlag.AlignCenter)
