"""The REST shape of a task."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from planner_core.entities import (
    CONTENT_STRUCTURES,
    CONTENT_TYPES,
    NAME_LENGTH,
    TEXT_LENGTH,
    WORD_COUNT_LIMIT,
)
from planner_server.api.fields import RowId, WholeNumber
from planner_server.planning.models import Tasks
from planner_server.planning.serializers import BulkIds, SectorRowSerializer, StatusField


class TaskSerializer(SectorRowSerializer):
    """A task with its idea and cluster; either is null where it lies in the trash."""

    fixed = {"site_id": "site_id", "sector_id": "sector_id", "idea_id": "idea_id"}
    former_names = {**dict.fromkeys(("cluster", "keyword_cluster", "keyword_cluster_id"), "cluster_id")}
    former_on_create = {"site": "site_id", "sector": "sector_id", "idea": "idea_id"}

    title = serializers.CharField(max_length=NAME_LENGTH, required=False)
    description = serializers.CharField(
        required=False, allow_blank=True, max_length=TEXT_LENGTH, trim_whitespace=False
    )
    idea_id = RowId(required=False, allow_null=True)
    idea_title = serializers.SerializerMethodField()
    cluster_id = RowId(required=False, allow_null=True)
    cluster_name = serializers.SerializerMethodField()
    content_type = serializers.ChoiceField(choices=list(CONTENT_TYPES), required=False)
    content_structure = serializers.ChoiceField(choices=list(CONTENT_STRUCTURES), required=False)
    keywords = serializers.CharField(required=False, allow_blank=True, max_length=TEXT_LENGTH)
    word_count = WholeNumber(required=False, min_value=0, max_value=WORD_COUNT_LIMIT)
    status = StatusField("task", required=False)

    def get_idea_title(self, task: Tasks) -> str | None:
        """Return the title of the task's idea."""
        return None if task.idea is None or task.idea.deleted_at is not None else task.idea.idea_title

    def get_cluster_name(self, task: Tasks) -> str | None:
        """Return the name of the task's cluster."""
        return None if task.cluster is None or task.cluster.deleted_at is not None else task.cluster.name

    def to_representation(self, instance: Tasks) -> dict[str, Any]:
        """Return the row; what lies in the trash is not named."""
        shown: dict[str, Any] = super().to_representation(instance)
        for name in ("idea", "cluster"):
            row = getattr(instance, name)
            if row is not None and row.deleted_at is not None:
                shown[f"{name}_id"] = None
        return shown


class BulkTaskUpdate(BulkIds):
    """Body of bulk_update of tasks."""

    status = StatusField("task")


class QueuedTask(serializers.Serializer[Any]):
    """A task of an idea, as `bulk_queue_to_writer` names it."""

    id = serializers.IntegerField()
    idea_id = serializers.IntegerField()


class BulkQueued(serializers.Serializer[Any]):
    """Answer of `bulk_queue_to_writer`."""

    created_count = serializers.IntegerField()
    tasks = QueuedTask(many=True)
    already_count = serializers.IntegerField()
    already = QueuedTask(many=True)
    skipped = serializers.IntegerField()
    not_found = serializers.IntegerField()
    not_found_ids = serializers.ListField(child=serializers.IntegerField())
    errors = serializers.ListField(child=serializers.DictField())  # type: ignore[assignment]
