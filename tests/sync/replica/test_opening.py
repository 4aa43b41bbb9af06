"""Opening: stamps, locks, damage, full disks, owners, and the end of a process at every named point."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from planner_core.commands import SetOverride, SetStatus
from sync.errors import (
    DiskFull,
    NotFound,
    OwnerMismatch,
    ReplicaCorrupt,
    ReplicaLocked,
    ReplicaNewer,
    ReplicaOlder,
)
from sync.replica import OwnerRow, Reader, Replica, hooks
from sync.replica.opening import APPLICATION_ID, SCHEMA_VERSION
from tests.sync.replica.world import OWNER, SITE, Killed, World, keyword, keyword_row, page, results


def _pragma(path: Path, text: str) -> Any:
    connection = sqlite3.connect(path)
    found = connection.execute(f"PRAGMA {text}").fetchone()
    connection.close()
    return found[0] if found else None


def test_a_new_file_is_stamped_and_durable(empty: World) -> None:
    """P54, P56, P57."""
    store = empty.replica._store
    assert store.value("PRAGMA application_id") == APPLICATION_ID
    assert store.value("PRAGMA user_version") == SCHEMA_VERSION
    assert store.value("PRAGMA synchronous") == 2
    assert store.value("PRAGMA journal_mode") == "wal"
    assert store.value("PRAGMA mmap_size") in (0, None)


def test_ids_and_counters_survive_closing(world: World) -> None:
    replica, commit = world.replica.replica_id, int(world.replica._store.meta("commit"))
    world.close()
    world.open()
    assert (world.replica.replica_id, int(world.replica._store.meta("commit"))) == (replica, commit)


def test_absent_files_are_made_only_when_asked(tmp_path: Path, empty: World) -> None:
    with pytest.raises(NotFound):
        Replica.open(tmp_path / "none.db", clock=empty.clock, ids=empty.ids, create=False)
    with pytest.raises(NotFound):
        Reader.open(tmp_path / "none.db")


def test_a_file_of_a_newer_version_is_left_as_it_is(world: World) -> None:
    world.close()
    _pragma(world.path, f"user_version = {SCHEMA_VERSION + 1}")
    before = world.path.read_bytes()
    with pytest.raises(ReplicaNewer) as caught:
        world.open()
    assert "Update" in caught.value.remedy
    with pytest.raises(ReplicaNewer):
        Reader.open(world.path)
    assert world.path.read_bytes() == before


def test_a_file_of_an_older_version_is_read_once_it_was_opened_for_writing(world: World) -> None:
    world.close()
    _pragma(world.path, f"user_version = {SCHEMA_VERSION - 1}")
    with pytest.raises(ReplicaOlder) as caught:
        Reader.open(world.path)
    assert "planner sync" in caught.value.remedy
    world.open()
    world.close()
    Reader.open(world.path).close()


@pytest.mark.parametrize("damage", ["text", "header", "middle"])
def test_a_damaged_file_is_moved_aside_and_a_fresh_one_can_be_made(world: World, damage: str) -> None:
    """P54, P56."""
    world.replica._store.run("UPDATE meta SET value = '0' WHERE key = 'clean'")
    world.replica._store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    world.replica._store.connection.close()
    world.replica._lock.release()
    raw = bytearray(world.path.read_bytes())
    if damage == "text":
        raw = bytearray(b"This is no database. " * 500)
    elif damage == "header":
        raw[:100] = bytes(100)
    else:
        for at in range(4096, len(raw), 512):
            raw[at] ^= 0xFF
    world.path.write_bytes(raw)
    with pytest.raises(ReplicaCorrupt) as caught:
        world.open()
    moved = Path(caught.value.moved_to)
    assert moved.read_bytes() == raw
    assert str(moved) in caught.value.message
    assert world.open().scopes() == []


def test_a_second_process_is_told_who_owns_the_file(world: World) -> None:
    """P52."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom sync.clock import SystemClock\nfrom sync.errors import ReplicaLocked\n"
        "from sync.ids import MonotonicIds\nfrom sync.replica import Replica, Reader\n"
        "path = Path(sys.argv[1]); clock = SystemClock()\n"
        "Reader.open(path).close()\n"
        "try:\n    Replica.open(path, clock=clock, ids=MonotonicIds(clock))\n"
        "except ReplicaLocked as error:\n    print(error.message)\n    sys.exit(7)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(world.path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, f"process {os.getpid()}" in done.stdout) == (7, True), done.stderr
    with pytest.raises(ReplicaLocked):
        World(world.folder)


