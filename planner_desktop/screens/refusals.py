"""Rows that a rule keeps as they are: each with its reason, and the others of the edit, if the editor says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QWidget

from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.edits import Edits
from planner_desktop.screens.plainrows import PlainRows
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.dialogs import Sheet
from planner_desktop.widgets.grid import GridView
from planner_desktop.widgets.roles import STRONG, Cell, Kind
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme
from sync.replica import Outcome

if TYPE_CHECKING:  # the replica comes after the first paint
    from sync.replica import Reader

MOST = 1_000
"""So many rows are listed by name; nobody reads more."""
_TITLES = ("Row", "Why it stays as it is")
_WIDTHS = (220, 560)


def tr(text: str) -> str:
    return QCoreApplication.translate("Refusals", text)


class KeptRow(NamedTuple):
    """One row and the reason."""

    name: str
    reason: str


def names_of(reader: Reader, ids: Sequence[str]) -> Mapping[str, str]:
    """Return what rows of any kind are called, live or in the trash."""
    keys = reader.keyword_keys(ids)
    names = {str(row["id"]): str(row["keyword"]) for row in reader.keyword_page(list(keys.values()))}
    missing = {uid for uid in ids if uid not in names}
    for deleted in (False, True):
        if missing - names.keys():
            names |= {row.id: row.name for row in reader.clusters(deleted=deleted) if row.id in missing}
            names |= {row.id: row.title for row in reader.ideas(deleted=deleted) if row.id in missing}
    return names


def kept_rows(outcome: Outcome, names: Mapping[str, str]) -> list[KeptRow]:
    """Return the rows of an outcome that were refused, one line each; what has no name here is a line without one."""
    return [
        KeptRow(names.get(uid, ""), one.message) for one in outcome.refused for uid in (one.ids or ("",))
    ][:MOST]


def _cells(row: KeptRow) -> tuple[Cell, ...]:
    return (Cell(Kind.TEXT, row.name, STRONG), Cell(Kind.TEXT, row.reason))


class RefusedSheet(Sheet):
    """The list. Accepted, the others are to be changed."""

    def __init__(
        self, theme: Theme, window: QWidget, outcome: Outcome, rows: Sequence[KeptRow], others: int
    ) -> None:
        count = sum(max(1, len(one.ids)) for one in outcome.refused)
        done = outcome.action is not None
        kept = words.counted(count, tr("row stays as it is"), tr("rows stay as they are"))
        sentence = tr("Everything else was changed.") if done else tr("Nothing was changed yet.")
        super().__init__(theme, window, kept, sentence, width=840)
        card = self.card
        self.rows: PlainRows[KeptRow] = PlainRows([tr(one) for one in _TITLES], _cells, self)
        self.rows.show(rows)
        self.list = GridView(theme, card, frozen=0)
        self.list.setModel(self.rows)
        self.list.set_columns(_WIDTHS)
        self.list.setMinimumHeight(theme.px(260))
        self.list.setAccessibleName(kept)
        card.body.addWidget(self.list)
        if count > len(rows):
            said = tr("The first {n} are listed.").format(n=words.number(len(rows)))
            card.body.addWidget(Text(theme, said, "small", "text-3", card))
        close = Button(theme, tr("Close"), "plain", size="button-dialog", parent=card)
        self.add_button(close, accepts=False)
        self.focus_first(close)
        if others and not done:
            said = tr("Change the other {n}").format(n=words.number(others))
            go = Button(theme, said, "primary", size="button-dialog", parent=card)
            self.add_button(go, accepts=True)
            self.focus_first(go)


class Refusals(QObject):
    """Shows what was refused when somebody asks for it; nothing opens by itself."""

    def __init__(self, account: Account, edits: Edits, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._account = account
        self._edits = edits
        self._theme = theme
        self._window = window

    def show(self, outcome: Outcome) -> None:
        """List the rows of an outcome that were refused, with names and reasons."""
        ids = [uid for one in outcome.refused for uid in one.ids][:MOST]
        asked = self._account.reading.ask(lambda reader: names_of(reader, ids))
        self._account.bridge.watch(
            asked, self, lambda names: self._open(outcome, kept_rows(outcome, names)), self._edits.failed.emit
        )

    def _open(self, outcome: Outcome, rows: Sequence[KeptRow]) -> None:
        again = self._edits.others_of(outcome)
        sheet = RefusedSheet(self._theme, self._window, outcome, rows, again[1] if again is not None else 0)
        if again is not None:
            sheet.accepted.connect(again[0])
        sheet.open()
