"""The grid's header: titles in their columns' alignment, the sorted one with an arrow at its left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QItemSelectionModel, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHeaderView, QWidget

from planner_desktop.widgets.gridrows import model_of
from planner_desktop.widgets.theme import Theme

_RIGHT = int(Qt.AlignmentFlag.AlignRight)


class GridHeader(QHeaderView):
    """Horizontal header with a selection model of its own.

    The stock header shares the view's selection model and asks, for each column it paints, whether all rows are
    selected: at a million rows one repaint then takes seconds. This one never asks.
    """

    sort_requested = Signal(int, bool)
    """(column, descending): the editor clicked a title."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self._sorted_column = -1
        self._descending = False
        self._own_selection: QItemSelectionModel | None = None
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setSectionsMovable(True)
        self.setStretchLastSection(True)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        # Double click on a border fits the column to the rows in view, not to the first thousand.
        self.setResizeContentsPrecision(0)
        self.setAccessibleName(self.tr("Columns"))
        self.sectionClicked.connect(self._clicked)
        theme.changed.connect(self.restyle)
        self.restyle()

    def isolate(self) -> None:
        """Give the header an empty selection model; call after the view got its model or selection model."""
        model = model_of(self)
        if model is not None:
            self._own_selection = QItemSelectionModel(model, self)
            self.setSelectionModel(self._own_selection)

    @contextmanager
    def unstretched(self) -> Iterator[None]:
        """Give the last column its own width meanwhile, not the room that is left."""
        self.setStretchLastSection(False)
        try:
            yield
        finally:
            self.setStretchLastSection(True)

    def restyle(self) -> None:
        """Take sizes from the theme again."""
        self.setMinimumSectionSize(self._theme.px(24))
        self.setFixedHeight(self._theme.size("grid-header"))
        self.viewport().update()

    def show_sort(self, column: int, *, descending: bool) -> None:
        """Draw the arrow at a column; -1 for none."""
        self._sorted_column, self._descending = column, descending
        self.viewport().update()

    @property
    def sort(self) -> tuple[int, bool]:
        """The column that carries the arrow (-1 for none) and whether it points down."""
        return self._sorted_column, self._descending

    def sectionSizeFromContents(self, logicalIndex: int) -> QSize:
        metrics = self.fontMetrics()
        arrow = self._theme.px(18) if logicalIndex == self._sorted_column else 0
        width = metrics.horizontalAdvance(self._title(logicalIndex)) + 2 * self._theme.space("cell") + arrow
        return QSize(width, self._theme.size("grid-header"))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        with QPainter(self.viewport()) as painter:
            painter.fillRect(event.rect(), theme.color("surface"))
            for visual in range(self.count()):
                column = self.logicalIndex(visual)
                if not self.isSectionHidden(column):
                    left, width = self.sectionViewportPosition(column), self.sectionSize(column)
                    self._paint_title(painter, QRect(left, 0, width, self.height()), column)
            hair = 1 / self.devicePixelRatioF()
            painter.fillRect(
                QRectF(event.rect().x(), self.height() - hair, event.rect().width(), hair),
                theme.color("line-strong"),
            )

    def _paint_title(self, painter: QPainter, rect: QRect, column: int) -> None:
        theme, title = self._theme, self._title(column)
        if not title:
            return
        is_sorted = column == self._sorted_column
        color: QColor = theme.color("text" if is_sorted else "text-2")
        inner = rect.adjusted(theme.space("cell"), 0, -theme.space("cell"), -1)
        painter.setFont(theme.font("label"))
        painter.setPen(color)
        if is_sorted:
            inner = self._paint_arrow(painter, inner, self._is_right(column), title)
        side = Qt.AlignmentFlag.AlignRight if self._is_right(column) else Qt.AlignmentFlag.AlignLeft
        text = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, inner.width())
        flags = int(side | Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine)
        painter.drawText(inner, flags, text)

    def _paint_arrow(self, painter: QPainter, inner: QRect, right: bool, title: str) -> QRect:
        # Left of the title, wherever the title stands.
        theme = self._theme
        side, gap = theme.px(12), theme.px(5)
        name = "arrow-down" if self._descending else "arrow-up"
        arrow = theme.pixmap(name, "text", 12, self.devicePixelRatioF())
        width = painter.fontMetrics().horizontalAdvance(title)
        left = max(inner.left(), inner.right() + 1 - width - gap - side) if right else inner.left()
        painter.drawPixmap(QPoint(left, (self.height() - 1 - side) // 2), arrow)
        return inner.adjusted(side + gap, 0, 0, 0)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self.viewport().update()

    def _title(self, column: int) -> str:
        model = model_of(self)
        if model is None:
            return ""
        return str(
            model.headerData(column, Qt.Orientation.Horizontal, int(Qt.ItemDataRole.DisplayRole)) or ""
        )

    def _is_right(self, column: int) -> bool:
        model = model_of(self)
        role = int(Qt.ItemDataRole.TextAlignmentRole)
        answer = model.headerData(column, Qt.Orientation.Horizontal, role) if model is not None else None
        return answer is not None and bool(int(answer) & _RIGHT)

    def _clicked(self, column: int) -> None:
        if self._title(column):
            again = column == self._sorted_column
            self.sort_requested.emit(column, not self._descending if again else self._first_direction(column))

    def _first_direction(self, column: int) -> bool:
        # Numbers are most wanted from the top, words from A.
        return self._is_right(column)
