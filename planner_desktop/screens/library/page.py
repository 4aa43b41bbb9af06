"""The Library page: the platform's seed keywords of a site's sectors, and many of them added in one step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from planner_core.query import Query, QueryError, SortKey, quote_name
from planner_desktop.app.seedquery import parse_seeds
from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.edits import Edits
from planner_desktop.screens.keywords.query import completer, read_query, with_term
from planner_desktop.screens.library.adding import Adding
from planner_desktop.screens.library.figures import metrics_of, nothing_here, whose_library
from planner_desktop.screens.library.keeper import ShelfKeeper
from planner_desktop.screens.library.panel import LibraryPanel
from planner_desktop.screens.library.rows import COLUMNS, PLACE, SeedRows, tr
from planner_desktop.screens.stepping import lead_into
from planner_desktop.screens.switcher import Place
from planner_desktop.widgets.grid import GridView
from planner_desktop.widgets.metrics import MetricsBand
from planner_desktop.widgets.pageheader import PageHeader
from planner_desktop.widgets.queryline import QueryLine, QueryProblem, QueryReading
from planner_desktop.widgets.text import Ground
from planner_desktop.widgets.theme import Theme

if TYPE_CHECKING:  # NumPy comes with the first look at the library
    from planner_desktop.columns import Keys, Scope

_FIRST_ORDER: tuple[SortKey, ...] = (SortKey("volume", descending=True), SortKey("keyword"))
_SAMPLE = 3
_SELECTION_MS = 60
_PANEL_FROM = 860
_TERMS = {"volume": "-volume:unknown", "difficulty": "-difficulty:unknown", "added": "-is:added"}


class LibraryPage(QWidget):
    """Find seeds, see which are keywords already, add one or all of them."""

    figures_changed = Signal(object)
    """Texts for the right end of the status bar."""
    place_requested = Signal()
    """Somebody has to choose a site."""

    def __init__(self, account: Account, edits: Edits, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._account = account
        self._edits = edits
        self._theme = theme
        self.keeper = ShelfKeeper(account, _FIRST_ORDER, self)
        self.header = PageHeader(theme, tr("Library"), self)
        self.metrics = MetricsBand(theme, self)
        self.query = QueryLine(theme, _read, self)
        self.grid = GridView(theme, self, frozen=1)
        self.rows = SeedRows(self)
        self.panel = LibraryPanel(theme, self)
        self._stack = QStackedWidget(self)
        self._band = Ground(theme, "surface", self)
        self._empty: QWidget | None = None
        self._place = Place()
        self._sector: int | None = None
        self._query = Query()
        self._sort = _FIRST_ORDER
        self._adding = Adding(account, edits, theme, self.panel, self)
        self._selection_soon = QTimer(self)
        self._selection_soon.setSingleShot(True)
        self._selection_soon.setInterval(_SELECTION_MS)
        self._selection_soon.timeout.connect(self._show_selection)
        self._build()
        self._connect()

    # ------------------------------------------------------------ what the window says

    def show_place(self, place: Place, sector: int | None) -> None:
        """Show the seeds of a site's sectors, or of one (its row key)."""
        self._place, self._sector = place, sector
        self.grid.setColumnHidden(PLACE["sector"], sector is not None)
        self._adding.offer_targets(place)
        self.keeper.look_at(place.site, wanted=self.isVisible())
        self._look()

    def arrive(self) -> None:
        """Somebody looks at the page."""
        self.keeper.look_at(self._place.site, wanted=True)
        self._look()

    @property
    def is_settled(self) -> bool:
        """Whether everything on the page is up to date."""
        busy = self._selection_soon.isActive() or self._adding.is_busy or self._edits.is_busy
        return self.keeper.is_settled and not busy

    def ask_query(self, text: str) -> None:
        """Show what a query finds."""
        self.query.set_text(text)

    def focus_query(self) -> None:
        """Begin to type a query."""
        self.query.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.query.edit.selectAll()

    def select_all(self) -> None:
        """Select every seed shown: one range, however many they are."""
        self.grid.selectAll()
        self.grid.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def apply(self) -> None:
        """Add what is selected, above a thousand after a question."""
        self._adding.ask(self.window(), self._sample())

    # ------------------------------------------------------------ showing

    def _scope(self) -> Scope:
        from planner_desktop.columns import Scope  # noqa: PLC0415 - NumPy comes with the first look

        return Scope(None, None if self._sector is None else (self._sector,))

    def _look(self) -> None:
        """Ask the question anew."""
        shelf = self.keeper.shelf
        if shelf is None:
            self.rows.show_loading()
            self.query.set_count("")
            self.header.set_count("")
            self.metrics.show_metrics(())
            self._show_empty(None, 0)
            self._selection_soon.start()
            return
        keys = shelf.columns.select(self._query, self._sort, self._scope())
        self.rows.show(shelf.columns, keys)
        first = self._sort[0]
        place = next((at for at, column in enumerate(COLUMNS) if column.field == first.field), -1)
        self.grid.show_sort(place, descending=first.descending)
        self._show_figures()
        self._selection_soon.start()

    def _show_figures(self) -> None:
        shelf, keys = self.keeper.shelf, self.rows.keys
        if shelf is None or keys is None:
            return
        total = shelf.columns.count(Query(), self._scope())
        said = tr("{count} of {total}").format(count=words.number(len(keys)), total=words.number(total))
        self.query.set_count(said if self._query.terms else "")
        self.header.set_count(words.number(total))
        self.metrics.show_metrics(metrics_of(shelf.columns.shares(keys), total))
        self._show_empty(total, len(keys))

    def _show_empty(self, total: int | None, count: int) -> None:
        if self._empty is not None:
            self._stack.removeWidget(self._empty)
            self._empty.deleteLater()
            self._empty = None
        if self._place.site is None:
            self._empty = whose_library(self._theme, self.place_requested.emit, self)
        elif total is not None and not count:
            self._empty = nothing_here(self._theme, total, lambda: self.ask_query(""), self)
        if self._empty is not None:
            self._stack.addWidget(self._empty)
        self._stack.setCurrentWidget(self._empty or self.grid)

    # ------------------------------------------------------------ the selection

    def _selected(self) -> Keys | None:
        keys, ranges = self.rows.keys, self.grid.selected_ranges()
        if keys is None or not len(keys) or not ranges:
            return None
        from planner_desktop.columns.shares import gather_ranges  # noqa: PLC0415 - see above

        return gather_ranges(keys, ranges)

    def _show_selection(self) -> None:
        shelf, keys = self.keeper.shelf, self._selected()
        self._fold()
        count = len(self.rows.keys) if self.rows.keys is not None and shelf is not None else 0
        figures = [words.counted(count, tr("seed"), tr("seeds"))]
        if shelf is None or keys is None:
            self._adding.forget()
            self.panel.show_statistics(shelf.statistics() if shelf is not None else (), tr("Sectors"))
            self.figures_changed.emit(figures)
            return
        sums = shelf.columns.sums(keys)
        self.panel.show_selection(sums.count, sums.volume, sums.difficulty)
        figures.append(tr("{n} selected").format(n=words.number(sums.count)))
        figures.append(tr("Volume {volume}").format(volume=words.number(sums.volume)))
        self.figures_changed.emit(figures)
        self._adding.foresee(shelf, keys)

    def _sample(self) -> list[str]:
        first = next((first for first, _ in self.grid.selected_ranges()), 0)
        seeds = [self.rows.seed(row) for row in range(first, first + _SAMPLE)]
        return [seed.keyword for seed in seeds if seed is not None]

    # ------------------------------------------------------------ building

    def _build(self) -> None:
        self.grid.setModel(self.rows)
        self.grid.set_columns([column.width for column in COLUMNS])
        self.grid.setAccessibleName(tr("Seed keywords"))
        self.query.edit.setPlaceholderText(tr("Filter: words, volume:>=1000, difficulty:<40, -is:added"))
        self.query.edit.set_complete(completer(self._names))
        self._stack.addWidget(self.grid)
        self._band_row = QVBoxLayout(self._band)
        self._band_row.addWidget(self.query)
        left = QVBoxLayout()
        left.setSpacing(0)
        for widget in (self.metrics, self._band):
            left.addWidget(widget)
        left.addWidget(self._stack, 1)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addLayout(left, 1)
        body.addWidget(self.panel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addLayout(body, 1)
        self._theme.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        """Take sizes from the theme again."""
        edge = self._theme.px(12)
        self._band_row.setContentsMargins(edge, self._theme.px(8), edge, self._theme.px(8))
        self._fold()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        """Where there is little room, the panel is there while something is selected only."""
        roomy = self.width() >= self._theme.px(_PANEL_FROM)
        has_place = self._place.site is not None
        self.panel.setVisible(has_place and (roomy or bool(self.grid.selected_ranges())))
        for widget in (self.metrics, self._band):
            widget.setVisible(has_place)

    def _connect(self) -> None:
        self.query.edited.connect(self._asked_for)
        lead_into(self.query, (self.grid,), lambda: None)
        self.grid.sort_requested.connect(self._sort_by)
        self.grid.rows_changed.connect(self._selection_soon.start)
        self.keeper.loaded.connect(self._look)
        self.keeper.marked.connect(self._marked)
        self.metrics.chosen.connect(self._metric_chosen)
        self.panel.add_requested.connect(self.apply)
        self.panel.target_changed.connect(self._selection_soon.start)
        self.panel.closed.connect(self.grid.clearSelection)
        self.panel.sector_chosen.connect(lambda name: self.ask_query(f"sector:{quote_name('sector', name)}"))
        self._edits.busy_changed.connect(self._edited)

    def _marked(self) -> None:
        self.rows.refresh()
        self._show_figures()
        self._selection_soon.start()

    def _edited(self) -> None:
        """What an edit did may change what the rules say of the selection."""
        if self.isVisible() and not self._edits.is_busy:
            self._selection_soon.start()

    def _asked_for(self, text: str) -> None:
        try:
            query = parse_seeds(text)
        except QueryError:
            return
        if query != self._query:
            self._query = query
            self._look()

    def _sort_by(self, column: int, descending: bool) -> None:
        field = COLUMNS[column].field
        tie = () if field == "keyword" else (SortKey("keyword"),)
        self._sort = (SortKey(field, descending), *tie)
        self._look()
        self.grid.scrollToTop()

    def _metric_chosen(self, name: str) -> None:
        self.ask_query(with_term(self.query.text(), _TERMS[name]) if name in _TERMS else "")

    def _names(self, field: str) -> Sequence[str]:
        shelf = self.keeper.shelf
        if shelf is None:
            return ()
        if field == "country":
            return shelf.columns.countries()
        return shelf.columns.names("sector") if field == "sector" else ()


def _read(text: str) -> QueryReading:
    """Return how a text is understood, here where only seeds are meant."""
    try:
        parse_seeds(text)
    except QueryError as error:
        length = max(1, error.span.end - error.span.start)
        return QueryReading((), QueryProblem(error.span.start, length, error.message))
    return read_query(text)
