"""The panel beside a plan: where the rows go, what is done with those that are there, and what the editor should know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QVBoxLayout, QWidget

from planner_desktop.screens import words
from planner_desktop.screens.importing.planning import OnDuplicate
from planner_desktop.screens.importing.texts import tr
from planner_desktop.screens.standing import Places
from planner_desktop.widgets.fields import Labelled, Picker
from planner_desktop.widgets.panel import Panel
from planner_desktop.widgets.roles import Choice
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme
from planner_desktop.widgets.toggles import RadioButton

if TYPE_CHECKING:  # what reads files comes with the first of them
    from planner_desktop.importing import FilePlan

MOST_NOTES = 8
_RULES: Final = (
    ("skip", "Leave as they are"),
    ("fill", "Fill in only what is unknown"),
    ("update", "Set what the files say"),
)


class RulesPanel(Panel):
    """Every change makes the plan anew."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.sector = Picker(
            theme, tr("Into"), icon="library", placeholder=tr("Choose a sector"), parent=self
        )
        self.rules: dict[str, RadioButton] = {}
        self._group = QButtonGroup(self)
        self._notes = QWidget(self)
        self._lines = QVBoxLayout(self._notes)
        self._close.hide()
        self.show_title(tr("Rules of this plan"))
        self._assemble()

    @property
    def on_duplicate(self) -> OnDuplicate:
        """What is done with keywords that are there."""
        return cast("OnDuplicate", next(name for name, button in self.rules.items() if button.isChecked()))

    @property
    def place(self) -> tuple[str, str] | None:
        """Site and sector (ids) the rows go to."""
        return cast("tuple[str, str] | None", self.sector.value)

    def offer_places(self, places: Places, chosen: tuple[str, str] | None) -> None:
        """Offer all sectors that may be changed."""
        names = {site.id: site.name for site in places.sites}
        offered = [
            Choice((one.site_id, one.id), f"{names.get(one.site_id, '')} · {one.name}")
            for one in places.sectors
            if one.site_id in places.writable
        ]
        self.sector.set_choices(offered, chosen)

    def show_notes(self, files: Sequence[FilePlan], more: Sequence[str]) -> None:
        """Say what was noticed: of the plan, then of each file."""
        while (item := self._lines.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        notes = [(text, "text-2") for text in more]
        for one in files:
            name = f"{one.name}: " if len(files) > 1 else ""
            if one.trouble is not None:
                said = "" if one.trouble.message.startswith(one.name) else name
                notes.append((f"{said}{one.trouble.message} {one.trouble.remedy}", "error"))
            notes += [(f"{name}{text}", "warn") for text in one.warnings]
            notes += [
                (name + _odd(note.field, note.count, note.line, note.example), "text-2") for note in one.notes
            ]
        self._lines.addWidget(Text(self._theme, tr("Notes"), "label", "text-2", self._notes))
        for text, colour in notes[:MOST_NOTES]:
            line = Text(self._theme, text, "small", colour, self._notes)
            line.setWordWrap(True)
            self._lines.addWidget(line)
        if len(notes) > MOST_NOTES:
            rest = tr("and {n} more").format(n=words.number(len(notes) - MOST_NOTES))
            self._lines.addWidget(Text(self._theme, rest, "small", "text-3", self._notes))
        self._notes.setVisible(bool(notes))

    def _assemble(self) -> None:
        theme = self._theme
        self.add_section(Labelled(theme, tr("Into"), self.sector))
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(4))
        column.addWidget(Text(theme, tr("Keywords that are there already"), "label", "text-2", box))
        for name, text in _RULES:
            button = RadioButton(theme, tr(text), box)
            button.setChecked(name == "skip")
            button.clicked.connect(self.changed)
            self._group.addButton(button)
            self.rules[name] = button
            column.addWidget(button)
        note = Text(
            theme,
            tr(
                "Figures of a file never take the place of the library’s: they become overrides of yours, on new keywords by the same rule."
            ),
            "small",
            "text-3",
            box,
        )
        note.setWordWrap(True)
        column.addWidget(note)
        self.add_section(box)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(theme.px(6))
        self.add_section(self._notes)
        undo = Text(
            theme,
            tr("Each file is one import and one undo step, also weeks later."),
            "small",
            "text-3",
        )
        undo.setWordWrap(True)
        self.add_section(undo, line_above=True)
        self.sector.picked.connect(lambda _value: self.changed.emit())


def _odd(field: str, count: int, line: int, example: str) -> str:
    said = words.counted(count, tr("cell of {field} says"), tr("cells of {field} say")).format(field=field)
    return tr("{cells} nothing there (first in line {line}: “{example}”)").format(
        cells=said, line=words.number(line), example=example
    )
