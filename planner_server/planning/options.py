"""`filter_options/`: which values a list's filters could still take. Each is asked under all the other filters, so they cascade."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Max, Min, QuerySet
from django.http import QueryDict
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from planner_core.figures import INTENTS
from planner_server.api.listing import FoldedSearch

LIMIT = 500
"""Values of one filter: the most frequent ones. A list that was cut is named in `truncated`."""


@dataclass(frozen=True, slots=True)
class Facets:
    """What a list offers. Every name is a filter's: of values by a path, of references by (path, path of the name), of figures by an expression."""

    values: Mapping[str, str] = field(default_factory=dict)
    references: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    ranges: Mapping[str, Any] = field(default_factory=dict)
    """Figure -> its effective value; the filters are `{figure}_min` and `{figure}_max`."""
    listed: frozenset[str] = frozenset()
    """Filters over comma lists (intents): their parts are counted one by one."""


def options(view: Any, request: Request, rows: QuerySet[Any], facets: Facets) -> dict[str, Any]:
    """Return filter -> its values `[{value, label, count}]`, and figure -> `{min, max}`, for `rows` under the request's filters.

    Raises ValidationError for a filter that cannot be understood.
    """
    answer: dict[str, Any] = {}
    cut: list[str] = []
    for name, path in facets.values.items():
        counted = _counted(_filtered(view, request, rows, (name,)), path, path)
        pairs = [(value, value, count) for value, _, count in counted]
        if name in facets.listed:
            pairs = _parts(pairs)
        answer[name] = _listed(name, pairs, cut)
    for name, (path, label) in facets.references.items():
        left = _filtered(view, request, rows, (name, f"{name}__isnull"))
        answer[name] = _listed(name, _counted(left, path, label), cut)
    for figure, expression in facets.ranges.items():
        left = _filtered(view, request, rows, (f"{figure}_min", f"{figure}_max"))
        answer[figure] = left.order_by().aggregate(min=Min(expression), max=Max(expression))
    return {**answer, "truncated": cut}


def _filtered(view: Any, request: Request, rows: QuerySet[Any], but: Iterable[str]) -> QuerySet[Any]:
    former: Mapping[str, str] = view.filterset_class.former_names
    left_out = {*but, *(name for name, present in former.items() if present in set(but))}
    others = QueryDict(mutable=True)
    for name, values in request.query_params.lists():
        if name not in left_out:
            others.setlist(name, values)
    filterset = view.filterset_class(others, queryset=rows, request=request)
    if not filterset.is_valid():
        raise ValidationError(filterset.errors)
    assert isinstance(view, APIView)
    return FoldedSearch().filter_queryset(request, filterset.qs, view)


def _counted(rows: QuerySet[Any], path: str, label: str) -> list[tuple[Any, Any, int]]:
    """Return (value, label, how many), the most frequent first, one more than is shown."""
    paths = (path,) if path == label else (path, label)
    grouped = rows.order_by().values_list(*paths).annotate(n=Count("pk")).order_by("-n", path)
    return [(one[0], one[-2], one[-1]) for one in grouped[: LIMIT + 1]]


def _parts(pairs: list[tuple[Any, Any, int]]) -> list[tuple[Any, Any, int]]:
    total: dict[str, int] = {}
    for value, _, count in pairs:
        for part in (value or "").split(","):
            if part:
                total[part] = total.get(part, 0) + count
    return [(part, part, total[part]) for part in INTENTS if part in total]


def _listed(name: str, found: list[tuple[Any, Any, int]], cut: list[str]) -> list[dict[str, Any]]:
    if len(found) > LIMIT:
        cut.append(name)
    # What is unknown (no country) or absent (no cluster) has no value to filter by.
    shown = [one for one in found[:LIMIT] if one[0] is not None and one[0] != ""]
    shown.sort(key=lambda one: str(one[1]).casefold())
    return [{"value": value, "label": label, "count": count} for value, label, count in shown]
