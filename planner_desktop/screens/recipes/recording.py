"""A recipe recorded from the actions that are selected in History: a sheet that asks for its name, then what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.recipes.texts import tr
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.dialogs import Sheet
from planner_desktop.widgets.fields import Labelled, LineField
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme
from planner_desktop.widgets.toggles import CheckBox
from sync.errors import PlannerError

if TYPE_CHECKING:  # what reads recipes comes with the first of them
    from planner_desktop.app.recipes import Found
    from planner_desktop.app.recording import Recorded

    Made = tuple[Found, Recorded]


class RecordSheet(Sheet):
    """Asks for a name, then says which steps there are and what is none."""

    wanted = Signal()

    def __init__(self, theme: Theme, window: QWidget, labels: Sequence[str]) -> None:
        count = words.counted(len(labels), tr("action"), tr("actions"))
        super().__init__(
            theme,
            window,
            tr("Recipe from {actions}").format(actions=count),
            tr("What can be done to other files becomes its steps; what cannot is said."),
            width=640,
        )
        self.name = LineField(theme, tr("Name"), tr("Weekly export"))
        self.labels = CheckBox(
            theme, tr("Also the tags and notes written since the first of them"), self.card
        )
        self.said = Text(theme, "\n".join(labels[:8]), "body", "text-2", self.card)
        self.said.setWordWrap(True)
        self.close_it = Button(theme, tr("Cancel"), "plain", size="button-dialog", parent=self.card)
        self.go = Button(theme, tr("Record"), "primary", size="button-dialog", parent=self.card)
        self._labelled = Labelled(theme, tr("Name"), self.name)
        self._build()

    def show_made(self, made: Made) -> None:
        """Say what became of it."""
        found, recorded = made
        lines = [f"{number}.  {step}" for number, step in enumerate(recorded.said, 1)]
        lines += ["", tr("Not recorded:")] if recorded.left else []
        lines += [f"“{one.label}”: {one.reason}" for one in recorded.left]
        self.said.setText("\n".join(lines))
        self._labelled.hide()
        self.labels.hide()
        self.go.hide()
        self.card.title.setText(tr("“{recipe}” is recorded").format(recipe=found.recipe.name))
        self.close_it.setText(tr("Close"))
        self.close_it.setFocus()
        self._place()

    def show_trouble(self, text: str) -> None:
        """Say why it was not recorded; another name may help."""
        self.card.show_note(text)
        self.go.setEnabled(True)
        self._place()

    def _build(self) -> None:
        body = self.card.body
        for widget in (self._labelled, self.labels, self.said):
            body.addWidget(widget)
        self.labels.setChecked(True)
        self.go.setEnabled(False)
        self.name.textChanged.connect(lambda text: self.go.setEnabled(bool(text.strip())))
        self.name.returnPressed.connect(self.go.click)
        self.go.clicked.connect(self.wanted)
        self.add_button(self.close_it, accepts=False)
        self.card.buttons.addWidget(self.go)
        self.focus_first(self.name)


class Recording(QObject):
    """Opens the sheet and has the recipe made beside the window."""

    recorded = Signal()

    def __init__(self, account: Account, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._account = account
        self._theme = theme
        self._window = window
        self.is_busy = False

    def ask(self, actions: Sequence[tuple[str, str]]) -> None:
        """Ask for the name of a recipe of actions, as (id, label)."""
        if not actions or not self._account.is_open:
            return
        sheet = RecordSheet(self._theme, self._window, [label for _, label in actions])
        sheet.wanted.connect(lambda: self._record(sheet, [uid for uid, _ in actions]))
        sheet.open()

    def _record(self, sheet: RecordSheet, actions: Sequence[str]) -> None:
        name, labels = sheet.name.text().strip(), sheet.labels.isChecked()
        planner = self._account.planner
        sheet.go.setEnabled(False)

        def work() -> Made:
            with planner.recipes.apart() as recipes:
                return planner.recorder.on(recipes).record(name, actions, labels=labels)

        def made(found: Made) -> None:
            self.is_busy = False
            sheet.show_made(found)
            self.recorded.emit()

        def broke(error: BaseException) -> None:
            self.is_busy = False
            remedy = error.remedy if isinstance(error, PlannerError) else ""
            sheet.show_trouble(f"{error} {remedy}".strip())

        self.is_busy = True
        self._account.bridge.watch(self._account.desk.background.submit(work), sheet, made, broke)
