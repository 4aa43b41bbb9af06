"""Radio tiles: two versions of a value side by side, one of them chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QSizePolicy, QWidget

from planner_desktop.widgets.focusring import RING_ROOM, give_ring
from planner_desktop.widgets.theme import Theme
from planner_desktop.widgets.toggles import paint_radio

UNKNOWN = "–"


class ChoiceTile(QRadioButton):
    """A radio button as a tile with the value on it."""

    def __init__(self, theme: Theme, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._value_text = text
        self.setText(text.replace("&", "&&"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAutoExclusive(False)
        give_ring(self, theme.tokens.radius["control"])
        theme.changed.connect(self.updateGeometry)

    def show_text(self, text: str) -> None:
        """Show another value."""
        self._value_text = text
        self.setText(text.replace("&", "&&"))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        theme = self._theme
        self.setFont(theme.font("body-strong" if self.isChecked() else "body"))
        width = self.fontMetrics().horizontalAdvance(self._value_text) + theme.px(38)
        return QSize(max(theme.px(120), width), theme.px(28))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(90), self._theme.px(28))

    def hitButton(self, _pos: object) -> bool:
        return True

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, on = self._theme, self.isChecked()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            radius, box = theme.radius("control"), QRectF(self.rect())
            thick = 1.5 * theme.scale if on else 1.0
            border = "accent" if on else "line-strong" if self.underMouse() else "line"
            painter.setBrush(theme.color(border))
            painter.drawRoundedRect(box, radius, radius)
            painter.setBrush(theme.color("accent-soft" if on else "surface"))
            painter.drawRoundedRect(
                box.adjusted(thick, thick, -thick, -thick), radius - thick, radius - thick
            )
            side = theme.px(14)
            circle = QRectF(theme.px(8), (self.height() - side) / 2, side, side)
            paint_radio(painter, theme, circle, on=on, enabled=self.isEnabled())
            left = theme.px(8) + side + theme.px(8)
            painter.setFont(theme.font("body", 500 if on else 400))
            color = "text" if self.isEnabled() else "text-disabled"
            painter.setPen(theme.color(color if self._value_text else "text-3"))
            room = QRect(left, 0, self.width() - left - theme.px(8), self.height())
            text = self._value_text or UNKNOWN
            text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), text)


class TilePair(QWidget):
    """Mine and theirs for one field. Left and Right choose; the tile's accessible name says whose it is."""

    chosen = Signal(object)
    """The value of the tile the editor chose."""

    def __init__(
        self,
        theme: Theme,
        field: str,
        choices: Sequence[tuple[object, str, str]],
        parent: QWidget | None = None,
    ) -> None:
        """``choices``: (value, whose, text) for each tile."""
        super().__init__(parent)
        self._values = [value for value, _, _ in choices]
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        # The focus ring stands around a tile, and inside this widget.
        row.setContentsMargins(RING_ROOM, RING_ROOM, RING_ROOM, RING_ROOM)
        row.setSpacing(theme.px(8))
        self.setAccessibleName(field)
        for at, (_, whose, text) in enumerate(choices):
            tile = ChoiceTile(theme, text, self)
            tile.setAccessibleName(f"{field}, {whose}: {text or UNKNOWN}")
            self._group.addButton(tile, at)
            row.addWidget(tile, 1)
        self._group.idClicked.connect(self._clicked)

    @property
    def value(self) -> object:
        """The chosen value, None while nothing is chosen."""
        at = self._group.checkedId()
        return self._values[at] if at >= 0 else None

    def set_value(self, value: object) -> None:
        """Choose without announcing it; a value that is not offered clears the choice."""
        self._group.setExclusive(False)
        for at, each in enumerate(self._values):
            self._group.button(at).setChecked(each == value)
        self._group.setExclusive(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {int(Qt.Key.Key_Left): -1, int(Qt.Key.Key_Right): 1}.get(event.key())
        if step is None:
            super().keyPressEvent(event)
            return
        at = (
            next((place for place in range(len(self._values)) if self._group.button(place).hasFocus()), 0)
            + step
        )
        if 0 <= at < len(self._values):
            self._group.button(at).setFocus(Qt.FocusReason.OtherFocusReason)
            self._group.button(at).click()

    def _clicked(self, at: int) -> None:
        self.chosen.emit(self._values[at])
