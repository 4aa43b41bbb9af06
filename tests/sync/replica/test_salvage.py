"""A damaged replica: moved aside and kept, its work saved from the file where it can be read and from the journal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from planner_core.commands import AssignCluster, CreateCluster, SetOverride
from planner_core.wire.feed import RowResult
from sync.errors import ReplicaCorrupt
from sync.replica import Reader
from sync.replica.journal import journal_path
from sync.replica.salvage import put_by_journals
from tests.sync.replica.images import (
    DATABASE,
    JOURNAL,
    Image,
    Open,
    image,
    journaled,
    put_back,
    unsettled,
)
from tests.sync.replica.world import OWNER, SECTOR, SITE, World, cluster, keyword, keyword_row, results


@pytest.fixture
def busy(world: World) -> World:
    """A replica with settled, refused, parked, unconfirmed, sending and waiting work, all of it in the database file."""
    replica = world.replica
    replica.claim(OWNER)
    replica.run([SetOverride("volume", [keyword(1)], 1)])
    replica.store_results(SITE, results(world.send(), version=2))
    world.deliver(SITE, {"keyword": [keyword_row(1, ver=2, volume_override=1)]}, version=2)
    replica.run([SetOverride("volume", [keyword(2)], 2)])
    refused = [RowResult(code="poison", e="keyword", ids=[keyword(2)], message="Not today.")]
    replica.store_results(SITE, results(world.send(), version=3, verdict="rejected", rows=refused))
    replica.run([AssignCluster([keyword(3)], cluster(1))])
    parked = [RowResult(code="missing", e="keyword", ids=[keyword(3)], message="Unknown there.")]
    replica.store_results(SITE, results(world.send(), version=4, verdict="parked_dependency", rows=parked))
    replica.run([SetOverride("volume", [keyword(4)], 4)])
    replica.store_results(SITE, results(world.send(), version=5))
    replica.run([SetOverride("volume", [keyword(5)], 5)])
    world.send()
    for number in range(20):
        replica.run([CreateCluster(world.ids.uid(), SECTOR, f"Waiting {number}")])
        world.clock.advance(1)
    replica._store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return world


def _spoilt(files: Image, chance: Random, pages: int) -> bytes:
    raw = bytearray(files[DATABASE])
    size = int.from_bytes(raw[16:18], "big")
    for page in chance.sample(range(1, len(raw) // size), pages):
        raw[page * size : page * size + 64] = b"\x99" * 64
    return bytes(raw)


def _opened_again(folder: Path, files: Image) -> tuple[World, str]:
    """Open the files as often as it takes; return the world and what the first opening said."""
    folder.mkdir()
    for name, raw in files.items():
        (folder / name).write_bytes(raw)
    damaged: list[ReplicaCorrupt] = []

    def opened() -> World:
        try:
            return World(folder)
        except ReplicaCorrupt as error:
            damaged.append(error)
        (folder / DATABASE).write_bytes(b"")
        return World(folder)

    world = opened()
    world.replica.claim(OWNER)
    for error in damaged:
        assert Path(error.moved_to).read_bytes() == files[DATABASE]
    return world, damaged[0].remedy if damaged else ""


def _as_salvaged(work: Open) -> Open:
    """What had an answer that was not delivered yet is asked about again: the platform repeats what it said."""
    return {
        op: (body, "open" if state in ("applied", "partly") else state) for op, (body, state) in work.items()
    }


@pytest.mark.parametrize("seed", range(12))
def test_spoilt_pages_cost_no_edit(busy: World, tmp_path: Path, seed: int) -> None:
    """P57: whichever pages a failing disk spoils, every unsettled edit is there afterwards, under its op id."""
    chance = Random(seed)
    wanted = unsettled(busy)
    files = image(busy)
    again, said = _opened_again(tmp_path / "again", files | {DATABASE: _spoilt(files, chance, 1 + seed)})
    found = unsettled(again)
    if said:
        assert found == _as_salvaged(wanted)
        assert f"{len(wanted)} changes that had not been settled were saved" in said
        assert again.replica.replica_id != busy.replica.replica_id
    else:
        assert found == wanted
    assert journaled(again) == found
    assert sorted(_messages(again)) == ["Not today.", "Unknown there."]
    again.close()


def _messages(world: World) -> list[str]:
    reader = Reader.open(world.path)
    try:
        return [one.message for one in reader.review("open")]
    finally:
        reader.close()


@pytest.mark.parametrize("seed", range(12))
def test_with_the_journal_gone_too_what_the_file_still_says_is_saved_and_counted(
    busy: World, tmp_path: Path, seed: int
) -> None:
    """P57: beyond the promise, and still: nothing made up, nothing settled revived, the number told."""
    wanted = unsettled(busy)
    files = image(busy)
    del files[JOURNAL]
    again, said = _opened_again(tmp_path / "again", files | {DATABASE: _spoilt(files, Random(seed), 3)})
    found = unsettled(again)
    assert set(found) <= set(wanted)
    assert all(found[op][0] == wanted[op][0] for op in found)
    assert not said or (f"{len(found)} change" if found else "No work was found") in said
    again.close()


def test_damage_that_spares_the_edits_loses_none_without_a_journal(busy: World, tmp_path: Path) -> None:
    """P57: the table of keywords is spoilt, the edits are read from the damaged file."""
    wanted = unsettled(busy)
    files = image(busy)
    del files[JOURNAL]
    (root,) = busy.replica._store.one("SELECT rootpage FROM sqlite_master WHERE name = 'keyword_hot'")
    raw = bytearray(files[DATABASE])
    size = int.from_bytes(raw[16:18], "big")
    raw[(root - 1) * size : (root - 1) * size + 64] = b"\x99" * 64
    again, said = _opened_again(tmp_path / "again", files | {DATABASE: bytes(raw)})
    assert said
    assert unsettled(again) == _as_salvaged(wanted)
    again.fill()
    assert again.row(5)["volume_override"] == 5
    again.close()


def test_what_the_journal_knows_as_settled_is_not_revived_by_a_damaged_file(
    busy: World, tmp_path: Path
) -> None:
    """P57: the database lost its newest commits and is damaged; the journal is newer."""
    old = image(busy)[DATABASE]
    action = next(one for one in busy.replica._store.all("SELECT id FROM action ORDER BY n DESC LIMIT 1"))[0]
    busy.replica.cancel(action)
    wanted = unsettled(busy)
    files = {DATABASE: _spoilt({DATABASE: old}, Random(1), 12), JOURNAL: image(busy)[JOURNAL]}
    again, said = _opened_again(tmp_path / "again", files)
    assert said
    assert unsettled(again) == _as_salvaged(wanted)
    again.close()


def test_what_was_cancelled_is_not_revived_by_an_older_file_whose_edits_can_be_read(
    busy: World, tmp_path: Path
) -> None:
    """P57, P68: only the journal knows of the cancelling; the damage is elsewhere in the file."""
    busy.replica._store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    old = image(busy)[DATABASE]
    (root,) = busy.replica._store.one("SELECT rootpage FROM sqlite_master WHERE name = 'keyword_hot'")
    (action,) = busy.replica._store.one("SELECT id FROM action ORDER BY n DESC LIMIT 1")
    busy.replica.cancel(action)
    wanted = unsettled(busy)
    raw = bytearray(old)
    size = int.from_bytes(raw[16:18], "big")
    raw[(root - 1) * size : (root - 1) * size + 64] = b"\x99" * 64
    again, said = _opened_again(tmp_path / "again", {DATABASE: bytes(raw), JOURNAL: image(busy)[JOURNAL]})
    assert said
    assert unsettled(again) == _as_salvaged(wanted)
    again.close()


def test_work_that_had_a_verdict_keeps_its_place_when_only_the_journal_is_left(
    busy: World, tmp_path: Path
) -> None:
    """P57, P66: the version it was given travels along, in case a restored platform has forgotten it, too."""
    op = busy.replica._store.value("SELECT op_id FROM mutation WHERE ver = 5")
    again, _ = _opened_again(tmp_path / "again", {JOURNAL: image(busy)[JOURNAL]})
    assert {one.op_id: one.was for one in again.replica.peek(SITE)}[op] == 5
    again.close()


def test_the_damaged_files_stay_all_of_them(busy: World) -> None:
    """P57, P55: file, log and journal are kept under the name that is told; the new file starts without their log."""
    files = image(busy)
    busy.replica._store.connection.close()
    busy.replica._lock.release()
    busy.path.write_bytes(b"no database" * 1000)
    with pytest.raises(ReplicaCorrupt) as caught:
        busy.open()
    moved = Path(caught.value.moved_to)
    beside = moved.with_name(f"{moved.name}.{JOURNAL}")
    assert beside.read_bytes() == files[JOURNAL]
    assert len(put_by_journals(busy.path)) == 1
    assert not busy.path.exists()
    busy.open()
    busy.replica.claim(OWNER)
    assert put_by_journals(busy.path) == []
    busy.replica.claim(OWNER)
    assert busy.replica.recovered == len(unsettled(busy))


def test_a_kill_between_rebuilding_and_claiming_forgets_nothing(busy: World, tmp_path: Path) -> None:
    """C27: opened, not claimed, opened again: the journal that waits is not replaced by the new file's own."""
    wanted = unsettled(busy)
    again = put_back(tmp_path / "again", {JOURNAL: image(busy)[JOURNAL]}, claim=False)
    for _ in range(3):
        again.crash()
        again.replica._store.set_meta("file_id", again.ids.uid())
    again.replica.claim(OWNER)
    assert unsettled(again) == _as_salvaged(wanted)
    again.close()


