"""The hold on a replica file: opening and closing it, whose it is, what it is called, and doubts about it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Self

from sync.clock import Clock
from sync.errors import OwnerMismatch
from sync.ids import IdMaker
from sync.replica import doubt, unclaimed
from sync.replica.doubt import explained
from sync.replica.lock import ReplicaLock
from sync.replica.opening import found_damaged, open_writer
from sync.replica.outbox import Outbox
from sync.replica.records import OwnerRow
from sync.replica.settling import Settling
from sync.replica.store import Store
from sync.replica.twin import Twin


def _no_hook(_name: str) -> None:
    return None


@explained
class Holding:
    """A replica file that is open for writing, lock included."""

    READS_ONLY = False

    def __init__(self, store: Store, lock: ReplicaLock, path: Path, clock: Clock, ids: IdMaker) -> None:
        """Use `open`."""
        self._store = store
        self._path = path
        self._doubted = False
        self._lock = lock
        self._ids = ids
        self._outbox = Outbox(store, clock, ids)
        self._settling = Settling(store, self._outbox, ids, path, clock)
        self._open = True

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        clock: Clock,
        ids: IdMaker,
        create: bool = True,
        reach: Callable[[str], None] = _no_hook,
        twin: Twin | None = None,
        before_risk: Callable[[str], None] | None = None,
    ) -> Self:
        """Open or make the file, take its lock, and settle it with its journal and its `twin` in the operating system's profile.

        `before_risk(reason)` makes a backup before the schema is changed; `reach(name)` is called at the named crash points (`hooks`). Raises ReplicaLocked, ReplicaNewer, ReplicaCorrupt (moved
        aside), DiskFull, NotFound (absent and `create` is false).
        """
        lock = ReplicaLock(path.with_name(f"{path.name}.lock"))
        store: Store | None = None
        try:
            store = open_writer(path, clock, ids, reach, create=create, before_risk=before_risk)
            with found_damaged(store, path, clock):
                replica = cls(store, lock, path, clock, ids)
                replica._settling.opened(twin)
        except BaseException:
            if store is not None:
                store.connection.close()
            lock.release()
            raise
        return replica

    def close(self) -> None:
        """Checkpoint, mark the file as closed in order and give the lock back. Calling it again does nothing.

        Raises nothing for what the disk does not take now: every commit is safe already, and a file without the mark of an
        orderly end is checked when it is opened next.
        """
        if not self._open:
            return
        self._open = False
        self._settling.journaling.flush(everything=True)
        try:
            with suppress(sqlite3.Error):
                if not self._doubted:
                    self._store.set_meta("clean", "1")
                self._store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            self._store.connection.close()
            self._lock.release()

    def flush(self) -> None:
        """Let the journal go to the disk, at most once a second: for moments when nobody waits, right after an edit was shown."""
        self._settling.journaling.flush()

    def rest(self) -> None:
        """Give back what is kept of the file in memory: after work on very many rows, which fills 128 MB that the next edits do not need."""
        self._store.run("PRAGMA shrink_memory")

    def doubt(self, reason: str) -> None:
        """Have the next opening check the whole file, whatever the end of this one looks like."""
        self._doubted = True
        doubt.mark(self._path, reason)

    @property
    def replica_id(self) -> str:
        """Return the id this copy is known by on the platform."""
        return self._store.meta("replica_id")

    @property
    def path(self) -> Path:
        """Return the file, for those who read it on another thread."""
        return self._path

    @property
    def recovered(self) -> int:
        """Return how many mutations came back from the journal since the file was opened."""
        return self._settling.recovered

    @property
    def journal_trouble(self) -> str:
        """Return why the second copy of unsettled work cannot be written now, "" if it can."""
        return self._settling.journaling.trouble

    def owner(self) -> OwnerRow | None:
        """Return whose work this is, None before the first `claim`."""
        text = self._store.meta("owner")
        return OwnerRow(**json.loads(text)) if text else None

    def claim(self, owner: OwnerRow) -> None:
        """Bind the file to an owner.

        Raises OwnerMismatch if server, account or user are not the ones it belongs to, or if it holds rows and belongs to nobody.
        """
        known = self.owner()
        if known is None and unclaimed.holds_something(self._store.connection):
            raise unclaimed.refusal(self._path)
        if known is not None and (known.server, known.account, known.user) != (
            owner.server,
            owner.account,
            owner.user,
        ):
            raise OwnerMismatch(
                "owner_mismatch",
                f"This data belongs to {known.email or known.user} at {known.server}, not to {owner.email or owner.user} at {owner.server}.",
                "Use another data folder for this account (--data-dir), or sign in as the owner of this one.",
            )
        if known is not None and known.role:
            # What the last hello said of the role is newer than what the sign-in said.
            owner = replace(owner, role=known.role)
        if known == owner:
            # Every commit has a number, and what is kept beside the file (the columns) is good for one number only.
            self._settling.claimed(is_news=False)
            return
        with self._store.write():
            self._store.set_meta("owner", json.dumps(asdict(owner)))
        self._settling.claimed(is_news=known is None)
