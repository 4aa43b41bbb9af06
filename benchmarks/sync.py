"""The way to the platform and back, over loopback, with a real server process: the first snapshot, and a push of 100,000 edits.

The server, its database, the transport and the replica are the product's own; nothing is left out but the network's distance.
"""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.results import Result
from planner_core.commands import AddKeywordsFromSeeds, SetOverride
from sync.clock import SystemClock
from sync.engine import Engine
from sync.ids import MonotonicIds
from sync.replica import OwnerRow, Replica
from sync.transport import FeedClient, FeedPage, Rest, Session, SignedIn

EDITS = 100_000
CHUNK = 50_000
EMAIL, PASSWORD = "bench@planner.example", "correct-horse-battery"
PAGE_ROWS = 50_000


def measure(rows: int) -> list[Result]:
    """Return the figures at a site of so many keywords and as many library seeds."""
    with tempfile.TemporaryDirectory(prefix="planner-bench-") as folder, _server(Path(folder), rows) as url:
        return _Bench(Path(folder), url, rows).run()


class _Profile:
    """A signed-in replica with its engine."""

    def __init__(self, folder: Path, url: str) -> None:
        folder.mkdir()
        clock = SystemClock()
        self.path = folder / "replica.db"
        self.session = Session(url)
        signed: SignedIn = self.session.login(EMAIL, PASSWORD, device=folder.name)
        account = Rest(self.session).account()
        self.ids = MonotonicIds(clock)
        self.replica = Replica.open(self.path, clock=clock, ids=self.ids)
        self.replica.claim(OwnerRow(self.session.server, account.uid, signed.user["uid"], EMAIL))
        self.feed = FeedClient(self.session)
        self.engine = Engine(self.replica, self.feed, clock=clock, random=random.random)

    def column(self, sql: str) -> list[str]:
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as connection:
            return [row[0] for row in connection.execute(sql)]

    def close(self) -> None:
        self.replica.close()
        self.session.close()


