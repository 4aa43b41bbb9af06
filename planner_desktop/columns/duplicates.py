"""Near-duplicates: keywords of one sector and country that say the same in other words' order, number, spelling, spacing or accents.

Two keywords are one group if their words (see `spelling`) are the same in any order, or if their letters are the same in one go
("standing desk", "standingdesk", "stand-ing desk"); groups that share a keyword are one group. Which rows belong together depends on
texts alone and may be found on another thread; which of them survives follows the figures.

Survivor of a group: the largest volume, then the shortest text, then the oldest row (created first, else the smaller key).
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner_desktop.columns.distinct import Groups
from planner_desktop.columns.gather import Ints
from planner_desktop.columns.spelling import canonical
from planner_desktop.columns.store import ColumnStore, Mask
from planner_desktop.columns.textindex import TextIndex

Hashes = NDArray[np.uint64]

_BASE = 0x9E3779B97F4A7C15
_MIX = np.uint64(0xC2B2AE3D27D4EB4F)
_WORD = 2**64 - 1


class WordHashes:
    """What each word of the vocabulary counts for. Ids never change, so words are looked at once. Any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._whole = np.empty(0, np.uint64)
        self._letters = np.empty(0, np.uint64)
        self._power = np.empty(0, np.uint64)

    def of(self, words: list[bytes]) -> tuple[Hashes, Hashes, Hashes]:
        """Return for each word: a hash of it as a whole, one of its letters, and what letters before it are multiplied by."""
        with self._lock:
            fresh = [_hashes(word) for word in words[len(self._whole) :]]
            if fresh:
                whole, letters, power = zip(*fresh, strict=True)
                self._whole = np.concatenate((self._whole, np.array(whole, np.uint64)))
                self._letters = np.concatenate((self._letters, np.array(letters, np.uint64)))
                self._power = np.concatenate((self._power, np.array(power, np.uint64)))
            count = len(words)
            return self._whole[:count], self._letters[:count], self._power[:count]


def word_hash(word: str) -> int:
    """Return what a folded word is compared by as a number; 0 for one of signs only."""
    return _whole(canonical(word).encode())


def _whole(raw: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(raw, digest_size=8).digest(), "little") if raw else 0


def _hashes(word: bytes) -> tuple[int, int, int]:
    raw = canonical(word.decode("utf-8", "replace")).encode()
    whole = _whole(raw)
    letters = 0
    for byte in raw:
        letters = (letters * _BASE + byte + 0x51ED270B) & _WORD
    return whole, letters, pow(_BASE, len(raw), 2**64)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The texts of one moment, as numbers of words. `grouped` may be called on any thread."""

    words: list[bytes]
    known: WordHashes
    tokens: Ints
    starts: Ints
    counts: Ints
    places: Ints
    """Rows with different numbers here are never duplicates of each other."""

    @classmethod
    def of(cls, store: ColumnStore, index: TextIndex, known: WordHashes) -> Snapshot:
        """Copy what grouping needs."""
        places = store["sector"].astype(np.int64) * 65536 + store["country"]
        places[store["gone"]] = -1
        words = index.vocabulary.blob.tobytes().split(b"\n")[1:-1]
        starts, counts = store["token_start"].copy(), store["token_count"].copy()
        return cls(words, known, index.tokens, starts, counts, places)

    def grouped(self) -> Ints:
        """Return for each row the number of its group, which is one of its rows; a row that is alone is its own group."""
        groups = np.arange(len(self.counts), dtype=np.int32)
        rows = np.flatnonzero((self.counts > 0) & (self.places >= 0))
        any_order, one_go, told = self._keys(rows)
        rows, any_order, one_go = rows[told], any_order[told], one_go[told]
        if not len(rows):
            return groups
        first, alike = _numbered(any_order), _numbered(one_go)
        several = (np.bincount(first)[first] > 1) | (np.bincount(alike)[alike] > 1)
        members, first, alike = rows[several], first[several], alike[several]
        if len(members):
            groups[members] = _joined(first, alike, members)
        return groups

    def _keys(self, rows: Ints) -> tuple[Hashes, Hashes, Mask]:
        """Return for rows a hash of their words in any order, one of their letters in order, and which have letters at all."""
        whole, letters, power = self.known.of(self.words)
        starts, counts = self.starts[rows], self.counts[rows]
        any_order = np.zeros(len(rows), np.uint64)
        one_go = np.zeros(len(rows), np.uint64)
        for step in range(int(counts.max(initial=0))):
            having = np.flatnonzero(counts > step)
            words = self.tokens[starts[having] + step]
            any_order[having] += whole[words]
            one_go[having] = one_go[having] * power[words] + letters[words]
        told = one_go != 0
        places = self.places[rows].astype(np.uint64) * _MIX
        return (any_order ^ places) * _MIX, (one_go ^ places) * _MIX, told


def _numbered(hashes: Hashes) -> Ints:
    numbers: Ints = np.unique(hashes, return_inverse=True)[1].astype(np.int32)
    return numbers


def _joined(first: Ints, alike: Ints, members: Ints) -> Ints:
    """Return for each member the smallest member that it hangs together with through either numbering."""
    labels = members.astype(np.int32)
    while True:
        before = labels
        for numbers in (first, alike):
            smallest = np.full(int(numbers.max()) + 1, np.iinfo(np.int32).max, np.int32)
            np.minimum.at(smallest, numbers, labels)
            labels = smallest[numbers]
        if np.array_equal(before, labels):
            return labels


@dataclass(frozen=True, slots=True)
class Standing:
    """Which live rows have a near-duplicate, and which of them survives."""

    duplicate: Mask
    survivor: Mask


def standing(store: ColumnStore, groups: Groups) -> Standing:
    """Choose the survivors among live rows."""
    duplicate = np.zeros(store.size, np.bool_)
    survivor = np.zeros(store.size, np.bool_)
    rows = groups.order[(~store["deleted"] & ~store["gone"])[groups.order]]
    rows, starts = _several(rows, groups.group)
    duplicate[rows] = True
    if len(rows):
        survivor[_best(store, rows, starts)] = True
    return Standing(duplicate, survivor)


def _several(rows: Ints, group: Ints) -> tuple[Ints, Ints]:
    """Return of rows that lie group by group those which are not alone in theirs, and where each group begins among them."""
    starts = _starts(group[rows])
    sizes = np.diff(starts, append=len(rows))
    several = sizes > 1
    rows, sizes = rows[np.repeat(several, sizes)], sizes[several]
    return rows, np.cumsum(sizes) - sizes


def _best(store: ColumnStore, rows: Ints, starts: Ints) -> Ints:
    """Return the survivor of each group: figure by figure those that fall behind leave, at last the smallest key stays."""
    group = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(rows)))
    for figure in (_most_volume, _text_length, _age):
        values = figure(store, rows)
        ahead = values == np.minimum.reduceat(values, starts)[group]
        rows, group = rows[ahead], group[ahead]
        starts = _starts(group)
    return np.minimum.reduceat(rows, starts)


def _most_volume(store: ColumnStore, rows: Ints) -> Ints:
    return -store["volume"][rows]


def _text_length(store: ColumnStore, rows: Ints) -> Ints:
    return store["text_length"][rows]


def _age(store: ColumnStore, rows: Ints) -> Ints:
    created = store["created"][rows]
    return np.where(created < 0, np.iinfo(created.dtype).max, created)


def _starts(numbers: Ints) -> Ints:
    """Return where each run of equal numbers begins."""
    is_first = np.ones(len(numbers), np.bool_)
    is_first[1:] = numbers[1:] != numbers[:-1]
    return np.flatnonzero(is_first)
