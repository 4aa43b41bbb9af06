"""Editing one cell in place, and saying at a cell why a value was not taken.

Not Qt's own editors: those vanish when the model is reset, and a sync that ends while somebody types resets it.
This one finds its row again by the model's ``row_key(row)`` and ``row_of(key)`` (-1 = gone) when it has them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from PySide6.QtCore import QEvent, QLocale, QModelIndex, QObject, QPoint, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QWidget

from planner_desktop.widgets.choices import ChoicePopup
from planner_desktop.widgets.gridrows import model_of
from planner_desktop.widgets.roles import EDITOR_ROLE, Editor
from planner_desktop.widgets.theme import Theme

if TYPE_CHECKING:
    from planner_desktop.widgets.grid import GridView

_MESSAGE_MS = 12_000
_EDIT_ROLE = int(Qt.ItemDataRole.EditRole)


@runtime_checkable
class RowIdentity(Protocol):
    """What a model offers so that an open editor survives a reset."""

    def row_key(self, row: int) -> object:
        """Return what stays the same about a row wherever it moves."""

    def row_of(self, key: object) -> int:
        """Return where a row is now, -1 when it is not among the shown."""


class NotANumber(ValueError):
    """What was typed is no whole number within the limits. The message says what is expected."""


def parse_number(text: str, editor: Editor, tr: Callable[[str], str]) -> int | None:
    """Return the number typed, None for an empty field. Groups and signs are those of the editor's locale.

    Raises NotANumber with a sentence for the person who typed it.
    """
    wanted = text.strip()
    if not wanted:
        return None
    value, is_number = QLocale().toInt(wanted)
    if not is_number:
        value, is_number = QLocale.c().toInt(wanted)
    low = 0 if editor.minimum is None else editor.minimum
    if is_number and low <= value and (editor.maximum is None or value <= editor.maximum):
        return value
    if editor.maximum is None:
        expected = tr("a whole number from {low}").format(low=QLocale().toString(low))
    else:
        high = QLocale().toString(editor.maximum)
        expected = tr("{low} to {high}").format(low=QLocale().toString(low), high=high)
    raise NotANumber(tr("“{text}” does not fit. Expected {expected}.").format(text=wanted, expected=expected))


class CellField(QLineEdit):
    """The field over a cell: same text position as the cell, a ring instead of a border."""

    def __init__(self, theme: Theme, parent: QWidget, editor: Editor) -> None:
        super().__init__(parent)
        self._theme = theme
        self._wrong = False
        self.setProperty("bare", True)  # noqa: FBT003  Qt's own signature
        self.setFrame(False)
        self.setFont(theme.font("body"))
        self.setMaxLength(editor.length)
        self.setPlaceholderText(editor.placeholder)
        # A QLineEdit keeps two pixels for itself at both sides.
        side = theme.space("cell") - 2
        self.setTextMargins(side, 0, side, 0)
        if editor.numeric:
            self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setText(editor.text)
        self.selectAll()

    def show_wrong(self, wrong: bool) -> None:
        """Show the ring in the error colour, or as usual."""
        self._wrong = wrong
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        with QPainter(self) as painter:
            thick = theme.px(2)
            half = thick / 2
            painter.fillRect(self.rect(), theme.color("surface"))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.color("error" if self._wrong else "focus"), thick))
            radius = theme.radius("cell")
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(half, half, -half, -half), radius, radius)
        super().paintEvent(event)


class CellMessage(QFrame):
    """A sentence under a cell, in the error colour. Never takes the keyboard."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._around = parent
        self._icon = QLabel(self)
        self._text = QLabel(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(8), theme.px(5), theme.px(10), theme.px(5))
        row.setSpacing(theme.px(6))
        row.addWidget(self._icon)
        row.addWidget(self._text, 1)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def say(self, text: str, cell: QRect) -> None:
        """Show a sentence below (or above) a cell, given in the parent's coordinates."""
        theme = self._theme
        ratio = self.devicePixelRatioF()
        self._icon.setPixmap(theme.pixmap("circle-alert", "error", 14, ratio))
        self._text.setFont(theme.font("small"))
        palette = self._text.palette()
        palette.setColor(self._text.foregroundRole(), theme.color("error"))
        self._text.setPalette(palette)
        self._text.setText(text)
        self._text.setAccessibleName(text)
        self._text.setWordWrap(False)
        self.adjustSize()
        room = self._around.rect().adjusted(4, 4, -4, -4)
        if self.width() > room.width():
            self._text.setWordWrap(True)
            self.resize(room.width(), self.heightForWidth(room.width()))
        left = min(max(room.left(), cell.left()), room.right() - self.width())
        below = cell.bottom() + theme.px(3)
        top = below if below + self.height() <= room.bottom() else cell.top() - self.height() - theme.px(2)
        self.move(QPoint(left, top))
        self.show()
        self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.color("error"), 1))
            painter.setBrush(theme.color("raised"))
            radius = theme.radius("control")
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


