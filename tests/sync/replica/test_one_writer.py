"""One writer, many readers: who holds the file, what others may do, and that neither ever sees half of anything."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, suppress
from pathlib import Path

import pytest

from planner_core.commands import SetOverride
from sync.errors import ReplicaLocked
from sync.replica import Reader, Replica
from sync.replica.opening import connect_reader
from tests.sync.replica.world import World, keyword

_HOLD = (
    "import sys\nfrom pathlib import Path\nfrom sync.clock import SystemClock\nfrom sync.ids import MonotonicIds\n"
    "from sync.replica import Replica\nfrom planner_core.commands import SetOverride\n"
    "clock = SystemClock()\nreplica = Replica.open(Path(sys.argv[1]), clock=clock, ids=MonotonicIds(clock))\n"
    "replica.run([SetOverride('volume', [sys.argv[2]], 5)])\n"
    "print('held', flush=True)\nsys.stdin.read()\n"
)


def test_a_second_process_waits_outside_until_the_first_is_gone_however_it_ends(world: World) -> None:
    """P52: the lock is held by a descriptor: killed, its owner leaves none behind, and the edit it had shown is there."""
    world.close()
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(world.path), keyword(1)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        try:
            assert owner.stdout is not None
            assert owner.stdout.readline().strip() == "held"
            with pytest.raises(ReplicaLocked, match=f"process {owner.pid}"):
                world.open()
            with closing(Reader.open(world.path)) as reader:
                assert reader.counts().waiting == 1, "reading goes on beside it"
        finally:
            owner.kill()
            owner.wait()
    world.open()
    assert world.row(1)["volume_override"] == 5


def test_one_process_opens_a_file_for_writing_once(world: World) -> None:
    """P52: a second window of the same program is no exception."""
    with pytest.raises(ReplicaLocked):
        Replica.open(world.path, clock=world.clock, ids=world.ids)
    world.replica.run([SetOverride("volume", [keyword(1)], 5)])
    assert world.row(1)["volume_override"] == 5


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE meta SET value = 'x' WHERE key = 'clean'",
        "DELETE FROM mutation",
        "PRAGMA user_version = 9",
        "CREATE TABLE mine (a)",
        "DROP TABLE review",
    ],
)
def test_a_reader_cannot_write(world: World, statement: str) -> None:
    """P53: whatever it is asked to."""
    with closing(connect_reader(world.path)) as reader, pytest.raises(sqlite3.OperationalError):
        reader.execute(statement)
    assert world.replica._store.value("PRAGMA user_version") != 9


def test_no_reader_checkpoints_neither_by_asking_nor_by_closing(world: World) -> None:
    """P53: two that checkpoint at once may damage a file; only the writer's connection does."""
    world.replica._store.connection.execute("PRAGMA wal_autocheckpoint = 0")
    world.replica.run([SetOverride("volume", [keyword(1)], 5)])
    before = world.path.read_bytes()
    reader = connect_reader(world.path)
    assert reader.execute("PRAGMA mmap_size").fetchone() in ((0,), None)
    # Refused, or answered with nothing moved.
    with suppress(sqlite3.OperationalError):
        reader.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert world.path.read_bytes() == before
    # The writer is gone without closing in order, so that the last one to close is the reader.
    world.replica._store.connection.close()
    world.replica._lock.release()
    assert world.path.read_bytes() == before
    reader.close()
    assert world.path.read_bytes() == before
    assert world.path.with_name(f"{world.path.name}-wal").stat().st_size > 0
    world.open()
    assert world.row(1)["volume_override"] == 5


def test_readers_beside_a_writer_that_checkpoints_see_whole_commits_only(world: World) -> None:
    """P53: every commit sets six rows alike; readers that ever see two values at once have seen half of one."""
    ids = [keyword(number) for number in range(1, 7)]
    world.replica.run([SetOverride("volume", ids, 1)])
    faults: list[object] = []
    seen: set[int] = set()
    ended = threading.Event()

    def read(path: Path) -> None:
        with closing(connect_reader(path)) as reader:
            while not ended.is_set():
                values = {
                    value
                    for (value,) in reader.execute(
                        "SELECT volume_override FROM keyword_hot WHERE k IN (SELECT k FROM keyword)"
                    )
                }
                if len(values) != 1:
                    faults.append(values)
                seen.update(values)

    readers = [threading.Thread(target=read, args=(world.path,)) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        for turn in range(2, 150):
            world.replica.run([SetOverride("volume", ids, turn)])
            if turn % 5 == 0:
                world.replica._store.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    finally:
        ended.set()
        for reader in readers:
            reader.join()
    assert faults == []
    assert seen
    assert world.replica._store.value("PRAGMA integrity_check") == "ok"
