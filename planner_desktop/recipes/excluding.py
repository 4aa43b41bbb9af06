"""Which keywords an exclude list names: as whole words, as the whole keyword, or anywhere in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from planner_desktop.columns.loose import first_entries
from planner_desktop.importing.keywords import key_of
from sync.errors import InvalidUsage

Match = Literal["word", "whole", "text"]
MOST_TEXTS = 5_000
"""Entries that may be looked for anywhere in a keyword: each of them is one search through all rows."""


def entries_of(text: str) -> list[str]:
    """Return the entries of a list: one a line; what begins with # is a remark, blank lines are none."""
    lines = (line.strip() for line in text.splitlines())
    return list(dict.fromkeys(line for line in lines if line and not line.startswith("#")))


class Excluder:
    """Finds what a list names. Case, quotation marks and white space do not count."""

    def __init__(self, entries: Iterable[str], match: Match, name: str = "") -> None:
        """Raise InvalidUsage for a list that is too long to be looked for anywhere; `name` says which it is."""
        self._keys = {key for key in map(key_of, entries) if key}
        self._match = match
        if match == "text" and len(self._keys) > MOST_TEXTS:
            raise InvalidUsage(
                "list_too_long",
                f"{name or 'The list'} has {len(self._keys):,} entries; {MOST_TEXTS:,} can be looked for anywhere in a keyword.",
                'Look for whole words: match = "word"',
            )
        self._entries = sorted(self._keys)
        self._lengths = sorted({len(key.split()) for key in self._keys})

    def named_in(self, texts: Sequence[str]) -> list[str]:
        """Return for each text the entry that names it, "" where none does."""
        keys = [key_of(text) for text in texts]
        if self._match == "whole":
            return [key if key in self._keys else "" for key in keys]
        if self._match == "word":
            return [self._words_of(key) for key in keys]
        return first_entries(self._entries, keys)

    def _words_of(self, key: str) -> str:
        words = key.split()
        for length in self._lengths:
            for at in range(len(words) - length + 1):
                part = " ".join(words[at : at + length])
                if part in self._keys:
                    return part
        return ""
