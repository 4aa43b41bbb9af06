"""An account at work beside a window: a thread that writes, a thread that syncs, and news of both.

Nothing here knows Qt. The callbacks are called on those threads; `planner_desktop.bridge` carries what they are given to the main one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from planner_desktop.app.opening import open_planner
from planner_desktop.app.planner import Planner
from planner_desktop.app.profile import AccountEntry, Profile
from planner_desktop.app.writer import writer_thread
from sync.clock import SystemClock
from sync.errors import PlannerError
from sync.replica import Changed

if TYPE_CHECKING:  # both bring the network in, which comes after the first paint
    from sync.engine import SyncReport, SyncStatus
    from sync.runner import Runner

T = TypeVar("T")
STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class News:
    """Who hears what happens. All of them are called on other threads than the one that made the `Live`."""

    changed: Callable[[Changed], None]
    status: Callable[[SyncStatus], None]
    report: Callable[[SyncReport], None]
    fault: Callable[[Exception], None]
    """A fault of the program, or a PlannerError that keeps sync from starting at all (signed out, locked)."""


class Live:
    """One account with its threads. Make, start, stop and close it on one thread; edits and reads go through `planner`."""

    def __init__(self, profile: Profile, news: News, *, entry: AccountEntry | None = None) -> None:
        """Open the account (by default the one in use); nothing is read or written yet. Raises SignInNeeded without one."""
        self.planner: Planner = open_planner(profile, entry=entry, executor=writer_thread(), lock_seconds=0.0)
        self._news = news
        self._runner: Runner | None = None
        self._starting: threading.Thread | None = None
        self._closing = threading.Event()
        self._engine_in_use = threading.Lock()
        """Held while a runner is made, and by whoever uses the engine without one."""
        self.planner.store.writer.on_changed(self._changed)

    def start_sync(self) -> None:
        """Begin to sync in the background. Calling it again after a sign-in starts anew."""
        if self._runner is not None and self._runner.is_running:
            self._runner.hurry()
            return
        if self._starting is None or not self._starting.is_alive():
            self._starting = threading.Thread(target=self._start, name="sync-start", daemon=True)
            self._starting.start()

    def sync_now(self) -> None:
        """Sync as soon as possible."""
        self.start_sync()

    def dry_run(self) -> dict[str, Any]:
        """Ask what would become of everything that waits, as `Sync.dry_run`. Waits for the answer: not for the main thread.

        The engine belongs to the thread that steps it, so the question waits for the end of a round that is under way.
        """
        return self._between_rounds(self.planner.sync.dry_run)

    def verify(self) -> bool:
        """Compare every row with the platform, as `Sync.is_equal`. Waits for the answer: not for the main thread."""
        return self._between_rounds(self.planner.sync.is_equal)

    def resume(self) -> dict[str, Any]:
        """Let a paused synchronisation go on, as `Safety.resume`: everything is fetched first. Not for the main thread."""
        return self._between_rounds(lambda: self.planner.safety.resume(self.planner.sync, fetch=True))

    def _between_rounds(self, question: Callable[[], T]) -> T:
        with self._engine_in_use:
            runner = self._runner
            if runner is None or not runner.is_running:
                return question()
        return runner.ask(lambda _engine: question()).result()

    def close(self) -> None:
        """End in this order: sync, what is queued to be written, files. The lock is free afterwards."""
        self._closing.set()
        if self._starting is not None:
            self._starting.join(STOP_SECONDS)
        if self._runner is not None:
            self._runner.stop(STOP_SECONDS)
        self.planner.close()

    def _start(self) -> None:
        """Make the engine and its thread; importing them takes 200 ms, which the main thread must not wait for."""
        try:
            from sync.runner import Runner  # noqa: PLC0415 - see above

            with self._engine_in_use:
                self._make_runner(Runner)
        except Exception as error:  # noqa: BLE001 - the end of a thread: whatever it is, somebody has to hear of it
            fault = PlannerError("sync_not_started", f"Sync could not start: {error}", "Sync again.")
            fault.__cause__ = error
            self._news.fault(fault)

    def _make_runner(self, make: type[Runner]) -> None:
        try:
            engine = self.planner.sync.engine
        except PlannerError as error:
            self._news.fault(error)
            return
        if self._closing.is_set():
            return
        self._runner = make(
            engine,
            clock=SystemClock(),
            on_status=self._news.status,
            on_report=self._reported,
            on_fault=self._news.fault,
        )
        self._runner.start()

    def _reported(self, report: SyncReport) -> None:
        # A window may stay open for weeks: the day's backup is looked after at the end of each round, on the thread that syncs.
        self.planner.safety.daily()
        self._news.report(report)

    def _changed(self, change: Changed) -> None:
        self._news.changed(change)
        if change.origin == "user" and self._runner is not None:
            self._runner.edited()
