"""Writing keywords to files, beside the bare bytes (floor) and Python's csv module writing the same rows (peer).

The product writes ten columns out of memory, each text looked at for what must be quoted or guarded, to a file that takes its place
at the end. The floor is reading the finished file and writing it again, flushed to the disk. "cpu" is processor time, which a busy
machine does not change.
"""

from __future__ import annotations

import csv
import os
import resource
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from benchmarks._table import TableSource, make_table
from benchmarks.results import Result
from planner_core.query import Query, parse_sort
from planner_desktop.app.exporting import title
from planner_desktop.columns import KeywordColumns
from planner_desktop.columns.extract import Extract
from planner_desktop.exporting import csvfile, jsonfile, replacing, xlsxfile

T = TypeVar("T")
GOAL = "<= 1.0 x Calc's save"
FIELDS = (
    *("keyword", "volume", "difficulty", "intent", "country", "cluster", "status", "disabled"),
    *("sector", "site"),
)
TITLES = [title(name) for name in FIELDS]
MOST_XLSX = 100_000
"""A workbook of a million rows takes a minute."""


def measure(rows: int) -> list[Result]:
    """Return the figures for so many keywords."""
    with tempfile.TemporaryDirectory(prefix="planner-bench-") as folder:
        place = Path(folder)
        make_table(place / "keywords.db", rows)
        columns = KeywordColumns.load(TableSource(place / "keywords.db"))
        keys = columns.select(Query(), parse_sort("-volume"))
        taken, found = _timed(lambda: columns.extract(keys, FIELDS, {}))
        return [
            Result("export: values copied, on the asking thread", rows, taken[0], None, goal="<= 100 ms"),
            *_csv(place, found, rows),
            *_others(place, found, rows),
        ]


def _csv(place: Path, found: Extract, rows: int) -> list[Result]:
    file = place / "export.csv"
    gaps = _Gaps()
    taken, _ = _timed(
        lambda: _write(file, lambda path: csvfile.write_extract(path, TITLES, found, gaps.told))
    )
    floor, _ = _timed(lambda: _copy(file, place / "copy.csv"))
    peer, _ = _timed(lambda: _plain(place / "peer.csv", found))
    return [
        Result("export: CSV of ten columns", rows, taken[0], floor[0], peer[0], GOAL),
        Result("export: CSV, cpu", rows, taken[1], floor[1], peer[1]),
        Result("export: longest between two looks at cancel", rows, gaps.longest, None, goal="<= 100 ms"),
        Result("export: memory that CSV takes at most", rows, _memory(file, found), None, unit="MB"),
    ]


def _others(place: Path, found: Extract, rows: int) -> list[Result]:
    file = place / "export.json"
    taken, _ = _timed(lambda: _write(file, lambda path: jsonfile.write_extract(path, found, _nobody)))
    floor, _ = _timed(lambda: _copy(file, place / "copy.json"))
    results = [
        Result("export: JSON of ten columns", rows, taken[0], floor[0]),
        Result("export: JSON, cpu", rows, taken[1], floor[1]),
    ]
    if rows <= MOST_XLSX:
        sheet = xlsxfile.Sheet("Keywords", TITLES, xlsxfile.rows_of(found))
        book = place / "export.xlsx"
        taken, _ = _timed(lambda: _write(book, lambda path: xlsxfile.write(path, [sheet], _nobody)))
        results.append(Result("export: XLSX of ten columns", rows, taken[0], None))
    return results


class _Gaps:
    """How long the writer goes without saying how far it is."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self.longest = 0.0

    def told(self, _rows: int) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, (now - self._last) * 1000)
        self._last = now


def _nobody(_rows: int) -> None:
    pass


def _write(file: Path, write: Callable[[Path], int]) -> None:
    with replacing(file) as path:
        write(path)


def _memory(file: Path, found: Extract) -> float:
    tracemalloc.start()
    try:
        _write(file, lambda path: csvfile.write_extract(path, TITLES, found, _nobody))
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def _copy(source: Path, target: Path) -> None:
    content = source.read_bytes()
    with target.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def _plain(file: Path, found: Extract) -> None:
    """Write the same rows with Python's csv module, neither guarded nor flushed nor in place of anything."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        for piece in found.pieces():
            writer.writerows(zip(*piece, strict=True))


def _timed(work: Callable[[], T]) -> tuple[tuple[float, float], T]:
    before = resource.getrusage(resource.RUSAGE_SELF)
    wall = time.perf_counter()
    made = work()
    wall = time.perf_counter() - wall
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return (wall * 1000, cpu * 1000), made
