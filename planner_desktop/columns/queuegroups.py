"""Keywords to be looked at one after the other, singly or several at once: near-duplicates, the same first words, the same suggestion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from planner_desktop.columns.duplicates import Snapshot
from planner_desktop.columns.gather import Ints
from planner_desktop.columns.likeness import Likeness, WordTable

Grouping = Literal["one", "near-duplicates", "first-words", "suggested-cluster"]
GROUPINGS: tuple[Grouping, ...] = ("one", "near-duplicates", "first-words", "suggested-cluster")
LARGEST = 100
"""More than so many nobody looks over before a key is pressed: a larger group comes in parts."""
_FIRST_WORDS = 2


@dataclass(frozen=True, slots=True)
class Items:
    """What comes after what. Item n are the keywords `keys[bounds[n] : bounds[n + 1]]`; `clusters[n]` is what they were grouped for, -1: nothing."""

    keys: Ints
    bounds: Ints
    clusters: Ints

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def __getitem__(self, place: int) -> tuple[int, ...]:
        """Return the row keys of an item."""
        return tuple(self.keys[self.bounds[place] : self.bounds[place + 1]].tolist())

    def __iter__(self) -> Iterator[tuple[int, ...]]:
        return (self[place] for place in range(len(self)))

    def cluster(self, place: int) -> int | None:
        """Return the cluster (row key) that an item was made for."""
        found = int(self.clusters[place])
        return found if found >= 0 else None


def singly(keys: Ints, later: Iterable[int] = ()) -> Items:
    """Return keywords one by one in their order, those to come `later` at the end in theirs."""
    keys = np.asarray(keys, np.int64)
    last = np.fromiter(later, np.int64)
    last = last[np.isin(last, keys)]
    keys = np.concatenate((keys[~np.isin(keys, last)], last)) if len(last) else keys
    return Items(keys, np.arange(len(keys) + 1), np.full(len(keys), -1, np.int64))


def grouped(
    grouping: Grouping,
    table: WordTable,
    likeness: Likeness | None,
    keys: Ints,
    volumes: Ints,
    later: Iterable[int] = (),
) -> Items:
    """Return keywords in groups; on any thread. The groups with most volume come first, then what is alone, then what is to come later.

    `volumes` belong to `keys`; "suggested-cluster" needs `likeness`.
    """
    keys = np.asarray(keys, np.int64)
    last = np.fromiter(later, np.int64)
    first = ~np.isin(keys, last)
    keys, volumes = keys[first], np.asarray(volumes)[first]
    if grouping == "one" or not len(keys):
        return _then(singly(keys), last)
    clusters = np.full(len(keys), -1, np.int64)
    if grouping == "suggested-cluster":
        assert likeness is not None
        clusters = likeness.best(keys)
        alone = np.arange(len(keys)) + len(keys)
        group = np.unique(
            np.where(clusters >= 0, clusters, clusters.max(initial=0) + 1 + alone), return_inverse=True
        )[1]
    elif grouping == "near-duplicates":
        group = _alike(table, keys)
    else:
        group = _begun_alike(table, keys)
    return _then(_ordered(keys, volumes, group, clusters), last)


def _alike(table: WordTable, keys: Ints) -> Ints:
    rows = _rows(table, keys)
    places = table.sectors[rows].astype(np.int64) * 65536 + table.countries[rows]
    places[~table.live[rows]] = -1
    snapshot = Snapshot(
        table.words(), table.known, table.tokens, table.starts[rows], table.counts[rows], places
    )
    return snapshot.grouped()


def _begun_alike(table: WordTable, keys: Ints) -> Ints:
    """Number keywords by sector and their first words, compared as near-duplicates are; one of a single word is alone."""
    rows = _rows(table, keys)
    numbers = np.unique(table.known.of(table.words())[0], return_inverse=True)[1]
    group = np.unique(table.sectors[rows], return_inverse=True)[1].astype(np.int64)
    several = table.counts[rows] >= _FIRST_WORDS
    for place in range(_FIRST_WORDS):
        word = np.full(len(rows), -1, np.int64)
        word[several] = numbers[table.tokens[table.starts[rows[several]] + place]]
        group = np.unique(group * (len(numbers) + 1) + word + 1, return_inverse=True)[1]
    group[~several] = len(rows) + np.flatnonzero(~several)
    return group


def _rows(table: WordTable, keys: Ints) -> Ints:
    return np.minimum(np.searchsorted(table.keys, keys), len(table.keys) - 1)


def _ordered(keys: Ints, volumes: Ints, group: Ints, clusters: Ints) -> Items:
    """Return the groups, cut to a size that can be looked over; the order of `keys` is kept within each."""
    group = np.unique(group, return_inverse=True)[1]
    known = np.maximum(volumes, 0)
    sizes, volume = np.bincount(group), np.bincount(group, known)
    order = np.lexsort((np.arange(len(keys)), group, -volume[group], sizes[group] == 1))
    ordered = group[order]
    heads = np.flatnonzero(np.diff(ordered, prepend=-1))
    starts = np.repeat(heads, np.diff(np.append(heads, len(ordered))))
    bounds = np.flatnonzero((np.arange(len(ordered)) - starts) % LARGEST == 0)
    return Items(keys[order], np.append(bounds, len(keys)), clusters[order][bounds])


def _then(items: Items, last: Ints) -> Items:
    if not len(last):
        return items
    size = len(items.keys)
    return Items(
        np.concatenate((items.keys, last)),
        np.concatenate((items.bounds, size + 1 + np.arange(len(last)))),
        np.concatenate((items.clusters, np.full(len(last), -1, np.int64))),
    )
