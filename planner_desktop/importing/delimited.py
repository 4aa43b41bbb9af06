"""Rows of a delimited text with the line each begins on, and the delimiter by which to read it.

Strict where quotes matter: a quote that is never closed costs its own line, not the rest of the file.
"""

from __future__ import annotations

import csv
import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

from planner_desktop.importing.layout import HEADING_ROWS, find_heading, heading_score
from planner_desktop.importing.table import Flat, Rows, Table, split

DELIMITERS = (",", "\t", ";", "|")
NONE = "\x1f"
"""Stands for "no delimiter": a control character that no list holds."""
LONGEST_RECORD = 100
"""Lines. A quoted cell that runs over more is an unclosed quote."""
LARGEST_CELL = 131_072
"""Characters; the csv module's own limit, which is the process's and not ours to change."""


@dataclass(frozen=True, slots=True)
class Bad:
    """A line that cannot be read."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows with the line each begins on."""

    rows: Table
    lines: Sequence[int]
    bad: Sequence[Bad] = ()


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the cells of a line are parted. `quoted` False: a quotation mark is a letter like any other."""

    delimiter: str
    quoted: bool = True
    why: str = ""

    def reader(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """Return the csv reader; `line_num` of it counts lines."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quoting=csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE,
            strict=True,
        )


def detect(lines: Sequence[str]) -> Dialect:
    """Find the delimiter that makes most headings of the heading row; without headings, the one that all lines agree on."""
    best, most = "", 0
    for delimiter in DELIMITERS:
        rows = first_rows(lines[: HEADING_ROWS * 3], Dialect(delimiter))[:HEADING_ROWS]
        place = find_heading(rows)
        score = heading_score(rows[place]) if place is not None else 0
        if place is not None and len(rows[place]) > 1 and score > most:
            best, most = delimiter, score
    if best:
        return Dialect(best, why="its heading row has it between the headings")
    bare = first_rows(lines[: HEADING_ROWS * 3], Dialect(NONE))
    place = find_heading(bare[:HEADING_ROWS])
    if place is not None:
        return Dialect(NONE, why="the heading row is one heading")
    return _agreed(lines)


def _agreed(lines: Sequence[str]) -> Dialect:
    """Without headings: the delimiter that is in every line, equally often."""
    full = [line for line in lines[:500] if line.strip()]
    for delimiter in ("\t", ";", "|", ","):
        counts = {len(row) for row in first_rows(full, Dialect(delimiter))}
        if len(counts) == 1 and max(counts) > 1:
            return Dialect(delimiter, why="every line has it equally often")
    return Dialect(NONE, why="no delimiter parts all lines alike")


def first_rows(lines: Sequence[str], dialect: Dialect) -> list[list[str]]:
    """Return the rows of the first lines; what cannot be read, the last record cut off by the sample included, is left out."""
    return [batch.rows.row(at) for batch in batches([list(lines)], dialect) for at in range(len(batch.rows))]


def batches(blocks: Iterable[list[str]], dialect: Dialect) -> Iterator[Batch]:
    """Yield the rows of the blocks, a batch for each."""
    parser = _Parser(dialect)
    for block in blocks:
        yield parser.parse(block)
    last = parser.finish()
    if len(last.rows) or last.bad:
        yield last


