"""What an opened file is settled with before anybody uses it: its twin in the profile, then its journal."""

from __future__ import annotations

from pathlib import Path

from sync.clock import Clock
from sync.ids import IdMaker
from sync.replica import recovery, salvage
from sync.replica.hooks import BETWEEN_NONCES
from sync.replica.journal import Kept
from sync.replica.journaling import Journaling, owner_of
from sync.replica.outbox import Outbox
from sync.replica.store import Store
from sync.replica.twin import Twin

NONCE = "nonce"


class Settling:
    """Settles one replica when it is opened and when it is claimed."""

    def __init__(self, store: Store, outbox: Outbox, ids: IdMaker, path: Path, clock: Clock) -> None:
        self._store = store
        self._outbox = outbox
        self._ids = ids
        self._path = path
        self.journaling = Journaling(store, path, clock)
        self.recovered = 0
        """Mutations that came back from a journal since the file was opened."""

    def opened(self, twin: Twin | None) -> None:
        """Find out whether the file is a copy, and whether it or its journal is ahead."""
        file = self._store.meta("file_id")
        if twin is not None:
            self._meet(twin)
        kept = self.journaling.read()
        if kept is None:
            salvage.put_aside_unreadable(self.journaling.path)
        elif not self._is_ours(kept, file):
            self._put_by(kept)
            kept = None
        if kept is not None:
            commit = int(self._store.meta("commit"))
            self._take_in(kept, is_ahead=kept.file == file and kept.commit > commit)
        self.journaling.begin(kept)

    def claimed(self, *, is_news: bool) -> None:
        """Take in what the owner's former files left here; keep the owner's name in the journal if it `is_news`."""
        waiting = salvage.put_by_journals(self._path)
        if not waiting and not is_news:
            return
        owner = owner_of(self._store)
        taken: list[Path] = []
        for path in waiting:
            kept = salvage.read_put_by(path)
            if kept is not None and salvage.is_work_of(kept, owner):
                self._take_in(kept, is_ahead=False)
                taken.append(path)
        self.journaling.rotate()
        if not self.journaling.trouble:
            for path in taken:
                path.unlink(missing_ok=True)

    def _meet(self, twin: Twin) -> None:
        former = self._store.meta(NONCE)
        if former and not twin.knows(former):
            with self._store.write():
                recovery.fork(self._store, self._ids)
                self._store.set_meta("file_id", self._ids.uid())

        def keep(nonce: str) -> None:
            # Not a numbered commit: what is kept beside the file (the columns) is good for one number only.
            self._store.set_meta(NONCE, nonce)

        twin.renew(former, self._ids.uid(), keep, lambda: self._store.reach(BETWEEN_NONCES))

    def _is_ours(self, kept: Kept, file: str) -> bool:
        """Whether the journal's work is this owner's; before anybody claimed either, the file alone tells."""
        owner = owner_of(self._store)
        return kept.owner == owner and (kept.file == file or bool(owner))

    def _put_by(self, kept: Kept) -> None:
        """A journal of another file: its work waits for its owner, an empty one is simply replaced."""
        if kept.edits:
            salvage.put_by(self.journaling.path)

    def _take_in(self, kept: Kept, *, is_ahead: bool) -> None:
        lost = salvage.missing(self._store, kept)
        if not lost and not is_ahead:
            return
        with self._store.write() as log:
            self.recovered += salvage.bring_in(self._store, self._outbox, self._ids, lost, log)
