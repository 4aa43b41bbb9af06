"""Which clusters a selection is of: names, bars, counts."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from planner_desktop.screens import words
from planner_desktop.screens.keywords.cells import tr
from planner_desktop.widgets.theme import Theme


class ShareBar(QWidget):
    """A small table of the largest parts."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shares: Sequence[tuple[str, int]] = ()
        self._whole = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    def show_shares(self, shares: Sequence[tuple[str, int]], whole: int) -> None:
        """Show (name, rows) of a whole; "" is none."""
        self._shares, self._whole = shares, whole
        said = ", ".join(f"{name or tr('None')} {count}" for name, count in shares)
        self.setAccessibleName(tr("Clusters in this selection: {list}").format(list=said))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        theme = self._theme
        return QSize(theme.px(120), theme.px(24) + len(self._shares) * theme.px(20))

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font("label"))
        painter.setPen(theme.color("text-2"))
        centre = int(Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRect(0, 0, self.width(), theme.px(20)), centre, tr("Clusters in this selection"))
        largest = max((count for _, count in self._shares), default=1)
        tall, name_width = theme.px(20), round(self.width() * 0.42)
        for at, (name, count) in enumerate(self._shares):
            top = theme.px(24) + at * tall
            painter.setFont(theme.font("small"))
            painter.setPen(theme.color("text"))
            label = painter.fontMetrics().elidedText(
                name or tr("None"), Qt.TextElideMode.ElideRight, name_width - theme.px(8)
            )
            painter.drawText(QRect(0, top, name_width, tall), centre, label)
            painter.setPen(theme.color("text-2"))
            right = centre | int(Qt.AlignmentFlag.AlignRight)
            painter.drawText(QRect(0, top, self.width(), tall), right, words.number(count))
            room = self.width() - name_width - theme.px(56)
            bar = QRectF(
                name_width, top + tall / 2 - theme.px(3), max(2.0, room * count / largest), theme.px(6)
            )
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("control-border"))
            painter.drawRoundedRect(bar, theme.radius("bar"), theme.radius("bar"))
        painter.end()
