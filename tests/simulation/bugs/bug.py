"""What a known bug is: production code patched into a behaviour that is known to lose, double or hide work, while a block runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Literal
from unittest.mock import patch

from tests.simulation.histories.scene import History

SOME_SEEDS = range(24)
"""Worlds of chance for bugs that nearly every second of them notices."""

Patch = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class Bug:
    """A bug that the suite has to notice.

    `group`: A to C as the catalogue of pitfalls has them; 1 and 2 by severity for those found later. `history` is the shortest
    known history on which it shows. `seeds` are worlds of chance of which at least one notices it, tried in their order.
    """

    name: str
    pitfall: str
    group: Literal["A", "B", "C", "1", "2"]
    patch: Patch
    history: History
    note: str = ""
    seeds: Sequence[int] = ()


def swapped(*places: tuple[Any, str, Any]) -> Patch:
    """Return a patch that puts other values in the place of attributes: (owner, name, value)."""

    @contextmanager
    def applied() -> Iterator[None]:
        with ExitStack() as held:
            for owner, name, value in places:
                held.enter_context(patch.object(owner, name, value))
            yield

    return applied


def wrapped(owner: Any, name: str, around: Callable[[Any], Any]) -> Patch:
    """Return a patch that replaces a function by `around(the function)`, made anew each time: it may keep what it saw."""

    @contextmanager
    def applied() -> Iterator[None]:
        with patch.object(owner, name, around(getattr(owner, name))):
            yield

    return applied


def together(*patches: Patch) -> Patch:
    """Return several patches as one."""

    @contextmanager
    def applied() -> Iterator[None]:
        with ExitStack() as held:
            for one in patches:
                held.enter_context(one())
            yield

    return applied
