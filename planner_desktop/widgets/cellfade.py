"""Cells that somebody else changed fade from the accent colour, once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject, QTimer
from PySide6.QtGui import QPainter

from planner_desktop.widgets.theme import Theme

if TYPE_CHECKING:
    from planner_desktop.widgets.gridrows import RowsView

_FRAME_MS = 33
_MOST_CELLS = 400
_STRENGTH = 0.9


class CellFade(QObject):
    """Paints a vanishing tint over cells of a view, over the text: it is gone before it could hinder reading."""

    def __init__(self, theme: Theme, view: RowsView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view
        self._cells: list[tuple[int, int]] = []
        self._clock = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setInterval(_FRAME_MS)
        self._timer.timeout.connect(self._tick)

    def start(self, cells: Sequence[tuple[int, int]]) -> None:
        """Fade these (row, column) cells; those out of view are ignored."""
        shown = self._view.visible_rows()
        self._cells = [cell for cell in cells if cell[0] in shown][:_MOST_CELLS]
        if not self._cells or not self._theme.duration("edit-fade"):
            self.clear()
            return
        self._clock.start()
        self._timer.start()
        self._view.viewport().update()

    def clear(self) -> None:
        """Stop at once: the rows are other ones."""
        self._cells = []
        self._timer.stop()

    def paint(self, painter: QPainter) -> None:
        """Draw the tint of this moment."""
        if not self._cells:
            return
        left = 1.0 - self._clock.elapsed() / max(1, self._theme.duration("edit-fade"))
        color = self._theme.faded("accent-line", max(0.0, left) * _STRENGTH * 0.5)
        model = self._view.model()
        for row, column in self._cells:
            painter.fillRect(self._view.visualRect(model.index(row, column)), color)

    def _tick(self) -> None:
        if self._clock.elapsed() >= self._theme.duration("edit-fade"):
            self.clear()
        self._view.viewport().update()
