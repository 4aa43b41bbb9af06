"""The connection as the replica uses it: explicit transactions, one commit number each, errors by remedy."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from sync.errors import DiskFull, PlannerError, ReplicaCorrupt, ReplicaLocked, ReplicaTrouble
from sync.replica.records import Changed, Origin, Patch

MANY = 20_000
"""Changed keys up to this number are named one by one; above, a reload is cheaper for everybody."""


class ChangeLog:
    """What one transaction changes, collected while it runs."""

    def __init__(self) -> None:
        self.kinds: set[str] = set()
        self.keys: dict[str, set[int]] | None = {}
        self.commit = 0
        self._patches: list[Patch] | None = []
        """None: keywords were changed otherwise, too."""

    def note(self, *kinds: str) -> None:
        """Add kinds that have no keys."""
        self.kinds.update(kinds)

    def rows(self, kind: str, keys: Iterable[int] | None) -> None:
        """Add changed rows of a kind; None means many."""
        self.kinds.add(kind)
        if kind == "keyword":
            self._patches = None
        if keys is None or self.keys is None:
            self.keys = None
            return
        mine = self.keys.setdefault(kind, set())
        mine.update(keys)
        if len(mine) > MANY:
            self.keys = None

    def patched(self, patch: Patch) -> None:
        """Add very many keywords that got the same values."""
        self.kinds.add("keyword")
        self.keys = None
        if self._patches is not None:
            self._patches.append(patch)

    def changed(self, origin: Origin) -> Changed:
        """Return the announcement of the committed transaction."""
        keys = None if self.keys is None else {kind: tuple(sorted(keys)) for kind, keys in self.keys.items()}
        patches = tuple(self._patches or ()) if keys is None else ()
        return Changed(frozenset(self.kinds), keys, origin, self.commit, patches)


def _unheard(_commit: int) -> None:
    return None


class Store:
    """A writer's connection."""

    def __init__(self, connection: sqlite3.Connection, reach: Callable[[str], None]) -> None:
        """`connection` is in autocommit mode; `reach` is called at the named crash points."""
        self.connection = connection
        self.reach = reach
        self.committed: Callable[[int], None] = _unheard
        """Called after each transaction with its commit number."""

    @contextmanager
    def write(self, *, before_commit: str = "", after_commit: str = "") -> Iterator[ChangeLog]:
        """One transaction: everything inside is kept together or not at all. Raises ReplicaTrouble for what the file cannot do."""
        log = ChangeLog()
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            yield log
            row = self.connection.execute(
                "UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'commit' RETURNING CAST(value AS INTEGER)"
            ).fetchone()
            log.commit = row[0]
            if before_commit:
                self.reach(before_commit)
            self.connection.execute("COMMIT")
            if after_commit:
                self.reach(after_commit)
            self.committed(log.commit)
        except FAULTS as error:
            self._roll_back()
            raise trouble(error) from error
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        # SQLite has rolled back by itself after some errors (full disk); a second ROLLBACK would hide the first reason.
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    def all(self, sql: str, *values: Any) -> list[Any]:
        """Return all rows."""
        return self.connection.execute(sql, values).fetchall()

    def one(self, sql: str, *values: Any) -> Any:
        """Return the first row, or None."""
        return self.connection.execute(sql, values).fetchone()

    def value(self, sql: str, *values: Any) -> Any:
        """Return the first column of the first row, or None."""
        row = self.connection.execute(sql, values).fetchone()
        return None if row is None else row[0]

    def run(self, sql: str, *values: Any) -> int:
        """Execute and return the number of rows changed."""
        return self.connection.execute(sql, values).rowcount

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute once a row."""
        self.connection.executemany(sql, rows)

    def meta(self, key: str, default: str = "") -> str:
        """Return a value of `meta`."""
        found = self.value("SELECT value FROM meta WHERE key = ?", key)
        return default if found is None else str(found)

    def set_meta(self, key: str, value: str) -> None:
        """Set a value of `meta`."""
        self.run(
            "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            key,
            value,
        )


def json_list(values: Iterable[Any]) -> str:
    """Return values as the text that SQL reads with json_each: one parameter for any number of ids."""
    return msgspec.json.encode(list(values)).decode()


FAULTS = (sqlite3.Error, UnicodeDecodeError)
"""What SQLite's calls raise. Its words about a damaged schema can hold bytes of the damage, which Python then cannot decode."""

_DAMAGE = ("no such table", "no such column", "Could not decode")
"""Texts of errors that mean damage in a file that claims our schema: a table or column is gone, a text is no UTF-8."""


def is_damage(error: sqlite3.Error | UnicodeDecodeError) -> bool:
    """Return whether an error says that the file is not what was written."""
    if isinstance(error, UnicodeDecodeError):
        return True
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or any(
        text in str(error) for text in _DAMAGE
    )


def words_of(error: sqlite3.Error | UnicodeDecodeError) -> str:
    """Return what an error says; of one that could not be decoded, what can be read of it."""
    if isinstance(error, UnicodeDecodeError):
        return error.object[: error.start].decode("ascii", "replace").rstrip(" \"'-")
    return str(error)


def trouble(error: sqlite3.Error | UnicodeDecodeError, *, reading: bool = False) -> PlannerError:
    """Return the error by remedy for what SQLite reports."""
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if reading and primary in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN):
        return ReplicaTrouble(
            "unreadable",
            f"The planner database cannot be read ({error}).",
            "Check the disk: that it is there, has some space left, and lets you read and write the data folder.",
        )
    if primary in (
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
    ):
        return DiskFull(
            "disk_full",
            f"The disk did not take the write ({error}). Nothing of it was kept.",
            "Free some space (or check that the folder is writable) and try again. Earlier work is safe.",
        )
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return ReplicaLocked(
            "locked",
            f"Another process is writing to the planner data ({error}).",
            "Wait a moment and try again.",
        )
    if is_damage(error):
        return ReplicaCorrupt(
            "replica_corrupt",
            f"The planner database is damaged ({words_of(error)}).",
            "Synchronise (planner sync), or start the window again: the file is then checked and, if it is damaged,"
            " moved aside (never deleted) and built anew.",
        )
    return PlannerError("internal", f"This is a fault of the program: {error!r}", "Please report it.")
