"""Candidates in the place of keywords, while the query line asks for `is:candidate`: looked at, added, removed, written to a file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from planner_core.query import Query, QueryError, SortKey, parse
from planner_desktop.app.candidates import asked_for, mark_of, write_candidates
from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.candidates.keeper import FIRST_ORDER, CandidateKeeper
from planner_desktop.screens.candidates.notice import CandidateNotice
from planner_desktop.screens.candidates.rows import COLUMNS, CandidateRows, tr
from planner_desktop.screens.edits import Done, Edits
from planner_desktop.screens.exporting import ask_for_file
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.empty import EmptyState
from planner_desktop.widgets.grid import GridView
from planner_desktop.widgets.notice import NoticeStrip
from planner_desktop.widgets.queryline import QueryLine
from planner_desktop.widgets.text import ElidedText, Ground
from planner_desktop.widgets.theme import Theme
from sync.replica import Outcome

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.app.candidates import Mark
    from planner_desktop.columns import Keys, Scope
    from planner_desktop.screens.keywords.table import KeywordTable as Table

T = TypeVar("T")
NO_KEYWORDS = (
    "Candidates are no keywords yet: they can be added when the library has them, removed, or exported."
)


class CandidatesView(QWidget):
    """A grid with its verbs."""

    activated = Signal(bool)
    """Candidates are shown now, or keywords again."""
    removed = Signal(int, object)
    """How many were removed, and what brings them back."""

    def __init__(
        self, account: Account, edits: Edits, theme: Theme, line: QueryLine, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._account = account
        self._edits = edits
        self._theme = theme
        self._line = line
        self.keeper = CandidateKeeper(account, self)
        self.rows = CandidateRows(self)
        self.grid = GridView(theme, self, frozen=2)
        self.said = ElidedText(theme, "", "body", "text-2", self)
        self.add = Button(theme, "", "plain", icon="plus", size="control", parent=self)
        self.remove = Button(theme, "", "plain", icon="x", size="control", parent=self)
        self.again = Button(
            theme, tr("Look up again"), "plain", icon="refresh-cw", size="control", parent=self
        )
        self.export = Button(theme, tr("Export…"), "plain", size="control", parent=self)
        self.strip = NoticeStrip(theme, parent)
        self._notice = CandidateNotice(self.keeper, self.strip, self.add_all, self)
        self._band = Ground(theme, "surface", self)
        self._list = QStackedWidget(self)
        self._empty: QWidget | None = None
        self._stack: QStackedWidget | None = None
        self._query: Query | None = None
        self._scope: Callable[[], Scope] | None = None
        self._order: tuple[SortKey, ...] = FIRST_ORDER
        self._followed: Callable[[], object] = lambda: None
        self._working = 0
        self._build()
        self._connect()

    # ------------------------------------------------------------ what the page says

    def instead_of(self, other: QWidget, table: Table, followed: Callable[[], object]) -> QWidget:
        """Return a widget that shows `other`, or the candidates of the table's place while they are asked for.

        `followed` is called when other candidates are shown or selected.
        """
        self._scope, self._followed = table.scope, followed
        # After the page has said how many keywords there are.
        table.shown.connect(self._asked_again, Qt.ConnectionType.QueuedConnection)
        box = QWidget(self.parentWidget())
        self._stack = QStackedWidget(box)
        self._stack.addWidget(other)
        self._stack.addWidget(self)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.strip)
        column.addWidget(self._stack, 1)
        return box

    @property
    def is_active(self) -> bool:
        """Whether candidates are asked for."""
        return self._query is not None

    @property
    def figures(self) -> list[str]:
        """What the status bar says of the candidates shown; nothing while keywords are."""
        return figures_of(self.rows.keys, self._chosen()) if self.is_active else []

    @property
    def is_settled(self) -> bool:
        """Whether what is shown is what there is."""
        return not self._working and self.keeper.is_settled

    def look(self) -> None:
        """Ask the question of the query line anew: it, the place, or the candidates have changed."""
        try:
            asked = parse(self._line.text())
        except QueryError:
            return
        was_active, self._query = self.is_active, asked_for(asked)
        if self.is_active != was_active:
            self.activated.emit(self.is_active)
        self.keeper.want(wanted=self.is_active)
        if self._stack is not None:
            self._stack.setCurrentIndex(1 if self.is_active else 0)
        if self._query is None:
            if was_active:
                self.rows.show(None, None)
            return
        shelf = self.keeper.shelf
        if shelf is None or self._scope is None:
            self.rows.show(None, None)
            self.said.setText(tr("Looking for candidates"))
        else:
            self.rows.show(shelf, shelf.select(self._query, self._order, self._scope()))
        first = self._order[0]
        place = next((at for at, column in enumerate(COLUMNS) if column.field == first.field), -1)
        self.grid.show_sort(place, descending=first.descending)
        self._follow()

    # ------------------------------------------------------------ verbs

    def add_ready(self) -> None:
        """Make keywords of the selected candidates whose seed has come, of all where none is selected."""
        shelf, keys, chosen = self.keeper.shelf, self.rows.keys, self._chosen()
        if shelf is not None and keys is not None:
            self.add_all(shelf.ready(keys if chosen is None else chosen))

    def add_all(self, ready: list[tuple[str, str]]) -> None:
        """Make keywords of candidates given as (sector, seed), as one action."""
        planner = self._account.planner

        def work() -> Outcome:
            with planner.imports.apart() as mine:
                return mine.waiting.add(ready)

        def added(outcome: Outcome) -> None:
            self._edits.done.emit(Done(outcome))
            self.keeper.refresh()

        if ready:
            self._do(work, added)

    def remove_selected(self) -> None:
        """Forget the selected candidates."""
        keys, shelf = self._chosen(), self.keeper.shelf
        if keys is None or shelf is None:
            return
        rows, wanted, planner = shelf.rows, keys.tolist(), self._account.planner

        def work() -> list[Mark]:
            marks = [mark_of(row) for row in rows.each(wanted)]
            with planner.imports.apart() as mine:
                mine.waiting.remove(marks)
            return marks

        def removed(marks: list[Mark]) -> None:
            self.removed.emit(len(marks), partial(self.restore, marks))
            self.keeper.refresh()

        self._do(work, removed)

    def restore(self, marks: list[Mark]) -> None:
        """Take removed candidates back."""
        planner = self._account.planner

        def work() -> None:
            with planner.imports.apart() as mine:
                mine.waiting.restore(marks)

        self._do(work, lambda _none: self.keeper.refresh())

    def export_shown(self) -> None:
        """Write what is shown, in its order, as a list that a platform's library can be loaded from."""
        shelf, keys = self.keeper.shelf, self.rows.keys
        if shelf is None or keys is None:
            return
        file = ask_for_file(self.window(), "candidates", "csv")
        if file is None:
            return
        rows, wanted = shelf.rows, keys.tolist()

        def written(count: int) -> None:
            said = words.counted(count, tr("candidate is"), tr("candidates are"))
            self._edits.said.emit(
                "done", tr("{candidates} in {file}").format(candidates=said, file=Path(file).name)
            )

        self._do(lambda: write_candidates(file, rows.each(wanted)), written)

    def select_all(self) -> None:
        """Select all that are shown."""
        self.grid.selectAll()
        self.grid.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # ------------------------------------------------------------ inside

    def _do(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Work on another thread; what it says comes back here."""

        def ended(found: T) -> None:
            self._working -= 1
            done(found)

        def failed(error: BaseException) -> None:
            self._working -= 1
            self._edits.failed.emit(error)

        self._working += 1
        self._account.bridge.watch(self._account.desk.background.submit(work), self, ended, failed)

    def _chosen(self) -> Keys | None:
        """Return the selected rows, None where none is."""
        keys, ranges = self.rows.keys, self.grid.selected_ranges()
        if keys is None or not ranges:
            return None
        from planner_desktop.columns.shares import gather_ranges  # noqa: PLC0415 - NumPy comes after the first paint

        return gather_ranges(keys, ranges)

    def _asked_again(self) -> None:
        if self.is_active:
            self.look()

    def _loaded(self) -> None:
        if self.is_active:
            self.look()

    def _sort_by(self, column: int, descending: bool) -> None:
        field = COLUMNS[column].field
        if field:
            tie = () if field == "keyword" else (SortKey("keyword"),)
            self._order = (SortKey(field, descending), *tie)
            self.look()
            self.grid.scrollToTop()

    def _follow(self) -> None:
        """Say what the verbs would do to what is selected."""
        self._followed()
        shelf, keys, chosen = self.keeper.shelf, self.rows.keys, self._chosen()
        if shelf is None or keys is None:
            for button in (self.add, self.remove, self.export):
                button.setEnabled(False)
            self._show_empty(None)
            return
        ready = len(shelf.ready(keys if chosen is None else chosen))
        self.add.setText(tr("Add {n}").format(n=words.number(ready)) if ready else tr("Add"))
        self.add.setEnabled(ready > 0)
        self.add.setToolTip("" if ready else tr("The library has none of these yet"))
        self.add.set_variant("primary" if ready else "plain")
        count = 0 if chosen is None else len(chosen)
        self.remove.setText(tr("Remove {n}").format(n=words.number(count)) if count else tr("Remove"))
        self.remove.setEnabled(count > 0)
        self.remove.setToolTip("" if count else tr("Select candidates first"))
        self.export.setEnabled(len(keys) > 0)
        every, found = len(shelf), len(shelf.seeds)
        said = words.counted(every, tr("candidate"), tr("candidates"))
        if found:
            said = tr("{candidates}, {n} in the library now").format(candidates=said, n=words.number(found))
        self.said.setText(said)
        shown = tr("{count} of {total}").format(count=words.number(len(keys)), total=words.number(every))
        self._line.set_count(shown)
        self._show_empty(len(keys))

    def _show_empty(self, count: int | None) -> None:
        if self._empty is not None:
            self._list.removeWidget(self._empty)
            self._empty.deleteLater()
            self._empty = None
        if count == 0:
            some = self.keeper.shelf is not None and len(self.keeper.shelf) > 0
            sentence = (
                tr("No candidate of this place matches the rest of the query.")
                if some
                else tr(
                    "Keywords of imports that have no seed in their sector wait here until the library has one."
                )
            )
            title = tr("Nothing matches") if some else tr("No candidates")
            self._empty = EmptyState(self._theme, title, sentence, parent=self)
            self._list.addWidget(self._empty)
        self._list.setCurrentWidget(self._empty or self.grid)

    def _build(self) -> None:
        theme = self._theme
        self.grid.setModel(self.rows)
        self.grid.set_columns([column.width for column in COLUMNS])
        self.grid.setAccessibleName(tr("Candidates"))
        self._list.addWidget(self.grid)
        self._row = QHBoxLayout(self._band)
        self._row.addWidget(self.said, 1)
        for button in (self.again, self.export, self.remove, self.add):
            self._row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._band)
        column.addWidget(self._list, 1)
        theme.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        """Take sizes from the theme again."""
        edge = self._theme.px(12)
        self._row.setContentsMargins(self._theme.space("panel"), 0, edge, self._theme.px(8))
        self._row.setSpacing(self._theme.px(8))

    def _connect(self) -> None:
        self._line.edited.connect(lambda _text: self.look())
        self.keeper.loaded.connect(self._loaded)
        self.grid.rows_changed.connect(self._follow)
        self.grid.sort_requested.connect(self._sort_by)
        self.add.clicked.connect(self.add_ready)
        self.remove.clicked.connect(self.remove_selected)
        self.again.clicked.connect(self.keeper.refresh)
        self.export.clicked.connect(self.export_shown)


def figures_of(keys: Keys | None, chosen: Keys | None) -> list[str]:
    """Return what is said of candidates shown and selected; None: they are still being looked for, none is selected."""
    if keys is None:
        return [tr("Looking for candidates")]
    said = [words.counted(len(keys), tr("candidate"), tr("candidates"))]
    if chosen is not None and len(chosen) > 1:
        said.append(tr("{n} selected").format(n=words.number(len(chosen))))
    return said
