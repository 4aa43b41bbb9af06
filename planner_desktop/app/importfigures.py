"""Figures of an import as overrides, and where a keyword stands in the imports of this computer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner_core.commands import SetOverrides
from planner_desktop.app.importbook import ImportBook
from planner_desktop.app.matching import FIGURES
from sync.errors import InvalidUsage

if TYPE_CHECKING:  # the replica comes after the first paint
    from sync.replica import Reader

Row = dict[str, Any]
_PAGE = 10_000
_SAMPLE = 3


@dataclass(frozen=True, slots=True)
class ImportFigures:
    """What overriding one figure of some keywords from a column of an import comes to."""

    number: int
    field: str
    asked: int
    values: Mapping[str, int]
    """Keyword (its uid) -> value, of those that would change."""
    same: int = 0
    """How many have that value already."""
    ranges: int = 0
    """How many the import knows a range of only, which is no figure."""
    sample: tuple[tuple[str, int | None, int], ...] = ()
    """A few of them: keyword, value now, value of the import."""

    @property
    def unknown(self) -> int:
        """How many the import does not name, or knows nothing of."""
        return self.asked - len(self.values) - self.same - self.ranges

    def command(self) -> SetOverrides:
        """Return what sets them, as one command."""
        return SetOverrides(self.field, dict(self.values))

    @property
    def label(self) -> str:
        """What history calls it."""
        noun = "keyword" if len(self.values) == 1 else "keywords"
        return f"{self.field.capitalize()} of import {self.number} for {len(self.values):,} {noun}"

    def document(self) -> Row:
        """Return it as plain data."""
        return {
            "from_import": self.number,
            "field": self.field,
            "asked": self.asked,
            "would_change": len(self.values),
            "same": self.same,
            "ranges": self.ranges,
            "unknown": self.unknown,
        }


@dataclass(frozen=True, slots=True)
class Origin:
    """One row of an import that named a keyword."""

    number: int
    file: str
    line: int
    tool: str
    at: str
    """When, as text; "" where nobody wrote it down."""
    fate: str
    undone: bool
    volume: int | Sequence[int | None] | None
    """A range is a pair."""
    difficulty: int | None


def figures_of(
    book: ImportBook, reader: Reader, number: int, field: str, ids: Sequence[str] | None
) -> ImportFigures:
    """Return what a column of an import would override of keywords given by id, of all it named for None. Raises NotFound, InvalidUsage for another field."""
    if field not in FIGURES:
        raise InvalidUsage(
            "bad_field", f"{field!r} is no figure of a keyword.", f"Give {' or '.join(FIGURES)}."
        )
    book.get(number)
    if ids is None:
        ids = book.ids(number)
    told, ranges = _told(book, number, field, set(ids))
    values: dict[str, int] = {}
    sample: list[tuple[str, int | None, int]] = []
    same = 0
    wanted = [uid for uid in ids if uid in told]
    for start in range(0, len(wanted), _PAGE):
        keys = reader.keyword_keys(wanted[start : start + _PAGE])
        for row in reader.keyword_page(list(keys.values())):
            value = told[row["id"]]
            if row[field] == value:
                same += 1
                continue
            values[row["id"]] = value
            if len(sample) < _SAMPLE:
                sample.append((row["keyword"], row[field], value))
    return ImportFigures(number, field, len(ids), values, same, ranges, tuple(sample))


def _told(book: ImportBook, number: int, field: str, ids: Collection[str]) -> tuple[dict[str, int], int]:
    """Return the figures an import knows of some keywords, and of how many it knows a range only."""
    found: dict[str, int] = {}
    ranges: set[str] = set()
    for row in book.rows(number):
        uid, value = str(row.get("id") or ""), row.get(field)
        if uid not in ids or value is None or uid in found:
            continue
        if isinstance(value, int):
            found[uid] = value
        else:
            ranges.add(uid)
    return found, len(ranges - found.keys())


def origins_of(book: ImportBook, imports: Sequence[Row], uid: str) -> Iterator[Origin]:
    """Yield the rows of imports that named a keyword (its id), latest import first."""
    for one in imports:
        number = int(one["number"])
        if not one.get("files") or not book.names(number, uid):
            continue
        for row in book.rows(number, holding=uid):
            if row.get("id") == uid:
                file = one["files"][row["file"]]
                yield Origin(
                    number,
                    str(file["file"]),
                    int(row["line"]),
                    str(file["tool"]),
                    str(one.get("at") or one.get("read") or ""),
                    str(row["fate"]),
                    bool(one["undone"]),
                    row.get("volume"),
                    row.get("difficulty"),
                )
