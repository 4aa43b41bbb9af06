"""The way to the platform and back, over loopback, with a real server process: first snapshot, delta, pushes, idle syncs, digests.

The server, its database, the transport and the replica are the product's own; nothing is left out but the network's distance. Lines
that end in "cpu" count processor time of both sides together: on a busy machine they say more than the clock.

Floors, taken in the same run:
- snapshot and delta: the slower of two halves, the server's stream read and thrown away, and its rows decoded and inserted into bare
  tables;
- edits: one UPDATE for all rows on a copy of the server's database, committed as durably, without verdicts or who wrote what;
- new keywords: one INSERT of the same rows into the server's own table on that copy, with its indexes and guards.

Peers, on the same rows in the same run: a stock Django REST framework project (always), and PouchDB with `--peer pouchdb`. A peer that
would take too long gets fewer rows, and its figure is counted up in proportion; the last column says so.
"""

from __future__ import annotations

import csv
import os
import sqlite3
import statistics
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import _floors as floors
from benchmarks._desktop import Desktop
from benchmarks._first_sync import first_sync
from benchmarks._platform import Platform, Timed, load, served
from benchmarks._pouchdb import ROWS as POUCH_ROWS
from benchmarks._pouchdb import Pouch, pouchdb
from benchmarks._stock import COLUMNS, stock
from benchmarks.results import Result
from planner_core.commands import AddKeywordsFromSeeds, SetOverride, SetOverrides

EDITS, DELTA, SINGLES = 100_000, 10_000, 10_000
AT_ONCE = 50_000
STOCK_ROWS, STOCK_MANY, STOCK_EACH = 50_000, 5_000, 300
IDLE_ROUNDS = 15
_KEYWORDS = (
    "SELECT t.uid, a.uid, NULL, t.status, t.disabled, t.volume_override, t.difficulty_override, t.created_at, s.keyword, s.volume,"
    " s.difficulty, s.intent, s.country FROM planning_keywords t JOIN accounts_sector a ON a.id = t.sector_id"
    " JOIN library_seedkeyword s ON s.id = t.seed_keyword_id ORDER BY t.id LIMIT ?"
)


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


@dataclass(frozen=True, slots=True)
class _ARow:
    """What a peer took for one row, in milliseconds."""

    wall: float = 0.0
    cpu: float = 0.0

    @classmethod
    def of(cls, timed: Timed, rows: int) -> _ARow:
        return cls(timed.wall / rows, timed.cpu / rows)


