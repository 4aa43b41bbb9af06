"""Opening a replica file: what must hold before anything in it is believed."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sync.clock import Clock
from sync.errors import NotFound, ReplicaCorrupt, ReplicaNewer, ReplicaOlder, ReplicaTrouble
from sync.ids import IdMaker
from sync.replica import doubt
from sync.replica.salvage import keep_work
from sync.replica.store import FAULTS, Store, is_damage, trouble, words_of

APPLICATION_ID = 0x504C414E
SCHEMA_VERSION = 3
"""Goes up with each release whose `schema` has new migrations."""

SIDE_FILES = ("-wal", "-shm", "-journal")


def connect_writer(path: Path) -> sqlite3.Connection:
    """Open a connection with the writer's settings."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=5, cached_statements=256)
    for setting in (
        "journal_mode = WAL",
        # The newest commits survive a loss of power, not only a crash of the program.
        "synchronous = FULL",
        "mmap_size = 0",
        # Holds the index of ids and the narrow keyword table of a million keywords.
        "cache_size = -131072",
        "temp_store = MEMORY",
        "foreign_keys = OFF",
        # Only this connection checkpoints; at 64 MB, which is two edits of 100,000 rows: an edit seldom has to wait for it.
        "wal_autocheckpoint = 16000",
    ):
        connection.execute(f"PRAGMA {setting}")
    if sys.platform == "darwin":
        connection.execute("PRAGMA fullfsync = ON")
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    """Open a connection that cannot write. Raises NotFound, ReplicaNewer, ReplicaCorrupt, ReplicaTrouble."""
    _check_kind(path)
    if not path.exists() or not path.stat().st_size:
        raise _absent(path)
    # Opened read-only, its closing cannot checkpoint: the writer alone does that.
    address = path.resolve().as_uri()
    try:
        return _reading(f"{address}?mode=ro", path)
    except FAULTS as error:
        if not _is_shut_out(error):
            raise trouble(error, reading=True) from error
    try:
        return _reading_on_a_full_disk(address, path)
    except FAULTS as error:
        raise trouble(error, reading=True) from error


def _reading(address: str, path: Path, *, alone: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=5, cached_statements=256)
    try:
        if alone:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA mmap_size = 0")
        connection.execute("PRAGMA cache_size = -32768")
        connection.execute("PRAGMA temp_store = MEMORY")
        tables = _check_stamps(connection, path)
        if tables:
            _check_up_to_date(connection, path)
    except BaseException:
        connection.close()
        raise
    if not tables:
        connection.close()
        raise _absent(path)
    return connection


def _check_up_to_date(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version < SCHEMA_VERSION:
        raise ReplicaOlder(
            "replica_older",
            f"{path} was written by an older version (schema {version}; this one reads {SCHEMA_VERSION}).",
            "Bring it up to date: planner sync",
        )


def _reading_on_a_full_disk(address: str, path: Path) -> sqlite3.Connection:
    """Read without the shared-memory file, for which there is no room: nobody else can have the database open then either."""
    log = path.with_name(f"{path.name}-wal")
    if not log.exists() or not log.stat().st_size:
        return _reading(f"{address}?mode=ro&immutable=1", path)
    # The index of the log is kept in memory by whoever is alone with the file.
    return _reading(f"{address}?mode=rw", path, alone=True)


def _is_shut_out(error: sqlite3.Error | UnicodeDecodeError) -> bool:
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return primary in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL)


def _check_kind(path: Path) -> None:
    if path.exists() and not path.is_file():
        raise ReplicaTrouble(
            "not_a_file",
            f"{path} is not a planner database: something else has its name.",
            "Move it away, then fetch everything again: planner sync",
        )


def open_writer(
    path: Path,
    clock: Clock,
    ids: IdMaker,
    reach: Callable[[str], None],
    *,
    create: bool,
    before_risk: Callable[[str], None] | None = None,
) -> Store:
    """Open, check, and bring up to date. The caller holds the lock. `before_risk(reason)` is called before the schema is changed.

    Raises NotFound, ReplicaNewer, ReplicaCorrupt, DiskFull.
    """
    _check_kind(path)
    fresh = not path.exists() or path.stat().st_size == 0
    if fresh and not create:
        raise _absent(path)
    connection: sqlite3.Connection | None = None
    try:
        connection = connect_writer(path)
        if not fresh:
            _check_stamps(connection, path)
        store = Store(connection, reach)
        if before_risk is not None and not fresh and store.value("PRAGMA user_version") != SCHEMA_VERSION:
            before_risk("before the database was brought up to date")
        _bring_up_to_date(store, clock, ids)
        _check_after_crash(store)
        if reason := doubt.marked(path):
            _check_in_doubt(store, reason)
            doubt.clear(path)
        store.run("UPDATE meta SET value = '0' WHERE key = 'clean'")
        return store
    except FAULTS as error:
        if connection is not None:
            connection.close()
        if not fresh and is_damage(error):
            raise _set_aside(path, clock, words_of(error)) from error
        raise trouble(error) from error
    except ReplicaCorrupt as error:
        if connection is not None:
            connection.close()
        raise _set_aside(path, clock, error.message) from error
    except BaseException:
        if connection is not None:
            connection.close()
        raise


