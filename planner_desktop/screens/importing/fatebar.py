"""What becomes of the rows: one bar of shares, and below it a button for each fate, which shows the rows of that fate alone."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from planner_desktop.screens import words
from planner_desktop.screens.importing.texts import FATES, fate, tr
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.theme import Theme


class _Shares(QWidget):
    """The bar. The buttons below say the same in words, so it says nothing to a screen reader."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._counts: Mapping[str, int] = {}

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """Show shares of the whole."""
        self._counts = counts
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, whole = self._theme, sum(self._counts.values())
        if not whole:
            return
        gap, least = theme.px(2), theme.px(3)
        room = self.width() - gap * (len(self._counts) - 1)
        wide = {name: max(least, room * count / whole) for name, count in self._counts.items()}
        shrink = room / sum(wide.values())
        left = 0.0
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            for name, width in wide.items():
                painter.setBrush(theme.color(fate(name).colour))
                radius = theme.radius("bar")
                painter.drawRoundedRect(QRectF(left, 0, width * shrink, self.height()), radius, radius)
                left += width * shrink + gap


class FateBar(QWidget):
    """Shares and buttons. `chosen` "" shows all rows."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shares = _Shares(theme, self)
        self.buttons: dict[str, Button] = {}
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("What becomes of the rows"))
        theme.changed.connect(self._arrange)

    @property
    def value(self) -> str:
        """The fate that is chosen, "" for none."""
        return next((name for name, button in self.buttons.items() if button.isChecked()), "")

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """Show how many rows have which fate. A chosen one stays chosen while it has rows."""
        kept = self.value
        ordered = {name: counts[name] for name in (*FATES, *counts) if counts.get(name)}
        self._shares.show_counts(ordered)
        for button in self.buttons.values():
            button.hide()
            button.deleteLater()
        self.buttons = {}
        for name, count in ordered.items():
            told = fate(name)
            button = Button(
                self._theme,
                f"{tr(told.title)} {words.number(count)}",
                icon=told.icon,
                size="control",
                parent=self,
            )
            button.setCheckable(True)
            button.setChecked(name == kept)
            button.setToolTip(tr("Show these rows alone"))
            button.clicked.connect(lambda checked, which=name: self._clicked(which, on=checked))
            button.show()
            self.buttons[name] = button
        self._arrange()
        if kept and kept not in ordered:
            self.chosen.emit("")

    def _clicked(self, name: str, *, on: bool) -> None:
        for other, button in self.buttons.items():
            button.setChecked(on and other == name)
        self.chosen.emit(name if on else "")

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(320), self._height(self.width()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._arrange()

    def _arrange(self) -> None:
        """Put the buttons side by side, in a second row where there is no room."""
        self._shares.setGeometry(0, 0, self.width(), self._theme.px(8))
        for name, (left, top) in self._places(self.width()).items():
            button = self.buttons[name]
            button.setGeometry(left, top, button.sizeHint().width(), button.sizeHint().height())
        self.setFixedHeight(self._height(self.width()))

    def _places(self, width: int) -> dict[str, tuple[int, int]]:
        gap = self._theme.px(8)
        left, top, found = 0, self._theme.px(16), {}
        for name, button in self.buttons.items():
            wide = button.sizeHint().width()
            if left and left + wide > width:
                left, top = 0, top + button.sizeHint().height() + gap
            found[name] = (left, top)
            left += wide + gap
        return found

    def _height(self, width: int) -> int:
        places = self._places(width)
        tall = max((button.sizeHint().height() for button in self.buttons.values()), default=0)
        return max((top for _, top in places.values()), default=0) + tall + self._theme.px(4)
