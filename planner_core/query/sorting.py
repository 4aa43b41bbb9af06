"""Sort orders: `-volume,keyword`."""

from __future__ import annotations

from difflib import get_close_matches

from planner_core.query.errors import QueryError
from planner_core.query.fields import SORTS
from planner_core.query.tree import SortKey, Span


def parse_sort(text: str) -> tuple[SortKey, ...]:
    """Return the steps of a sort order; an empty text gives none. White space around names is ignored.

    Raises QueryError, which points at the name at fault.
    """
    if not text.strip():
        return ()
    keys: list[SortKey] = []
    at = 0
    for part in text.split(","):
        start = at + len(part) - len(part.lstrip())
        span = Span(start, max(start, at + len(part.rstrip())))
        keys.append(_key(part.strip(), span, keys))
        at += len(part) + 1
    return tuple(keys)


def _key(part: str, span: Span, before: list[SortKey]) -> SortKey:
    descending = part.startswith("-")
    name = part[descending:].lower()
    if not name:
        raise QueryError(f"A field is missing. Expected {_known()}, as in -volume,keyword", span)
    if name not in SORTS:
        close = get_close_matches(name, SORTS, n=1)
        meant = f"Did you mean {close[0]}? " if close else ""
        raise QueryError(
            f"'{name}' is nothing to sort by. {meant}Expected {_known()}, as in -volume,keyword",
            Span(span.start + descending, span.end),
        )
    if any(key.field == name for key in before):
        raise QueryError(f"'{name}' stands twice. Name each field once, as in -volume,keyword", span)
    return SortKey(name, descending, span)


def _known() -> str:
    return f"{', '.join(SORTS[:-1])} or {SORTS[-1]}"
