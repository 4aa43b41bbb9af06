"""Time, passed in: the replica and the engine never ask the operating system themselves."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Wall time for what people read, monotonic time for waiting."""

    def now_ms(self) -> int:
        """Return unix time in milliseconds."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Return unix time in milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()


class ManualClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        """Start at a unix time in milliseconds."""
        self._now_ms = now_ms
        self._elapsed = 0.0

    def now_ms(self) -> int:
        """Return unix time in milliseconds."""
        return self._now_ms

    def monotonic(self) -> float:
        """Return the seconds it was moved so far."""
        return self._elapsed

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now_ms += round(seconds * 1000)
        self._elapsed += seconds
