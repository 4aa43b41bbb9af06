"""How many requests a caller may make in a minute, by the documented scopes.

Minutes are those of the clock, so that every worker means the same one. One process counts in its memory; on PostgreSQL, where
there may be several, the count is a row that each of them raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

from django.conf import settings
from django.db import connection

from planner_server import clock
from planner_server.api.models import Count
from planner_server.feed import sql

LIMITS: Mapping[str, int] = {
    "planner": 60,
    "planner_ai": 10,
    "ai_function": 10,
    "writer": 60,
    "writer_ai": 10,
    "content_read": 100,
    "content_write": 30,
    "auth": 20,
    "auth_strict": 5,
    "system": 100,
    "system_admin": 30,
    "billing": 30,
    "billing_admin": 10,
    "image_gen": 15,
    "default": 100,
}
"""Requests a minute, as the platform's documentation has them."""

DOCUMENTED, OFF = "documented", "off"
MINUTE = 60

_SCOPES = (
    ("auth/login/", "auth"),
    ("auth/register/", "auth"),
    ("auth/password", "auth_strict"),
    ("auth/change-password/", "auth_strict"),
    ("planner/", "planner"),
    ("writer/", "writer"),
    ("system/", "system"),
    ("billing/", "billing"),
)
_ROOT = "/api/v1/"


@dataclass(frozen=True, slots=True)
class Reading:
    """What is left to a caller in a scope."""

    scope: str
    limit: int
    used: int
    reset: int
    """Unix seconds at which the next minute begins."""
    wait: int
    """Seconds until then."""

    @property
    def is_over(self) -> bool:
        """Whether this request is one too many."""
        return self.used > self.limit

    def headers(self) -> dict[str, str]:
        """Return the documented headers, and those of the draft for everybody (draft-ietf-httpapi-ratelimit-headers-10)."""
        left = max(0, self.limit - self.used)
        return {
            "X-Throttle-Limit": str(self.limit),
            "X-Throttle-Remaining": str(left),
            "X-Throttle-Reset": str(self.reset),
            "RateLimit-Policy": f'"{self.scope}";q={self.limit};w={MINUTE}',
            "RateLimit": f'"{self.scope}";r={left};t={self.wait}',
        }


@dataclass(slots=True)
class Meter:
    """Counts of this process, of the running minute only."""

    minute: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def add(self, caller: str, minute: int) -> int:
        """Count one request and return how many it makes in its minute."""
        with self.lock:
            if minute != self.minute:
                self.minute, self.counts = minute, {}
            self.counts[caller] = self.counts.get(caller, 0) + 1
            return self.counts[caller]


METER = Meter()
"""Of this process."""


def scope_of(path: str) -> str:
    """Return the throttle scope of a path under /api/v1/."""
    rest = path.removeprefix(_ROOT)
    return next((scope for prefix, scope in _SCOPES if rest.startswith(prefix)), "default")


def take(scope: str, who: str) -> Reading | None:
    """Count a request of a caller and return what it leaves him; None where nothing is throttled."""
    if settings.PLANNER_THROTTLE == OFF:
        return None
    now = clock.now_ms() // 1000
    minute, second = divmod(now, MINUTE)
    caller = f"{scope} {who}"
    used = _shared(caller, minute) if connection.vendor == "postgresql" else METER.add(caller, minute)
    return Reading(scope, LIMITS[scope], used, (minute + 1) * MINUTE, MINUTE - second)


def _shared(caller: str, minute: int) -> int:
    ((number,),) = sql.rows(
        "INSERT INTO api_count (caller, minute, number) VALUES (%s, %s, 1) ON CONFLICT (caller) DO UPDATE SET"
        " number = CASE WHEN api_count.minute = EXCLUDED.minute THEN api_count.number + 1 ELSE 1 END,"
        " minute = EXCLUDED.minute RETURNING number",
        [caller, minute],
    )
    return int(number)


def forget() -> None:
    """Clear away the counts of minutes long past."""
    Count.objects.filter(minute__lt=clock.now_ms() // 1000 // MINUTE - MINUTE).delete()