class _Bench:
    def __init__(self, folder: Path, url: str, rows: int) -> None:
        self.folder, self.url, self.rows = folder, url, rows

    def run(self) -> list[Result]:
        author = _Profile(self.folder / "author", self.url)
        author.engine.sync_now()
        created = self._fill(author)
        fresh = _Profile(self.folder / "fresh", self.url)
        snapshot = _timed(fresh.engine.sync_now)
        stream, insert = self._snapshot_floors(fresh)
        assert len(fresh.column("SELECT uid FROM keyword")) == self.rows
        pushed = self._push(author)
        edits = min(EDITS, self.rows)
        assert fresh.engine.sync_now().pulled == edits
        fresh.close()
        author.close()
        floor = max(stream, insert)
        return [
            Result(
                "first snapshot over loopback",
                self.rows,
                snapshot,
                floor,
                None,
                "<= 1.5 x slower of stream, insert",
            ),
            Result(
                f"push of {edits:,} same edits",
                self.rows,
                pushed,
                self._push_floor(edits),
                None,
                "<= 1.5 x one statement",
            ),
            Result("push of new keywords", self.rows, created, insert, None, ""),
        ]

    def _fill(self, author: _Profile) -> float:
        """Make a keyword of every seed on one machine and push them all; return the push's milliseconds."""
        (sector,) = author.column("SELECT uid FROM sector")
        seeds = author.column("SELECT uid FROM seed ORDER BY uid")
        for start in range(0, len(seeds), CHUNK):
            chunk = seeds[start : start + CHUNK]
            author.replica.run([AddKeywordsFromSeeds(sector, chunk, [author.ids.uid() for _ in chunk])])
        return _timed(author.engine.sync_now)

    def _push(self, author: _Profile) -> float:
        """Change the same field of 100,000 keywords offline, then push it and pull it back."""
        chosen = author.column(f"SELECT uid FROM keyword ORDER BY uid LIMIT {EDITS}")
        outcome = author.replica.run([SetOverride("volume", chosen, 1234)])
        assert outcome.changed == len(chosen)
        return _timed(author.engine.sync_now)

    def _snapshot_floors(self, profile: _Profile) -> tuple[float, float]:
        """Return what the server's stream alone takes, read and thrown away, and what inserting its rows alone takes."""
        pages: list[FeedPage] = []
        stream = 0.0
        for scope in profile.replica.scopes():
            after, at, more = "", 0, True
            while more:
                began = time.perf_counter()
                page = profile.feed.snapshot(scope.id, after=after, at=at, limit=PAGE_ROWS, told=None)
                stream += (time.perf_counter() - began) * 1000
                after, at, more = page.after, page.at, page.has_more
                pages.append(page)
        path = self.folder / "floor.db"
        return stream, _timed(lambda: _insert_alone(path, pages))

    def _push_floor(self, edits: int) -> float:
        """One statement for all rows on a copy of the server's database, committed as durably as the server does."""
        copy = self.folder / "copy.db"
        with (
            closing(sqlite3.connect(self.folder / "server" / "planner.db")) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            ids = [
                row[0]
                for row in connection.execute(
                    "SELECT uid FROM planning_keywords ORDER BY uid LIMIT ?", (edits,)
                )
            ]
            return _timed(lambda: _one_statement(connection, json.dumps(ids)))


def _one_statement(connection: sqlite3.Connection, ids: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE feed_scope SET version = version + 1, writing = 1 WHERE kind = 'site'")
    connection.execute(
        "UPDATE planning_keywords SET volume_override = 4321, ver = (SELECT version FROM feed_scope WHERE id = scope_id)"
        " WHERE uid IN (SELECT value FROM json_each(?))",
        (ids,),
    )
    connection.execute("UPDATE feed_scope SET writing = 0 WHERE kind = 'site'")
    connection.execute("COMMIT")


def _insert_alone(path: Path, pages: list[FeedPage]) -> None:
    """Decode every row and insert it into one table as wide as it, without an index."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN")
        for page in pages:
            for line in page.lines:
                rows = json.loads(line.rows)
                width = len(rows[0])
                names = ", ".join(f"c{number}" for number in range(width))
                connection.execute(f"CREATE TABLE IF NOT EXISTS {line.entity} ({names})")
                connection.executemany(f"INSERT INTO {line.entity} VALUES ({', '.join('?' * width)})", rows)
        connection.execute("COMMIT")


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


@contextmanager
def _server(folder: Path, rows: int) -> Iterator[str]:
    """Serve a platform with one account, one site and a library of `rows` seeds; yields its address."""
    data = folder / "server"
    library = folder / "library.csv"
    with library.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["keyword", "volume", "difficulty", "intent", "country"])
        writer.writerows(
            [f"standing desk model {number:07d}", number % 9973, number % 101, "commercial", "US"]
            for number in range(rows)
        )
    _command(data, "migrate")
    _command(data, "load-library", str(library), "--industry", "Home office", "--sector", "Desks")
    account = (
        "create-account",
        "--email",
        EMAIL,
        "--name",
        "Bench",
        "--site",
        "Shop",
        "--industry",
        "home-office",
        "--sectors",
        "desks",
    )
    _command(data, *account, "--password-stdin", stdin=PASSWORD)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    serve = [sys.executable, "-m", "planner_server.main", "serve", "--port", port, "--data-dir", str(data)]
    process = subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # noqa: S603 - a program of ours
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(data, ignore_errors=True)


def _command(data: Path, *words: str, stdin: str = "") -> None:
    command = [sys.executable, "-m", "planner_server.main", *words, "--data-dir", str(data)]
    subprocess.run(  # noqa: S603 - a program of ours
        command, check=True, input=stdin, text=True, stdout=subprocess.DEVNULL, env=dict(os.environ)
    )
