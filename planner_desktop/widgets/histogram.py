"""A small histogram whose range is chosen: by a click on a bar, by drawing over some, or by two handles that take the arrow keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from planner_desktop.widgets.focusring import give_ring
from planner_desktop.widgets.theme import Theme

_TALL, _GAP, _HANDLE, _EDGE = 44, 1, 3, 4
_LEAST = 2


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its share of the tallest (0 to 1), the colour it has inside the range, and what it stands for in words."""

    share: float
    color: str
    words: str


@dataclass(frozen=True, slots=True)
class Bars:
    """All bars from left to right, and the first and last that are chosen, None where the range is whole."""

    bars: Sequence[Bar]
    chosen: tuple[int, int] | None = None


NONE = Bars(())


class Histogram(QWidget):
    """Bars with a range. Left and Right move a handle, Up and Down change to the other one, Escape chooses everything."""

    ranged = Signal(object)
    """The first and last bar chosen as a pair, None for all."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bars = NONE
        self._drawn: tuple[int, int] | None = None
        """What is being drawn: where it began, where the pointer is."""
        self._is_last = False
        self._title = ""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        give_ring(self, theme.tokens.radius["tile"])

    def show_bars(self, title: str, bars: Bars) -> None:
        """Show bars; the title is for whoever cannot see them."""
        self._title, self._bars = title, bars
        first, last = self.chosen
        said = self.tr("all")
        if bars.chosen is not None:
            said = self.tr("from {first} to {last}").format(
                first=bars.bars[first].words, last=bars.bars[last].words
            )
        self.setAccessibleName(f"{title}, {said}")
        self.update()

    @property
    def chosen(self) -> tuple[int, int]:
        """The first and last bar of the range."""
        if self._drawn is not None:
            return min(self._drawn), max(self._drawn)
        return self._bars.chosen or (0, max(0, len(self._bars.bars) - 1))

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(120), self._theme.px(_TALL))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(60), self._theme.px(_TALL))

    # ------------------------------------------------------------ pointer and keys

    def bar_at(self, x: float) -> int:
        """Return the bar at a place."""
        left, wide = self._room()
        count = len(self._bars.bars)
        return min(max(0, int((x - left) * count / max(1.0, wide))), count - 1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._bars.bars:
            at = self.bar_at(event.position().x())
            self._drawn = (at, at)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drawn is not None:
            self._drawn = (self._drawn[0], self.bar_at(event.position().x()))
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._drawn is None or event.button() != Qt.MouseButton.LeftButton:
            return
        first, last = self.chosen
        self._drawn = None
        # The bar that is chosen alone is let go by a click on it.
        self._choose(None if (first, last) == self._bars.chosen and first == last else (first, last))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in {Qt.Key.Key_Left, Qt.Key.Key_Right} and self._bars.bars:
            self._move(1 if key == Qt.Key.Key_Right else -1)
        elif key in {Qt.Key.Key_Up, Qt.Key.Key_Down}:
            self._is_last = not self._is_last
            self.update()
        elif key in {Qt.Key.Key_Escape, Qt.Key.Key_Backspace, Qt.Key.Key_Delete}:
            self._choose(None)
        else:
            super().keyPressEvent(event)

    def _move(self, step: int) -> None:
        first, last = self.chosen
        if self._is_last:
            last = min(max(first, last + step), len(self._bars.bars) - 1)
        else:
            first = max(0, min(last, first + step))
        self._choose((first, last))

    def _choose(self, chosen: tuple[int, int] | None) -> None:
        whole = (0, len(self._bars.bars) - 1)
        self.ranged.emit(None if chosen == whole else chosen)
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._bars.bars:
            self._tell(event.globalPos(), self.bar_at(event.pos().x()))
            return True
        return super().event(event)

    def _tell(self, place: QPoint, at: int) -> None:
        said = self.tr("{bar}\nDraw over bars for a range").format(bar=self._bars.bars[at].words)
        QToolTip.showText(place, said, self)

    # ------------------------------------------------------------ painting

    def _room(self) -> tuple[float, float]:
        edge = self._theme.px(_EDGE)
        return edge, self.width() - 2 * edge

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, bars = self._theme, self._bars.bars
        if not bars:
            return
        left, wide = self._room()
        first, last = self.chosen
        step, gap = wide / len(bars), theme.px(_GAP)
        ground = self.height() - theme.px(6)
        top = theme.px(4)
        with QPainter(self) as painter:
            painter.fillRect(QRectF(left, ground, wide, theme.px(1)), theme.color("line"))
            for at, bar in enumerate(bars):
                tall = max(theme.px(_LEAST), (ground - top) * min(1.0, bar.share)) if bar.share > 0 else 0
                color = theme.color(bar.color if first <= at <= last else "band-off")
                painter.fillRect(QRectF(left + at * step, ground - tall, max(1.0, step - gap), tall), color)
            for is_last, at in ((False, first), (True, last + 1)):
                active = self.hasFocus() and is_last is self._is_last
                x = left + at * step - theme.px(_HANDLE) / 2 - (gap if is_last else 0)
                handle = theme.color("accent" if active or self._bars.chosen or self._drawn else "text-3")
                painter.fillRect(QRectF(x, ground - theme.px(5), theme.px(_HANDLE), theme.px(10)), handle)