class _Bench:
    def __init__(self, folder: Path, platform: Platform, rows: int) -> None:
        self.folder, self.platform, self.rows = folder, platform, rows
        self.edits = min(EDITS, rows)
        self.pouch: Pouch | None = None
        self.stock_pull = self.stock_many = self.stock_each = _ARow()

    def run(self) -> list[Result]:
        author = Desktop(self.folder / "author", self.platform.url)
        author.engine.sync_now()
        results = self._new_keywords(author)
        self._peers()
        results += self._snapshot()
        fresh = Desktop(self.folder / "fresh", self.platform.url)
        fresh.engine.sync_now()
        results += self._same_edits(author)
        results += self._various_edits(author)
        assert fresh.engine.sync_now().pulled == self.edits
        results += self._delta(author, fresh)
        results += self._single_edits(author)
        fresh.engine.sync_now()
        results += [*self._idle(fresh), *self._digests(fresh)]
        assert fresh.content() == author.content()
        assert fresh.equals_platform()
        fresh.close()
        author.close()
        return results

    def _line(self, name: str, product: float, floor: float | None = None, **more: Any) -> Result:
        return Result(name, self.rows, product, floor, **more)

    def _results(self, name: str, product: Timed, floor: Timed, goal: str = "") -> list[Result]:
        return [
            self._line(name, product.wall, floor.wall, goal=goal),
            self._line(f"{name}, cpu", product.cpu, floor.cpu),
        ]

    # ------------------------------------------------------------------ peers

    def _peers(self) -> None:
        """Let the peers do their part on the same rows."""
        with closing(sqlite3.connect(self.platform.database)) as database:
            rows = database.execute(_KEYWORDS, (max(STOCK_ROWS, POUCH_ROWS),)).fetchall()
        with stock(self.folder / "stock", rows[:STOCK_ROWS]) as peer:
            with Timed(peer.process) as timed:
                pulled = peer.first_pull(self.folder / "stock-client.db")
            assert pulled == min(STOCK_ROWS, self.rows)
            self.stock_pull = _ARow.of(timed, pulled)
            many = range(1, min(STOCK_MANY, self.rows) + 1)
            with Timed(peer.process) as timed:
                peer.patch_many(many)
            self.stock_many = _ARow.of(timed, len(many))
            each = range(1, min(STOCK_EACH, self.rows) + 1)
            with Timed(peer.process) as timed:
                peer.patch_each(each)
            self.stock_each = _ARow.of(timed, len(each))
        if os.environ.get("PLANNER_BENCH_PEER") == "pouchdb":
            self.pouch = pouchdb(self.folder / "pouch", COLUMNS, rows[:POUCH_ROWS])

    def _beside_pouch(
        self, name: str, product: float, pouch: float, had: int, wanted: int, goal: str
    ) -> Result:
        note = "" if had == wanted else f" (peer counted up from {had:,})"
        return self._line(f"{name}, peer PouchDB", product, peer_ms=pouch * wanted / had, goal=goal + note)

    # ------------------------------------------------------------------ down

    def _snapshot(self) -> list[Result]:
        """A first sync of one profile, in a process of its own; then its halves alone."""
        whole = first_sync(self.folder / "fresh", self.platform)
        platform_peak = self.platform.peak_mb()
        desk = Desktop(self.folder / "fresh", self.platform.url)
        assert len(desk.column("SELECT uid FROM keyword")) == self.rows
        with Timed(self.platform) as stream:
            pages = floors.stream_of_everything(desk)
        desk.close()
        with Timed() as insert:
            floors.insert_alone(self.folder / "floor.db", pages)
        floor = max(stream, insert, key=lambda one: one.wall)
        name, feed_rows = "first snapshot", 2 * self.rows
        note = "" if self.rows <= STOCK_ROWS else f" (stock counted up from {STOCK_ROWS:,})"
        results = [
            self._line(
                name,
                whole.wall,
                floor.wall,
                peer_ms=self.stock_pull.wall * self.rows,
                goal=f"<= 1.5 x slower half, 8 x stock DRF{note}",
            ),
            self._line(
                f"{name}, cpu",
                whole.cpu,
                stream.cpu + insert.cpu,
                peer_ms=self.stock_pull.cpu * self.rows,
                goal="floor: both halves",
            ),
            self._line(f"{name}: the stream alone", stream.wall),
            self._line(f"{name}: the insert alone", insert.wall),
            self._line(
                f"{name}: platform's cpu a row", (whole.cpu - whole.cpu_here) * 1e3 / feed_rows, unit="us"
            ),
            self._line(f"{name}: desktop's cpu a row", whole.cpu_here * 1e3 / feed_rows, unit="us"),
            self._line(
                f"{name}: on the wire",
                whole.wire_mb,
                sum(map(len, pages)) / 1e6,
                unit="MB",
                goal="floor: not compressed",
            ),
            self._line(
                f"{name}: desktop's peak memory",
                whole.peak_mb,
                peer_ms=self.pouch.peak_mb if self.pouch else None,
                unit="MB",
            ),
            self._line(f"{name}: platform's peak memory", platform_peak, unit="MB"),
        ]
        if self.pouch:
            pouch = self.pouch
            results += [
                self._beside_pouch(name, whole.wall, pouch.pull_ms, pouch.rows, self.rows, "25 x PouchDB"),
                self._beside_pouch(f"{name}, cpu", whole.cpu, pouch.pull_cpu_ms, pouch.rows, self.rows, ""),
            ]
        return results

    def _delta(self, author: Desktop, fresh: Desktop) -> list[Result]:
        """10,000 rows that somebody else changed, fetched and shown."""
        chosen = self._chosen(author, min(DELTA, self.rows))
        author.replica.run(
            [SetOverrides("difficulty", {uid: place % 101 for place, uid in enumerate(chosen)})]
        )
        author.engine.sync_now()
        (site,) = (scope for scope in fresh.replica.scopes() if scope.kind == "site")
        with Timed(self.platform) as stream:
            pages = floors.stream_of_changes(fresh, site.id, site.cursor)
        with Timed() as insert:
            floors.insert_alone(self.folder / "floor-delta.db", pages)
        with Timed(self.platform) as product:
            assert fresh.engine.sync_now().pulled == len(chosen)
        floor = max(stream, insert, key=lambda one: one.wall)
        return self._results(f"delta of {len(chosen):,} rows", product, floor)

    def _idle(self, desk: Desktop) -> list[Result]:
        """A round in which nothing happened anywhere."""
        rounds: list[Timed] = []
        desk.wire.reset()
        for _ in range(IDLE_ROUNDS):
            with Timed(self.platform) as one:
                desk.engine.sync_now()
            rounds.append(one)
        return [
            self._line(
                "idle sync",
                statistics.median(one.wall for one in rounds),
                peer_ms=self.pouch.idle_ms if self.pouch else None,
            ),
            self._line("idle sync, cpu", sum(one.cpu for one in rounds) / IDLE_ROUNDS),
            self._line("idle sync: requests", desk.wire.requests / IDLE_ROUNDS, unit="n"),
            self._line("idle sync: on the wire", desk.wire.bytes / IDLE_ROUNDS / 1e3, unit="kB"),
        ]

    def _digests(self, desk: Desktop) -> list[Result]:
        """What proves that everything is equal: each side's own hashes of every row."""
        scopes = [scope.id for scope in desk.replica.scopes()]
        with Timed() as here:
            ours = [desk.replica.digest(scope) for scope in scopes]
        with Timed(self.platform) as there:
            theirs = [desk.feed.digest(scope).entities for scope in scopes]
        assert ours == theirs
        return [
            self._line("digest of everything, desktop", here.wall),
            self._line("digest of everything, platform", there.wall),
        ]

    # ------------------------------------------------------------------ up

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
            return self._results("sync of new keywords", product, floors.insert_again(copy))

    def _same_edits(self, author: Desktop) -> list[Result]:
        """Change the same field of 100,000 keywords to one value offline; then push it, and pull it back."""
        chosen = self._chosen(author, self.edits)
        with Timed() as queued:
            outcome = author.replica.run([SetOverride("volume", chosen, 1234)])
        assert outcome.changed == len(chosen)
        goal = "<= 1.5 x one statement"
        return self._pushed(author, f"{len(chosen):,} same edits", chosen, queued, goal, self.stock_many)

    def _various_edits(self, author: Desktop) -> list[Result]:
        """Give 100,000 keywords a value of its own each, as a pasted column does."""
        chosen = self._chosen(author, self.edits)
        with Timed() as queued:
            for start in range(0, len(chosen), AT_ONCE):
                some = chosen[start : start + AT_ONCE]
                values = {uid: place for place, uid in enumerate(some, start)}
                author.replica.run([SetOverrides("volume", values)])
        return self._pushed(author, f"{len(chosen):,} pasted edits", chosen, queued, "", self.stock_many)

    def _single_edits(self, author: Desktop) -> list[Result]:
        """Edit 10,000 keywords one after the other, each an action and a commit of its own."""
        chosen = self._chosen(author, min(SINGLES, self.rows))
        with Timed() as queued:
            for place, uid in enumerate(chosen):
                author.replica.run([SetOverride("volume", [uid], 5_000_000 + place)])
        name = f"{len(chosen):,} single edits"
        goal = "3 x stock many=True"
        results = self._pushed(author, name, chosen, queued, goal, self.stock_many)
        push, cpu = results[0].product_ms, results[1].product_ms
        each = self.stock_each.wall * len(chosen)
        results.append(self._line(f"push of {name}, peer one PATCH each", push, peer_ms=each))
        if self.pouch:
            pouch = self.pouch
            results.append(
                self._beside_pouch(
                    f"push of {name}", push, pouch.push_ms, pouch.edits, len(chosen), "10 x PouchDB"
                )
            )
            results.append(
                self._beside_pouch(
                    f"push of {name}, cpu", cpu, pouch.push_cpu_ms, pouch.edits, len(chosen), ""
                )
            )
            results.append(
                self._beside_pouch(
                    f"queueing {name}", queued.wall, pouch.local_ms, pouch.edits, len(chosen), ""
                )
            )
        return results

    def _pushed(
        self, author: Desktop, name: str, chosen: Sequence[str], queued: Timed, goal: str, stock_row: _ARow
    ) -> list[Result]:
        with closing(self._copy_of_server()) as copy:
            floor = floors.one_statement(copy, list(chosen))
        author.wire.reset()
        there = self.platform.cpu_seconds()
        with Timed(self.platform) as whole:
            author.feed.watch = whole
            author.engine.sync_now()
        pushed, cpu = author.feed.pushed
        there = (self.platform.cpu_seconds() - there) * 1000
        rows = len(chosen)
        return [
            self._line(f"push of {name}", pushed, floor.wall, peer_ms=stock_row.wall * rows, goal=goal),
            self._line(f"push of {name}, cpu", cpu, floor.cpu, peer_ms=stock_row.cpu * rows),
            *self._results(f"sync of {name}", whole, floor),
            self._line(f"sync of {name}: desktop's cpu beside the platform's", whole.cpu_here, there),
            self._line(f"sync of {name}: on the wire", author.wire.bytes / 1e6, unit="MB"),
            self._line(f"queueing {name}", queued.wall, floor.wall),
        ]

    def _chosen(self, author: Desktop, number: int) -> list[str]:
        return author.column(f"SELECT uid FROM keyword ORDER BY uid LIMIT {number}")

    def _copy_of_server(self) -> sqlite3.Connection:
        return floors.copied(self.platform.database, self.folder / "copy.db")
