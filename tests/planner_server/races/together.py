"""People who act at once, each on connections of his own, and proof that one waits for another. Nothing here rests on time."""

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db import OperationalError, connection, connections

PATIENCE = 60.0
"""Seconds after which a test gives up on a machine; no test passes because time went by."""

T = TypeVar("T")


class Somebody(threading.Thread, Generic[T]):
    """A thread that starts at once, closes its connections and hands result or failure on."""

    def __init__(self, action: Callable[[], T], *, patient: bool = True) -> None:
        """`patient=False`: on SQLite a lock that somebody else holds is an error at once."""
        super().__init__(daemon=True)
        self._action = action
        self._patient = patient
        self._result: list[T] = []
        self._error: BaseException | None = None
        self._connected = threading.Event()
        self.backend = 0
        """The connection's process on PostgreSQL."""
        self.start()

    def run(self) -> None:
        try:
            connection.ensure_connection()
            if connection.vendor == "postgresql":
                self.backend = connection.connection.info.backend_pid
            elif not self._patient:
                with connection.cursor() as cursor:
                    cursor.execute("PRAGMA busy_timeout = 0")
            self._connected.set()
            self._result.append(self._action())
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            self._error = error
        finally:
            self._connected.set()
            connections.close_all()

    def finish(self) -> T:
        """Wait for the end and return the result. Raises what the action raised."""
        self.join(PATIENCE)
        assert not self.is_alive(), "somebody does not come to an end"
        if self._error is not None:
            raise self._error
        return self._result[0]

    def is_kept_waiting_by(self, other: "Somebody[Any]") -> bool:
        """Watch until PostgreSQL says that this one waits for a lock of the other; False if he ends instead."""
        assert self._connected.wait(PATIENCE)
        pause = threading.Event()
        while self.is_alive():
            with connection.cursor() as cursor:
                cursor.execute("SELECT %s = ANY(pg_blocking_pids(%s))", [other.backend, self.backend])
                if cursor.fetchone()[0]:
                    return True
            pause.wait(0.005)
        return False


class Stop:
    """A point where the first one who comes is held until `go_on`; everybody after him passes."""

    def __init__(self) -> None:
        self._taken = threading.Lock()
        self._here = threading.Event()
        self._onward = threading.Event()

    def __call__(self, *_: Any, **__: Any) -> None:
        if self._taken.acquire(blocking=False):
            self._here.set()
            assert self._onward.wait(PATIENCE), "nobody let the held one go on"

    def await_somebody(self, who: Somebody[Any]) -> None:
        """Wait until somebody is held here. Fails with his own error if he ended before."""
        while not self._here.wait(0.05):
            if not who.is_alive():
                who.finish()
                raise AssertionError("somebody came to the end and not by here")

    def go_on(self) -> None:
        """Let go."""
        self._onward.set()


def stands_behind(action: Callable[[], T], holder: Somebody[Any]) -> Somebody[T]:
    """Start an action that cannot get past a holder, prove that it cannot, and return it, still to come.

    PostgreSQL names who waits for whom. SQLite does not: there the action is tried once without patience, refused, and started anew.
    """
    if connection.vendor == "sqlite":
        refused = Somebody(action, patient=False)
        assert is_busy(refused), "the action got past whoever holds the lock"
        return Somebody(action)
    waiting = Somebody(action)
    assert waiting.is_kept_waiting_by(holder), "the action got past whoever holds the lock"
    return waiting


def is_busy(somebody: Somebody[Any]) -> bool:
    """Whether an attempt ended with "the database is locked", raised or as an answer."""
    try:
        response = somebody.finish()
    except OperationalError:
        return True
    return bool(getattr(response, "status_code", 0) == 503)