class CellEditing(QObject):
    """Opens, places, commits and closes the one editor of a grid."""

    def __init__(self, theme: Theme, grid: GridView) -> None:
        super().__init__(grid)
        self._theme = theme
        self._grid = grid
        self._index = QModelIndex()
        self._key: object = None
        self._editor: Editor | None = None
        self._field: CellField | None = None
        self._popup: ChoicePopup | None = None
        self._message = CellMessage(theme, grid.viewport())
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.dismiss_message)

    @property
    def is_open(self) -> bool:
        """Whether a cell is being edited."""
        return self._editor is not None

    def open(self, index: QModelIndex) -> bool:
        """Start editing a cell. Returns False when the model does not let it be edited.

        An editor that is open with something that does not fit stays instead, and says so.
        """
        if not self.commit():
            self._ask_again()
            return True
        self.cancel()
        model = index.model()
        editor = model.data(index, EDITOR_ROLE) if index.isValid() else None
        if not isinstance(editor, Editor):
            return False
        self._grid.horizontalScrollBar().setValue(
            0 if self._grid.keeps_in_place(index.column()) else self._grid.horizontalScrollBar().value()
        )
        self._grid.scrollTo(index)
        self._index, self._editor = index, editor
        self._key = model.row_key(index.row()) if isinstance(model, RowIdentity) else None
        model.modelReset.connect(self._relocate)
        model.layoutChanged.connect(self._relocate)
        if editor.choices:
            self._open_popup(editor)
        else:
            self._open_field(editor)
        return True

    def commit(self) -> bool:
        """Hand the typed value to the model. Returns False, and stays open, when it was not taken."""
        editor, field = self._editor, self._field
        if editor is None or field is None:
            return True
        text = field.text().strip()
        if text == editor.text or (not text and editor.value is None):
            self.cancel()
            return True
        value: object = text
        if editor.numeric:
            try:
                value = parse_number(text, editor, self.tr)
            except NotANumber as problem:
                self._refuse(str(problem))
                return False
        return self._hand_over(value)

    def cancel(self) -> None:
        """Close without a change. The grid takes the keys back."""
        if self._editor is None:
            return
        had_focus = self._field is not None and self._field.hasFocus()
        field, popup = self._field, self._popup
        model = self._index.model()
        self._editor, self._field, self._popup, self._key = None, None, None, None
        self._index = QModelIndex()
        if model is not None:
            model.modelReset.disconnect(self._relocate)
            model.layoutChanged.disconnect(self._relocate)
        if field is not None:
            field.removeEventFilter(self)
            field.hide()
            field.deleteLater()
        if popup is not None:
            popup.close_quietly()
        self.dismiss_message()
        if had_focus or popup is not None:
            self._grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_message(self, row: int, column: int, text: str) -> None:
        """Say something at a cell."""
        model = model_of(self._grid)
        if model is None or not 0 <= row < model.rowCount():
            return
        self._message.say(text, self._grid.visualRect(model.index(row, column)))
        self._timer.start(_MESSAGE_MS)

    def dismiss_message(self) -> None:
        """Hide the sentence, if any."""
        self._timer.stop()
        self._message.hide()

    def follow_scroll(self) -> None:
        """The cell is about to move: leave what was typed to the model; what does not fit travels with its cell."""
        self.dismiss_message()
        if self._popup is not None:
            self.cancel()
        self.commit()

    def arrive(self) -> None:
        """The cell has moved."""
        if self._field is None or not self._index.isValid():
            return
        self._field.setGeometry(self._grid.visualRect(self._index).adjusted(0, -1, 0, 0))
        self.commit()

    def _open_field(self, editor: Editor) -> None:
        field = CellField(self._theme, self._grid.viewport(), editor)
        header = self._grid.model().headerData(self._index.column(), Qt.Orientation.Horizontal)
        field.setAccessibleName(str(header or ""))
        field.installEventFilter(self)
        field.textEdited.connect(self._typed)
        field.setGeometry(self._grid.visualRect(self._index).adjusted(0, -1, 0, 0))
        self._field = field
        field.show()
        field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _open_popup(self, editor: Editor) -> None:
        window = self._grid.window()
        cell = self._grid.visualRect(self._index)
        corner = self._grid.viewport().mapTo(window, cell.topLeft())
        popup = ChoicePopup(
            self._theme,
            window,
            editor.choices,
            searchable=editor.searchable,
            placeholder=editor.placeholder,
            creates=editor.creates,
        )
        popup.chosen.connect(self._chosen)
        popup.dismissed.connect(self.cancel)
        self._popup = popup
        popup.open_at(QRect(corner, cell.size()), editor.value)

    def _chosen(self, value: object) -> None:
        editor = self._editor
        if editor is not None and value != editor.value:
            self._hand_over(value)
        self.cancel()

    def _hand_over(self, value: object) -> bool:
        if not self._index.isValid():
            self.cancel()
            return True
        index = self._index
        if not self._grid.model().setData(index, value, _EDIT_ROLE):
            if self._field is not None:
                self._field.show_wrong(wrong=True)
            return False
        self.cancel()
        return True

    def _refuse(self, text: str) -> None:
        if self._field is not None:
            self._field.show_wrong(wrong=True)
            self._message.say(text, self._field.geometry())

    def _ask_again(self) -> None:
        """Back to what does not fit: a click elsewhere must not drop it. Escape does."""
        if self._field is not None:
            self._field.setFocus(Qt.FocusReason.OtherFocusReason)
            self.commit()

    def _typed(self) -> None:
        if self._field is not None:
            self._field.show_wrong(wrong=False)
        self.dismiss_message()

    def _relocate(self) -> None:
        model = self._grid.model()
        row = model.row_of(self._key) if isinstance(model, RowIdentity) and self._key is not None else -1
        if row < 0:
            self.cancel()
            return
        self._index = model.index(row, self._index.column())
        if self._field is not None:
            self._field.setGeometry(self._grid.visualRect(self._index).adjusted(0, -1, 0, 0))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self._field:
            return super().eventFilter(watched, event)
        if event.type() == QEvent.Type.FocusOut and isinstance(event, QFocusEvent):
            if (
                event.reason()
                not in {
                    Qt.FocusReason.ActiveWindowFocusReason,
                    Qt.FocusReason.PopupFocusReason,
                }
                and not self.commit()
            ):
                # After the press that took the focus has been dealt with.
                QTimer.singleShot(0, self, self._left)
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key_in_field(event)
        return super().eventFilter(watched, event)

    def _left(self) -> None:
        """The focus went elsewhere: within the grid it comes back, and the sentence stays in any case."""
        if self._field is None or self.commit():
            return
        if self._grid.hasFocus():
            self._field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _key_in_field(self, event: QKeyEvent) -> bool:
        key, index = event.key(), self._index
        if key == Qt.Key.Key_Escape:
            self.cancel()
            return True
        steps = {
            Qt.Key.Key_Return: (1, 0),
            Qt.Key.Key_Enter: (1, 0),
            Qt.Key.Key_Down: (1, 0),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Tab: (0, 1),
            Qt.Key.Key_Backtab: (0, -1),
        }
        step = steps.get(Qt.Key(key))
        if step is None:
            return False
        row, column = index.row() + step[0], index.column() + step[1]
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and step[0] and key != Qt.Key.Key_Up:
            row = index.row() - 1
        if self.commit():
            self._grid.go_to(row, column)
        return True
