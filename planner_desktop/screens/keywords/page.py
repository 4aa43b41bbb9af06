"""The Keywords page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.candidates.view import CandidatesView
from planner_desktop.screens.edits import Edits
from planner_desktop.screens.keywords.cells import tr
from planner_desktop.screens.keywords.changes import RowChanges
from planner_desktop.screens.keywords.editors import CellEditors
from planner_desktop.screens.keywords.emptiness import is_first_sync, no_hits, no_keywords
from planner_desktop.screens.keywords.facets import Facets
from planner_desktop.screens.keywords.figures import TERMS, Reckoning, metrics_of, status_figures
from planner_desktop.screens.keywords.grid import KeywordGrid
from planner_desktop.screens.keywords.hands import Hands
from planner_desktop.screens.keywords.inspector import Inspector, Wish
from planner_desktop.screens.keywords.query import (
    completer,
    is_half_a_field,
    names_in,
    query_of,
    read_query,
    with_term,
)
from planner_desktop.screens.keywords.rowhistory import RowHistory
from planner_desktop.screens.keywords.selected import same_rows, selected_of
from planner_desktop.screens.keywords.table import KeywordTable
from planner_desktop.screens.keywords.views import SavedViews
from planner_desktop.screens.stepping import lead_into
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.metrics import Metric, MetricsBand
from planner_desktop.widgets.pageheader import PageHeader
from planner_desktop.widgets.queryline import QueryLine
from planner_desktop.widgets.text import Ground
from planner_desktop.widgets.theme import Theme

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns import Keys

_FIGURES_MS = 60
_SELECTION_MS = 25


class KeywordsPage(QWidget):
    """Find keywords, see what they hold, change one or all of them."""

    figures_changed = Signal(object)
    """Texts for the right end of the status bar."""
    review_requested = Signal(str)
    """(review item) somebody wants to see what a row's mark is about; empty: the page as it is."""
    add_requested = Signal()

    def __init__(self, account: Account, edits: Edits, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._account = account
        self._edits = edits
        self._theme = theme
        self.editors = CellEditors(account.new_uid)
        self.header = PageHeader(theme, tr("Keywords"), self)
        self.add = Button(theme, tr("Add from library"), "plain", icon="plus", parent=self)
        self.triage = Button(theme, tr("Triage"), "plain", icon="list-checks", parent=self)
        self.columns = Button(theme, tr("Columns"), "quiet", icon="columns-3", parent=self)
        self.metrics = MetricsBand(theme, self)
        self.query = QueryLine(theme, read_query, self, savable=True)
        self.grid = KeywordGrid(theme, self)
        self.table = KeywordTable(account, self.grid, self.editors, self)
        self.changes = RowChanges(account, edits, self.table, self.editors, self.grid)
        self.hands = Hands(account, edits, self.table, self.editors, self.grid, theme)
        self.views = SavedViews(account, self.table, self.hands.layout, self.query, theme)
        self._stack = QStackedWidget(self)
        self.facets = Facets(account, self.table, theme, self.query, self.ask_query)
        self.candidates = CandidatesView(account, edits, theme, self.query, self)
        self._empty: QWidget | None = None
        self._empty_at_first = False
        self._band = Ground(theme, "surface", self)
        self._body = QWidget(self)
        self.inspector = Inspector(theme, self._body)
        self.row_history = RowHistory(account, theme, self.inspector)
        self.inspector.add_section(self.row_history)
        self.inspector.add_section(self.row_history.origins)
        self._reckoning = Reckoning(self.table, self.hands.distinct)
        self._sector: int | None = None
        self._chosen: Keys | None = None
        self._band_of: Callable[[int], list[Metric]] = lambda _chosen: []
        self._wanted = True
        self._floating = False
        self._asked_for = False
        self._figures_soon = self._timer(_FIGURES_MS, self._show_figures)
        self._selection_soon = self._timer(_SELECTION_MS, self._show_selection)
        self._build()
        self._connect()

    # ------------------------------------------------------------ what the window says

    def show_place(self, site: int | None, sector: int | None) -> None:
        """Show a site and sector by row key; None for all."""
        self._sector = sector
        self.hands.layout.show_one_sector(one=sector is not None)
        self.table.show_place(site, sector)

    def show_places(self) -> None:
        """Take sectors and clusters anew."""
        self.editors.show_places(self._account.places)

    @property
    def is_settled(self) -> bool:
        """Whether everything on the page is up to date."""
        busy = self._figures_soon.isActive() or self._selection_soon.isActive() or self._edits.is_busy
        shown = self.table.is_settled and self.facets.is_settled and self.candidates.is_settled
        return shown and not busy and not self.hands.is_busy

    def ask_query(self, text: str) -> None:
        """Show what a query finds."""
        self.query.set_text(text)

    def focus_query(self) -> None:
        """Begin to type a query."""
        self.query.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.query.edit.selectAll()

    def focus_grid(self) -> None:
        """Give the keys to the grid."""
        self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def select_all(self) -> None:
        """Select every row: one range, however many they are."""
        self.grid.selectAll()
        self.grid.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def delete_selected(self) -> None:
        """Move the selected rows to the trash."""
        self.changes.delete_selected(self._theme, self.window())

    def announce_figures(self) -> None:
        """Say the figures for the status bar again."""
        keys = self.table.selected_keys()
        several = keys is not None and len(keys) > 1
        chosen, once = self._reckoning.of(keys) if several else (None, None)
        self.metrics.show_metrics(self._band_of(0 if keys is None else len(keys)))
        self.figures_changed.emit(self.candidates.figures or status_figures(self.table.count, chosen, once))

    # ------------------------------------------------------------ the panel

    def dock_inspector(self, *, docked: bool) -> None:
        """Show the panel, or take it away."""
        self._wanted = docked
        self._asked_for = docked and self._floating
        self._place_inspector()

    @property
    def panel_is_tucked_away(self) -> bool:
        """Whether the panel is wished for but not shown, because it would cover the grid."""
        return self._floating and self._wanted and self.inspector.isHidden()

    def float_inspector(self, *, floating: bool) -> None:
        """Lay the panel over the grid, where the window is too narrow for both."""
        if floating != self._floating:
            self._floating = floating
            self._place_inspector()

    def _place_inspector(self) -> None:
        """Beside the grid it is always there; over it while several rows are selected, or one where it was asked for."""
        if self._floating:
            self._row.removeWidget(self.inspector)
            least = 1 if self._asked_for else 2
            self.inspector.setVisible(self._wanted and self.grid.selected_count() >= least)
            self._lay_over()
        else:
            self._row.addWidget(self.inspector)
            self.inspector.setVisible(self._wanted)

    def _lay_over(self) -> None:
        width = self.inspector.width()
        self.inspector.setGeometry(self._body.width() - width, 0, width, self._body.height())
        self.inspector.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._floating:
            self._lay_over()

    # ------------------------------------------------------------ showing

    def _show_figures(self) -> None:
        shares, once = self._reckoning.of(self.table.rows.keys)
        if shares is None:
            return
        total = self.table.total
        self._band_of = lambda chosen: metrics_of(shares, total, self._account.counts, once, chosen)
        self.header.set_count(words.number(total))
        self.announce_figures()

    def _show_selection(self) -> None:
        if self._floating:
            self._place_inspector()
        keys = self.table.selected_keys()
        shares, _ = self._reckoning.of(keys) if keys is not None and len(keys) else (None, None)
        columns = self._account.columns
        if keys is None or shares is None or columns is None:
            self._chosen = None
            self.inspector.show_nothing()
            self.row_history.show_row(None)
            self.announce_figures()
            return
        same, self._chosen = same_rows(self._chosen, keys), keys
        selected = selected_of(self._account, columns, self.editors, keys, shares)
        self.inspector.show_selection(selected, keep=same)
        self.row_history.show_row(selected.one)
        self.announce_figures()

    def _shown(self) -> None:
        self._reckoning.forget()
        place, descending = self.table.sorted_column()
        self.grid.show_sort(place, descending=descending)
        total, count = self.table.total, self.table.count
        said = tr("{count} of {total}").format(count=words.number(count), total=words.number(total))
        self.query.set_count(said if self.table.query.terms else "")
        self._show_empty(total, count)
        self._figures_soon.start()
        self._selection_soon.start()

    def _show_empty(self, total: int, count: int) -> None:
        if self._empty is not None:
            self._stack.removeWidget(self._empty)
            had_focus = not self.query.edit.hasFocus() and self.isVisible()
            self._empty.deleteLater()
            self._empty = None
            if count and had_focus:
                self._stack.setCurrentWidget(self.grid)
                self.focus_grid()
        if count or self._account.columns is None:
            self._stack.setCurrentWidget(self.grid)
            return
        self._empty_at_first = is_first_sync(self._account)
        if total:
            self._empty = no_hits(self._theme, self._account, self.table, self.ask_query, self)
        else:
            add = self.add_requested.emit if self._sector is not None else None
            self._empty = no_keywords(self._theme, self._account, add, self)
        self._stack.addWidget(self._empty)
        self._stack.setCurrentWidget(self._empty)

    # ------------------------------------------------------------ building

    def _build(self) -> None:
        self.grid.setModel(self.table.rows)
        self.grid.arrange()
        self.hands.layout.apply(None)
        self.changes.asking = self.hands.asking
        self.header.add_tabs(self.views.bar)
        self.header.add_action(self.facets.button)
        self.header.add_action(self.columns)
        self.header.add_action(self.triage)
        self.header.add_action(self.add)
        self.query.edit.set_complete(completer(self._names))
        self.query.edit.setPlaceholderText(tr("Filter: words, status:new, volume:>=1000, cluster:none"))
        self._stack.addWidget(self.grid)
        self._band_row = QVBoxLayout(self._band)
        self._band_row.addWidget(self.query)
        left = QVBoxLayout()
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(0)
        left.addWidget(self.metrics)
        left.addWidget(self._band)
        keywords = self.facets.beside(self._stack)
        left.addWidget(self.candidates.instead_of(keywords, self.table, self.announce_figures), 1)
        self._row = QHBoxLayout(self._body)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addLayout(left, 1)
        self._row.addWidget(self.inspector)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self._body, 1)
        self._theme.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        """Take sizes from the theme again."""
        edge = self._theme.px(12)
        self._band_row.setContentsMargins(edge, self._theme.px(8), edge, self._theme.px(8))

    def _connect(self) -> None:
        table, changes = self.table, self.changes
        self.query.edited.connect(self._asked)
        lead_into(self.query, (self.grid, self.candidates.grid), self._typed)
        self._account.sync_changed.connect(self._sync_told)
        self.grid.sort_requested.connect(lambda column, down: table.show_sort(column, descending=down))
        self.grid.rows_changed.connect(self._selection_soon.start)
        self.grid.reset_requested.connect(changes.reset_figure)
        self.grid.mark_opened.connect(lambda row: self.review_requested.emit(table.rows.question_of(row)))
        self.metrics.chosen.connect(self._metric_chosen)
        self.hands.distinct.ready.connect(self._figures_soon.start)
        table.shown.connect(self._shown)
        table.rows.edited.connect(changes.edit_cell)
        self.inspector.apply_requested.connect(self._apply)
        self.inspector.delete_requested.connect(self.delete_selected)
        self.inspector.closed.connect(self.grid.clearSelection)
        self.add.clicked.connect(self.add_requested)
        self.columns.clicked.connect(lambda: self.hands.layout.open_menu(self.columns))
        self._account.standing_changed.connect(self._figures_soon.start)
        self._account.rows_changed.connect(lambda _change: self._reckoning.forget())

    def _asked(self, text: str) -> None:
        query = query_of(text)
        if query is None or query == self.table.query:
            return
        half = self.query.edit.hasFocus() and self.query.edit.cursorPosition() == len(text)
        if half and is_half_a_field(text) and not self.table.would_find(query):
            return
        self.table.show_query(query)

    def _typed(self) -> None:
        """What was left half typed is meant as it stands."""
        query = query_of(self.query.text())
        if query is not None and query != self.table.query:
            self.table.show_query(query)

    def _sync_told(self) -> None:
        """The sentence of an empty place depends on whether its keywords are on their way."""
        if self._empty is not None and self._empty_at_first != is_first_sync(self._account):
            self._show_empty(self.table.total, self.table.count)

    def _apply(self, wishes: Sequence[Wish]) -> None:
        # What was wished for is done with the next look at the selection.
        self._chosen = None
        self.changes.change_selected(wishes)

    def _metric_chosen(self, name: str) -> None:
        self.ask_query(with_term(self.query.text(), TERMS[name]) if name in TERMS else "")

    def _names(self, field: str) -> Sequence[str]:
        columns = self._account.columns
        return () if columns is None else names_in(columns, field)

    def _timer(self, after_ms: int, call: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(after_ms)
        timer.timeout.connect(call)
        return timer
