"""The band of figures above a grid: at most five, each of them a filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from planner_desktop.widgets.focusring import RING_ROOM, give_ring
from planner_desktop.widgets.lines import edge_line
from planner_desktop.widgets.theme import Theme

MOST = 5


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure: ``label`` above, ``value`` strong, one ``note`` in grey; ``name`` is what a click announces."""

    name: str
    label: str
    value: str
    note: str = ""


class _MetricButton(QAbstractButton):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._metric = Metric("", "", "")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        give_ring(self, theme.tokens.radius["control"])

    @property
    def shown(self) -> Metric:
        return self._metric

    def show_metric(self, metric: Metric) -> None:
        self._metric = metric
        self.setAccessibleName(f"{metric.label}: {metric.value} {metric.note}".strip())
        self.setToolTip(f"{metric.label}: {metric.value} {metric.note}".strip())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        theme = self._theme
        value = QFontMetrics(theme.font("metric")).horizontalAdvance(self._metric.value)
        note = QFontMetrics(theme.font("small")).horizontalAdvance(self._metric.note)
        return QSize(value + note + theme.px(28), _height(theme))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(70), _height(self._theme))

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, metric = self._theme, self._metric
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self.underMouse():
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color("row-hover"))
                radius = theme.radius("control")
                painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
            left = theme.px(8)
            painter.setFont(theme.font("micro"))
            painter.setPen(theme.color("text-3"))
            self._draw(painter, left, theme.px(19) - RING_ROOM, metric.label)
            baseline = theme.px(39) - RING_ROOM
            painter.setFont(theme.font("metric"))
            painter.setPen(theme.color("text"))
            self._draw(painter, left, baseline, metric.value)
            left += painter.fontMetrics().horizontalAdvance(metric.value) + theme.px(8)
            painter.setFont(theme.font("small"))
            painter.setPen(theme.color("text-3"))
            self._draw(painter, left, baseline, metric.note)

    def _draw(self, painter: QPainter, left: int, baseline: int, text: str) -> None:
        room = max(0, self.width() - left - self._theme.px(4))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QPointF(left, baseline), shown)


def _height(theme: Theme) -> int:
    return theme.size("metrics") - 2 * RING_ROOM - 1


class MetricsBand(QWidget):
    """Up to five metrics in one row."""

    chosen = Signal(str)
    """The name of the metric that was clicked."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._row = QHBoxLayout(self)
        self._buttons: list[_MetricButton] = []
        self.setAccessibleName(self.tr("Figures"))
        theme.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        """Take sizes from the theme again."""
        side = self._theme.space("panel") - self._theme.px(8)
        # The line at the lower edge stays free of the ring.
        self._row.setContentsMargins(side, RING_ROOM, side, RING_ROOM + 1)
        self._row.setSpacing(self._theme.px(16))
        self.setFixedHeight(self._theme.size("metrics"))
        self.update()

    def show_metrics(self, metrics: Sequence[Metric]) -> None:
        """Show these. Raises ValueError for more than five: nobody reads a sixth."""
        if len(metrics) > MOST:
            raise ValueError(f"{len(metrics)} metrics do not fit; show {MOST} at most")
        while len(self._buttons) > len(metrics):
            self._buttons.pop().deleteLater()
        while len(self._buttons) < len(metrics):
            button = _MetricButton(self._theme, self)
            button.clicked.connect(self._clicked)
            self._buttons.append(button)
            self._row.addWidget(button)
        for button, metric in zip(self._buttons, metrics, strict=True):
            button.show_metric(metric)
        self.update()

    def _clicked(self) -> None:
        sender = self.sender()
        if isinstance(sender, _MetricButton):
            self.chosen.emit(sender.shown.name)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            theme = self._theme
            painter.fillRect(self.rect(), theme.color("surface"))
            inset = theme.px(14)
            for button in self._buttons[1:]:
                left = button.x() - theme.px(8)
                box = QRectF(left, inset, 1 / self.devicePixelRatioF(), self.height() - 2 * inset)
                painter.fillRect(box, theme.color("line"))
            edge_line(painter, theme, self, "bottom")
