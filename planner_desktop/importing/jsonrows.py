"""Keywords as this program writes them in JSON: `{"rows": [{...}, ...], "total": n}`, one row a line, read without holding the file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from planner_desktop.importing.source import Origin, blocks
from planner_desktop.importing.trouble import UnreadableFile
from planner_desktop.importing.watch import Watch

AT_ONCE = 4_096
MOST_AT_ONCE = 64 << 20
"""Characters of a file that somebody wrote otherwise than one row a line, and that is therefore read as a whole."""

_BEGINNING = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"rows"\s*:\s*\[')
_FIRST_LINE = '{"rows": ['
_LAST_LINE = re.compile(r'\]\s*(,\s*"total"\s*:\s*\d+\s*)?\}')

Rows = list[list[Any]]


def is_ours(start: bytes) -> bool:
    """Return whether a file that begins so is one of these."""
    return bool(_BEGINNING.match(start))


class JsonRows:
    """One file. `names` are the members of its first row; the cells of all rows follow their order."""

    def __init__(self, origin: Origin) -> None:
        """Read the first row. Raises UnreadableFile for what is damaged or holds no row."""
        self._origin = origin
        first = next(self._objects(Watch()), None)
        if first is None:
            raise UnreadableFile(
                "empty", f"{origin.name} holds no rows.", "Export it again, or choose another file."
            )
        self.names: Sequence[str] = tuple(first)

    def start(self, count: int) -> Rows:
        """Return the names and the first rows."""
        return [list(self.names), *self._cells(islice(self._objects(Watch()), count))]

    def batches(self, watch: Watch) -> Iterator[tuple[Rows, Sequence[int]]]:
        """Yield some thousand rows at once, numbered from 2 as below a row of headings. Raises UnreadableFile, Cancelled."""
        rows = self._objects(watch)
        number = 2
        while batch := list(islice(rows, AT_ONCE)):
            yield self._cells(batch), range(number, number + len(batch))
            number += len(batch)

    # ------------------------------------------------------------ inside

    def _cells(self, rows: Iterable[dict[str, Any]]) -> Rows:
        return [[row.get(name) for name in self.names] for row in rows]

    def _objects(self, watch: Watch) -> Iterator[dict[str, Any]]:
        lines = (line for block in blocks(self._origin, "utf-8-sig", watch, is_chosen=True) for line in block)
        first = next(lines, "")
        try:
            if first.strip() == _FIRST_LINE:
                yield from _by_line(lines)
            else:
                yield from map(_row, json.loads(self._whole(first, lines))["rows"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise UnreadableFile(
                "damaged", f"{self._origin.name} is damaged or cut off.", "Export it again."
            ) from None

    def _whole(self, first: str, lines: Iterable[str]) -> str:
        found, size = [first], len(first)
        for line in lines:
            found.append(line)
            size += len(line)
            if size > MOST_AT_ONCE:
                raise UnreadableFile(
                    "too_large",
                    f"{self._origin.name} is too large to be read as a whole.",
                    "Export it again and leave its lines as they are, or export CSV.",
                )
        return "".join(found)


def _by_line(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        text = line.strip()
        if _LAST_LINE.fullmatch(text):
            return
        if text:
            yield _row(json.loads(text.removesuffix(",")))
    raise ValueError("there is no last line")


def _row(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("a row is an object")
    return value
