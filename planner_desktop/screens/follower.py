"""Keeps the columns in memory equal to the replica, commit by commit, without making the main thread wait for SQLite."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from planner_desktop.bridge import Bridge
from planner_desktop.screens.reading import Reading
from sync.replica import Changed

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns import KeywordColumns, NameKind
    from planner_desktop.columns.unpack import HotBatch
    from sync.replica import Reader

_NAMED: tuple[tuple[str, NameKind], ...] = (("cluster", "cluster"), ("site", "site"), ("sector", "sector"))
MOST_FOLLOWED = 400_000
"""Above so many rows that have to be read whole, loading all columns anew on another thread is quicker and blocks nothing."""


FEW = 2_000
"""Above so many, nobody looks up single rows any more: everything in view is drawn anew."""


@dataclass(frozen=True, slots=True)
class RowsChanged:
    """Rows that hold something new now; `keys` None: any of them may. `by_user`: this window's own edits and nothing else."""

    keys: frozenset[int] | None
    by_user: bool


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read for a number of changes, all of it at or after `stamp`."""

    stamp: tuple[str, int]
    batch: Any
    edited: HotBatch | None
    """Instead of `batch`: what an edit changed of rows that are known."""
    keys: frozenset[int] | None
    removed: Sequence[int]
    names: Mapping[NameKind, Mapping[int, str]]


class Follower(QObject):
    """Follows changes one batch at a time; what comes in meanwhile waits and is followed together."""

    followed = Signal(object)
    """A RowsChanged, after the columns hold it."""
    failed = Signal(object)

    def __init__(
        self,
        bridge: Bridge,
        reading: Reading,
        load: Callable[[], None],
        keys_of: Callable[[int], Sequence[int] | None],
        parent: QObject,
    ) -> None:
        """`load` starts loading everything anew and ends in `adopt`; `keys_of` knows the rows of large edits by their commit."""
        super().__init__(parent)
        self._bridge = bridge
        self._reading = reading
        self._load = load
        self._keys_of = keys_of
        self._columns: KeywordColumns | None = None
        self._keys: list[Sequence[int]] = []
        self._edited: list[Sequence[int]] = []
        self._names: set[NameKind] = set()
        self._everything = False
        self._by_user = True
        self._busy = False
        self._seen = 0

    @property
    def is_idle(self) -> bool:
        """Whether the columns hold every change that was announced."""
        return not (self._busy or self._keys or self._edited or self._names or self._everything)

    def adopt(self, columns: KeywordColumns) -> None:
        """Take columns that were loaded anew; changes announced meanwhile are followed on top of them."""
        self._columns = columns
        by_user, self._by_user = self._by_user, True
        self._busy = False
        self.followed.emit(RowsChanged(None, by_user))
        self._next()

    def loading(self) -> None:
        """Say that columns are being loaded: changes wait until they come."""
        self._busy = True

    def follow(self, change: Changed) -> None:
        """Take note of a change."""
        self._seen = max(self._seen, change.commit)
        keys = change.keys.get("keyword") if change.keys is not None else None
        if "keyword" in change.kinds:
            if keys is not None:
                self._take(self._keys, keys)
            elif self._patched(change):
                return
            else:
                self._take(self._edited, self._keys_of(change.commit))
            self._by_user = self._by_user and change.origin == "user"
        self._names.update(kind for entity, kind in _NAMED if entity in change.kinds)
        if change.kinds & {"scope"}:
            self._names.update(("site", "sector"))
        self._next()

    def _patched(self, change: Changed) -> bool:
        """Take what a large edit says of itself, if the columns are those of the commit before it; else it has to be read."""
        columns = self._columns
        if columns is None or not change.patches or not self.is_idle or columns.stamp[1] != change.commit - 1:
            return False
        if change.kinds.intersection(["scope", *(entity for entity, _ in _NAMED)]):
            return False
        if not columns.apply_patches(change.patches, stamp=(columns.stamp[0], change.commit)):
            return False
        self.followed.emit(RowsChanged(None, change.origin == "user"))
        return True

    def _take(self, queue: list[Sequence[int]], keys: Sequence[int] | None) -> None:
        if keys is None:
            self._everything = True
        else:
            queue.append(keys)

    def _next(self) -> None:
        if self._busy:
            return
        if self.is_idle:
            self._confirm()
            return
        self._busy = True
        # A large edit by itself changes little of each row; together with other changes the rows are read whole.
        whole = sum(map(len, [*self._keys, *self._edited])) if self._keys else 0
        if self._everything or self._columns is None or whole > MOST_FOLLOWED:
            self._keys.clear()
            self._edited.clear()
            self._names.clear()
            self._everything = False
            self._load()
            return
        keys, edited = ([*self._keys, *self._edited], []) if self._keys else ([], self._edited)
        self._keys, self._edited = [], []
        kinds, self._names = tuple(self._names), set()
        by_user, self._by_user = self._by_user, True
        future = self._reading.ask(lambda reader: _read(reader, keys, edited, kinds))
        self._bridge.watch(future, self, lambda read: self._apply(read, by_user=by_user), self._broken)

    def _apply(self, read: _Read, *, by_user: bool) -> None:
        assert self._columns is not None
        self._busy = False
        if read.edited is None:
            self._columns.apply_chunk(read.batch, read.removed, names=read.names, stamp=read.stamp)
        elif not self._columns.apply_hot(read.edited, read.removed, names=read.names, stamp=read.stamp):
            self._by_user = self._by_user and by_user
            self._everything = True
            self._next()
            return
        # Names of clusters stand in rows that did not change themselves.
        self.followed.emit(RowsChanged(None if read.names else read.keys, by_user))
        self._next()

    def _confirm(self) -> None:
        """Nothing is left to follow: the columns are those of the latest commit, also where it changed no keyword."""
        if self._columns is not None and self._columns.stamp[1] < self._seen:
            self._columns.stamp = (self._columns.stamp[0], self._seen)

    def _broken(self, error: BaseException) -> None:
        self._busy = False
        self._everything = True
        self.failed.emit(error)


def _read(
    reader: Reader,
    changed: Sequence[Sequence[int]],
    edited: Sequence[Sequence[int]],
    kinds: Sequence[NameKind],
) -> _Read:
    """Read what changed, and take it apart: with many rows that is most of the work, and it is not the main thread's."""
    # The first change needs them; the first paint does not.
    from planner_desktop.columns.edited import read_edited  # noqa: PLC0415
    from planner_desktop.columns.unpack import unpack  # noqa: PLC0415

    # The stamp first: rows committed in between are then read twice, where the other order would miss them.
    stamp = reader.stamp()
    names = {kind: reader.names(kind) for kind in kinds}
    if edited and not changed:
        hot, removed = read_edited(reader, edited)
        few = frozenset(hot.keys.tolist()) | set(removed) if len(hot.keys) <= FEW else None
        return _Read(stamp, None, hot, few, removed, names)
    keys = sorted({key for some in (*changed, *edited) for key in some})
    batch = unpack(reader.keyword_columns(keys)) if keys else None
    removed = []
    if batch is not None and len(batch.columns["key"]) != len(keys):
        there = set(batch.columns["key"].tolist())
        removed = [key for key in keys if key not in there]
    return _Read(stamp, batch, None, frozenset(keys) if len(keys) <= FEW else None, removed, names)
