"""What is on top in a triage and what comes after it, kept up with the replica. Nothing here waits.

The index of likeness and the groups are found on another thread; looking a keyword up in them takes a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from planner_core.query import Query
from planner_desktop.app.triage import ALL, Found, count_open, look_up, open_keys, still_open
from planner_desktop.app.triagequeue import Item, TriageQueue
from planner_desktop.columns import Scope
from planner_desktop.columns.likeness import NamedCluster
from planner_desktop.columns.queuegroups import GROUPINGS, Grouping, Items, singly
from planner_desktop.screens.account import Account
from planner_desktop.screens.edits import Edits
from planner_desktop.screens.follower import RowsChanged
from planner_desktop.screens.standing import ClusterName, Places
from planner_desktop.screens.triage.clusters import Clusters, Offer, Target
from planner_desktop.screens.triage.finding import Finder, Remembered
from planner_desktop.screens.triage.steps import Steps

if TYPE_CHECKING:
    from planner_desktop.columns import KeywordRow
    from planner_desktop.columns.likeness import Likeness

_SETTLE_MS = 400
_COUNT_MS = 250


@dataclass(frozen=True, slots=True)
class Shown:
    """What is on top: its keywords, the clusters its keys stand for, and the nearest neighbours of the first with their likeness."""

    rows: Sequence[KeywordRow]
    offers: Sequence[Offer]
    neighbours: Sequence[tuple[KeywordRow, float]]
    skipped: bool
    known: bool
    """Whether suggestions were looked for; they come a moment after the page."""


class Pile(QObject):
    """The new keywords of one place."""

    shown = Signal()
    """Something else is on top, or is known of it."""
    counted = Signal(int)
    """So many keywords of the place are to be triaged."""

    def __init__(self, account: Account, edits: Edits, steps: Steps, parent: QObject) -> None:
        super().__init__(parent)
        self._account = account
        self._edits = edits
        self._steps = steps
        self.clusters = Clusters()
        self.queue = TriageQueue(self._still_open)
        self.finder = Finder(account, self)
        self.grouping: Grouping = "one"
        self.skipped: dict[int, None] = {}
        """Keywords put off, in that order."""
        self._scope = Scope()
        self._only = ALL
        self._items: Items | None = None
        self._likeness: Likeness | None = None
        self._begun = self._remembering = False
        self._stale = False
        self._soon = self._timer(_SETTLE_MS, self._catch_up)
        self._count_soon = self._timer(_COUNT_MS, self.count)
        account.rows_changed.connect(self._rows_changed)
        account.places_changed.connect(self._places_changed)

    # ------------------------------------------------------------ what the page says

    def show_place(self, site: int | None, sector: int | None) -> None:
        """Show another place, by row key; None for all."""
        scope = Scope(None if site is None else (site,), None if sector is None else (sector,))
        if scope != self._scope:
            self._scope = scope
            self._count_soon.start()
            if self._begun:
                self._items = None
                self._begin_pass(find=False)

    def narrow(self, only: Query) -> None:
        """Show the keywords alone that a query finds among those of the place."""
        if only != self._only:
            self._only = only
            if self._begun:
                self._items = None
                self._begin_pass(find=False)

    def arrive(self) -> None:
        """Somebody looks: go on where it was."""
        if self._account.columns is None or not self._account.is_open:
            return
        if self._begun:
            self._catch_up()
            return
        self._begun = self._remembering = True
        self._places_changed()
        self.finder.remember(self._account.planner.triage.book, self._remembered)

    def choose(self, grouping: Grouping) -> None:
        """Have keywords come another way."""
        if grouping != self.grouping and self._begun:
            self.grouping = grouping
            book = self._account.planner.triage.book
            self.finder.write(lambda _reader: book.choose(grouping))
            self._items = None
            self._begin_pass(find=self._likeness is None)

    def count(self) -> None:
        """Count what is to be triaged."""
        columns = self._account.columns
        if columns is not None:
            self.counted.emit(count_open(columns, self._scope))

    def catch_up(self) -> None:
        """An edit broke: what is open is what the columns say, whatever was decided here."""
        self._stale = True
        if self._begun:
            self._soon.start()

    @property
    def is_settled(self) -> bool:
        """Whether nothing is being found, and no change waits to be followed. The count at the rail may come later."""
        return not (self._soon.isActive() or self.finder.is_busy or self._remembering)

    @property
    def is_finding(self) -> bool:
        """Whether the items are still being found."""
        return self._items is None

    # ------------------------------------------------------------ what is on top

    def look(self) -> Shown | None:
        """Return what is on top, None if nothing is left or known yet. A few milliseconds for a million rows."""
        rows = self.rows_of(self.queue.current)
        if not rows:
            return None
        likeness, columns = self._likeness, self._account.columns
        assert columns is not None
        like, near = look_up(likeness, rows) if likeness is not None else ([], [])
        place = self.queue.place
        meant = self._items.cluster(place) if self._items is not None and place is not None else None
        like.sort(key=lambda one: one.cluster != meant)
        suggested = [
            (target, one.score, one.words)
            for one in like
            if (target := self.clusters.by_key(one.cluster)) is not None
        ]
        others = columns.rows([one.key for one in near])
        return Shown(
            rows,
            self.clusters.offers(self.sector_of(rows[0]), suggested),
            [(row, one.score) for row, one in zip(others, near, strict=True) if row is not None],
            any(row.key in self.skipped for row in rows),
            likeness is not None,
        )

    def rows_of(self, keys: Item) -> list[KeywordRow]:
        """Return keywords by row key."""
        columns = self._account.columns
        rows = columns.rows(list(keys)) if columns is not None and keys else []
        return [row for row in rows if row is not None]

    def sector_of(self, row: KeywordRow) -> str:
        """Return the id of a keyword's sector, "" where it is not known."""
        sectors = self._account.places.sectors
        return next((sector.id for sector in sectors if sector.key == row.sector), "")

    def learn(self, keys: Item, target: Target) -> None:
        """Keywords were put into a cluster: the next ones that are like them shall go there, too."""
        rows, cluster = self.rows_of(keys), self.clusters.key_of(target.id)
        if rows and self._likeness is not None and cluster is not None:
            self._likeness.learn([row.keyword for row in rows], rows[0].sector, cluster)

    # ------------------------------------------------------------ passes

    def _remembered(self, kept: Remembered) -> None:
        self._remembering = False
        self.skipped = dict.fromkeys(kept.skipped)
        self.clusters.remember(kept.recent)
        self.grouping = next((one for one in GROUPINGS if one == kept.grouping), "one")
        self._begin_pass(find=True)

    def _begin_pass(self, *, find: bool, first: Item = ()) -> None:
        """Take the keywords anew, `first` on top; with `find` also what they are like."""
        columns = self._account.columns
        if columns is None:
            return
        keys = open_keys(columns, self._scope, self._only)
        if self.grouping == "one":
            self._items = singly(keys, self.skipped)
            self._show_items(len(keys), first)
        elif not first:
            self._items = None
            self._show_items(len(keys), ())
        if find or self.grouping != "one":
            self.finder.find(self.grouping, keys, list(self.skipped), self._found)
        self.shown.emit()

    def _show_items(self, count: int, first: Item) -> None:
        pending = self._steps.pending(self._still_open, settled=self._account.is_settled)
        self.queue.show(self._items or (), count - len(pending), pending, first)

    def _found(self, found: Found, places: Places) -> None:
        self._likeness = found.likeness
        if places is not self._account.places:
            before = {one.key for some in places.clusters.values() for one in some}
            now = [one for some in self._account.places.clusters.values() for one in some]
            self._know([one for one in now if one.key not in before])
        if found.grouping == self.grouping != "one":
            first = () if self._items is None else self._open_of(self.queue.current)
            self._items = found.items
            self._show_items(found.left, first)
        self.shown.emit()

    # ------------------------------------------------------------ following

    def _rows_changed(self, change: RowsChanged) -> None:
        self._count_soon.start()
        self._stale = self._stale or not change.by_user
        if not self._begun:
            return
        before = self.queue.current
        if change.keys is not None and change.by_user:
            self.queue.reopened(change.keys - self._steps.running)
        self._soon.start()
        if self.queue.current != before:
            self.shown.emit()

    def _catch_up(self) -> None:
        """Nothing was done for a moment: what is left is compared with what the columns hold."""
        columns = self._account.columns
        if columns is None:
            return
        if self._edits.is_busy or not self._account.is_settled:
            self._soon.start()
            return
        self._steps.forget_undone(self._still_open)
        self.queue.changed()
        if self._stale or self._likeness is None:
            self._stale = False
            self._begin_pass(find=True, first=self._open_of(self.queue.current))
        elif count_open(columns, self._scope, self._only) != self.queue.left:
            self._begin_pass(find=False, first=self._open_of(self.queue.current))
        else:
            self.shown.emit()

    def _open_of(self, keys: Item) -> Item:
        found = self._still_open(keys)
        return tuple(key for key in keys if key in found)

    def _places_changed(self) -> None:
        if self._begun:
            self._know(self.clusters.show(self._account.places))

    def _know(self, clusters: Sequence[ClusterName]) -> None:
        keys = {sector.id: sector.key for sector in self._account.places.sectors}
        for one in clusters:
            if self._likeness is not None and one.sector in keys:
                self._likeness.know(NamedCluster(one.key, one.name, keys[one.sector]))

    def _still_open(self, keys: Sequence[int]) -> Collection[int]:
        columns = self._account.columns
        return frozenset(still_open(columns.rows(list(keys)))) if columns is not None and keys else ()

    def _timer(self, after_ms: int, call: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(after_ms)
        timer.timeout.connect(call)
        return timer
