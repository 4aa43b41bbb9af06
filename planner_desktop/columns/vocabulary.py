"""The distinct words of all keywords, as one text that is scanned, and how words are told apart without a Python object each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner_desktop.columns.gather import Bytes, Ints, gather_lines
from planner_desktop.columns.text import PADDING

Mask = NDArray[np.bool_]

_FEED = ord("\n")
_FIRST, _NEXT = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_SLOT_BITS = 17
_KEPT = np.array([2 ** (8 * count) - 1 for count in range(9)], np.uint64)


class Vocabulary:
    """Words by id, in UTF-8. Ids are dense and never change; words are never taken out. A word may have two ids (see `find`)."""

    def __init__(self, blob: Bytes) -> None:
        """Take a blob of words, each between line feeds: LF word LF word LF."""
        self.blob = blob
        self._ends = np.flatnonzero(blob == _FEED)[1:]
        self._sorted: tuple[Ints, Ints] | None = None
        self._ranks: Ints | None = None

    @classmethod
    def of(cls, text: Bytes, starts: Ints, lengths: Ints) -> Vocabulary:
        """Return the vocabulary of some words of a text."""
        return cls(np.concatenate((np.array([_FEED], np.uint8), gather_lines(text, starts, lengths))))

    def __len__(self) -> int:
        return len(self._ends)

    def word(self, number: int) -> bytes:
        """Return a word by its id."""
        end = int(self._ends[number])
        start = int(self._ends[number - 1]) + 1 if number else 1
        return self.blob[start:end].tobytes()

    def add(self, text: Bytes, starts: Ints, lengths: Ints) -> None:
        """Append words; the first of them gets the id `len(self)`."""
        self.blob = np.concatenate((self.blob, gather_lines(text, starts, lengths)))
        self._ends = np.flatnonzero(self.blob == _FEED)[1:]
        self._sorted = self._ranks = None

    def holding(self, part: bytes, *, at_start: bool = False, at_end: bool = False) -> Mask:
        """Tell which words hold a part: anywhere, at their start, at their end, or (both) as the whole word."""
        pattern = (b"\n" if at_start else b"") + part + (b"\n" if at_end else b"")
        found = np.zeros(len(self), np.bool_)
        if not part:
            found[:] = True
            return found
        places = _places(self.blob, pattern)
        found[np.searchsorted(self._ends, places + at_start)] = True
        return found

    def find(self, text: Bytes, starts: Ints, lengths: Ints) -> Ints:
        """Return the ids of some words, -1 for those that are not there.

        Two words with the same 64-bit hash hide each other: a hidden one is reported as absent, gets a second id and is found all the
        same, because searching reads the words themselves.
        """
        if not len(self) or not len(starts):
            return np.full(len(starts), -1, np.int32)
        known, order = self._by_hash()
        wanted = hashes(text, starts, lengths)
        at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        ids: Ints = order[at]
        firsts, sizes = self._bounds()
        same = known[at] == wanted
        same &= Runs(text, starts, lengths).equal(Runs(self._padded(), firsts, sizes), ids)
        return np.where(same, ids, -1).astype(np.int32)

    def ranks(self) -> Ints:
        """Return for each id the place of its word in the order of code points, equal words having equal places."""
        if self._ranks is None:
            words = self.blob.tobytes().split(b"\n")[1:-1]
            order = sorted(range(len(words)), key=words.__getitem__)
            place = np.zeros(len(words), np.int32)
            steps = [words[one] != words[other] for one, other in zip(order[1:], order, strict=False)]
            place[order] = np.concatenate(([0], np.cumsum(steps))) if order else []
            self._ranks = place
        return self._ranks

    def _bounds(self) -> tuple[Ints, Ints]:
        firsts = np.concatenate(([1], self._ends[:-1] + 1))
        return firsts, self._ends - firsts

    def _padded(self) -> Bytes:
        return np.concatenate((self.blob, np.zeros(PADDING, np.uint8)))

    def _by_hash(self) -> tuple[Ints, Ints]:
        if self._sorted is None:
            firsts, sizes = self._bounds()
            values = hashes(self._padded(), firsts, sizes)
            order = np.argsort(values).astype(np.int32)
            self._sorted = values[order], order
        return self._sorted


class Runs:
    """Words as runs of a text that ends in PADDING bytes, with their first eight bytes at hand."""

    __slots__ = ("eight", "lengths", "starts", "text")

    def __init__(self, text: Bytes, starts: Ints, lengths: Ints, eight: Ints | None = None) -> None:
        self.text = text
        self.starts = starts
        self.lengths = lengths
        self.eight = _eight(text, starts, lengths) if eight is None else eight

    def __getitem__(self, rows: Ints) -> Runs:
        return Runs(self.text, self.starts[rows], self.lengths[rows], self.eight[rows])

    def equal(self, other: Runs, rows: Ints) -> Mask:
        """Compare each word with the one of `other` in the same place of `rows`, byte by byte."""
        same: Mask = (self.eight == other.eight[rows]) & (self.lengths == other.lengths[rows])
        rest, at = np.flatnonzero(same & (self.lengths > 8)), 8
        while len(rest):
            lengths = self.lengths[rest] - at
            left = _eight(self.text, self.starts[rest] + at, lengths)
            agree = left == _eight(other.text, other.starts[rows[rest]] + at, lengths)
            same[rest] = agree
            rest = rest[agree & (lengths > 8)]
            at += 8
        return same

    def hashes(self) -> NDArray[np.uint64]:
        """Return a 64-bit hash of each word, eight bytes a step."""
        values = self.eight * _FIRST
        values ^= values >> np.uint64(29)
        values += self.lengths.astype(np.uint64)
        values *= _NEXT
        rest, at = np.flatnonzero(self.lengths > 8), 8
        while len(rest):
            lengths = self.lengths[rest] - at
            mixed = (values[rest] ^ _eight(self.text, self.starts[rest] + at, lengths)) * _FIRST
            values[rest] = mixed ^ (mixed >> np.uint64(31))
            rest = rest[lengths > 8]
            at += 8
        return values


def distinct(text: Bytes, starts: Ints, lengths: Ints) -> tuple[Ints, Ints]:
    """Number the distinct words of a text, which ends in PADDING bytes.

    Returns the number of each word, and for each number one word that has it. A hash table in rounds: every word claims a slot, the
    words equal to the one that got it are done, the others try the next round.
    """
    words = Runs(text, starts, lengths)
    values = words.hashes()
    numbers = np.empty(len(starts), np.int32)
    todo = np.arange(len(starts), dtype=np.int32)
    firsts: list[Ints] = []
    count = 0
    while len(todo):
        slots = (values >> np.uint64(64 - _SLOT_BITS)).astype(np.int32)
        claimed = np.full(1 << _SLOT_BITS, -1, np.int32)
        claimed[slots[::-1]] = np.arange(len(todo) - 1, -1, -1, dtype=np.int32)
        owners = claimed[slots]
        done = words.equal(words, owners)
        winners = claimed[claimed >= 0]
        slot_numbers = np.empty(len(todo), np.int32)
        slot_numbers[winners] = np.arange(count, count + len(winners), dtype=np.int32)
        numbers[todo[done]] = slot_numbers[owners[done]]
        firsts.append(todo[winners])
        count += len(winners)
        left = np.flatnonzero(~done)
        todo, words, values = todo[left], words[left], values[left] * _NEXT
    return numbers, np.concatenate(firsts) if firsts else np.empty(0, np.int32)


def hashes(text: Bytes, starts: Ints, lengths: Ints) -> NDArray[np.uint64]:
    """Return a 64-bit hash of each word of a text that ends in PADDING bytes."""
    return Runs(text, starts, lengths).hashes()


def _eight(text: Bytes, starts: Ints, lengths: Ints) -> NDArray[np.uint64]:
    """Return the first eight bytes from each start as a number, those past the length as zeros."""
    windows = np.ndarray((len(text) - 7,), "<u8", text.data, strides=(1,))
    return windows[starts] & _KEPT[np.minimum(lengths, 8)]


def _places(text: Bytes, pattern: bytes) -> Ints:
    """Return where a pattern begins in a text, overlapping ones included."""
    last = len(text) - len(pattern) + 1
    if last <= 0:
        return np.empty(0, np.int64)
    match = text[:last] == pattern[0]
    if len(pattern) > 1:
        match &= text[1 : last + 1] == pattern[1]
    places = np.flatnonzero(match)
    for at in range(2, len(pattern)):
        places = places[text[places + at] == pattern[at]]
    return places
