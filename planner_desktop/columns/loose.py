"""Texts that are no rows of a store: searched by pattern and grouped as near-duplicates exactly as rows are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import re2  # type: ignore[import-untyped]  # it comes without types

from planner_core.text import fold
from planner_desktop.columns.duplicates import Snapshot, WordHashes
from planner_desktop.columns.patterns import Lines

_MOST_MEMORY = 256 << 20
"""Bytes a pattern of many entries may take: without room for its states RE2 is a hundred times slower."""


def pattern_trouble(source: str) -> str:
    """Return why RE2 does not take a pattern, "" if it does."""
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(source.encode(), options)
    except re2.error as error:
        return str(error.args[0].decode() if isinstance(error.args[0], bytes) else error)
    return ""


def found_in(source: str, texts: Sequence[str]) -> list[bool]:
    """Return for each text (of one line) whether the pattern is found in it, as the query line's `/pattern/` does."""
    raw = [text.encode() for text in texts]
    lengths = np.fromiter(map(len, raw), np.int64, len(raw))
    starts = np.cumsum(lengths) - lengths
    found: list[bool] = Lines(np.frombuffer(b"".join(raw), np.uint8), starts, lengths).search(source).tolist()
    return found


def first_entries(entries: Sequence[str], texts: Sequence[str]) -> list[str]:
    """Return for each text the entry that occurs in it first, "" where none does."""
    options = re2.Options()
    options.log_errors = False
    options.never_nl = True
    options.max_mem = _MOST_MEMORY
    literals = b"|".join(re2.escape(entry.encode()) for entry in entries)
    pattern = re2.compile(literals, options)
    found = []
    for text in texts:
        match = pattern.search(text.encode()) if entries else None
        found.append("" if match is None else match.group(0).decode())
    return found


def alike(texts: Sequence[str], places: Sequence[int]) -> list[int]:
    """Return for each text the number of its group of near-duplicates, which is the index of one of them.

    Texts with different `places` (from 0) are never duplicates of each other.
    """
    numbers: dict[str, int] = {}
    tokens: list[int] = []
    counts: list[int] = []
    for text in texts:
        words = fold(text).split()
        tokens += [numbers.setdefault(word, len(numbers)) for word in words]
        counts.append(len(words))
    lengths = np.array(counts, np.int64)
    snapshot = Snapshot(
        [word.encode("utf-8", "replace") for word in numbers],
        WordHashes(),
        np.array(tokens, np.int64),
        np.cumsum(lengths) - lengths,
        lengths,
        np.array(places, np.int64),
    )
    groups: list[int] = snapshot.grouped().tolist()
    return groups
