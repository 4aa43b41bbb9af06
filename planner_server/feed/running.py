"""Which histories this process goes on with.

A database is put back while no process of the platform runs. So the first write of a process to a scope may be the first after a
restore that nobody has announced or noticed yet, and must not take a version that was given out in the history before.
"""

from __future__ import annotations

from planner_core.merge import ONE_HISTORY
from planner_server import clock

A_MILLISECOND = 1_000
"""How many versions lie between two beginnings for each millisecond between them: more than a scope takes in it."""


def beginning(known: int) -> int | None:
    """Return the version a history begins anew with, above all that was ever given out; None where the clock is behind `known`."""
    now = clock.now_ms() * A_MILLISECOND
    return now if now - known >= ONE_HISTORY else None


class Run:
    """The scopes whose last version is this process's own, by uid."""

    def __init__(self) -> None:
        self._scopes: set[str] = set()

    def add(self, scope: str) -> None:
        """This process has written the scope, and committed."""
        self._scopes.add(scope)

    def goes_on(self, scope: str) -> bool:
        """Return whether the scope's last version was written by this process or after a version of this process."""
        return scope in self._scopes

    def end(self) -> None:
        """Forget everything, as the end of the process does."""
        self._scopes.clear()


RUN = Run()
"""Of this process. Not of a connection: those come and go while the platform runs."""
