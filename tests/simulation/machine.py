"""One computer of a world: the real replica, session and engine, with a process that can end at any named point."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

from sync.engine import Engine, Step
from sync.ids import MonotonicIds
from sync.replica import Changed, OwnerRow, Reader, Replica, ReviewRow, hooks
from sync.replica.journal import journal_path
from sync.replica.twin import Twin
from sync.transport import FeedClient, Session, Tokens
from tests.simulation.network import Network
from tests.simulation.witness import Witness

SERVER = "http://testserver"
LEFT_OUT = (".lock", "-shm")
"""Files of a running process that no copy of a profile needs."""


JOURNAL = journal_path(Path("replica.db")).name


class Crashed(BaseException):
    """The machine's process ends here. Not an Exception, because a process that ends runs no handler."""


class Time:
    """The one time all of a world's clocks are derived from, in milliseconds since it began and as a date."""

    def __init__(self, start_ms: int) -> None:
        self.start_ms = start_ms
        self.passed_ms = 0

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.passed_ms += round(seconds * 1000)


class MachineClock:
    """A machine's clock: its wall clock may be wrong by any amount, and jump."""

    def __init__(self, time: Time) -> None:
        self._time = time
        self.skew_ms = 0

    def now_ms(self) -> int:
        """Return what the wall clock shows."""
        return self._time.start_ms + self._time.passed_ms + self.skew_ms

    def monotonic(self) -> float:
        """Return seconds since the world began."""
        return self._time.passed_ms / 1000


class Machine:
    """A profile of a user (by number, as in Platform) on one computer."""

    def __init__(
        self,
        name: str,
        user: int,
        folder: Path,
        owner: OwnerRow,
        tokens: Tokens | None,
        *,
        network: Network,
        time: Time,
        seed: int,
        witness: Witness,
        counts: Counter[str],
        has_twin: bool = True,
    ) -> None:
        self.name = name
        self.user = user
        self.folder = folder
        self.path = folder / "replica.db"
        self.profile = folder.with_name(f"{folder.name} profile")
        """Where the operating system keeps the machine's twin."""
        self.has_twin = has_twin
        self.owner = owner
        self.tokens = tokens
        self.clock = MachineClock(time)
        self.random = random.Random(seed)
        self.witness = witness
        self.crash_at = ""
        self.crash_after = 0
        self.crashed_at = ""
        self.copies: list[str] = []
        self._counts = counts
        self.session = Session(
            SERVER,
            tokens=tokens,
            keep=self._keep,
            reload=lambda: self.tokens,
            transport=network.transport(self),
        )
        self.ids = MonotonicIds(self.clock, self.random.getrandbits)

    def __repr__(self) -> str:
        return self.name

    # ------------------------------------------------------------------ the process

    def start(self) -> None:
        """Open the replica as a program does that was just started."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.replica = self._opened()
        self.replica.claim(self.owner)
        self.engine = Engine(
            self.replica,
            FeedClient(self.session),
            clock=self.clock,
            random=self.random.random,
            publish=self._publish,
        )

    def _opened(self) -> Replica:
        while True:
            try:
                return Replica.open(
                    self.path, clock=self.clock, ids=self.ids, reach=self._reach, twin=self._twin()
                )
            except Crashed:
                self._counts[f"crash at {self.crashed_at}"] += 1

    def _twin(self) -> Twin | None:
        return Twin(self.profile, self.path) if self.has_twin else None

    def stop(self) -> None:
        """Close the program in order."""
        self.replica.close()

    def unplug(self) -> None:
        """End the process: what was not committed is gone."""
        self.replica._open = False
        self.replica._store.connection.close()
        self.replica._lock.release()

    def crash(self) -> None:
        """End the process and start it anew."""
        self.unplug()
        self.start()
        self.witness.crashed(self, self.crashed_at)
        self.crashed_at = ""

    def _reach(self, point: str) -> None:
        self._counts[f"reached {point}"] += 1
        if point == self.crash_at:
            if self.crash_after <= 0:
                self.crash_at, self.crashed_at = "", point
                raise Crashed
            self.crash_after -= 1
        if point == hooks.AFTER_APPLY:
            self.witness.applied(self)

    def _publish(self, changed: Changed) -> None:
        self.witness.changed(self, changed)

    def _keep(self, tokens: Tokens | None) -> None:
        self.tokens = tokens

    # ------------------------------------------------------------------ what it does

    def step(self) -> Step:
        """Let the engine do one thing."""
        step = self.engine.step()
        self.witness.stepped(self)
        return step

    def signed_in(self, tokens: Tokens) -> None:
        """Somebody signed in again."""
        self.session._adopt(tokens)
        self.engine.hurry()

    def signed_in_as(self, tokens: Tokens) -> None:
        """Somebody signed in before the program has started."""
        self.session._adopt(tokens)

    def lose_access_token(self) -> None:
        """The access token has run out; the refresh token is good."""
        if self.session._tokens is not None:
            self.tokens = Tokens("expired", self.session._tokens.refresh)
            self.session._tokens = self.tokens

    # ------------------------------------------------------------------ its file

    def copy_to(self, folder: Path) -> None:
        """Copy the profile as it lies on the disk, the program running or not."""
        folder.mkdir(parents=True)
        for path in sorted(self.folder.iterdir()):
            if path.is_file() and not path.name.endswith(LEFT_OUT):
                shutil.copyfile(path, folder / path.name)

    def replace_by(self, folder: Path, *, with_journal: bool) -> None:
        """Put an earlier copy of the profile in place of the present one by hand, the program being ended.

        Without the journal only the database goes back in time, and the journal beside it knows more.
        """
        for path in list(self.folder.iterdir()):
            if with_journal or not path.name.endswith(JOURNAL):
                path.unlink()
        for path in sorted(folder.iterdir()):
            if with_journal or not path.name.endswith(JOURNAL):
                shutil.copyfile(path, self.folder / path.name)

    # ------------------------------------------------------------------ what it shows

    @property
    def database(self) -> sqlite3.Connection:
        """The writer's connection, for looking."""
        return self.replica._store.connection

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """Return rows of the replica."""
        return self.database.execute(sql, values).fetchall()

    def uids(self, entity: str, *, deleted: bool = False) -> list[str]:
        """Return the uids of an entity's rows that are live (or in the trash), in order."""
        gone = int(deleted)
        if entity == "keyword":
            sql = "SELECT w.uid FROM keyword w JOIN keyword_hot h ON h.k = w.k WHERE h.deleted = ? ORDER BY w.uid"
        else:
            sql = f"SELECT uid FROM {entity} WHERE deleted = ? ORDER BY uid"
        return [uid for (uid,) in self.rows(sql, gone)]

    def review(self) -> list[ReviewRow]:
        """Return what asks for a decision, in the order in which it came: whatever a list sorts by, a seed stays the same history."""
        came = {uid: place for place, uid in self.rows("SELECT rowid, id FROM review WHERE state = 'open'")}
        if not came:
            return []
        return sorted(Reader(self.database, self.path).review(), key=lambda row: came[row.id])

    @property
    def waiting(self) -> int:
        """How many mutations have no verdict, or one whose rows were not delivered."""
        return int(self.rows("SELECT count(*) FROM mutation WHERE confirmed = 0")[0][0])
