"""Cells of the selected rows: a span of columns, begun at one and ended at another, as ranges are chosen in a spreadsheet.

Rows are what a grid selects; a span says which of their columns are meant by copy and paste. Without one, all of them are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from planner_desktop.widgets.grid import GridView
from planner_desktop.widgets.gridrows import RowsView
from planner_desktop.widgets.theme import Theme

_SHADE = 0.10


class ColumnSpan:
    """The span of one grid. `shown` gives the columns that can be meant, from left to right."""

    def __init__(self, grid: GridView, theme: Theme, shown: Callable[[], Sequence[int]]) -> None:
        self._grid = grid
        self._theme = theme
        self._shown = shown
        self._ends: tuple[int, int] | None = None

    @property
    def ends(self) -> tuple[int, int] | None:
        """The column it begins at and the one it ends at, None where there is no span."""
        return self._ends

    @property
    def columns(self) -> list[int]:
        """Its columns from left to right; none where there is no span."""
        shown = list(self._shown())
        if self._ends is None or not set(self._ends) <= set(shown):
            return []
        first, last = sorted(shown.index(column) for column in self._ends)
        return shown[first : last + 1]

    def set(self, begin: int, end: int) -> None:
        """Mean the columns from one to another; columns that cannot be meant give way to the nearest that can."""
        shown = list(self._shown())
        if shown:
            self._put((self._near(begin, shown), self._near(end, shown)))

    def step(self, begin: int, by: int) -> int:
        """Move the end by so many columns, beginning at `begin` where there is no span; return the end."""
        shown = list(self._shown())
        begin, end = self._ends if self.columns else (begin, begin)  # type: ignore[misc]
        at = shown.index(self._near(end, shown)) + by
        self.set(begin, shown[min(max(0, at), len(shown) - 1)])
        return self._ends[1] if self._ends is not None else begin

    def clear(self) -> bool:
        """Mean all columns; return whether there was a span."""
        had = self._ends is not None
        self._put(None)
        return had

    def _near(self, column: int, shown: Sequence[int]) -> int:
        return column if column in shown else shown[0]

    def _put(self, ends: tuple[int, int] | None) -> None:
        if ends != self._ends:
            self._ends = ends
            self._grid.repaint_cells()

    def paint(self, view: RowsView, painter: QPainter) -> None:
        """Draw it over the selected rows that are in view."""
        columns = [column for column in self.columns if not view.isColumnHidden(column)]
        seen = view.visible_rows()
        if not columns or not seen:
            return
        left = min(view.columnViewportPosition(column) for column in columns)
        right = max(view.columnViewportPosition(column) + view.columnWidth(column) for column in columns)
        shade = QColor(self._theme.color("accent"))
        shade.setAlphaF(_SHADE)
        painter.setPen(QPen(self._theme.color("accent"), self._theme.px(1)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for first, last in self._grid.selected_ranges():
            low, high = max(first, seen.start), min(last, seen.stop - 1)
            if low > high:
                continue
            top = view.rowViewportPosition(low)
            bottom = view.rowViewportPosition(high) + view.row_height
            box = QRectF(left, top, right - left, bottom - top)
            painter.fillRect(box, shade)
            # Beyond the edge where the range goes on.
            outline = box.adjusted(0.5, -2 if low > first else 0, -1, 2 if high < last else -1)
            painter.drawRect(outline)
