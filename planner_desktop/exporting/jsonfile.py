"""JSON: `{"rows": [...], "total": n}` in UTF-8, one row a line, each in the shape that `--json` has."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from planner_desktop.columns.extract import Extract
from planner_desktop.exporting.target import Told

_encode = json.JSONEncoder(ensure_ascii=False).encode


def write_extract(path: Path, rows: Extract, told: Told) -> int:
    """Write keywords; return how many."""
    return _write(path, (_rows(rows.fields, piece) for piece in rows.pieces()), told)


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]], told: Told) -> int:
    """Write rows; return how many."""
    return _write(path, (rows[at : at + 1_000] for at in range(0, len(rows), 1_000)), told)


def _rows(fields: Sequence[str], piece: Sequence[Sequence[Any]]) -> list[Mapping[str, Any]]:
    return [dict(zip(fields, row, strict=True)) for row in zip(*piece, strict=True)]


def _write(path: Path, pieces: Iterable[Sequence[Mapping[str, Any]]], told: Told) -> int:
    done, gap = 0, "\n"
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write('{"rows": [')
        for piece in pieces:
            out.write(gap + ",\n".join(map(_encode, piece)))
            gap = ",\n"
            done += len(piece)
            told(done)
        out.write(f'\n], "total": {done}}}\n')
    return done
