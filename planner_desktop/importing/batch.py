"""One batch of rows on its way: what is junk, what cannot be read, and the values of the others by column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

from planner_core.figures import INTENTS, intent_mask, intent_text
from planner_desktop.importing import headings, keywords
from planner_desktop.importing.cells import BUCKETS, Reader, reader_for, text_of
from planner_desktop.importing.gather import Taken
from planner_desktop.importing.layout import Column, Layout
from planner_desktop.importing.numbers import Range
from planner_desktop.importing.plan import JUNK, UNREADABLE, Choices, Note
from planner_desktop.importing.table import Rows, Table
from planner_desktop.importing.tools import PLANNER
from planner_desktop.importing.trouble import ReadAgain

Cells = list[Any]
_PAIRED = ("volume_low", "volume_high")
_COUNTED = ("clicks", "impressions")
_TEXTS = frozenset({"group", "tags", "url"})


@dataclass(slots=True)
class _Noted:
    count: int
    line: int
    example: str


@dataclass(slots=True)
class Sorter:
    """Sorts the rows of one file. `width` is the number of its headings; `buckets`: round volumes stand for ranges."""

    layout: Layout
    heading: Sequence[Any]
    country: str | None
    is_typed: bool
    buckets: bool
    readers: dict[str, Reader]
    totals: bool
    noted: dict[str, _Noted] = field(default_factory=dict)
    skipped: str = ""
    """Why no row of the file is a keyword, "" where they may be."""

    @property
    def width(self) -> int:
        """Return how many cells a row has."""
        return len(self.layout.columns)

    def take(self, table: Table, lines: Sequence[int]) -> Taken:
        """Sort a batch. Raises ReadAgain when a volume shows that round figures are no ranges after all."""
        dropped: dict[int, tuple[str, str]] = {}
        if table.width != self.width:
            table, dropped = self._shaped(table)
        place = self.layout.number_of("keyword")
        assert place is not None
        cells = table.column(place)
        cells = [text_of(cell) for cell in cells] if self.is_typed else keywords.unguarded_cells(cells)
        found = keywords.clean(cells)
        for index in found.bad:
            dropped.setdefault(index, (UNREADABLE, found.bad[index]))
        for index in found.blank:
            dropped.setdefault(index, self._blank(table.row(index)))
        for index in found.addresses:
            dropped.setdefault(index, (JUNK, keywords.ADDRESS))
        for index in found.adverts:
            if self._alone(table.row(index), place):
                dropped.setdefault(index, (JUNK, keywords.ADVERT))
        if self.layout.tool != PLANNER:
            for index in keywords.marks_only(cells):
                dropped.setdefault(index, (JUNK, keywords.MARKS_ONLY))
        self._repeated_headings(table, found.keys, dropped)
        left = [
            (lines[index], disposition, reason, cells[index] or _shown(table.row(index)))
            for index, (disposition, reason) in sorted(dropped.items())
            if disposition
        ]
        texts, keys = found.texts, found.keys
        kept: bytearray | None = None
        if dropped:
            kept = bytearray(b"\x01") * len(table)
            for index in dropped:
                kept[index] = 0
            lines = list(compress(lines, kept))
            texts, keys = list(compress(texts, kept)), list(compress(keys, kept))
        return Taken(lines, texts, keys, self._columns(table, kept, lines), left)

    def take_total(self, taken: Taken) -> None:
        """Leave a line of totals out, where it is the last of the file."""
        if self.totals and taken.keys and taken.keys[-1] in keywords.TOTALS:
            line, text = taken.lines[-1], taken.texts.pop()
            taken.keys.pop()
            taken.lines = taken.lines[:-1]
            taken.columns = {name: values[:-1] for name, values in taken.columns.items()}
            taken.left.append((line, JUNK, "the line of totals", text))

    def notes(self) -> tuple[Note, ...]:
        """Return which cells said nothing."""
        return tuple(Note(name, one.count, one.line, one.example) for name, one in self.noted.items())

    def _shaped(self, table: Table) -> tuple[Table, dict[int, tuple[str, str]]]:
        """Make all rows as wide as the headings; return what cannot be by index. An empty disposition: a blank row."""
        width = self.width
        rows: list[Cells] = []
        dropped: dict[int, tuple[str, str]] = {}
        for index in range(len(table)):
            row = table.row(index)
            count = len(row)
            if count > width:
                if any(text_of(cell).strip() for cell in row[width:]):
                    dropped[index] = (UNREADABLE, f"has {count} columns where the headings are {width}")
                row = row[:width]
            elif count < width:
                if not any(text_of(cell).strip() for cell in row):
                    dropped[index] = ("", "")
                elif count == 1 and (reason := keywords.lonely(text_of(row[0]))):
                    dropped[index] = (JUNK, reason)
                row = [*row, *[""] * (width - count)]
            rows.append(row)
        return Rows(rows), dropped

    def _blank(self, row: Cells) -> tuple[str, str]:
        is_blank = not any(text_of(cell).strip() for cell in row)
        return ("", "") if is_blank else (UNREADABLE, "the keyword is empty")

    def _alone(self, row: Cells, place: int) -> bool:
        return not any(text_of(cell).strip() for number, cell in enumerate(row) if number != place)

    def _repeated_headings(
        self, table: Table, keys: Sequence[str], dropped: dict[int, tuple[str, str]]
    ) -> None:
        """Files put one behind the other bring their headings along."""
        place = self.layout.number_of("keyword")
        if self.layout.heading is None or place is None:
            return
        key = keywords.key_of(text_of(self.heading[place]))
        if key not in keys:
            return
        names = [headings.plain(text_of(cell)) for cell in self.heading]
        for index, one in enumerate(keys):
            if one == key and [headings.plain(text_of(cell)) for cell in table.row(index)] == names:
                # A list of one column may hold its own heading as a keyword.
                dropped.setdefault(index, (JUNK, "the headings once more"))

    def _columns(
        self, table: Table, kept: bytearray | None, lines: Sequence[int]
    ) -> dict[str, Sequence[Any]]:
        columns: dict[str, Sequence[Any]] = {}
        for column in self.layout.columns:
            if column.field is None or column.field == "keyword":
                continue
            cells = table.column(column.number)
            if kept is not None:
                cells = list(compress(cells, kept))
            if column.field in _TEXTS and not self.is_typed:
                cells = keywords.unguarded_cells(cells)
            reader = self.readers[column.field]
            columns[column.field] = reader.column(cells)
            if reader.strange:
                self._note(column, reader, cells, lines)
        self._join_volumes(columns)
        flags = [name for name in columns if name.startswith("is_")]
        if flags:
            told = list(zip(*(columns.pop(name) for name in flags), strict=True))
            known = {one: _intents(flags, one) for one in set(told)}
            columns["intent"] = [known[one] for one in told]
        for name in _COUNTED:
            if name in columns:
                columns[name] = [one.low if isinstance(one, Range) else one for one in columns[name]]
        if self.country is not None:
            here = columns.get("country") or [None] * len(lines)
            columns["country"] = [one or self.country for one in here]
        return columns

    def _join_volumes(self, columns: dict[str, Sequence[Any]]) -> None:
        if "volume_low" in columns or "volume_high" in columns:
            absent = columns.get("volume") or columns.get("volume_low") or columns["volume_high"]
            low, high = (columns.pop(name, absent) for name in _PAIRED)
            columns["volume"] = [_between(*pair) for pair in zip(low, high, strict=True)]
        if self.buckets and "volume" in columns:
            try:
                columns["volume"] = [None if one is None else BUCKETS[one] for one in columns["volume"]]
            except KeyError:
                raise ReadAgain(is_exact=True) from None

    def _note(self, column: Column, reader: Reader, cells: Sequence[Any], lines: Sequence[int]) -> None:
        strange = reader.strange
        places = [at for at, cell in enumerate(cells) if cell in strange]
        if places:
            first = places[0]
            noted = self.noted.setdefault(
                column.heading or str(column.field), _Noted(0, lines[first], text_of(cells[first])[:80])
            )
            noted.count += len(places)


def sorter_for(
    layout: Layout,
    sample: Sequence[Cells],
    choices: Choices,
    *,
    country: str | None,
    is_typed: bool,
    is_exact: bool,
) -> Sorter:
    """Return the sorter of a file whose first rows are `sample`, the headings' row among them."""
    start = 0 if layout.heading is None else layout.heading + 1
    below = sample[start:]
    readers = {
        column.field: reader_for(
            column.field,
            [row[column.number] for row in below if len(row) > column.number],
            decimal=choices.decimal,
            codes=layout.codes,
            ours=layout.tool == PLANNER,
        )
        for column in layout.columns
        if column.field is not None and column.field != "keyword"
    }
    return Sorter(
        layout,
        sample[layout.heading] if layout.heading is not None else (),
        country,
        is_typed,
        not is_exact and layout.tool == "google-keyword-planner" and _is_bucketed(layout, below, readers),
        readers,
        layout.tool == "generic",
    )


