"""New identities: UUID version 7 that only ever go up within one maker, from an injected clock and injected randomness."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Protocol

from planner_core.uid import uuid7
from sync.clock import Clock

_RANDOM_BITS = 74
# A step ahead is small enough to stay in the same millisecond and random enough not to be guessed by a twin started at once.
_STEP_BITS = 32


class IdMaker(Protocol):
    """Makes row, operation and action ids."""

    def uid(self) -> str:
        """Return a new uid: 32 lower-case hexadecimal digits."""


class MonotonicIds:
    """Ids whose text order is the order of making, also when the wall clock stands still or is set back."""

    def __init__(self, clock: Clock, random_bits: Callable[[int], int] = secrets.randbits) -> None:
        """`random_bits(n)` returns an integer of n random bits."""
        self._clock = clock
        self._random_bits = random_bits
        self._ms = -1
        self._tail = 0

    def uid(self) -> str:
        """Return an id greater than every one this maker gave before."""
        now = self._clock.now_ms()
        if now > self._ms:
            self._ms = now
            self._tail = self._random_bits(_RANDOM_BITS)
        else:
            self._tail += 1 + self._random_bits(_STEP_BITS)
            if self._tail >> _RANDOM_BITS:
                self._ms += 1
                self._tail = self._random_bits(_RANDOM_BITS)
        return uuid7(self._ms, self._tail)
