"""Where threads meet Qt's event loop: the only place.

The bridge lives on the main thread and owns every signal. Other threads never hold a widget, a model or a signal object of their
own; they call `announce`, `announce_status`, or finish a future that is being watched, and the result arrives on the main thread
as a queued call. What crosses is frozen data.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal, Slot

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Who waits for a future. `owner` decides how long: once it is gone, the answer is dropped."""

    owner: QObject
    done: Callable[[Any], None]
    failed: Callable[[BaseException], None]


class Bridge(QObject):
    """Signals on the main thread for what happens on others."""

    changed = Signal(object)
    """A sync.replica.Changed, once for each committed change, in the order of commits."""
    status_changed = Signal(object)
    """A sync.engine.SyncStatus, after each step of the engine that changed it."""
    reported = Signal(object)
    """A sync.engine.SyncReport at the end of each round."""
    failed = Signal(object)
    """An exception nobody was waiting for: a PlannerError keeps sync from starting, any other is a fault of the program."""

    _change_arrived = Signal(object)
    _status_arrived = Signal(object)
    _report_arrived = Signal(object)
    _fault_arrived = Signal(object)
    _future_finished = Signal(int, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._numbers = count(1)
        self._waiting: dict[int, _Waiting] = {}
        # Queued also when the sender is the main thread itself: receivers never run inside the code that made the change.
        queued = Qt.ConnectionType.QueuedConnection
        self._change_arrived.connect(self._tell_change, queued)
        self._status_arrived.connect(self._tell_status, queued)
        self._report_arrived.connect(self._tell_report, queued)
        self._fault_arrived.connect(self._tell_fault, queued)
        self._future_finished.connect(self._deliver, queued)

    def announce(self, change: object) -> None:
        """Have a change told on the main thread. Any thread may call it."""
        self._change_arrived.emit(change)

    def announce_status(self, status: object) -> None:
        """Have a status told on the main thread. Any thread may call it."""
        self._status_arrived.emit(status)

    def announce_report(self, report: object) -> None:
        """Have a round's report told on the main thread. Any thread may call it."""
        self._report_arrived.emit(report)

    def announce_fault(self, fault: object) -> None:
        """Have an exception told on the main thread. Any thread may call it."""
        self._fault_arrived.emit(fault)

    def watch(
        self,
        future: Future[T],
        owner: QObject,
        done: Callable[[T], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        """Call `done(result)` or `failed(error)` on the main thread when a future ends, unless `owner` is gone by then."""
        job = next(self._numbers)
        self._waiting[job] = _Waiting(owner, done, failed)
        future.add_done_callback(partial(self._future_finished.emit, job))

    @property
    def waiting(self) -> int:
        """Return how many watched futures have not been delivered."""
        return len(self._waiting)

    @Slot(object)
    def _tell_change(self, change: object) -> None:
        self.changed.emit(change)

    @Slot(object)
    def _tell_status(self, status: object) -> None:
        self.status_changed.emit(status)

    @Slot(object)
    def _tell_report(self, report: object) -> None:
        self.reported.emit(report)

    @Slot(object)
    def _tell_fault(self, fault: object) -> None:
        self.failed.emit(fault)

    @Slot(int, object)
    def _deliver(self, job: int, future: Future[Any]) -> None:
        waiting = self._waiting.pop(job)
        if not shiboken6.isValid(waiting.owner) or future.cancelled():
            return
        error = future.exception()
        if error is None:
            waiting.done(future.result())
        else:
            waiting.failed(error)
