"""What the in-memory query engine costs: opening, a keystroke in the query line, counts, orders, changes, memory.

Floors are NumPy on arrays that are ready (the best that could be done for the same answer, somebody else having done the rest), or
reading the same bytes; peers are what SQLite answers from one wide table with warm pages. Product, floor and peer take turns.
The line of memory is in MiB, not in milliseconds.
"""

from __future__ import annotations

import gc
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks._table import COLUMNS, TableSource, make_table, terms_of
from benchmarks.results import Result
from planner_core.query import parse, parse_sort
from planner_desktop.columns import Keys, KeywordColumns, PackedChunk

BY_VOLUME = parse_sort("-volume")
FILTER = "status:new intent:commercial volume:50..20000"
FILTER_SQL = "status = 0 AND intent & 2 AND volume BETWEEN 50 AND 20000"


@dataclass(frozen=True, slots=True)
class Bench:
    """What the single measurements share: the table, the side-car file and the engine over both."""

    rows: int
    table: Path
    file: Path
    columns: KeywordColumns
    source: TableSource
    database: sqlite3.Connection
    data: dict[str, NDArray[Any]]
    terms: dict[int, list[str]]


def measure(rows: int) -> list[Result]:
    """Return the figures at that many keywords."""
    with tempfile.TemporaryDirectory(prefix="columns-") as folder:
        table, file = Path(folder, "keywords.db"), Path(folder, "columns.cache")
        data, texts = make_table(table, rows)
        source = TableSource(table)
        columns = KeywordColumns.load(source)
        bench = Bench(rows, table, file, columns, source, sqlite3.connect(table), data, terms_of(texts))
        del texts
        return [
            *sorting(bench),
            *opening(bench),
            *searching(bench),
            *filtering(bench),
            *changing(bench),
            memory(bench),
        ]


def sorting(bench: Bench) -> list[Result]:
    """A column header clicked for the first time, and again."""
    volume = np.ascontiguousarray(bench.data["volume"])
    texts = [text for (text,) in sql(bench, "SELECT text FROM keyword ORDER BY key")]
    results = [
        _first_sort(bench, "volume", lambda: np.argsort(-volume, kind="stable"), "150 ms"),
        _first_sort(bench, "text", lambda: sorted(map(str, texts)), "1,000 ms, in the background"),
    ]
    bench.columns.select(order=parse_sort("keyword"))
    permutation = bench.columns.select(order=BY_VOLUME) - 1
    every = np.ones(bench.rows, np.bool_)
    results.append(
        compare(
            "sort by volume, again",
            bench,
            lambda: bench.columns.select(order=BY_VOLUME),
            lambda: gathered(permutation, every),
            lambda: sql(bench, "SELECT key FROM keyword ORDER BY volume DESC, key"),
            "30 ms with the repaint",
        )
    )
    return results


def _first_sort(bench: Bench, column: str, floor: Callable[[], object], goal: str) -> Result:
    fresh = KeywordColumns.load(bench.source)
    order = parse_sort("keyword" if column == "text" else "-volume")
    first = timed(lambda: fresh.select(order=order), 1)
    by = "text, key" if column == "text" else "volume DESC, key"
    peer = timed(lambda: sql(bench, f"SELECT key FROM keyword ORDER BY {by}"), 1)
    return Result(f"sort by {column}, first time", bench.rows, first, timed(floor, 3), peer, goal)


def opening(bench: Bench) -> list[Result]:
    """The start: with the side-car file, without it, and writing it."""
    saved = timed(lambda: bench.columns.save(bench.file), 3)
    read = timed(bench.file.read_bytes, 5)
    peer = timed(lambda: list(zip(*sql(bench, "SELECT * FROM keyword"), strict=True)), 1)
    gc.collect()
    opened = timed(lambda: KeywordColumns.open(bench.file, bench.source).count(), 5)
    loaded = timed(lambda: KeywordColumns.load(bench.source), 2)
    packed = timed(lambda: bench.source.keyword_columns(None), 2)
    return [
        Result("open with side-car (floor: read the file)", bench.rows, opened, read, peer, "200 ms"),
        Result("load without side-car (floor: group_concat)", bench.rows, loaded, packed, peer, "1,500 ms"),
        Result("write the side-car (floor: read it)", bench.rows, saved, read),
    ]


