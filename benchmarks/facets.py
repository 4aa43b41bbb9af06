"""What the side column of the grid costs: facets with and without filters, near-duplicates, regular expressions, honest volume.

Floors are the bare NumPy counts of two facets (for facets), reading the texts' bytes once (for what reads all texts) and the plain sum
(for volume); peers are one GROUP BY a facet in SQL, a self-written loop of Python's `re` over all texts, and the same keys made in Python.
All but the masks runs on another thread than the window's.
"""

from __future__ import annotations

import re
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks._table import TableSource, make_table
from benchmarks.columns import timed
from benchmarks.results import Result
from planner_core.query import parse
from planner_desktop.columns import KeywordColumns, Scope

_GROUPED = ("status", "cluster", "intent", "seed_difficulty", "country", "sector")
_QUERIES = {
    "no filter": ("", ""),
    "two filters": ("status:new volume:>=50", "WHERE status = 0 AND volume >= 50"),
}
_PATTERNS = ("/^best .*s$/", "/[aeiou]{3}/")


def measure(rows: int) -> list[Result]:
    """Return the figures at that many keywords."""
    with tempfile.TemporaryDirectory(prefix="facets-") as folder:
        table = Path(folder, "keywords.db")
        data, texts = make_table(table, rows)
        columns = KeywordColumns.load(TableSource(table))
        database = sqlite3.connect(table)
        status, volume = data["status"], np.maximum(data["volume"], 0).astype(np.int64) % 20_000

        def floor() -> None:
            np.bincount(status)
            np.bincount(volume)

        results = [
            *_facets(columns, database, floor, rows),
            *_near_duplicates(columns, texts, rows),
            *_patterns(columns, texts, rows),
        ]
        database.close()
        return results


def _facets(
    columns: KeywordColumns, database: sqlite3.Connection, floor: Callable[[], None], rows: int
) -> list[Result]:
    found = []
    for name, (query, where) in _QUERIES.items():

        def sql(where: str = where) -> None:
            for field in _GROUPED:
                database.execute(f"SELECT {field}, count(*) FROM keyword {where} GROUP BY {field}").fetchall()

        asked = parse(query)
        bare = timed(floor, 5)
        job = timed(lambda: columns.asking.facets(asked, Scope()), 7)  # noqa: B023
        counted = timed(columns.asking.facets(asked, Scope()), 5)
        found += [
            Result(f"facets, {name}: masks (the window's thread)", rows, job, bare),
            Result(f"facets, {name}: all counted, on a worker", rows, counted, bare, timed(sql, 1)),
        ]
    return found


def _near_duplicates(columns: KeywordColumns, texts: list[str], rows: int) -> list[Result]:
    query = parse("is:duplicate")
    raw = "\n".join(texts).encode()
    read = timed(lambda: np.frombuffer(raw, np.uint8).sum(), 3)

    def in_python() -> int:
        return len({" ".join(sorted(text.split())) for text in texts})

    work = columns.asking.preparation(query)
    assert work is not None
    grouped = timed(work, 1)
    columns.asking.adopt(work)
    keys = columns.keys()
    return [
        Result(
            "near-duplicates found (peer: sorted words in Python)", rows, grouped, read, timed(in_python, 1)
        ),
        Result("is:duplicate, again", rows, timed(lambda: columns.count(query), 5), read),
        Result(
            "honest volume of everything (floor: plain sum)",
            rows,
            timed(lambda: columns.distinct_volume(keys), 5),
            timed(lambda: columns.sums(keys), 5),
        ),
    ]


def _patterns(columns: KeywordColumns, texts: list[str], rows: int) -> list[Result]:
    found = []
    raw = "\n".join(texts).encode()
    read = timed(lambda: np.frombuffer(raw, np.uint8).sum(), 3)
    for source in _PATTERNS:
        query, pattern = parse(source), re.compile(source[1:-1], re.IGNORECASE)
        work = columns.asking.preparation(query)
        assert work is not None
        product = timed(work, 1)
        columns.asking.adopt(work)
        peer = timed(lambda: sum(pattern.search(text) is not None for text in texts), 1)  # noqa: B023
        found.append(Result(f"pattern {source} (peer: Python's re)", rows, product, read, peer))
    return found
