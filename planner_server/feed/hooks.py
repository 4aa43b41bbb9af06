"""Named points of the server's work that a test can act at: fail, end the process, let somebody else go first.

C6   a transaction of a push is committed and the rest of the request is still to come
C7   the scope's version is taken and no row is written
C8   the last transaction of a push is committed and the answer is not sent
C22  the floor of tombstones is raised and no row is cleared away yet
P1   the gate is about to commit
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

POINTS = frozenset({"C6", "C7", "C8", "C22", "P1"})

_actions: dict[str, Callable[[], None]] = {}


def reach(point: str) -> None:
    """Say that the work has come to a named point; nothing happens unless somebody waits there."""
    action = _actions.get(point)
    if action is not None:
        action()


@contextmanager
def at(point: str, action: Callable[[], None]) -> Iterator[None]:
    """Run `action` whenever the point is reached, in whatever thread, while the block runs."""
    if point not in POINTS:
        raise KeyError(point)
    _actions[point] = action
    try:
        yield
    finally:
        _actions.pop(point, None)
