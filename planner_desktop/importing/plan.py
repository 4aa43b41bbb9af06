"""What an import would do, made once and then both shown and carried out: files, columns, rows, and everything left out.

The rows of a plan are the ones that were read for it: a file that changes afterwards changes nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, Self

from planner_desktop.importing.layout import Column
from planner_desktop.importing.numbers import Decimal, Quantity
from planner_desktop.importing.spool import Spool, unpack
from planner_desktop.importing.trouble import UnreadableFile

KEYWORD, DUPLICATE, JUNK, UNREADABLE = "keyword", "duplicate", "junk", "unreadable"
DISPOSITIONS = (KEYWORD, DUPLICATE, JUNK, UNREADABLE)
"""What becomes of a row in the file; every row that is not blank has one."""

ROW_FIELDS = (
    *(
        "volume",
        "difficulty",
        "intent",
        "country",
        "cpc",
        "position",
        "url",
        "clicks",
        "impressions",
        "group",
        "tags",
    ),
)
"""What a row may carry beside its keyword; a column of the files is one of these, or nothing."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the editor says over what is recognised; None and empty: as recognised.

    `columns` maps a field (`headings.FIELDS`) to the heading it stands under, or to the number of its column from 0.
    `heading` is the row of the headings from 1, as a spreadsheet counts. `quoted` False reads quotation marks as letters. `left` are
    columns (from 0) that are not to be used, whatever they are recognised as.
    """

    tool: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quoted: bool = True
    sheet: str | None = None
    heading: int | None = None
    columns: Mapping[str, str | int] = field(default_factory=dict)
    left: frozenset[int] = frozenset()
    decimal: Decimal | None = None
    country: str | None = None


class PlanRow(NamedTuple):
    """One keyword to import with where it stands. None is unknown; a range of a volume stays a range."""

    file: int
    sheet: str
    line: int
    keyword: str
    volume: Quantity | None = None
    difficulty: int | None = None
    intent: str | None = None
    country: str | None = None
    cpc: float | None = None
    position: float | None = None
    url: str | None = None
    clicks: int | None = None
    impressions: int | None = None
    group: str | None = None
    tags: str | None = None


class LeftOut(NamedTuple):
    """One row that is not imported, and why. `first` is (file, line) of the row it repeats."""

    file: int
    line: int
    disposition: str
    reason: str
    text: str
    first: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Cells of a column that say nothing there: their rows are taken, the cells are unknown."""

    field: str
    count: int
    line: int
    example: str


@dataclass(frozen=True, slots=True)
class FilePlan:
    """What was recognised in one file, and what became of its rows.

    With `trouble` nothing else is meant but `columns`, where its columns are known and none of them could be taken for the keyword.
    """

    name: str
    path: Path | None
    tool: str = ""
    variant: str = ""
    why: tuple[str, ...] = ()
    kind: str = "text"
    """"text" or "workbook"."""
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    heading: int | None = None
    """Line of the headings, from 1."""
    columns: tuple[Column, ...] = ()
    decimal: str = ""
    country: str = ""
    currency: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    warnings: tuple[str, ...] = ()
    choices: Choices = field(default_factory=Choices)
    trouble: UnreadableFile | None = None

    @property
    def rows(self) -> int:
        """Return the number of data rows: everything below the headings that is not blank."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of one file as columns of equal length; `columns` has the fields the file knows (`ROW_FIELDS`, `headings.CURATED`)."""

    file: int
    sheet: str
    lines: Sequence[int]
    keywords: Sequence[str]
    columns: Mapping[str, Sequence[Any]]

    def __len__(self) -> int:
        return len(self.keywords)

    def rows(self) -> Iterator[PlanRow]:
        """Yield the rows one by one."""
        absent = (None,) * len(self)
        values = [self.columns.get(name, absent) for name in ROW_FIELDS]
        for line, keyword, *rest in zip(self.lines, self.keywords, *values, strict=True):
            yield PlanRow(self.file, self.sheet, line, keyword, *rest)


class ImportPlan:
    """The plan of one import. `close` gives its memory back; it can be used as a context."""

    def __init__(
        self,
        files: Sequence[FilePlan],
        chunks: Spool,
        left: Spool,
        amended: Mapping[int, Mapping[str, Any]],
        places: Callable[[int], tuple[int, int]],
    ) -> None:
        self.files = tuple(files)
        self._chunks = chunks
        self._left = left
        self._amended = amended
        self._amended_rows = sorted(amended)
        self._places = places
        self.counts: Mapping[str, int] = dict(sum((Counter(one.counts) for one in files), Counter()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def __len__(self) -> int:
        """Return how many keywords the plan imports."""
        return self.counts.get(KEYWORD, 0)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what the editor should know before carrying the plan out, of all files."""
        return tuple(f"{one.name}: {warning}" for one in self.files for warning in one.warnings)

    def chunks(self) -> Iterator[Chunk]:
        """Yield the keywords as columns, some thousand at once, in the order they were read."""
        for number in range(len(self._chunks)):
            yield self.chunk(number)

    def chunk(self, number: int) -> Chunk:
        """Return one of the chunks by its place among all, from 0."""
        file, sheet, numbers, lines, texts, packed = self._chunks.get(number)
        keywords, columns = unpack(texts), {field: unpack(values) for field, values in packed.items()}
        amended = self._amended_rows
        low, high = bisect_left(amended, numbers[0]), bisect_right(amended, numbers[-1])
        for row in amended[low:high]:
            at = bisect_left(numbers, row)
            for name, value in self._amended[row].items():
                columns.setdefault(name, [None] * len(keywords))[at] = value
        return Chunk(file, sheet, lines, keywords, columns)

    def rows(self) -> Iterator[PlanRow]:
        """Yield the keywords one by one."""
        for chunk in self.chunks():
            yield from chunk.rows()

    def preview(self, count: int = 100) -> list[PlanRow]:
        """Return the first rows."""
        return list(islice(self.rows(), count))

    def left_out(self) -> Iterator[LeftOut]:
        """Yield the rows that are not imported, file by file, with line and reason."""
        for number in range(len(self._left)):
            yield from self.left_piece(number)

    @property
    def left_pieces(self) -> int:
        """How many pieces `left_piece` has."""
        return len(self._left)

    def left_piece(self, number: int) -> list[LeftOut]:
        """Return some thousand of the rows that are not imported, by the place of the piece among all, from 0."""
        file, rows = self._left.get(number)
        found = []
        for line, disposition, reason, text, first in rows:
            place = None if first is None else self._places(first)
            found.append(
                LeftOut(file, line, disposition, _said(reason, file, place, self.files), text, place)
            )
        return found

    def close(self) -> None:
        """Give memory and temporary files back; the rows are gone then."""
        self._chunks.close()
        self._left.close()


def _said(reason: str, file: int, place: tuple[int, int] | None, files: Sequence[FilePlan]) -> str:
    if place is None:
        return reason
    where = f"line {place[1]}" if place[0] == file else f"{files[place[0]].name}, line {place[1]}"
    return reason.format(where)
