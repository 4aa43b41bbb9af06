"""A sheet that asks for the name of a new recipe."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from planner_desktop.screens.recipes.texts import tr
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.dialogs import Sheet
from planner_desktop.widgets.fields import Labelled, LineField
from planner_desktop.widgets.theme import Theme


class NameSheet(Sheet):
    """Accepted, `name` has the name."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(
            theme,
            window,
            tr("New recipe"),
            tr("A small text file, opened in your editor. Its steps are explained in it."),
            width=480,
        )
        self.name = LineField(theme, tr("Name"), tr("Weekly export"))
        self.go = Button(theme, tr("Make and open"), "primary", size="button-dialog", parent=self.card)
        cancel = Button(theme, tr("Cancel"), "plain", size="button-dialog", parent=self.card)
        self.card.body.addWidget(Labelled(theme, tr("Name"), self.name))
        self.add_button(cancel, accepts=False)
        self.add_button(self.go, accepts=True)
        self.go.setEnabled(False)
        self.name.textChanged.connect(lambda text: self.go.setEnabled(bool(text.strip())))
        self.name.returnPressed.connect(self.go.click)
        self.focus_first(self.name)
