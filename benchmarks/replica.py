"""The replica's figures: single edit, bulk status change, first snapshot, pending work on top, columns, each beside its floor."""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

from benchmarks._greeting import hello, uid
from benchmarks.results import Result
from planner_core.commands import SetOverride, SetStatus
from planner_core.entities import ENTITIES
from planner_core.wire.feed import Cursor
from sync.clock import SystemClock
from sync.ids import MonotonicIds
from sync.replica import Page, Reader, Replica, RowLine

_EPOCH = "e" * 32
_CHANGED = 100_000
_LINE = 500
_PAGE_LINES = 100
_SHOWN = 100
_INSERT = f"INSERT INTO wide VALUES ({', '.join('?' * 12)})"


def measure(rows: int) -> list[Result]:
    """Return the replica's figures for a site of so many keywords."""
    with tempfile.TemporaryDirectory(prefix="planner-bench-") as folder:
        return _Bench(Path(folder), rows).run()


_ACCOUNT, _LIBRARY, _SITE, _SECTOR = uid(1, 1), uid(2, 1), uid(3, 1), uid(4, 1)


def _seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def _median(work: Callable[[], Any], times: int) -> float:
    return statistics.median(_seconds(work) for _ in range(times))


def _keyword(number: int) -> list[Any]:
    return [
        uid(7, number),
        1,
        0,
        uid(6, number),
        _SECTOR,
        None,
        "new",
        False,
        None,
        None,
        1_700_000_000_000,
    ]


def _seed(number: int) -> list[Any]:
    words = ("desk", "walnut", "standing", "office", "small", "corner", "oak", "white")
    text = f"{words[number % 8]} {words[number // 8 % 8]} {words[number // 64 % 8]} {number}"
    return [uid(6, number), 1, 0, text, number * 7 % 100_000, number % 101, "commercial", "us", True]


