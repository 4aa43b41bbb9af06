"""JSON: `{"rows": [...], "total": n}` in UTF-8, one row a line, each in the shape that `--json` has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from planner_desktop.columns.extract import Extract
from planner_desktop.exporting.target import Told

_encode = json.JSONEncoder(ensure_ascii=False).encode
_ESCAPED = re.compile(r'["\\\x00-\x09\x0b-\x1f]')


class Json:
    """The dialect of `Extract.texts`: members of an object."""

    delimiter = ", "

    def cell(self, value: Any, field: str) -> str:
        """Return a value with its name."""
        return f'"{field}": {_encode(value)}'

    def texts(self, texts: list[str], joined: str, field: str) -> list[str]:
        """Return texts with their name. Where a piece holds nothing to escape, they are taken as they are."""
        if joined.count("\n") == len(texts) - 1 and not _ESCAPED.search(joined):
            return [f'"{field}": "{text}"' for text in texts]
        return [self.cell(text, field) for text in texts]


def write_extract(path: Path, rows: Extract, told: Told) -> int:
    """Write keywords; return how many."""
    return _write(path, map(_lines, rows.texts(Json())), told)


def _lines(lists: Sequence[Sequence[str]]) -> list[str]:
    members = lists[0] if len(lists) == 1 else map(", ".join, zip(*lists, strict=True))
    return [f"{{{row}}}" for row in members]


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]], told: Told) -> int:
    """Write rows; return how many."""
    return _write(
        path, (list(map(_encode, rows[at : at + 1_000])) for at in range(0, len(rows), 1_000)), told
    )


def _write(path: Path, pieces: Iterable[Sequence[str]], told: Told) -> int:
    done, gap = 0, "\n"
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write('{"rows": [')
        for piece in pieces:
            out.write(gap + ",\n".join(piece))
            gap = ",\n"
            done += len(piece)
            told(done)
        out.write(f'\n], "total": {done}}}\n')
    return done
