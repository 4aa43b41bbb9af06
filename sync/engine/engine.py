"""The engine: rounds of sync as a step function, and the moment of the next one.

Whoever steps brings the thread and the patience. One request is in flight at a time, apart from pages of a snapshot that may be
fetched ahead, and everything a step did is durable, so a round may be dropped after any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TypeVar, cast

from sync.clock import Clock
from sync.engine.ahead import Ahead, NothingAhead
from sync.engine.context import Abandoned, Context, Executor, Steps, inline, unguarded, unheard
from sync.engine.hello import ask_platform
from sync.engine.push import dry_run
from sync.engine.round import Checks, Round, rows_of
from sync.engine.schedule import DEADLINE_MS, Schedule, SleepWatch
from sync.engine.status import DryRunReport, DryRunScope, State, Step, SyncReport, SyncStatus, Tally
from sync.engine.verify import verify
from sync.errors import (
    PlannerError,
    PlatformFault,
    ReplicaTrouble,
    SignInNeeded,
    Unreachable,
    UpgradeNeeded,
    WrongUrl,
)
from sync.replica import Changed, Counts, Replica
from sync.transport import FeedClient, OperationReused

T = TypeVar("T")
NEEDS_SOMEBODY = frozenset({"loop", "differs", "too_large", "no_extension"})
"""Faults of a platform that waiting does not cure; they are looked at again only from time to time."""


class Engine:
    """Synchronises one replica with one platform. Use it from one thread; `publish` is called on the replica's."""

    def __init__(  # noqa: PLR0913 - one for each thing that is not its own
        self,
        replica: Replica,
        feed: FeedClient,
        *,
        clock: Clock,
        random: Callable[[], float],
        executor: Executor = inline,
        publish: Callable[[Changed], None] = unheard,
        app: str = "planner-desktop",
        before_risk: Callable[[str], None] = unguarded,
        ahead: Callable[[FeedClient], Ahead] = NothingAhead,
    ) -> None:
        """`random` returns numbers in [0, 1); `executor` carries work to the thread the replica belongs to.

        `before_risk(reason)` is called on the engine's thread before rows are replaced or removed in bulk: it makes a backup.
        `ahead` makes what fetches a snapshot's pages while others are kept or applied; without it one request follows the other.
        """
        self._ctx = Context(replica, feed, clock, executor, publish, app, before_risk, ahead(feed))
        feed.heard = self._ctx.heard
        self._clock = clock
        now = self._now()
        self._schedule = Schedule(random, due=now)
        self._sleep = SleepWatch(clock.now_ms(), now)
        self._round: Steps[None] | None = None
        self._began = now
        self._stopped = False
        self._checks = Checks()
        self._status = SyncStatus()

    # ------------------------------------------------------------------ what others may say and ask

    def status(self) -> SyncStatus:
        """Return where sync stands, as of the last step. Costs nothing and may be asked from any thread."""
        return self._status

    @property
    def is_between_rounds(self) -> bool:
        """Whether no round is under way: the moment for a question of another kind to the platform."""
        return self._round is None

    def edited(self) -> None:
        """Hear that there is something to send."""
        self._schedule.edited(self._now())

    def hurry(self) -> None:
        """Try as soon as possible: a person asked, signed in again, or the network came back."""
        self._stopped = False
        self._ctx.loops.forget()
        self._ctx.resting.clear()
        self._schedule.hurry(self._now())

    def refresh(self) -> SyncStatus:
        """Count again what waits and what asks for a decision, and return the status."""
        self._tell(self._status.state)
        return self._status

    @property
    def is_stuck(self) -> bool:
        """Whether the request under way has been silent for twice the time after which the network should have given up."""
        return self._ctx.is_stuck

    def take_over(self) -> None:
        """Leave a thread behind that hangs in a step: its request is forgotten, and whatever it still does is refused.

        For another thread than the one that hangs. Everything done so far is durable; the next step begins a round.
        """
        self._ctx = self._ctx.successor()
        self._round = None
        self._ctx.ahead.drop()
        self._ctx.feed.heard = self._ctx.heard
        self._ctx.feed.reconnect()
        self._put_off(
            Unreachable(
                "stalled", "The platform stopped answering in the middle of a request.", "It is tried again."
            )
        )

    # ------------------------------------------------------------------ stepping

    def step(self) -> Step:
        """Do one thing, if any is due: a request and the transaction that keeps its answer.

        What passes by itself is dealt with here and shows in the status. An error that is nobody's but ours is raised, after the
        next attempt was put off.
        """
        now = self._now()
        if self._sleep.woke(self._clock.now_ms(), now):
            self._wake_up()
        if self._stopped or now < self._schedule.due:
            return Step(self._due())
        if self._round is None:
            self._begin(None)
        return self._go_on()

    def sync_now(self, scopes: Collection[str] | None = None) -> SyncReport:
        """Sync until nothing is left to do, waiting for each answer. `scopes` names sites; None means all.

        Raises what stands in the way (SignInNeeded, Unreachable, ...). Everything that waits is still waiting then.
        """
        self.hurry()
        self._begin(None if scopes is None else frozenset(scopes))
        while True:
            step = self._go_on(raising=True)
            if step.report is not None:
                return step.report

    def verify_now(self, scopes: Collection[str] | None = None) -> bool:
        """Compare every synced scope with the platform by digest, now. Returns False if one could not be compared.

        Raises PlatformFault when one differs even after it was fetched anew.
        """
        equal = True
        for row in rows_of(self._ctx, None if scopes is None else frozenset(scopes)):
            if row.cursor and not row.need_snapshot:
                equal = _run(verify(self._ctx, row.id)) is True and equal
        self.refresh()
        return equal

    def dry_run(self, scopes: Collection[str] | None = None) -> DryRunReport:
        """Ask what the platform would make of everything that waits. Nothing is written, here or there."""
        began, tally = self._now(), Tally()
        hello = ask_platform(self._ctx)
        present = {state.id: state for state in hello.scopes}
        found, put_back = [], []
        for row in rows_of(self._ctx, None if scopes is None else frozenset(scopes)):
            state = present.get(row.id)
            if row.kind != "site" or state is None:
                continue
            if state.epoch != row.epoch:
                put_back += [row.name or row.id] if row.epoch else []
                continue
            answer = dry_run(self._ctx, row)
            if answer is not None:
                rows, reply, unasked = answer
                tally.took(row.id, rows, reply.results, unasked=unasked)
                found.append(DryRunScope(row.id, row.name, reply.version, rows, reply.results))
        return DryRunReport(found, tally.report((self._now() - began) / 1000), put_back)

    def leave(self) -> None:
        """Drop the round under way and what is being fetched ahead: for who steps no more. What was done is durable."""
        self._drop_round()
        self._ctx.ahead.close()

    def _drop_round(self) -> None:
        if self._round is not None:
            self._round.close()
            self._round = None
        self._ctx.ahead.drop()

    def _begin(self, only: frozenset[str] | None) -> None:
        self._drop_round()
        self._began = self._now()
        self._ctx.tally = Tally()
        self._ctx.fresh = set()
        self._ctx.troubles = {}
        self._round = Round(self._ctx, only, self._checks).steps()
        self._tell("syncing")

    def _go_on(self, *, raising: bool = False) -> Step:
        assert self._round is not None
        mine = self._ctx
        try:
            next(self._round)
        except StopIteration:
            _check_not_abandoned(mine)
            return self._finished()
        except Abandoned:
            raise
        except PlannerError as error:
            _check_not_abandoned(mine)
            self._put_off(error)
            if raising:
                raise
        except BaseException:
            _check_not_abandoned(mine)
            # A fault of ours: it is somebody else's to report, but the next attempt is planned all the same.
            self._put_off(
                PlannerError("internal", "The synchronisation stumbled over a fault of this program.")
            )
            raise
        else:
            _check_not_abandoned(mine)
            self._schedule.resume(self._now())
        return Step(self._due())

    def _finished(self) -> Step:
        self._drop_round()
        self._ctx.loops.forget()
        hello = self._ctx.hello
        self._schedule.succeeded(self._now(), hello.backoff_ms if hello is not None else 0)
        troubles = self._ctx.troubles
        self._tell("blocked" if troubles else "idle", next(iter(troubles.values()), None))
        return Step(self._due(), self._ctx.tally.report((self._now() - self._began) / 1000))

    # ------------------------------------------------------------------ state

    def _put_off(self, error: PlannerError) -> None:
        """End the round after a failure: say what it was, and plan the next attempt unless only a person can help."""
        self._round = None
        self._ctx.ahead.drop()
        now = self._now()
        state = _state_after(error)
        self._stopped = state == "sign_in"
        if state == "blocked":
            self._schedule.failed(now, DEADLINE_MS)
        else:
            after = error.retry_after if isinstance(error, Unreachable) and error.retry_after else 0
            self._schedule.failed(now, round(after * 1000))
        self._tell(state, error)

    def _tell(self, state: State, error: PlannerError | None = None) -> None:
        if error is None and state not in {"idle", "syncing"}:
            told = self._status
        else:
            told = SyncStatus(
                state=state,
                detail=error.message if error is not None else "",
                remedy=error.remedy if error is not None else "",
                code=error.code if error is not None else "",
            )
        counts = self._counts()
        due = self._due()
        self._status = replace(
            told,
            next_at=0 if due is None else self._clock.now_ms() + round(due * 1000 - self._now()),
            waiting=counts.waiting,
            held=tuple(self._ctx.troubles),
            differs=bool(self._ctx.differing),
            equal_checked_at=counts.checked_at,
            conflicts=counts.conflicts,
            refused=counts.refused,
            last_sync=counts.last_sync,
        )

    def _counts(self) -> Counts:
        try:
            return self._ctx.ask(lambda replica: replica.counts())
        except ReplicaTrouble:
            held = self._status
            return Counts(
                waiting=held.waiting,
                conflicts=held.conflicts,
                refused=held.refused,
                last_sync=held.last_sync,
                checked_at=held.equal_checked_at,
            )

    def _wake_up(self) -> None:
        """After a sleep every open connection is suspect, and a round in the middle starts over."""
        self._drop_round()
        self._ctx.feed.reconnect()
        if not self._stopped:
            self.hurry()

    def _due(self) -> float | None:
        return None if self._stopped else self._schedule.due / 1000

    def _now(self) -> float:
        return self._clock.monotonic() * 1000


def _check_not_abandoned(ctx: Context) -> None:
    if ctx.abandoned:
        raise Abandoned


def _state_after(error: PlannerError) -> State:
    match error:
        case SignInNeeded():
            return "sign_in"
        case UpgradeNeeded() | ReplicaTrouble() | OperationReused():
            return "blocked"
        case PlatformFault() if error.code in NEEDS_SOMEBODY:
            return "blocked"
        case WrongUrl():
            return "offline"
        case Unreachable():
            return "backoff" if error.code == "busy" else "offline"
    return "backoff"


def _run(steps: Steps[T]) -> T:
    """Run steps to their end without pausing."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            return cast("T", done.value)