def _is_bucketed(layout: Layout, below: Sequence[Cells], readers: Mapping[str, Reader]) -> bool:
    """Keyword Planner shows ranges as one round figure, and then no single month."""
    place = layout.number_of("volume")
    if place is None:
        return False
    months = [one.number for one in layout.columns if headings.plain(one.heading).startswith("searches: ")]
    volumes = [readers["volume"][row[place]] for row in below if len(row) > place]
    known = [one for one in volumes if one is not None]
    has_months = any(text_of(row[month]).strip() for row in below for month in months if len(row) > month)
    return bool(known) and not has_months and all(one in BUCKETS for one in known)


def _intents(flags: Sequence[str], told: Sequence[bool | None]) -> str | None:
    names = {name.removeprefix("is_") for name, is_so in zip(flags, told, strict=True) if is_so}
    return intent_text(intent_mask(",".join(name for name in INTENTS if name in names)))


def _between(low: Any, high: Any) -> Any:
    """Join the ends of a range; each end may be a range itself, or unknown."""
    bottom = low.low if isinstance(low, Range) else low
    top = high.high if isinstance(high, Range) else high
    if bottom is None or top is None:
        return high if bottom is None else low
    if bottom == top:
        return bottom
    return Range(min(bottom, top), max(bottom, top))


def _shown(row: Cells) -> str:
    return " · ".join(text for cell in row if (text := text_of(cell).strip()))
