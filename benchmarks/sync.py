"""The way to the platform and back, over loopback, with a real server process: the first snapshot, and pushes of 100,000 edits.

The server, its database, the transport and the replica are the product's own; nothing is left out but the network's distance. Lines
that end in "cpu" count processor time of both sides together: on a busy machine they say more than the clock.

Floors, taken in the same run:
- snapshot: the slower of two halves, the server's stream read and thrown away, and its rows decoded and inserted into bare tables;
- edits: one UPDATE for all rows on a copy of the server's database, committed as durably, without verdicts or who wrote what;
- new keywords: one INSERT of the same rows into the server's own table on that copy, with its indexes and guards.
"""

from __future__ import annotations

import csv
import json
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import msgspec

from benchmarks._desktop import Desktop
from benchmarks._platform import Platform, Timed, load, served
from benchmarks.results import Result
from planner_core.commands import AddKeywordsFromSeeds, SetOverride
from planner_core.wire.feed import PREFIX

EDITS = 100_000
AT_ONCE = 50_000
PAGE_ROWS = 50_000
SNAPSHOT_GOAL = "<= 1.5 x slower of stream, insert"
PUSH_GOAL = "<= 1.5 x one statement"


def measure(rows: int) -> list[Result]:
    """Return the figures at a site of so many keywords and as many library seeds."""
    with tempfile.TemporaryDirectory(prefix="planner-bench-") as name:
        folder = Path(name)
        _write_library(folder / "library.csv", rows)
        load(folder / "server", folder / "library.csv")
        with served(folder / "server") as platform:
            return _Bench(folder, platform, rows).run()


def _write_library(file: Path, rows: int) -> None:
    with file.open("w", newline="") as output:
        writer = csv.writer(output)
        writer.writerow(["keyword", "volume", "difficulty", "intent", "country"])
        writer.writerows(
            [f"standing desk model {number:07d}", number % 9973, number % 101, "commercial", "US"]
            for number in range(rows)
        )


class _Bench:
    def __init__(self, folder: Path, platform: Platform, rows: int) -> None:
        self.folder, self.platform, self.rows = folder, platform, rows
        self.edits = min(EDITS, rows)

    def run(self) -> list[Result]:
        author = Desktop(self.folder / "author", self.platform.url)
        author.engine.sync_now()
        results = self._new_keywords(author)
        fresh = Desktop(self.folder / "fresh", self.platform.url)
        results += self._snapshot(fresh)
        results += self._same_edits(author)
        results += self._various_edits(author)
        assert fresh.engine.sync_now().pulled == self.edits
        assert fresh.content() == author.content()
        assert fresh.equals_platform()
        fresh.close()
        author.close()
        return results

    def _results(self, name: str, rows: int, product: Timed, floor: Timed, goal: str) -> list[Result]:
        return [
            Result(name, rows, product.wall, floor.wall, None, goal),
            Result(f"{name}, cpu", rows, product.cpu, floor.cpu),
        ]

    def _new_keywords(self, author: Desktop) -> list[Result]:
        """Make a keyword of every seed on one machine, then push them all and pull them back."""
        (sector,) = author.column("SELECT uid FROM sector")
        seeds = author.column("SELECT uid FROM seed ORDER BY uid")
        for start in range(0, len(seeds), AT_ONCE):
            some = seeds[start : start + AT_ONCE]
            author.replica.run([AddKeywordsFromSeeds(sector, some, [author.ids.uid() for _ in some])])
        with Timed(self.platform) as product:
            author.engine.sync_now()
        with closing(self._copy_of_server()) as copy:
            return self._results("sync of new keywords", self.rows, product, _insert_again(copy), "")

    def _snapshot(self, fresh: Desktop) -> list[Result]:
        with Timed(self.platform) as product:
            fresh.engine.sync_now()
        assert len(fresh.column("SELECT uid FROM keyword")) == self.rows
        with Timed(self.platform) as stream:
            pages = [page for scope in fresh.replica.scopes() for page in _stream(fresh, scope.id)]
        with Timed() as insert:
            _insert_alone(self.folder / "floor.db", pages)
        floor = max(stream, insert, key=lambda one: one.wall)
        return self._results("first snapshot", self.rows, product, floor, SNAPSHOT_GOAL)

    def _same_edits(self, author: Desktop) -> list[Result]:
        """Change the same field of 100,000 keywords to one value offline; then push it, and pull it back."""
        chosen = self._chosen(author)
        outcome = author.replica.run([SetOverride("volume", chosen, 1234)])
        assert outcome.changed == len(chosen)
        name = f"{len(chosen):,} same edits"
        with closing(self._copy_of_server()) as copy:
            floor = _one_statement(copy, chosen)
        pushed, whole = self._synced(author)
        return [
            Result(f"push of {name}", self.rows, pushed, floor.wall, None, PUSH_GOAL),
            *self._results(f"sync of {name}", self.rows, whole, floor, ""),
        ]

    def _various_edits(self, author: Desktop) -> list[Result]:
        """Give 100,000 keywords a value of its own each, as a pasted column does."""
        chosen = self._chosen(author)
        for start in range(0, len(chosen), AT_ONCE):
            some = chosen[start : start + AT_ONCE]
            author.replica.run([SetOverride("volume", [uid], place) for place, uid in enumerate(some, start)])
        with closing(self._copy_of_server()) as copy:
            floor = _one_statement(copy, chosen)
        pushed, whole = self._synced(author)
        name = f"{len(chosen):,} various edits"
        return [
            Result(f"push of {name}", self.rows, pushed, floor.wall),
            *self._results(f"sync of {name}", self.rows, whole, floor, ""),
        ]

    def _chosen(self, author: Desktop) -> list[str]:
        return author.column(f"SELECT uid FROM keyword ORDER BY uid LIMIT {EDITS}")

    def _synced(self, author: Desktop) -> tuple[float, Timed]:
        """Return the milliseconds to the last verdict, and what the whole round took."""
        with Timed(self.platform) as whole:
            author.engine.sync_now()
        return (author.feed.pushed_at - whole.began) * 1000, whole

    def _copy_of_server(self) -> sqlite3.Connection:
        target = self.folder / "copy.db"
        target.unlink(missing_ok=True)
        with (
            closing(sqlite3.connect(self.platform.database)) as source,
            closing(sqlite3.connect(target)) as to,
        ):
            source.backup(to)
        copy = sqlite3.connect(target, isolation_level=None)
        for setting in ("journal_mode = WAL", "synchronous = FULL", "cache_size = -65536"):
            copy.execute(f"PRAGMA {setting}")
        return copy


