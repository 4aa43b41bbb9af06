"""Steps the engine on a thread of its own: for a window, which cannot wait.

The thread is supervised: whatever a step raises, the next one is planned, and whatever those raise who are told of it. One that
hangs in a request, where no time limit of the network reaches, is left behind and another takes over. Others only leave notes;
nobody but the thread touches the engine.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Literal, TypeVar

from sync.clock import Clock
from sync.engine import Abandoned, Engine, SyncReport, SyncStatus

log = logging.getLogger(__name__)

T = TypeVar("T")
Note = Literal["hurry", "edited", "refresh"]

WAIT_STEP = 20.0
"""Seconds between two looks at the clock while waiting: a sleep of the computer is noticed by it."""


def _unheard(_told: object) -> None:
    pass


def _told_as_fault(error: BaseException) -> Exception:
    fault = RuntimeError(f"a step of the synchronisation was broken off: {error!r}")
    fault.__cause__ = error
    return fault


class Runner:
    """A thread that steps an engine. `on_status`, `on_report` and `on_fault` are called on that thread."""

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Clock,
        on_status: Callable[[SyncStatus], None] = _unheard,
        on_report: Callable[[SyncReport], None] = _unheard,
        on_fault: Callable[[Exception], None] = _unheard,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._on_status = on_status
        self._on_report = on_report
        self._on_fault = on_fault
        self._notes: set[Note] = set()
        self._questions: deque[tuple[Callable[[Engine], Any], Future[Any]]] = deque()
        self._closed = False
        self._lock = threading.Lock()
        self._noted = threading.Event()
        self._ending = threading.Event()
        self._told: SyncStatus | None = None
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)
        self._guard = threading.Thread(target=self._watch, name="sync watch", daemon=True)
        self.restarts = 0
        """How often a thread that hung was left behind."""
        self.heartbeat = clock.monotonic()
        """When the thread last showed that it is alive, on the monotonic clock in seconds."""

    def start(self) -> None:
        """Start stepping."""
        self._thread.start()
        self._guard.start()

    def stop(self, timeout: float = 5.0) -> bool:
        """Ask the thread to end after the step it is in; return whether it did within `timeout` seconds.

        A request that is under way is not waited for longer: what it brings is asked for again another time.
        """
        self._ending.set()
        self._noted.set()
        for thread in (self._thread, self._guard):
            if thread.is_alive():
                thread.join(timeout)
        return not self._thread.is_alive()

    def look_after(self) -> bool:
        """Leave a thread behind that hangs, and go on with another one; return whether that was necessary."""
        if self._ending.is_set() or not self._engine.is_stuck:
            return False
        self.restarts += 1
        self._engine.take_over()
        self._thread = threading.Thread(target=self._run, name=f"sync {self.restarts + 1}", daemon=True)
        self._thread.start()
        return True

    def _watch(self) -> None:
        while not self._ending.wait(WAIT_STEP):
            self.look_after()

    @property
    def is_running(self) -> bool:
        """Whether the thread is there."""
        return self._thread.is_alive()

    def hurry(self) -> None:
        """Sync as soon as possible."""
        self._note("hurry")

    def edited(self) -> None:
        """Say that there is something to send."""
        self._note("edited")

    def ask(self, question: Callable[[Engine], T]) -> Future[T]:
        """Have a question answered with the engine between two of its rounds; a runner that has ended cancels it."""
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                future.cancel()
                return future
            self._questions.append((question, future))
        self._noted.set()
        return future

    def refresh(self) -> None:
        """Ask for the status to be counted again and told."""
        self._note("refresh")

    def _note(self, note: Note) -> None:
        with self._lock:
            self._notes.add(note)
        self._noted.set()

    def _run(self) -> None:
        try:
            while not self._ending.is_set():
                self._wait(self._one_step())
        except Abandoned:
            return  # Another thread has taken over; what belongs to it is not to be touched.
        if self._ending.is_set():
            self._leave_unanswered()
            self._engine.leave()
            self._tell()

    def _one_step(self) -> float | None:
        self.heartbeat = self._clock.monotonic()
        try:
            self._take_notes()
            self._answer()
            step = self._engine.step()
            # Asked during the round that has just ended.
            self._answer()
        except Abandoned:
            raise
        except BaseException as error:  # noqa: BLE001 - a fault of one step must not end syncing for good; it is handed on whole
            self._hand_on(self._on_fault, error if isinstance(error, Exception) else _told_as_fault(error))
            # The engine has planned its next attempt before it raised; a fault before that waits a while.
            return self._clock.monotonic() + WAIT_STEP
        self._tell()
        if step.report is not None:
            self._hand_on(self._on_report, step.report)
        return step.due

    def _hand_on(self, hear: Callable[[Any], None], told: object) -> None:
        """Tell somebody; what he makes of it is his trouble, not the end of syncing."""
        try:
            hear(told)
        except Exception:
            log.exception("whoever listens to the synchronisation stumbled")

    def _take_notes(self) -> None:
        with self._lock:
            notes, self._notes = self._notes, set()
            self._noted.clear()
        if "edited" in notes:
            self._engine.edited()
        if "hurry" in notes:
            self._engine.hurry()
        if notes:
            self._engine.refresh()

    def _answer(self) -> None:
        while self._questions and self._engine.is_between_rounds and not self._ending.is_set():
            question, future = self._questions.popleft()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(question(self._engine))
            except Exception as error:  # noqa: BLE001 - it belongs to whoever asked
                future.set_exception(error)

    def _leave_unanswered(self) -> None:
        with self._lock:
            self._closed = True
        while self._questions:
            self._questions.popleft()[1].cancel()

    def _tell(self) -> None:
        status = self._engine.status()
        if status != self._told:
            self._told = status
            self._hand_on(self._on_status, status)

    def _wait(self, due: float | None) -> None:
        """Wait until `due`, a note, or for a short while: a wait that long sleeps through a computer's sleep unnoticed."""
        left = WAIT_STEP if due is None else due - self._clock.monotonic()
        if left > 0 and not self._ending.is_set():
            self._noted.wait(min(left, WAIT_STEP))
