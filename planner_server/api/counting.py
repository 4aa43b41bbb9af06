"""What is true of a whole list, found out once for each state of the data instead of for each request: how many rows it has, and such.

Up to a limit rows are simply counted. Beyond it a number is remembered together with the state of everything the list can show:
each scope of the feed takes a new random token with each write, so a number that is found under today's tokens is today's number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

from planner_server.feed.models import Scope

COUNTED = 10_000
"""Up to so many rows a count costs no more than asking for the state."""
REMEMBERED_SECONDS = 3_600


State = Callable[[], QuerySet[Scope]]
"""Returns the scopes whose writes can change any list of a view: its `list_state`."""


class StatedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts a queryset once for each state that its view names."""

    def __init__(self, rows: QuerySet[Any], page_size: int, *, state: State) -> None:
        """Count `rows`, which the view of that state lists."""
        super().__init__(rows, page_size)
        self._state = state

    @cached_property
    def count(self) -> int:
        """Return the number of rows."""
        rows: Any = self.object_list
        # Only ids: what a list computes beside its rows would be computed for each that is counted.
        few = rows.order_by().values("pk")[: COUNTED + 1].count()
        if few <= COUNTED:
            return int(few)
        return int(remembered(rows, self._state, "count", rows.count))


def remembered(rows: QuerySet[Any], scopes: State, name: str, make: Callable[[], Any]) -> Any:
    """Return what `make` finds out about the rows, made once for each state of the data; `name` tells one question from another."""
    key = f"{name}-{_digest(rows, scopes)}"
    known = cache.get(key)
    if known is None:
        known = make()
        cache.set(key, known, REMEMBERED_SECONDS)
    return known


def _digest(rows: QuerySet[Any], scopes: State) -> str:
    statement, values = rows.order_by().query.get_compiler(rows.db).as_sql()
    state = sorted(scopes().values_list("uid", "token"))
    return hashlib.sha256(repr((statement, values, state)).encode()).hexdigest()
