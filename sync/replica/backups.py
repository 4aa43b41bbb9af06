"""Backups of a replica: whole copies made through SQLite's own backup, checked, thinned with age, and put back with care.

A copy is written aside, checked, named only when it is whole. It carries in itself when and why it was made. Putting one back is in
`restoring`: it replaces rows and nothing else.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sync.clock import Clock
from sync.errors import NotFound, ReplicaCorrupt
from sync.ids import IdMaker
from sync.replica.comparing import Difference, compare
from sync.replica.hooks import BEFORE_SWAP_OF_FILES
from sync.replica.journal import sync_folder
from sync.replica.opening import APPLICATION_ID
from sync.replica.restoring import Around, restore
from sync.replica.store import FAULTS, is_damage, trouble
from sync.replica.twin import Twin

DAILY = "daily"
DAY_MS = 24 * 3600 * 1000
KEPT_DAYS, KEPT_WEEKS, KEPT_MONTHS = 7, 4, 12
_NAME = re.compile(r"replica-\d{8}T\d{6}Z(-\d+)?\.db")
_PART = ".part"


@dataclass(frozen=True, slots=True)
class Backup:
    """One copy. `at` is unix milliseconds; `keywords` are live ones; `waiting` counts rows of edits without a verdict."""

    path: Path
    at: int
    reason: str
    bytes: int
    keywords: int
    waiting: int

    @property
    def id(self) -> str:
        """Return what lists and commands call it."""
        return self.path.stem.removeprefix("replica-")

    @property
    def risk(self) -> str:
        """Return the step it was made before, without the name of the site it was about."""
        return self.reason.rpartition(": ")[2]


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. `before` is the copy of what was there, None if nothing was readable; `waiting` counts mutations."""

    before: Backup | None
    waiting: int


def _nowhere(_name: str) -> None:
    return None


class Backups:
    """The backups of one replica, in a folder of their own. Any thread may use it; the replica may be open meanwhile."""

    def __init__(self, folder: Path, clock: Clock, *, reach: Callable[[str], None] = _nowhere) -> None:
        self._folder = folder
        self._clock = clock
        self._reach = reach

    def make(self, replica_path: Path, reason: str, *, keep: Collection[str] = ()) -> Backup:
        """Copy the replica, check the copy, and thin what is there but the files named by `keep`.

        Raises NotFound, ReplicaCorrupt (nothing was kept of a copy that is damaged), DiskFull.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._clear_away()
        at = self._clock.now_ms()
        target = self._free_name(at)
        part = target.with_name(target.name + _PART)
        try:
            with closing(_source(replica_path)) as source:
                _copy(source, part, {"backup_at": str(at), "backup_reason": reason})
            self._reach(BEFORE_SWAP_OF_FILES)
            part.replace(target)
        except FAULTS as error:
            part.unlink(missing_ok=True)
            raise trouble(error, reading=is_damage(error)) from error
        except OSError:
            part.unlink(missing_ok=True)
            raise
        sync_folder(self._folder)
        self.thin(keep=[target.name, *keep])
        return self._read(target)

    def make_daily(self, replica_path: Path) -> Backup | None:
        """Make the day's copy if the newest one is older than a day. None: there is one, or nothing to copy yet."""
        # One of the future was made under a wrong clock: it must not end backups for years.
        now = self._clock.now_ms()
        if any(0 <= now - one.at < DAY_MS for one in self.list()):
            return None
        with suppress(NotFound):
            return self.make(replica_path, DAILY)
        return None

    def list(self) -> Sequence[Backup]:
        """Return the copies, the newest first. What cannot be read as one is left out."""
        found = []
        for path in self._paths():
            with suppress(sqlite3.Error, OSError, ValueError):
                found.append(self._read(path))
        return sorted(found, key=lambda one: (one.at, len(one.path.name), one.path.name), reverse=True)

    def get(self, name: str) -> Backup:
        """Return the copy of that id. Raises NotFound naming those there are."""
        there = self.list()
        for one in there:
            if name in (one.id, one.path.name):
                return one
        listed = ", ".join(one.id for one in there[:20]) or "none"
        raise NotFound(
            "unknown_backup",
            f"There is no backup {name!r}. There are: {listed}.",
            "See: planner backup list",
        )

    def thin(self, *, keep: Collection[str] = ()) -> Sequence[Path]:
        """Remove what is neither the newest of a day, a week or a month that is kept, nor the last before a kind of risk.

        Returns what was removed; `keep` names files that stay in any case.
        """
        there = self.list()
        stay = set(keep) | {one.path.name for one in _kept(there)}
        removed = [
            one.path for one in there if one.path.name not in stay and one.path.name not in self.held()
        ]
        for path in removed:
            path.unlink(missing_ok=True)
        return removed

    # ------------------------------------------------------------------ putting one back

    def difference(self, replica_path: Path, backup: Backup, *, rows: int = 0) -> Difference:
        """Return what putting a copy back would change against now; with `rows`, the first so many of them, too."""
        return compare(replica_path, backup.path, rows=rows)

    def restore(self, replica_path: Path, backup: Backup, twin: Twin, ids: IdMaker) -> Restored:
        """Put a copy in the replica's place: its rows, with all edits of both. Synchronisation is paused before.

        The present file is copied first. Raises ReplicaLocked, OwnerMismatch, ReplicaCorrupt, DiskFull; the replica is then as
        it was, or (killed in between) as it was or as the copy.
        """
        before = None
        with suppress(NotFound, ReplicaCorrupt):
            # Thinning must not take the very copy that is wanted: it may itself be one of before a restore.
            before = self.make(replica_path, "before a restore", keep=[backup.path.name])
        self.hold(backup)

        def pause() -> None:
            twin.pause(f"The data was restored from the backup {backup.id}.")

        waiting = restore(replica_path, backup.path, Around(self._clock, ids, self._reach, pause))
        return Restored(before, waiting)

    def hold(self, backup: Backup) -> None:
        """Keep a copy from being thinned until `release`: what was restored is compared with it."""
        (self._folder / ".held").write_text(backup.path.name, encoding="utf-8")

    def release(self) -> None:
        """Let the held copy be thinned like the others."""
        (self._folder / ".held").unlink(missing_ok=True)

    def held(self) -> Sequence[str]:
        """Return the name of the held copy's file, nothing if none is held."""
        try:
            return [(self._folder / ".held").read_text(encoding="utf-8")]
        except (OSError, ValueError):
            return []

    # ------------------------------------------------------------------ files

    def _paths(self) -> Sequence[Path]:
        if not self._folder.is_dir():
            return []
        return [path for path in self._folder.iterdir() if _NAME.fullmatch(path.name)]

    def _free_name(self, at: int) -> Path:
        stamp = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
        target, number = self._folder / f"replica-{stamp}.db", 1
        while target.exists():
            number += 1
            target = self._folder / f"replica-{stamp}-{number}.db"
        return target

    def _clear_away(self) -> None:
        """Remove what a process that ended in the middle of a copy left."""
        for path in self._folder.glob(f"replica-*.db{_PART}*"):
            path.unlink(missing_ok=True)

    def _read(self, path: Path) -> Backup:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as one:
            if one.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise ValueError(path.name)
            meta = dict(one.execute("SELECT key, value FROM meta WHERE key LIKE 'backup%'"))
        return Backup(
            path,
            int(meta["backup_at"]),
            meta["backup_reason"],
            path.stat().st_size,
            int(meta["backup_keywords"]),
            int(meta["backup_waiting"]),
        )