@contextmanager
def found_damaged(store: Store, path: Path, clock: Clock) -> Iterator[None]:
    """Move the file aside if what is done inside shows that it is damaged. Raises ReplicaCorrupt, ReplicaTrouble."""
    try:
        yield
    except FAULTS as error:
        store.connection.close()
        if is_damage(error):
            raise _set_aside(path, clock, words_of(error)) from error
        raise trouble(error) from error
    except ReplicaCorrupt as error:
        store.connection.close()
        raise _set_aside(path, clock, error.message) from error


def _absent(path: Path) -> NotFound:
    return NotFound(
        "no_replica",
        f"There is no planner database at {path}.",
        "Fetch it from the platform: planner sync (after planner login).",
    )


def _check_stamps(connection: sqlite3.Connection, path: Path) -> int:
    """Refuse what is not ours or too new; return the number of tables and indexes, 0 for a file whose making was cut off."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if application != APPLICATION_ID and tables:
        raise ReplicaCorrupt(
            "replica_corrupt", f"{path} is not a planner database (application id {application})."
        )
    if version > SCHEMA_VERSION:
        raise ReplicaNewer(
            "replica_newer",
            f"{path} was written by a newer version of Planner Desktop (schema {version}; this one knows {SCHEMA_VERSION}).",
            "Update Planner Desktop, or use another data folder. The file was left as it is.",
        )
    return int(tables)


def _bring_up_to_date(store: Store, clock: Clock, ids: IdMaker) -> None:
    if store.value("PRAGMA user_version") == SCHEMA_VERSION:
        return
    # A quarter of a second that only a new or an outdated file pays.
    from sync.replica.schema import migrate  # noqa: PLC0415

    connection = store.connection
    connection.execute("BEGIN IMMEDIATE")
    try:
        migrate(connection, store.reach)
        born = {
            "file_id": ids.uid(),
            "replica_id": ids.uid(),
            "commit": "0",
            "clean": "1",
            "created_at": str(clock.now_ms()),
        }
        store.many("INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?)", born.items())
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _check_after_crash(store: Store) -> None:
    if store.meta("clean") == "1":
        return
    found = store.value("PRAGMA quick_check(1)")
    if found != "ok":
        raise ReplicaCorrupt("replica_corrupt", str(found))


def _check_in_doubt(store: Store, reason: str) -> None:
    """Check a file that looked damaged while it was in use, indexes against rows too. A text that is no UTF-8 is proof enough."""
    found = reason if doubt.UNREADABLE in reason else store.value("PRAGMA integrity_check(1)")
    if found != "ok":
        raise ReplicaCorrupt("replica_corrupt", str(found))


def _saved(mutations: int) -> str:
    if not mutations:
        return "No work was found in it that was not sent; if some is missing, look for it in a backup: planner backup list."
    were = (
        "change that had not been settled was" if mutations == 1 else "changes that had not been settled were"
    )
    return f"{mutations} {were} saved and will be sent all the same."


def _set_aside(path: Path, clock: Clock, reason: str) -> ReplicaCorrupt:
    stamp = datetime.fromtimestamp(clock.now_ms() / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    target = path.with_name(f"{path.name}.damaged-{stamp}")
    number = 1
    while target.exists():
        number += 1
        target = path.with_name(f"{path.name}.damaged-{stamp}-{number}")
    # What the file still tells of unsent work is read before it is moved, and waits for the file that takes its place.
    found = keep_work(path, target)
    path.rename(target)
    doubt.clear(path)
    for suffix in SIDE_FILES:
        side = path.with_name(path.name + suffix)
        if side.exists():
            # Left behind, it would be replayed into the next file of this name; it also holds the latest work.
            side.rename(target.with_name(target.name + suffix))
    return ReplicaCorrupt(
        "replica_corrupt",
        f"The planner database {path} is damaged ({reason}). It was moved to {target}.",
        f"Start again: a fresh database is built from the platform. {_saved(found)} Keep the moved file.",
        moved_to=str(target),
    )
