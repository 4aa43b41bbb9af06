"""Dates of the query line: days (UTC) counted from 1970-01-01."""

from __future__ import annotations

import re
from datetime import date, timedelta

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")
_FIRST = date(1970, 1, 1)


def days_of(text: str) -> tuple[int, int] | None:
    """Return the first and last day that `2026`, `2026-01` or `2026-01-31` stands for; None if it is no date from 1970 on."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
    except ValueError:
        return None
    if first < _FIRST:
        return None
    if day:
        last = first
    elif month and month < 12:
        last = date(first.year, month + 1, 1) - timedelta(days=1)
    else:
        last = date(first.year, 12, 31)
    return (first - _FIRST).days, (last - _FIRST).days


def date_text(days: int) -> str:
    """Return a day as it is written."""
    return (_FIRST + timedelta(days=days)).isoformat()
