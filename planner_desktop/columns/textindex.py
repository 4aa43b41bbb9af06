"""Exact substring search over a million keywords through their vocabulary.

A keyword, folded, is a list of words with one space between. A searched text without a space occurs in a keyword exactly when it occurs
in one of its words: so the distinct words are scanned (some hundred kilobytes), and the rows of the words found are marked. A text with
spaces occurs exactly when consecutive words end with its first part, equal its inner parts and begin with its last.

Words of one keyword only (typing errors, model numbers) make up most of a real vocabulary; nothing here loops over words in Python, so
they cost what scanning their text costs.

Rows whose text came or changed since the postings were made lie in the **overlay**: they are answered from their own words, whatever the
postings say. When it grows, the postings are made again from the word numbers, without looking at a text.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner_desktop.columns.gather import Ints, gather, order_of, spread
from planner_desktop.columns.store import ColumnStore, Mask, Positions
from planner_desktop.columns.text import Words, fold_term, split_words
from planner_desktop.columns.vocabulary import Vocabulary, distinct

_OVERLAY_SHARE = 16
_OVERLAY_LEAST = 4096


@dataclass(slots=True)
class Postings:
    """Rows by word: word w stands in `rows[bounds[w] : bounds[w + 1]]`. Words added later have none."""

    rows: Ints
    bounds: Ints


class TextIndex:
    """Finds the rows whose keyword holds a text. The rows' word numbers lie in the store's token columns."""

    def __init__(self, vocabulary: Vocabulary, tokens: Ints, postings: Postings, overlay: Positions) -> None:
        self.vocabulary = vocabulary
        self.tokens = tokens
        self.postings = postings
        self.overlay = overlay

    @classmethod
    def build(cls, store: ColumnStore) -> TextIndex:
        """Index every row of a store whose text holds nothing but the rows' texts and white space between them."""
        words = split_words(store.text, store["text_start"], store["text_length"])
        numbers, firsts = distinct(words.text, words.starts, words.lengths)
        vocabulary = Vocabulary.of(words.text, words.starts[firsts], words.lengths[firsts])
        store["token_start"][:] = words.row_starts
        store["token_count"][:] = words.row_counts
        index = cls(vocabulary, numbers, Postings(numbers, numbers), np.empty(0, np.intp))
        index.rebuild(store)
        return index

    def rebuild(self, store: ColumnStore) -> None:
        """Make the postings again for all rows, and put the word numbers in the rows' order."""
        counts = store["token_count"]
        ends = np.cumsum(counts, dtype=np.int64)
        used = int(ends[-1]) if len(ends) else 0
        if used != len(self.tokens) or not np.array_equal(store["token_start"], ends - counts):
            self.tokens = self.tokens[spread(store["token_start"], counts)]
            store["token_start"][:] = ends - counts
        owners = np.repeat(np.arange(store.size, dtype=np.int32), counts)
        bounds = np.zeros(len(self.vocabulary) + 1, np.int64)
        np.cumsum(np.bincount(self.tokens, minlength=len(self.vocabulary)), out=bounds[1:])
        self.postings = Postings(owners[order_of(self.tokens.view(np.uint32))], bounds)
        self.overlay = np.empty(0, np.intp)

    def move(self, remap: Positions) -> None:
        """Follow rows to their new positions."""
        self.postings.rows = remap.astype(np.int32)[self.postings.rows]
        self.overlay = remap[self.overlay]

    def update(self, store: ColumnStore, positions: Positions) -> None:
        """Take in the texts of rows that came or changed."""
        if not len(positions):
            return
        lengths = store["text_length"][positions].astype(np.int64)
        text = gather(store.text, store["text_start"][positions], lengths)
        words = split_words(text, np.cumsum(lengths) - lengths, lengths)
        store["token_start"][positions] = len(self.tokens) + words.row_starts
        store["token_count"][positions] = words.row_counts
        self.tokens = np.concatenate((self.tokens, self._numbers(words)))
        self.overlay = np.union1d(self.overlay, positions)
        if len(self.overlay) > store.size // _OVERLAY_SHARE + _OVERLAY_LEAST:
            self.rebuild(store)

    def _numbers(self, words: Words) -> Ints:
        """Return the word numbers of some words, giving new words a number."""
        groups, firsts = distinct(words.text, words.starts, words.lengths)
        starts, lengths = words.starts[firsts], words.lengths[firsts]
        ids = self.vocabulary.find(words.text, starts, lengths)
        new = np.flatnonzero(ids < 0)
        if len(new):
            ids[new] = np.arange(len(self.vocabulary), len(self.vocabulary) + len(new))
            self.vocabulary.add(words.text, starts[new], lengths[new])
        return ids[groups]

    def rows_with(self, store: ColumnStore, text: str) -> Mask:
        """Tell which rows' keywords hold a text, both folded."""
        parts = [part.encode("utf-8", "surrogatepass") for part in fold_term(text).split(" ")]
        if len(parts) == 1:
            if not parts[0]:
                return np.ones(store.size, np.bool_)
            return self._rows_of(store, self.vocabulary.holding(parts[0]))
        return self._rows_of_phrase(store, parts)

    def rows_with_word(self, store: ColumnStore, word: str) -> Mask:
        """Tell which rows' keywords have a word as a whole, folded; of several words, one after the other."""
        parts = [part.encode("utf-8", "surrogatepass") for part in fold_term(word).split()]
        if not parts:
            return np.zeros(store.size, np.bool_)
        if len(parts) > 1:
            return self._rows_of_phrase(store, parts, whole=True)
        return self._rows_of(store, self.vocabulary.holding(parts[0], at_start=True, at_end=True))

    def words_of(self, store: ColumnStore, position: int) -> list[bytes]:
        """Return the folded words of one row."""
        start, count = int(store["token_start"][position]), int(store["token_count"][position])
        return [self.vocabulary.word(number) for number in self.tokens[start : start + count].tolist()]

    def _rows_of(self, store: ColumnStore, wanted: Mask) -> Mask:
        """Tell which rows have one of the wanted words."""
        rows, bounds = self.postings.rows, self.postings.bounds
        counts = np.diff(bounds)
        wanted_before = wanted[: len(counts)]
        words = np.flatnonzero(wanted_before)
        mask = np.zeros(store.size, np.bool_)
        if int(counts[words].sum()) * 3 > len(rows):
            mask[rows.compress(np.repeat(wanted_before, counts))] = True
        else:
            mask[rows[spread(bounds[words], counts[words])]] = True
        if len(self.overlay):
            owned = store["token_count"][self.overlay]
            tokens = self.tokens[spread(store["token_start"][self.overlay], owned)]
            mask[self.overlay] = False
            mask[np.repeat(self.overlay, owned)[wanted[tokens]]] = True
        return mask

    def _rows_of_phrase(self, store: ColumnStore, parts: list[bytes], *, whole: bool = False) -> Mask:
        """Tell which rows have consecutive words that end with, equal ... and begin with the parts, or (whole) equal them all."""
        last = len(parts) - 1
        wanted = [
            self.vocabulary.holding(part, at_start=whole or place > 0, at_end=whole or place < last)
            for place, part in enumerate(parts)
        ]
        counts = np.diff(self.postings.bounds)
        weights = [int(counts[words[: len(counts)]].sum()) for words in wanted]
        rarest = min(range(len(parts)), key=weights.__getitem__)
        candidates = store["token_count"] >= len(parts)
        if parts[rarest]:
            candidates &= self._rows_of(store, wanted[rarest])
        rows = np.flatnonzero(candidates)
        places = store["token_count"][rows] - last
        at = spread(store["token_start"][rows], places)
        owners = np.repeat(rows, places)
        for offset, words in enumerate(wanted):
            if parts[offset]:
                hit = words[self.tokens[at + offset]]
                at, owners = at[hit], owners[hit]
        mask = np.zeros(store.size, np.bool_)
        mask[owners] = True
        return mask
