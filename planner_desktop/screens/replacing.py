"""Find and replace: every text that would change is listed before anything is written."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from planner_desktop.app.replacing import PLACES, TextChange, Wanted, changes_in, commands_of, label_of
from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.edits import Edits
from planner_desktop.screens.plainrows import PlainRows
from planner_desktop.screens.switcher import Place
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.dialogs import Sheet
from planner_desktop.widgets.fields import Labelled, LineField
from planner_desktop.widgets.grid import GridView
from planner_desktop.widgets.roles import DISABLED, QUIET, STRONG, Cell, Kind
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme
from planner_desktop.widgets.toggles import CheckBox

_TITLES = ("In", "Before", "After", "")
_WIDTHS = (130, 205, 205, 335)
_PREVIEW_MS = 150
_START = ("cluster-name", "idea-title")


def tr(text: str) -> str:
    return QCoreApplication.translate("Replacing", text)


def place_name(entity: str, field: str) -> str:
    """Return what a searched text is called."""
    return {
        ("cluster", "name"): tr("Cluster name"),
        ("cluster", "description"): tr("Cluster description"),
        ("idea", "title"): tr("Idea title"),
        ("idea", "description"): tr("Idea description"),
    }[entity, field]


def cells(change: TextChange) -> tuple[Cell, ...]:
    """Return the cells of a text that would change; one that a rule keeps is grey and says why."""
    off = DISABLED if change.trouble else 0
    return (
        Cell(Kind.TEXT, place_name(change.entity, change.field), QUIET | off),
        Cell(Kind.TEXT, " ".join(change.before.split()), off),
        Cell(Kind.TEXT, " ".join(change.after.split()), off or STRONG),
        Cell(Kind.TEXT, change.trouble or " ", QUIET),
    )


class ReplaceSheet(Sheet):
    """The sheet. Accepted, `wanted` and `changes` are what is to be done."""

    def __init__(self, theme: Theme, window: QWidget, account: Account, place: Place) -> None:
        super().__init__(
            theme,
            window,
            tr("Find and replace"),
            tr("In the site and sector that the window shows. Nothing is changed before you say so."),
            width=920,
        )
        self._account = account
        self._place_shown = place
        self._asked = 0
        self.wanted = Wanted("", "")
        self.changes: Sequence[TextChange] = ()
        self.sought = LineField(theme, tr("Find"))
        self.put = LineField(theme, tr("Replace by"), tr("Nothing: the text is taken out"))
        self.case = CheckBox(theme, tr("Capitals count"))
        self.words = CheckBox(theme, tr("Whole words only"))
        self.places = {name: CheckBox(theme, place_name(*PLACES[name])) for name in PLACES}
        self.grid = GridView(theme, self.card, frozen=0)
        self.rows: PlainRows[TextChange] = PlainRows([tr(one) if one else "" for one in _TITLES], cells, self)
        self.found = Text(theme, "", "small", "text-3", self.card)
        self.go = Button(theme, tr("Replace"), "primary", size="button-dialog", parent=self.card)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_PREVIEW_MS)
        self._soon.timeout.connect(self._look)
        self._build()
        self._show(())

    @property
    def is_settled(self) -> bool:
        """Whether the list is that of what the fields say."""
        return not self._soon.isActive() and self._asked == 0

    def possible(self) -> list[TextChange]:
        """Return the changes that no rule keeps."""
        return [one for one in self.changes if not one.trouble]

    def _build(self) -> None:
        theme, body = self._theme, self.card.body
        fields = QGridLayout()
        fields.setHorizontalSpacing(theme.px(16))
        fields.addWidget(Labelled(theme, tr("Find"), self.sought), 0, 0)
        fields.addWidget(Labelled(theme, tr("Replace by"), self.put), 0, 1)
        body.addLayout(fields)
        boxes = QHBoxLayout()
        boxes.setSpacing(theme.px(16))
        for name, box in self.places.items():
            box.setChecked(name in _START)
            boxes.addWidget(box)
        boxes.addStretch(1)
        for box in (self.case, self.words):
            boxes.addWidget(box)
        for box in (*self.places.values(), self.case, self.words):
            box.toggled.connect(lambda _on: self._changed())
        body.addLayout(boxes)
        self.grid.setModel(self.rows)
        self.grid.set_columns(_WIDTHS)
        self.grid.setMinimumHeight(theme.px(280))
        self.grid.setAccessibleName(tr("Texts that would change"))
        body.addWidget(self.grid)
        body.addWidget(self.found)
        for field in (self.sought, self.put):
            field.textChanged.connect(lambda _text: self._changed())
        close = Button(theme, tr("Cancel"), "plain", size="button-dialog", parent=self.card)
        self.add_button(close, accepts=False)
        self.add_button(self.go, accepts=True)
        self.focus_first(self.sought)

    def _changed(self) -> None:
        # What is listed is no longer what would be done.
        self.go.setEnabled(False)
        self._soon.start()

    def _look(self) -> None:
        places = tuple(name for name, box in self.places.items() if box.isChecked())
        self.wanted = wanted = Wanted(
            self.sought.text(), self.put.text(), places, self.case.isChecked(), self.words.isChecked()
        )
        if not wanted.find or not places:
            self._show(())
            return
        self._asked += 1
        shown = self._place_shown
        question = self._account.reading.ask(
            lambda reader: changes_in(reader, wanted, site=shown.site, sector=shown.sector)
        )

        def arrived(changes: list[TextChange]) -> None:
            self._asked -= 1
            if wanted is self.wanted and not self._soon.isActive():
                self._show(changes)

        self._account.bridge.watch(question, self, arrived, self._broke)

    def _broke(self, error: BaseException) -> None:
        self._asked -= 1
        self.found.setText(str(error))

    def _show(self, changes: Sequence[TextChange]) -> None:
        self.changes = changes
        self.rows.show(changes)
        possible = len(self.possible())
        kept = len(changes) - possible
        said = words.counted(len(changes), tr("text"), tr("texts")) if changes else tr("Nothing found.")
        if kept:
            said += " · " + words.counted(kept, tr("stays as it is"), tr("stay as they are"))
        self.found.setText(said if self.sought.text() else tr("Type what to find."))
        self.go.setText(
            tr("Replace in the other {n}").format(n=words.number(possible))
            if kept
            else tr("Replace in {n}").format(n=words.number(possible))
            if possible
            else tr("Replace")
        )
        self.go.setEnabled(possible > 0)


def open_replacing(
    theme: Theme, window: QWidget, account: Account, edits: Edits, place: Place
) -> ReplaceSheet:
    """Open the sheet; what is accepted there becomes one action."""
    sheet = ReplaceSheet(theme, window, account, place)

    def carry_out() -> None:
        changes = sheet.possible()
        edits.run(commands_of(changes), label=label_of(sheet.wanted, changes), rows=len(changes))

    sheet.accepted.connect(carry_out)
    sheet.open()
    return sheet
