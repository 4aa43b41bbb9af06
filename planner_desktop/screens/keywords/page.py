"""The Keywords page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from planner_core.commands import DeleteRows
from planner_core.query import Query, unparse
from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.edits import Edits
from planner_desktop.screens.keywords.cells import COLUMNS, DIFFICULTY, PLACE, SECTOR, VOLUME, tr
from planner_desktop.screens.keywords.editors import CellEditors
from planner_desktop.screens.keywords.grid import KeywordGrid
from planner_desktop.screens.keywords.inspector import Inspector, Selected, Wish
from planner_desktop.screens.keywords.query import completer, query_of, read_query, with_term
from planner_desktop.screens.keywords.table import KeywordTable
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.dialogs import Question, confirm
from planner_desktop.widgets.empty import EmptyState, WayToBegin
from planner_desktop.widgets.metrics import Metric, MetricsBand
from planner_desktop.widgets.pageheader import PageHeader
from planner_desktop.widgets.queryline import QueryLine
from planner_desktop.widgets.text import Ground
from planner_desktop.widgets.theme import Theme
from sync.replica import Outcome

CONFIRM_ABOVE = 1_000
_SAMPLE = 3
_FIGURES_MS = 60
_SELECTION_MS = 25


class KeywordsPage(QWidget):
    """Find keywords, see what they hold, change one or all of them."""

    figures_changed = Signal(object)
    """Texts for the right end of the status bar."""
    review_requested = Signal()
    add_requested = Signal()

    def __init__(self, account: Account, edits: Edits, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._account = account
        self._edits = edits
        self._theme = theme
        self.editors = CellEditors(lambda: account.planner.store.ids.uid())
        self.header = PageHeader(theme, tr("Keywords"), self)
        self.add = Button(theme, tr("Add from library"), "plain", icon="plus", parent=self)
        self.metrics = MetricsBand(theme, self)
        self.query = QueryLine(theme, read_query, self)
        self.grid = KeywordGrid(theme, self)
        self.table = KeywordTable(account, self.grid, self.editors, self)
        self._stack = QStackedWidget(self)
        self._empty: QWidget | None = None
        self._band = Ground(theme, "surface", self)
        self._body = QWidget(self)
        self.inspector = Inspector(theme, self._body)
        self._sector: int | None = None
        self._wanted = True
        self._floating = False
        self._figures_soon = self._timer(_FIGURES_MS, self._show_figures)
        self._selection_soon = self._timer(_SELECTION_MS, self._show_selection)
        self._build()
        self._connect()

    # ------------------------------------------------------------ what the window says

    def show_place(self, site: int | None, sector: int | None) -> None:
        """Show a site and sector by row key; None for all."""
        self._sector = sector
        self.grid.setColumnHidden(SECTOR, sector is not None)
        self.table.show_place(site, sector)

    def show_places(self) -> None:
        """Take sectors and clusters anew."""
        self.editors.show_places(self._account.places)

    @property
    def is_settled(self) -> bool:
        """Whether everything on the page is up to date."""
        busy = self._figures_soon.isActive() or self._selection_soon.isActive() or self._edits.is_busy
        return self.table.is_settled and not busy

    def dock_inspector(self, *, docked: bool) -> None:
        """Show the panel, or take it away."""
        self._wanted = docked
        self._place_inspector()

    def float_inspector(self, *, floating: bool) -> None:
        """Lay the panel over the grid, where the window is too narrow for both."""
        if floating != self._floating:
            self._floating = floating
            self._place_inspector()

    def announce_figures(self) -> None:
        """Say the figures for the status bar again."""
        self._show_status_figures()

    def _place_inspector(self) -> None:
        """Beside the grid it is always there; over it only while several rows are selected."""
        if self._floating:
            self._row.removeWidget(self.inspector)
            self.inspector.setVisible(self._wanted and self.grid.selected_count() > 1)
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

    def ask_query(self, text: str) -> None:
        """Show what a query finds."""
        self.query.set_text(text)

    def focus_query(self) -> None:
        """Begin to type a query."""
        self.query.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.query.edit.selectAll()

    # ------------------------------------------------------------ actions

    def select_all(self) -> None:
        """Select every row: one range, however many they are."""
        self.grid.selectAll()
        self.grid.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def toggle_enabled(self) -> None:
        """Switch the selected rows off, or on where all are off."""
        keys = self.table.selected_keys()
        shares = self.table.shares(keys) if keys is not None else None
        if keys is not None and shares is not None:
            self._change(keys, [Wish("enabled", shares.disabled == shares.count, "", "")])

    def reset_figure(self) -> None:
        """Give the current column's figure of the selected rows back to the library."""
        column = self.grid.currentIndex().column()
        keys = self.table.selected_keys()
        if keys is not None and column in {VOLUME, DIFFICULTY}:
            self._change(keys, [Wish(COLUMNS[column].name, None, "", "")])

    def delete_selected(self) -> None:
        """Move the selected rows to the trash; above a thousand only after a question."""
        keys = self.table.selected_keys()
        if keys is None:
            return
        if len(keys) <= CONFIRM_ABOVE:
            self._delete(keys)
            return
        count = words.number(len(keys))
        sample = (
            [row.keyword for row in self._account.columns.rows(keys[:_SAMPLE]) if row]
            if self._account.columns
            else []
        )
        question = Question(
            tr("Delete {count} keywords?").format(count=count),
            tr(
                "They go to the trash and are deleted on the platform with the next sync. Undo brings them back."
            ),
            tr("Delete {count}").format(count=count),
            sample=" · ".join([*sample, tr("{n} more").format(n=words.number(len(keys) - len(sample)))]),
        )
        sheet = confirm(self._theme, self.window(), question)
        sheet.accepted.connect(lambda: self._delete(keys))
        sheet.open()

    def _delete(self, keys: Sequence[int]) -> None:
        self._edits.change_keywords(_plain(keys), lambda ids: [DeleteRows("keyword", ids)])

    def _change(self, keys: Sequence[int], wishes: Sequence[Wish]) -> None:
        status = next((wish.value for wish in wishes if wish.column == "status"), None)
        sectors = self._sectors_of(keys)
        home = sectors[0] if len(sectors) == 1 else None

        def make(ids: Sequence[str]) -> list[object]:
            commands: list[object] = []
            for wish in wishes:
                commands += self.editors.commands(ids, wish.column, wish.value, home)
            return commands

        # The cluster is set before the status: assigning alone would take the status along.
        wishes = sorted(wishes, key=lambda wish: wish.column != "cluster") if status is not None else wishes
        self._edits.change_keywords(_plain(keys), make)  # type: ignore[arg-type]

    def _edited(self, key: int, column: str, value: object) -> None:
        row = self.table.rows.keyword(self.table.rows.row_of(key))
        sector = row.sector if row is not None else None
        self._edits.change_keywords(
            [key],
            lambda ids: self.editors.commands(ids, column, value, sector),
            refused=lambda outcome: self._refused_at(key, column, value, outcome),
        )

    def _refused_at(self, key: int, column: str, value: object, outcome: Outcome) -> None:
        """Say at the cell why a value was not taken; what was typed stands in the editor again, to be mended."""
        row, place = self.table.rows.row_of(key), PLACE[column]
        message = outcome.refused[0].message
        if row < 0:
            self._edits.refused.emit(outcome)
            return
        self.grid.go_to(row, place)
        if isinstance(value, int | str) and self.grid.editing.open(self.table.rows.index(row, place)):
            self.grid.type_over(str(value))
        self.grid.show_message(row, place, message)

    # ------------------------------------------------------------ showing

    def _show_figures(self) -> None:
        keys = self.table.rows.keys
        shares = self.table.shares(keys) if keys is not None else None
        if keys is None or shares is None:
            return
        total = self.table.total
        counts = self._account.counts
        of_total = tr("of {total}").format(total=words.number(total)) if len(keys) != total else ""
        mean = words.UNKNOWN if shares.difficulty is None else str(round(shares.difficulty))
        waiting = tr("{n} conflicts").format(n=words.number(counts.conflicts)) if counts.conflicts else ""
        self.metrics.show_metrics(
            [
                Metric("keywords", tr("Keywords"), words.number(len(keys)), of_total),
                Metric(
                    "volume",
                    tr("Search volume"),
                    words.short(shares.volume),
                    _known(shares.volume_known, shares.count),
                ),
                Metric(
                    "difficulty", tr("Mean difficulty"), mean, _known(shares.difficulty_known, shares.count)
                ),
                Metric(
                    "cluster",
                    tr("In a cluster"),
                    words.percent(shares.clustered, shares.count),
                    words.number(shares.clustered),
                ),
                Metric("waiting", tr("Waiting to post"), words.number(counts.waiting_rows), waiting),
            ]
        )
        self.header.set_count(words.number(total))
        self._show_status_figures()

    def _show_status_figures(self) -> None:
        keys = self.table.rows.keys
        if keys is None:
            self.figures_changed.emit([])
            return
        figures = [words.counted(len(keys), tr("row"), tr("rows"))]
        chosen = self.table.selected_keys()
        if chosen is not None and len(chosen) > 1:
            shares = self.table.shares(chosen)
            figures.append(tr("{n} selected").format(n=words.number(len(chosen))))
            if shares is not None:
                figures.append(tr("Volume {volume}").format(volume=words.number(shares.volume)))
                if shares.difficulty is not None:
                    figures.append(tr("Mean difficulty {mean}").format(mean=round(shares.difficulty)))
        self.figures_changed.emit(figures)

    def _show_selection(self) -> None:
        if self._floating:
            self._place_inspector()
        keys = self.table.selected_keys()
        shares = self.table.shares(keys) if keys is not None and len(keys) else None
        columns = self._account.columns
        if keys is None or shares is None or columns is None:
            self.inspector.show_nothing()
            self._show_status_figures()
            return
        one = columns.rows(keys[:1])[0] if len(keys) == 1 else None
        choices = self.editors.cluster_choices(shares.sectors[0]) if len(shares.sectors) == 1 else ()
        uniform = shares.clusters[0][0] if len(shares.clusters) == 1 else None
        row = one or (columns.rows(keys[:1])[0] if uniform is not None else None)
        cluster = self.editors.cluster_id(row) if row is not None else None
        if cluster is None and shares.clustered:
            cluster = _MIXED
        named = [
            ("" if key is None else columns.name("cluster", key), count) for key, count in shares.clusters
        ]
        self.inspector.show_selection(Selected(shares, one, choices, cluster, named))
        self._show_status_figures()

    def _sectors_of(self, keys: Sequence[int]) -> tuple[int, ...]:
        shares = self.table.shares(keys)  # type: ignore[arg-type]
        return shares.sectors if shares is not None else ()

    def _shown(self) -> None:
        place, descending = self.table.sorted_column()
        self.grid.show_sort(place, descending=descending)
        total = self.table.total
        count = self.table.count
        asked = bool(self.table.query.terms)
        self.query.set_count(
            tr("{count} of {total}").format(count=words.number(count), total=words.number(total))
            if asked
            else ""
        )
        self._show_empty(total, count)
        self._figures_soon.start()
        self._selection_soon.start()

    def _show_empty(self, total: int, count: int) -> None:
        if self._empty is not None:
            self._stack.removeWidget(self._empty)
            self._empty.deleteLater()
            self._empty = None
        if count or self._account.columns is None:
            self._stack.setCurrentWidget(self.grid)
            return
        self._empty = self._no_hits(total) if total else self._no_keywords()
        self._stack.addWidget(self._empty)
        self._stack.setCurrentWidget(self._empty)

    def _no_keywords(self) -> QWidget:
        way = WayToBegin(
            "library",
            tr("Add from the library"),
            tr("Search the platform's seed keywords of this sector and take what fits."),
            "",
            tr("Add…"),
            self.add_requested.emit,
            primary=True,
        )
        if self._account.counts.last_sync == 0:
            return EmptyState(
                self._theme,
                tr("Nothing here yet"),
                tr("The keywords of your sites come with the first sync."),
                parent=self,
            )
        ways = [way] if self._sector is not None else []
        sentence = (
            tr("This sector has no keywords.")
            if self._sector is not None
            else tr("This site has no keywords.")
        )
        return EmptyState(self._theme, tr("No keywords yet"), sentence, ways, parent=self)

    def _no_hits(self, total: int) -> QWidget:
        terms = self.table.query.terms
        columns = self._account.columns
        best, found = "", 0
        if columns is not None and len(terms) > 1:
            for at in range(len(terms)):
                rest = Query((*terms[:at], *terms[at + 1 :]))
                count = columns.count(rest, self.table.scope())
                if count > found:
                    best, found = unparse(rest), count
        drop = WayToBegin(
            "list-filter",
            tr("Drop the term that hides most"),
            tr("{query} finds {n}").format(query=best, n=words.number(found)),
            "",
            tr("Drop it"),
            lambda: self.ask_query(best),
        )
        every = WayToBegin(
            "rotate-ccw",
            tr("Show all"),
            tr("{n} keywords without a filter").format(n=words.number(total)),
            "",
            tr("Clear"),
            lambda: self.ask_query(""),
        )
        ways = [drop, every] if best else [every]
        unknown = columns.unknown_names(self.table.query) if columns is not None else []
        sentence = tr("None of {n} keywords matches.").format(n=words.number(total))
        if unknown:
            field, name = unknown[0]
            sentence = tr("There is no {field} called “{name}”.").format(field=field, name=name.text)
        return EmptyState(self._theme, tr("Nothing matches"), sentence, ways, parent=self)

    # ------------------------------------------------------------ building

    def _build(self) -> None:
        theme = self._theme
        self.grid.setModel(self.table.rows)
        self.grid.arrange()
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
        left.addWidget(self._stack, 1)
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
        theme.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        """Take sizes from the theme again."""
        edge = self._theme.px(12)
        self._band_row.setContentsMargins(edge, self._theme.px(8), edge, self._theme.px(8))

    def _connect(self) -> None:
        self.query.edited.connect(self._asked)
        self.grid.sort_requested.connect(
            lambda column, descending: self.table.show_sort(column, descending=descending)
        )
        self.grid.rows_changed.connect(self._selection_soon.start)
        self.grid.reset_requested.connect(self.reset_figure)
        self.grid.mark_opened.connect(lambda _row: self.review_requested.emit())
        self.metrics.chosen.connect(self._metric_chosen)
        self.table.shown.connect(self._shown)
        self.table.rows.edited.connect(self._edited)
        self.inspector.apply_requested.connect(self._apply)
        self.inspector.delete_requested.connect(self.delete_selected)
        self.inspector.closed.connect(self.grid.clearSelection)
        self.add.clicked.connect(self.add_requested)
        self._account.standing_changed.connect(self._figures_soon.start)

    def _asked(self, text: str) -> None:
        query = query_of(text)
        if query is not None and query != self.table.query:
            self.table.show_query(query)

    def _apply(self, wishes: Sequence[Wish]) -> None:
        keys = self.table.selected_keys()
        if keys is not None:
            self._change(keys, wishes)

    def _metric_chosen(self, name: str) -> None:
        terms = {
            "volume": "-volume:unknown",
            "difficulty": "-difficulty:unknown",
            "cluster": "-cluster:none",
            "waiting": "is:waiting",
        }
        self.ask_query(with_term(self.query.text(), terms[name]) if name in terms else "")

    def _names(self, field: str) -> Sequence[str]:
        columns = self._account.columns
        if columns is None:
            return ()
        if field == "country":
            return columns.countries()
        return columns.names(field) if field in {"site", "sector", "cluster"} else ()  # type: ignore[arg-type]

    def _timer(self, after_ms: int, call: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(after_ms)
        timer.timeout.connect(call)  # type: ignore[arg-type]
        return timer


_MIXED = object()
"""The value of a cluster field over rows of several clusters: nothing is chosen, anything is a change."""


def _known(known: int, count: int) -> str:
    return tr("of {n} known").format(n=words.number(known)) if known != count else ""


def _plain(keys: Sequence[int]) -> list[int]:
    """Return row keys as plain integers: what crosses threads and goes into SQL is no array."""
    to_list = getattr(keys, "tolist", None)
    return list(to_list()) if to_list is not None else list(keys)
