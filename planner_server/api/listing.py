"""Search and order of the API's lists."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import OrderBy
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request
from rest_framework.views import APIView

from planner_core.text import fold


class FoldedSearch(BaseFilterBackend):
    """`search`: every word must occur. A view names in `search_keys` the columns to look in.

    Columns kept folded are asked with the folded text, so that both databases agree about case and accents of any alphabet;
    the others (`__icontains`) as the database can.
    """

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        """Return the rows that match."""
        for word in fold(request.query_params.get("search", "").replace("\x00", "")).split():
            condition = Q()
            for key in getattr(view, "search_keys", ()):
                condition |= Q(**{key: word})
            queryset = queryset.filter(condition)
        return queryset


class TiedOrdering(BaseFilterBackend):
    """`ordering`: a comma list of the view's `ordering_keys`, minus for descending. Unknown figures come last either way, and
    the id breaks every tie, so that pages neither repeat nor miss a row.
    """

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        """Return the rows in order. Raises ValidationError for a field there is no order for."""
        keys: dict[str, str] = getattr(view, "ordering_keys", {})
        asked = request.query_params.get("ordering", "") or getattr(view, "default_ordering", "")
        orders: list[Any] = []
        last = "id"
        for term in filter(None, (one.strip() for one in asked.split(","))):
            name = term.removeprefix("-")
            if name not in keys:
                known = ", ".join(sorted(keys))
                raise ValidationError({"ordering": [f"There is no order by {name!r}. Choose from {known}."]})
            column = F(keys[name])
            is_down = term.startswith("-")
            last = "-id" if is_down else "id"
            is_known = _always_known(queryset, keys[name])
            orders.append(_by(column, is_known=is_known, is_down=is_down))
        return queryset.order_by(*orders, last)


def _always_known(rows: QuerySet[Any], path: str) -> bool:
    """Whether a column has no nulls. Figures a list computes are zero when there is nothing to compute them from."""
    if path in rows.query.annotations:
        return True
    model: type[Model] = rows.model
    field: Any = None
    for step in path.split("__"):
        field = model._meta.get_field(step)  # noqa: SLF001 - Django's public name for it
        model = field.related_model or model
    return not field.null


def _by(column: F, *, is_known: bool, is_down: bool) -> OrderBy:
    # "nulls last" keeps an index from being used, so it is said only where a value can be unknown.
    nulls_last = None if is_known else True
    return column.desc(nulls_last=nulls_last) if is_down else column.asc(nulls_last=nulls_last)
