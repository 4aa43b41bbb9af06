"""writer/tasks/: what a planner needs of the writer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from planner_core.decision import Decision
from planner_core.entities import COMPLETED
from planner_core.text import tidy
from planner_server.accounts.acting import acting
from planner_server.accounts.models import Sector
from planner_server.accounts.services import site_scope
from planner_server.api.viewsets import Change, SiteSectorModelViewSet, insist, slim
from planner_server.feed.gate import Gate, write
from planner_server.planning.filters import TaskFilter
from planner_server.planning.models import Clusters, ContentIdeas, Tasks
from planner_server.planning.options import Facets
from planner_server.planning.views import NO_CLUSTER, PLACES
from planner_server.refusals import refuse
from planner_server.writer.serializers import BulkTaskUpdate, TaskSerializer
from planner_server.writer.services import task_create, task_edit, tasks_complete, tasks_delete, tasks_requeue

_COLUMNS = ("description", "content_type", "content_structure", "keywords", "word_count")


class TaskViewSet(SiteSectorModelViewSet[Tasks]):
    """writer/tasks/. The rules know tasks only as something to read, so writing goes through the writer's services."""

    entity = "task"
    model = Tasks
    serializer_class = TaskSerializer
    bulk_serializer_class = BulkTaskUpdate
    filterset_class = TaskFilter
    facets = Facets(
        values={name: name for name in ("status", "content_type", "content_structure")},
        references={**PLACES, "cluster_id": ("cluster_id", "cluster__name")},
    )
    export_columns = {
        **{name: name for name in ("id", "title", "description")},
        "cluster_name": "cluster__name",
        **{name: name for name in ("status", "content_type", "content_structure", "keywords", "word_count")},
        "sector_name": "sector__name",
        "created_at": "created_at",
    }
    search_keys = ("title__icontains", "keywords__icontains")
    ordering_keys = {name: name for name in ("created_at", "title", "status", "word_count")}

    def get_queryset(self) -> QuerySet[Tasks]:
        """Return the tasks with what their rows show."""
        return slim(super().get_queryset(), "idea", "cluster", "sector")

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 - the framework passes them
        """Make a task, of an idea or of a cluster alone; 201 with the row."""
        body = self._checked(self.get_serializer(data=request.data))
        sector = self.sector_of(body)
        with write(site_scope(sector.site), acting(self.request)) as gate:
            # Asked inside the gate: outside it somebody else may queue the same idea meanwhile.
            idea = _idea(sector, body.get("idea_id"))
            given = {**body, "title": _title(body.get("title"), idea)}
            uid = task_create(
                gate, sector=sector, idea=idea, cluster_id=_cluster(sector, body, idea), given=given
            )
        return Response(self._shown(uid), status=201)

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 - the framework passes them
        """Change a task; taking it to completed takes its idea along. 200 with the row as it is then."""
        row = self.get_object()
        body = self._checked(
            self.get_serializer(row, data=request.data, partial=kwargs.get("partial", False))
        )
        values: dict[str, Any] = {name: body[name] for name in _COLUMNS if name in body}
        if "title" in body:
            values["title"] = _title(body["title"], None)
        if "cluster_id" in body and body["cluster_id"] != row.cluster_id:
            values["cluster_id"] = _cluster(row.sector, body, None)
        if values or "status" in body:
            with write(site_scope(row.site), acting(self.request)) as gate:
                task_edit(gate, row.uid, values)
                if "status" in body:
                    insist(_to(gate, body["status"], [row.uid]))
        return Response(self._shown(row.uid))

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 - the framework passes them
        """Move a task to the trash; 204."""
        row = self.get_object()
        with write(site_scope(row.site), acting(self.request)) as gate:
            tasks_delete(gate, [row.uid])
        return Response(status=204)

    def delete_rows(self, gate: Gate, uids: list[str]) -> list[Decision]:
        """Move tasks of one site to the trash."""
        return [tasks_delete(gate, uids)]

    def bulk_change(self, given: Mapping[str, Any]) -> Change:
        """Return what takes tasks of one site to the status of the body."""
        return lambda gate, uids: [_to(gate, given["status"], uids)]


def _to(gate: Gate, status: str, uids: list[str]) -> Decision:
    return tasks_complete(gate, uids) if status == COMPLETED else tasks_requeue(gate, uids)


def _title(text: str | None, idea: ContentIdeas | None) -> str:
    title = tidy(text or "") or (idea.idea_title if idea is not None else "")
    if not title:
        raise ValidationError({"title": ["A task without an idea needs a title."]})
    return title


def _idea(sector: Sector, pk: int | None) -> ContentIdeas | None:
    if pk is None:
        return None
    idea = ContentIdeas.objects.filter(pk=pk, sector=sector, deleted_at=None).first()
    if idea is None:
        raise ValidationError({"idea_id": ["There is no such idea in the sector. See planner/ideas/."]})
    if idea.tasks.filter(deleted_at=None).exists():
        raise refuse("duplicate", "The idea has a task already. See writer/tasks/?idea_id=.", "idea_id")
    if idea.status == COMPLETED:
        raise refuse("transition", "The idea is completed; it takes no further task.", "idea_id")
    return idea


def _cluster(sector: Sector, body: Mapping[str, Any], idea: ContentIdeas | None) -> int:
    """Return the cluster of a task: what the body names, else the idea's."""
    pk = body.get("cluster_id") or (idea.keyword_cluster_id if idea is not None else None)
    if pk is None:
        raise ValidationError(
            {"cluster_id": ["A task needs a cluster: name one, or an idea that is in one."]}
        )
    if not Clusters.objects.filter(pk=pk, sector=sector, deleted_at=None).exists():
        raise ValidationError({"cluster_id": [NO_CLUSTER]})
    return int(pk)