def _source(path: Path) -> sqlite3.Connection:
    """Open a replica of any version to be read whole."""
    if not path.is_file() or not path.stat().st_size:
        raise NotFound("no_replica", f"There is no planner database at {path}.", "Fetch it: planner sync")
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5)


def _copy(source: sqlite3.Connection, part: Path, told: dict[str, str]) -> None:
    with closing(sqlite3.connect(part, isolation_level=None)) as copy:
        source.backup(copy)
        # A copy is one file: without a log of its own, which a later file of that name would inherit.
        copy.execute("PRAGMA journal_mode = DELETE")
        copy.execute("PRAGMA synchronous = FULL")
        try:
            found = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
        except UnicodeDecodeError as error:
            # The words of the check can hold bytes of the damage.
            found = str(error)
        if found != "ok":
            raise sqlite3.DatabaseError(f"database disk image is malformed: {found}")
        (keywords,) = copy.execute("SELECT count(*) FROM keyword_hot WHERE deleted = 0").fetchone()
        (waiting,) = copy.execute(
            "SELECT coalesce(sum(rows), 0) FROM mutation WHERE state IN ('waiting', 'sending') AND void = 0"
        ).fetchone()
        told = {**told, "backup_keywords": str(keywords), "backup_waiting": str(waiting)}
        copy.executemany("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", told.items())


def _kept(newest_first: Iterable[Backup]) -> list[Backup]:
    """Return the newest of each of the last days, weeks and months that have one, and the last before each kind of risk."""
    there = list(newest_first)

    def newest_of(part: Callable[[Backup], object], most: int) -> list[Backup]:
        by_part: dict[object, Backup] = {}
        for one in there:
            by_part.setdefault(part(one), one)
        return list(by_part.values())[:most]

    return [
        *newest_of(lambda one: _day(one).date(), KEPT_DAYS),
        *newest_of(lambda one: _day(one).isocalendar()[:2], KEPT_WEEKS),
        *newest_of(lambda one: (_day(one).year, _day(one).month), KEPT_MONTHS),
        *newest_of(lambda one: one.risk, len(there)),
    ]


def _day(backup: Backup) -> datetime:
    return datetime.fromtimestamp(backup.at / 1000, UTC)
