"""The header of a page: title, count, saved views, and the page's actions at the right."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from planner_desktop.widgets.lines import edge_line
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme


class PageHeader(QWidget):
    """Title left, actions right; at most one of the actions is primary."""

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = Text(theme, title, "page-title", "text", self)
        self._count = Text(theme, "", "body", "text-3", self)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._title)
        self._row.addWidget(self._count)
        self._row.addStretch(1)
        self._count.hide()
        self.setProperty("ground", "surface")
        theme.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        """Take sizes from the theme again."""
        theme = self._theme
        self._row.setContentsMargins(theme.space("panel"), 0, theme.px(16), 1)
        self._row.setSpacing(theme.px(8))
        self.setFixedHeight(theme.size("page-header"))
        self.update()

    def set_count(self, text: str) -> None:
        """Show a count after the title; "" for none."""
        self._count.setText(text)
        self._count.setVisible(bool(text))

    def add_tabs(self, tabs: QWidget) -> None:
        """Put saved views after the title."""
        self._row.insertSpacing(2, self._theme.px(8))
        self._row.insertWidget(3, tabs)

    def add_action(self, button: QWidget) -> None:
        """Put an action at the right end, after those already there."""
        self._row.addWidget(button)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.color("surface"))
            edge_line(painter, self._theme, self, "bottom")
