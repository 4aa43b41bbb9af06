"""The panel at the right of a page: an inspector for one row, a bulk panel for many.

Title and facts on top, sections in the middle, and a footer that says the consequence before the button.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from planner_desktop.widgets.buttons import Button, IconButton
from planner_desktop.widgets.lines import edge_line
from planner_desktop.widgets.text import ElidedText, Ground, Line, Text
from planner_desktop.widgets.theme import Theme


class PanelFooter(QWidget):
    """What will happen, and the button that makes it happen."""

    applied = Signal()
    cancelled = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("ground", "row-hover")
        self._title = Text(theme, "", "label", "text", self)
        self._title.setFont(theme.font("label", 600))
        self._facts = QGridLayout()
        self._fact_labels: list[Text] = []
        self._note = Text(theme, "", "small", "text-3", self)
        self._note.setWordWrap(True)
        self.primary = Button(theme, "", "primary", size="button-dialog", parent=self)
        self.secondary = Button(theme, self.tr("Cancel"), "plain", size="button-dialog", parent=self)
        self.primary.clicked.connect(self.applied)
        self.secondary.clicked.connect(self.cancelled)
        self._build()
        theme.changed.connect(self._restyle)

    def show_consequence(self, title: str, facts: Sequence[tuple[str, str]], note: str = "") -> None:
        """Say what changes, how many stay and how it can be taken back."""
        self._title.setText(title)
        self._title.setVisible(bool(title))
        for label in self._fact_labels:
            self._facts.removeWidget(label)
            label.hide()
            label.deleteLater()
        self._fact_labels.clear()
        for row, (name, value) in enumerate(facts):
            for column, (text, color) in enumerate(((name, "text-3"), (value, "text-2"))):
                label = Text(self._theme, text, "small", color, self)
                label.setWordWrap(bool(column))
                self._facts.addWidget(label, row, column, Qt.AlignmentFlag.AlignTop)
                self._fact_labels.append(label)
        self._note.setText(note)
        self._note.setVisible(bool(note))

    def show_action(self, text: str, *, hint: str = "", enabled: bool = True, danger: bool = False) -> None:
        """Name the button; it repeats the count."""
        self.primary.setText(text.replace("&", "&&"))
        self.primary.set_hint(hint)
        self.primary.set_variant("destroy" if danger else "primary")
        self.primary.setEnabled(enabled)

    def _build(self) -> None:
        theme = self._theme
        column = QVBoxLayout(self)
        edge = theme.px(18)
        column.setContentsMargins(edge, theme.px(9), edge, theme.px(12))
        column.setSpacing(theme.px(2))
        column.addWidget(self._title)
        self._facts.setContentsMargins(0, 0, 0, 0)
        self._facts.setHorizontalSpacing(theme.px(10))
        self._facts.setVerticalSpacing(0)
        self._facts.setColumnMinimumWidth(0, theme.px(64))
        self._facts.setColumnStretch(1, 1)
        column.addLayout(self._facts)
        column.addWidget(self._note)
        column.addSpacing(theme.px(6))
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.px(8))
        buttons.addWidget(self.primary, 1)
        buttons.addWidget(self.secondary)
        column.addLayout(buttons)

    def _restyle(self) -> None:
        self._title.setFont(self._theme.font("label", 600))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.color("row-hover"))
            edge_line(painter, self._theme, self, "top")


class Panel(QWidget):
    """The shell: ``add_section`` fills it from the top, ``footer`` stays at the bottom."""

    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, width: str = "inspector") -> None:
        super().__init__(parent)
        self._theme = theme
        self._width_token = width
        self._title = ElidedText(theme, "", "panel-title", "text", self)
        self._subtitle = Text(theme, "", "small", "text-2", self)
        self._subtitle.setWordWrap(True)
        self._close = IconButton(theme, "x", self.tr("Close panel"), size="min-target", parent=self)
        self._close.clicked.connect(self.closed)
        self.footer = PanelFooter(theme, self)
        self.footer.hide()
        self._body = Ground(theme, "surface")
        self._body.setProperty("ground", "surface")
        self._sections = QVBoxLayout(self._body)
        self._scroll = QScrollArea(self)
        self._column = QVBoxLayout(self)
        self._head = QGridLayout()
        self._build()
        theme.changed.connect(self.restyle)
        self.restyle()

    def show_title(self, title: str, subtitle: str = "") -> None:
        """Show what is selected: a count, or a name, and the facts about it."""
        self._title.setText(title)
        self._subtitle.setText(subtitle)
        self.setAccessibleName(title)

    def add_section(self, section: QWidget, *, line_above: bool = False) -> None:
        """Put a control or a group below those already there."""
        at = self._sections.count() - 1
        if line_above:
            self._sections.insertWidget(at, Line(self._theme, self._body))
            at += 1
        self._sections.insertWidget(at, section)

    def restyle(self) -> None:
        """Take sizes from the theme again."""
        theme = self._theme
        edge = theme.px(18)
        self._head.setContentsMargins(edge, theme.px(12), theme.px(12), 0)
        self._sections.setContentsMargins(edge, theme.px(12), edge, theme.px(12))
        self._sections.setSpacing(theme.space("group"))
        self.setFixedWidth(theme.size(self._width_token))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.size(self._width_token), self._theme.px(480))

    def _build(self) -> None:
        self._head.setVerticalSpacing(0)
        self._head.setColumnStretch(0, 1)
        self._head.addWidget(self._title, 0, 0)
        self._head.addWidget(self._close, 0, 1)
        self._head.addWidget(self._subtitle, 1, 0, 1, 2)
        self._sections.addStretch(1)
        self._scroll.setWidget(self._body)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._column.setContentsMargins(1, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addLayout(self._head)
        self._column.addWidget(self._scroll, 1)
        self._column.addWidget(self.footer)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.color("surface"))
            edge_line(painter, self._theme, self, "left")
