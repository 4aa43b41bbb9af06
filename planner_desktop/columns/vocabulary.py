"""The distinct words of all keywords, as one text that is scanned, and which word is which without a Python object each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner_desktop.columns.gather import Bytes, Ints, gather_lines
from planner_desktop.columns.runs import MIXER, Runs

Mask = NDArray[np.bool_]

_FEED = ord("\n")
_SLOT_BITS = 17


class Vocabulary:
    """Words by id, in UTF-8. Ids are dense and never change; words are never taken out. A word may have two ids (see `find`)."""

    def __init__(self, blob: Bytes) -> None:
        """Take a blob of words, each between line feeds: LF word LF word LF."""
        self.blob = blob
        self._ends = np.flatnonzero(blob == _FEED)[1:]
        self._sorted: tuple[Ints, Ints] | None = None

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
        self._sorted = None

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
        words = Runs(text, starts, lengths)
        wanted = words.hashes()
        at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        ids: Ints = order[at]
        firsts, sizes = self._bounds()
        same = known[at] == wanted
        same &= words.equal(Runs(self.blob, firsts, sizes), ids)
        return np.where(same, ids, -1).astype(np.int32)

    def _bounds(self) -> tuple[Ints, Ints]:
        firsts = np.concatenate(([1], self._ends[:-1] + 1))
        return firsts, self._ends - firsts

    def _by_hash(self) -> tuple[Ints, Ints]:
        if self._sorted is None:
            firsts, sizes = self._bounds()
            values = Runs(self.blob, firsts, sizes).hashes()
            order = np.argsort(values).astype(np.int32)
            self._sorted = values[order], order
        return self._sorted


def ranks_of(blob: Bytes) -> Ints:
    """Return for each word of a vocabulary its place in the order of code points, equal words having equal places."""
    words = blob.tobytes().split(b"\n")[1:-1]
    order = sorted(range(len(words)), key=words.__getitem__)
    place = np.zeros(len(words), np.int32)
    steps = [words[one] != words[other] for one, other in zip(order[1:], order, strict=False)]
    place[order] = np.concatenate(([0], np.cumsum(steps))) if order else []
    return place


def distinct(text: Bytes, starts: Ints, lengths: Ints) -> tuple[Ints, Ints]:
    """Number the distinct words of a text.

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
        todo, words, values = todo[left], words[left], values[left] * MIXER
    return numbers, np.concatenate(firsts) if firsts else np.empty(0, np.int32)


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
