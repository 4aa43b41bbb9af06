"""Labels that follow the theme."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from planner_desktop.widgets.lines import Edge, edge_line
from planner_desktop.widgets.theme import Theme


class Text(QLabel):
    """A label in one of the type roles and one of the text colours. Plain text only: data never becomes markup."""

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        role: str = "body",
        color: str = "text",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._role = role
        self._color = color
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)
        theme.changed.connect(self.restyle)
        self.restyle()

    def set_color(self, color: str) -> None:
        """Show the text in another colour of the design."""
        self._color = color
        self.restyle()

    def restyle(self) -> None:
        """Take font and colour from the theme again."""
        self.setFont(self._theme.font(self._role))
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.WindowText, self._theme.color(self._color))
        self.setPalette(palette)
        self.setMinimumHeight(self._theme.line(self._role))


class ElidedText(Text):
    """A label that gives way: it shows an ellipsis where the room is short, and all of it in the tooltip."""

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        role: str = "body",
        color: str = "text",
        parent: QWidget | None = None,
    ) -> None:
        self._whole = text
        super().__init__(theme, text, role, color, parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def setText(self, text: str) -> None:
        self._whole = text
        self.setAccessibleName(text)
        self._elide()

    def whole_text(self) -> str:
        """Return the text without ellipsis."""
        return self._whole

    def resizeEvent(self, _event: object) -> None:
        self._elide()

    def restyle(self) -> None:
        super().restyle()
        self._elide()

    def _elide(self) -> None:
        room = max(0, self.contentsRect().width())
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, room)
        super().setText(shown)
        self.setToolTip(self._whole if shown != self._whole else "")


class Line(QWidget):
    """A line of one device pixel between groups; it takes one pixel of room at any scale."""

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, vertical: bool = False) -> None:
        super().__init__(parent)
        self._theme = theme
        self._edge: Edge = "left" if vertical else "top"
        if vertical:
            self.setFixedWidth(1)
        else:
            self.setFixedHeight(1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            edge_line(painter, self._theme, self, self._edge)


class Ground(QWidget):
    """A plain area in one of the ground colours."""

    def __init__(self, theme: Theme, color: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._ground = color
        self.setAutoFillBackground(True)
        theme.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        """Take the colour from the theme again."""
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, self._theme.color(self._ground))
        self.setPalette(palette)
