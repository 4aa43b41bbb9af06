"""Many short texts inside a long one, compared and hashed eight bytes at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner_desktop.columns.gather import Bytes, Ints

Mask = NDArray[np.bool_]

_FIRST, MIXER = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_KEPT = np.array([2 ** (8 * count) - 1 for count in range(9)], np.uint64)


class Runs:
    """Runs `text[starts[n] : starts[n] + lengths[n]]`, with their first eight bytes at hand."""

    __slots__ = ("eight", "lengths", "starts", "text")

    def __init__(self, text: Bytes, starts: Ints, lengths: Ints, eight: Ints | None = None) -> None:
        self.text = text
        self.starts = starts
        self.lengths = lengths
        self.eight = _eight(text, starts, lengths) if eight is None else eight

    def __getitem__(self, rows: Ints) -> Runs:
        return Runs(self.text, self.starts[rows], self.lengths[rows], self.eight[rows])

    def equal(self, other: Runs, rows: Ints) -> Mask:
        """Compare each run with the one of `other` in the same place of `rows`, byte by byte."""
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
        """Return a 64-bit hash of each run, eight bytes a step."""
        values = self.eight * _FIRST
        values ^= values >> np.uint64(29)
        values += self.lengths.astype(np.uint64)
        values *= MIXER
        rest, at = np.flatnonzero(self.lengths > 8), 8
        while len(rest):
            lengths = self.lengths[rest] - at
            mixed = (values[rest] ^ _eight(self.text, self.starts[rest] + at, lengths)) * _FIRST
            values[rest] = mixed ^ (mixed >> np.uint64(31))
            rest = rest[lengths > 8]
            at += 8
        return values


def _eight(text: Bytes, starts: Ints, lengths: Ints) -> NDArray[np.uint64]:
    """Return the first eight bytes from each start as a number, those past the length as zeros."""
    last = len(text) - 8
    if last < 0:
        text, last = np.concatenate((text, np.zeros(8, np.uint8))), len(text)
    windows = np.ndarray((last + 1,), "<u8", text.data, strides=(1,))
    if int(starts.max(initial=0)) <= last:
        return windows[starts] & _KEPT[np.minimum(lengths, 8)]
    # Runs near the end: the last window there is, moved on by what lies before the run.
    inside = np.minimum(starts, last)
    moved = ((starts - inside) * 8).astype(np.uint64)
    return (windows[inside] >> moved) & _KEPT[np.minimum(lengths, 8)]
