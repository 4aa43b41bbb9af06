"""Paste: a block of texts into the rows below the current cell, as one action. What cannot be taken is told before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from planner_core.commands import Command
from planner_core.text import fold
from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.edits import Edits
from planner_desktop.screens.keywords.asking import CONFIRM_ABOVE
from planner_desktop.screens.keywords.cells import COLUMNS, KEYWORD, MARK, tr
from planner_desktop.screens.keywords.editors import CellEditors
from planner_desktop.screens.keywords.grid import KeywordGrid
from planner_desktop.screens.keywords.pasteplan import (
    MOST_ROWS,
    NotTaken,
    PastePlan,
    SectorInfo,
    TooLarge,
    headings_of,
    plan_paste,
    read_block,
)
from planner_desktop.screens.keywords.table import KeywordTable
from planner_desktop.screens.plainrows import PlainRows
from planner_desktop.screens.standing import ClusterName
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.dialogs import Sheet, facts_grid
from planner_desktop.widgets.grid import GridView
from planner_desktop.widgets.roles import QUIET, STRONG, Cell, Kind
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme
from planner_desktop.widgets.toast import ToastKind
from sync.errors import InvalidUsage

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns import Keys, KeywordRow

Block = list[list[str]]
_AT_ONCE = 1_000
_TITLES = ("Line", "Keyword", "Column", "Text", "Why it stays as it is")
_WIDTHS = (48, 150, 76, 96, 300)


class PasteSheet(Sheet):
    """What a paste would do and what it would not: accepted, the rest of it is done."""

    def __init__(self, theme: Theme, window: QWidget, plan: PastePlan) -> None:
        rows = words.counted(len(plan.keys()), tr("keyword"), tr("keywords"))
        super().__init__(
            theme,
            window,
            tr("Paste into {rows}?").format(rows=rows)
            if plan.changed
            else tr("Nothing of this can be pasted"),
            tr("One undo step. Posts with the next sync.") if plan.changed else "",
            width=760 if plan.refused else 480,
        )
        card = self.card
        card.body.addLayout(facts_grid(theme, _facts(plan), card))
        if plan.refused:
            self.list = GridView(theme, card, frozen=0)
            self._rows: PlainRows[NotTaken] = PlainRows(
                [tr(title) for title in _TITLES], _refused_cells, self, right={0}
            )
            self._rows.show(plan.refused)
            self.list.setModel(self._rows)
            self.list.set_columns(_WIDTHS)
            self.list.setMinimumHeight(theme.px(220))
            self.list.setAccessibleName(tr("Cells that stay as they are"))
            card.body.addWidget(self.list)
            if plan.refused_count > len(plan.refused):
                said = tr("The first {n} are listed.").format(n=words.number(len(plan.refused)))
                card.body.addWidget(Text(theme, said, "small", "text-3", card))
        cancel = Button(
            theme, tr("Cancel") if plan.changed else tr("Close"), "plain", size="button-dialog", parent=card
        )
        self.add_button(cancel, accepts=False)
        self.focus_first(cancel)
        if plan.changed:
            said = words.counted(plan.changed, tr("cell"), tr("cells"))
            run = Button(
                theme, tr("Paste {cells}").format(cells=said), "primary", size="button-dialog", parent=card
            )
            self.add_button(run, accepts=True)
            self.focus_first(run)


def _facts(plan: PastePlan) -> list[tuple[str, str, str]]:
    facts = [(tr("Changed"), words.number(plan.changed), "")]
    if plan.unchanged:
        facts.append((tr("Unchanged"), words.number(plan.unchanged), tr("are like that already")))
    if plan.fresh:
        names = ", ".join(name for name, _ in list(plan.fresh.values())[:5])
        more = tr(" and {n} more").format(n=words.number(len(plan.fresh) - 5)) if len(plan.fresh) > 5 else ""
        facts.append((tr("New clusters"), words.number(len(plan.fresh)), names + more))
    if plan.refused_count:
        facts.append((tr("Not taken"), words.number(plan.refused_count), tr("listed below with the reason")))
    if plan.beyond:
        facts.append((tr("Left over"), words.number(plan.beyond), tr("lines below the last row")))
    return facts


def _refused_cells(one: NotTaken) -> tuple[Cell, ...]:
    return (
        Cell(Kind.NUMBER, words.number(one.line), QUIET),
        Cell(Kind.TEXT, one.keyword, STRONG),
        Cell(Kind.TEXT, one.column, QUIET),
        Cell(Kind.TEXT, one.text, 0),
        Cell(Kind.TEXT, one.reason, 0),
    )


class Pasting(QObject):
    """Takes what the clipboard holds into the grid."""

    def __init__(
        self,
        account: Account,
        edits: Edits,
        table: KeywordTable,
        editors: CellEditors,
        grid: KeywordGrid,
        theme: Theme,
    ) -> None:
        super().__init__(grid)
        self._account = account
        self._edits = edits
        self._table = table
        self._editors = editors
        self._grid = grid
        self._theme = theme
        self._running = False

    @property
    def is_busy(self) -> bool:
        """Whether a paste is being worked out."""
        return self._running

    def paste(self) -> None:
        """Paste what the clipboard holds, from the current cell on."""
        self.paste_text(QGuiApplication.clipboard().text())

    def paste_text(self, text: str) -> None:
        """Paste a text. One line (or one cell) goes into every selected row, several lines into the rows from the current one on.

        Where cells are chosen, it begins at the first of them, and one cell goes into all of them.
        """
        if self._running or self._account.columns is None or not self._grid.currentIndex().isValid():
            return
        if not text.strip("\r\n"):
            self._say("info", tr("The clipboard holds no text."))
            return
        self._running = True
        future = self._account.desk.background.submit(read_block, text)
        self._account.bridge.watch(future, self, self._read, self._broke)

    def _read(self, block: Block) -> None:
        keys, current = self._table.rows.keys, self._grid.currentIndex()
        if keys is None or not current.isValid() or not block:
            self._running = False
            return
        titles = headings_of(block[0]) if len(block) > 1 else None
        block = block[1:] if titles else block
        chosen = self._table.selected_keys()
        repeats = len(block) == 1 and chosen is not None and 1 < len(chosen) <= MOST_ROWS
        span, ranges = self._grid.span.columns, self._grid.selected_ranges()
        row = ranges[0][0] if span and ranges else current.row()
        column = span[0] if span else current.column()
        target: Keys = chosen if repeats and chosen is not None else keys[row : row + len(block)]
        if span and not titles and len(block) == len(block[0]) == 1:
            block = [block[0] * len(span)]
        cells: Sequence[Sequence[str]] = block * len(target) if repeats else block
        names = titles or self._columns_from(column)
        self._gather(target, [], lambda rows: self._plan(cells, rows, names, 2 if titles else 1))

    def _gather(
        self,
        target: Keys,
        rows: list[KeywordRow | None],
        then: Callable[[list[KeywordRow | None]], None],
    ) -> None:
        """Take the rows from memory, some at a time: frames are painted in between."""
        columns = self._account.columns
        if columns is None:
            self._running = False
            return
        rows += columns.rows(target[len(rows) : len(rows) + _AT_ONCE])
        if len(rows) < len(target):
            QTimer.singleShot(0, self, lambda: self._gather(target, rows, then))
        else:
            then(rows)

    def _plan(
        self, cells: Sequence[Sequence[str]], rows: list[KeywordRow | None], names: Sequence[str], first: int
    ) -> None:
        sectors = self._sectors(rows)
        future = self._account.desk.background.submit(plan_paste, cells, rows, names, sectors, first)
        self._account.bridge.watch(future, self, self._planned, self._broke)

    def _planned(self, plan: PastePlan) -> None:
        self._running = False
        if not plan.changed and not plan.refused:
            self._say("info", tr("All of it is like that already."))
            return
        if plan.refused or plan.fresh or plan.beyond or len(plan.keys()) > CONFIRM_ABOVE:
            sheet = PasteSheet(self._theme, self._grid.window(), plan)
            sheet.accepted.connect(lambda: self._carry_out(plan))
            sheet.open()
            return
        self._carry_out(plan)

    def _carry_out(self, plan: PastePlan) -> None:
        keys = plan.keys()
        new_ids = {place: self._account.new_uid() for place in plan.fresh}

        def make(ids: Sequence[str]) -> list[Command]:
            if len(ids) != len(keys):
                raise InvalidUsage(
                    "rows_gone", tr("Some of these rows are gone: nothing was pasted."), tr("Paste again.")
                )
            return plan.commands(ids, new_ids)

        label = tr("Paste into {rows}").format(rows=words.counted(len(keys), tr("keyword"), tr("keywords")))
        self._edits.change_keywords(keys, make, label=label, partial=True)

    def _columns_from(self, column: int) -> list[str]:
        """Return the names of the columns that are shown, from one on. A keyword's mark is no column to paste into."""
        shown = self._grid.shown_columns()
        first = KEYWORD if column == MARK else column
        return [COLUMNS[at].name for at in shown[shown.index(first) :]] if first in shown else []

    def _sectors(self, rows: Sequence[KeywordRow | None]) -> Mapping[int, SectorInfo]:
        found: dict[int, SectorInfo] = {}
        for key in {row.sector for row in rows if row is not None}:
            sector = self._editors.sector(key)
            if sector is not None:
                clusters: Sequence[ClusterName] = self._account.places.clusters.get(sector.id, ())
                found[key] = SectorInfo(sector.id, {fold(one.name): one for one in clusters})
        return found

    def _broke(self, error: BaseException) -> None:
        self._running = False
        if isinstance(error, TooLarge):
            most = words.number(MOST_ROWS)
            self._say(
                "error",
                tr("More than {n} lines are too many to paste. Import them as a file.").format(n=most),
            )
            return
        self._edits.failed.emit(error)

    def _say(self, kind: ToastKind, text: str) -> None:
        self._edits.said.emit(kind, text)
