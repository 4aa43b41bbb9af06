"""What comes next in a triage: items of keywords, some put off, some given back."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

Item = tuple[int, ...]
StillOpen = Callable[[Sequence[int]], Collection[int]]
"""Which of some keywords (row keys) are still to be decided, as far as the columns know."""


class ItemList(Protocol):
    """Items in order; a list of tuples will do."""

    def __len__(self) -> int: ...

    def __getitem__(self, place: int, /) -> Item: ...


class TriageQueue:
    """One pass over the items. Nothing here waits: what was decided is gone at once, whatever the columns hold yet."""

    def __init__(self, still_open: StillOpen) -> None:
        self._still_open = still_open
        self._items: ItemList = ()
        self._at = 0
        self._front: list[Item] = []
        self._later: deque[Item] = deque()
        self._decided: set[int] = set()
        self.left = 0
        """Keywords still to be decided, those put off included."""

    def show(self, items: ItemList, left: int, decided: Collection[int] = (), first: Item = ()) -> None:
        """Begin a pass. `decided` are keywords the columns do not know of yet, `first` what is to be on top still."""
        self._items, self._at, self._later = items, 0, deque()
        self._decided = set(decided)
        self._front = [first] if first else []
        self.left = left

    @property
    def current(self) -> Item:
        """Return what is to be decided now; empty if nothing is left."""
        while self._front:
            # Given back, and the columns may not know yet that it is open.
            found = tuple(key for key in self._front[-1] if key not in self._decided)
            if found:
                return found
            self._front.pop()
        while self._at < len(self._items):
            found = self._open(self._items[self._at])
            if found:
                return found
            self._at += 1
        while self._later:
            found = self._open(self._later[0])
            if found:
                return found
            self._later.popleft()
        return ()

    @property
    def place(self) -> int | None:
        """Return which item of the list is the current one, None for one that was given back or put off."""
        return self._at if self.current and not self._front and self._at < len(self._items) else None

    def decide(self) -> Item:
        """Take the current item away and return it."""
        keys = self._take()
        self._decided.update(keys)
        self.left -= len(keys)
        return keys

    def skip(self) -> Item:
        """Put the current item behind all others and return it."""
        keys = self._take()
        if keys:
            self._later.append(keys)
        return keys

    def put_back(self, keys: Item) -> None:
        """Have keywords on top again: a rule refused the decision, or it was taken back."""
        self.left += len(self._decided.intersection(keys))
        self._decided.difference_update(keys)
        if keys in self._later:
            self._later.remove(keys)
        if keys and keys not in self._front:
            self._front.append(keys)

    def reopened(self, keys: Collection[int]) -> None:
        """Have those keywords on top again that were decided here and are open once more: somebody took an edit back."""
        mine = tuple(sorted(self._decided.intersection(keys)))
        found = self._open_anyway(mine)
        if found:
            self.put_back(found)

    def changed(self) -> None:
        """The columns know what happened to what was given back: it is looked at like everything else."""
        self._front = [found for found in map(self._open, self._front) if found]

    def _take(self) -> Item:
        keys = self.current
        if not keys:
            return ()
        if self._front:
            self._front.pop()
        elif self._at < len(self._items):
            self._at += 1
        else:
            self._later.popleft()
        return keys

    def _open(self, keys: Item) -> Item:
        return self._open_anyway(tuple(key for key in keys if key not in self._decided))

    def _open_anyway(self, keys: Item) -> Item:
        found = self._still_open(keys) if keys else ()
        return tuple(key for key in keys if key in found)
