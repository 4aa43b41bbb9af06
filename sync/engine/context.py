"""What every part of a round works with: the replica (on its own thread), the platform, limits, counts."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from planner_core.wire.feed import HelloReply, Limits, ScopeState, Told
from sync.clock import Clock
from sync.engine.ahead import Ahead, Asked, NothingAhead
from sync.engine.schedule import LoopWatch
from sync.engine.status import Tally
from sync.errors import NotFound, PlannerError, PlatformFault
from sync.replica import Changed, Replica, ScopeRow
from sync.transport import STALL_SECONDS, FeedClient, FeedPage

T = TypeVar("T")


class Abandoned(Exception):
    """This round's thread was given up because it hung, and another took over: whatever it brings comes too late."""


Steps = Generator[None, None, T]
"""Work that pauses after each request or transaction. What it has done is durable, so it may be dropped at any pause."""


class Executor(Protocol):
    """Carries work to the thread that owns the replica and brings its result back."""

    def __call__(self, work: Callable[[], T], /) -> T:
        """Run `work` there; return what it returns, raise what it raises."""


def inline(work: Callable[[], T], /) -> T:
    """Run the work here: for a command or a test, where one thread does everything."""
    return work()


STUCK_AFTER = 2 * STALL_SECONDS
"""Silence after which a request hangs where no time limit of the network library reaches (a name that is looked up for ever)."""
SLOWEST_LINE = 1_000
"""Bytes a second that a line has at least; what is being sent gives no sign of life."""


def unheard(_changed: Changed) -> None:
    """Take notice of a change in nobody's name."""


def unguarded(_reason: str) -> None:
    """Take no backup: for a replica that nobody would miss."""


@dataclass
class Context:
    """One round's surroundings. `publish` is called on the replica's thread, directly after each commit."""

    replica: Replica
    feed: FeedClient
    clock: Clock
    executor: Executor = inline
    publish: Callable[[Changed], None] = unheard
    app: str = "planner-desktop"
    before_risk: Callable[[str], None] = unguarded
    """Called, on this thread, before a step that replaces or removes rows: the moment for a backup. What it raises stops the step."""
    ahead: Ahead = field(default_factory=NothingAhead)
    tally: Tally = field(default_factory=Tally)
    loops: LoopWatch = field(default_factory=LoopWatch)
    hello: HelloReply | None = None
    fresh: set[str] = field(default_factory=set)
    """Scopes that took a snapshot in this round: they are to be verified."""
    troubles: dict[str, PlannerError] = field(default_factory=dict)
    """What keeps single scopes back in this round, while all others and what waits go on."""
    differing: set[str] = field(default_factory=set)
    """Scopes that differed from the platform even after they were fetched anew, until a check finds them equal."""
    resting: dict[str, float] = field(default_factory=dict)
    """Scopes whose pages could not be taken -> when they are fetched again, on the monotonic clock in milliseconds."""
    faults: dict[str, PlannerError] = field(default_factory=dict)
    """What was wrong with the pages of a resting scope."""
    push_bytes: int | None = None
    """What a platform that found a request too large seems to take; remembered from round to round."""

    asking_since: float | None = None
    """When the platform last gave a sign of life in the request under way, monotonic seconds; None between requests."""
    patience: float = 0.0
    """Seconds that the request under way may take without one."""
    abandoned: bool = False

    @property
    def limits(self) -> Limits:
        """Return the sizes the platform announced."""
        return self.hello.limits if self.hello is not None else Limits()

    def ask(self, work: Callable[[Replica], T]) -> T:
        """Run work with the replica on its thread."""
        self.asking_since = None
        return self.executor(lambda: work(self._still_ours()))

    def change(self, work: Callable[[Replica], Changed]) -> None:
        """Run work that changes rows and tell it on, in the order of the commits."""
        self.asking_since = None
        self.executor(lambda: self.publish(work(self._still_ours())))

    def _still_ours(self) -> Replica:
        """Return the replica; asked on its own thread, so that nothing late can come after what the successor does."""
        if self.abandoned:
            raise Abandoned
        return self.replica

    def page(self, asked: Asked) -> FeedPage:
        """Return a page of a snapshot, fetched ahead or now; those that follow it are fetched meanwhile."""
        page = self.ahead.take(asked)
        if self.abandoned:
            raise Abandoned
        if page is None:
            page = asked.fetch(self.feed)
            following = asked.next_after(page)
            if following is not None:
                self.ahead.begin(following)
        return page

    def heard(self) -> None:
        """Note a sign of life of the platform."""
        if self.asking_since is not None:
            self.asking_since = self.clock.monotonic()

    @property
    def is_stuck(self) -> bool:
        """Whether the request under way has been silent for so long that nothing will come of it."""
        since = self.asking_since
        return since is not None and self.clock.monotonic() - since > self.patience

    def successor(self) -> Context:
        """Give this context up and return one to begin anew with."""
        self.abandoned = True
        return replace(
            self,
            tally=Tally(),
            loops=LoopWatch(),
            hello=None,
            fresh=set(),
            troubles=dict(self.troubles),
            asking_since=None,
            abandoned=False,
        )

    def scope(self, scope: str) -> ScopeRow:
        """Return the current row of a scope. Raises NotFound when it is gone."""
        for row in self.ask(lambda replica: replica.scopes()):
            if row.id == scope:
                return row
        raise NotFound(
            "not_found", f"Scope {scope} is not part of this replica any more.", "Synchronise again."
        )

    def state(self, scope: str) -> ScopeState | None:
        """Return what the platform said of a scope in this round's hello."""
        found = self.hello.scopes if self.hello is not None else []
        return next((state for state in found if state.id == scope), None)

    def about_to(self, what: str, size: int = 0) -> None:
        """Note a request of `size` bytes and the state it is sent in.

        Raises PlatformFault when it was sent too often without effect.
        """
        self.patience = STUCK_AFTER + size / SLOWEST_LINE
        self.asking_since = self.clock.monotonic()
        if self.loops.note(self.clock.monotonic() * 1000, what):
            raise PlatformFault(
                "loop",
                f"The platform's answers lead in a circle ({what.split('|', maxsplit=1)[0]}).",
                "Nothing is lost. If it stays, tell whoever runs the platform.",
            )


def told(row: ScopeRow) -> Told | None:
    """Return the highest version this replica was told of the platform's present epoch, with its token; None before any."""
    is_present = row.server_epoch in {row.epoch, row.reconciled_epoch}
    return Told(version=row.told_version, token=row.told_token) if row.told_token and is_present else None
