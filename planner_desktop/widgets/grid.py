"""The grid: a table view that stays quick at a million rows.

What makes it so: rows of one height, headers with selection models of their own, no proxy model, no editors of Qt,
a delegate that asks the model once a cell (:mod:`planner_desktop.widgets.roles` states what the model answers).
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractItemModel,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QWidget

from planner_desktop.widgets.celldelegate import CellDelegate
from planner_desktop.widgets.cellediting import CellEditing
from planner_desktop.widgets.cellfade import CellFade
from planner_desktop.widgets.gridfrozen import FrozenColumns, keep_first
from planner_desktop.widgets.gridheader import GridHeader
from planner_desktop.widgets.gridrows import RowsView, model_of
from planner_desktop.widgets.theme import Theme

RowRange = tuple[int, int]
"""First and last row, both included."""


class GridView(RowsView):
    """Rows of a model that follows :mod:`~planner_desktop.widgets.roles`, with frozen first columns.

    Keys: arrows, Page Up/Down, Home/End, Ctrl+Home/End move; with Shift they extend; Ctrl+A selects all;
    F2 or Enter edits; Escape leaves an editor or clears the selection; Alt+Up / Alt+Down sorts by the current
    column; Tab leaves the grid.
    """

    sort_requested = Signal(int, bool)
    """(column, descending)"""
    rows_changed = Signal()
    """The selection is another one."""
    row_opened = Signal(int)
    """A row was double-clicked, or Enter was pressed on it, where nothing can be edited."""

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, frozen: int = 2) -> None:
        super().__init__(theme, parent)
        self._header = GridHeader(theme, self)
        self.setHorizontalHeader(self._header)
        self._row_selection: QItemSelectionModel | None = None
        self._delegate = CellDelegate(theme, self)
        self.setItemDelegate(self._delegate)
        self._frozen_header = GridHeader(theme, self)
        self._frozen = FrozenColumns(theme, self, self._frozen_header, frozen)
        self._frozen_count = frozen
        self._column_scale = theme.scale
        self.editing = CellEditing(theme, self)
        self._fade = CellFade(theme, self)
        for header in (self._header, self._frozen_header):
            header.sort_requested.connect(self.sort_requested)
        self._header.sectionMoved.connect(self._section_moved)
        self.doubleClicked.connect(self._double_clicked)
        self._frozen.doubleClicked.connect(self._double_clicked)
        theme.changed.connect(self.restyle)
        self.restyle()

    # ------------------------------------------------------------ model and looks

    def setModel(self, model: QAbstractItemModel | None) -> None:
        """Show a model. The caller keeps it alive."""
        self._delegate.bind(model)
        super().setModel(model)
        if model is None:
            return
        # Both headers: a hidden one still answers when it is asked what is selected.
        self._header.isolate()
        self._row_selection = QItemSelectionModel(model, self)
        self.verticalHeader().setSelectionModel(self._row_selection)
        self.selectionModel().selectionChanged.connect(self._selection_changed)
        self.selectionModel().currentChanged.connect(self._current_changed)
        self._frozen.rebind()
        self._fade.clear()
        model.modelReset.connect(self._fade.clear)
        model.layoutChanged.connect(self._fade.clear)

    def restyle(self) -> None:
        super().restyle()
        self._scale_columns()
        if hasattr(self, "_frozen"):
            self._frozen.set_row_size(self._row_size)
            self._frozen.restyle()
            self._frozen.place()

    def _scale_columns(self) -> None:
        # A new text size widens the columns with their texts, in proportion to what the editor had chosen.
        before, self._column_scale = self._column_scale, self._theme.scale
        model = model_of(self)
        if model is None or before == self._column_scale:
            return
        with self._header.unstretched():
            for column in range(model.columnCount()):
                # A hidden column answers 0 and would come back with it.
                hidden = self.isColumnHidden(column)
                self.setColumnHidden(column, False)  # noqa: FBT003  Qt's own signature
                self.setColumnWidth(column, round(self.columnWidth(column) * self._column_scale / before))
                self.setColumnHidden(column, hidden)

    def set_density(self, name: str) -> None:
        """Choose the row height: ``row-compact``, ``row`` or ``row-comfortable``."""
        self.set_row_size(name)
        self.restyle()

    def set_columns(self, widths: Sequence[int]) -> None:
        """Set column widths in design pixels, in model order; the last visible one takes what is left."""
        for column, width in enumerate(widths):
            self.setColumnWidth(column, self._theme.px(width))
        self._frozen.rebind()

    def show_sort(self, column: int, *, descending: bool) -> None:
        """Draw the sort arrow at a column; -1 for none. Sorting itself is the model's business."""
        self._header.show_sort(column, descending=descending)
        self._frozen_header.show_sort(column, descending=descending)

    # ------------------------------------------------------------ selection

    def selected_ranges(self) -> list[RowRange]:
        """Return the selected rows as sorted ranges that do not touch. Costs one step a range, not a row."""
        if model_of(self) is None:
            return []
        chosen = self.selectionModel().selection()
        spans = sorted((span.top(), span.bottom()) for span in chosen.toList() if span.isValid())
        merged: list[RowRange] = []
        for first, last in spans:
            if merged and first <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
            else:
                merged.append((first, last))
        return merged

    def selected_count(self) -> int:
        """Return how many rows are selected."""
        return sum(last - first + 1 for first, last in self.selected_ranges())

    def everything_selected(self) -> bool:
        """Return whether all rows are selected, so that a command may say "all that match" instead of a list."""
        model = model_of(self)
        return model is not None and 0 < model.rowCount() == self.selected_count()

    def select_rows(self, ranges: Sequence[RowRange]) -> None:
        """Replace the selection."""
        model = model_of(self)
        if model is None or not model.columnCount():
            return
        chosen = QItemSelection()
        last_column = model.columnCount() - 1
        for first, last in ranges:
            chosen.append(QItemSelectionRange(model.index(first, 0), model.index(last, last_column)))
        flag = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(chosen, flag.ClearAndSelect)

    def go_to(self, row: int, column: int) -> None:
        """Make a cell the current one and select its row, as far as there is one."""
        model = model_of(self)
        if model is None:
            return
        index = model.index(
            min(max(0, row), model.rowCount() - 1), min(max(0, column), model.columnCount() - 1)
        )
        if index.isValid():
            # Said in full: by itself Qt goes by the keys that are held, and with Ctrl takes the row out of the selection.
            flag = QItemSelectionModel.SelectionFlag
            self.selectionModel().setCurrentIndex(index, flag.ClearAndSelect | flag.Rows)
            self.scrollTo(index)

    def keeps_in_place(self, column: int) -> bool:
        """Return whether a column does not scroll sideways."""
        return column < self._frozen_count

    # ------------------------------------------------------------ feedback at a cell

    def show_message(self, row: int, column: int, text: str) -> None:
        """Say at a cell why its value was not taken. Goes away with the next key, scroll or click."""
        self.editing.show_message(row, column, text)

    def fade_cells(self, cells: Sequence[tuple[int, int]]) -> None:
        """Let cells (row, column) that somebody else changed fade from the accent, once."""
        self._fade.start(cells)

    # ------------------------------------------------------------ Qt's events

    def scrollTo(
        self,
        index: QModelIndex | QPersistentModelIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        bar = self.horizontalScrollBar()
        before = bar.value()
        super().scrollTo(index, hint)
        if self._frozen.freezes(index.column()):
            bar.setValue(before)
            return
        hidden = self._frozen.covered() - self.visualRect(index).left()
        if hidden > 0:
            bar.setValue(bar.value() - hidden)

    def keyboardSearch(self, search: str) -> None:
        """Do nothing: Qt's own search walks the rows one by one, a million of them for a letter that is not there."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.editing.dismiss_message()
        key, modifiers = event.key(), event.modifiers()
        current = self.currentIndex()
        none, alt = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.AltModifier
        plain = modifiers in {none, Qt.KeyboardModifier.KeypadModifier}
        if plain and key in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2} and current.isValid():
            self._open(current)
        elif modifiers == alt and key in {Qt.Key.Key_Up, Qt.Key.Key_Down} and current.isValid():
            self.sort_requested.emit(current.column(), key == Qt.Key.Key_Down)
        elif plain and key == Qt.Key.Key_Escape and self.selected_ranges():
            self.clearSelection()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.editing.dismiss_message()
        super().mousePressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._frozen.place()

    def updateGeometries(self) -> None:
        super().updateGeometries()
        if hasattr(self, "_frozen"):
            self._frozen.place()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.editing.follow_scroll()
        super().scrollContentsBy(dx, dy)
        self.editing.arrive()
        # What is drawn at fixed places must not travel with the pixels that Qt moves.
        if dx:
            self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._repaint_current()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._repaint_current()

    def hover(self, row: int) -> None:
        super().hover(row)
        if self._frozen.isVisible():
            self._frozen.hover(row)

    def repaint_cells(self) -> None:
        """Draw the cells in view anew."""
        self.viewport().update()
        self._frozen.viewport().update()

    def _paint_above(self, painter: QPainter) -> None:
        self._fade.paint(painter)
        self.paint_cells(self, painter)

    # ------------------------------------------------------------ inside

    def _open(self, index: QModelIndex) -> None:
        if not self.editing.open(index):
            self.row_opened.emit(index.row())

    def _double_clicked(self, index: QModelIndex) -> None:
        self._open(index)

    def _selection_changed(self, _selected: QItemSelection, _deselected: QItemSelection) -> None:
        self.rows_changed.emit()

    def _current_changed(self, current: QModelIndex, previous: QModelIndex) -> None:
        for index in (previous, current):
            if index.isValid():
                self.update_row(index.row())
                self._frozen.update_row(index.row())

    def _repaint_current(self) -> None:
        if self.currentIndex().isValid():
            self.update_row(self.currentIndex().row())
            self._frozen.update_row(self.currentIndex().row())

    def _section_moved(self, _column: int, _old: int, new: int) -> None:
        if new < self._frozen_count or any(
            self._header.visualIndex(column) != column for column in range(self._frozen_count)
        ):
            keep_first(self._header, self._frozen_count)
