"""planner/: keywords, clusters and ideas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import Avg, Count, OuterRef, Prefetch, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from planner_core.commands import (
    AddKeywordsFromSeeds,
    AssignCluster,
    ChangeIdeaKeywords,
    Command,
    CreateCluster,
    CreateIdea,
    EditRow,
    SetEnabled,
)
from planner_core.decision import Decision
from planner_core.entities import COMPLETED, Value
from planner_server import clock
from planner_server.accounts.acting import acting
from planner_server.accounts.models import Sector
from planner_server.accounts.services import site_scope
from planner_server.accounts.visibility import visible_sectors
from planner_server.api.described import described
from planner_server.api.envelope import Answer
from planner_server.api.parsing import StrictJSONParser
from planner_server.api.viewsets import SiteSectorModelViewSet, error_entry, pieces, slim
from planner_server.feed.gate import Gate, write
from planner_server.library.models import SeedKeyword
from planner_server.planning.filters import (
    DIFFICULTY,
    VOLUME,
    ClusterFilter,
    ContentIdeasFilter,
    KeywordFilter,
)
from planner_server.planning.imports import found_in
from planner_server.planning.models import Clusters, ContentIdeas, Keywords, Tasks
from planner_server.planning.options import Facets
from planner_server.planning.serializers import (
    BulkAdded,
    BulkIds,
    BulkKeywordUpdate,
    BulkSeeds,
    ClusterSerializer,
    ContentIdeasSerializer,
    KeywordImport,
    KeywordSerializer,
    KeywordsImported,
)
from planner_server.planning.services import carry_out
from planner_server.refusals import refuse
from planner_server.writer.serializers import BulkQueued
from planner_server.writer.services import Queued, ideas_queue

PLACES = {"site_id": ("site_id", "site__name"), "sector_id": ("sector_id", "sector__name")}
NO_CLUSTER = "There is no such cluster in the sector."


def cluster_uid(sector: Sector, pk: int | None, field: str) -> str | None:
    """Return the uid of a sector's live cluster, None for None. Raises ValidationError naming the field for any other id."""
    if pk is None:
        return None
    uid = Clusters.objects.filter(pk=pk, sector=sector, deleted_at=None).values_list("uid", flat=True).first()
    if uid is None:
        raise ValidationError({field: [NO_CLUSTER]})
    return uid


