"""What the engine tells others: where it stands, what a round did, when it wants to be stepped again. All of it plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from planner_core.wire.feed import MutationResult, RowResult

State = Literal["offline", "idle", "syncing", "sign_in", "blocked", "backoff"]
DIALECT = "feed"

_ASKING = frozenset({"conflict"})
_MERGED = frozenset({"merged"})
_HARMLESS = frozenset({"renamed", "deleted_cluster", "same", "superseded"})


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """Where sync stands. Moments are unix milliseconds, 0 for never; `next_at` 0 means not before somebody asks.

    offline: no answer, tried again at `next_at`. backoff: the platform failed or asks for patience. sign_in and blocked: `detail`
    and `remedy` say what helps; editing goes on. `waiting` counts actions without a verdict.
    """

    state: State = "idle"
    detail: str = ""
    remedy: str = ""
    code: str = ""
    next_at: int = 0
    waiting: int = 0
    conflicts: int = 0
    refused: int = 0
    last_sync: int = 0
    equal_checked_at: int = 0
    """When rows were last found equal with the platform's by digest."""
    differs: bool = False
    """The last check by digest found a difference that a fresh snapshot did not cure."""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one round did, in rows; `seconds` on the monotonic clock."""

    dialect: str = DIALECT
    pushed: int = 0
    pulled: int = 0
    merged: int = 0
    conflicts: int = 0
    refused: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class DryRunScope:
    """What the platform would say to the waiting work of one site, evaluated at `version`."""

    scope: str
    name: str
    version: int
    rows: int
    results: Sequence[MutationResult]


@dataclass(frozen=True, slots=True)
class DryRunReport:
    """The dry run of everything that waits. Nothing was written, here or there."""

    scopes: Sequence[DryRunScope]
    report: SyncReport


@dataclass(frozen=True, slots=True)
class Step:
    """One step was done. `due` is when the next one is, on the monotonic clock in seconds; None: not before somebody asks.

    `report` is set by the step that ends a round.
    """

    due: float | None
    report: SyncReport | None = None


@dataclass(slots=True)
class Tally:
    """Counts rows while a round runs."""

    pushed: int = 0
    pulled: int = 0
    merged: int = 0
    conflicts: int = 0
    refused: int = 0
    pushed_in: dict[str, int] = field(default_factory=dict)

    def took(self, scope: str, rows: int, results: Sequence[MutationResult]) -> None:
        """Count `rows` rows that got a verdict."""
        self.pushed += rows
        self.pushed_in[scope] = self.pushed_in.get(scope, 0) + rows
        for result in results:
            for row in result.rows:
                self._listed(row)

    def delivered(self, scope: str, rows: int) -> None:
        """Count rows of an applied pull. Our own, which come back with it, are not news."""
        own = min(rows, self.pushed_in.get(scope, 0))
        if own:
            self.pushed_in[scope] -= own
        self.pulled += rows - own

    def _listed(self, row: RowResult) -> None:
        count = max(1, len(row.ids))
        if row.code in _ASKING:
            self.conflicts += count
        elif row.code in _MERGED:
            self.merged += count
        elif row.code not in _HARMLESS:
            self.refused += count

    def report(self, seconds: float) -> SyncReport:
        """Return the counts as a report."""
        return SyncReport(
            pushed=self.pushed,
            pulled=self.pulled,
            merged=self.merged,
            conflicts=self.conflicts,
            refused=self.refused,
            seconds=round(seconds, 3),
        )
