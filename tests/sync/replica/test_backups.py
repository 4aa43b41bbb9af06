"""Backups: whole, checked, thinned; put back with every edit of both files, after a pause, and over whatever lies there."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from planner_core.commands import CreateCluster, SetOverride, SetStatus
from planner_core.wire.feed import RowResult
from sync.errors import NotFound, OwnerMismatch, ReplicaCorrupt, ReplicaLocked, ReplicaTrouble
from sync.replica import Reader, Replica, hooks
from sync.replica.backups import DAILY, DAY_MS, Backup, Backups
from sync.replica.opening import SCHEMA_VERSION
from sync.replica.restoring import RESTORED_FROM
from sync.replica.twin import Twin
from tests.sync.replica.images import DATABASE, LOG, image, journaled, unsettled
from tests.sync.replica.world import (
    OWNER,
    SECTOR,
    SITE,
    Killed,
    World,
    cluster_row,
    keyword,
    keyword_row,
    results,
)


class Shelf:
    """A replica with its backups and its twin."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.state = folder / "state"
        self.backups = Backups(folder / "backups", world.clock, reach=world.reach)
        world.close()
        self.open()

    @property
    def twin(self) -> Twin:
        return Twin(self.state, self.world.path)

    def open(self) -> Replica:
        world = self.world
        world.replica = Replica.open(
            world.path, clock=world.clock, ids=world.ids, reach=world.reach, twin=self.twin
        )
        world.replica.claim(OWNER)
        return world.replica

    def make(self, reason: str = "before a test") -> Backup:
        return self.backups.make(self.world.path, reason)

    def put_back(self, backup: Backup) -> None:
        """Close, restore, open."""
        self.world.close()
        self.backups.restore(self.world.path, backup, self.twin, self.world.ids)
        self.open()


@pytest.fixture
def shelf(world: World, tmp_path: Path) -> Shelf:
    """A claimed replica with rows."""
    return Shelf(world, tmp_path / "beside")