def test_another_owner_is_refused(empty: World) -> None:
    """P49, P50."""
    ada = OwnerRow("https://a.example", "1" * 32, "2" * 32, "ada@example.com")
    empty.replica.claim(ada)
    empty.replica.claim(OwnerRow(ada.server, ada.account, ada.user, "new@example.com"))
    with pytest.raises(OwnerMismatch, match="belongs to new@"):
        empty.replica.claim(OwnerRow(ada.server, ada.account, "3" * 32, "bob@example.com"))
    assert empty.replica.owner() == OwnerRow(ada.server, ada.account, ada.user, "new@example.com")


def test_a_full_disk_writes_nothing_and_says_so(world: World) -> None:
    """P54, P56, P57."""
    before = world.dump()
    store = world.replica._store
    store.connection.execute(f"PRAGMA max_page_count = {store.value('PRAGMA page_count')}")
    rows = [keyword_row(n, ver=2, of_seed=1) for n in range(100, 3000)]
    with pytest.raises(DiskFull) as caught:
        world.replica.stage_page(SITE, page({"keyword": rows}, version=2))
    assert "Free some space" in caught.value.remedy
    assert world.dump() == before
    store.connection.execute("PRAGMA max_page_count = 1000000")
    assert world.deliver(SITE, {"keyword": rows}, version=2).kinds >= {"keyword"}


def test_readers_see_the_last_commit_and_cannot_write(world: World) -> None:
    reader = Reader.open(world.path)
    world.replica.run([SetStatus("keyword", [keyword(1)], "mapped")])
    assert reader.keyword_page([1])[0]["status"] == "mapped"
    with pytest.raises(sqlite3.OperationalError):
        reader._connection.execute("DELETE FROM keyword")
    reader.close()


