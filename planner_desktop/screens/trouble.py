"""The whole window while the account cannot be opened: what is wrong, what helps, and another try."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.text import Ground, Text
from planner_desktop.widgets.theme import Theme
from sync.errors import PlannerError


def tr(text: str) -> str:
    return QCoreApplication.translate("Trouble", text)


class TroublePage(Ground):
    """One message with its remedy."""

    again = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "canvas", parent)
        self._title = Text(theme, "", "page-title", "text", self)
        self._remedy = Text(theme, "", "body", "text-2", self)
        button = Button(theme, tr("Try again"), "primary", size="button-dialog", parent=self)
        button.clicked.connect(self.again)
        column = QVBoxLayout(self)
        column.setSpacing(theme.px(10))
        column.addStretch(2)
        middle = Qt.AlignmentFlag.AlignHCenter
        for text in (self._title, self._remedy):
            text.setWordWrap(True)
            text.setAlignment(middle)
            text.setFixedWidth(theme.px(560))
            column.addWidget(text, 0, middle)
        column.addSpacing(theme.px(10))
        column.addWidget(button, 0, middle)
        column.addStretch(3)

    def show_error(self, error: BaseException) -> None:
        """Show what is wrong."""
        if isinstance(error, PlannerError):
            self._title.setText(error.message)
            self._remedy.setText(error.remedy)
        else:
            self._title.setText(tr("This is a fault of the program."))
            self._remedy.setText(repr(error))
        self.setAccessibleName(self._title.text())