def test_a_backup_is_whole_and_says_when_why_and_what(shelf: Shelf) -> None:
    shelf.world.replica.run([SetOverride("volume", [keyword(1), keyword(2)], 5)])
    made = shelf.make("Alpha: many rows are removed")
    assert (made.reason, made.keywords, made.waiting) == ("Alpha: many rows are removed", 6, 2)
    assert made.at == shelf.world.clock.now_ms()
    assert made.bytes == made.path.stat().st_size
    assert shelf.backups.list() == [made]
    assert shelf.backups.get(made.id) == made
    assert [path.name for path in made.path.parent.iterdir()] == [made.path.name], "no log beside it"
    with closing(sqlite3.connect(made.path)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with pytest.raises(NotFound, match=made.id):
        shelf.backups.get("of another day")


def test_edits_go_on_while_a_backup_is_made(shelf: Shelf) -> None:
    """P55: through SQLite's backup API, so that what the log holds is in the copy."""
    shelf.world.replica._store.connection.execute("PRAGMA wal_autocheckpoint = 0")
    shelf.world.replica.run([SetStatus("keyword", [keyword(1)], "mapped")])
    made = shelf.make()
    shelf.world.replica.run([SetStatus("keyword", [keyword(2)], "mapped")])
    found = shelf.backups.difference(shelf.world.path, made, rows=10)
    assert [(one.id, one.fields) for one in found.rows] == [(keyword(2), {"status": ("new", "mapped")})]


def test_a_damaged_replica_gives_no_backup(shelf: Shelf) -> None:
    good = shelf.make()
    shelf.world.close()
    raw = bytearray(shelf.world.path.read_bytes())
    for at in range(8192, len(raw), 700):
        raw[at] ^= 0xFF
    shelf.world.path.write_bytes(raw)
    with pytest.raises(ReplicaTrouble):
        shelf.make()
    assert [one.path for one in shelf.backups.list()] == [good.path]
    with pytest.raises(NotFound):
        shelf.backups.make(shelf.world.folder / "none.db", "x")


def test_a_kill_while_a_backup_is_made_leaves_the_others_and_no_half_one(shelf: Shelf) -> None:
    """C19: the copy has no name before it is whole; what a killed process left is cleared away by the next."""
    good = shelf.make()
    shelf.world.kill_at = hooks.BEFORE_SWAP_OF_FILES
    with pytest.raises(Killed):
        shelf.make()
    assert [one.path for one in shelf.backups.list()] == [good.path]
    shelf.world.clock.advance(60)
    later = shelf.make()
    assert [one.path for one in shelf.backups.list()] == [later.path]
    assert {path.name for path in later.path.parent.iterdir()} == {later.path.name}


def test_thinning_keeps_days_weeks_months_and_the_last_of_each_risk(shelf: Shelf) -> None:
    risky = shelf.make("Alpha: the platform was restored")
    template = risky.path.read_bytes()
    folder = risky.path.parent
    for day in range(1, 420):
        at = shelf.world.clock.now_ms() + day * DAY_MS
        stamp = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
        path = folder / f"replica-{stamp}.db"
        path.write_bytes(template)
        with closing(sqlite3.connect(path)) as copy, copy:
            copy.execute("UPDATE meta SET value = ? WHERE key = 'backup_at'", (str(at),))
            copy.execute("UPDATE meta SET value = ? WHERE key = 'backup_reason'", (DAILY,))
    shelf.backups.thin()
    there = shelf.backups.list()
    newest = there[0].at
    ages = [round((newest - one.at) / DAY_MS) for one in there]
    assert ages[:7] == list(range(7)), "a week of days"
    assert len([age for age in ages if 7 <= age < 35]) in range(2, 6), "then weeks"
    assert 8 <= len([age for age in ages if 35 <= age < 380]) <= 12, "then months"
    assert ages[-1] == 419, "the last one before the platform was restored"
    assert len(there) <= 7 + 4 + 12 + 1
    assert shelf.backups.thin() == []


def test_there_is_one_a_day(shelf: Shelf) -> None:
    assert shelf.backups.make_daily(shelf.world.path) is not None
    shelf.world.clock.advance(3600)
    assert shelf.backups.make_daily(shelf.world.path) is None
    shelf.world.clock.advance(24 * 3600)
    assert shelf.backups.make_daily(shelf.world.path) is not None
    shelf.world.clock.advance(-10 * 365 * 24 * 3600)
    assert shelf.backups.make_daily(shelf.world.path) is not None, "P36: a clock that was wrong by years"
    assert shelf.backups.make_daily(shelf.world.path) is None, "and still one a day"
    assert Backups(shelf.state / "none", shelf.world.clock).make_daily(shelf.state / "none.db") is None


def test_a_schema_is_changed_after_a_backup_only(shelf: Shelf) -> None:
    shelf.world.close()
    with closing(sqlite3.connect(shelf.world.path)) as older:
        older.execute(f"PRAGMA user_version = {SCHEMA_VERSION - 1}")
    asked: list[tuple[str, int]] = []

    def backup(reason: str) -> None:
        with closing(sqlite3.connect(shelf.world.path)) as file:
            asked.append(
                (
                    shelf.backups.make(shelf.world.path, reason).reason,
                    *file.execute("PRAGMA user_version").fetchone(),
                )
            )

    world = shelf.world
    world.replica = Replica.open(world.path, clock=world.clock, ids=world.ids, before_risk=backup)
    assert asked == [("before the database was brought up to date", SCHEMA_VERSION - 1)]
    world.close()
    world.replica = Replica.open(world.path, clock=world.clock, ids=world.ids, before_risk=backup)
    assert len(asked) == 1


# ---------------------------------------------------------------------- putting one back


def test_a_difference_says_what_a_restore_would_do_and_what_waits(shelf: Shelf) -> None:
    run = shelf.world.replica.run
    run([SetOverride("volume", [keyword(1)], 5)])
    made = shelf.make()
    run([SetOverride("volume", [keyword(1)], 6), SetStatus("keyword", [keyword(2)], "mapped")], label="Later")
    run([CreateCluster(shelf.world.ids.uid(), SECTOR, "Made later")])
    shelf.world.deliver(SITE, {"keyword": [keyword_row(3, ver=2, deleted=1)]}, version=2)
    found = shelf.backups.difference(shelf.world.path, made, rows=100)
    assert (found.kinds["keyword"].added, found.kinds["keyword"].changed, found.kinds["keyword"].removed) == (
        1,
        2,
        0,
    )
    assert (found.kinds["cluster"].removed, found.kinds["idea"].changed) == (1, 0)
    assert {(one.change, one.name) for one in found.rows} == {
        ("added", "walnut desk 3"),
        ("changed", "walnut desk 1"),
        ("changed", "walnut desk 2"),
        ("removed", "Made later"),
    }
    assert [one.label for one in found.pending][-2:] == ["Later", "Create cluster Made later"] or len(
        found.pending
    ) == 3
    assert not found.is_empty
    assert shelf.backups.difference(shelf.world.path, shelf.make()).is_empty


def test_a_restore_replaces_rows_and_no_edit(shelf: Shelf) -> None:
    """P81: outbox, history, journal and pause flag are those of both files; the rows are the backup's with that work on top."""
    world = shelf.world
    world.replica.run([SetOverride("volume", [keyword(1)], 5)])
    made = shelf.make()
    name, file = world.replica.replica_id, world.replica._store.meta("file_id")
    sent = world.send()
    world.replica.store_results(SITE, results(sent, version=2))
    world.deliver(
        SITE,
        {"keyword": [keyword_row(1, ver=2, volume_override=5), keyword_row(4, ver=2, status="mapped")]},
        version=2,
    )
    world.replica.run([SetOverride("volume", [keyword(2)], 7)])
    refused = [RowResult(code="poison", e="keyword", ids=[keyword(2)], message="No.")]
    world.replica.run([SetOverride("difficulty", [keyword(3)], 9)])
    first, *_ = world.send()
    world.replica.store_results(SITE, results([first], version=3, verdict="rejected", rows=refused))
    wanted = unsettled(world)
    history = world.replica._store.all("SELECT id, label FROM action ORDER BY n")

    shelf.put_back(made)

    assert unsettled(world) == wanted
    assert journaled(world) == wanted
    assert world.replica._store.all("SELECT id, label FROM action ORDER BY n") == history
    assert world.replica.replica_id != name
    assert world.replica._store.meta("file_id") != file
    assert world.replica._store.meta(RESTORED_FROM) == made.path.name
    assert shelf.twin.paused == f"The data was restored from the backup {made.id}."
    assert world.row(4)["status"] == "new", "the backup's row"
    assert world.row(1)["volume_override"] is None, "what the platform has comes with the next pull"
    assert world.row(3)["difficulty_override"] == 9, "what waits lies on top"
    assert world.row(2)["volume_override"] is None
    assert shelf.backups.list()[0].reason == "before a restore"
    assert [one.seq for one in world.replica.peek(SITE)] == [1]
    world.deliver(
        SITE,
        {"keyword": [keyword_row(1, ver=2, volume_override=5), keyword_row(4, ver=2, status="mapped")]},
        version=2,
    )
    assert (world.row(1)["volume_override"], world.row(4)["status"]) == (5, "mapped")


def test_what_the_platform_was_told_last_is_not_forgotten_by_a_restore(shelf: Shelf) -> None:
    """P65, P81: a platform that was restored, too, is noticed by the newest word it gave."""
    made = shelf.make()
    shelf.world.deliver(SITE, {"keyword": [keyword_row(1, ver=9, status="mapped")]}, version=9)
    shelf.put_back(made)
    (site,) = [one for one in shelf.world.replica.scopes() if one.id == SITE]
    assert (site.version, site.told_version, site.told_token) == (1, 9, "t9")


def test_restoring_twice_changes_nothing_more(shelf: Shelf) -> None:
    world = shelf.world
    made = shelf.make()
    world.replica.run([SetOverride("volume", [keyword(1)], 5)])
    wanted = unsettled(world)
    shelf.put_back(made)
    once = world.dump()
    shelf.put_back(made)
    assert (unsettled(world), world.dump()) == (wanted, once)


@pytest.mark.parametrize("time", [1, 2, 3])
def test_a_kill_while_restoring_leaves_one_file_or_the_other(shelf: Shelf, time: int) -> None:
    """C19: before the copy is named, before the old log is removed, before the files change places."""
    world = shelf.world
    world.replica.run([SetOverride("volume", [keyword(1)], 5)])
    made = shelf.make()
    world.replica.run([SetOverride("volume", [keyword(2)], 7)])
    wanted, rows = unsettled(world), world.dump()
    world.close()
    reached = 0

    def reach(name: str) -> None:
        nonlocal reached
        reached += name == hooks.BEFORE_SWAP_OF_FILES
        if reached == time:
            raise Killed(name)

    killed = Backups(made.path.parent, world.clock, reach=reach)
    with pytest.raises(Killed):
        killed.restore(world.path, made, shelf.twin, world.ids)
    shelf.open()
    assert (unsettled(world), world.dump()) == (wanted, rows)
    assert made in shelf.backups.list()
    shelf.put_back(made)
    assert unsettled(world) == wanted


def test_a_restore_over_a_crashed_profile_takes_its_log_along_first(shelf: Shelf) -> None:
    """P55: a log that a killed process left is neither lost nor replayed into the file that takes the place."""
    world = shelf.world
    made = shelf.make()
    world.replica._store.connection.execute("PRAGMA wal_autocheckpoint = 0")
    world.replica.run([SetOverride("volume", [keyword(1)], 5)])
    wanted = unsettled(world)
    files = image(world)
    assert len(files[LOG]) > 0
    world.replica._store.connection.close()
    world.replica._lock.release()
    world.path.write_bytes(files[DATABASE])
    world.path.with_name(LOG).write_bytes(files[LOG])

    shelf.backups.restore(world.path, made, shelf.twin, world.ids)
    assert not world.path.with_name(LOG).exists()
    shelf.open()
    assert unsettled(world) == wanted
    assert world.replica._store.value("PRAGMA integrity_check") == "ok"


def test_a_restore_over_a_damaged_profile_saves_its_work(shelf: Shelf) -> None:
    """P57: the damaged file is moved aside and its journal's work goes on in the restored one."""
    world = shelf.world
    made = shelf.make()
    world.replica.run([SetOverride("volume", [keyword(1)], 5)])
    wanted = unsettled(world)
    world.close()
    world.path.write_bytes(b"no database " * 1000)
    restored = shelf.backups.restore(world.path, made, shelf.twin, world.ids)
    assert restored.before is None
    shelf.open()
    assert unsettled(world) == wanted
    assert list(world.folder.glob("replica.db.damaged-*"))


def test_a_replica_in_use_is_not_replaced(shelf: Shelf) -> None:
    made = shelf.make()
    before = shelf.world.path.read_bytes()
    with pytest.raises(ReplicaLocked):
        shelf.backups.restore(shelf.world.path, made, shelf.twin, shelf.world.ids)
    assert shelf.world.path.read_bytes() == before


def test_a_backup_of_somebody_else_is_refused(shelf: Shelf, tmp_path: Path) -> None:
    """P50."""
    made = shelf.make()
    with closing(sqlite3.connect(made.path)) as copy, copy:
        copy.execute(
            "UPDATE meta SET value = replace(value, ?, ?) WHERE key = 'owner'", (OWNER.user, "f" * 32)
        )
    rows, owner = shelf.world.dump(), shelf.world.replica.owner()
    shelf.world.close()
    with pytest.raises(OwnerMismatch):
        shelf.backups.restore(shelf.world.path, made, shelf.twin, shelf.world.ids)
    shelf.open()
    assert shelf.world.dump() == rows
    assert shelf.world.replica.owner() == owner


def test_a_damaged_backup_is_refused(shelf: Shelf) -> None:
    made = shelf.make()
    raw = bytearray(made.path.read_bytes())
    for at in range(8192, len(raw), 300):
        raw[at] ^= 0xFF
    made.path.write_bytes(raw)
    rows = shelf.world.dump()
    shelf.world.close()
    with pytest.raises(ReplicaCorrupt) as caught:
        shelf.backups.restore(shelf.world.path, made, shelf.twin, shelf.world.ids)
    assert str(made.path) in caught.value.message
    assert shelf.twin.paused is None, "nothing was restored"
    shelf.open()
    assert shelf.world.dump() == rows


def test_a_backup_of_an_older_version_is_brought_up_to_date(shelf: Shelf) -> None:
    made = shelf.make()
    with closing(sqlite3.connect(made.path)) as copy:
        copy.execute(f"PRAGMA user_version = {SCHEMA_VERSION - 1}")
    shelf.put_back(made)
    assert shelf.world.replica._store.value("PRAGMA user_version") == SCHEMA_VERSION
    assert shelf.world.row(1)["status"] == "new"


def test_the_backup_that_was_restored_stays_until_it_was_compared(shelf: Shelf) -> None:
    made = shelf.make("first")
    shelf.put_back(made)
    for _ in range(3):
        shelf.world.clock.advance(1)
        shelf.make("first")
    assert made.path.exists()
    shelf.backups.release()
    shelf.make("first")
    assert not made.path.exists()


def test_a_copy_of_before_a_restore_is_itself_put_back(shelf: Shelf) -> None:
    """The copy made before it is of the same kind and day, and thinning keeps one of those."""
    first = shelf.make()
    shelf.world.replica.run([SetOverride("volume", [keyword(1)], 7)])
    shelf.put_back(first)
    (before,) = [one for one in shelf.backups.list() if one.reason == "before a restore"]
    shelf.put_back(before)
    assert shelf.world.row(1)["volume_override"] == 7
    assert before.path.exists()


def test_what_is_kept_beside_the_file_is_not_taken_for_fresh_after_a_restore(
    shelf: Shelf, tmp_path: Path
) -> None:
    """Columns side-car: the same commit number is reached again after a restore; the stamp differs by the file id."""
    made = shelf.make()
    shelf.world.replica.run([SetOverride("volume", [keyword(1)], 5)])
    shelf.world.replica.run([SetOverride("volume", [keyword(1)], 6)])

    def stamp(folder: Path) -> tuple[str, int]:
        reader = Reader.open(folder / DATABASE)
        try:
            return reader.stamp()
        finally:
            reader.close()

    before = stamp(shelf.world.folder)
    copy = tmp_path / "copy"
    shelf.world.close()
    shutil.copytree(shelf.world.folder, copy, ignore=shutil.ignore_patterns("copy", "beside"))
    shelf.open()
    shelf.put_back(made)
    while stamp(shelf.world.folder)[1] < before[1]:
        shelf.world.replica.run([SetOverride("volume", [keyword(2)], stamp(shelf.world.folder)[1])])
    assert stamp(shelf.world.folder)[0] != before[0]


def test_rows_of_clusters_and_ideas_are_compared_by_what_people_see(shelf: Shelf) -> None:
    made = shelf.make()
    shelf.world.deliver(SITE, {"cluster": [cluster_row(1, ver=2, name="Renamed")]}, version=2)
    found = shelf.backups.difference(shelf.world.path, made, rows=5)
    assert [(one.entity, one.fields) for one in found.rows] == [
        ("cluster", {"name": ("Cluster 1", "Renamed")})
    ]
