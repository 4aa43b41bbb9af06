"""The columns that stay in place: a second view over the grid's left edge while it is scrolled sideways.

It shares model, selection model and delegate with the grid, never takes the keyboard, and is hidden while
the grid stands at its left end, where the grid's own columns are the same ones: the common frame pays nothing.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QRect, Qt
from PySide6.QtGui import QPainter, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QHeaderView

from planner_desktop.widgets.gridheader import GridHeader
from planner_desktop.widgets.gridrows import RowsView, model_of
from planner_desktop.widgets.lines import edge_line
from planner_desktop.widgets.theme import Theme


class FrozenColumns(RowsView):
    """Overlay for the first ``count`` columns of ``grid``; the grid drives it."""

    def __init__(self, theme: Theme, grid: RowsView, header: GridHeader, count: int) -> None:
        super().__init__(theme, grid)
        self._grid = grid
        self._header = header
        self._count = count
        self.setHorizontalHeader(header)
        header.setSectionsMovable(False)
        header.setStretchLastSection(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizeAdjustPolicy(QAbstractScrollArea.SizeAdjustPolicy.AdjustIgnored)
        # The grid already speaks for these columns.
        self.setAccessibleName(self.tr("Columns kept in place"))
        grid.verticalScrollBar().valueChanged.connect(self.verticalScrollBar().setValue)
        self.verticalScrollBar().valueChanged.connect(grid.verticalScrollBar().setValue)
        grid.horizontalScrollBar().valueChanged.connect(self.place)
        grid.horizontalHeader().sectionResized.connect(self._section_resized)
        header.sectionResized.connect(self._grid_resized)
        self.hide()

    def rebind(self) -> None:
        """Take model, selection and delegate of the grid again and show only the first columns."""
        self.setModel(self._grid.model())
        self.setSelectionModel(self._grid.selectionModel())
        self.setItemDelegate(self._grid.itemDelegate())
        self._header.isolate()
        model = model_of(self._grid)
        columns = model.columnCount() if model is not None else 0
        for column in range(columns):
            self.setColumnHidden(column, column >= self._count)
            if column < self._count:
                self.setColumnWidth(column, self._grid.columnWidth(column))
        self.place()

    def covered(self) -> int:
        """Return how many pixels of the grid's viewport lie under the overlay now."""
        return self.width() if self.isVisible() else 0

    def freezes(self, column: int) -> bool:
        """Return whether a column stays in place."""
        return column < self._count

    def place(self) -> None:
        """Lie over the grid's left edge when it is scrolled sideways, else disappear."""
        scrolled = self._grid.horizontalScrollBar().value() > 0
        width = sum(self._grid.columnWidth(column) for column in range(self._count))
        view = self._grid.viewport().geometry()
        header = self._grid.horizontalHeader().height()
        room = view.width() - self._theme.px(80)
        if not scrolled or width > room or model_of(self) is None:
            self.hide()
            return
        self.setGeometry(QRect(view.x(), view.y() - header, width, view.height() + header))
        self.verticalScrollBar().setValue(self._grid.verticalScrollBar().value())
        self.show()
        self.raise_()

    def has_focus(self) -> bool:
        return self._grid.hasFocus()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._grid.wheelEvent(event)

    def hover(self, row: int) -> None:
        super().hover(row)
        if self._grid.hovered != row:
            self._grid.hover(row)

    def _paint_above(self, painter: QPainter) -> None:
        self._grid.paint_cells(self, painter)
        edge_line(painter, self._theme, self.viewport(), "right", "line-strong")

    def _rings(self, index: QModelIndex) -> bool:
        return self.freezes(index.column())

    def _section_resized(self, column: int, _old: int, new: int) -> None:
        if self.freezes(column):
            self.setColumnWidth(column, new)
            self.place()

    def _grid_resized(self, column: int, _old: int, new: int) -> None:
        if self.freezes(column) and self._grid.columnWidth(column) != new:
            self._grid.setColumnWidth(column, new)


def keep_first(header: QHeaderView, count: int) -> None:
    """Put columns 0 to ``count`` - 1 back to the front, after the editor dragged one across that border."""
    header.blockSignals(True)  # noqa: FBT003  Qt's own signature
    for column in range(count):
        if header.visualIndex(column) != column:
            header.moveSection(header.visualIndex(column), column)
    header.blockSignals(False)  # noqa: FBT003
    header.viewport().update()
