"""Floors of the way to the platform and back: the same rows with nothing around them."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from benchmarks._desktop import Desktop
from benchmarks._platform import Timed
from planner_core.wire.feed import PREFIX

PAGE_ROWS, PULL_ROWS = 50_000, 20_000


def copied(source: Path, target: Path) -> sqlite3.Connection:
    """Return a connection to a fresh copy of the server's database that commits as durably as the server."""
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(target)) as to:
        original.backup(to)
    copy = sqlite3.connect(target, isolation_level=None)
    for setting in ("journal_mode = WAL", "synchronous = FULL", "cache_size = -65536"):
        copy.execute(f"PRAGMA {setting}")
    return copy


def one_statement(copy: sqlite3.Connection, chosen: list[str]) -> Timed:
    """Set one column of the chosen keywords by one UPDATE, with the gate's version and the guards, without verdicts."""
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


def insert_again(copy: sqlite3.Connection) -> Timed:
    """Insert every keyword by one statement into the server's own table, with its indexes and guards."""
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


def stream_of_everything(desk: Desktop) -> list[bytes]:
    """Read every scope's snapshot to its end and return the pages as bytes."""
    return [page for scope in desk.replica.scopes() for page in _snapshot(desk, scope.id)]


def stream_of_changes(desk: Desktop, scope: str, cursor: str) -> list[bytes]:
    """Read a scope's pull from a cursor to its end and return the pages as bytes."""
    pages: list[bytes] = []
    while True:
        path = f"{PREFIX}scopes/{scope}/pull"
        params: dict[str, str | int] = {"limit": PULL_ROWS, "cursor": cursor}
        with desk.session.stream("GET", path, params=params) as response:
            pages.append(b"".join(response.iter_bytes()))
        end = json.loads(pages[-1].rstrip(b"\n").rpartition(b"\n")[2])
        cursor = end["cursor"]
        if not end["has_more"]:
            return pages


def _snapshot(desk: Desktop, scope: str) -> list[bytes]:
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


def insert_alone(path: Path, pages: list[bytes]) -> None:
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
