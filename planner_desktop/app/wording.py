"""Counts as sentences hold them."""

from __future__ import annotations


def counted(count: int, one: str, many: str) -> str:
    """Return a count with what is said of it: "1 change waits", "1,204 changes wait"."""
    return f"{count:,} {one if count == 1 else many}"
