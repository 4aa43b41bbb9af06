"""One round: hello, then what each scope needs, in this order: account, libraries, sites.

In a site: recovery after a restore of the platform, pull, push, pull of what was pushed. When an answer says that the platform's
picture differs from ours, the pictures are brought together and the round begins anew, a few times at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from planner_core.wire.feed import ScopeState
from sync.engine.context import Context, Steps
from sync.engine.hello import greet
from sync.engine.pull import catch_up, fetch_ahead, is_behind, restart_with_snapshot, version_of
from sync.engine.push import may_send, push
from sync.engine.recovery import fork, needs_recovery, reconcile
from sync.engine.verify import verify
from sync.errors import (
    EpochChanged,
    Forked,
    Gap,
    NotFound,
    PlannerError,
    PlatformFault,
    Resnapshot,
    RuleBroken,
    SyncPaused,
)
from sync.replica import ScopeRow
from sync.transport import OperationReused

MOST_RESTARTS = 5
VERIFY_AFTER_MS = 10 * 60 * 1000
VERIFY_EVERY_MS = 24 * 3600 * 1000

_KIND_ORDER = {"account": 0, "library": 1, "site": 2}
_AMENDABLE = (EpochChanged, Forked, Gap, OperationReused, Resnapshot, NotFound, RuleBroken)


@dataclass(slots=True)
class Checks:
    """When each scope is to be compared with the platform next, on the monotonic clock in milliseconds.

    Some time after a snapshot, after a crash and where it never was, then daily, restarts or not: a check reads every row on both
    sides, and nobody waits for it.
    """

    due: dict[str, float] = field(default_factory=dict)

    def is_due(self, row: ScopeRow, now: float, wall_ms: int, *, fresh: bool) -> bool:
        """Return whether it is time; if it is, plan the one after."""
        if fresh or row.id not in self.due:
            since = wall_ms - row.checked_at
            # A clock that was set back says nothing.
            known = row.checked_at and not fresh and 0 <= since < VERIFY_EVERY_MS
            self.due[row.id] = now + max(VERIFY_AFTER_MS, VERIFY_EVERY_MS - since if known else 0)
            return False
        if self.due[row.id] > now:
            return False
        self.due[row.id] = now + VERIFY_EVERY_MS
        return True


def rows_of(ctx: Context, only: frozenset[str] | None) -> Sequence[ScopeRow]:
    """Return the scopes in the order they are synced; `only` leaves other sites out."""
    rows = ctx.ask(lambda replica: replica.scopes())
    wanted = [row for row in rows if only is None or row.kind != "site" or row.id in only]
    return sorted(wanted, key=lambda row: (_KIND_ORDER[row.kind], row.name, row.id))


class Round:
    """One round over all scopes, or over the sites in `only`."""

    def __init__(self, ctx: Context, only: frozenset[str] | None, checks: Checks) -> None:
        self._ctx = ctx
        self._only = only
        self._checks = checks
        self._working_on = ""

    def steps(self) -> Steps[None]:
        """Do the round. Raises what only time, a person or the schedule can cure."""
        for _ in range(MOST_RESTARTS):
            try:
                yield from self._attempt()
            except _AMENDABLE as error:
                yield from self._amend(error)
            else:
                yield from self._verify_what_is_due()
                return
        raise PlatformFault(
            "loop",
            "The platform asks for the same again and again.",
            "Nothing is lost; it is tried again later by itself.",
        )

    def _attempt(self) -> Steps[None]:
        self._ctx.ahead.drop()
        yield from greet(self._ctx)
        yield
        rows = rows_of(self._ctx, self._only)
        for place, row in enumerate(rows):
            self._working_on = row.id
            if row.access != "none":
                yield from self._one_scope(row, rows[place + 1 :])

    def _one_scope(self, row: ScopeRow, later: Sequence[ScopeRow]) -> Steps[None]:
        state = self._ctx.state(row.id)
        if state is None:
            return
        if row.kind == "site":
            compared = needs_recovery(row)
            if compared:
                yield from self._recover(row.id)
            # After a restore what the platform forgot goes before its rows are fetched, or they would seem lost meanwhile.
            if (compared or row.epoch not in {"", row.server_epoch}) and may_send(self._ctx, row):
                # Paused, nothing goes out and everything is fetched all the same; the push below ends the round then.
                with suppress(SyncPaused):
                    yield from push(self._ctx, row.id)
        if self._is_too_old(row, state):
            restart_with_snapshot(self._ctx, row.id)
        if is_behind(self._ctx.scope(row.id), state.version):
            yield from catch_up(self._ctx, row.id, lambda: self._fetch_ahead(later))
        if row.kind == "site" and may_send(self._ctx, row) and (yield from push(self._ctx, row.id)):
            yield from catch_up(self._ctx, row.id)

    def _fetch_ahead(self, later: Sequence[ScopeRow]) -> None:
        """Have the next scope's rows fetched if it is one that only waits for its first snapshot."""
        for row in later:
            if row.access == "none" or self._ctx.state(row.id) is None:
                continue
            is_new = row.need_snapshot and row.staged is None and not row.epoch and not needs_recovery(row)
            if is_new:
                fetch_ahead(self._ctx, row)
            return

    def _recover(self, scope: str) -> Steps[None]:
        """Reconcile a scope. Work that is queued again goes out under a new replica's name, which the platform must hear first.

        Raises EpochChanged when that hello tells of yet another restore: what the platform of before it knew is worth nothing.
        """
        name = self._ctx.ask(lambda replica: replica.replica_id)
        yield from reconcile(self._ctx, scope)
        if self._ctx.ask(lambda replica: replica.replica_id) == name:
            return
        before = self._epochs()
        yield from greet(self._ctx)
        if any(before.get(one, epoch) != epoch for one, epoch in self._epochs().items()):
            raise EpochChanged("epoch", "The platform was restored once more.", "Synchronise again.")

    def _epochs(self) -> dict[str, str]:
        return {row.id: row.server_epoch for row in self._ctx.ask(lambda replica: replica.scopes())}

    def _is_too_old(self, row: ScopeRow, state: ScopeState) -> bool:
        """Return whether rows were purged that this replica never heard of, or its place cannot be read.

        One without rows of its own just pulls.
        """
        if not row.cursor or row.need_snapshot:
            return False
        version = version_of(row.cursor)
        return version is None or version < state.gc_floor

    def _amend(self, error: PlannerError) -> Steps[None]:
        """Bring both sides' pictures together after an answer that says they differ."""
        scope = self._working_on
        match error:
            case Forked():
                yield from fork(self._ctx)
            case Gap():
                yield from reconcile(self._ctx, scope)
            case Resnapshot():
                restart_with_snapshot(self._ctx, scope)
            case OperationReused():
                if not self._ctx.ask(lambda replica: replica.reissue(error.op_id)):
                    raise error
            case RuleBroken() if error.code != "forbidden":
                raise error
        yield

    def _verify_what_is_due(self) -> Steps[None]:
        for row in rows_of(self._ctx, self._only):
            now = self._ctx.clock.monotonic() * 1000
            wall = self._ctx.clock.now_ms()
            due = self._checks.is_due(row, now, wall, fresh=row.id in self._ctx.fresh)
            if not due or not row.cursor or row.access == "none" or row.id in self._ctx.troubles:
                continue
            try:
                if (yield from verify(self._ctx, row.id)) is None:
                    self._checks.due[row.id] = now + VERIFY_AFTER_MS
            except PlatformFault as fault:
                if fault.code != "differs":
                    raise
                self._ctx.troubles[row.id] = fault
