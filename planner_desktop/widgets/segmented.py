"""A segmented control (two to four choices, one of them) and page tabs (saved views)."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from planner_desktop.widgets.focusring import give_ring
from planner_desktop.widgets.theme import Theme


class _Segment(QAbstractButton):
    """One choice. ``flat`` ones (tabs) have no ground of their own."""

    def __init__(self, theme: Theme, text: str, parent: QWidget, *, flat: bool) -> None:
        super().__init__(parent)
        self._theme = theme
        self._flat = flat
        self.setText(text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        vertical = QSizePolicy.Policy.Fixed
        self.setSizePolicy(QSizePolicy.Policy.Preferred if flat else QSizePolicy.Policy.Expanding, vertical)
        give_ring(self, theme.tokens.radius["control"] - (0 if flat else 1))
        theme.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        theme = self._theme
        self.setFont(theme.font("body-strong" if self._flat else "label"))
        width = self.fontMetrics().horizontalAdvance(self.text()) + 2 * theme.px(10)
        return QSize(width, theme.size("button") - (0 if self._flat else theme.px(4)))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            radius = theme.radius("control")
            box = QRectF(self.rect())
            if self.isChecked() and self._flat:
                painter.setBrush(theme.color("neutral-soft"))
                painter.drawRoundedRect(box, radius, radius)
            elif self.isChecked():
                radius -= 1
                painter.setBrush(theme.color("line-strong"))
                painter.drawRoundedRect(box, radius, radius)
                painter.setBrush(theme.color("surface"))
                painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), radius - 1, radius - 1)
            elif self.underMouse() and self.isEnabled() and self._flat:
                painter.setBrush(theme.color("row-hover"))
                painter.drawRoundedRect(box, radius, radius)
            painter.setFont(theme.font("body-strong" if self._flat else "label"))
            if not self.isEnabled():
                color = "text-disabled"
            else:
                color = "text" if self.isChecked() or self.underMouse() else "text-2"
            painter.setPen(theme.color(color))
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), self.text())


class Segmented(QWidget):
    """One of a few. Left and Right move; ``value`` None means "leave as it is" (a mixed selection)."""

    chosen = Signal(object)
    """The value of the segment the editor chose."""

    def __init__(
        self,
        theme: Theme,
        name: str,
        choices: Sequence[tuple[object, str]],
        parent: QWidget | None = None,
        *,
        flat: bool = False,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._flat = flat
        self._values = [value for value, _ in choices]
        self._group = QButtonGroup(self)
        self._row = QHBoxLayout(self)
        self.setAccessibleName(name)
        self.setSizePolicy(
            QSizePolicy.Policy.Maximum if flat else QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed
        )
        for at, (_, label) in enumerate(choices):
            segment = _Segment(theme, label, self, flat=flat)
            segment.setAccessibleDescription(name)
            self._group.addButton(segment, at)
            self._row.addWidget(segment)
        self._group.idClicked.connect(self._clicked)
        theme.changed.connect(self.restyle)
        self.restyle()

    @property
    def value(self) -> object:
        """The chosen value, None when there is none."""
        at = self._group.checkedId()
        return self._values[at] if at >= 0 else None

    def set_value(self, value: object) -> None:
        """Choose without announcing it; None (or a value that is not offered) clears the choice."""
        self._group.setExclusive(False)
        for at, each in enumerate(self._values):
            self._group.button(at).setChecked(value is not None and each == value)
        self._group.setExclusive(True)

    def restyle(self) -> None:
        """Take sizes from the theme again."""
        inset = 0 if self._flat else self._theme.px(2)
        self._row.setContentsMargins(inset, inset, inset, inset)
        self._row.setSpacing(self._theme.px(2))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._flat:
            return
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("neutral-soft"))
            radius = self._theme.radius("control")
            painter.drawRoundedRect(QRectF(self.rect()), radius, radius)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {int(Qt.Key.Key_Left): -1, int(Qt.Key.Key_Right): 1}.get(event.key())
        if step is None:
            super().keyPressEvent(event)
            return
        focused = [self._group.id(button) for button in self._group.buttons() if button.hasFocus()]
        at = (focused[0] if focused else 0) + step
        if 0 <= at < len(self._values):
            button = self._group.button(at)
            button.setFocus(Qt.FocusReason.OtherFocusReason)
            button.click()

    def _clicked(self, at: int) -> None:
        self.chosen.emit(self._values[at])


class Tabs(Segmented):
    """Saved views in a page header."""

    def __init__(
        self, theme: Theme, name: str, choices: Sequence[tuple[object, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, name, choices, parent, flat=True)
