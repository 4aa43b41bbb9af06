"""Rows as texts for other programs: values copied out at once, written piece by piece on any thread."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import numpy as np

from planner_core.figures import intent_text
from planner_desktop.columns.gather import Bytes, Ints, gather_lines
from planner_desktop.columns.order import Names
from planner_desktop.columns.rows import Keys
from planner_desktop.columns.source import MARK_CONFLICT, MARK_REFUSED, MARK_SYNCED, MARK_WAITING, NameKind
from planner_desktop.columns.store import ColumnStore

PIECE = 4_096
"""Rows written at once: a few milliseconds, so that other threads get their turn and a wish to stop is heard."""

NUMBERS = frozenset({"volume", "difficulty"})
FIELDS = (
    "mark",
    "keyword",
    "volume",
    "difficulty",
    "intent",
    "country",
    "cluster",
    "status",
    "sector",
    "enabled",
    "created",
)
_NAMED: dict[str, NameKind] = {"cluster": "cluster", "sector": "sector"}
_MARKS = {MARK_SYNCED: "synced", MARK_WAITING: "waiting", MARK_CONFLICT: "conflict", MARK_REFUSED: "refused"}
_STATUSES = ("new", "mapped")
_BREAKS = str.maketrans({"\t": " ", "\n": " ", "\r": " "})


@dataclass(frozen=True, slots=True)
class Table:
    """Some rows' values, fixed at one moment. Safe to read on any thread: nothing in it is written again."""

    fields: tuple[str, ...]
    count: int
    _values: Mapping[str, Ints]
    _names: Mapping[str, Mapping[int, str]]
    _text: Bytes

    def pieces(self) -> Iterator[list[tuple[str, ...]]]:
        """Yield the rows in order, `PIECE` at a time: one text a field, "" where a value is unknown."""
        for start in range(0, self.count, PIECE):
            columns = [self._texts(field, start, start + PIECE) for field in self.fields]
            yield list(zip(*columns, strict=True))

    def _texts(self, field: str, start: int, stop: int) -> list[str]:
        if field == "keyword":
            return self._keywords(start, stop)
        values = self._values["disabled" if field == "enabled" else field][start:stop].tolist()
        if field in NUMBERS:
            return ["" if value < 0 else str(value) for value in values]
        known = self._names.get(field)
        if known is not None:
            return [known.get(value, "") for value in values]
        return list(map(_WORDS[field], values))

    def _keywords(self, start: int, stop: int) -> list[str]:
        starts, lengths = self._values["text_start"][start:stop], self._values["text_length"][start:stop]
        lines = gather_lines(self._text, starts, lengths).tobytes().decode("utf-8", "replace").split("\n")
        lines.pop()
        if len(lines) == len(starts):
            return [line.translate(_BREAKS) if "\t" in line or "\r" in line else line for line in lines]
        # A text that holds a line feed itself.
        return [
            self._text[at : at + length].tobytes().decode("utf-8", "replace").translate(_BREAKS)
            for at, length in zip(starts.tolist(), lengths.tolist(), strict=True)
        ]


@lru_cache(maxsize=8_192)
def _day(created: int) -> str:
    return "" if created < 0 else f"{datetime.fromtimestamp(created, UTC).astimezone():%Y-%m-%d}"


_WORDS: Mapping[str, Callable[[int], str]] = {
    "mark": lambda mark: _MARKS.get(mark, ""),
    "intent": lambda mask: intent_text(mask) or "",
    "status": lambda code: _STATUSES[code] if code < len(_STATUSES) else "other",
    "enabled": lambda disabled: "off" if disabled else "on",
    "created": _day,
}


def table_of(store: ColumnStore, names: Names, keys: Keys, fields: Sequence[str]) -> Table:
    """Copy the values of rows in the order of `keys` (those that are not there are left out). `fields` are some of `FIELDS`.

    Milliseconds for a million rows: the texts stay where they are, in bytes that are never written twice.
    """
    at, found = store.find(keys)
    if not found.all():
        at = at[found]
    columns = {"disabled" if field == "enabled" else field for field in fields} - {"keyword"}
    if "keyword" in fields:
        columns |= {"text_start", "text_length"}
    values = {name: np.asarray(store[name]).take(at) for name in columns}
    texts = {
        field: {key: name.translate(_BREAKS) for key, name in names[kind].by_key.items()}
        for field, kind in _NAMED.items()
        if field in fields
    }
    texts["country"] = dict(enumerate(store.countries))
    return Table(tuple(fields), len(at), values, texts, store.text)


Row = tuple[str, ...]
Told = Callable[[int], Any]
"""Called with the number of rows written so far; whatever it raises ends the writing."""


def as_tsv(table: Table, titles: Sequence[str] = (), told: Told | None = None) -> bytes:
    """Return rows as UTF-8 lines with tabs between, figures as plain digits: what text editors and spreadsheets take."""
    parts = ["\t".join(titles) + "\n"] if titles else []
    done = 0
    for rows in table.pieces():
        parts.append("\n".join(map("\t".join, rows)) + "\n")
        done += len(rows)
        if told is not None:
            told(done)
    return "".join(parts).encode()


def as_html(table: Table, titles: Sequence[str] = ()) -> bytes:
    """Return rows as an HTML table. Texts are marked as such, or a spreadsheet would take "1-2" for a date and "=x" for a formula."""
    opening = [
        '<td align="right">'
        if field in NUMBERS
        else '<td sdnum="1033;0;@" style="mso-number-format:\'\\@\'">'
        for field in table.fields
    ]
    parts = [
        '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body><table>'
    ]
    if titles:
        parts.append("<tr>" + "".join(f"<th>{html.escape(title)}</th>" for title in titles) + "</tr>")
    for rows in table.pieces():
        for row in rows:
            cells = (f"{tag}{html.escape(text)}</td>" for tag, text in zip(opening, row, strict=True))
            parts.append("<tr>" + "".join(cells) + "</tr>")
    parts.append("</table></body></html>")
    return "\n".join(parts).encode()
