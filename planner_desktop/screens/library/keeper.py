"""Keeps the seeds of the shown site in memory and equal to the replica, without making the main thread wait for SQLite."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from planner_core.query import SortKey
from planner_desktop.app.library import load_shelf
from planner_desktop.app.replicas import open_reader
from planner_desktop.screens.account import Account
from sync.replica import Changed

if TYPE_CHECKING:  # NumPy comes with the first look at the library
    from planner_desktop.columns.seeds import Shelf
    from sync.replica import Reader

_SETTLE_MS = 150
_RELOAD = frozenset({"seed", "sector", "scope", "site"})


class ShelfKeeper(QObject):
    """Loads a site's seeds when somebody looks at them, and follows what changes while somebody does."""

    loaded = Signal()
    """Another shelf is there, or none."""
    marked = Signal()
    """Other seeds are keywords now."""

    def __init__(self, account: Account, order: Sequence[SortKey], parent: QObject) -> None:
        """`order` is the one seeds are shown in first: they are sorted by it before they come."""
        super().__init__(parent)
        self._order = order
        self._account = account
        self.shelf: Shelf | None = None
        self._site: str | None = None
        self._wanted = False
        self._stale = True
        self._unmarked = False
        self._number = 0
        self._busy = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SETTLE_MS)
        self._soon.timeout.connect(self._catch_up)
        account.bridge.changed.connect(self._changed)

    @property
    def is_settled(self) -> bool:
        """Whether what is shown is what the replica has, as far as anybody looks."""
        return not (self._busy or self._soon.isActive())

    def look_at(self, site: str | None, *, wanted: bool) -> None:
        """Hold the seeds of a site (its id; None: nothing). Unless `wanted`, nothing is read before it is."""
        if site != self._site:
            self._site, self._stale = site, True
            if self.shelf is not None:
                self.shelf = None
                self.loaded.emit()
        self._wanted = wanted
        if wanted and (self._stale or self._unmarked):
            self._catch_up()

    def _changed(self, change: object) -> None:
        if not isinstance(change, Changed):
            return
        self._stale = self._stale or bool(change.kinds & _RELOAD)
        self._unmarked = self._unmarked or "keyword" in change.kinds
        if self._wanted and (self._stale or self._unmarked):
            self._soon.start()

    def _catch_up(self) -> None:
        if self._busy or not self._account.is_open:
            return
        site, shelf = self._site, self.shelf
        if self._stale or shelf is None:
            self._stale = self._unmarked = False
            if site is not None:
                self._ask(lambda reader: self._load(reader, site), self._adopt)
        elif self._unmarked:
            self._unmarked = False
            sectors = [home.uid for home in shelf.homes]
            self._ask(lambda reader: _marks(reader, sectors), self._mark)

    def _ask(self, question: Callable[[Reader], Any], answered: Callable[[Any], None]) -> None:
        account, entry = self._account, self._account.entry
        assert entry is not None
        paths = account.desk.profile.paths(entry)
        self._number += 1
        number, site = self._number, self._site
        self._busy = True

        # A reader of its own: hundreds of thousands of rows would keep the window's other questions waiting.
        def asked() -> Any:
            with closing(open_reader(paths, entry)) as reader:
                return question(reader)

        def arrived(answer: Any) -> None:
            self._busy = False
            if number == self._number and site == self._site:
                answered(answer)
            if self._wanted and (self._stale or self._unmarked):
                self._catch_up()

        def broke(error: BaseException) -> None:
            self._busy, self._stale = False, True
            account.troubled.emit(error)

        account.bridge.watch(account.desk.background.submit(asked), self, arrived, broke)

    def _load(self, reader: Reader, site: str) -> Shelf:
        shelf = load_shelf(reader, site)
        # Sorting keeps its order: the window finds it ready.
        shelf.columns.select(order=self._order)
        return shelf

    def _adopt(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.loaded.emit()

    def _mark(self, found: tuple[tuple[str, int], Mapping[str, Sequence[int]]]) -> None:
        stamp, added = found
        if self.shelf is not None and self.shelf.show_added(added, stamp):
            self.marked.emit()


def _marks(reader: Reader, sectors: Sequence[str]) -> tuple[tuple[str, int], Mapping[str, Sequence[int]]]:
    stamp = reader.stamp()
    return stamp, {sector: reader.added_seeds(sector) for sector in sectors}