def searching(bench: Bench) -> list[Result]:
    """A keystroke: every match found, counted and in order of volume."""
    permutation = bench.columns.select(order=BY_VOLUME) - 1
    results: list[Result] = []
    slowest: list[tuple[float, float]] = []
    for length, terms in bench.terms.items():
        products, floors, peers = [], [], []
        for term in terms:
            query = parse(f'"{term}"')
            mask = bench.columns.evaluate(query)
            like = f"SELECT count(*) FROM keyword WHERE text LIKE '%{term}%'"
            products.append(timed(lambda: bench.columns.select(query, BY_VOLUME), 5))  # noqa: B023
            floors.append(timed(lambda: gathered(permutation, mask), 5))  # noqa: B023
            peers.append(timed(lambda: sql(bench, like), 2))  # noqa: B023
        slowest += zip(products, floors, strict=True)
        results.append(
            Result(
                f"keystroke, {length} letters (floor: mask ready)",
                bench.rows,
                median(products),
                median(floors),
                median(peers),
                "1/4 of LIKE",
            )
        )
    worst, floor = sorted(slowest)[int(0.95 * len(slowest))]
    return [*results, Result("keystroke, 95th percentile", bench.rows, worst, floor, None, "50 ms")]


def filtering(bench: Bench) -> list[Result]:
    """Several filters with a text, and the count of filters alone."""
    status, intent, volume = (bench.data[name] for name in ("status", "intent", "volume"))
    permutation = bench.columns.select(order=BY_VOLUME) - 1
    term = bench.terms[3][0]
    text = bench.columns.evaluate(parse(term))
    both, alone = parse(f"{FILTER} {term}"), parse(FILTER)

    def mask() -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = (status == 0) & (intent & 2 != 0) & (volume >= 50) & (volume <= 20_000)
        return found

    where = f"FROM keyword WHERE {FILTER_SQL}"
    return [
        compare(
            "filters and a text, in order",
            bench,
            lambda: bench.columns.select(both, BY_VOLUME),
            lambda: gathered(permutation, mask() & text),
            lambda: sql(bench, f"SELECT key {where} AND text LIKE '%{term}%' ORDER BY volume DESC, key"),
            "1/10 of SQL, 30 ms",
        ),
        compare(
            "filters, in order",
            bench,
            lambda: bench.columns.select(alone, BY_VOLUME),
            lambda: gathered(permutation, mask()),
            lambda: sql(bench, f"SELECT key {where} ORDER BY volume DESC, key"),
            "30 ms",
        ),
        compare(
            "count of a filter",
            bench,
            lambda: bench.columns.count(alone),
            lambda: np.count_nonzero(mask()),
            lambda: sql(bench, f"SELECT count(*) {where}"),
            "5 ms, 1/20 of SQL",
        ),
    ]


