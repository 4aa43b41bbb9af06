"""Progress and cancelling, asked between blocks of a size that takes some ten milliseconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from planner_desktop.importing.trouble import Cancelled

INTERVAL = 0.05
"""Seconds between two reports, and between two looks at the cancel flag while a library works."""

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one file is: `done` of `total` bytes (0: unknown), and the rows seen of all files so far."""

    file: str
    done: int
    total: int
    rows: int


class Watch:
    """The reader's tie to whoever waits for it. Not for more than one thread."""

    def __init__(
        self,
        report: Callable[[Progress], None] | None = None,
        is_cancelled: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._report = report
        self._is_cancelled = is_cancelled
        self._clock = clock
        self._next = 0.0
        self._file = ""
        self._total = 0
        self.rows = 0

    def begin(self, file: str, total: int) -> None:
        """Say that a file of so many bytes begins. Raises Cancelled."""
        self._file, self._total, self._next = file, total, 0.0
        self.step(0)

    def step(self, done: int) -> None:
        """Say how many bytes are done. Raises Cancelled."""
        if self._is_cancelled():
            raise Cancelled
        now = self._clock()
        if self._report is not None and now >= self._next:
            self._next = now + INTERVAL
            self._report(Progress(self._file, min(done, self._total), self._total, self.rows))

    def wait_for(self, work: Callable[[], Made]) -> Made:
        """Run what cannot be interrupted in a thread of its own and go on reporting; return what it made, or raise its error.

        When told to stop, the thread is left to end by itself: it holds nothing but the file. Raises Cancelled.
        """
        ward = _Ward(work)
        thread = threading.Thread(target=ward.run, name="import-library", daemon=True)
        thread.start()
        while thread.is_alive():
            thread.join(INTERVAL)
            self.step(0)
        return ward.result()


class _Ward(Generic[Made]):
    """One piece of work with its end, whichever it is."""

    def __init__(self, work: Callable[[], Made]) -> None:
        self._work = work
        self._made: list[Made] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._made.append(self._work())
        # A panic of the library is no Exception; it belongs to whoever waits.
        except BaseException as error:  # noqa: BLE001
            self._error = error

    def result(self) -> Made:
        if self._error is not None:
            raise self._error
        return self._made[0]
