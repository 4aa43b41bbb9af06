"""The column of facets beside a grid: groups that fold, each with lines of check, label, count and a bar for its share.

A click asks for this value alone, with Ctrl or Shift for it as well, with Alt (or the minus key) for rows without it. What a click
means for a query is for the caller; the panel only shows what it is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.focusring import give_ring
from planner_desktop.widgets.histogram import NONE, Bars, Histogram
from planner_desktop.widgets.lines import edge_line
from planner_desktop.widgets.text import Ground
from planner_desktop.widgets.theme import Theme
from planner_desktop.widgets.toggles import paint_check

_BOX = 14
_MORE = 56


class Choosing(Enum):
    """How a line was chosen."""

    ONLY = "only"
    ALSO = "also"
    NOT = "not"


class Chosen(Enum):
    """What the query says of a line."""

    NO = "no"
    YES = "yes"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class FacetLine:
    """A line: what `value` the caller knows it by, its label, the count as text, its share of the largest (0 to 1).

    `exact` is the count in full where the text is shorter.
    """

    value: object
    label: str
    count: str
    share: float
    chosen: Chosen = Chosen.NO
    exact: str = ""


@dataclass(frozen=True, slots=True)
class FacetGroup:
    """A group of lines; `more` is the text of the button for those that are not shown, "" for none.

    `bars` stand above the lines; without any, nothing does.
    """

    name: str
    title: str
    lines: Sequence[FacetLine]
    more: str = ""
    bars: Bars = NONE


class _Row(QAbstractButton):
    asked = Signal(object)
    """A Choosing."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._line = FacetLine(None, "", "", 0.0)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        give_ring(self, theme.tokens.radius["tile"])

    @property
    def line(self) -> FacetLine:
        return self._line

    def show_line(self, line: FacetLine) -> None:
        if line == self._line:
            return
        self._line = line
        said = {Chosen.NO: "", Chosen.YES: self.tr("chosen"), Chosen.EXCLUDED: self.tr("left out")}[
            line.chosen
        ]
        count = line.exact or line.count
        self.setAccessibleName(", ".join(part for part in (line.label, count, said) if part))
        self.setToolTip(
            self.tr("{label}: {count}\nCtrl adds it, Alt leaves it out").format(label=line.label, count=count)
        )
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(120), self._theme.size("facet-row"))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(60), self._theme.size("facet-row"))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        inside = self.rect().contains(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and inside and self.isDown():
            self.setDown(False)
            self.asked.emit(_choosing(event.modifiers()))
            return
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in {Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.asked.emit(_choosing(event.modifiers()))
        elif key == Qt.Key.Key_Minus:
            self.asked.emit(Choosing.NOT)
        elif key in {Qt.Key.Key_Down, Qt.Key.Key_Up}:
            self.focusNextPrevChild(key == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, line = self._theme, self._line
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_share(painter)
            side = theme.px(_BOX)
            left = theme.px(6)
            box = QRectF(left, (self.height() - side) // 2, side, side)
            checked = Qt.CheckState.Unchecked if line.chosen is Chosen.NO else Qt.CheckState.Checked
            if line.chosen is Chosen.EXCLUDED:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color("error"))
                painter.drawRoundedRect(box, theme.radius("check"), theme.radius("check"))
                dash = QRectF(box.x() + 0.28 * side, box.center().y() - theme.px(1), 0.44 * side, theme.px(2))
                painter.fillRect(dash, theme.color("surface"))
            else:
                paint_check(painter, theme, box, checked, enabled=True, hovered=self.underMouse())
            painter.setFont(theme.font("body"))
            metrics = QFontMetrics(theme.font("body"))
            wide = metrics.horizontalAdvance(line.count)
            text_left = left + side + theme.px(6)
            right = self.width() - theme.px(4)
            room = max(0, right - wide - theme.px(6) - text_left)
            vertical = int(Qt.AlignmentFlag.AlignVCenter)
            painter.setPen(theme.color("text"))
            label = metrics.elidedText(line.label, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QRectF(text_left, 0, room, self.height()), vertical, label)
            painter.setPen(theme.color("text-2"))
            end = int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.AlignmentFlag.AlignRight)
            painter.drawText(QRectF(right - wide - 2, 0, wide + 2, self.height()), end, line.count)

    def _paint_share(self, painter: QPainter) -> None:
        theme, line = self._theme, self._line
        painter.setPen(Qt.PenStyle.NoPen)
        radius = theme.radius("bar")
        tall = QRectF(0, theme.px(2), self.width(), self.height() - theme.px(4))
        if self.underMouse():
            painter.setBrush(theme.color("row-hover"))
            painter.drawRoundedRect(tall, radius, radius)
        if line.share > 0:
            painter.setBrush(theme.color("accent-soft" if line.chosen is Chosen.YES else "neutral-soft"))
            wide = max(theme.px(3), tall.width() * min(1.0, line.share))
            painter.drawRoundedRect(QRectF(0, tall.y(), wide, tall.height()), radius, radius)


def _choosing(modifiers: Qt.KeyboardModifier) -> Choosing:
    if modifiers & Qt.KeyboardModifier.AltModifier:
        return Choosing.NOT
    also = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    return Choosing.ALSO if modifiers & also else Choosing.ONLY


class _Title(QAbstractButton):
    """The title of a group; a click folds it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setCheckable(True)
        self.setChecked(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        give_ring(self, theme.tokens.radius["tile"])

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(80), self._theme.size("facet-row"))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        with QPainter(self) as painter:
            side = theme.px(12)
            name = "chevron-down" if self.isChecked() else "chevron-right"
            top = (self.height() - side) / 2
            pixmap = theme.pixmap(name, "text-3", 12, self.devicePixelRatioF())
            painter.drawPixmap(QPointF(theme.px(5), top), pixmap)
            painter.setFont(theme.font("label"))
            painter.setPen(theme.color("text"))
            box = self.rect().adjusted(theme.px(22), 0, 0, 0)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), self.text())


class _Group(QWidget):
    asked = Signal(object, object)
    """(value, Choosing)"""
    cleared = Signal()
    more_asked = Signal()
    ranged = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[_Row] = []
        self._shown = 0
        self._title = _Title(theme, self)
        self._clear = Button(theme, self.tr("Clear"), "link", parent=self)
        self._more = Button(theme, "", "link", parent=self)
        self._more_text = ""
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self._title, 1)
        head.addWidget(self._clear)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, theme.px(6))
        self._column.setSpacing(0)
        self._histogram = Histogram(theme, self)
        self._histogram.ranged.connect(self.ranged)
        self._has_bars = False
        self._column.addLayout(head)
        self._column.addWidget(self._histogram)
        self._column.addWidget(self._more)
        self._title.toggled.connect(self._fold)
        self._clear.clicked.connect(self.cleared)
        self._more.clicked.connect(self.more_asked)

    def show_group(self, group: FacetGroup) -> None:
        self._title.setText(group.title)
        self._title.setAccessibleName(group.title)
        self._clear.setAccessibleName(self.tr("Clear {title}").format(title=group.title))
        while len(self._rows) < len(group.lines):
            row = _Row(self._theme, self)
            row.asked.connect(lambda how, row=row: self.asked.emit(row.line.value, how))
            self._rows.append(row)
            self._column.insertWidget(1 + len(self._rows), row)
        for row, line in zip(self._rows, group.lines, strict=False):
            row.show_line(line)
        self._shown = len(group.lines)
        self._more_text = group.more
        self._more.setText(group.more)
        self._has_bars = bool(group.bars.bars)
        self._histogram.show_bars(group.title, group.bars)
        chosen = any(line.chosen is not Chosen.NO for line in group.lines) or group.bars.chosen is not None
        self._clear.setVisible(chosen)
        self._fold(self._title.isChecked())

    @property
    def histogram(self) -> Histogram:
        return self._histogram

    def _fold(self, is_open: bool) -> None:
        self._histogram.setVisible(is_open and self._has_bars)
        for at, row in enumerate(self._rows):
            row.setVisible(is_open and at < self._shown)
        self._more.setVisible(is_open and bool(self._more_text))
        self._title.update()


class FacetPanel(QScrollArea):
    """The column."""

    asked = Signal(str, object, object)
    """(group, value, Choosing)"""
    cleared = Signal(str)
    more_asked = Signal(str)
    ranged = Signal(str, object)
    """(group, first and last bar chosen, None for all)"""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._groups: dict[str, _Group] = {}
        self._wide = False
        self._inner = Ground(theme, "surface", self)
        self._column = QVBoxLayout(self._inner)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self.setWidget(self._inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.tr("Facets"))
        theme.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        """Take sizes from the theme again."""
        theme = self._theme
        self._column.setContentsMargins(theme.px(10), theme.px(6), theme.px(8), theme.px(8))
        self.setFixedWidth(theme.size("facets") + (theme.px(_MORE) if self._wide else 0))

    def set_wide(self, *, wide: bool) -> None:
        """Take more room, where there is plenty."""
        if wide != self._wide:
            self._wide = wide
            self.restyle()

    def show_groups(self, groups: Sequence[FacetGroup]) -> None:
        """Show these groups, in this order."""
        for place, group in enumerate(groups):
            widget = self._groups.get(group.name)
            if widget is None:
                widget = self._groups[group.name] = self._made(group.name)
            self._column.insertWidget(place, widget)
            widget.show_group(group)
            widget.show()
        wanted = {group.name for group in groups}
        for name, widget in self._groups.items():
            if name not in wanted:
                widget.hide()

    def rows(self, name: str) -> list[QAbstractButton]:
        """Return the lines of a group that are shown."""
        group = self._groups.get(name)
        return [] if group is None else [row for row in group._rows if not row.isHidden()]  # noqa: SLF001

    def histogram(self, name: str) -> Histogram | None:
        """Return the histogram of a group, None where none is shown."""
        group = self._groups.get(name)
        return None if group is None or group.histogram.isHidden() else group.histogram

    def _made(self, name: str) -> _Group:
        group = _Group(self._theme, self._inner)
        group.asked.connect(lambda value, how: self.asked.emit(name, value, how))
        group.cleared.connect(lambda: self.cleared.emit(name))
        group.more_asked.connect(lambda: self.more_asked.emit(name))
        group.ranged.connect(lambda chosen: self.ranged.emit(name, chosen))
        return group

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        with QPainter(self.viewport()) as painter:
            edge_line(painter, self._theme, self.viewport(), "right")