def changing(bench: Bench) -> list[Result]:
    """A change that was committed, taken into the columns; the rows are read already."""
    results = []
    for count, goal in ((1, "5 ms to repaint"), (max(bench.rows // 10, 1), "")):
        keys = np.random.default_rng(2).choice(bench.rows, count, replace=False) + 1
        keys.sort()
        chunks = [_with_status(bench.source.keyword_columns(keys.tolist()), status) for status in (0, 1)]
        status = bench.data["status"].copy()

        def apply(turn: list[int], chunks: list[PackedChunk] = chunks) -> None:
            turn[0] += 1
            bench.columns.apply_chunk(chunks[turn[0] % 2], stamp=("benchmark", 1))

        def assign(status: NDArray[Any] = status, keys: NDArray[Any] = keys) -> None:
            status[keys - 1] = 1

        turn = [0]
        name = f"take in {'1 edit' if count == 1 else '10 % edits'} (floor: assign)"
        results.append(compare(name, bench, lambda: apply(turn), assign, None, goal))  # noqa: B023
    shown = bench.columns.select(order=BY_VOLUME)
    volume = bench.data["volume"]
    sums = compare(
        "sums of everything",
        bench,
        lambda: bench.columns.sums(shown),
        lambda: volume.take(shown - 1).sum(),
        None,
    )
    page = shown[bench.rows // 2 : bench.rows // 2 + 40]
    rows = compare(
        "a page of 40 rows (floor: SQL by key)",
        bench,
        lambda: bench.columns.rows(page),
        lambda: by_key(bench, page),
        None,
    )
    return [*results, sums, rows]


def memory(bench: Bench) -> Result:
    """What the process grows by when it opens, sorts and searches; the floor is the size of the table's file."""
    code = (
        "import sys; from benchmarks.columns import grown; from pathlib import Path;"
        "print(grown(Path(sys.argv[1]), Path(sys.argv[2])))"
    )
    root = str(Path(__file__).resolve().parents[1])
    command = [sys.executable, "-c", code, str(bench.table), str(bench.file)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)  # noqa: S603
    size = bench.table.stat().st_size / 2**20
    return Result(
        "memory, MiB (floor: the table's file)",
        bench.rows,
        float(answer.stdout),
        size,
        None,
        "500 MiB with all else",
    )


def grown(table: Path, file: Path) -> float:
    """Open the columns in this process, use them, and return what it grew by in MiB."""
    source = TableSource(table)
    before = _resident()
    columns = KeywordColumns.open(file, source)
    columns.select(parse("e"), BY_VOLUME)
    columns.select(order=parse_sort("keyword"))
    return _resident() - before


def gathered(permutation: Keys, mask: NDArray[Any]) -> NDArray[Any]:
    """The best way to an ordered answer, given the order of all rows and which of them match."""
    return permutation.compress(mask.take(permutation))


def by_key(bench: Bench, page: Keys) -> list[tuple[object, ...]]:
    """A page of rows as SQLite gives them."""
    return sql(bench, f"SELECT * FROM keyword WHERE key IN ({','.join(map(str, page.tolist()))})")


def sql(bench: Bench, statement: str) -> list[tuple[object, ...]]:
    """Return all rows of a statement."""
    return bench.database.execute(statement).fetchall()


def compare(
    name: str,
    bench: Bench,
    product: Callable[[], object],
    floor: Callable[[], object],
    peer: Callable[[], object] | None,
    goal: str = "",
) -> Result:
    """Time product, floor and peer in turn and return the medians."""
    times: list[tuple[float, float, float]] = []
    for _ in range(7):
        slow = timed(peer, 1) if peer is not None and len(times) < 3 else float("nan")
        times.append((timed(product, 1), timed(floor, 1), slow))
    products, floors, peers = zip(*times, strict=True)
    between = median(peers[:3]) if peer is not None else None
    return Result(name, bench.rows, median(products), median(floors), between, goal)


def timed(call: Callable[[], object], rounds: int) -> float:
    """Return the median of some rounds in milliseconds."""
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        taken.append((time.perf_counter() - began) * 1e3)
    return median(taken)


def _with_status(chunk: PackedChunk, status: int) -> PackedChunk:
    count = chunk.key.count(",") + 1 if isinstance(chunk.key, str) else 0
    fields = {name: getattr(chunk, name) for name in (*COLUMNS, "text", "text_offsets", "countries")}
    return PackedChunk(**{**fields, "status": str(status) * count})


def _resident() -> float:
    """Return the resident set of this process in MiB."""
    gc.collect()
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
