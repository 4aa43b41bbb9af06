"""The bar across the top: menus left, the palette's field in the middle, undo, redo and "Sync now" right."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from planner_desktop.widgets.buttons import Button, IconButton
from planner_desktop.widgets.focusring import give_ring
from planner_desktop.widgets.keycap import key_width, paint_key
from planner_desktop.widgets.lines import edge_line
from planner_desktop.widgets.menus import MenuBar
from planner_desktop.widgets.theme import Theme


class PaletteField(QPushButton):
    """Looks like a field, opens the command palette."""

    def __init__(self, theme: Theme, text: str, key: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._key = key
        self._words = text
        self.setAccessibleName(text)
        self.setAccessibleDescription(key)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        give_ring(self, theme.tokens.radius["control"])
        theme.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(300), self._theme.px(26))

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            radius = theme.radius("control")
            box = QRectF(self.rect())
            painter.setBrush(theme.color("control-border" if self.underMouse() else "line-strong"))
            painter.drawRoundedRect(box, radius, radius)
            painter.setBrush(theme.color("surface"))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), radius - 1, radius - 1)
            side = theme.px(14)
            icon = theme.pixmap("search", "text-2", 14, self.devicePixelRatioF())
            painter.drawPixmap(theme.px(9), (self.height() - side) // 2, icon)
            painter.setFont(theme.font("body"))
            painter.setPen(theme.color("text-3"))
            words = QRect(theme.px(9) + side + theme.px(7), 0, self.width(), self.height())
            painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter), self._words)
            right = self.width() - theme.px(8)
            paint_key(painter, theme, right - key_width(theme, self._key), self.height(), self._key)


class TopBar(QWidget):
    """Menus, palette field, undo, redo, sync. The caller fills ``menus`` and connects the signals."""

    palette_requested = Signal()
    undo_requested = Signal()
    redo_requested = Signal()
    sync_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, with_palette: bool = True) -> None:
        super().__init__(parent)
        self._theme = theme
        self.menus = MenuBar(theme, self)
        # The menus stay in this bar on every system that does not insist on its own.
        self.menus.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.palette_field = PaletteField(theme, self.tr("Go to, run, find…"), "Ctrl K", self)
        self.palette_field.setVisible(with_palette)
        self.undo = IconButton(theme, "undo-2", self.tr("Undo"), parent=self)
        self.redo = IconButton(theme, "redo-2", self.tr("Redo"), parent=self)
        self.sync = Button(theme, self.tr("Sync now"), "plain", icon="refresh-cw", parent=self)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.menus, 0, Qt.AlignmentFlag.AlignVCenter)
        self._row.addStretch(1)
        for button in (self.undo, self.redo, self.sync):
            self._row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.palette_field.clicked.connect(self.palette_requested)
        self.undo.clicked.connect(self.undo_requested)
        self.redo.clicked.connect(self.redo_requested)
        self.sync.clicked.connect(self.sync_requested)
        self.setProperty("ground", "raised")
        theme.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        """Take sizes from the theme again."""
        theme = self._theme
        self._row.setContentsMargins(theme.px(10), 0, theme.px(12), 1)
        self._row.setSpacing(theme.px(2))
        self.menus.setFont(theme.font("body"))
        self.setFixedHeight(theme.size("menubar"))
        self._place_palette()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_palette()

    def _place_palette(self) -> None:
        # In the middle of the window, not of the room that is left; it gives way to the menus.
        size = self.palette_field.sizeHint()
        left = max((self.width() - size.width()) // 2, self.menus.geometry().right() + self._theme.px(8))
        room = self.undo.x() - self._theme.px(8) - left
        width = min(size.width(), max(0, room))
        self.palette_field.setGeometry(left, (self.height() - 1 - size.height()) // 2, width, size.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.color("canvas"))
            edge_line(painter, self._theme, self, "bottom")
