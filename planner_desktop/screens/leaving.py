"""Signing out. What waits is sent, kept or written to a file: the person who leaves decides."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from PySide6.QtCore import QCoreApplication, QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

from planner_desktop.screens import words
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.dialogs import Sheet
from planner_desktop.widgets.theme import Theme
from planner_desktop.widgets.toggles import RadioButton

Leaving = Literal["sync", "keep", "export"]


def tr(text: str) -> str:
    return QCoreApplication.translate("Leaving", text)


class SignOutSheet(Sheet):
    """Asks what becomes of `waiting` rows of changes. Without any, there is nothing to choose."""

    def __init__(self, theme: Theme, window: QWidget, waiting: int) -> None:
        super().__init__(theme, window, tr("Sign out?"), _sentence(waiting), width=460)
        self._choices: dict[Leaving, RadioButton] = {}
        if waiting:
            self._offer("sync", tr("Send them now, then sign out"))
            self._offer("keep", tr("Keep them on this computer until I sign in again"))
            self._offer("export", tr("Keep them, and write them to a file, too…"))
            self._choices["sync"].setChecked(True)
            self.card.show_note(tr("Nothing is deleted on this computer."))
        self.add_button(
            Button(theme, tr("Cancel"), "plain", size="button-dialog", parent=self.card), accepts=False
        )
        leave = Button(theme, tr("Sign out"), "primary", size="button-dialog", parent=self.card)
        self.add_button(leave, accepts=True)
        self.focus_first(leave)

    @property
    def choice(self) -> Leaving:
        """What was chosen."""
        return next((name for name, button in self._choices.items() if button.isChecked()), "keep")

    def choose(self, choice: Leaving) -> None:
        """Choose as a click would."""
        self._choices[choice].setChecked(True)

    def _offer(self, name: Leaving, text: str) -> None:
        button = RadioButton(self._theme, text, self.card)
        self._choices[name] = button
        self.card.body.addWidget(button)


def _sentence(waiting: int) -> str:
    if not waiting:
        return tr("Everything that was done here is on the platform.")
    changes = words.counted(waiting, tr("change has"), tr("changes have"))
    return tr("{changes} not been taken by the platform yet. What should be done?").format(changes=changes)


def ask_for_file(window: QWidget) -> Path | None:
    """Ask where an export goes; None: nowhere."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    name, _ = QFileDialog.getSaveFileName(
        window,
        tr("Export what waits"),
        str(Path(folder) / "waiting-changes.csv"),
        tr("Table for reading (*.csv);;File that can be imported again (*.json)"),
    )
    return Path(name) if name else None
