"""Keeps the candidates of the account in memory, as far as somebody looks, and notices when the library has some of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from planner_core.query import Query, SortKey
from planner_desktop.screens.account import Account
from sync.replica import Changed

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns.candidates import CandidateShelf

FIRST_ORDER = (SortKey("volume", descending=True), SortKey("keyword"))
_SETTLE_MS = 250
_NEW_SEEDS = frozenset({"seed", "sector", "scope", "site"})


class CandidateKeeper(QObject):
    """One look at a time, on another thread."""

    loaded = Signal()
    """Other candidates, or other ones among them are in the library."""

    def __init__(self, account: Account, parent: QObject) -> None:
        super().__init__(parent)
        self._account = account
        self.shelf: CandidateShelf | None = None
        """The candidates, while somebody looks: half a million are 150 MB."""
        self.total = 0
        """How many there are."""
        self.ready: Sequence[tuple[str, str]] = ()
        """(sector, seed) of those that the library has by now."""
        self._wanted = False
        self._stale = True
        self._busy = False
        self._number = 0
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SETTLE_MS)
        self._soon.timeout.connect(self._load)
        account.bridge.changed.connect(self._changed)
        account.columns_loaded.connect(self._opened)

    @property
    def is_settled(self) -> bool:
        """Whether what is held is what there is, as far as anybody looks."""
        return not (self._busy or self._soon.isActive())

    def want(self, *, wanted: bool) -> None:
        """Somebody looks, or nobody does any more."""
        self._wanted = wanted
        if not wanted:
            self.shelf, self._stale = None, True
        elif self._stale:
            self._load()

    def refresh(self) -> None:
        """There are other imports, or others were removed."""
        self._stale = True
        if self._has_imports():
            self._soon.start()

    def _opened(self) -> None:
        self.shelf, self._stale = None, True
        self.total, self.ready = 0, ()
        if self._has_imports():
            self._soon.start()

    def _has_imports(self) -> bool:
        """Most profiles have none: what reads them stays out then."""
        entry = self._account.entry
        if entry is None or not self._account.is_open:
            return False
        return any(self._account.desk.profile.paths(entry).imports.glob("*.rows.gz"))

    def _changed(self, change: object) -> None:
        if not isinstance(change, Changed):
            return
        if change.kinds & _NEW_SEEDS:
            self.refresh()
        elif "keyword" in change.kinds:
            self._stale = True
            if self._wanted or self.ready:
                self._soon.start()

    def _load(self) -> None:
        if self._busy or not self._account.is_open or not self._stale:
            return
        self._busy, self._stale = True, False
        planner = self._account.planner

        def work() -> CandidateShelf:
            with planner.imports.apart() as mine:
                shelf = mine.waiting.shelf()
            # Sorting texts for the first time takes longer than a frame.
            shelf.select(Query(), FIRST_ORDER)
            return shelf

        self._account.bridge.watch(
            self._account.desk.background.submit(work), self, self._arrived, self._broke
        )

    def _arrived(self, shelf: CandidateShelf) -> None:
        self._busy = False
        self.total, self.ready = len(shelf), shelf.ready()
        # Nobody looks: what there is to tell is told, and whoever looks next has it read again.
        self.shelf, self._stale = (shelf, self._stale) if self._wanted else (None, True)
        self.loaded.emit()
        if self._stale and self._wanted:
            self._soon.start()

    def _broke(self, error: BaseException) -> None:
        self._busy = False
        self._account.troubled.emit(error)
