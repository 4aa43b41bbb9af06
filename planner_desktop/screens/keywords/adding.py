"""Add from the library: search the seeds of a sector, take what fits."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from planner_core.commands import AddKeywordsFromSeeds
from planner_core.figures import band, intent_mask
from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.edits import Edits
from planner_desktop.screens.keywords.cells import intent_words, tr
from planner_desktop.screens.plainrows import PlainRows
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.dialogs import Sheet
from planner_desktop.widgets.fields import LineField
from planner_desktop.widgets.grid import GridView
from planner_desktop.widgets.roles import DISABLED, FADED, QUIET, STRONG, Cell, Kind
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme
from sync.replica import SeedRow

LIMIT = 500
_TITLES = ("Seed keyword", "Volume", "Difficulty", "Intent", "Country", "")
_WIDTHS = (280, 84, 90, 110, 68, 90)
_SEARCH_MS = 150


def seed_cells(seed: SeedRow) -> tuple[Cell, ...]:
    """Return the cells of a seed; one that is a keyword already is grey."""
    off = DISABLED if seed.keyword_id is not None else 0
    chip, colour, _ = intent_words(intent_mask(seed.intent))
    volume = "" if seed.volume is None else words.number(seed.volume)
    difficulty = "" if seed.difficulty is None else str(seed.difficulty)
    return (
        Cell(Kind.TEXT, seed.keyword, (FADED if off else STRONG)),
        Cell(Kind.NUMBER, volume, off),
        Cell(Kind.DIFFICULTY, difficulty, off, band(seed.difficulty)),
        Cell(Kind.CHIP, chip, off, colour or None),
        Cell(Kind.TEXT, seed.country or "", QUIET | off),
        Cell(Kind.TEXT, tr("added") if off else " ", QUIET),
    )


class AddFromLibrary(Sheet):
    """The sheet. It stays open after adding, so that one search follows the other."""

    def __init__(
        self, theme: Theme, window: QWidget, account: Account, edits: Edits, sector: str, sector_name: str
    ) -> None:
        super().__init__(
            theme,
            window,
            tr("Add from the library"),
            tr(
                "Seed keywords of the platform for {sector}. Figures stay the library's until you override them."
            ).format(sector=sector_name),
            width=800,
        )
        self._account = account
        self._edits = edits
        self._sector = sector
        self._asked = 0
        self.field = LineField(theme, tr("Search the library"), tr("Part of a keyword"), self.card)
        self.grid = GridView(theme, self.card, frozen=1)
        self.rows = PlainRows([tr(one) if one else "" for one in _TITLES], seed_cells, self, right={1})
        self.found = Text(theme, "", "small", "text-3", self.card)
        self.add = Button(theme, "", "primary", size="button-dialog", parent=self.card)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SEARCH_MS)
        self._soon.timeout.connect(self._search)
        self._fill()
        self._search()

    def _fill(self) -> None:
        theme, card = self._theme, self.card
        self.grid.setModel(self.rows)
        self.grid.set_columns(_WIDTHS)
        self.grid.setMinimumHeight(theme.px(340))
        self.grid.setAccessibleName(tr("Seed keywords"))
        for widget in (self.field, self.grid, self.found):
            card.body.addWidget(widget)
        close = Button(theme, tr("Close"), "plain", size="button-dialog", parent=card)
        self.add_button(close, accepts=False)
        card.buttons.addWidget(self.add)
        self.add.clicked.connect(self._add)
        self.field.textChanged.connect(lambda _text: self._soon.start())
        self.grid.rows_changed.connect(self._count)
        self._edits.done.connect(self._again)
        self.focus_first(self.field)
        self._count()

    def _again(self, _done: object) -> None:
        self._soon.start()

    def _search(self) -> None:
        self._asked += 1
        number, text = self._asked, self.field.text()
        question = self._account.reading.ask(
            lambda reader: reader.library_search(text, self._sector, limit=LIMIT)
        )

        def arrived(seeds: list[SeedRow]) -> None:
            if number == self._asked:
                self.rows.show(seeds)
                more = tr(" The largest are shown.") if len(seeds) == LIMIT else ""
                self.found.setText(tr("{n} found.").format(n=words.number(len(seeds))) + more)
                self._count()

        self._account.bridge.watch(question, self, arrived, self._account.troubled.emit)

    def _chosen(self) -> list[str]:
        rows = [row for first, last in self.grid.selected_ranges() for row in range(first, last + 1)]
        return [self.rows.items[row].id for row in rows if self.rows.items[row].keyword_id is None]

    def _count(self) -> None:
        count = len(self._chosen())
        self.add.setText(tr("Add {n}").format(n=words.number(count)))
        self.add.setEnabled(count > 0)

    def _add(self) -> None:
        seeds = self._chosen()
        ids = self._account.planner.store.ids
        if seeds:
            command = AddKeywordsFromSeeds(self._sector, seeds, [ids.uid() for _ in seeds])
            self._edits.run([command], partial=True)
            self.grid.selectionModel().clear()
