"""Puts the rows of all files of one plan together: each keyword once, the best figures kept, everything else with its reason.

One keyword in two places: an exact volume beats a range, a range beats none; what is equally good stays as it was read first. Figures
are never added. The same keyword for two countries is two keywords.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

from planner_desktop.importing.plan import DUPLICATE, KEYWORD
from planner_desktop.importing.spool import Spool, pack
from planner_desktop.importing.trouble import UnreadableFile

MOST_ROWS = 2_000_000
"""Keywords of one import. What it remembers of each (key, line, how good its figures are) is about 200 bytes."""
REPEATS = "the same keyword as {}"
"""Where it stands is filled in when it is told: files are numbered, not named, while they are read."""
_LEFT_AT_ONCE = 4_096

LeftRow = tuple[int, str, str, str, int | None]
"""Line, disposition, reason, text, number of the row it repeats."""


@dataclass(slots=True)
class Taken:
    """The usable rows of a batch as columns, and the others with line, disposition, reason and text."""

    lines: Sequence[int]
    texts: list[str]
    keys: list[str]
    columns: dict[str, Sequence[Any]]
    left: list[tuple[int, str, str, str]]


class Gathered:
    """What has been read of all files so far."""

    def __init__(self, most_rows: int = MOST_ROWS) -> None:
        self.chunks = Spool()
        self.left = Spool()
        self.amended: dict[int, dict[str, Any]] = {}
        self._most_rows = most_rows
        self._index: dict[str, int] = {}
        self._by_country: dict[tuple[str, str], int] = {}
        self._lines = array("Q")
        self._goodness = bytearray()
        self._countries: list[str | None] = []
        self._bases: list[int] = []
        self._files: list[int] = []
        self._pending: list[LeftRow] = []

    def place(self, row: int) -> tuple[int, int]:
        """Return (file, line) of a row by its number."""
        return self._files[bisect_right(self._bases, row) - 1], self._lines[row]

    def begin(self, file: int) -> tuple[int, int, int]:
        """Say that a file begins; return what `forget` needs to take it back."""
        self._bases.append(len(self._lines))
        self._files.append(file)
        return len(self._lines), len(self.chunks), len(self.left)

    def forget(self, mark: tuple[int, int, int]) -> None:
        """Take back everything since the `begin` that returned the mark."""
        base, chunks, left = mark
        self.chunks.cut(chunks)
        self.left.cut(left)
        self._pending.clear()
        self._bases.pop()
        self._files.pop()
        del self._lines[base:], self._goodness[base:], self._countries[base:]
        self._index = {key: row for key, row in self._index.items() if row < base}
        self._by_country = {key: row for key, row in self._by_country.items() if row < base}
        self.amended = {row: value for row, value in self.amended.items() if row < base}

    def add(self, file: int, name: str, sheet: str, taken: Taken) -> Counter[str]:
        """Take the usable rows of a batch; return how many were keywords and how many repeat one.

        Raises UnreadableFile when the import becomes too large.
        """
        lines, texts, keys, columns = taken.lines, taken.texts, taken.keys, taken.columns
        base, count = len(self._lines), len(texts)
        if base + count > self._most_rows:
            raise UnreadableFile(
                "too_many_rows",
                f"{name} brings the import above {self._most_rows:,} keywords.",
                "Split the list and import it in parts.",
            )
        self._lines.extend(lines)
        self._goodness += _goodness(columns, count)
        countries: Sequence[str | None] = columns.get("country") or (None,) * count
        self._countries.extend(countries)
        mine = range(base, base + count)
        numbers: Sequence[int] = mine
        known = len(self._index)
        firsts = list(map(self._index.setdefault, keys, mine))
        is_new = len(self._index) - known == count
        repeats = [] if is_new else [at for at, first in enumerate(firsts) if first != base + at]
        kept = bytearray(b"\x01") * count
        for at in repeats:
            first = self._first(firsts[at], keys[at], countries[at], base + at)
            if first == base + at:
                continue
            kept[at] = 0
            reason = REPEATS + self._improve(first, base + at, at, columns)
            self.leave(file, lines[at], DUPLICATE, reason, texts[at], first)
        if count and 0 in kept:
            numbers = list(compress(mine, kept))
            lines, texts = list(compress(lines, kept)), list(compress(texts, kept))
            columns = {field: list(compress(values, kept)) for field, values in columns.items()}
        if numbers:
            packed = {field: pack(values) for field, values in columns.items()}
            self.chunks.put((file, sheet, numbers, lines, pack(texts), packed))
        return Counter({KEYWORD: len(numbers), DUPLICATE: count - len(numbers)})

    def leave(
        self, file: int, line: int, disposition: str, reason: str, text: str, first: int | None = None
    ) -> None:
        """Write down a row that is not imported."""
        self._pending.append((line, disposition, reason, text[:200], first))
        if len(self._pending) >= _LEFT_AT_ONCE:
            self.flush(file)

    def flush(self, file: int) -> None:
        """Put aside what was left out of a file."""
        if self._pending:
            self.left.put((file, self._pending))
            self._pending = []

    def settle(self) -> None:
        """Everything is read: what was kept to know repeated keywords by is let go of."""
        self._index, self._by_country = {}, {}
        self._countries, self._goodness = [], bytearray()

    def close(self) -> None:
        """Give back what was put aside."""
        self.chunks.close()
        self.left.close()

    def _first(self, first: int, key: str, country: str | None, row: int) -> int:
        """Return the row that this one repeats, itself if it is the first of its country."""
        other = self._countries[first]
        if country is None or other is None or other == country:
            return first
        return self._by_country.setdefault((key, country), row)

    def _improve(self, first: int, row: int, at: int, columns: Mapping[str, Sequence[Any]]) -> str:
        """Give the first row what only this one knows; return how to say so."""
        better: dict[str, Any] = {}
        old, new = self._goodness[first], self._goodness[row]
        if new & 3 > old & 3:
            better["volume"] = columns["volume"][at]
        changed = self.amended.get(first, {})
        for field, bit in (("difficulty", 4), ("intent", 8)):
            if new & bit and not old & bit:
                better[field] = columns[field][at]
        if better:
            self.amended[first] = changed | better
            self._goodness[first] = max(old & 3, new & 3) | (old | new) & 12
            return f" (its {' and '.join(better)} taken)"
        return ""


def _goodness(columns: Mapping[str, Sequence[Any]], count: int) -> bytes:
    """How much each row knows: bits 0-1 for the volume (2 exact, 1 a range), 4 for a difficulty, 8 for an intent."""
    volumes = columns.get("volume")
    total = (
        [0] * count
        if volumes is None
        else [0 if one is None else 2 if type(one) is int else 1 for one in volumes]
    )
    for field, bit in (("difficulty", 4), ("intent", 8)):
        values = columns.get(field)
        if values is not None:
            total = [known if one is None else known | bit for known, one in zip(total, values, strict=True)]
    return bytes(total)
