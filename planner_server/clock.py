"""The server's one place for time, randomness and new ids, so that a simulation can hand in its own."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock

from planner_core.uid import uuid7


def _system_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class _Source:
    now_ms: Callable[[], int] = _system_ms
    monotonic: Callable[[], float] = time.monotonic
    random_bits: Callable[[int], int] = secrets.randbits
    lock: Lock = field(default_factory=Lock)
    last_ms: int = 0
    last_bits: int = 0


_current = _Source()


def now_ms() -> int:
    """Return the time in milliseconds since 1970."""
    return _current.now_ms()


def monotonic() -> float:
    """Return seconds that never go back; only differences mean something."""
    return _current.monotonic()


def now() -> datetime:
    """Return the time, aware, in UTC."""
    return to_datetime(now_ms())


def to_datetime(unix_ms: int) -> datetime:
    """Return a stored time as an aware datetime in UTC."""
    return datetime.fromtimestamp(unix_ms / 1000, UTC)


def new_token() -> str:
    """Return 32 random hexadecimal digits: an epoch, or the name of a version."""
    return f"{_current.random_bits(128):032x}"


def new_uid() -> str:
    """Return a new row identity; later calls give greater ones, whatever the clock does."""
    return new_uids(1)[0]


def new_uids(number: int) -> list[str]:
    """Return row identities in rising order. Within a millisecond the random part counts up."""
    source = _current
    with source.lock:
        stamp = source.now_ms()
        if stamp > source.last_ms:
            source.last_ms, source.last_bits = stamp, source.random_bits(73)
        first = source.last_bits + 1
        source.last_bits += number
        return [uuid7(source.last_ms, bits) for bits in range(first, first + number)]


@contextmanager
def replaced(
    *,
    now_ms: Callable[[], int] | None = None,
    monotonic: Callable[[], float] | None = None,
    random_bits: Callable[[int], int] | None = None,
) -> Iterator[None]:
    """Take time and randomness from elsewhere, in every thread, while the block runs."""
    global _current  # noqa: PLW0603 - the one switch, and only a simulation throws it
    former = _current
    _current = _Source(
        now_ms or former.now_ms, monotonic or former.monotonic, random_bits or former.random_bits
    )
    try:
        yield
    finally:
        _current = former
