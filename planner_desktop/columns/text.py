"""Folding of keywords for search and order, one at a time and a million at once, always as planner_core.text.fold does it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np

from planner_core.text import fold
from planner_desktop.columns.gather import Bytes, Ints, blocks, gather, gather_lines, spread

_ASCII_SPACES = b"\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f"
OTHER_SPACES = "\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
"""White space beyond ASCII, as str.split understands it."""

_LOWER = bytes(
    ord(" ") if byte in _ASCII_SPACES else byte + 32 if ord("A") <= byte <= ord("Z") else byte
    for byte in range(256)
)
PADDING = 8
"""Bytes after the last text, so that eight bytes may be read at once from anywhere."""


def fold_term(text: str) -> str:
    """Fold a searched text. Unlike a name it keeps one space at an end that has white space: `"desk "` is a word's end."""
    inner = fold(text)
    if not inner:
        return " " if text else ""
    return f"{' ' if text[0].isspace() else ''}{inner}{' ' if text[-1].isspace() else ''}"


@dataclass(frozen=True, slots=True)
class Words:
    """The folded words of some rows: word n is `text[starts[n] : starts[n] + lengths[n]]`, in UTF-8.

    Row r has the words `row_starts[r] .. row_starts[r] + row_counts[r]`. PADDING bytes follow the last text.
    """

    text: Bytes
    starts: Ints
    lengths: Ints
    row_starts: Ints
    row_counts: Ints


def split_words(text: Bytes, starts: Ints, lengths: Ints) -> Words:
    """Fold texts and cut them into words, as `fold(text).split()` does for one.

    `text` may hold nothing beside the texts but white space between them.
    """
    lower = np.frombuffer(text.tobytes().translate(_LOWER), np.uint8)
    wide = np.flatnonzero(_has_wide(text, starts, lengths))
    if not len(wide):
        return _cut(lower, starts, lengths)
    plain = lower.copy()
    folded, folded_starts, folded_lengths = _fold_wide(text, starts[wide], lengths[wide])
    for part in blocks(len(wide)):
        rows = wide[part]
        plain[spread(starts[rows], lengths[rows])] = ord(" ")
    starts, lengths = starts.astype(np.int64), lengths.astype(np.int64)
    starts[wide] = folded_starts + len(plain)
    lengths[wide] = folded_lengths
    return _cut(np.concatenate((plain, folded)), starts, lengths)


def _has_wide(text: Bytes, starts: Ints, lengths: Ints) -> Ints:
    """Tell which texts have characters beyond ASCII, which need the full folding."""
    places = np.flatnonzero(text >= 128)
    if not len(places):
        return np.zeros(len(starts), np.bool_)
    return np.searchsorted(places, starts + lengths) > np.searchsorted(places, starts)


def _fold_wide(text: Bytes, starts: Ints, lengths: Ints) -> tuple[Bytes, Ints, Ints]:
    """Fold texts in blocks: normalisation and case folding work character by character, so line feeds keep texts apart."""
    parts = []
    for part in blocks(len(starts)):
        raw = gather(text, starts[part], lengths[part]).tobytes().translate(_LOWER)
        ends = np.cumsum(lengths[part])
        lines = gather_lines(np.frombuffer(raw, np.uint8), ends - lengths[part], lengths[part])
        folded = unicodedata.normalize("NFC", lines.tobytes().decode("utf-8", "replace")).casefold()
        for space in OTHER_SPACES:
            folded = folded.replace(space, " ")
        parts.append(unicodedata.normalize("NFC", folded).encode())
    joined = np.frombuffer(b"".join(parts), np.uint8)
    ends = np.flatnonzero(joined == ord("\n"))
    firsts = np.concatenate(([0], ends[:-1] + 1))
    spaced = joined.copy()
    spaced[ends] = ord(" ")
    return spaced, firsts, ends - firsts


def _cut(text: Bytes, starts: Ints, lengths: Ints) -> Words:
    """Cut folded texts into words at spaces and at the texts' ends."""
    inner = text != ord(" ")
    begins = np.zeros(len(text) + 1, np.bool_)
    begins[starts] = True
    first = begins[:-1] & inner
    first[1:] |= inner[1:] & ~inner[:-1]
    last = begins[1:] & inner
    last[:-1] |= inner[:-1] & ~inner[1:]
    last[-1:] |= inner[-1:]
    word_starts = np.flatnonzero(first)
    word_ends = np.flatnonzero(last) + 1
    row_starts = np.searchsorted(word_starts, starts)
    row_counts = np.searchsorted(word_starts, starts + lengths) - row_starts
    padded = np.concatenate((text, np.zeros(PADDING, np.uint8)))
    return Words(padded, word_starts, word_ends - word_starts, row_starts, row_counts)
