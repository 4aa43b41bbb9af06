"""Files that lose a part of what they held, against the real server: no edit is lost, none is applied twice."""

import random
import shutil
from pathlib import Path

import pytest

from planner_core.commands import AssignCluster, CreateCluster, SetOverride
from sync.engine import Engine
from sync.errors import ReplicaCorrupt
from sync.replica.backups import Backups
from sync.replica.twin import Twin
from tests.contract.test_restored import later_restored
from tests.contract.test_two_people import assert_equal, questions, settle
from tests.support.machine import Machine
from tests.support.server import Server

DATABASE, LOG, JOURNAL = "replica.db", "replica.db-wal", "outbox.journal"


def image(machine: Machine) -> dict[str, bytes]:
    """The machine's files as they are now, while it has them open."""
    folder = machine.path.parent
    return {
        name: (folder / name).read_bytes() for name in (DATABASE, LOG, JOURNAL) if (folder / name).exists()
    }


def power_cut(machine: Machine, files: dict[str, bytes]) -> None:
    """End the machine without a word and start it on these files."""
    machine.replica._store.connection.close()
    machine.replica._lock.release()
    for name in (DATABASE, LOG, JOURNAL, f"{DATABASE}-shm"):
        path = machine.path.with_name(name)
        path.unlink(missing_ok=True)
        if name in files:
            path.write_bytes(files[name])
    try:
        machine.start()
    except ReplicaCorrupt:
        machine.start()


def keep_the_log(machine: Machine) -> None:
    """Let no checkpoint shorten the log, so that its end can be cut off."""
    machine.replica._store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    machine.replica._store.connection.execute("PRAGMA wal_autocheckpoint = 0")


def some_work(server: Server, machine: Machine, chance: random.Random) -> dict[str, int]:
    """Edit each keyword once and sync in between; return what must stand in the end."""
    expected: dict[str, int] = {}
    for number, keyword in enumerate(server.keywords[:6]):
        machine.volume(keyword, 100 + number)
        expected[keyword] = 100 + number
        machine.run(CreateCluster(machine.ids.uid(), server.sector, f"Made {number}"))
        machine.engine.hurry()
        for _ in range(chance.randrange(9)):
            machine.engine.step()
        machine.clock.advance(1)
    return expected


@pytest.mark.parametrize("seed", range(8))
def test_a_log_cut_anywhere_loses_and_doubles_nothing(server: Server, eve: Machine, seed: int) -> None:
    """C23, P54, I1, I2: the database forgets its newest commits, verdicts among them; the journal does not."""
    chance = random.Random(seed)
    keep_the_log(eve)
    expected = some_work(server, eve, chance)
    files = image(eve)
    page = int.from_bytes(files[LOG][8:12], "big") + 24
    frames = (len(files[LOG]) - 32) // page
    cut = 32 + page * chance.randrange(frames + 1) if seed % 2 else chance.randrange(len(files[LOG]))
    power_cut(eve, files | {LOG: files[LOG][:cut]})
    settle(eve)
    assert {uid: server.volume(uid) for uid in expected} == expected
    assert sorted(name for name in server.cluster_names() if name.startswith("Made")) == [
        f"Made {number}" for number in range(6)
    ]
    assert questions(eve) == []
    assert_equal(eve)


@pytest.mark.parametrize("seed", range(6))
def test_a_lost_or_shortened_journal_loses_and_doubles_nothing(
    server: Server, eve: Machine, seed: int
) -> None:
    """C2, C27: the database has everything."""
    chance = random.Random(seed)
    expected = some_work(server, eve, chance)
    files = image(eve)
    cut = chance.randrange(len(files[JOURNAL]))
    power_cut(eve, files | {JOURNAL: files[JOURNAL][:cut]})
    settle(eve)
    assert {uid: server.volume(uid) for uid in expected} == expected
    assert len([name for name in server.cluster_names() if name.startswith("Made")]) == 6
    assert_equal(eve)


