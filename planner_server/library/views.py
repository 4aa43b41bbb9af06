"""The library as accounts see it: read only."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet
from rest_framework import mixins, viewsets
from rest_framework.exceptions import ValidationError

from planner_server.api.listing import FoldedSearch, TiedOrdering
from planner_server.api.pagination import Pages
from planner_server.api.views import Enveloped
from planner_server.library.models import Industry, IndustrySector, SeedKeyword
from planner_server.library.serializers import IndustrySerializer, SeedKeywordSerializer

_ID_DIGITS = 18


class IndustryViewSet(Enveloped, mixins.ListModelMixin, viewsets.GenericViewSet[Industry]):
    """auth/industries/."""

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
    """keywords-library/: the active seed keywords, of the industry sectors in `sector_ids` when given."""

    serializer_class = SeedKeywordSerializer
    pagination_class = Pages
    filter_backends = (FoldedSearch, TiedOrdering)
    search_keys = ("keyword_key__contains",)
    ordering_keys = {name: name for name in ("created_at", "keyword", "volume", "difficulty")}
    lookup_value_regex = r"\d{1,18}"

    def get_queryset(self) -> QuerySet[SeedKeyword]:
        """Return the seeds asked for. Raises ValidationError for a list that is no list of ids."""
        seeds = SeedKeyword.objects.filter(is_active=True, deleted_at=None)
        text = self.request.query_params.get("sector_ids")
        if text is None:
            return seeds
        ids = [part.strip() for part in text.split(",") if part.strip()]
        if not all(part.isascii() and part.isdigit() and len(part) <= _ID_DIGITS for part in ids):
            raise ValidationError(
                {"sector_ids": [f"{text!r} is not a comma list of industry sector ids, as in 4,7."]}
            )
        return seeds.filter(sector_id__in=[int(part) for part in ids])
