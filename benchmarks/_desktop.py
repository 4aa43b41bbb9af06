"""A signed-in profile for the benchmarks: the product's own replica, engine and transport, without a window."""

from __future__ import annotations

import hashlib
import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from benchmarks._counting import Counted
from benchmarks._platform import EMAIL, PASSWORD, Timed
from planner_core.wire.feed import PushHeader, PushReply, Told
from sync.ahead import FetchedAhead
from sync.clock import SystemClock
from sync.engine import Engine
from sync.ids import MonotonicIds
from sync.replica import OwnerRow, Replica
from sync.transport import FeedClient, FeedPage, PushPart, Rest, Session, SignedIn

_CONTENT = (
    "SELECT w.uid, w.text, w.volume, w.difficulty, w.mask, s.uid, h.status, h.disabled, h.volume_override,"
    " h.difficulty_override, h.deleted FROM keyword w JOIN keyword_hot h ON h.k = w.k LEFT JOIN seed s ON s.k = w.seed ORDER BY w.uid"
)


class Watched(FeedClient):
    """A feed client that notes what it had taken when the last push before a pull had its verdicts stored."""

    pushing = False
    watch: Timed | None = None
    pushed = (0.0, 0.0)
    """Wall and processor milliseconds of `watch` then."""

    def push(
        self, scope: str, header: PushHeader, parts: Sequence[PushPart], *, dry_run: bool = False
    ) -> PushReply:
        """Push."""
        self.pushing = True
        return super().push(scope, header, parts, dry_run=dry_run)

    def pull(self, scope: str, *, cursor: str, limit: int, told: Told | None) -> FeedPage:
        """Pull."""
        if self.pushing and self.watch is not None:
            self.pushing, self.pushed = False, self.watch.so_far()
        return super().pull(scope, cursor=cursor, limit=limit, told=told)


class Desktop:
    """One person's profile on one machine."""

    def __init__(self, folder: Path, url: str) -> None:
        """Sign in, in a new folder or in one that was used before."""
        folder.mkdir(exist_ok=True)
        clock = SystemClock()
        self.path = folder / "replica.db"
        self.wire = Counted()
        self.session = Session(url, transport=self.wire)
        signed: SignedIn = self.session.login(EMAIL, PASSWORD, device=folder.name)
        account = Rest(self.session).account()
        self.ids = MonotonicIds(clock)
        self.replica = Replica.open(self.path, clock=clock, ids=self.ids)
        self.replica.claim(OwnerRow(self.session.server, account.uid, signed.user["uid"], EMAIL))
        self.feed = Watched(self.session)
        self.engine = Engine(self.replica, self.feed, clock=clock, random=random.random, ahead=FetchedAhead)

    def column(self, sql: str) -> list[str]:
        """Return the first column of a query over the replica's file."""
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as connection:
            return [row[0] for row in connection.execute(sql)]

    def content(self) -> str:
        """Return a hash over every keyword as it is shown, whatever its local key."""
        whole = hashlib.sha256()
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as connection:
            for row in connection.execute(_CONTENT):
                whole.update(repr(row).encode())
        return whole.hexdigest()

    def equals_platform(self) -> bool:
        """Compare every scope with the platform, by digest."""
        return all(
            self.replica.digest(scope.id) == self.feed.digest(scope.id).entities
            for scope in self.replica.scopes()
        )

    def close(self) -> None:
        """Release the file and the connection."""
        self.replica.close()
        self.session.close()
