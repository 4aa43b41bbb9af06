"""The library as accounts see it: read only."""

from __future__ import annotations

from typing import Any

from django.db.models import Avg, Count, Prefetch, QuerySet, Sum
from django.db.models.functions import Coalesce
from django_filters.rest_framework import DjangoFilterBackend  # type: ignore[import-untyped]
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from planner_server.api.envelope import Answer
from planner_server.api.listing import FoldedSearch, TiedOrdering
from planner_server.api.pagination import Pages
from planner_server.api.views import Enveloped
from planner_server.feed.models import Scope
from planner_server.library.filters import SeedFilter
from planner_server.library.models import Industry, IndustrySector, SeedKeyword
from planner_server.library.serializers import IndustrySerializer, SeedKeywordSerializer


class IndustryViewSet(Enveloped, mixins.ListModelMixin, viewsets.GenericViewSet[Industry]):
    """auth/industries/, for everybody."""

    permission_classes = (AllowAny,)
    serializer_class = IndustrySerializer
    pagination_class = Pages

    def get_queryset(self) -> QuerySet[Industry]:
        """Return the active industries by name, each with its active sectors."""
        sectors = IndustrySector.objects.filter(is_active=True).order_by("name", "id")
        prefetch = Prefetch("sectors", sectors, to_attr="active_sectors")
        return Industry.objects.filter(is_active=True).prefetch_related(prefetch).order_by("name", "id")


class KeywordsLibraryViewSet(
    Enveloped, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[SeedKeyword]
):
    """keywords-library/: the active seed keywords, of the industry sectors in `sector_ids` when given.

    Developers see switched off ones too, and tell them apart with `is_active`.
    """

    serializer_class = SeedKeywordSerializer
    pagination_class = Pages
    filter_backends = (DjangoFilterBackend, FoldedSearch, TiedOrdering)
    filterset_class = SeedFilter
    search_keys = ("keyword_key__contains",)
    ordering_keys = {
        **{name: name for name in ("created_at", "volume", "difficulty", "country")},
        "keyword": "keyword_key",
    }
    lookup_value_regex = r"\d{1,18}"

    def get_queryset(self) -> QuerySet[SeedKeyword]:
        """Return the seeds the user may see."""
        seeds = SeedKeyword.objects.filter(deleted_at=None)
        return seeds if self.user.role == self.user.Role.DEVELOPER else seeds.filter(is_active=True)

    def list_state(self) -> QuerySet[Scope]:
        """Return the scopes of the library: no other write changes a list of seeds."""
        return Scope.objects.filter(kind="library")

    @action(detail=False, methods=["get"])
    def sector_stats(self, request: Request) -> Response:  # noqa: ARG002 - the framework passes it
        """Return, for each industry sector the filters leave, how many seeds it has and their figures, by industry and sector."""
        seeds = self.filter_queryset(self.get_queryset()).order_by()
        figures = {
            one["sector_id"]: one
            for one in seeds.values("sector_id").annotate(
                keywords_count=Count("pk"),
                volume=Coalesce(Sum("volume"), 0),
                mean_difficulty=Avg("difficulty"),
            )
        }
        sectors = IndustrySector.objects.filter(pk__in=figures).select_related("industry")
        rows = [
            {
                "sector": sector.pk,
                "sector_name": sector.name,
                "sector_slug": sector.slug,
                "industry": sector.industry_id,
                "industry_name": sector.industry.name,
                "keywords_count": figures[sector.pk]["keywords_count"],
                "volume": figures[sector.pk]["volume"],
                "difficulty": _rounded(figures[sector.pk]["mean_difficulty"]),
            }
            for sector in sectors.order_by("industry__name", "name", "id")
        ]
        return Answer(rows)


def _rounded(mean: Any) -> int | None:
    return None if mean is None else round(mean)
