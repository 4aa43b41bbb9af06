"""What the engine tells others: where it stands, what a round did, when it wants to be stepped again. All of it plain data."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from planner_core.wire.feed import MutationResult, RowResult
from sync.replica.codes import INFORMATION, UNTAKEN, WORDS, is_note

State = Literal["offline", "idle", "syncing", "sign_in", "blocked", "backoff"]
DIALECT = "feed"

TOLD = 20
"""Most sentences a report carries; the rest is in Review."""


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
    """When all scopes had been found equal with the platform by digest: the oldest of their last checks."""
    held: Sequence[str] = ()
    """Scopes whose rows wait for the user's word or another version (`code`: mass_delete, unreadable_rows); all else goes on."""
    differs: bool = False
    """Some scope's last check by digest found a difference that a fresh snapshot did not cure."""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one round did; `seconds` on the monotonic clock.

    `pushed`, `pulled`, `merged` and `notes` count rows; `conflicts` and `refused` count items of Review, as the status does.
    `notes` are rows of which something is told without a question (merged ones too), and `told` says what, in sentences.
    """

    dialect: str = DIALECT
    pushed: int = 0
    pulled: int = 0
    merged: int = 0
    conflicts: int = 0
    refused: int = 0
    seconds: float = 0.0
    notes: int = 0
    told: Sequence[str] = ()


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
    """The dry run of everything that waits. Nothing was written, here or there.

    `put_back` are names of sites of which nothing can be said: the platform began another history there, and what it lacks is found
    out by a sync.
    """

    scopes: Sequence[DryRunScope]
    report: SyncReport
    put_back: Sequence[str] = ()


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
    told: dict[tuple[str, str], int] = field(default_factory=dict)
    """(entity, sentence) -> rows it is said of."""
    unread: int = 0
    """Delivered rows that this version could not read."""
    pushed_in: dict[str, int] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    """Items counted already: several answers about one field are one question."""

    def took(
        self,
        scope: str,
        rows: int,
        results: Sequence[MutationResult],
        *,
        unasked: Collection[str] = (),
        whole: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        """Count `rows` rows that got a verdict. Of the operations `unasked` nothing came to Review.

        `whole` has, of work that was not taken as a whole (by op id), how many items it comes to.
        """
        self.pushed += rows
        self.pushed_in[scope] = self.pushed_in.get(scope, 0) + rows
        for result in results:
            is_asked = result.op_id not in unasked
            for row in result.rows:
                self._listed(row, is_asked=is_asked)
            # Without a word about its rows, work that was not taken is asked about all the same.
            if is_asked and not result.rows and result.verdict in UNTAKEN:
                self.refused += whole.get(result.op_id, 1)

    def delivered(self, scope: str, rows: int) -> None:
        """Count rows of an applied pull. Our own, which come back with it, are not news."""
        own = min(rows, self.pushed_in.get(scope, 0))
        if own:
            self.pushed_in[scope] -= own
        self.pulled += rows - own

    def _listed(self, row: RowResult, *, is_asked: bool) -> None:
        if row.code not in INFORMATION:
            is_new = is_asked and (not row.conflict or row.conflict not in self.asked)
            self.asked |= {row.conflict} if is_asked and row.conflict else set()
            if row.code == "conflict":
                self.conflicts += is_new
            else:
                self.refused += is_new
        elif is_note(row.code):
            said = (row.e, row.message or WORDS.get(row.code, ""))
            self.told[said] = self.told.get(said, 0) + len(row.ids)
            self.merged += len(row.ids) if row.code == "merged" else 0

    def report(self, seconds: float) -> SyncReport:
        """Return the counts as a report."""
        return SyncReport(
            pushed=self.pushed,
            pulled=self.pulled,
            merged=self.merged,
            conflicts=self.conflicts,
            refused=self.refused,
            seconds=round(seconds, 3),
            notes=sum(self.told.values()),
            told=self._sentences(),
        )

    def _sentences(self) -> list[str]:
        said = [f"{rows:,} {entity}{'s' * (rows != 1)}: {text}" for (entity, text), rows in self.told.items()]
        if self.unread:
            said.insert(
                0,
                f"{self.unread:,} row{'s' * (self.unread != 1)} of the platform could not be read by this version.",
            )
        return said[:TOLD]
