"""How fast somebody decides, over the last minutes of work, and how long the rest will take."""

from __future__ import annotations

import math
from collections import deque

MINUTES = 5
BREAK_SECONDS = 60.0
"""Who does nothing for longer is away: no more than this of a pause counts as work."""
_LEAST_SECONDS = 10.0


class Pace:
    """Counts decisions. Moments are seconds of any clock that only goes forward."""

    def __init__(self) -> None:
        self._worked = 0.0
        self._last: float | None = None
        self._done: deque[tuple[float, int]] = deque()
        """(seconds of work when it was done, keywords)."""

    def begin(self, now: float) -> None:
        """Somebody has begun to look, or looks again: the pause before is not work."""
        self._last = now

    def note(self, now: float, count: int) -> None:
        """Take note of keywords decided; a negative count takes some back."""
        if self._last is not None:
            self._worked += min(max(0.0, now - self._last), BREAK_SECONDS)
        self._last = now
        self._done.append((self._worked, count))
        while self._done and self._done[0][0] < self._worked - MINUTES * 60:
            self._done.popleft()

    @property
    def per_minute(self) -> float | None:
        """Return keywords a minute over the last minutes of work, None before there is enough to tell."""
        seconds = min(self._worked, MINUTES * 60.0)
        count = sum(each for _, each in self._done)
        return 60 * count / seconds if seconds >= _LEAST_SECONDS and count > 0 else None

    def minutes_for(self, left: int) -> int | None:
        """Return how many minutes so many keywords take at this pace, rounded up; None if it is not known."""
        pace = self.per_minute
        return None if pace is None else math.ceil(left / pace)
