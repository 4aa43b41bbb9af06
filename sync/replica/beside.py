"""Whether database and journal hold the same unsettled work: asked by those who only read, while somebody else may write."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sync.errors import NotFound
from sync.replica.journal import Kept, journal_path, read
from sync.replica.opening import connect_reader
from sync.replica.salvage import is_work_of, put_by_journals, read_put_by
from sync.replica.store import json_list


@dataclass(frozen=True, slots=True)
class Beside:
    """What only one of the two copies has, in rows of changes."""

    returning: int = 0
    """Lost from the database, kept in a journal: it comes back when the file is opened for writing next."""
    uncopied: int = 0
    """In the database alone: the journal could not be written."""
    reason: str = ""
    """Why the journal cannot even be read, "" if it can."""


def look(replica: Path, owner: tuple[str, ...]) -> Beside:
    """Compare the copies of one owner's (server, account, user) work.

    Raises what `Reader.open` raises but NotFound: a file that is absent or empty holds nothing.
    """
    # A change is committed first and copied then: with the journal read first, what it has and the database lacks is lost.
    kept, reason = _journal(replica)
    journals = [kept, *(read_put_by(path) for path in put_by_journals(replica))]
    copied = {
        op_id: edit.rows
        for one in journals
        if one is not None and is_work_of(one, owner)
        for op_id, edit in one.edits.items()
    }
    known, waiting = _database(replica, copied)
    behind = {op_id: rows for op_id, rows in waiting.items() if op_id not in copied}
    if behind:
        # ... and the other way round: it may have been copied meanwhile.
        kept, reason = _journal(replica)
        later = {*kept.edits, *kept.voided, *kept.settled} if kept is not None else set()
        behind = {op_id: rows for op_id, rows in behind.items() if op_id not in later}
    returning = sum(rows for op_id, rows in copied.items() if op_id not in known)
    return Beside(returning, sum(behind.values()), reason if behind else "")


def _journal(replica: Path) -> tuple[Kept | None, str]:
    try:
        return read(journal_path(replica)), ""
    except OSError as error:
        return None, error.strerror or str(error)


def _database(replica: Path, copied: Mapping[str, int]) -> tuple[set[str], dict[str, int]]:
    """Return which of the copied operations the database knows, and its own work without a delivered verdict."""
    try:
        connection = connect_reader(replica)
    except NotFound:
        return set(), {}
    with closing(connection):
        connection.execute("BEGIN")
        known = _among(connection, copied)
        waiting = connection.execute("SELECT op_id, rows FROM mutation WHERE confirmed = 0 AND void = 0")
        return known, dict(waiting)


def _among(connection: sqlite3.Connection, copied: Mapping[str, int]) -> set[str]:
    rows = connection.execute(
        "SELECT op_id FROM mutation WHERE op_id IN (SELECT value FROM json_each(?))", (json_list(copied),)
    )
    return {op_id for (op_id,) in rows}
