"""Empty states: a dashed sketch of what will be here, one sentence with the real number, ways to begin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme

# Boxes in a field of 260 x 70: what a table, a treemap or a list would look like.
SKETCHES: dict[str, tuple[tuple[float, float, float, float], ...]] = {
    "table": ((0, 0, 260, 18), (0, 26, 260, 18), (0, 52, 260, 18)),
    "treemap": ((0, 0, 109, 69), (117, 0, 65, 69), (190, 0, 70, 32), (190, 40, 32, 29), (230, 40, 30, 29)),
    "list": (
        (0, 0, 26, 18),
        (34, 0, 226, 18),
        (0, 26, 26, 18),
        (34, 26, 180, 18),
        (0, 52, 26, 18),
        (34, 52, 205, 18),
    ),
}


@dataclass(frozen=True, slots=True)
class WayToBegin:
    """One offer: what it does, what it costs, and the button."""

    icon: str
    title: str
    sentence: str
    cost: str
    button: str
    run: Callable[[], object]
    primary: bool = False


class _Sketch(QWidget):
    def __init__(self, theme: Theme, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._boxes = SKETCHES[name]
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(262), self._theme.px(72))

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            pen = QPen(theme.color("line-strong"), 1.2 * theme.scale)
            pen.setDashPattern([4, 3])
            painter.setPen(pen)
            radius = theme.radius("tile")
            for x, y, width, height in self._boxes:
                scale = theme.scale
                box = QRectF(x * scale + 1, y * scale + 1, width * scale, height * scale)
                painter.drawRoundedRect(box, radius, radius)


class _OfferCard(QFrame):
    def __init__(self, theme: Theme, way: WayToBegin, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("ground", "surface")
        icon = QLabel(self)
        icon.setPixmap(theme.pixmap(theme.icons.require(way.icon), "text-2", 18, self.devicePixelRatioF()))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Text(theme, way.title, "section", "text", self))
        sentence = Text(theme, way.sentence, "small", "text-2", self)
        sentence.setWordWrap(True)
        words.addWidget(sentence)
        button = Button(theme, way.button, "primary" if way.primary else "plain", size="control", parent=self)
        button.setMinimumWidth(theme.px(96))
        button.clicked.connect(way.run)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(22), theme.px(10), theme.px(16), theme.px(10))
        row.setSpacing(theme.px(16))
        row.addWidget(icon)
        row.addLayout(words, 1)
        row.addWidget(Text(theme, way.cost, "small", "text-3", self))
        row.addWidget(button)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.color("line"), 1))
            painter.setBrush(theme.color("surface"))
            radius = theme.radius("card")
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


class EmptyState(QWidget):
    """Fills a page that has nothing to show. Made anew when the facts change."""

    def __init__(
        self,
        theme: Theme,
        title: str,
        sentence: str,
        ways: Sequence[WayToBegin] = (),
        *,
        sketch: str = "table",
        hint: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        middle = Qt.AlignmentFlag.AlignHCenter
        column = QVBoxLayout(self)
        column.setSpacing(theme.px(6))
        column.addStretch(2)
        column.addWidget(_Sketch(theme, sketch, self), 0, middle)
        column.addSpacing(theme.px(20))
        column.addWidget(Text(theme, title, "page-title", "text", self), 0, middle)
        column.addWidget(Text(theme, sentence, "body", "text-2", self), 0, middle)
        column.addSpacing(theme.px(14))
        for way in ways:
            card = _OfferCard(theme, way, self)
            card.setFixedWidth(theme.px(640))
            column.addWidget(card, 0, middle)
        if hint:
            column.addSpacing(theme.px(8))
            column.addWidget(Text(theme, hint, "small", "text-3", self), 0, middle)
        column.addStretch(3)
        self.setAccessibleName(title)
        self.setAccessibleDescription(sentence)
