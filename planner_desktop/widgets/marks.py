"""The signs the product draws itself: sync marks and status dots.

Shape is the first sign and colour the second, so each has an outline of its own. All are drawn in a box of
14 (marks) or 8 (dots) units and scaled by the painter; pixmaps are kept per theme by the callers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from planner_desktop.widgets.theme import Theme

SyncState = Literal["synced", "waiting", "conflict", "refused", "candidate"]
StatusSign = Literal["new", "queued", "mapped", "completed", "candidate"]

MARK_BOX = 14.0
DOT_BOX = 8.0

MARK_COLORS: dict[str, str] = {
    "synced": "text-3",
    "waiting": "waiting-mark",
    "conflict": "conflict",
    "refused": "error",
    "candidate": "text-3",
}
STATUS_COLORS: dict[str, str] = {
    "new": "text-2",
    "queued": "accent-text",
    "mapped": "ok",
    "completed": "ok",
    "candidate": "text-3",
}


def mark_pixmap(theme: Theme, state: str, ratio: float) -> QPixmap:
    """Return the mark of a sync state, 14 design pixels square. Raises KeyError for an unknown state."""
    color = QColor(theme.color(MARK_COLORS[state]))
    if state == "synced":
        color.setAlphaF(theme.alpha("synced-mark"))
    ground = theme.color("surface")
    return _render(theme, MARK_BOX, ratio, lambda painter: _MARKS[state](painter, color, ground))


def status_pixmap(theme: Theme, status: str, ratio: float) -> QPixmap:
    """Return the dot of a status, 8 design pixels square. Raises KeyError for an unknown status."""
    color = theme.color(STATUS_COLORS[status])
    return _render(theme, DOT_BOX, ratio, lambda painter: _draw_dot(painter, color, status))


def _render(theme: Theme, box: float, ratio: float, draw: Callable[[QPainter], None]) -> QPixmap:
    side = theme.px(box)
    pixmap = QPixmap(round(side * ratio), round(side * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(side / box, side / box)
        draw(painter)
    return pixmap


def _pen(color: QColor, width: float) -> QPen:
    round_cap, round_join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    return QPen(color, width, Qt.PenStyle.SolidLine, round_cap, round_join)


def _line(painter: QPainter, *points: tuple[float, float]) -> None:
    painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points]))


def _draw_synced(painter: QPainter, color: QColor, _ground: QColor) -> None:
    painter.setPen(_pen(color, 1.3))
    _line(painter, (3.2, 7.4), (5.8, 10.0), (10.9, 4.2))


def _draw_waiting(painter: QPainter, color: QColor, _ground: QColor) -> None:
    painter.setPen(_pen(color, 1.5))
    painter.drawEllipse(QPointF(7, 7), 5.6, 5.6)
    _line(painter, (7, 9.7), (7, 4.6))
    _line(painter, (4.9, 6.6), (7, 4.5), (9.1, 6.6))


def _draw_conflict(painter: QPainter, color: QColor, ground: QColor) -> None:
    diamond = QPolygonF([QPointF(7, 0.9), QPointF(13.1, 7), QPointF(7, 13.1), QPointF(0.9, 7)])
    painter.setPen(_pen(color, 1.2))
    painter.setBrush(QBrush(color))
    painter.drawPolygon(diamond)
    painter.setPen(_pen(ground, 1.6))
    _line(painter, (7, 3.9), (7, 7.5))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(ground))
    painter.drawEllipse(QPointF(7, 10.1), 0.95, 0.95)


def _draw_refused(painter: QPainter, color: QColor, ground: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(color))
    painter.drawRoundedRect(QRectF(0.8, 0.8, 12.4, 12.4), 2.6, 2.6)
    painter.setPen(_pen(ground, 1.7))
    _line(painter, (4.7, 4.7), (9.3, 9.3))
    _line(painter, (9.3, 4.7), (4.7, 9.3))


def _draw_candidate(painter: QPainter, color: QColor, _ground: QColor) -> None:
    # Eight dashes, each over 26 of its 45 degrees; flat ends, or they would touch.
    pen = _pen(color, 1.4)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    box = QRectF(1.4, 1.4, 11.2, 11.2)
    for step in range(8):
        painter.drawArc(box, round((step * 45 + 9.5) * 16), 26 * 16)


_MARKS: dict[str, Callable[[QPainter, QColor, QColor], None]] = {
    "synced": _draw_synced,
    "waiting": _draw_waiting,
    "conflict": _draw_conflict,
    "refused": _draw_refused,
    "candidate": _draw_candidate,
}


def _draw_dot(painter: QPainter, color: QColor, status: str) -> None:
    ring = QRectF(1.3, 1.3, 5.4, 5.4)
    if status in {"mapped", "completed"}:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(color))
        painter.drawEllipse(QRectF(0.8, 0.8, 6.4, 6.4))
        return
    painter.setPen(_pen(color, 1.3))
    painter.drawEllipse(ring)
    if status == "queued":
        half = QPainterPath()
        half.moveTo(4, 4)
        half.arcTo(ring, 90, 180)
        painter.fillPath(half, QBrush(color))
