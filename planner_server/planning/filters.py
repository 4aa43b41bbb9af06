"""Filters of the planner's lists. Ranges and figures mean effective values: the override where there is one.

A query parameter may come under a former name (`cluster`, `site`); its present one wins where both are there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django_filters import rest_framework as filters  # type: ignore[import-untyped]

from planner_core.entities import CONTENT_STRUCTURES, CONTENT_TYPES, ENTITIES
from planner_server.api.fields import unix_ms
from planner_server.api.filtering import WholeFilter, YesNoFilter
from planner_server.planning import legacy
from planner_server.planning.models import Clusters, ContentIdeas, Keywords, Tasks

VOLUME = Coalesce("volume_override", "seed_keyword__volume")
DIFFICULTY = Coalesce("difficulty_override", "seed_keyword__difficulty")


class StatusFilter(filters.ChoiceFilter):  # type: ignore[misc]
    """An entity's status, former words of older platforms included: `archived` means switched off."""

    def __init__(self, entity: str) -> None:
        """Take the entity's statuses."""
        self.entity = entity
        former = [*legacy.STATUSES[entity], *(() if entity == "task" else (legacy.ARCHIVED,))]
        super().__init__(choices=[(one, one) for one in (*ENTITIES[entity].field("status").choices, *former)])

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Return the rows of that status."""
        if value == legacy.ARCHIVED:
            return rows.filter(disabled=True)
        found: QuerySet[Any] = super().filter(rows, legacy.status_now(self.entity, value))
        return found


def _choice(values: tuple[str, ...]) -> filters.ChoiceFilter:
    return filters.ChoiceFilter(choices=[(one, one) for one in values])


class SectorRowFilter(filters.FilterSet):  # type: ignore[misc]
    """What every list of a sector's rows is filtered by."""

    former_names: ClassVar[Mapping[str, str]] = {"site": "site_id", "sector": "sector_id"}
    """Former names of parameters -> the present ones."""

    site_id = WholeFilter(field_name="site_id")
    sector_id = WholeFilter(field_name="sector_id")
    created_at__gte = filters.IsoDateTimeFilter(method="since")
    created_at__lte = filters.IsoDateTimeFilter(method="until")

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        """Read former names as the present ones."""
        super().__init__(self._renamed(data), *args, **kwargs)

    def _renamed(self, data: Any) -> Any:
        former = [name for name in self.former_names if data and name in data]
        if not former:
            return data
        renamed = QueryDict(mutable=True)
        renamed.update(data)
        for name in former:
            if self.former_names[name] not in renamed:
                renamed.setlist(self.former_names[name], renamed.getlist(name))
        return renamed

    def since(self, rows: QuerySet[Any], name: str, value: datetime) -> QuerySet[Any]:  # noqa: ARG002 - the library passes it
        """Keep rows created then or later."""
        return rows.filter(created_at__gte=unix_ms(value))

    def until(self, rows: QuerySet[Any], name: str, value: datetime) -> QuerySet[Any]:  # noqa: ARG002 - the library passes it
        """Keep rows created then or before."""
        return rows.filter(created_at__lte=unix_ms(value))


class PlanningFilter(SectorRowFilter):
    """What all three lists of the planner are filtered by."""

    disabled = YesNoFilter()


class KeywordFilter(PlanningFilter):
    """Filters of planner/keywords/."""

    former_names = {
        **PlanningFilter.former_names,
        **dict.fromkeys(("cluster", "keyword_cluster", "keyword_cluster_id"), "cluster_id"),
        "cluster__isnull": "cluster_id__isnull",
        "seed_keyword": "seed_keyword_id",
        "intent": "seed_keyword__intent",
        "country": "seed_keyword__country",
        **{
            f"{figure}__{bound}": f"{figure}_{name}"
            for figure in ("volume", "difficulty")
            for bound, name in (("gte", "min"), ("lte", "max"))
        },
    }

    status = StatusFilter("keyword")
    cluster_id = WholeFilter(field_name="cluster_id")
    cluster_id__isnull = YesNoFilter(field_name="cluster_id", lookup_expr="isnull")
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

    status = StatusFilter("cluster")
    locked = YesNoFilter()

    class Meta:
        model = Clusters
        fields: list[str] = []


class ContentIdeasFilter(PlanningFilter):
    """Filters of planner/ideas/."""

    former_names = {
        **PlanningFilter.former_names,
        **dict.fromkeys(("cluster", "cluster_id", "keyword_cluster"), "keyword_cluster_id"),
    }

    status = StatusFilter("idea")
    keyword_cluster_id = WholeFilter(field_name="keyword_cluster_id")
    keyword_cluster_id__isnull = YesNoFilter(field_name="keyword_cluster_id", lookup_expr="isnull")
    content_type = _choice(CONTENT_TYPES)
    content_structure = _choice(CONTENT_STRUCTURES)

    class Meta:
        model = ContentIdeas
        fields: list[str] = []


class TaskFilter(SectorRowFilter):
    """Filters of writer/tasks/."""

    former_names = {
        **SectorRowFilter.former_names,
        **dict.fromkeys(("cluster", "keyword_cluster", "keyword_cluster_id"), "cluster_id"),
        "idea": "idea_id",
    }

    status = StatusFilter("task")
    cluster_id = WholeFilter(field_name="cluster_id")
    idea_id = WholeFilter(field_name="idea_id")
    content_type = _choice(CONTENT_TYPES)
    content_structure = _choice(CONTENT_STRUCTURES)

    class Meta:
        model = Tasks
        fields: list[str] = []
