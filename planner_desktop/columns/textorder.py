"""The order of keywords by their text: folded words compared one after the other, by code point."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Self

import numpy as np

from planner_desktop.columns.gather import Bytes, Ints, order_of
from planner_desktop.columns.store import ColumnStore, Positions
from planner_desktop.columns.textindex import TextIndex
from planner_desktop.columns.vocabulary import ranks_of

_BITS = 63
MOST_INSERTED = 1000
"""Up to so many changed texts are put in place one by one; for more, sorting everything again is quicker."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one moment as numbers of words; any thread may sort them."""

    words: Bytes
    tokens: Ints
    starts: Ints
    counts: Ints

    @classmethod
    def of(cls, store: ColumnStore, index: TextIndex) -> Self:
        """Copy what changes in place."""
        starts, counts = store["token_start"].copy(), store["token_count"].copy()
        return cls(index.vocabulary.blob, index.tokens, starts, counts)


class TextOrder:
    """`order`: positions by text, then key. `ranks`: for each position the place of its text, equal texts sharing one."""

    def __init__(self, order: Ints, ranks: Ints) -> None:
        self.order = order
        self.ranks = ranks

    @classmethod
    def build(cls, texts: Texts) -> TextOrder:
        """Sort all rows. As many words as fit are packed into a number; rows that agree in it are sorted on by the next ones."""
        counts = texts.counts
        size = len(counts)
        if not size:
            return cls(np.empty(0, np.int32), np.empty(0, np.int32))
        places = ranks_of(texts.words)
        bits = max(len(places).bit_length(), 1)
        depth = done = _BITS // bits
        packed = _pack(texts, places, bits, np.arange(size), 0)
        order = order_of(packed)
        heads = np.ones(size, np.bool_)
        heads[1:] = packed[order[1:]] != packed[order[:-1]]
        while True:
            groups = np.cumsum(heads, dtype=np.int32) - 1
            unsure = (np.bincount(groups, counts[order] > done) > 0) & (np.bincount(groups) > 1)
            slots = np.flatnonzero(unsure[groups])
            if not len(slots):
                return cls(order, _ranks(order, heads))
            rows = order[slots]
            packed = _pack(texts, places, bits, rows, done)
            by = order_of(packed)
            by = by[order_of(groups[slots][by].view(np.uint32))]
            order[slots] = rows[by]
            packed = packed[by]
            heads[slots[1:]] |= packed[1:] != packed[:-1]
            done += depth

    def move(self, remap: Positions, size: int) -> None:
        """Follow rows to their new positions; new rows have to be put in place by `replace`."""
        self.order = remap.astype(np.int32)[self.order]
        ranks = np.full(size, -1, np.int32)
        ranks[remap[: len(self.ranks)]] = self.ranks  # rows appended since have none yet
        self.ranks = ranks

    def replace(self, store: ColumnStore, index: TextIndex, positions: Positions) -> None:
        """Put rows with new texts in their place; at most MOST_INSERTED."""
        changed = np.zeros(store.size, np.bool_)
        changed[positions] = True
        kept = self.order[~changed[self.order]]
        known = self.ranks[kept]
        heads = np.ones(len(kept), np.bool_)
        heads[1:] = known[1:] != known[:-1]
        words = {int(row): index.words_of(store, int(row)) for row in positions}
        coming = sorted((found, row) for row, found in words.items())
        slots = [
            bisect_left(kept, (found, row), key=lambda other: (index.words_of(store, int(other)), int(other)))
            for found, row in coming
        ]
        order = np.insert(kept, slots, [row for _, row in coming])
        heads = np.insert(heads, slots, values=True)
        places = np.asarray(slots, np.intp) + np.arange(len(slots))
        for slot in np.unique(np.concatenate((places, places + 1))).tolist():
            if 0 < slot < len(order):
                before, here = int(order[slot - 1]), int(order[slot])
                heads[slot] = index.words_of(store, before) != index.words_of(store, here)
        heads[:1] = True
        self.order = order.astype(np.int32)
        self.ranks = _ranks(self.order, heads)


def _pack(texts: Texts, places: Ints, bits: int, rows: Ints, skip: int) -> Ints:
    """Return for each row its words from number `skip` on as one number that compares as they do."""
    depth = _BITS // bits
    packed = np.zeros(len(rows), np.uint64)
    starts, counts = texts.starts[rows], texts.counts[rows]
    for step in range(skip, skip + depth):
        packed <<= np.uint64(bits)
        having = np.flatnonzero(counts > step)
        if len(having):
            packed[having] |= (places[texts.tokens[starts[having] + step]] + 1).astype(np.uint64)
    return packed


def _ranks(order: Ints, heads: Ints) -> Ints:
    ranks = np.empty(len(order), np.int32)
    ranks[order] = np.cumsum(heads, dtype=np.int32) - 1
    return ranks
