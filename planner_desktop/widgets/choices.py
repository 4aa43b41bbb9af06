"""A list to choose from, floating in the window: for cells, pickers and anything with more than a few entries."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from planner_desktop.widgets.marks import status_pixmap
from planner_desktop.widgets.roles import ROOT, Choice, NewName
from planner_desktop.widgets.shadow import FloatingFrame
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme

_MOST_SHOWN = 500
_ROWS_IN_VIEW = 9
_CHOICE_ROLE = int(Qt.ItemDataRole.UserRole)

AnyIndex = QModelIndex | QPersistentModelIndex


class ChoiceModel(QAbstractListModel):
    """Choices whose label contains what was typed; those that begin with it come first."""

    def __init__(
        self, choices: Sequence[Choice], parent: QObject | None = None, *, creates: str = ""
    ) -> None:
        super().__init__(parent)
        self._creates = creates
        self._all = list(choices)
        self._folded = [_folded(choice.label) for choice in self._all]
        self._shown = self._all[:_MOST_SHOWN]

    def rowCount(self, parent: AnyIndex = ROOT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: AnyIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        choice = self._shown[index.row()]
        if role == int(Qt.ItemDataRole.DisplayRole):
            return choice.label
        if role == _CHOICE_ROLE:
            return choice
        if role == int(Qt.ItemDataRole.AccessibleTextRole):
            return f"{choice.label}, {choice.note}" if choice.note else choice.label
        return None

    def choice(self, row: int) -> Choice:
        """Return a shown choice."""
        return self._shown[row]

    def row_of(self, value: object) -> int:
        """Return the row of the shown choice with that value, -1 when it is not shown."""
        return next((row for row, choice in enumerate(self._shown) if choice.value == value), -1)

    def narrow(self, text: str) -> None:
        """Show only choices whose label contains ``text``, and the offer to make it where none is called so."""
        wanted = _folded(text)
        self.beginResetModel()
        hits = [at for at, label in enumerate(self._folded) if wanted in label]
        hits.sort(key=lambda at: not self._folded[at].startswith(wanted))
        self._shown = [self._all[at] for at in hits[:_MOST_SHOWN]]
        if self._creates and wanted and wanted not in self._folded:
            name = text.strip()
            self._shown.append(Choice(NewName(name), self._creates.format(name=name)))
        self.endResetModel()


def _folded(text: str) -> str:
    """Return a label as it is compared: nobody types the dot between a site and its sector."""
    return " ".join(text.casefold().replace("·", " ").split())


class _ChoiceDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: AnyIndex) -> QSize:
        return QSize(self._theme.px(120), self._theme.size("row"))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        theme = self._theme
        choice: Choice = index.data(_CHOICE_ROLE)
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent-soft"))
            radius = theme.radius("tile")
            painter.drawRoundedRect(QRectF(rect), radius, radius)
        left = rect.x() + theme.px(8)
        if choice.sign is not None:
            dot = status_pixmap(theme, choice.sign, painter.device().devicePixelRatio())
            side = theme.px(8)
            painter.drawPixmap(QPointF(left, rect.y() + (rect.height() - side) / 2), dot)
            left += side + theme.px(6)
        line = int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine)
        room = QRect(left, rect.y(), rect.right() - left - theme.px(8), rect.height())
        if choice.note:
            painter.setFont(theme.font("small"))
            painter.setPen(theme.color("text-3"))
            painter.drawText(room, line | int(Qt.AlignmentFlag.AlignRight), choice.note)
            used = painter.fontMetrics().horizontalAdvance(choice.note) + theme.px(10)
            room.setWidth(max(0, room.width() - used))
        painter.setFont(theme.font("body"))
        painter.setPen(theme.color("text"))
        label = painter.fontMetrics().elidedText(choice.label, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, line, label)
        painter.restore()


class ChoicePopup(FloatingFrame):
    """The floating list. Arrow keys move, Enter takes, Escape leaves, typing narrows when it is searchable."""

    chosen = Signal(object)
    """The value of the choice taken; the popup is closed by then."""
    dismissed = Signal()
    """Closed without a choice."""

    def __init__(
        self,
        theme: Theme,
        window: QWidget,
        choices: Sequence[Choice],
        *,
        searchable: bool,
        placeholder: str = "",
        creates: str = "",
        nothing: str = "",
    ) -> None:
        """``nothing`` is said where no choice has what was typed in it."""
        super().__init__(theme, window)
        self._done = False
        self.focus_went = False
        """Whether it was closed because something else took the focus, which is to keep it."""
        self._model = ChoiceModel(choices, self, creates=creates)
        self._search = QLineEdit(self) if searchable else None
        self._list = QListView(self)
        self._nothing = Text(theme, nothing, "small", "text-3", self)
        self._nothing.hide()
        self._build(placeholder)

    def open_at(self, anchor: QRect, current: object) -> None:
        """Show below ``anchor`` (in the parent's coordinates), above it where there is no room; take the keys."""
        theme = self._theme
        rows = max(1, min(_ROWS_IN_VIEW, self._model.rowCount()))
        height = rows * theme.size("row") + 2 * theme.px(5)
        if self._search is not None:
            height += theme.size("control") + theme.px(4)
        width = max(anchor.width(), theme.px(160 if self._search is None else 240))
        parent = self._around
        left = min(max(0, anchor.left()), max(0, parent.width() - width - theme.px(4)))
        top = anchor.bottom() + 1 + theme.px(2)
        if top + height > parent.height() and anchor.top() > height:
            top = anchor.top() - height - theme.px(2)
        self.place(QPoint(left, top), width, height)
        self._select(max(0, self._model.row_of(current)))
        self.show()
        self.raise_()
        (self._search or self._list).setFocus(Qt.FocusReason.PopupFocusReason)
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]

    def close_quietly(self) -> None:
        """Close without telling anybody."""
        self._done = True
        QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
        self.hide()
        self.deleteLater()

    def _build(self, placeholder: str) -> None:
        theme = self._theme
        inner = QVBoxLayout(self)
        inner.setContentsMargins(*(theme.px(5),) * 4)
        inner.setSpacing(theme.px(4))
        if self._search is not None:
            self._search.setPlaceholderText(placeholder or self.tr("Type to find"))
            self._search.setAccessibleName(placeholder or self.tr("Type to find"))
            self._search.textChanged.connect(self._narrow)
            self._search.installEventFilter(self)
            inner.addWidget(self._search)
        view = self._list
        view.setModel(self._model)
        self._delegate = _ChoiceDelegate(theme, self)
        view.setItemDelegate(self._delegate)
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setUniformItemSizes(True)
        view.setMouseTracking(True)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setAccessibleName(self.tr("Choices"))
        view.viewport().setAutoFillBackground(False)
        view.clicked.connect(self._take)
        view.entered.connect(view.setCurrentIndex)
        view.installEventFilter(self)
        self._nothing.setContentsMargins(theme.px(8), theme.px(4), theme.px(8), theme.px(4))
        inner.addWidget(self._nothing)
        inner.addWidget(view)

    def _narrow(self, text: str) -> None:
        self._model.narrow(text)
        none = bool(self._nothing.text()) and self._model.rowCount() == 0
        self._nothing.setVisible(none)
        self._list.setVisible(not none)
        self._select(0)

    def _select(self, row: int) -> None:
        index = self._model.index(row, 0)
        self._list.setCurrentIndex(index)
        self._list.scrollTo(index)

    def _take(self, index: QModelIndex) -> None:
        if not self._done and index.isValid():
            value = self._model.choice(index.row()).value
            self.close_quietly()
            self.chosen.emit(value)

    def _dismiss(self) -> None:
        if not self._done:
            self.close_quietly()
            self.dismissed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._search or watched is self._list:
            return self._own_event(watched, event)
        # A press on something that takes no focus (a title, a bare area) ends the choice as well.
        outside = isinstance(watched, QWidget) and watched is not self and not self.isAncestorOf(watched)
        if outside and event.type() == QEvent.Type.MouseButtonPress:
            self._dismiss()
        return False

    def _own_event(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            focused = self.window().focusWidget() if self.window() is not None else None
            if not self._done and (focused is None or not self.isAncestorOf(focused)):
                self.focus_went = focused is not None
                self._dismiss()
        elif event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event.key())
        return super().eventFilter(watched, event)

    def _key(self, key: int) -> bool:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}.get(
            Qt.Key(key)
        )
        if step is not None:
            row = self._list.currentIndex().row() + step
            self._select(min(max(0, row), self._model.rowCount() - 1))
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab}:
            self._take(self._list.currentIndex())
        elif key == Qt.Key.Key_Escape:
            self._dismiss()
        else:
            return False
        return True
