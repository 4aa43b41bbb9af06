"""Page-number paging: `page` from 1, `page_size` 10 unless asked otherwise, never above 100."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from planner_server.api.counting import StatedPaginator
from planner_server.api.envelope import Listing

_SIZE = re.compile(r"0{0,8}[1-9][0-9]{0,8}")


class Pages(PageNumberPagination):
    """A page beyond the last is 404; a larger `page_size` than the maximum is cut to it."""

    page_size = 10
    page_size_query_param = "page_size"
    max_page_size = 100

    def get_page_size(self, request: Request) -> int | None:
        """Return how many rows a page has. Raises ValidationError for what is no number above 0."""
        asked = request.query_params.get("page_size")
        if asked is not None and not _SIZE.fullmatch(asked):
            raise ValidationError(
                {"page_size": [f"{asked!r} is not a number of rows. Give 1 to {self.max_page_size}."]}
            )
        return super().get_page_size(request)

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        """Return the rows of the page. Lists that can grow large count themselves (see counting)."""
        state = getattr(view, "list_state", None)
        if state is not None:
            self.django_paginator_class = partial(StatedPaginator, state=state)  # type: ignore[assignment]
        return super().paginate_queryset(queryset, request, view)

    def get_paginated_response(self, data: Any) -> Response:
        """Return one page as the list envelope expects it."""
        assert self.page is not None
        return Response(
            Listing(
                count=self.page.paginator.count,
                next=self.get_next_link(),
                previous=self.get_previous_link(),
                results=data,
            )
        )