def test_salvaged_work_is_undone_and_cancelled_like_any_other(busy: World, tmp_path: Path) -> None:
    """P68: it may have been sent: taking it back appends the inverse."""
    again = put_back(tmp_path / "again", {JOURNAL: image(busy)[JOURNAL]})
    again.fill()
    before = len(again.replica.peek(SITE))
    (action,) = again.replica._store.one(
        "SELECT action FROM mutation WHERE instr(body, CAST(? AS BLOB)) > 0", keyword(5)
    )
    assert again.replica.cancel(action).changed == 1
    assert again.row(5)["volume_override"] is None
    assert len(again.replica.peek(SITE)) == before + 1
    again.close()


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions of POSIX")
def test_a_folder_that_cannot_be_written_is_named_and_nothing_is_lost(busy: World, tmp_path: Path) -> None:
    """P56: read-only folder: opening fails with the remedy, and works again afterwards. Without rights of an administrator."""
    wanted = unsettled(busy)
    again = put_back(tmp_path / "again", image(busy))
    again.close()
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom sync.clock import SystemClock\nfrom sync.errors import PlannerError\n"
        "from sync.ids import MonotonicIds\nfrom sync.replica import Replica\n"
        "os.geteuid() == 0 and os.seteuid(65534)\n"
        "try:\n    Replica.open(Path(sys.argv[1]), clock=SystemClock(), ids=MonotonicIds(SystemClock()))\n"
        "except (PlannerError, OSError) as error:\n    print(type(error).__name__, error)\n    sys.exit(7)\n"
    )
    for path in (again.folder, *again.folder.iterdir()):
        path.chmod(0o555 if path.is_dir() else 0o444)
    for parent in list(again.folder.parents)[:4]:
        if parent.stat().st_uid == os.geteuid():
            parent.chmod(parent.stat().st_mode | 0o055)
    done = subprocess.run(
        [sys.executable, "-c", program, str(again.path)], capture_output=True, text=True, check=False
    )
    for path in (again.folder, *again.folder.iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert done.returncode == 7, done.stderr
    again.open()
    assert unsettled(again) == wanted
    again.close()


def test_a_disk_that_is_full_while_a_damaged_file_is_moved_aside_keeps_the_journal(
    busy: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P56, P57: nothing can be written aside: the journal itself waits with the damaged file, and is told by nobody else."""
    kept = journal_path(busy.path).read_bytes()
    busy.close()
    busy.path.write_bytes(b"no database" * 1000)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("sync.replica.journal._write", full)
        with pytest.raises(ReplicaCorrupt):
            busy.open()
    assert [one.read_bytes() for one in busy.folder.glob(f"*{JOURNAL}*") if one.is_file()] == [kept]
    busy.open()
    busy.replica.claim(OWNER)
    assert len(unsettled(busy)) == 24
