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


def fold_term(text: str) -> str:
    """Fold a searched text. Unlike a name it keeps one space at an end that has white space: `"desk "` is a word's end."""
    inner = fold(text)
    if not inner:
        return " " if text else ""
    return f"{' ' if text[0].isspace() else ''}{inner}{' ' if text[-1].isspace() else ''}"


_SPACE = np.array([ord(" ")], np.uint8)
_STEP = 1 << 18
"""Bytes cut at once: what is looked at several times should stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Words:
    """The folded words of some rows: word n is `text[starts[n] : starts[n] + lengths[n]]`, in UTF-8.

    Row r has the words `row_starts[r] .. row_starts[r] + row_counts[r]`.
    """

    text: Bytes
    starts: Ints
    lengths: Ints
    row_starts: Ints
    row_counts: Ints


def split_words(text: Bytes, starts: Ints, lengths: Ints) -> Words:
    """Fold texts and cut them into words, as `fold(text).split()` does for one.

    The texts must stand in `text` in their order, with nothing but white space between them.
    """
    lower = np.frombuffer(text.tobytes().translate(_LOWER), np.uint8)
    wide = np.flatnonzero(_has_wide(text, starts))
    if not len(wide):
        return _cut(lower, starts)
    plain = lower.copy()
    for part in blocks(len(wide)):
        rows = wide[part]
        plain[spread(starts[rows], lengths[rows])] = ord(" ")
    ascii_words = _cut(plain, starts)
    wide_words = _cut(*_fold_wide(text, starts[wide], lengths[wide]))
    row_starts, row_counts = ascii_words.row_starts, ascii_words.row_counts
    row_starts[wide] = wide_words.row_starts + len(ascii_words.starts)
    row_counts[wide] = wide_words.row_counts
    return Words(
        np.concatenate((ascii_words.text, wide_words.text)),
        np.concatenate((ascii_words.starts, wide_words.starts + len(ascii_words.text))),
        np.concatenate((ascii_words.lengths, wide_words.lengths)),
        row_starts,
        row_counts,
    )


def _has_wide(text: Bytes, starts: Ints) -> Ints:
    """Tell which texts have characters beyond ASCII, which need the full folding. An empty text may be told so for its neighbour."""
    has = np.zeros(len(starts), np.bool_)
    inside = int(np.searchsorted(starts, len(text)))
    if inside:
        has[:inside] = np.bitwise_or.reduceat(text, starts[:inside]) >= 128
    return has


def _fold_wide(text: Bytes, starts: Ints, lengths: Ints) -> tuple[Bytes, Ints]:
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
    return spaced, firsts


def _cut(text: Bytes, starts: Ints) -> Words:
    """Cut folded texts, each reaching to the next one, into words at spaces and at the texts' ends."""
    framed = np.concatenate((_SPACE, text, _SPACE))
    starts = starts + 1
    begins = np.zeros(len(text) + 2, np.bool_)
    begins[starts] = True
    firsts, lasts = [], []
    for at in range(1, len(text) + 1, _STEP):
        end = min(at + _STEP, len(text) + 1)
        inner = framed[at - 1 : end + 1] != ord(" ")
        firsts.append(np.flatnonzero(inner[1:-1] & (begins[at:end] | ~inner[:-2])) + at)
        lasts.append(np.flatnonzero(inner[1:-1] & (begins[at + 1 : end + 1] | ~inner[2:])) + at)
    word_starts = np.concatenate(firsts) if firsts else np.empty(0, np.int64)
    word_ends = np.concatenate(lasts) + 1 if lasts else word_starts
    row_starts = np.searchsorted(word_starts, starts)
    row_counts = np.diff(np.append(row_starts, len(word_starts)))
    return Words(framed, word_starts, word_ends - word_starts, row_starts, row_counts)
