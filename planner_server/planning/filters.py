"""Filters of the planner's lists. Ranges and figures mean effective values: the override where there is one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django_filters import rest_framework as filters  # type: ignore[import-untyped]

from planner_core.entities import CONTENT_STRUCTURES, CONTENT_TYPES, ENTITIES
from planner_server.api.fields import LARGEST_ID, unix_ms
from planner_server.planning.models import Clusters, ContentIdeas, Keywords

VOLUME = Coalesce("volume_override", "seed_keyword__volume")
DIFFICULTY = Coalesce("difficulty_override", "seed_keyword__difficulty")


class WholeFilter(filters.NumberFilter):  # type: ignore[misc]
    """A whole number from 0 to what a database takes."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Bound the number."""
        super().__init__(*args, min_value=0, **kwargs)

    def get_max_validator(self) -> MaxValueValidator:
        """Return the upper bound."""
        return MaxValueValidator(LARGEST_ID)


def _status(entity: str) -> filters.ChoiceFilter:
    return filters.ChoiceFilter(choices=[(one, one) for one in ENTITIES[entity].field("status").choices])


class PlanningFilter(filters.FilterSet):  # type: ignore[misc]
    """What all three lists are filtered by."""

    site_id = WholeFilter(field_name="site_id")
    sector_id = WholeFilter(field_name="sector_id")
    disabled = filters.BooleanFilter()
    created_at__gte = filters.IsoDateTimeFilter(method="since")
    created_at__lte = filters.IsoDateTimeFilter(method="until")

    def since(self, rows: QuerySet[Any], name: str, value: datetime) -> QuerySet[Any]:  # noqa: ARG002 - the library passes it
        """Keep rows created then or later."""
        return rows.filter(created_at__gte=unix_ms(value))

    def until(self, rows: QuerySet[Any], name: str, value: datetime) -> QuerySet[Any]:  # noqa: ARG002 - the library passes it
        """Keep rows created then or before."""
        return rows.filter(created_at__lte=unix_ms(value))


class KeywordFilter(PlanningFilter):
    """Filters of planner/keywords/."""

    status = _status("keyword")
    cluster_id = WholeFilter(field_name="cluster_id")
    seed_keyword_id = WholeFilter(field_name="seed_keyword_id")
    seed_keyword__intent = filters.CharFilter(field_name="seed_keyword__intent", lookup_expr="icontains")
    seed_keyword__country = filters.CharFilter(field_name="seed_keyword__country", lookup_expr="iexact")
    volume_min = WholeFilter(method="figure")
    volume_max = WholeFilter(method="figure")
    difficulty_min = WholeFilter(method="figure")
    difficulty_max = WholeFilter(method="figure")

    class Meta:
        model = Keywords
        fields: list[str] = []

    def figure(self, rows: QuerySet[Keywords], name: str, value: int) -> QuerySet[Keywords]:
        """Keep rows whose effective figure is within the bound; an unknown figure is in no range."""
        figure, _, bound = name.partition("_")
        shown = rows.alias(**{f"effective_{figure}": VOLUME if figure == "volume" else DIFFICULTY})
        return shown.filter(**{f"effective_{figure}__{'gte' if bound == 'min' else 'lte'}": value})


class ClusterFilter(PlanningFilter):
    """Filters of planner/clusters/."""

    status = _status("cluster")

    class Meta:
        model = Clusters
        fields: list[str] = []


class ContentIdeasFilter(PlanningFilter):
    """Filters of planner/ideas/."""

    status = _status("idea")
    keyword_cluster_id = WholeFilter(field_name="keyword_cluster_id")
    content_type = filters.ChoiceFilter(choices=[(one, one) for one in CONTENT_TYPES])
    content_structure = filters.ChoiceFilter(choices=[(one, one) for one in CONTENT_STRUCTURES])

    class Meta:
        model = ContentIdeas
        fields: list[str] = []