def _one_statement(copy: sqlite3.Connection, chosen: list[str]) -> Timed:
    ids = json.dumps(chosen)
    with Timed() as timed:
        copy.execute("BEGIN IMMEDIATE")
        copy.execute("UPDATE feed_scope SET version = version + 1, writing = 1 WHERE kind = 'site'")
        copy.execute(
            "UPDATE planning_keywords SET volume_override = 4321, ver = (SELECT version FROM feed_scope WHERE id = scope_id)"
            " WHERE uid IN (SELECT value FROM json_each(?))",
            (ids,),
        )
        copy.execute("UPDATE feed_scope SET writing = 0 WHERE kind = 'site'")
        copy.execute("COMMIT")
    return timed


def _insert_again(copy: sqlite3.Connection) -> Timed:
    copy.execute("BEGIN IMMEDIATE")
    copy.execute("CREATE TABLE kept AS SELECT * FROM planning_keywords")
    copy.execute("UPDATE feed_scope SET version = version + 1, writing = 2 WHERE kind = 'site'")
    copy.execute("UPDATE kept SET ver = (SELECT version FROM feed_scope WHERE kind = 'site')")
    copy.execute("DELETE FROM planning_keywords")
    copy.execute("COMMIT")
    with Timed() as timed:
        copy.execute("BEGIN IMMEDIATE")
        copy.execute("INSERT INTO planning_keywords SELECT * FROM kept ORDER BY id")
        copy.execute("COMMIT")
    return timed


def _stream(desk: Desktop, scope: str) -> list[bytes]:
    """Read a scope's snapshot to its end and return the pages as bytes."""
    pages: list[bytes] = []
    after: dict[str, str | int] = {}
    while True:
        path, params = f"{PREFIX}scopes/{scope}/snapshot", {"limit": PAGE_ROWS, **after}
        with desk.session.stream("GET", path, params=params) as response:
            pages.append(b"".join(response.iter_bytes()))
        end = json.loads(pages[-1].rstrip(b"\n").rpartition(b"\n")[2])
        if not end["has_more"]:
            return pages
        after = {"after": end["after"], "at": end["at"]}


def _insert_alone(path: Path, pages: list[bytes]) -> None:
    """Decode every row and insert it into a table as wide as it, without an index."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN")
        for line in (line for page in pages for line in page.splitlines()):
            if line.startswith(b'{"t":"rows"'):
                decoded = msgspec.json.decode(line)
                width = len(decoded["rows"][0])
                names = ", ".join(f"c{number}" for number in range(width))
                connection.execute(f"CREATE TABLE IF NOT EXISTS {decoded['e']} ({names})")
                places = ", ".join("?" * width)
                connection.executemany(f"INSERT INTO {decoded['e']} VALUES ({places})", decoded["rows"])
        connection.execute("COMMIT")
