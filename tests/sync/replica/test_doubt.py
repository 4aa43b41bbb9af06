"""Damage and full disks that show only while the file is in use, and what the next opening makes of them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from planner_core.commands import SetStatus
from sync.errors import NotFound, PlannerError, ReplicaCorrupt, ReplicaTrouble
from sync.replica import Reader
from sync.replica.doubt import mark_path
from tests.sync.replica.world import ACCOUNT, KINDS, World, hello, keyword


def _spoil(path: Path, table: str) -> None:
    """Overwrite the root page of a table, as a failing disk does."""
    connection = sqlite3.connect(path)
    (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\x99" * 64)


class _Refusing:
    """A connection whose disk takes nothing any more."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.closed = False

    def execute(self, sql: str, *_values: Any) -> Any:
        raise sqlite3.OperationalError(f"database or disk is full: {sql}")

    def close(self) -> None:
        self.closed = True
        self._connection.close()


def test_closing_on_a_full_disk_neither_fails_nor_claims_an_orderly_end(world: World) -> None:
    store = world.replica._store
    refusing = _Refusing(store.connection)
    store.connection = refusing  # type: ignore[assignment]
    world.replica.close()
    assert refusing.closed
    world.open()
    assert world.replica.counts().waiting == 0


def test_what_is_asked_as_a_property_fails_by_remedy_too(world: World) -> None:
    store = world.replica._store
    held = store.connection
    store.connection = _Refusing(held)  # type: ignore[assignment]
    with pytest.raises(PlannerError):
        _ = world.replica.replica_id
    store.connection = held
    assert world.replica.replica_id


def test_damage_met_while_reading_is_named_and_moved_aside_by_the_next_opening(world: World) -> None:
    world.close()
    _spoil(world.path, "cluster")
    reader = Reader.open(world.path)
    with pytest.raises(ReplicaCorrupt) as caught:
        reader.clusters()
    reader.close()
    assert "planner sync" in caught.value.remedy
    with pytest.raises(ReplicaCorrupt) as moved:
        world.open()
    assert Path(moved.value.moved_to).exists()
    assert not mark_path(world.path).exists()
    world.open()


def test_damage_met_while_writing_is_not_forgotten_by_closing(world: World) -> None:
    world.close()
    _spoil(world.path, "keyword_hot")
    world.open()
    with pytest.raises(ReplicaCorrupt):
        world.replica.run([SetStatus("keyword", [keyword(1)], "mapped")])
    world.close()
    with pytest.raises(ReplicaCorrupt) as moved:
        world.open()
    assert moved.value.moved_to


def test_a_text_that_is_no_text_any_more_is_damage_though_checks_find_none(world: World) -> None:
    world.replica._store.run("UPDATE site SET name = CAST(x'ff' AS TEXT)")
    world.close()
    reader = Reader.open(world.path)
    with pytest.raises(ReplicaCorrupt):
        reader.sites()
    reader.close()
    with pytest.raises(ReplicaCorrupt, match="moved to"):
        world.open()


def test_a_schema_whose_damage_is_no_text_is_named_and_moved_aside(world: World) -> None:
    """P57: SQLite's words about it hold the damaged bytes, which Python cannot decode."""
    world.close()
    with closing(sqlite3.connect(world.path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET sql = CAST(x'435245415445205441424c4520' || x'2289fc' AS TEXT) WHERE name = 'scope_state'"
        )
    with pytest.raises(ReplicaCorrupt) as caught:
        Reader.open(world.path)
    assert "planner sync" in caught.value.remedy
    with pytest.raises(ReplicaCorrupt) as moved:
        world.open()
    assert Path(moved.value.moved_to).exists()
    world.open()


def test_a_doubt_that_a_check_disproves_is_dropped(world: World) -> None:
    world.replica.doubt("malformed")
    world.close()
    world.open()
    assert not mark_path(world.path).exists()
    assert world.replica.counts().waiting == 0


@pytest.mark.parametrize("content", [b"", None], ids=["no bytes", "no tables"])
def test_an_empty_file_is_as_good_as_none(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "replica.db"
    if content is None:
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        connection.close()
    else:
        path.write_bytes(content)
    with pytest.raises(NotFound, match="no planner database"):
        Reader.open(path)


def test_a_folder_in_the_files_place_is_named(world: World) -> None:
    world.close()
    world.path.unlink()
    world.path.mkdir()
    for opening in (world.open, lambda: Reader.open(world.path)):
        with pytest.raises(ReplicaTrouble, match="something else has its name"):
            opening()


def test_a_sync_that_finds_nothing_new_is_the_last_one(empty: World) -> None:
    empty.replica.adopt_hello(hello())
    for scope in KINDS:
        empty.snapshot(scope, {})
    fetched = empty.replica.counts().last_sync
    empty.clock.advance(60)
    empty.replica.adopt_hello(hello())
    level = empty.replica.counts().last_sync
    assert level > fetched
    empty.clock.advance(60)
    empty.replica.adopt_hello(hello(version=9))
    assert empty.replica.counts().last_sync == level, "there is news, and it is not here yet"


def test_nothing_is_called_synchronised_before_every_scope_was_here_once(empty: World) -> None:
    assert not empty.replica.counts().complete
    empty.replica.adopt_hello(hello())
    empty.snapshot(ACCOUNT, {})
    counts = empty.replica.counts()
    assert (counts.complete, counts.last_sync) == (False, 0)
    for scope in KINDS:
        empty.snapshot(scope, {})
    counts = empty.replica.counts()
    assert counts.complete
    assert counts.last_sync > 0


@pytest.mark.parametrize("log", [False, True], ids=["closed in order", "left open"])
def test_a_reader_needs_no_room_on_the_disk(world: World, log: bool) -> None:
    """There is no room for the file that readers and writer share: SQLite cannot open the database the usual way then."""
    if log:
        world.replica._store.connection.execute("PRAGMA wal_autocheckpoint = 0")
        world.replica.run([SetStatus("keyword", [keyword(1)], "mapped")])
        copy = (world.path.read_bytes(), world.path.with_name("replica.db-wal").read_bytes())
        world.close()
        world.path.write_bytes(copy[0])
        world.path.with_name("replica.db-wal").write_bytes(copy[1])
    else:
        world.close()
    # A folder of that name shuts SQLite out, as a full disk does.
    world.path.with_name("replica.db-shm").mkdir()
    reader = Reader.open(world.path)
    assert reader.keyword_page([1])[0]["status"] == ("mapped" if log else "new")
    reader.close()
