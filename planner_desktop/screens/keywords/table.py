"""What the grid shows and in which order: scope, query and sort order in, row keys out; and how it follows changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from planner_core.query import Query, SortKey
from planner_desktop.screens.account import Account
from planner_desktop.screens.follower import RowsChanged
from planner_desktop.screens.keywords.cells import COLUMNS
from planner_desktop.screens.keywords.editors import CellEditors
from planner_desktop.screens.keywords.grid import KeywordGrid
from planner_desktop.screens.keywords.rows import KeywordRows
from planner_desktop.widgets.roles import CELL_ROLE, Cell

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns import Keys, Scope
    from planner_desktop.columns.derived import Preparation
    from planner_desktop.columns.shares import Shares

_SETTLE_MS = 120


@dataclass(frozen=True, slots=True)
class _Memory:
    """Where somebody was, in terms that survive other rows."""

    top: int | None
    current: int | None
    column: int
    everything: bool
    chosen: Keys | None


class KeywordTable(QObject):
    """Fills a grid with the keywords of a place that match a query.

    Rows do not leave or move because somebody edits them: they are looked for again when the question changes, or when rows come
    or go. Until then the grid shows what it showed, with the new values.
    """

    shown = Signal()
    """Other rows, or other values in them."""

    def __init__(self, account: Account, grid: KeywordGrid, editors: CellEditors, parent: QObject) -> None:
        super().__init__(parent)
        self._account = account
        self._grid = grid
        self.rows = KeywordRows(editors.editor, self)
        self._query = Query()
        self._sort: tuple[SortKey, ...] = (SortKey("volume", descending=True),)
        self._site: int | None = None
        self._sector: int | None = None
        self._total: int | None = None
        self._preparing = 0
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._catch_up)
        self.rows.page_drawn.connect(self._ask_edits)
        account.rows_changed.connect(self._rows_changed)
        account.standing_changed.connect(self._mark_questions)

    # ------------------------------------------------------------ the question

    @property
    def count(self) -> int:
        """How many rows are shown."""
        return len(self.rows.keys) if self.rows.keys is not None else 0

    @property
    def total(self) -> int:
        """How many rows the place has."""
        columns = self._account.columns
        if columns is None:
            return 0
        if self._total is None:
            self._total = columns.count(Query(), self.scope())
        return self._total

    @property
    def query(self) -> Query:
        """What is asked for."""
        return self._query

    @property
    def sort(self) -> Sequence[SortKey]:
        """The order."""
        return self._sort

    def show_place(self, site: int | None, sector: int | None) -> None:
        """Show the keywords of a site (or all), of a sector (or all), by row key."""
        self._site, self._sector = site, sector
        self._total = None
        self.look()

    def show_query(self, query: Query) -> None:
        """Show what matches."""
        self._query = query
        self.look()

    def would_find(self, query: Query) -> bool:
        """Return whether anything in the place matches."""
        columns = self._account.columns
        return columns is not None and columns.count(query, self.scope()) > 0

    def show_sort(self, column: int, *, descending: bool) -> None:
        """Order by a column of the grid."""
        field = COLUMNS[column].field
        if field:
            self._sort = (SortKey(field, descending),)
            chosen = bool(self._grid.selected_ranges())
            self.look(keep=chosen)
            if not chosen:
                self._begin_at_top(column)

    def order_by(self, order: Sequence[SortKey]) -> None:
        """Order the next answer by this."""
        if order:
            self._sort = tuple(order)

    def _begin_at_top(self, column: int) -> None:
        """Nobody holds on to a row: another order is read from its beginning."""
        self._grid.scrollToTop()
        if self.count and self._grid.hasFocus():
            self._grid.set_current(0, column)

    def sorted_column(self) -> tuple[int, bool]:
        """Return the column that is ordered by, and whether descending."""
        if not self._sort:
            return -1, False
        first = self._sort[0]
        place = next((at for at, column in enumerate(COLUMNS) if column.field == first.field), -1)
        return place, first.descending

    def look(self, *, keep: bool = False) -> None:
        """Ask the question anew; with `keep`, selection and place are found again among the answer."""
        columns = self._account.columns
        if columns is None:
            self.rows.show_loading()
            return
        if self._prepare(keep=keep):
            return
        memory = self._remember() if keep else None
        self.rows.show(columns, columns.select(self._query, self._sort, self.scope()))
        if memory is not None:
            self._recall(memory)
        self.shown.emit()

    def _prepare(self, *, keep: bool) -> bool:
        """Have what takes long (patterns, near-duplicates, the order by text) found on another thread, then look.

        Until then the grid stays as it is.
        """
        account, columns = self._account, self._account.columns
        if columns is None or not account.is_open:
            return False
        work = columns.asking.preparation(self._query, self._sort)
        if work is None:
            return False
        self._preparing += 1

        def found(done: Preparation) -> None:
            self._preparing -= 1
            columns.asking.adopt(done)
            self.look(keep=keep)

        def failed(error: BaseException) -> None:
            self._preparing -= 1
            account.troubled.emit(error)

        account.bridge.watch(account.desk.background.submit(work), self, found, failed)
        return True

    def scope(self) -> Scope:
        """Return the place as the columns know it."""
        from planner_desktop.columns import Scope  # noqa: PLC0415 - NumPy comes after the first paint

        return Scope(
            None if self._site is None else (self._site,), None if self._sector is None else (self._sector,)
        )

    # ------------------------------------------------------------ the selection

    def selected_keys(self) -> Keys | None:
        """Return the keys of the selected rows, None where nothing is selected. Costs nothing for each row of a range."""
        keys, ranges = self.rows.keys, self._grid.selected_ranges()
        if keys is None or not ranges:
            return None
        from planner_desktop.columns.shares import gather_ranges  # noqa: PLC0415 - NumPy comes after the first paint

        return gather_ranges(keys, ranges)

    def shares(self, keys: Keys) -> Shares | None:
        """Return what rows are made of."""
        columns = self._account.columns
        return columns.shares(keys) if columns is not None else None

    # ------------------------------------------------------------ changes

    def _rows_changed(self, change: RowsChanged) -> None:
        columns = self._account.columns
        self._total = None
        if columns is None:
            return
        if self.rows.keys is None:
            self.look()
            return
        seen = self._grid.visible_rows()
        before = {} if change.by_user else self.rows.shown_cells(seen)
        self.rows.refresh(columns, change.keys)
        self._fade(before, seen)
        self._settle.start()

    def _fade(self, before: dict[int, tuple[Cell, ...]], seen: range) -> None:
        """Let cells in view that somebody else changed fade; the mark tells of itself."""
        if not before or self.rows.keys is None:
            return
        changed = []
        for row in seen:
            key = self.rows.row_key(row)
            old = before.get(key) if isinstance(key, int) else None
            if old is None:
                continue
            for at in range(1, len(COLUMNS)):
                now = self.rows.data(self.rows.index(row, at), CELL_ROLE)
                if now is not None and now.text != old[at].text:
                    changed.append((row, at))
        if changed:
            self._grid.fade_cells(changed)

    def _catch_up(self) -> None:
        """Look whether rows have come or gone since, and say that figures are other ones."""
        columns, keys = self._account.columns, self.rows.keys
        if columns is None or keys is None or self._grid.editing.is_open:
            if self._grid.editing.is_open:
                self._settle.start()
            return
        if columns.asking.preparation(self._query, self._sort) is not None:
            self.look(keep=True)
            return
        from planner_desktop.columns.shares import any_missing, still_there  # noqa: PLC0415 - see above

        wanted = columns.keys(columns.evaluate(self._query, self.scope()))
        if any_missing(keys, wanted):
            self.look(keep=True)
            return
        kept = still_there(keys, columns.keys(columns.evaluate(Query(), self.scope())))
        if kept is not keys:
            memory = self._remember()
            self.rows.show(columns, kept)
            self._recall(memory)
        self.shown.emit()

    @property
    def is_settled(self) -> bool:
        """Whether the grid shows the latest answer."""
        return self.rows.keys is not None and not self._settle.isActive() and not self._preparing

    def _remember(self) -> _Memory:
        grid = self._grid
        current = grid.currentIndex()
        top = self.rows.row_key(grid.rowAt(0))
        key = self.rows.row_key(current.row()) if current.isValid() else None
        return _Memory(
            top if isinstance(top, int) else None,
            key if isinstance(key, int) else None,
            current.column() if current.isValid() else 0,
            grid.everything_selected(),
            self.selected_keys(),
        )

    def _recall(self, memory: _Memory) -> None:
        from planner_desktop.columns.shares import ranges_of  # noqa: PLC0415 - see above

        grid, keys = self._grid, self.rows.keys
        assert keys is not None
        row = self.rows.row_of(memory.current) if memory.current is not None else -1
        if row >= 0:
            grid.set_current(row, memory.column)
        if memory.chosen is not None:
            ranges = (
                [(0, len(keys) - 1)] if memory.everything and len(keys) else ranges_of(keys, memory.chosen)
            )
            grid.select_rows(ranges or [])
        top = self.rows.row_of(memory.top) if memory.top is not None else -1
        if top >= 0:
            grid.verticalScrollBar().setValue(top)

    # ------------------------------------------------------------ what the columns do not hold

    def _ask_edits(self, keys: Sequence[int]) -> None:
        account = self._account
        if account.is_open:
            future = account.reading.ask(lambda reader: reader.keyword_edits(keys))
            account.bridge.watch(
                future, self, lambda found: self.rows.show_edits(keys, found), account.troubled.emit
            )

    def _mark_questions(self) -> None:
        self.rows.show_questions(self._account.standing.questions)
