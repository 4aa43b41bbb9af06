"""The one door to the replica's write connection.

A connection of SQLite belongs to the thread that opened it, so every call travels to the writer's executor: a thread of its own
beside a window, the calling thread itself on the command line. The replica is opened, and its lock taken, by the first call.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from planner_desktop.app.memory import give_back

if TYPE_CHECKING:  # importing the replica is left to whoever opens it
    from sync.replica import Changed, Replica

T = TypeVar("T")
P = ParamSpec("P")
Announce = Callable[["Changed"], None]
"""Called on the writer's thread after every commit that changed rows."""


class InlineExecutor(Executor):
    """Runs each call at once in the calling thread."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - carried by the future, as any executor does
            future.set_exception(error)
        return future


def writer_thread() -> Executor:
    """Return the executor for a window: one thread that owns the write connection."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")


class Writer:
    """Calls on the replica, one after the other, each one transaction of its own."""

    def __init__(self, open_replica: Callable[[], Replica], executor: Executor) -> None:
        self._open_replica = open_replica
        self._executor = executor
        self._replica: Replica | None = None
        self._announce: list[Announce] = []

    def on_changed(self, announce: Announce) -> None:
        """Have every change announced, on the writer's thread."""
        self._announce.append(announce)

    def submit(self, call: Callable[[Replica], T]) -> Future[T]:
        """Queue a call; the future has its result, or what it raised."""
        return self._executor.submit(self._carry, call)

    def do(self, call: Callable[[Replica], T]) -> T:
        """Carry out a call and return its result. Raises what the call raises, ReplicaLocked when another process writes."""
        return self.submit(call).result()

    def carry(self, work: Callable[[], T]) -> T:
        """Run work on the writer's thread: for an engine, which announces what it changes itself."""
        return self._executor.submit(work).result()

    def announce(self, result: object) -> None:
        """Announce the change that a result of the replica carries, if it carries one."""
        change: Any = getattr(result, "change", result)
        if hasattr(change, "kinds") and change.kinds:
            for tell in self._announce:
                tell(change)

    def close(self) -> None:
        """Let queued calls finish, close the replica and give its lock back."""
        self._executor.submit(self._close).result()
        self._executor.shutdown()

    def _carry(self, call: Callable[[Replica], T]) -> T:
        if self._replica is None:
            self._replica = self._open_replica()
        result = call(self._replica)
        self.announce(result)
        # Whoever shows the change has heard of it: now there is time to wait for the disk.
        self._replica.flush()
        change: Any = getattr(result, "change", result)
        if getattr(change, "kinds", ()) and change.keys is None:
            self._replica.rest()
            give_back()
        return result

    def _close(self) -> None:
        replica, self._replica = self._replica, None
        if replica is not None:
            replica.close()
