"""One quiet line below the menu bar: something happened that a person should know, and it stays until that person says so."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from planner_desktop.widgets.buttons import Button, IconButton
from planner_desktop.widgets.lines import edge_line
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme


class NoticeStrip(QWidget):
    """Icon, sentence, one action and a way to put it away. Hidden while there is nothing to say."""

    acted = Signal()
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("ground", "surface")
        self._icon = QLabel(self)
        self._text = Text(theme, "", "body", "text", self)
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.action = Button(theme, "", "link", parent=self)
        self.close_button = IconButton(theme, "x", self.tr("I have seen it"), size="min-target", parent=self)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._icon)
        self._row.addWidget(self._text, 1)
        self._row.addWidget(self.action)
        self._row.addWidget(self.close_button)
        self.action.clicked.connect(self.acted)
        self.close_button.clicked.connect(self.closed)
        self.hide()
        theme.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        """Take sizes and colours from the theme again."""
        theme = self._theme
        self._icon.setPixmap(theme.pixmap("info", "accent-text", 16, self.devicePixelRatioF()))
        self._row.setContentsMargins(theme.space("panel"), theme.px(8), theme.px(12), theme.px(9))
        self._row.setSpacing(theme.px(10))
        self.update()

    def say(self, text: str, action: str = "") -> None:
        """Show a sentence, with the word for its action ("" for none); an empty sentence hides the line."""
        self._text.setText(text)
        self.action.setText(action.replace("&", "&&"))
        self.action.setVisible(bool(action))
        self.setAccessibleName(text)
        self.setVisible(bool(text))

    @property
    def text(self) -> str:
        """What is said, "" for nothing."""
        return self._text.text()

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.color("surface"))
            edge_line(painter, self._theme, self, "bottom")
