"""The panel beside the list: one recipe with its steps or with what is wrong with it, and what can be done with it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from planner_desktop.screens.recipes.texts import Row, place_of, tr
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.panel import Panel
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme


class RecipePanel(Panel):
    """Shows the chosen recipe."""

    run_requested = Signal()
    edit_requested = Signal()
    remove_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.about = self._text("text-2")
        self.steps = self._text("text")
        self.file = self._text("text-3", "small")
        self.edit = Button(theme, tr("Edit file"), "plain", icon="pencil", parent=self)
        self.remove = Button(theme, tr("Remove…"), "plain", icon="trash-2", parent=self)
        self._fill()
        self.show_recipe(None)

    def show_recipe(self, row: Row | None) -> None:
        """Show a recipe, or nothing."""
        self.setVisible(row is not None)
        if row is None:
            return
        self.show_title(str(row["name"]), "" if row["trouble"] else place_of(row))
        self.about.setText(str(row["description"]))
        self.about.setVisible(bool(row["description"]))
        self.steps.setText(_problems(row) if row["trouble"] else _steps(row))
        self.file.setText(Path(str(row["file"])).name)
        self.file.setToolTip(str(row["file"]))
        broken = bool(row["trouble"])
        self.footer.show_consequence(
            tr("This recipe cannot be run") if broken else tr("Shows its plan first"),
            (),
            tr("Correct its file; the list follows when you come back.")
            if broken
            else tr("One undo takes all of it back. The same files again add nothing."),
        )
        self.footer.show_action(tr("Run on files…"), hint="", enabled=not broken)

    def _text(self, color: str, role: str = "body") -> Text:
        text = Text(self._theme, "", role, color, self)
        text.setWordWrap(True)
        return text

    def _fill(self) -> None:
        buttons = QWidget(self)
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self._theme.px(8))
        row.addWidget(self.edit)
        row.addWidget(self.remove)
        row.addStretch(1)
        for section in (self.about, self.steps, self.file, buttons):
            self.add_section(section)
        self.edit.clicked.connect(self.edit_requested)
        self.remove.clicked.connect(self.remove_requested)
        self.footer.primary.clicked.connect(self.run_requested)
        self.footer.secondary.hide()
        self.footer.show()
        self._close.hide()


def _steps(row: Row) -> str:
    return "\n".join(f"{number}.  {step}" for number, step in enumerate(row["steps"], 1))


def _problems(row: Row) -> str:
    if not row["problems"]:
        return str(row["trouble"])
    lines = []
    for one in row["problems"]:
        where = tr("Line {n}").format(n=one["line"]) if one["line"] else ""
        head = ", ".join(part for part in (where, one["key"]) if part)
        lines.append(
            f"{head}: {one['message']} {one['remedy']}" if head else f"{one['message']} {one['remedy']}"
        )
    return "\n\n".join(lines)