@dataclass(slots=True)
class _Parser:
    """Keeps the lines of a record that goes on in the next block."""

    dialect: Dialect
    next_line: int = 1
    kept: list[str] = field(default_factory=list)
    width: int = 0

    def parse(self, block: list[str]) -> Batch:
        """Read a block behind what was kept of the last."""
        lines = [*self.kept, *block] if self.kept else block
        self.kept = []
        flat = self._split(lines)
        if flat is not None:
            self.next_line += len(lines)
            return Batch(flat, range(self.next_line - len(lines), self.next_line))
        rows: list[list[str]] = []
        try:
            with _uncollected():
                rows.extend(self.dialect.reader(lines))
        except csv.Error:
            return self._carefully(lines, is_last=False)
        first = self.next_line
        self.next_line += len(lines)
        lengths = Counter(map(len, rows))
        self.width = lengths.most_common(1)[0][0] if lengths else 0
        if len(rows) == len(lines):
            return Batch(Rows(rows), range(first, self.next_line))
        return Batch(Rows(rows), _starts(rows, first))

    def _split(self, lines: list[str]) -> Flat | None:
        """Split all lines at once, as wide as those before; None where they are to be read one by one."""
        if not self.width or not lines or lines[-1][-1:] != "\n":
            return None
        quoted: dict[int, list[str]] = {}
        if self.dialect.quoted:
            places = [at for at, line in enumerate(lines) if '"' in line]
            if 3 * len(places) > len(lines):
                return None
            try:
                rows = list(self.dialect.reader([lines[at] for at in places]))
            except csv.Error:
                return None
            # A quote that runs over its line would have joined it with the next one.
            if len(rows) != len(places):
                return None
            quoted = dict(zip(places, rows, strict=True))
        return split(lines, self.dialect.delimiter, quoted, self.width)

    def finish(self) -> Batch:
        """Read what was kept: its record is never finished."""
        lines, self.kept = self.kept, []
        return self._carefully(lines, is_last=True) if lines else Batch(Rows([]), [])

    def _carefully(self, lines: list[str], *, is_last: bool) -> Batch:
        """Read lines with damage in them: each record that fails costs its first line, reading goes on behind that."""
        first = self.next_line
        done: list[list[str]] = []
        starts: list[int] = []
        bad: list[Bad] = []
        place = 0
        feed = iter(lines)
        while place < len(lines):
            rows: list[list[str]] = []
            reader = self.dialect.reader(feed)
            try:
                # What was read before an error stays in the list.
                rows.extend(reader)
            except csv.Error as error:
                spans = _starts(rows, first + place)
                starts += spans
                done.extend(rows)
                begin = place + sum(map(_span, rows))
                end = place + reader.line_num  # type: ignore[attr-defined]  # the protocol of csv readers
                if (
                    not is_last
                    and end >= len(lines)
                    and end - begin <= LONGEST_RECORD
                    and "end of data" in str(error)
                ):
                    self.kept = lines[begin:]
                    self.next_line = first + begin
                    return Batch(Rows(done), starts, bad)
                mended = self._mended(lines[begin])
                if mended is not None:
                    done.append(mended)
                    starts.append(first + begin)
                else:
                    bad.append(Bad(first + begin, _reason(str(error)), lines[begin].rstrip("\r\n")[:200]))
                place = begin + 1
                if end > place:
                    feed = islice(lines, place, None)
                continue
            starts += _starts(rows, first + place)
            done.extend(rows)
            break
        self.next_line = first + len(lines)
        return Batch(Rows(done), starts, bad)

    def _mended(self, line: str) -> list[str] | None:
        """Read a line all of whose cells are quoted, with quotes inside that nobody doubled, as Bing writes them."""
        text = line.rstrip("\r\n")
        between = f'"{self.dialect.delimiter}"'
        if len(text) < 3 or text[0] != '"' or text[-1] != '"' or between not in text:
            return None
        return [cell.replace('""', '"') for cell in text[1:-1].split(between)]


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the collector of cycles out while the csv module makes thousands of lists in one go, which hold none."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _starts(rows: Sequence[list[str]], first: int) -> list[int]:
    starts = []
    for row in rows:
        starts.append(first)
        first += _span(row)
    return starts


def _span(row: Sequence[str]) -> int:
    """Return how many lines a record takes: one, and one for each line end inside its cells."""
    ends = 0
    for cell in row:
        if "\n" in cell or "\r" in cell:
            ends += cell.count("\n") + cell.count("\r") - cell.count("\r\n")
    return ends + 1


def _reason(error: str) -> str:
    if "field larger" in error or "end of data" in error:
        return "a quotation mark opens here and is never closed"
    if "expected after" in error:
        return "a quotation mark inside a quoted cell is not doubled"
    return f"cannot be read: {error}"
