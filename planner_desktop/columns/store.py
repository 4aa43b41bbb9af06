"""The columns themselves: parallel arrays with room to grow, rows in ascending key order.

A **position** is a row's place in the arrays; it equals the order of keys, so a stable sort by anything breaks ties by key. Positions
stay what they are until a row with a smaller key than the last comes in, or until `compact`: both say where every old position went.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from planner_desktop.columns.gather import gather
from planner_desktop.columns.runs import Runs
from planner_desktop.columns.source import NULL
from planner_desktop.columns.unpack import DTYPES, LARGEST_KEY, Batch, Bytes, HotBatch, Ints, effective

Mask = NDArray[np.bool_]
Positions = NDArray[np.intp]

STORED: dict[str, str] = {
    **DTYPES,
    "volume": "<i4",
    "difficulty": "<i2",
    "gone": "?",
    "text_start": "<i8",
    "text_length": "<i4",
    "token_start": "<i4",
    "token_count": "<i4",
}
"""Every column. `gone` rows were removed and wait for `compact`; the token columns belong to the text index."""

_OWN = ("gone", "text_start", "text_length", "token_start", "token_count")
_LEAST_ROOM = 256
_MANY = 512
"""From so many keys on, a table that has to be made first is worth it."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the rows of a batch went.

    `remap[p]` is the new position of old position `p`, or None where nothing moved. `fresh` are positions of rows that were not there
    (or gone) before, `retexted` of rows whose text is other than before, fresh ones included. `changed` names for each column the
    positions of the other rows that hold a new value there.
    """

    positions: Positions
    fresh: Positions
    retexted: Positions
    remap: Positions | None
    changed: dict[str, Positions] = field(default_factory=dict)


class ColumnStore:
    """Columns and texts of keywords. Not thread-safe."""

    def __init__(self, arrays: Mapping[str, Ints] | None = None, text: Bytes | None = None) -> None:
        """Take over arrays of equal length (and change them in place later), or start empty."""
        self._arrays = (
            dict(arrays) if arrays else {name: np.empty(0, dtype) for name, dtype in STORED.items()}
        )
        self.size = len(self._arrays["key"])
        self._text = np.empty(0, np.uint8) if text is None else text
        self.text_size = len(self._text)
        self._table: Ints | None = None
        self.countries: list[str] = []

    def __getitem__(self, name: str) -> Ints:
        """Return a column as a view that is good until the next change of the store."""
        return self._arrays[name][: self.size]

    @property
    def text(self) -> Bytes:
        """All texts; some bytes may belong to no row any more."""
        return self._text[: self.text_size]

    def text_of(self, position: int) -> str:
        """Return one row's text."""
        start = int(self._arrays["text_start"][position])
        length = int(self._arrays["text_length"][position])
        return self._text[start : start + length].tobytes().decode("utf-8", "replace")

    def find(self, keys: Ints) -> tuple[Positions, Mask]:
        """Return for each key its position, and whether it is there; where it is not, the position means nothing."""
        known = self["key"]
        if keys.dtype != known.dtype:
            # The type of the column, or searching would convert all of it.
            keys = np.clip(keys, -1, LARGEST_KEY + 1).astype(known.dtype)
        if not self.size:
            return np.zeros(len(keys), np.intp), np.zeros(len(keys), np.bool_)
        if len(keys) > _MANY and int(known[-1]) < 4 * self.size + 4096:
            places = self._places().take(keys, mode="clip")
            return places, places >= 0
        places = np.minimum(np.searchsorted(known, keys), self.size - 1)
        return places, (known[places] == keys) & ~self["gone"][places]

    def _places(self) -> Ints:
        """A table from key to position, -1 for none, also in its last entry, where keys that are too large end up.

        Keys are row keys of a table, so it is hardly larger than the column.
        """
        if self._table is None:
            known, there = self["key"], ~self["gone"]
            self._table = np.full(int(known[-1]) + 2, -1, np.int32)
            self._table[known[there]] = np.flatnonzero(there)
        return self._table

    def put(self, batch: Batch) -> Placement:
        """Add the rows of a batch, or replace those whose key is there."""
        self._adopt_countries(batch)
        if not self.size:
            return self._take_over(batch)
        at = np.searchsorted(self["key"], batch.columns["key"])
        known = self["key"][np.minimum(at, self.size - 1)] == batch.columns["key"]
        remap = self._make_room(at[~known], batch.columns["key"][~known])
        new = np.cumsum(~known)
        places = at + new - ~known
        fresh = ~known | self["gone"][places]
        retexted = fresh.copy()
        old = np.flatnonzero(~fresh)
        retexted[old] = self._texts_differ(places[old], batch, old)
        changed = self._write(places, batch, fresh)
        self._append_texts(places[retexted], batch, np.flatnonzero(retexted))
        if fresh.any():
            self["gone"][places] = False
            self._table = None
        return Placement(places, places[fresh], places[retexted], remap, changed)

    def put_hot(self, batch: HotBatch) -> Placement | None:
        """Take what edits changed of rows that are there; None, and nothing taken, if one of them is not."""
        places, found = self.find(batch.keys)
        if not found.all():
            return None
        changed: dict[str, Positions] = {}
        self._replace(places, batch.columns, changed)
        figures = {
            figure: effective(batch.columns[f"{figure}_override"], self[f"seed_{figure}"].take(places))
            for figure in ("volume", "difficulty")
            if f"{figure}_override" in changed
        }
        self._replace(places, figures, changed)
        none = places[:0]
        return Placement(places, none, none, None, changed)

    def _replace(self, places: Positions, columns: Mapping[str, Ints], changed: dict[str, Positions]) -> None:
        for name, values in columns.items():
            column = self[name]
            other = column.take(places) != values
            if other.any():
                where = changed[name] = places[other]
                column[where] = values[other]

    def _take_over(self, batch: Batch) -> Placement:
        """Be the batch: the first load copies nothing."""
        own = {name: np.zeros(batch.size, STORED[name]) for name in _OWN}
        self._arrays = {**batch.columns, **own}
        self.size = batch.size
        every = np.arange(batch.size)
        self._text, self.text_size = np.empty(0, np.uint8), 0
        self._append_texts(every, batch, every)
        self._table = None
        return Placement(every, every, every, None)

    def remove(self, keys: Ints) -> Positions:
        """Mark rows as gone and return their positions; keys that are not there are ignored."""
        places, found = self.find(keys)
        places = np.unique(places[found])
        self["gone"][places] = True
        self._table = None
        return places

    def compact(self) -> None:
        """Drop rows that are gone and bytes that belong to no row. Positions mean something else afterwards."""
        keep = ~self["gone"]
        self._arrays = {name: self[name][keep] for name in self._arrays}
        self.size = len(self._arrays["key"])
        lengths = self["text_length"].astype(np.int64)
        self._text = gather(self.text, self["text_start"], lengths)
        self.text_size = len(self._text)
        self._arrays["text_start"] = np.cumsum(lengths) - lengths
        self._table = None

    def _adopt_countries(self, batch: Batch) -> None:
        index = {code: place for place, code in enumerate(self.countries)}
        codes = [index.setdefault(code, len(index)) if code else NULL for code in batch.countries]
        self.countries = list(index)
        table = np.array([*codes, NULL], np.int16)  # NULL is -1 and picks the last entry
        batch.columns["country"] = table[batch.columns["country"]]

    def _make_room(self, at: Positions, keys: Ints) -> Positions | None:
        """Insert blank rows for new keys before the positions `at`; returns where old positions went, if any moved."""
        added = len(at)
        if not added:
            return None
        before = self.size
        self._table = None
        if at[0] >= before:
            self._reserve(before + added)
            self.size += added
            for name in _OWN:
                self[name][before:] = 0
            self["key"][before:] = keys
            return None
        self._arrays = {name: np.insert(self[name], at, 0) for name in self._arrays}
        self.size += added
        self["key"][at + np.arange(added)] = keys
        return np.arange(before) + np.searchsorted(at, np.arange(before), side="right")

    def _reserve(self, size: int) -> None:
        room = len(self._arrays["key"])
        if size <= room:
            return
        room = max(size + size // 16, _LEAST_ROOM)
        for name, array in self._arrays.items():
            grown = np.empty(room, array.dtype)
            grown[: self.size] = array[: self.size]
            self._arrays[name] = grown

    def _texts_differ(self, places: Positions, batch: Batch, rows: Positions) -> Mask:
        """Tell for each pair (row of the store, row of the batch) whether the texts differ."""
        ours = Runs(self.text, self["text_start"][places], self["text_length"][places])
        theirs = Runs(batch.text, batch.starts[rows], batch.lengths[rows])
        return ~ours.equal(theirs, np.arange(len(rows)))

    def _write(self, places: Positions, batch: Batch, fresh: Mask) -> dict[str, Positions]:
        changed: dict[str, Positions] = {}
        if not batch.size:
            return changed
        none_fresh = not fresh.any()
        together = int(places[-1] - places[0]) + 1 == len(places)
        where = slice(int(places[0]), int(places[-1]) + 1) if together else places
        some_known = not fresh.all()
        for name, values in batch.columns.items():
            column = self[name]
            if some_known:
                other = (column[where] != values) & ~fresh
                if other.any():
                    changed[name] = places[other]
                elif none_fresh:
                    continue
            column[where] = values
        return changed

    def _append_texts(self, places: Positions, batch: Batch, rows: Positions) -> None:
        if not len(places):
            return
        starts, lengths = batch.starts[rows].astype(np.int64), batch.lengths[rows].astype(np.int64)
        first, last, used = int(starts[0]), int(starts[-1] + lengths[-1]), int(lengths.sum())
        in_order = not np.any(starts[1:] < starts[:-1] + lengths[:-1])
        if in_order and len(rows) == batch.size and last - first <= used + batch.size:
            # No gaps but the feeds between lines: taken over as it is, without an index for every byte.
            coming, offsets = batch.text[first:last], starts - first
            if not self.text_size:
                self._text = coming
        else:
            coming, offsets = gather(batch.text, starts, lengths), np.cumsum(lengths) - lengths
        needed = self.text_size + len(coming)
        if needed > len(self._text):
            grown = np.empty(needed + needed // 16 if self.text_size else needed, np.uint8)
            grown[: self.text_size] = self.text
            self._text = grown
        if len(coming) and self._text is not coming:
            self._text[self.text_size : needed] = coming
        self["text_start"][places] = self.text_size + offsets
        self["text_length"][places] = lengths
        self.text_size = needed
