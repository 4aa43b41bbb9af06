"""Lines of one device pixel along the edges of a widget: filled, not stroked, so they stay thin at any scale."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from planner_desktop.widgets.theme import Theme

Edge = Literal["top", "bottom", "left", "right"]


def edge_line(painter: QPainter, theme: Theme, widget: QWidget, edge: Edge, color: str = "line") -> None:
    """Draw a line along an edge of a widget."""
    hair = 1 / widget.devicePixelRatioF()
    width, height = widget.width(), widget.height()
    boxes = {
        "top": QRectF(0, 0, width, hair),
        "bottom": QRectF(0, height - hair, width, hair),
        "left": QRectF(0, 0, hair, height),
        "right": QRectF(width - hair, 0, hair, height),
    }
    painter.fillRect(boxes[edge], theme.color(color))
