"""A table view that paints whole rows itself: bands, lines, the selection bar and the current cell's ring.

Shared by the grid and by the overlay that keeps its first columns in place.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QCursor, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from planner_desktop.widgets.theme import Theme


class RowsView(QTableView):
    """Rows of one height, selected as wholes, without grid lines, prefixes or built-in editors."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._hovered = -1
        self._row_size = "row"
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        # Editing is the grid's own affair: Qt's editors close whenever the model is reset, and a sync resets it.
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        # Qt would fill each selected cell, over what is painted for the row as a whole.
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Highlight, Qt.GlobalColor.transparent)
        self.setPalette(palette)
        rows = self.verticalHeader()
        rows.setVisible(False)
        # Before there is a model: Qt resizes the rows one by one when it raises their minimum later.
        rows.setMinimumSectionSize(1)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    @property
    def row_height(self) -> int:
        """Pixels of one row with its line."""
        return self.verticalHeader().defaultSectionSize()

    def set_row_size(self, name: str) -> None:
        """Name the design size that the row height follows."""
        self._row_size = name

    def restyle(self) -> None:
        """Take sizes and colours from the theme again."""
        self.verticalHeader().setDefaultSectionSize(self._theme.size(self._row_size))
        self.viewport().update()

    @property
    def hovered(self) -> int:
        """The row under the pointer, -1 for none."""
        return self._hovered

    def visible_rows(self) -> range:
        """Return the rows that are at least partly in view."""
        model = model_of(self)
        count = model.rowCount() if model is not None else 0
        first = self.rowAt(0)
        if first < 0:
            return range(0)
        last = self.rowAt(self.viewport().height() - 1)
        return range(first, count if last < 0 else last + 1)

    def has_focus(self) -> bool:
        """Return whether keys go to these rows (an overlay asks its grid)."""
        return self.hasFocus()

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self.viewport()) as painter:
            self._paint_rows(painter, event.rect())
        super().paintEvent(event)
        with QPainter(self.viewport()) as painter:
            self._paint_current(painter)
            self._paint_above(painter)

    def _paint_above(self, painter: QPainter) -> None:
        """Draw what lies over the cells; for subclasses."""

    def paint_cells(self, _view: RowsView, _painter: QPainter) -> None:
        """Draw what is said of cells over the rows of a view, this one or one that lies over it; for subclasses."""

    def _bands(self, area: QRect) -> Iterator[tuple[int, int]]:
        """Yield (row, top) for each row that touches ``area``."""
        height = self.row_height
        for row in self.visible_rows():
            top = self.rowViewportPosition(row)
            if top + height > area.top() and top <= area.bottom():
                yield row, top

    def _paint_rows(self, painter: QPainter, area: QRect) -> None:
        model, selection = model_of(self), self.selectionModel()
        if model is None:
            return
        theme, height = self._theme, self.row_height
        active = self.isActiveWindow()
        selected = theme.color("row-selected" if active else "neutral-soft")
        bar = theme.color("accent" if active else "text-3")
        hover, line = theme.color("row-hover"), theme.color("line")
        selected_line = _mix(theme.color("accent-line"), selected, 0.45) if active else line
        hair = 1 / self.devicePixelRatioF()
        left, width = area.x(), area.width()
        for row, top in self._bands(area):
            if selection.isSelected(model.index(row, 0)):
                painter.fillRect(left, top, width, height, selected)
                painter.fillRect(QRectF(left, top + height - hair, width, hair), selected_line)
                painter.fillRect(0, top, theme.px(2), height, bar)
                continue
            if row == self._hovered:
                painter.fillRect(left, top, width, height, hover)
            painter.fillRect(QRectF(left, top + height - hair, width, hair), line)

    def _paint_current(self, painter: QPainter) -> None:
        index = self.currentIndex()
        if not index.isValid() or not self._rings(index):
            return
        rect = QRectF(self.visualRect(index))
        if rect.isEmpty():
            return
        theme = self._theme
        thick = theme.px(2)
        # Without the keyboard's attention the ring stays as a memory of the place.
        color = theme.color("focus" if self.has_focus() else "line-strong")
        if not self.has_focus():
            thick = theme.px(1)
        half = thick / 2
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color, thick))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = theme.radius("cell")
        # Half a pixel above the row's own top: the ring then covers the line it replaces.
        box = rect.adjusted(half, half - 1, -half, -half)
        box.setTop(max(box.top(), half))
        painter.drawRoundedRect(box, radius, radius)

    def _rings(self, _index: QModelIndex) -> bool:
        """Return whether a cell may carry the ring; for subclasses."""
        return True

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.hover(self.rowAt(int(event.position().y())))
        super().mouseMoveEvent(event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        # The rows moved below a pointer that did not.
        if dy and self._hovered >= 0:
            at = self.viewport().mapFromGlobal(QCursor.pos())
            self.hover(self.rowAt(at.y()) if self.viewport().rect().contains(at) else -1)

    def leaveEvent(self, event: QEvent) -> None:
        self.hover(-1)
        super().leaveEvent(event)

    def hover(self, row: int) -> None:
        """Show a row as the one under the pointer; -1 for none."""
        if row == self._hovered:
            return
        before, self._hovered = self._hovered, row
        for each in (before, row):
            if each >= 0:
                self.update_row(each)

    def update_row(self, row: int) -> None:
        """Repaint one row, when it is in view."""
        top = self.rowViewportPosition(row)
        self.viewport().update(0, top - 1, self.viewport().width(), self.row_height + 1)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ActivationChange:
            self.viewport().update()
        super().changeEvent(event)


def model_of(view: QAbstractItemView) -> QAbstractItemModel | None:
    """Return a view's model. Qt's type hints deny it, but a view begins without one."""
    return view.model()


def _mix(above: QColor, below: QColor, share: float) -> QColor:
    """Return ``share`` of one colour over another."""
    return QColor.fromRgbF(
        *(
            top * share + ground * (1 - share)
            for top, ground in zip(above.getRgbF()[:3], below.getRgbF()[:3], strict=True)  # type: ignore[index]
        )
    )
