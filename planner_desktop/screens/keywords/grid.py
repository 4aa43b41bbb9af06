"""The Keywords page's grid: typing begins an edit, a click on the mark opens Review."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from planner_desktop.screens.keywords.cells import COLUMNS, KEYWORD, MARK
from planner_desktop.widgets.grid import GridView
from planner_desktop.widgets.gridrows import RowsView, model_of
from planner_desktop.widgets.gridspan import ColumnSpan
from planner_desktop.widgets.roles import EDITOR_ROLE, Editor
from planner_desktop.widgets.theme import Theme

_SIDEWAYS = frozenset({Qt.Key.Key_Left, Qt.Key.Key_Right})
_MOVES = _SIDEWAYS | {
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
}
_KEYWORD_WIDTHS = (160, 420)
_EDITING_KEYS = Qt.KeyboardModifier.NoModifier | Qt.KeyboardModifier.ShiftModifier


class KeywordGrid(GridView):
    """Rows of keywords."""

    reset_requested = Signal()
    """Ctrl+Backspace: back to the library's figure in the current column."""
    mark_opened = Signal(int)
    """(row) somebody wants to know what a row's mark is about."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent, frozen=2)
        self.span = ColumnSpan(self, theme, lambda: [at for at in self.shown_columns() if at != MARK])
        # A click on the columns that stay in place is not the grid's own.
        self._frozen.pressed.connect(lambda _index: self.span.clear())
        self._pressed = -1
        self._set_by_hand = False
        self._fitting = False
        self.setAccessibleName(self.tr("Keywords"))
        self.horizontalHeader().sectionResized.connect(self._resized)

    def arrange(self) -> None:
        """Give the columns their first widths; call after the model is set."""
        self.set_columns([column.width for column in COLUMNS])
        self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Give the keyword column the room that is left, until somebody sets its width."""
        if self._set_by_hand or self._fitting or self.model() is None:
            return
        least, most = (self._theme.px(width) for width in _KEYWORD_WIDTHS)
        self._fitting = True
        with self._header.unstretched():
            others = sum(
                self.columnWidth(column)
                for column in range(len(COLUMNS))
                if column != KEYWORD and not self.isColumnHidden(column)
            )
            self.setColumnWidth(KEYWORD, min(most, max(least, self.viewport().width() - others)))
        self._fitting = False

    def keep_width(self, column: int, width: int | None) -> None:
        """Set a column's width for good; None gives the keyword column the room that is left again."""
        if column == KEYWORD:
            self._set_by_hand = width is not None
        if width is not None:
            self._fitting = True
            self.setColumnWidth(column, width)
            self._fitting = False
        self.fit()

    def _resized(self, column: int, _old: int, _new: int) -> None:
        if column == KEYWORD and not self._fitting and self.horizontalHeader().isVisible():
            self._set_by_hand = self._set_by_hand or bool(QApplication.mouseButtons())

    def shown_columns(self) -> list[int]:
        """Return the columns that are shown, from left to right as they stand."""
        header = self.horizontalHeader()
        order = (header.logicalIndex(at) for at in range(header.count()))
        return [column for column in order if not self.isColumnHidden(column)]

    def set_current(self, row: int, column: int) -> None:
        """Make a cell the current one without selecting or scrolling to it."""
        flag = QItemSelectionModel.SelectionFlag.NoUpdate
        index = self.model().index(row, column)
        self.selectionModel().setCurrentIndex(index, flag)

    def type_over(self, text: str) -> None:
        """Put a text into the open editor, as if it had been typed."""
        field = QApplication.focusWidget()
        if self.editing.is_open and isinstance(field, QLineEdit):
            field.setText(text)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._begin()
        super().focusInEvent(event)

    def _begin(self) -> None:
        """Without a current cell, begin at the first keyword: Qt would take the mark beside it."""
        model = model_of(self)
        if model is not None and model.rowCount() and not self.currentIndex().isValid():
            self.set_current(max(0, self.rowAt(0)), KEYWORD)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Backspace and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self.reset_requested.emit()
            return
        self._begin()
        if self._spans(event):
            return
        if self._begins_typing(event) and self.editing.open(self.currentIndex()):
            field = QApplication.focusWidget()
            if isinstance(field, QLineEdit):
                QCoreApplication.sendEvent(field, event)
            return
        super().keyPressEvent(event)

    def _spans(self, event: QKeyEvent) -> bool:
        """Let Shift with Left and Right choose cells among the columns of the selected rows."""
        key, keys = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if keys == Qt.KeyboardModifier.ShiftModifier and key in _SIDEWAYS and self.currentIndex().isValid():
            row, column = self.currentIndex().row(), self.currentIndex().column()
            if not self.selected_ranges():
                self.select_rows([(row, row)])
            end = self.span.step(column, 1 if key == Qt.Key.Key_Right else -1)
            self.set_current(row, end)
            self.scrollTo(self.currentIndex())
            return True
        if key == Qt.Key.Key_Escape:
            return self.span.clear()
        if keys != Qt.KeyboardModifier.ShiftModifier and key in _MOVES:
            self.span.clear()
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        begin, pressed = self.currentIndex().column(), self.indexAt(event.position().toPoint())
        super().mousePressEvent(event)
        if event.button() != Qt.MouseButton.LeftButton or not pressed.isValid():
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and begin >= 0:
            begin = self.span.ends[0] if self.span.ends is not None else begin
            if self.span.ends is not None or begin != pressed.column():
                self.span.set(begin, pressed.column())
        else:
            self.span.clear()
        self._pressed = begin if self.span.ends is not None else pressed.column()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        column = self.columnAt(int(event.position().x()))
        drags = bool(event.buttons() & Qt.MouseButton.LeftButton) and column >= 0 and self._pressed >= 0
        if drags and (column != self._pressed or self.span.ends is not None):
            self.span.set(self._pressed, column)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self._pressed = -1

    def selectAll(self) -> None:
        self.span.clear()
        super().selectAll()

    def paint_cells(self, view: RowsView, painter: QPainter) -> None:
        self.span.paint(view, painter)

    def event(self, event: QEvent) -> bool:
        # Where something can be typed, digits and letters are the cell's, and no shortcut of the window.
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self._begins_typing(event)
            and self._takes_text()
        ):
            event.accept()
            return True
        return super().event(event)

    def _takes_text(self) -> bool:
        return isinstance(self.model().data(self.currentIndex(), EDITOR_ROLE), Editor)

    def _begins_typing(self, event: QKeyEvent) -> bool:
        text = event.text()
        plain = not event.modifiers() & ~(_EDITING_KEYS | Qt.KeyboardModifier.KeypadModifier)
        return plain and bool(text) and text.isprintable() and text != " " and self.currentIndex().isValid()

    def _double_clicked(self, index: QModelIndex) -> None:
        if index.isValid() and index.column() == MARK:
            self.mark_opened.emit(index.row())
            return
        super()._double_clicked(index)