def test_opening_costs_no_heavy_import(world: World) -> None:
    world.close()
    program = (
        "import sys\nfrom pathlib import Path\nfrom sync.clock import SystemClock\nfrom sync.ids import MonotonicIds\n"
        "from sync.replica import Replica, Reader\npath = Path(sys.argv[1]); clock = SystemClock()\n"
        "replica = Replica.open(path, clock=clock, ids=MonotonicIds(clock))\nreader = Reader.open(path)\n"
        "assert len(reader.keyword_columns(None).text), 'rows'\nreplica.close()\n"
        "print(sorted({'pydantic', 'sqlite_utils', 'httpx', 'planner_core.wire.body', 'planner_core.wire.feed'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(world.path)], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
    world.open()


# ---------------------------------------------------------------------- the end of the process at each named point


def _edit(world: World) -> None:
    world.replica.run([SetStatus("keyword", [keyword(2)], "mapped")])


def _send(world: World) -> None:
    world.send()


def _push(world: World) -> None:
    world.replica.store_results(SITE, results(world.send(), version=2))


def _stage(world: World) -> None:
    rows = {"keyword": [keyword_row(1, ver=2, status="mapped"), keyword_row(3, ver=2, volume_override=4)]}
    world.replica.stage_page(SITE, page(rows, version=2))


def _stage_snapshot(world: World) -> None:
    world.replica.begin_snapshot(SITE, "e" * 32)
    rows = {"keyword": [keyword_row(1, ver=2, status="mapped"), keyword_row(3, ver=2)]}
    world.replica.stage_page(SITE, page(rows, version=2, kind="snapshot"))
    world.replica.stage_page(SITE, page({}, version=2))


def _apply(world: World) -> None:
    world.replica.apply(SITE)


def _nothing(world: World) -> None:
    return None


_Step = Callable[[World], None]
_CASES: list[tuple[str, _Step, _Step, bool]] = [
    (hooks.BEFORE_EDIT_COMMIT, _nothing, _edit, False),
    (hooks.INSIDE_EDIT, _nothing, _edit, False),
    (hooks.AFTER_EDIT_COMMIT, _nothing, _edit, True),
    (hooks.AFTER_SENDING_MARK, _nothing, _send, True),
    (hooks.BEFORE_RESULTS_COMMIT, _send, _push, False),
    (hooks.AFTER_RESULTS_COMMIT, _send, _push, True),
    (hooks.INSIDE_STAGING, _nothing, _stage, False),
    (hooks.AFTER_STAGING, _nothing, _stage, True),
    (hooks.INSIDE_APPLY, _stage, _apply, False),
    (hooks.INSIDE_REBASE, _stage, _apply, False),
    (hooks.AFTER_APPLY, _stage, _apply, True),
    (hooks.INSIDE_SWAP, _stage_snapshot, _apply, False),
]


@pytest.mark.parametrize(("point", "prepare", "work", "kept"), _CASES, ids=[case[0] for case in _CASES])
def test_after_a_kill_things_are_as_before_or_as_after(
    world: World, point: str, prepare: _Step, work: _Step, *, kept: bool
) -> None:
    """P5, P24."""
    world.replica.run([SetStatus("keyword", [keyword(1)], "mapped")])
    world.replica.run([SetStatus("keyword", [keyword(3)], "mapped")])
    prepare(world)
    before = _everything(world)
    world.kill_at = point
    pid = os.fork()
    if pid == 0:
        # The child is the process that dies: no handler, no rollback, no closing.
        try:
            work(world)
        except Killed:
            os._exit(9)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9
    world.kill_at = ""
    world.crash()
    assert (_everything(world) != before) is kept
    work(world)
    assert world.replica._store.value("PRAGMA integrity_check") == "ok"
    assert world.row(1)["status"] == "mapped"


def _everything(world: World) -> Any:
    store = world.replica._store
    stage = store.all("SELECT kind, entity, body FROM stage ORDER BY n")
    mutations = store.all("SELECT seq, op_id, state, confirmed FROM mutation ORDER BY id")
    return (
        world.dump(),
        stage,
        mutations,
        [(one.cursor, one.staged, one.version) for one in world.replica.scopes()],
    )


def test_a_kill_in_a_migration_leaves_no_half_schema(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.close()
    world.path.unlink()
    pid = os.fork()
    if pid == 0:
        world.kill_at = hooks.INSIDE_MIGRATION
        try:
            world.open()
        except Killed:
            os._exit(9)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9
    assert world.open().scopes() == []
    world.close()


def test_every_named_point_is_tried_here() -> None:
    assert {case[0] for case in _CASES} | {hooks.INSIDE_MIGRATION} == set(hooks.ALL)


def test_rows_that_belong_to_nobody_are_not_taken_by_whoever_comes(world: World) -> None:
    """P50: the note of the owner is gone; neither reading nor writing makes the rows somebody's, and nothing is changed."""
    world.replica.run([SetOverride("volume", [keyword(1)], 5)])
    world.replica._store.run("DELETE FROM meta WHERE key = 'owner'")
    world.crash()
    before = world.dump()
    with pytest.raises(OwnerMismatch, match="does not say whose they are") as caught:
        world.replica.claim(OWNER)
    assert "Move it away" in caught.value.remedy
    assert world.replica.owner() is None
    assert world.dump() == before
    with closing(Reader.open(world.path)) as reader, pytest.raises(OwnerMismatch, match="whose they are"):
        reader.check_owner()


def test_edits_of_a_file_that_belongs_to_nobody_come_back_once_it_is_moved_away(world: World) -> None:
    """P50, P57: the remedy holds."""
    world.replica.run([SetOverride("volume", [keyword(1)], 5)])
    (waiting,) = world.replica.peek(SITE)
    world.replica._store.run("DELETE FROM meta WHERE key = 'owner'")
    for _ in range(2):
        world.crash()
        with pytest.raises(OwnerMismatch):
            world.replica.claim(OWNER)
    world.close()
    world.path.rename(world.path.with_name("replica.db.unknown"))
    world.open()
    world.replica.claim(OWNER)
    assert [one.op_id for one in world.replica.peek(SITE)] == [waiting.op_id]
    assert world.replica.recovered == 1


def test_a_new_file_belongs_to_whoever_opens_it_first(empty: World) -> None:
    with closing(Reader.open(empty.path)) as reader:
        reader.check_owner()
    empty.replica.claim(OWNER)
    empty.fill()
    with closing(Reader.open(empty.path)) as reader:
        reader.check_owner()
