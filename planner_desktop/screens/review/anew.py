"""Rows made anew from the copies kept here: where they are to be, and what becomes of the question."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.edits import Edits
from planner_desktop.screens.review.items import LOST, SHUT_OUT, entity_word, tr
from planner_desktop.screens.standing import Places
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.dialogs import Sheet
from planner_desktop.widgets.fields import Labelled, Picker
from planner_desktop.widgets.roles import Choice
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme
from sync.replica import ReviewRow

_SEARCHED_FROM = 8
"""More places than these are searched, not looked through."""


@dataclass(frozen=True, slots=True)
class Where:
    """A sector (its id), or where the rows were before (None)."""

    sector: str | None


def wheres(item: ReviewRow, places: Places) -> list[Choice]:
    """Return where the rows of an item may be made anew: where they were, if that may be changed, and every sector that may."""
    found = []
    if item.code != SHUT_OUT and item.scope in places.writable:
        found.append(Choice(Where(None), tr("Where they were") if len(item.ids) > 1 else tr("Where it was")))
    for site in places.sites:
        if site.id in places.writable:
            sectors = places.sectors_of(site.id)
            found += [Choice(Where(sector.id), f"{site.name} · {sector.name}") for sector in sectors]
    return found


class AnewSheet(Sheet):
    """Asks where; `sector` is the answer once it was accepted."""

    def __init__(self, theme: Theme, window: QWidget, item: ReviewRow, places: Places) -> None:
        super().__init__(theme, window, tr("Restore as new"), _sentence(item), width=460)
        card = self.card
        choices = wheres(item, places)
        self.place = Picker(
            theme,
            tr("Site and sector"),
            placeholder=tr("Choose a sector"),
            searchable=len(choices) > _SEARCHED_FROM,
            around=self,
            parent=card,
        )
        box = Labelled(theme, tr("Site and sector"), self.place, card)
        card.body.addWidget(Text(theme, item.subject, "section", "text", card))
        card.body.addWidget(box)
        rows = words.counted(len(item.ids), entity_word(item.entity), entity_word(item.entity, 2))
        self.run = Button(
            theme, tr("Restore {rows}").format(rows=rows), "primary", size="button-dialog", parent=card
        )
        cancel = Button(theme, tr("Cancel"), "plain", size="button-dialog", parent=card)
        self.add_button(cancel, accepts=False)
        self.add_button(self.run, accepts=True)
        card.show_note(tr("Existing rows stay."))
        self.place.set_choices(choices)
        self.place.picked.connect(self.choose)
        if not choices:
            self.place.setEnabled(False)
            box.set_error(tr("There is no site that you may change at present."))
        # Where the rows were is what is meant as a rule; of several other places none is likelier.
        is_clear = len(choices) == 1 or (bool(choices) and choices[0].value == Where(None))
        self.choose(choices[0].value if is_clear else None)
        self.focus_first(self.run if is_clear else self.place if choices else cancel)

    @property
    def sector(self) -> str | None:
        """The sector (id) the rows go to; None: where they were."""
        where = self.place.value
        return where.sector if isinstance(where, Where) else None

    def choose(self, where: object) -> None:
        """Take a place as a click in the list does."""
        self.place.set_value(where)
        self.run.setEnabled(isinstance(where, Where))


def offer(theme: Theme, page: QWidget, item: ReviewRow, account: Account, edits: Edits) -> None:
    """Ask where the rows of an item are to be made anew, and do it."""
    sheet = AnewSheet(theme, page.window(), item, account.places)

    def run() -> None:
        sector = sheet.sector
        edits.carry(lambda replica: replica.restore_as_new([item.id], sector), "anew")

    sheet.accepted.connect(run)
    sheet.open()


def _sentence(item: ReviewRow) -> str:
    if item.code == SHUT_OUT:
        return tr(
            "You have no access to the site any more. What you wanted to send is made as new rows in a sector you may change, "
            "and is not sent to the old place any more."
        )
    if item.kind == LOST:
        return tr(
            "The platform was put back and does not have these rows. They are made again from the copies on this computer."
        )
    return tr("The platform has cleared this away. It is made again from the copy on this computer.")
