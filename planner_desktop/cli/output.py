"""What commands print: one JSON document, or text for a person. Notices go to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, Literal, TextIO

Row = Mapping[str, Any]
PIECE = 2_000
"""Rows written at once: a list of a million rows is never one text in memory."""

GAP = 2
SHORT = 9
"""Texts up to this length are never cut off in a table."""


class Output:
    """Where one command writes. `as_json`: exactly one JSON document on `out`."""

    def __init__(
        self, *, as_json: bool, quiet: bool, out: TextIO | None = None, err: TextIO | None = None
    ) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self._out = out or sys.stdout
        self._err = err or sys.stderr

    def notice(self, text: str) -> None:
        """Say something beside the result; --quiet leaves it out."""
        if not self.quiet:
            print(text, file=self._err, flush=True)

    @contextmanager
    def busy(self, text: str) -> Iterator[None]:
        """Show on a terminal that something takes its time, and for how long already."""
        if self.quiet or not self._err.isatty():
            yield
            return
        # As for tables: rich is for terminals only.
        from rich.console import Console  # noqa: PLC0415
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=Console(file=self._err), transient=True) as progress:
            progress.add_task(text, total=None)
            yield

    def record(self, document: Mapping[str, Any], text: str | Iterable[str]) -> None:
        """Write one result: `document` as JSON, or `text` (a line or lines) for a person."""
        if self.as_json:
            print(json.dumps(document, ensure_ascii=False), file=self._out, flush=True)
            return
        for line in [text] if isinstance(text, str) else text:
            print(line, file=self._out)
        self._out.flush()

    def rows(
        self, rows: Iterable[Row], total: int, columns: Sequence[str], *, empty: str = "Nothing."
    ) -> None:
        """Write a list: `{"rows": [...], "total": n}`, or a table of `columns`. `total` counts what was not asked for too."""
        if self.as_json:
            self._json_rows(rows, total)
            return
        iterator = iter(rows)
        first = list(islice(iterator, PIECE))
        if not first:
            self.notice(empty)
            return
        if self._out.isatty():
            self._terminal_table(first, columns)
        else:
            print("\t".join(columns), file=self._out)
            self._plain(first, columns)
        for piece in iter(lambda: list(islice(iterator, PIECE)), []):
            self._plain(piece, columns)
        self._out.flush()

    def error(self, code: str, message: str, remedy: str) -> None:
        """Write why nothing came of it: a JSON document on standard output, or sentences on standard error."""
        if self.as_json:
            document = {"error": {"code": code, "message": message, "remedy": remedy}}
            print(json.dumps(document, ensure_ascii=False), file=self._out, flush=True)
        else:
            print(f"planner: {message}" + (f"\n{remedy}" if remedy else ""), file=self._err, flush=True)

    def _json_rows(self, rows: Iterable[Row], total: int) -> None:
        self._out.write('{"rows": [')
        iterator: Iterator[Row] = iter(rows)
        gap = ""
        for piece in iter(lambda: list(islice(iterator, PIECE)), []):
            self._out.write(gap + json.dumps(piece, ensure_ascii=False)[1:-1])
            gap = ", "
        self._out.write(f'], "total": {total}}}\n')
        self._out.flush()

    def _plain(self, rows: Sequence[Row], columns: Sequence[str]) -> None:
        for row in rows:
            print("\t".join(_cell(row.get(name)) for name in columns), file=self._out)

    def _terminal_table(self, rows: Sequence[Row], columns: Sequence[str]) -> None:
        # 60 ms to import, wanted on a terminal only.
        from rich.console import Console  # noqa: PLC0415
        from rich.table import Table  # noqa: PLC0415

        console = Console(file=self._out)
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name, width in zip(columns, _widths(rows, columns, console.width), strict=True):
            numeric = all(isinstance(row.get(name), int | float | None) for row in rows)
            justify: Literal["left", "right"] = "right" if numeric else "left"
            table.add_column(
                name.replace("_", " "), justify=justify, overflow="ellipsis", no_wrap=True, width=width
            )
        for row in rows:
            table.add_row(*(_cell(row.get(name)).replace("[", r"\[") for name in columns))
        # Where the terminal is too narrow, its own line wrap loses less than cutting the last column.
        console.width = max(console.width, console.measure(table).maximum)
        console.print(table)


def _widths(rows: Sequence[Row], columns: Sequence[str], available: int) -> list[int]:
    """Return the widths of a table's columns: a number or an id that is cut off is worth nothing, long texts share what is left."""
    longest = [max(len(name), *(len(_cell(row.get(name))) for row in rows)) for name in columns]
    texts = [
        place
        for place, name in enumerate(columns)
        if longest[place] > SHORT and name != "id" and any(isinstance(row.get(name), str) for row in rows)
    ]
    left = (
        available
        - GAP * (len(columns) - 1)
        - sum(longest[place] for place in range(len(columns)) if place not in texts)
    )
    # The shortest first, so that what it does not need goes to the others.
    for done, place in enumerate(sorted(texts, key=lambda place: longest[place])):
        longest[place] = min(longest[place], max(SHORT, left // (len(texts) - done)))
        left -= longest[place]
    return longest


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case dict():
            return ", ".join(map(_cell, value.values()))
        case list() | tuple():
            return ", ".join(map(str, value))
        case _:
            return str(value).replace("\t", " ").replace("\n", " ")
