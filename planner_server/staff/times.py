"""Stored times as the staff reads them."""

from planner_server import clock


def shown(unix_ms: int | None) -> str:
    """Return a time as text in UTC, "" for none."""
    return "" if unix_ms is None else clock.to_datetime(unix_ms).strftime("%Y-%m-%d %H:%M:%S UTC")
