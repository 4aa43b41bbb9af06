"""Keeps the journal in step with the database, and tells at each opening which of the two is ahead.

Triggers of this connection note which mutations a transaction made or answered, whoever wrote it; after the commit their records go
to the journal. A journal that cannot be written never stands in the way of an edit: the database has it, and the next commit tries
again with everything that is open.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sync.clock import Clock
from sync.replica.journal import (
    FORMAT,
    Confirmed,
    Decided,
    Edit,
    Header,
    Journal,
    Kept,
    Record,
    Verdict,
    Void,
    journal_path,
    owner_in,
    read,
)
from sync.replica.store import Store, json_list

SMALL = 1 << 20
"""Bytes a journal may reach before anybody asks how much of it is settled."""
SYNC_SECONDS = 1.0
"""A cut of power may take the frames of so long a time from the journal; the database has them."""
GROWTH = 3
"""Rotated when it is that many times as long as after the last rotation, and something was settled."""

_NOTES = "CREATE TEMP TABLE journaled (n INTEGER PRIMARY KEY, mutation INTEGER, ops TEXT)"
_BIRTHS = (
    "CREATE TEMP TRIGGER journal_born AFTER INSERT ON main.mutation WHEN NEW.void = 0"
    " BEGIN INSERT INTO journaled (mutation) VALUES (NEW.id); END"
)
# A mutation that is on its way is as open as one that waits: whoever salvages it treats both alike.
_ANSWERS = (
    "CREATE TEMP TRIGGER journal_told AFTER UPDATE OF state, confirmed, verdict ON main.mutation WHEN NEW.void = 0"
    " AND (OLD.state, OLD.confirmed, OLD.verdict) IS NOT (NEW.state, NEW.confirmed, NEW.verdict)"
    " AND NOT (OLD.state = 'waiting' AND NEW.state = 'sending')"
    " BEGIN INSERT INTO journaled (mutation) VALUES (NEW.id); END"
)
_DECISIONS = (
    "CREATE TEMP TRIGGER journal_decided AFTER UPDATE OF state ON main.review"
    " WHEN OLD.state = 'open' AND NEW.state <> 'open' AND NEW.kind <> 'conflict'"
    " BEGIN INSERT INTO journaled (ops) VALUES (NEW.ops); END"
)
_EDIT = (
    "SELECT m.op_id, m.id, s.id, m.action, coalesce(a.label, ''), coalesce(a.origin, 'user'), a.undoes, m.at, m.part, m.parts, m.body,"
    " m.sha256, m.rows, m.creates, m.supersedes, m.was, m.made, m.epoch, m.undo_of, m.user, m.state, m.confirmed, m.verdict, m.ver,"
    " m.results FROM mutation m JOIN scope_state s ON s.k = m.scope LEFT JOIN action a ON a.id = m.action WHERE m.void = 0"
)
_IS_OPEN = "(m.confirmed = 0 OR m.op_id IN (SELECT value FROM json_each(?)))"
_OPEN = f"{_EDIT} AND {_IS_OPEN} ORDER BY m.id"
_STATES = (
    "SELECT m.op_id, CASE m.state WHEN 'waiting' THEN 'sending' ELSE m.state END, m.confirmed, m.verdict, m.ver FROM mutation m"
    f" WHERE m.void = 0 AND {_IS_OPEN} ORDER BY m.id"
)
_QUEUED = f"{_EDIT} AND m.confirmed = 0 AND m.verdict IS NULL AND m.id IN (SELECT mutation FROM temp.journaled) ORDER BY m.id"
_TOLD = (
    "SELECT op_id, state, confirmed, verdict, ver, results FROM mutation WHERE void = 0 AND (id IN"
    " (SELECT mutation FROM temp.journaled) OR op_id IN (SELECT j.value FROM temp.journaled n, json_each(n.ops) j))"
    " AND NOT (confirmed = 0 AND verdict IS NULL) ORDER BY id"
)
# What the platform keeps as a conflict it tells again by itself; every other question is known here only.
_ASKED = "SELECT DISTINCT j.value FROM review r, json_each(r.ops) j WHERE r.state = 'open' AND r.kind <> 'conflict'"


class Journaling:
    """The journal of one open replica."""

    def __init__(self, store: Store, replica: Path, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._synced_at = clock.monotonic()
        self._journal = Journal(journal_path(replica), store.reach)
        self._base = 0
        self._is_behind = True
        self.trouble = ""
        """Why the journal cannot be written, "" if it can."""
        for statement in (_NOTES, _BIRTHS, _ANSWERS, _DECISIONS):
            store.run(statement)

    @property
    def path(self) -> Path:
        """Return the journal's file."""
        return self._journal.path

    def read(self) -> Kept | None:
        """Return what the journal says; None if there is none that can be read."""
        try:
            return read(self._journal.path)
        except OSError as error:
            self.trouble = str(error)
            return None

    def begin(self, kept: Kept | None) -> None:
        """Bring the journal up to the database, and keep it there from now on."""
        file, owner = self._store.meta("file_id"), owner_of(self._store)
        # What opening itself did is in what is compared and written now.
        self._store.run("DELETE FROM temp.journaled")
        as_here = kept is not None and kept.whole and (kept.file, kept.owner) == (file, owner)
        if kept is None or not as_here or not self._same(kept):
            self.rotate()
        else:
            self._base = sum(len(edit.body) for edit in kept.edits.values())
            if kept.length > max(SMALL, GROWTH * self._base):
                self.rotate()
            else:
                self._journal.go_on(kept)
                self._is_behind = False
        self._store.committed = self.committed

    def _same(self, kept: Kept) -> bool:
        def told(edit: Edit) -> tuple[object, ...]:
            state = "sending" if edit.state == "waiting" else edit.state
            return edit.op_id, state, edit.confirmed, edit.verdict, edit.ver

        return list(map(told, kept.edits.values())) == self._store.all(_STATES, json_list(self._asked()))

    def _open(self) -> list[Edit]:
        return [Edit(*row) for row in self._store.all(_OPEN, json_list(self._asked()))]

    def _asked(self) -> set[str]:
        return {op_id for (op_id,) in self._store.all(_ASKED)}

    def rotate(self) -> None:
        """Put a journal of what is open in the place of the old one."""
        header = Header(FORMAT, self._store.meta("file_id"), owner_of(self._store))
        try:
            self._journal.replace(header, int(self._store.meta("commit") or 0), self._open())
        except OSError as error:
            self._failed(error)
        else:
            self._base, self._is_behind, self.trouble = self._journal.length, False, ""

    def committed(self, commit: int) -> None:
        """Append what a transaction did to unsettled work. Raises nothing: it is committed, whatever fails now."""
        try:
            self._append(commit)
        except (OSError, sqlite3.Error) as error:
            self._failed(error)

    def _append(self, commit: int) -> None:
        if not self._store.value("SELECT 1 FROM temp.journaled LIMIT 1"):
            return
        records = self._records()
        self._store.run("DELETE FROM temp.journaled")
        if self._is_behind or self._is_mostly_settled(records):
            self.rotate()
        else:
            self._sync_if_due()
            self._journal.append(commit, records)

    def _is_mostly_settled(self, records: list[Record]) -> bool:
        return self._journal.length > max(SMALL, GROWTH * self._base) and any(
            isinstance(record, Confirmed | Decided | Void) for record in records
        )

    def _records(self) -> list[Record]:
        records: list[Record] = [Edit(*row) for row in self._store.all(_QUEUED)]
        told = [Verdict(*row) for row in self._store.all(_TOLD)]
        settled = [one for one in told if one.confirmed and one.state not in ("cancelled", "applied")]
        asked = self._asked() if settled else set()
        return records + [_shortest(one, asked) for one in told]

    def _failed(self, error: OSError | sqlite3.Error) -> None:
        self._is_behind = True
        self.trouble = f"{self._journal.path}: {getattr(error, 'strerror', None) or error}"

    def flush(self, *, everything: bool = False) -> None:
        """Put the journal on the disk if that was not done within the last second; with `everything`, in any case.

        Raises nothing: what does not get there is written anew with the next commit.
        """
        try:
            if not self._is_behind:
                self._sync_if_due(at_once=everything)
        except OSError as error:
            self._failed(error)

    def _sync_if_due(self, *, at_once: bool = False) -> None:
        if not self._journal.is_synced and (
            at_once or self._clock.monotonic() - self._synced_at >= SYNC_SECONDS
        ):
            self._journal.sync()
            self._synced_at = self._clock.monotonic()


def _shortest(told: Verdict, asked: set[str]) -> Record:
    if told.state == "cancelled":
        return Void(told.op_id)
    if not told.confirmed or told.op_id in asked:
        return told
    return Decided(told.op_id) if told.state in ("refused", "parked") else Confirmed(told.op_id)


def owner_of(store: Store) -> tuple[str, ...]:
    """Return server, account and user of a replica, nothing before it was claimed."""
    return owner_in(store.meta("owner"))
