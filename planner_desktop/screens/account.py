"""The account at work in this window: opens it, reads it, follows its changes, and says how things stand."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from planner_desktop.app.desk import Desk
from planner_desktop.app.planner import Planner
from planner_desktop.app.profile import AccountEntry
from planner_desktop.app.replicas import open_reader
from planner_desktop.bridge import Bridge
from planner_desktop.screens.follower import Follower
from planner_desktop.screens.reading import Reading
from planner_desktop.screens.standing import Places, Standing, look, look_around
from sync.errors import PlannerError
from sync.replica import Changed, Counts

if TYPE_CHECKING:  # NumPy and the network come after the first paint
    from planner_desktop.columns import KeywordColumns
    from sync.engine import SyncStatus

_LARGE_EDITS_KEPT = 64
_LOOK_AFTER_MS = 30


class Account(QObject):
    """One account, opened on a desk. Everything here is used from the main thread."""

    opening = Signal()
    """The columns are being loaded, on another thread: time for what takes the window long. `opened` comes after it."""
    opened = Signal()
    """Readable and writable from now on; places are known."""
    absent = Signal()
    """The profile has no account: somebody has to sign in."""
    troubled = Signal(object)
    """An exception that keeps the account from being opened or read."""
    columns_loaded = Signal()
    """The first columns are there."""
    rows_changed = Signal(object)
    """A RowsChanged, after the columns hold it."""
    places_changed = Signal()
    standing_changed = Signal()
    review_changed = Signal()
    """What waits or asks for a decision is another."""
    sync_changed = Signal()
    """The engine's status is another."""

    def __init__(self, desk: Desk, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.bridge = bridge
        self.columns: KeywordColumns | None = None
        self.places = Places()
        self.standing = Standing()
        self.status: SyncStatus | None = None
        self.fault: PlannerError | None = None
        """What keeps syncing from starting: signed out, another window at work."""
        self.copy_trouble = ""
        """Why the second copy of unsettled work cannot be written, "" if it can."""
        self._reading: Reading | None = None
        self._follower: Follower | None = None
        self._large_edits: dict[int, Sequence[int]] = {}
        self._is_held = self._is_known = self._is_loaded = False
        self._looking = False
        self._look_again = False
        self._kinds: set[str] = set()
        self._look_soon = QTimer(self)
        self._look_soon.setSingleShot(True)
        self._look_soon.setInterval(_LOOK_AFTER_MS)
        self._look_soon.timeout.connect(self._look)
        bridge.changed.connect(self._changed)
        bridge.status_changed.connect(self._status_told)

    # ------------------------------------------------------------ what others ask

    @property
    def planner(self) -> Planner:
        """The use cases of the open account."""
        live = self.desk.live
        assert live is not None, "no account is open"
        return live.planner

    @property
    def entry(self) -> AccountEntry | None:
        """Which account it is."""
        return self.desk.live.planner.entry if self.desk.live is not None else None

    @property
    def reading(self) -> Reading:
        """Where questions to the replica are asked."""
        assert self._reading is not None, "no account is open"
        return self._reading

    @property
    def is_open(self) -> bool:
        """Whether there is something to read."""
        return self._reading is not None

    @property
    def counts(self) -> Counts:
        """What waits and what asks for a decision, as last counted."""
        return self.standing.counts

    @property
    def is_settled(self) -> bool:
        """Whether nothing is being loaded, followed or counted."""
        if not self.is_open or self.columns is None or self._follower is None:
            return False
        return self._follower.is_idle and not self._looking and not self._look_soon.isActive()

    def remember_edit(self, commit: int, keys: Sequence[int]) -> None:
        """Keep which rows a large edit named, so that they are read instead of all. Any thread may call it."""
        self._large_edits[commit] = keys
        while len(self._large_edits) > _LARGE_EDITS_KEPT:
            del self._large_edits[next(iter(self._large_edits))]

    def new_uid(self) -> str:
        """Return an id for a row to be made."""
        return self.planner.store.ids.uid()

    # ------------------------------------------------------------ opening and closing

    def open(self) -> None:
        """Open the account in use. Answers by `opened`, `absent` or `troubled`."""
        self.close()
        try:
            live = self.desk.open()
        except PlannerError as error:
            self.troubled.emit(error)
            return
        if live is None:
            self.absent.emit()
            return
        # The writer comes first: it makes or mends the file that everybody else reads.
        first = live.planner.store.writer.submit(lambda replica: replica.counts())
        self.bridge.watch(first, self, self._opened, self.troubled.emit)

    def close(self) -> None:
        """Stop reading. The desk closes what writes, after what is queued."""
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.close()
        if self._follower is not None:
            self._follower.deleteLater()
        self._follower, self.columns = None, None
        self.places, self.standing, self.status, self.fault = Places(), Standing(), None, None
        self.copy_trouble = ""
        self._is_known = self._is_loaded = False

    def start_sync(self) -> None:
        """Sync in the background, or at once where it runs already."""
        live = self.desk.live
        if live is not None and self.desk.syncing:
            self.fault = None
            live.sync_now()
            self.sync_changed.emit()

    def blocked_by(self, fault: PlannerError) -> None:
        """Take note of what keeps syncing from starting."""
        self.fault = fault
        self.sync_changed.emit()

    def _opened(self, counts: Counts) -> None:
        entry = self.entry
        if entry is None:
            return
        paths = self.desk.profile.paths(entry)
        self.standing = Standing(counts)
        self._reading = Reading(lambda: open_reader(paths, entry))
        self._follower = Follower(self.bridge, self._reading, self._load, self._large_edits.get, self)
        self._follower.followed.connect(self.rows_changed)
        self._follower.failed.connect(self.troubled)
        self._follower.loading()
        self._load()
        around = self._reading.ask(look_around)
        self.bridge.watch(around, self, self._first_look, self.troubled.emit)
        self.opening.emit()

    def _first_look(self, places: Places) -> None:
        self.places = places
        self._is_known = True
        self._tell_opened()

    def hold(self) -> None:
        """Keep `opened` and `columns_loaded` back until `release`: what wants to hear of them is still being made."""
        self._is_held = True

    def release(self) -> None:
        """Tell of what comes from now on, and at once of what came meanwhile."""
        self._is_held = False
        self._tell_opened()
        self._tell_loaded()

    def _tell_opened(self) -> None:
        if self._is_held or not self._is_known:
            return
        self._is_known = False
        self.opened.emit()
        self._look_soon.start()
        self.start_sync()

    # ------------------------------------------------------------ columns

    def _load(self) -> None:
        store = self.planner.store
        self.bridge.watch(
            self.desk.background.submit(store.load_columns), self, self._adopt, self.troubled.emit
        )

    def _adopt(self, columns: KeywordColumns) -> None:
        if self._follower is None:
            return
        first = self.columns is None
        self.columns = columns
        self.planner.store.adopt(columns)
        self._follower.adopt(columns)
        if first:
            self._is_loaded = True
            self._tell_loaded()

    def _tell_loaded(self) -> None:
        if self._is_held or not self._is_loaded:
            return
        self._is_loaded = False
        self.columns_loaded.emit()

    # ------------------------------------------------------------ changes

    def _changed(self, change: object) -> None:
        if not isinstance(change, Changed) or self._follower is None:
            return
        self._kinds |= change.kinds
        self._follower.follow(change)
        self._look_soon.start()

    def _status_told(self, status: SyncStatus) -> None:
        self.status = status
        self.sync_changed.emit()

    def _look(self) -> None:
        """Count again; one look at a time, however many changes come."""
        if self._reading is None:
            return
        if self._looking:
            self._look_again = True
            return
        self._looking = True
        kinds, self._kinds = self._kinds, set()
        if kinds & {"cluster", "scope", "site", "sector"} or not kinds:
            around: Future[Places] = self._reading.ask(look_around)
            self.bridge.watch(around, self, self._around, self.troubled.emit)
        # The journal is written right after the commit that this look follows.
        copying = self.planner.store.writer.submit(lambda replica: replica.journal_trouble)
        self.bridge.watch(copying, self, self._copied, self.troubled.emit)
        self.bridge.watch(
            self._reading.ask(look), self, lambda found: self._stands(found, kinds), self._blind
        )

    def _copied(self, trouble: str) -> None:
        if trouble != self.copy_trouble:
            self.copy_trouble = trouble
            self.sync_changed.emit()

    def _around(self, places: Places) -> None:
        if places != self.places:
            self.places = places
            self.places_changed.emit()

    def _stands(self, standing: Standing, kinds: set[str]) -> None:
        self._looking = False
        self.standing = standing
        self.standing_changed.emit()
        if kinds & {"review", "pending", "history"} or not kinds:
            self.review_changed.emit()
        if self._look_again:
            self._look_again = False
            self._look_soon.start()

    def _blind(self, error: BaseException) -> None:
        self._looking = False
        self.troubled.emit(error)
