"""Words and names of older platforms that are taken on input, where what they mean is beyond doubt. They are never shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planner_core.entities import COMPLETED, MAPPED, NEW, QUEUED

STATUSES: Mapping[str, Mapping[str, str]] = {
    "keyword": {"pending": NEW, "active": MAPPED},
    "cluster": {"pending": NEW, "active": MAPPED},
    "idea": {"scheduled": QUEUED, "published": COMPLETED},
    "task": {"pending": QUEUED},
}
"""Entity -> former status -> the present one."""

ARCHIVED = "archived"
"""The former status of what is `disabled` today: a filter by it is understood, writing it is answered with the way out."""

ARCHIVED_NOW = "'archived' is no status any more: send \"disabled\": true instead."


def status_now(entity: str, value: Any) -> Any:
    """Return the present status for a former one; anything else as it is."""
    return STATUSES[entity].get(value, value) if isinstance(value, str) else value


def renamed(data: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return a body with its former field names (`names`: former -> present) replaced, where the present one is not there too."""
    body = dict(data)
    for former, present in names.items():
        if former in body:
            value = body.pop(former)
            body.setdefault(present, value)
    return body
