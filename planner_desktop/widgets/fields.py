"""Fields of panels and dialogs: a labelled line, a combo box and a searchable picker."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from planner_desktop.widgets.choices import ChoicePopup
from planner_desktop.widgets.roles import Choice, NewName
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme


class LineField(QLineEdit):
    """A text field; the style sheet gives it its looks. ``set_invalid`` shows the error border."""

    def __init__(self, theme: Theme, name: str, placeholder: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        theme.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        """Take the font from the theme again."""
        self.setFont(self._theme.font("body"))

    def event(self, event: QEvent) -> bool:
        answer = super().event(event)
        # A style sheet sets the height; the layout around has asked for it before, and would cut the field.
        if event.type() in {QEvent.Type.Polish, QEvent.Type.StyleChange}:
            self.updateGeometry()
        return answer

    def set_invalid(self, invalid: bool) -> None:
        """Show or remove the error border."""
        if bool(self.property("invalid")) != invalid:
            self.setProperty("invalid", invalid)
            self.style().unpolish(self)
            self.style().polish(self)


class Labelled(QWidget):
    """A control under its label, with a quiet note at the right ("817 have none") and room for a sentence below."""

    def __init__(self, theme: Theme, label: str, control: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.control = control
        self._label = Text(theme, label, "label", "text-2", self)
        self._label.setBuddy(control)
        self._note = Text(theme, "", "small", "text-3", self)
        self._error_icon = QLabel(self)
        self._error = Text(theme, "", "small", "error", self)
        self._error_row = QWidget(self)
        self._build()
        if not control.accessibleName():
            control.setAccessibleName(label)

    def set_note(self, text: str) -> None:
        """Say what the selection holds."""
        self._note.setText(text)
        self.control.setAccessibleDescription(text)

    def set_error(self, sentence: str) -> None:
        """Say what is wrong with the value; "" takes it back."""
        self._error.setText(sentence)
        self._error_row.setVisible(bool(sentence))
        ratio = self.devicePixelRatioF()
        self._error_icon.setPixmap(self._theme.pixmap("circle-alert", "error", 12, ratio))
        if isinstance(self.control, LineField):
            self.control.set_invalid(bool(sentence))
        if sentence:
            self.control.setAccessibleDescription(sentence)

    def _build(self) -> None:
        theme = self._theme
        head = QHBoxLayout()
        head.setSpacing(theme.px(8))
        head.addWidget(self._label)
        head.addStretch(1)
        head.addWidget(self._note)
        error = QHBoxLayout(self._error_row)
        error.setContentsMargins(0, 0, 0, 0)
        error.setSpacing(theme.px(4))
        error.addWidget(self._error_icon)
        error.addWidget(self._error, 1)
        self._error_row.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(4))
        column.addLayout(head)
        column.addWidget(self.control)
        column.addWidget(self._error_row)


def _paint_field(
    widget: QWidget, painter: QPainter, theme: Theme, text: str, *, icon: str | None, faint: bool
) -> None:
    """Draw a closed list field: border, icon, text, chevron."""
    enabled, focused = widget.isEnabled(), widget.hasFocus()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    radius = theme.radius("control")
    thick = theme.px(2) if focused else theme.px(1)
    border = "focus" if focused else "control-border" if enabled else "line"
    box = QRectF(widget.rect())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color(border))
    painter.drawRoundedRect(box, radius, radius)
    light = theme.scheme == "light"
    ground = ("surface" if light else "sunken") if enabled else ("sunken" if light else "surface")
    painter.setBrush(theme.color(ground))
    inner = radius - thick
    painter.drawRoundedRect(box.adjusted(thick, thick, -thick, -thick), inner, inner)
    ratio, left = widget.devicePixelRatioF(), theme.px(10)
    side = theme.px(14)
    if icon:
        tint = "text-2" if enabled else "text-disabled"
        painter.drawPixmap(QPointF(left, (widget.height() - side) // 2), theme.pixmap(icon, tint, 14, ratio))
        left += side + theme.px(6)
    arrow_left = widget.width() - theme.px(9) - side
    arrow = theme.pixmap("chevron-down", "text-2" if enabled else "text-disabled", 14, ratio)
    painter.drawPixmap(QPointF(arrow_left, (widget.height() - side) // 2), arrow)
    painter.setFont(theme.font("body"))
    color = "text-disabled" if not enabled else "text-3" if faint else "text"
    painter.setPen(theme.color(color))
    room = QRect(left, 0, arrow_left - left - theme.px(4), widget.height())
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine), shown)


class Combo(QComboBox):
    """A short, fixed list (theme, text size, sort order)."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        """Take sizes from the theme again."""
        self.setFont(self._theme.font("body"))
        self.setFixedHeight(self._theme.size("control"))

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        texts = [self.itemText(row) for row in range(self.count())]
        width = max(map(metrics.horizontalAdvance, texts), default=0)
        return QSize(width + self._theme.px(48), self._theme.size("control"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            _paint_field(self, painter, self._theme, self.currentText(), icon=None, faint=False)


class Picker(QPushButton):
    """A field that opens a list, searchable when there may be many; for clusters, sectors and sites.

    ``value`` None with ``placeholder`` shown means "unchanged".
    """

    picked = Signal(object)
    """The value chosen by the editor."""

    def __init__(
        self,
        theme: Theme,
        name: str,
        *,
        icon: str | None = None,
        placeholder: str = "",
        searchable: bool = True,
        creates: str = "",
        around: QWidget | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """``around`` is what the list floats over: the sheet a field stands in, by default its window."""
        super().__init__(parent)
        self._around = around
        self._theme = theme
        self._creates = creates
        self._icon_name = theme.icons.require(icon) if icon else None
        self._placeholder = placeholder
        self._searchable = searchable
        self._choices: Sequence[Choice] = ()
        self._value: object = None
        self._popup: ChoicePopup | None = None
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self.open)
        theme.changed.connect(self.restyle)
        self.restyle()

    @property
    def value(self) -> object:
        """The value shown."""
        return self._value

    def set_choices(self, choices: Sequence[Choice], value: object = None) -> None:
        """Offer these and show ``value``."""
        self._choices = choices
        self.set_value(value)

    def set_value(self, value: object) -> None:
        """Show a value without announcing it."""
        self._value = value
        self.setAccessibleDescription(self._label())
        self.update()

    def restyle(self) -> None:
        """Take sizes from the theme again."""
        self.setFont(self._theme.font("body"))
        self.setFixedHeight(self._theme.size("control"))

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(140), self._theme.size("control"))

    def open(self) -> None:
        """Show the list."""
        window = self._around or self.window()
        popup = ChoicePopup(
            self._theme,
            window,
            self._choices,
            searchable=self._searchable,
            creates=self._creates,
        )
        popup.chosen.connect(self._take)
        popup.dismissed.connect(self._closed)
        self._popup = popup
        popup.open_at(QRect(self.mapTo(window, QPoint(0, 0)), self.size()), self._value)

    def _label(self) -> str:
        if isinstance(self._value, NewName):
            return self._value.text
        return next((choice.label for choice in self._choices if choice.value == self._value), "")

    def _take(self, value: object) -> None:
        self.set_value(value)
        self._closed()
        self.picked.emit(value)

    def _closed(self) -> None:
        self._popup = None
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            label = self._label()
            text = label or self._placeholder
            _paint_field(self, painter, self._theme, text, icon=self._icon_name, faint=not label)