class _Bench:
    def __init__(self, folder: Path, rows: int) -> None:
        self.folder = folder
        self.rows = rows
        clock = SystemClock()
        self.path = folder / "replica.db"
        self.replica = Replica.open(self.path, clock=clock, ids=MonotonicIds(clock))

    def run(self) -> list[Result]:
        self._scopes()
        results = [self._snapshot()]
        floor = self._floor_tables()
        results.append(self._single_edit(floor))
        results += self._bulk(floor, self._chosen(), "<= 2 x the floor")
        results += [self._overlay(floor), self._columns(floor), self._page(floor)]
        if self.rows > _CHANGED:
            results += self._bulk(floor, range(self.rows), "<= 2.5 x the floor")
        floor.close()
        self.replica.close()
        results.append(self._opening())
        return results

    # ------------------------------------------------------------------ first snapshot

    def _scopes(self) -> None:
        kinds = {_ACCOUNT: "account", _LIBRARY: "library", _SITE: "site"}
        user = {"id": uid(5, 1), "email": "e@example.com", "role": "editor"}
        self.replica.adopt_hello(hello(kinds, _EPOCH, _ACCOUNT, user))
        industry = uid(8, 1)
        account = {
            "industry": [[industry, 1, 0, "I", "i"]],
            "industry_sector": [[_LIBRARY, 1, 0, industry, "L", "l"]],
            "site": [[_SITE, 1, 0, "S", "s", "s.example", industry, True]],
            "sector": [[_SECTOR, 1, 0, _SITE, _LIBRARY, "T", "t", True]],
        }
        self._deliver(
            _ACCOUNT, [[(entity, json.dumps(inside).encode()) for entity, inside in account.items()]]
        )
        self._deliver(_LIBRARY, _pages("seed", _seed, self.rows))

    def _deliver(self, scope: str, pages: Sequence[Sequence[tuple[str, bytes]]]) -> None:
        self.replica.begin_snapshot(scope, _EPOCH)
        for lines in pages:
            self.replica.stage_page(scope, _page("snapshot", lines))
        self.replica.stage_page(scope, _page("pull", []))
        self.replica.apply(scope)

    def _snapshot(self) -> Result:
        """From complete pages in memory to a committed local database; the floor inserts the same decoded rows into one table."""
        pages = _pages("keyword", _keyword, self.rows)
        product = _seconds(lambda: self._deliver(_SITE, pages))
        decoded = [row for lines in pages for _, raw in lines for row in json.loads(raw)]
        floor = sqlite3.connect(self.folder / "insert.db", isolation_level=None)
        floor.execute("PRAGMA journal_mode = WAL")
        floor.execute(
            "CREATE TABLE wide (k INTEGER PRIMARY KEY, uid TEXT, ver, deleted, seed, sector, cluster, status, disabled, v, d, c)"
        )
        floor.execute("CREATE UNIQUE INDEX wide_uid ON wide (uid)")
        alone = _seconds(lambda: _insert(floor, decoded))
        floor.close()
        return Result(
            "first snapshot, applied",
            self.rows,
            product,
            alone,
            None,
            "<= 1.5 x the insert alone (the stream runs beside)",
        )

    # ------------------------------------------------------------------ edits

    def _floor_tables(self) -> sqlite3.Connection:
        floor = sqlite3.connect(self.folder / "floor.db", isolation_level=None)
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "cache_size = -65536",
            "temp_store = MEMORY",
        ):
            floor.execute(f"PRAGMA {pragma}")
        floor.execute(
            "CREATE TABLE hot (k INTEGER PRIMARY KEY, cluster, status TEXT, disabled, v, d, deleted, mark)"
        )
        floor.execute("CREATE TABLE outbox (id INTEGER PRIMARY KEY, body BLOB)")
        floor.execute("BEGIN")
        floor.executemany(
            "INSERT INTO hot VALUES (?, NULL, 'new', 0, NULL, NULL, 0, 0)",
            ((k,) for k in range(1, self.rows + 1)),
        )
        floor.execute("COMMIT")
        return floor

    def _single_edit(self, floor: sqlite3.Connection) -> Result:
        numbers = iter(range(1, 1000))
        product = _median(
            lambda: self.replica.run([SetOverride("volume", [uid(7, next(numbers) % self.rows)], 5)]), 50
        )

        def alone() -> None:
            floor.execute("BEGIN")
            floor.execute("UPDATE hot SET v = 5, mark = 1 WHERE k = ?", (next(numbers) % self.rows,))
            floor.execute("INSERT INTO outbox (body) VALUES (?)", (b"x" * 300,))
            floor.execute("COMMIT")

        return Result("single edit, durable", self.rows, product, _median(alone, 50), None, "<= 5 ms")

    def _chosen(self) -> list[int]:
        step = max(1, self.rows // _CHANGED)
        return list(range(0, self.rows, step))[:_CHANGED]

    def _bulk(self, floor: sqlite3.Connection, chosen: Sequence[int], goal: str) -> list[Result]:
        """A status change of chosen rows and its undo; product and floor take turns, so that both meet the same machine."""
        ids = [uid(7, number) for number in chosen]
        body = json.dumps(ids).encode()

        def alone() -> None:
            floor.execute("BEGIN")
            floor.execute("CREATE TEMP TABLE chosen (k INTEGER PRIMARY KEY)")
            floor.executemany("INSERT INTO chosen VALUES (?)", ((number + 1,) for number in chosen))
            floor.execute("UPDATE hot SET status = 'mapped', mark = 1 WHERE k IN (SELECT k FROM chosen)")
            floor.execute("INSERT INTO outbox (body) VALUES (?)", (body,))
            floor.execute("DROP TABLE chosen")
            floor.execute("COMMIT")

        changed, undone, floors = [], [], []
        for _ in range(3):
            changed.append(_seconds(lambda: self.replica.run([SetStatus("keyword", ids, "mapped")])))
            floors.append(_seconds(alone))
            undone.append(_seconds(self.replica.undo))
        self.replica.run([SetStatus("keyword", ids, "mapped")])
        peer = _seconds(lambda: _row_by_row(floor, chosen))
        best = statistics.median(floors)
        return [
            Result(f"status of {name}, committed", self.rows, statistics.median(times), best, other, wanted)
            for name, times, other, wanted in (
                (f"{len(ids):,} rows", changed, peer, goal),
                (f"{len(ids):,} rows undone", undone, None, ""),
            )
        ]

    def _overlay(self, floor: sqlite3.Connection) -> Result:
        """The rows changed above are delivered again, under everything that was done to them and waits."""
        waiting = self.replica.counts().waiting_rows
        rows = [_keyword(number) for number in self._chosen()]
        self.replica.stage_page(_SITE, _page("pull", _lines("keyword", rows)))
        product = _seconds(lambda: self.replica.apply(_SITE))
        decoded = [[index, *row] for index, row in enumerate(rows, 1)]
        floor.execute(
            "CREATE TABLE again (k INTEGER PRIMARY KEY, uid TEXT UNIQUE, ver, deleted, s, t, c, status, disabled, v, d, at)"
        )
        again = "INSERT INTO again VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

        def alone() -> None:
            floor.execute("BEGIN")
            floor.executemany(again, decoded)
            floor.execute("UPDATE again SET status = 'mapped'")
            floor.execute("COMMIT")

        return Result(
            f"{len(rows):,} rows delivered under {waiting:,} pending changes",
            self.rows,
            product,
            _seconds(alone),
            None,
            "",
        )

    # ------------------------------------------------------------------ reading

    def _columns(self, floor: sqlite3.Connection) -> Result:
        reader = Reader.open(self.path)
        product = _median(lambda: reader.keyword_columns(None), 3)
        peer = _seconds(lambda: _rows_of(self.path))
        alone = _median(
            lambda: floor.execute("SELECT group_concat(k), group_concat(status) FROM hot").fetchall(), 3
        )
        reader.close()
        return Result(
            "columns packed for the memory engine",
            self.rows,
            product,
            alone,
            peer,
            "<= 1.5 s at 1,000,000 rows",
        )

    def _page(self, floor: sqlite3.Connection) -> Result:
        """One page of the grid at random places."""
        reader = Reader.open(self.path)
        places = Random(1)
        asked = [[places.randrange(1, self.rows + 1) for _ in range(_SHOWN)] for _ in range(200)]
        pages, rest = iter(asked), iter(asked)
        product = _median(lambda: reader.keyword_page(next(pages)), len(asked))
        marks = ", ".join("?" * _SHOWN)
        alone = _median(
            lambda: floor.execute(f"SELECT * FROM hot WHERE k IN ({marks})", next(rest)).fetchall(),
            len(asked),
        )
        reader.close()
        return Result(f"page of {_SHOWN} rows", self.rows, product, alone, None, "<= 1 ms")

    def _opening(self) -> Result:
        clock = SystemClock()

        def product() -> None:
            Replica.open(self.path, clock=clock, ids=MonotonicIds(clock)).close()

        def alone() -> None:
            connection = sqlite3.connect(self.path)
            connection.execute("SELECT count(*) FROM meta").fetchone()
            connection.close()

        return Result(
            "opening and closing the replica",
            self.rows,
            _median(product, 5),
            _median(alone, 5),
            None,
            "<= 20 ms",
        )


def _page(kind: str, lines: Sequence[tuple[str, bytes]]) -> Page:
    return Page(
        kind="snapshot" if kind == "snapshot" else "pull",
        epoch=_EPOCH,
        columns={entity: ENTITIES[entity].columns for entity, _ in lines},
        rows=[RowLine(entity, raw) for entity, raw in lines],
        aliases=(),
        conflicts=(),
        cursor=Cursor(epoch=_EPOCH, ver=1, rank=9).text,
        version=1,
        token=_EPOCH,
        has_more=False,
        at=1,
    )


def _lines(entity: str, rows: Sequence[Sequence[Any]]) -> list[tuple[str, bytes]]:
    return [
        (entity, json.dumps(rows[at : at + _LINE], separators=(",", ":")).encode())
        for at in range(0, len(rows), _LINE)
    ]


def _pages(entity: str, make: Callable[[int], list[Any]], rows: int) -> list[list[tuple[str, bytes]]]:
    lines = _lines(entity, [make(number) for number in range(rows)])
    return [lines[at : at + _PAGE_LINES] for at in range(0, len(lines), _PAGE_LINES)]


def _insert(floor: sqlite3.Connection, rows: Sequence[Sequence[Any]]) -> None:
    def numbered() -> Iterator[list[Any]]:
        for number, row in enumerate(rows, 1):
            yield [number, *row]

    floor.execute("BEGIN")
    floor.executemany(_INSERT, numbered())
    floor.execute("COMMIT")


def _rows_of(path: Path) -> list[Any]:
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT * FROM keyword_hot JOIN keyword USING (k)").fetchall()
    connection.close()
    return found


def _row_by_row(floor: sqlite3.Connection, chosen: Sequence[int]) -> None:
    floor.execute("BEGIN")
    floor.executemany(
        "UPDATE hot SET status = 'mapped', mark = 1 WHERE k = ?", ((number + 1,) for number in chosen)
    )
    floor.executemany("INSERT INTO outbox (body) VALUES (?)", ((os.urandom(8).hex() * 10,) for _ in chosen))
    floor.execute("COMMIT")