class KeywordViewSet(SiteSectorModelViewSet[Keywords]):
    """planner/keywords/."""

    entity = "keyword"
    model = Keywords
    reference_names = {"cluster": "cluster_id"}
    serializer_class = KeywordSerializer
    filterset_class = KeywordFilter
    bulk_serializer_class = BulkKeywordUpdate
    facets = Facets(
        values={
            "status": "status",
            "disabled": "disabled",
            "seed_keyword__intent": "seed_keyword__intent",
            "seed_keyword__country": "seed_keyword__country",
        },
        references={**PLACES, "cluster_id": ("cluster_id", "cluster__name")},
        ranges={"volume": VOLUME, "difficulty": DIFFICULTY},
        listed=frozenset({"seed_keyword__intent"}),
    )
    export_columns = {
        "id": "id",
        **{
            name: f"seed_keyword__{name}" for name in ("keyword", "volume", "difficulty", "intent", "country")
        },
        **{name: name for name in ("volume_override", "difficulty_override")},
        "cluster_name": "cluster__name",
        **{name: name for name in ("status", "disabled")},
        "sector_name": "sector__name",
        "created_at": "created_at",
    }
    search_keys = ("seed_keyword__keyword_key__contains",)
    ordering_keys = {
        "created_at": "created_at",
        "seed_keyword__volume": "seed_keyword__volume",
        "seed_keyword__difficulty": "seed_keyword__difficulty",
        "volume": "seed_keyword__volume",
        "difficulty": "seed_keyword__difficulty",
        "keyword": "seed_keyword__keyword_key",
    }

    def get_queryset(self) -> QuerySet[Keywords]:
        """Return the keywords with what their rows show."""
        return slim(super().get_queryset(), "seed_keyword", "cluster", "sector")

    def create_commands(self, uid: str, sector: Sector, given: Mapping[str, Any]) -> Iterable[Command]:
        """Take the seed into the sector, then set what the body says besides."""
        seed = (
            SeedKeyword.objects.filter(pk=given["seed_keyword_id"], deleted_at=None)
            .values_list("uid", flat=True)
            .first()
        )
        if seed is None:
            raise ValidationError(
                {"seed_keyword_id": ["The library has no such seed keyword. See keywords-library/."]}
            )
        if Keywords.objects.filter(sector=sector, seed_keyword__uid=seed, deleted_at=None).exists():
            raise refuse("duplicate", "The sector has this seed keyword already.", "seed")
        values = self.edit_values(sector, given)
        yield AddKeywordsFromSeeds(sector.uid, [seed], [uid])
        if values:
            yield EditRow(self.entity, uid, values)

    def edit_values(self, sector: Sector, given: Mapping[str, Any]) -> dict[str, Value]:
        """Return what a keyword's body sets."""
        names = ("status", "disabled", "volume_override", "difficulty_override")
        values: dict[str, Value] = {name: given[name] for name in names if name in given}
        if "cluster_id" in given:
            values["cluster"] = cluster_uid(sector, given["cluster_id"], "cluster_id")
        return values

    def bulk_commands(self, given: Mapping[str, Any]) -> Callable[[list[str]], list[Command]]:
        """Return what makes the commands: a cluster brings its status along unless the body names one."""
        if "cluster_id" not in given:
            return super().bulk_commands(given)
        cluster = self._visible_cluster(given["cluster_id"])

        def make(uids: list[str]) -> list[Command]:
            placed: list[Command] = [AssignCluster(uids, cluster, given.get("status"))]
            if "disabled" in given:
                placed.append(SetEnabled(self.entity, uids, enabled=not given["disabled"]))
            return placed

        return make

    def _visible_cluster(self, pk: int | None) -> str | None:
        if pk is None:
            return None
        live = Clusters.objects.filter(pk=pk, sector__in=visible_sectors(self.user), deleted_at=None)
        uid = live.values_list("uid", flat=True).first()
        if uid is None:
            raise ValidationError({"cluster_id": ["There is no such cluster. See planner/clusters/."]})
        return uid

    @action(detail=False, methods=["post"])
    @described(body=BulkSeeds, answer=BulkAdded)
    def add_to_workflow(self, request: Request) -> Response:
        """Do what `bulk_add_from_seed` does: the later name of the same."""
        return self._add_seeds(request)

    @action(detail=False, methods=["post"])
    @described(body=BulkSeeds, answer=BulkAdded)
    def bulk_add_from_seed(self, request: Request) -> Response:
        """Take seeds into a sector; those it has already are skipped, those that do not fit are listed."""
        return self._add_seeds(request)

    def _add_seeds(self, request: Request) -> Response:
        body = BulkSeeds(data=request.data)
        body.is_valid(raise_exception=True)
        ids = body.validated_data["seed_keyword_ids"]
        sector = self.sector_of(body.validated_data)
        ids_of: dict[str, int] = {}
        for piece in pieces(ids):
            ids_of |= dict(SeedKeyword.objects.filter(pk__in=piece, deleted_at=None).values_list("uid", "pk"))
        place = {pk: number for number, pk in enumerate(ids)}
        seeds = sorted(ids_of, key=lambda uid: place[ids_of[uid]])
        known = set(ids_of.values())
        missing = [pk for pk in ids if pk not in known]
        errors = (
            [{"code": "unknown_seed", "message": "The library has no such seed keyword.", "ids": missing}]
            if missing
            else []
        )
        if not seeds:
            return Answer({"created": 0, "skipped": 0, "errors": errors})
        uids = clock.new_uids(len(seeds))
        command = AddKeywordsFromSeeds(sector.uid, seeds, uids)
        with write(site_scope(sector.site), acting(self.request)) as gate:
            decision = carry_out(gate, command)
        # A plan's limit is refused by the rows that would have been made, everything else by seed.
        ids_of |= {uid: ids_of[seed] for uid, seed in zip(uids, seeds, strict=True)}
        errors += [error_entry(one, ids_of) for one in decision.refused]
        return Answer({"created": decision.changed, "skipped": decision.unchanged, "errors": errors})

    @action(
        detail=False, methods=["post"], url_path="import", parser_classes=(StrictJSONParser, MultiPartParser)
    )
    @described(body=KeywordImport, answer=KeywordsImported)
    def import_list(self, request: Request) -> Response:
        """Take the keywords of a CSV list that the library has into a sector; lines it does not know are listed."""
        body = KeywordImport(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        sector = self.sector_of(given)
        found = found_in(given["file"].read() if "file" in given else given["csv"].encode(), sector)
        if not found.seeds:
            return Answer({"created": 0, "skipped": found.repeated, "errors": found.errors})
        seeds = list(found.seeds)
        uids = clock.new_uids(len(seeds))
        with write(site_scope(sector.site), acting(self.request)) as gate:
            decision = carry_out(gate, AddKeywordsFromSeeds(sector.uid, seeds, uids))
        line_of = {**found.seeds, **dict(zip(uids, found.seeds.values(), strict=True))}
        refused = [
            {"code": one.code, "message": one.message, "lines": [line_of[uid] for uid in one.ids]}
            for one in decision.refused
        ]
        return Answer(
            {
                "created": decision.changed,
                "skipped": decision.unchanged + found.repeated,
                "errors": [*found.errors, *refused],
            }
        )


class ClusterViewSet(SiteSectorModelViewSet[Clusters]):
    """planner/clusters/."""

    entity = "cluster"
    model = Clusters
    serializer_class = ClusterSerializer
    filterset_class = ClusterFilter
    facets = Facets(
        values={name: name for name in ("status", "disabled", "locked")},
        references=PLACES,
    )
    export_columns = {
        **{name: name for name in ("id", "name", "description")},
        **{name: name for name in ("keywords_count", "volume", "ideas_count", "mapped_pages")},
        **{name: name for name in ("status", "disabled", "locked", "origin")},
        "sector_name": "sector__name",
        "created_at": "created_at",
    }
    search_keys = ("name_key__contains",)
    ordering_keys = {
        **{name: name for name in ("created_at", "status", "keywords_count", "volume", "ideas_count")},
        "name": "name_key",
    }

    def get_queryset(self) -> QuerySet[Clusters]:
        """Return the clusters with their figures, which are computed and never kept."""
        keywords = (
            Keywords.objects.filter(cluster=OuterRef("pk"), deleted_at=None).order_by().values("cluster")
        )
        ideas = ContentIdeas.objects.filter(keyword_cluster=OuterRef("pk"), deleted_at=None).order_by()
        pages = Tasks.objects.filter(cluster=OuterRef("pk"), deleted_at=None, status=COMPLETED).order_by()
        clusters: QuerySet[Clusters] = slim(super().get_queryset(), "sector")
        return clusters.annotate(
            keywords_count=Coalesce(Subquery(keywords.annotate(n=Count("pk")).values("n")), 0),
            volume=Coalesce(Subquery(keywords.annotate(n=Sum(VOLUME)).values("n")), 0),
            mean_difficulty=Subquery(keywords.annotate(n=Avg(DIFFICULTY)).values("n")),
            ideas_count=Coalesce(
                Subquery(ideas.values("keyword_cluster").annotate(n=Count("pk")).values("n")), 0
            ),
            mapped_pages=Coalesce(Subquery(pages.values("cluster").annotate(n=Count("pk")).values("n")), 0),
        )

    def create_commands(self, uid: str, sector: Sector, given: Mapping[str, Any]) -> Iterable[Command]:
        """Make the cluster, then set what its creation does not take."""
        yield CreateCluster(uid, sector.uid, given["name"], given.get("description", ""))
        later = {name: given[name] for name in ("status", "disabled", "locked") if name in given}
        if later:
            yield EditRow(self.entity, uid, later)

    def edit_values(self, sector: Sector, given: Mapping[str, Any]) -> dict[str, Value]:  # noqa: ARG002 - clusters refer to nothing
        """Return what a cluster's body sets."""
        return {
            name: given[name]
            for name in ("name", "description", "status", "disabled", "locked")
            if name in given
        }


class ContentIdeasViewSet(SiteSectorModelViewSet[ContentIdeas]):
    """planner/ideas/."""

    entity = "idea"
    model = ContentIdeas
    reference_names = {"cluster": "keyword_cluster_id"}
    serializer_class = ContentIdeasSerializer
    filterset_class = ContentIdeasFilter
    facets = Facets(
        values={name: name for name in ("status", "disabled", "content_type", "content_structure")},
        references={**PLACES, "keyword_cluster_id": ("keyword_cluster_id", "keyword_cluster__name")},
    )
    export_columns = {
        **{name: name for name in ("id", "idea_title", "description")},
        "cluster_name": "keyword_cluster__name",
        **{
            name: name
            for name in ("status", "disabled", "content_type", "content_structure", "estimated_word_count")
        },
        "sector_name": "sector__name",
        "created_at": "created_at",
    }
    search_keys = ("idea_title__icontains",)
    ordering_keys = {
        **{name: name for name in ("created_at", "status", "estimated_word_count", "idea_title")},
        "title": "idea_title",
    }

    def get_queryset(self) -> QuerySet[ContentIdeas]:
        """Return the ideas with what their rows show."""
        ideas = slim(super().get_queryset(), "keyword_cluster", "sector")
        # A keyword in the trash keeps its place in the idea, unseen, in case it is restored.
        return ideas.prefetch_related(
            Prefetch("keyword_objects", Keywords.objects.filter(deleted_at=None).only("uid"))
        )

    def create_commands(self, uid: str, sector: Sector, given: Mapping[str, Any]) -> Iterable[Command]:
        """Make the idea with everything the body says."""
        keywords = _keyword_uids(sector, given.get("keyword_objects", []))
        yield CreateIdea(uid, sector.uid, self.edit_values(sector, given), keywords)

    def edit_values(self, sector: Sector, given: Mapping[str, Any]) -> dict[str, Value]:
        """Return what an idea's body sets besides its keywords."""
        same = (
            "description",
            "status",
            "disabled",
            "content_type",
            "content_structure",
            "estimated_word_count",
        )
        values: dict[str, Value] = {name: given[name] for name in same if name in given}
        if "idea_title" in given:
            values["title"] = given["idea_title"]
        if "keyword_cluster_id" in given:
            values["cluster"] = cluster_uid(sector, given["keyword_cluster_id"], "keyword_cluster_id")
        return values

    def more_commands(self, row: ContentIdeas, given: Mapping[str, Any]) -> Iterable[Command]:
        """Bring the idea's keywords to the list of the body."""
        if "keyword_objects" not in given:
            return
        wanted = _keyword_uids(row.sector, given["keyword_objects"])
        present = [keyword.uid for keyword in row.keyword_objects.all()]
        add = [uid for uid in wanted if uid not in present]
        remove = [uid for uid in present if uid not in wanted]
        if add or remove:
            yield ChangeIdeaKeywords(row.uid, add, remove)

    @action(detail=False, methods=["post"])
    @described(body=BulkIds, answer=BulkQueued)
    def bulk_queue_to_writer(self, request: Request) -> Response:
        """Make a task of each idea of `ids` that the filters leave and that has none; the ideas become queued."""
        body = BulkIds(data=request.data)
        body.is_valid(raise_exception=True)
        picked = self.picked(body.validated_data["ids"])
        queued: list[Queued] = []

        def queue(gate: Gate, uids: list[str]) -> list[Decision]:
            queued.append(ideas_queue(gate, uids))
            return [queued[-1].decision]

        counts = self.run(picked, queue)
        made = [{"id": task, "idea_id": idea} for one in queued for task, idea in one.made]
        already = [{"id": task, "idea_id": idea} for one in queued for task, idea in one.already]
        left_out = {name: counts[name] for name in ("skipped", "not_found", "not_found_ids", "errors")}
        return Answer(
            {
                "created_count": len(made),
                "tasks": made,
                "already_count": len(already),
                "already": already,
                **left_out,
            }
        )


def _keyword_uids(sector: Sector, ids: list[int]) -> list[str]:
    found: dict[int, str] = {}
    for piece in pieces(ids):
        found |= dict(
            Keywords.objects.filter(pk__in=piece, sector=sector, deleted_at=None).values_list("pk", "uid")
        )
    missing = [pk for pk in ids if pk not in found]
    if missing:
        listed = ", ".join(map(str, missing[:10]))
        raise ValidationError({"keyword_objects": [f"Not a live keyword of the idea's sector: {listed}."]})
    return [found[pk] for pk in ids]
