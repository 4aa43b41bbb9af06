"""Finds off the window's thread what a triage shows: the index of likeness, the groups, what was kept from the last time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from planner_desktop.app.triage import Found, skipped_keys, work_out
from planner_desktop.columns.likeness import NamedCluster
from planner_desktop.screens.account import Account
from planner_desktop.screens.standing import Places

if TYPE_CHECKING:
    from planner_desktop.app.triagebook import TriageBook
    from planner_desktop.columns import Keys
    from planner_desktop.columns.queuegroups import Grouping
    from sync.replica import Reader


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the book holds, keywords by row key."""

    skipped: Sequence[int]
    recent: Sequence[str]
    grouping: str


class Finder(QObject):
    """One piece of work at a time; what is asked for meanwhile replaces what waits."""

    def __init__(self, account: Account, parent: QObject) -> None:
        super().__init__(parent)
        self._account = account
        self._busy = False
        self._next: Callable[[], None] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something is being found."""
        return self._busy

    def remember(self, book: TriageBook, done: Callable[[Remembered], None]) -> None:
        """Read what was kept from the last time."""

        def read(reader: Reader) -> Remembered:
            kept = book.read()
            return Remembered(skipped_keys(reader, book), kept.recent, kept.grouping)

        account = self._account
        account.bridge.watch(account.reading.ask(read), self, done, account.troubled.emit)

    def find(
        self, grouping: Grouping, keys: Keys, later: Sequence[int], done: Callable[[Found, Places], None]
    ) -> None:
        """Find everything for keywords in an order; `done` is told which places were known then."""
        if self._busy:
            self._next = lambda: self.find(grouping, keys, later, done)
            return
        columns, places = self._account.columns, self._account.places
        if columns is None:
            return
        self._busy = True
        table, volumes = columns.asking.words(), columns.asking.volumes(keys)

        def work() -> Found:
            return work_out(table, _named(places), grouping, keys, volumes, later)

        def arrived(found: Found) -> None:
            self._ended()
            if self._next is None:
                done(found, places)
            self._go_on()

        def broke(error: BaseException) -> None:
            self._ended()
            self._account.troubled.emit(error)
            self._go_on()

        account = self._account
        account.bridge.watch(account.desk.background.submit(work), self, arrived, broke)

    def write(self, work: Callable[[Reader], object]) -> None:
        """Write into the book, after what was asked before; the reader tells ids."""
        account = self._account
        account.bridge.watch(
            account.reading.ask(work), self, lambda _done: None, account.bridge.announce_fault
        )

    def _ended(self) -> None:
        self._busy = False

    def _go_on(self) -> None:
        waiting, self._next = self._next, None
        if waiting is not None:
            waiting()


def _named(places: Places) -> list[NamedCluster]:
    keys = {sector.id: sector.key for sector in places.sectors}
    return [
        NamedCluster(one.key, one.name, keys[sector])
        for sector, some in places.clusters.items()
        if sector in keys
        for one in some
    ]
