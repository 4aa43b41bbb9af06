"""When the next attempt is due. One place owns that moment, so that a retry can neither be forgotten nor come too often."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

IDLE_POLL_MS = 60_000
EDIT_PAUSE_MS = 2_000
"""An edit is sent when its author has paused for so long, so that a burst of them travels together."""
BACKOFF_BASE_MS = 1_000
BACKOFF_LIMIT_MS = 300_000
DEADLINE_MS = 900_000
"""With work waiting and nothing in the way, an attempt is at most so far away, whatever a platform asks for."""
LOOP_REQUESTS = 5
LOOP_WINDOW_MS = 10_000
WAKE_JUMP_MS = 30_000
"""A wall clock that ran so much further than the monotonic one says that the computer slept."""


@dataclass(slots=True)
class Schedule:
    """The next attempt's moment, on the monotonic clock in milliseconds.

    `random` returns a number in [0, 1). Failures back off with full jitter between zero and a ceiling that doubles up to five
    minutes; a platform's own wish for patience is a minimum beneath it, up to the deadline.
    """

    random: Callable[[], float]
    due: float = 0.0
    failures: int = 0
    calm_until: float = 0.0
    """Before this moment nothing is sent, edits or not: a failure or the platform asked for it."""
    _edited_at: float | None = None
    _planned: float = 0.0
    """When the next attempt was due before the first edit since the last one."""

    def failed(self, now: float, retry_after_ms: int = 0) -> None:
        """Back off after a failure that may pass."""
        ceiling = min(BACKOFF_LIMIT_MS, BACKOFF_BASE_MS * 2 ** min(self.failures, 20))
        wait = min(DEADLINE_MS, retry_after_ms + self.random() * ceiling)
        self.failures += 1
        self._edited_at = None
        self.due = self.calm_until = now + wait

    def succeeded(self, now: float, backoff_ms: int = 0) -> None:
        """Plan the next look at the platform after a round that went through."""
        self.failures = 0
        self._edited_at = None
        wait = max(IDLE_POLL_MS, min(backoff_ms, DEADLINE_MS))
        self.due = now + wait
        self.calm_until = now + min(backoff_ms, DEADLINE_MS)

    def edited(self, now: float) -> None:
        """Bring the next attempt forward for an edit, but never into a time of calm.

        Every further edit moves it on by a pause; an author who never pauses is not waited for longer than five.
        """
        if self._edited_at is None:
            self._edited_at = now
            self._planned = self.due
        wanted = min(now + EDIT_PAUSE_MS, self._edited_at + 5 * EDIT_PAUSE_MS)
        self.due = max(min(wanted, self._planned), self.calm_until)

    def hurry(self, now: float) -> None:
        """Try at once: a person asked, or the computer woke up. A failure's calm ends with it."""
        self.due = self.calm_until = now

    def resume(self, now: float) -> None:
        """Go on at once within a round; calm that was asked for still holds."""
        self.due = max(now, self.calm_until)


@dataclass(frozen=True, slots=True)
class _Seen:
    at: float
    what: str


class LoopWatch:
    """Notices a client that asks the same again and again without getting any further."""

    def __init__(self) -> None:
        self._seen: deque[_Seen] = deque()

    def note(self, now: float, what: str) -> bool:
        """Take down a request together with the state it was sent in; True means it is going round in circles."""
        while self._seen and self._seen[0].at <= now - LOOP_WINDOW_MS:
            self._seen.popleft()
        self._seen.append(_Seen(now, what))
        return sum(1 for one in self._seen if one.what == what) > LOOP_REQUESTS

    def forget(self) -> None:
        """Start counting afresh."""
        self._seen.clear()


class SleepWatch:
    """Notices that the computer slept, by the wall clock running ahead of the monotonic one."""

    def __init__(self, wall_ms: int, monotonic_ms: float) -> None:
        self._gap = wall_ms - monotonic_ms

    def woke(self, wall_ms: int, monotonic_ms: float) -> bool:
        """Return True once after a sleep (or a large step of the wall clock, which costs one reconnect)."""
        gap = wall_ms - monotonic_ms
        jumped = abs(gap - self._gap) > WAKE_JUMP_MS
        self._gap = gap
        return jumped
