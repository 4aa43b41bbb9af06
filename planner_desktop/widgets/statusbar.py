"""The status bar: what synchronisation really does, what undo would take back, and the figures of the selection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from planner_desktop.widgets.focusring import give_ring
from planner_desktop.widgets.lines import edge_line
from planner_desktop.widgets.text import ElidedText, Line, Text
from planner_desktop.widgets.theme import Theme

SyncSign = Literal["equal", "busy", "offline", "conflict", "sign-in", "local", "waiting", "problem"]

_SIGNS: dict[str, tuple[str, str]] = {
    "equal": ("cloud-check", "ok"),
    "busy": ("refresh-cw", "accent-text"),
    "offline": ("cloud-off", "warn"),
    "conflict": ("git-compare-arrows", "conflict"),
    "sign-in": ("key-round", "error"),
    "local": ("hard-drive", "text"),
    "waiting": ("cloud-upload", "warn"),
    "problem": ("circle-alert", "error"),
}


@dataclass(frozen=True, slots=True)
class SyncLine:
    """What the left end says: a sign, the state in words ("Offline since 09:14") and the counts after it."""

    sign: SyncSign
    state: str
    detail: str = ""


class _FlatButton(QPushButton):
    """Icon and words without a frame, in the height of the bar."""

    def __init__(self, theme: Theme, role: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._role = role
        self._icon_name = ""
        self._color = "text-3"
        self.setFlat(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        give_ring(self, theme.tokens.radius["tile"])
        theme.changed.connect(self.updateGeometry)

    def show_words(self, icon: str, words: str, color: str) -> None:
        self._icon_name, self._color = icon, color
        self.setText(words.replace("&", "&&"))
        self.setAccessibleName(words)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        theme = self._theme
        self.setFont(theme.font(self._role))
        words = self.text().replace("&&", "&")
        width = theme.px(14) + theme.px(7) + self.fontMetrics().horizontalAdvance(words) + 2
        return QSize(width, theme.px(20))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(40), self._theme.px(20))

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        with QPainter(self) as painter:
            side = theme.px(14)
            color = self._color if self.isEnabled() else "text-disabled"
            if self._icon_name:
                pixmap = theme.pixmap(self._icon_name, color, 14, self.devicePixelRatioF())
                painter.drawPixmap(0, (self.height() - side) // 2, pixmap)
            painter.setFont(theme.font(self._role))
            hovered = self.underMouse() and self.isEnabled() and color == "text-3"
            painter.setPen(theme.color("text" if hovered else color))
            left = side + theme.px(7)
            words = self.text().replace("&&", "&")
            room = QRect(left, 0, self.width() - left, self.height())
            shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), shown)


class StatusBar(QWidget):
    """Left: sync state, counts, undo. Right: figures, parted by thin lines."""

    sync_clicked = Signal()
    """The state was clicked: the caller opens what explains it."""
    undo_clicked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state = _FlatButton(theme, "label", self)
        self._detail = Text(theme, "", "small", "text-2", self)
        self._undo = _FlatButton(theme, "small", self)
        self._undo_line = Line(theme, self, vertical=True)
        self._progress = ElidedText(theme, "", "small", "text-3", self)
        self._figures: list[QWidget] = []
        self._row = QHBoxLayout(self)
        self.setAccessibleName(self.tr("Status"))
        self._state.clicked.connect(self.sync_clicked)
        self._undo.clicked.connect(self.undo_clicked)
        for widget in (self._state, self._detail, self._undo_line, self._undo, self._progress):
            self._row.addWidget(widget)
        self._row.setStretchFactor(self._progress, 1)
        self.set_undo("")
        theme.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        """Take sizes from the theme again."""
        theme = self._theme
        self._row.setContentsMargins(theme.px(14), 1, theme.px(14), 0)
        self._row.setSpacing(theme.px(12))
        self._undo_line.setFixedHeight(theme.px(12))
        self.setFixedHeight(theme.size("status-bar"))
        self.update()

    def show_sync(self, line: SyncLine) -> None:
        """Say how synchronisation stands. Raises KeyError for an unknown sign."""
        icon, color = _SIGNS[line.sign]
        self._state.show_words(icon, line.state, color)
        self._detail.setText(line.detail)
        self._detail.setVisible(bool(line.detail))

    def set_undo(self, label: str) -> None:
        """Name what undo would take back ("Set cluster on 86 rows"); "" when there is nothing."""
        self._undo.setVisible(bool(label))
        self._undo_line.setVisible(bool(label))
        if label:
            self._undo.show_words("undo-2", self.tr("Undo: {action}").format(action=label), "text-3")

    def set_progress(self, text: str) -> None:
        """Say how far something without need of attention is."""
        self._progress.setText(text)

    def show_figures(self, figures: Sequence[str]) -> None:
        """Show figures at the right end, most general first."""
        for widget in self._figures:
            self._row.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._figures.clear()
        for at, figure in enumerate(figures):
            if at:
                line = Line(self._theme, self, vertical=True)
                line.setFixedHeight(self._theme.px(12))
                self._figures.append(line)
            self._figures.append(Text(self._theme, figure, "small", "text-2", self))
        for widget in self._figures:
            self._row.addWidget(widget)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.color("canvas"))
            edge_line(painter, self._theme, self, "top")