@pytest.mark.parametrize("loss", ["gone", "damaged", "spoilt"])
@pytest.mark.parametrize("seed", range(3))
def test_a_lost_database_loses_and_doubles_nothing(
    server: Server, eve: Machine, loss: str, seed: int
) -> None:
    """P57: rebuilt by a snapshot; what the journal holds goes out under the same op ids and a new name."""
    chance = random.Random(seed)
    expected = some_work(server, eve, chance)
    name = eve.replica.replica_id
    eve.replica._store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    files = image(eve)
    match loss:
        case "gone":
            files = {JOURNAL: files[JOURNAL]}
        case "damaged":
            files[DATABASE] = b"no database " * 2000
            del files[LOG]
        case "spoilt":
            # Heads of pages: what a failing disk leaves is no database any more, here and there.
            raw = bytearray(files[DATABASE])
            size = int.from_bytes(raw[16:18], "big")
            for page in chance.sample(range(1, len(raw) // size), len(raw) // size // 3):
                raw[page * size : page * size + 64] = b"\x99" * 64
            files[DATABASE] = bytes(raw)
    power_cut(eve, files)
    settle(eve)
    assert {uid: server.volume(uid) for uid in expected} == expected
    assert len([name for name in server.cluster_names() if name.startswith("Made")]) == 6
    assert eve.replica.replica_id != name
    assert_equal(eve)


def test_an_old_file_put_back_sends_nothing_twice(server: Server, eve: Machine, cem: Machine) -> None:
    """P9, P67: sent, answered and confirmed since; somebody else has changed the value again."""
    keyword = server.keywords[0]
    eve.volume(keyword, 1)
    old = {name: raw for name, raw in image(eve).items() if name != JOURNAL}
    settle(eve, cem)
    cem.volume(keyword, 2)
    settle(cem)
    power_cut(eve, old | {JOURNAL: image(eve)[JOURNAL]})
    settle(eve, cem)
    assert server.volume(keyword) == 2, "the old file's edit is known there and not done again"
    assert questions(eve) == []
    assert_equal(eve, cem)


def test_a_lost_database_and_a_restored_platform_at_once(server: Server, eve: Machine, cem: Machine) -> None:
    """P57, P64: the platform forgot what it had answered; the journal holds it until its rows came back."""
    keyword = server.keywords[0]
    with later_restored():
        eve.volume(keyword, 7)
        eve.engine.hurry()
        for _ in range(40):
            eve.engine.step()
            if not eve.replica.peek(server.site.uid) and eve.replica.counts().waiting == 0:
                break
        files = image(eve)
    power_cut(eve, {JOURNAL: files[JOURNAL]})
    settle(eve, cem)
    assert server.volume(keyword) == 7
    assert_equal(eve, cem)


def test_a_restored_backup_uploads_nothing_by_itself(
    server: Server, eve: Machine, cem: Machine, tmp_path: Path
) -> None:
    """P81, P34: rows and values of the backup that the platform no longer has are not sent; edits made since are kept."""
    backups = Backups(tmp_path / "backups", eve.clock)
    twin = Twin(tmp_path / "state", eve.path)
    cem.volume(server.keywords[0], 1)
    settle(cem, eve)
    made = backups.make(eve.path, "by hand")
    cem.volume(server.keywords[0], 2)
    eve.run(AssignCluster([server.keywords[1]], server.clusters[0]))
    settle(cem, eve)
    eve.volume(server.keywords[2], 3)

    eve.replica.close()
    backups.restore(eve.path, made, twin, eve.ids)
    assert twin.paused
    eve.start()
    assert eve.overrides()[server.keywords[0]] == 1
    assert len(eve.replica.peek(server.site.uid)) == 1
    settle(eve, cem)
    assert server.volume(server.keywords[0]) == 2
    assert server.volume(server.keywords[2]) == 3
    assert eve.overrides()[server.keywords[0]] == 2
    assert server.live_keywords()[server.keywords[1]]["cluster"] == server.clusters[0]
    assert questions(eve) == []
    assert_equal(eve, cem)


def test_both_sides_put_back_their_backups(
    server: Server, eve: Machine, cem: Machine, tmp_path: Path
) -> None:
    """P81: pushed after both backups were made: in neither copy's rows, and still not lost, in either order."""
    for turn, keyword in enumerate(server.keywords[:2]):
        backups = Backups(tmp_path / f"backups{turn}", eve.clock)
        made = backups.make(eve.path, "by hand")

        def put_back(backups: Backups = backups, made: object = made) -> None:
            eve.replica.close()
            backups.restore(eve.path, made, Twin(tmp_path / "state", eve.path), eve.ids)  # type: ignore[arg-type]
            eve.start()

        with later_restored():
            eve.volume(keyword, 40 + turn)
            settle(eve, cem)
            if turn == 0:
                put_back()
        if turn == 1:
            put_back()
        settle(eve, cem)
        settle(eve, cem)
        assert server.volume(keyword) == 40 + turn
    assert_equal(eve, cem)


def test_two_copies_of_a_profile_with_unsent_work_send_it_once(server: Server, eve: Machine) -> None:
    """P9: found by the twin at opening, before anything is sent."""
    eve.run(CreateCluster(eve.ids.uid(), server.sector, "Made once"))
    eve.replica.close()
    folder = server.folder / "copy"
    shutil.copytree(eve.path.parent, folder)
    eve.start()
    copy = server.machine("copy")
    settle(eve, copy)
    settle(eve, copy)
    assert [name for name in server.cluster_names() if name.startswith("Made once")] == ["Made once"]
    assert_equal(eve, copy)


def test_a_backup_is_made_before_a_restored_platform_replaces_the_rows(
    server: Server, eve: Machine, tmp_path: Path
) -> None:
    """P35, P81: what this machine had seen and the platform forgot is in the copy, whatever the swap removes."""
    backups = Backups(tmp_path / "backups", eve.clock)

    def before_risk(reason: str) -> None:
        backups.make(eve.path, reason)

    eve.engine = Engine(
        eve.replica, eve.feed, clock=eve.clock, random=eve.random.random, before_risk=before_risk
    )
    keyword = server.keywords[0]
    with later_restored():
        server.run(SetOverride("volume", [keyword], 9))
        eve.sync()
    assert eve.overrides()[keyword] == 9
    settle(eve)
    assert eve.overrides()[keyword] is None
    made = next(one for one in backups.list() if one.risk == "the platform was restored")
    found = backups.difference(eve.path, made, rows=5)
    assert [(one.id, one.fields) for one in found.rows] == [(keyword, {"volume_override": (9, None)})]
