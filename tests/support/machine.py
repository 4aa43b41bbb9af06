"""A desktop without a window: replica, session and engine on a standing clock, and a platform double with a small shop in it."""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx

from planner_core.commands import Command, SetOverride
from sync.clock import ManualClock
from sync.engine import Ahead, Engine, NothingAhead, SyncReport
from sync.ids import MonotonicIds
from sync.replica import Outcome, OwnerRow, Replica
from sync.transport import FeedClient, Session, Tokens
from tests.support.platform import SERVER, Platform, Scope, uid

INDUSTRY, BRANCH, SITE, SECTOR = uid(0x10), uid(0x11), uid(0x20), uid(0x21)
ACCOUNT = uid(0xA0)
CLUSTERS = [uid(0x300 + number) for number in range(3)]
SEEDS = [uid(0x100 + number) for number in range(20)]
KEYWORDS = [uid(0x1000 + number) for number in range(10)]


def shop() -> Platform:
    """A platform with one site: ten keywords of twenty seeds, three clusters."""
    platform = Platform(account=ACCOUNT)
    account = platform.add(ACCOUNT, "account", "Acme")
    account.put("industry", INDUSTRY, name="Home office", slug="home-office")
    account.put("industry_sector", BRANCH, industry=INDUSTRY, name="Desks", slug="desks")
    account.put("site", SITE, name="Shop", slug="shop", domain="shop.example", industry=INDUSTRY)
    account.put("sector", SECTOR, site=SITE, industry_sector=BRANCH, name="Desks", slug="desks")
    library = platform.add(BRANCH, "library", "Desks")
    for number, seed in enumerate(SEEDS):
        figures = {"volume": 100 * number, "difficulty": number, "intent": "commercial", "country": "US"}
        library.put("seed", seed, keyword=f"standing desk {number}", **figures)
    site = platform.add(SITE, "site", "Shop")
    for number, cluster in enumerate(CLUSTERS):
        site.put("cluster", cluster, sector=SECTOR, name=f"Cluster {number}")
    for seed, keyword in zip(SEEDS, KEYWORDS, strict=False):
        site.put("keyword", keyword, seed=seed, sector=SECTOR)
    platform.requests.clear()
    return platform


def site_of(platform: Platform) -> Scope:
    return platform.scopes[SITE]


class Machine:
    """One profile on one computer. `transport` is how its requests reach a platform."""

    def __init__(
        self,
        folder: Path,
        transport: httpx.BaseTransport,
        clock: ManualClock | None = None,
        *,
        owner: OwnerRow | None = None,
        tokens: Tokens | None = None,
        server: str = SERVER,
        seed: int = 1,
        ahead: Callable[[FeedClient], Ahead] = NothingAhead,
    ) -> None:
        self.clock = clock or ManualClock()
        self.path = folder / "replica.db"
        self.random = random.Random(seed)
        self.ahead = ahead
        self.owner = owner or OwnerRow(server, ACCOUNT, uid(0xB0), "eve@acme.example", "Acme", "editor")
        self.tokens: Tokens | None = tokens or Tokens("access-1", "refresh-1")
        self.session = Session(server, tokens=self.tokens, keep=self._keep, transport=transport)
        self.start()

    def _keep(self, tokens: Tokens | None) -> None:
        self.tokens = tokens

    def start(self) -> None:
        """Open the replica as a program does that was just started."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.ids = MonotonicIds(self.clock, self.random.getrandbits)
        self.replica = Replica.open(self.path, clock=self.clock, ids=self.ids)
        self.replica.claim(self.owner)
        self.feed = FeedClient(self.session)
        self.engine = Engine(
            self.replica, self.feed, clock=self.clock, random=self.random.random, ahead=self.ahead
        )

    def restart(self) -> None:
        self.replica.close()
        self.start()

    def close(self) -> None:
        self.replica.close()
        self.session.close()

    def sync(self) -> SyncReport:
        return self.engine.sync_now()

    def run(self, *commands: Command) -> Outcome:
        outcome = self.replica.run(commands)
        assert not outcome.refused, outcome.refused
        self.clock.advance(0.001)
        return outcome

    def volume(self, keyword: str, value: int | None) -> Outcome:
        """Set a keyword's volume override."""
        return self.run(SetOverride("volume", [keyword], value))

    def waiting(self) -> list[tuple[int, str, bytes]]:
        """What is to be sent to the shop's site: seq, op id and bytes."""
        return [(one.seq, one.op_id, one.body) for one in self.replica.peek(SITE)]

    def cursors(self) -> dict[str, str]:
        return {row.id: row.cursor for row in self.replica.scopes()}

    def overrides(self) -> dict[str, int | None]:
        """What the machine shows as volume override, by live keyword."""
        sql = "SELECT w.uid, h.volume_override FROM keyword w JOIN keyword_hot h ON h.k = w.k WHERE h.deleted = 0"
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as connection:
            return dict(connection.execute(sql).fetchall())

    def step_until(self, reached: Callable[[], bool], limit: int = 1000) -> None:
        """Step as a runner does, letting time pass to each due moment."""
        for _ in range(limit):
            if reached():
                return
            step = self.engine.step()
            if step.due is None:
                return
            self.clock.advance(max(0.0, step.due - self.clock.monotonic()))
        raise AssertionError("not reached")
