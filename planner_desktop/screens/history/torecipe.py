"""The button of the History page that has a recipe made of the actions selected."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from planner_desktop.screens.history.lines import tr
from planner_desktop.screens.history.page import HistoryPage
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.theme import Theme


class ToRecipe(QObject):
    """Puts the button on the page and asks for the recipe."""

    requested = Signal(object)
    """The actions selected, oldest first, as (id, label)."""

    def __init__(self, theme: Theme, page: HistoryPage) -> None:
        super().__init__(page)
        self._page = page
        self.button = Button(theme, tr("Record recipe…"), "plain", icon="flask-conical", parent=page)
        self.button.clicked.connect(self.record)
        page.header.add_action(self.button)
        page.grid.rows_changed.connect(self._follow)
        self._follow()

    def record(self) -> None:
        """Have a recipe made of the actions selected."""
        rows, ranges = self._page.rows.items, self._page.grid.selected_ranges()
        chosen = [rows[at] for first, last in ranges for at in range(first, min(last + 1, len(rows)))]
        if chosen:
            self.requested.emit([(row.id, row.label) for row in reversed(chosen)])

    def _follow(self) -> None:
        self.button.setEnabled(bool(self._page.grid.selected_ranges()))
