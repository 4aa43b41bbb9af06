"""The REST shapes of keywords, clusters and ideas. Writing goes through commands in the views; here a body's shape is checked.

References are integer ids. `site_id` and `sector_id` are required on create, write only, and never change afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from planner_core.entities import (
    CONTENT_STRUCTURES,
    CONTENT_TYPES,
    ENTITIES,
    NAME_LENGTH,
    TEXT_LENGTH,
    VOLUME_LIMIT,
    WORD_COUNT_LIMIT,
)
from planner_server.api.fields import IdList, MomentField, RowId, WholeNumber
from planner_server.planning.models import Clusters, ContentIdeas, Keywords

FIXED = "This cannot be changed after the row was created."


def status_field(entity: str) -> serializers.ChoiceField:
    """Return the field of an entity's status."""
    return serializers.ChoiceField(choices=list(ENTITIES[entity].field("status").choices), required=False)


def _reference() -> RowId:
    return RowId(required=False, allow_null=True)


class PlanningSerializer(serializers.Serializer[Any]):
    """What rows of all three kinds have."""

    fixed: Mapping[str, str] = {"site_id": "site_id", "sector_id": "sector_id"}
    """Fields written on create only -> the model's attribute they must equal on update."""

    id = serializers.IntegerField(read_only=True)
    uid = serializers.CharField(read_only=True)
    disabled = serializers.BooleanField(required=False)
    site = serializers.IntegerField(source="site_id", read_only=True)
    sector = serializers.IntegerField(source="sector_id", read_only=True)
    sector_name = serializers.CharField(source="sector.name", read_only=True)
    site_id = RowId(write_only=True)
    sector_id = RowId(write_only=True)
    created_at = MomentField()
    updated_at = MomentField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Ask for the fixed fields on create only; on update they may be repeated but not changed."""
        super().__init__(*args, **kwargs)
        if self.instance is not None:
            for name in self.fixed:
                self.fields[name].required = False

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a change of what is fixed, and fields that do not exist or are read only pass silently as the platform does."""
        if self.instance is None:
            return attrs
        for name, attribute in self.fixed.items():
            if name in attrs and attrs.pop(name) != getattr(self.instance, attribute):
                raise serializers.ValidationError({name: [FIXED]})
        return attrs


class KeywordSerializer(PlanningSerializer):
    """A keyword: what it is comes from its seed and is read only, what the site makes of it is writable."""

    fixed = {"seed_keyword_id": "seed_keyword_id", "site_id": "site_id", "sector_id": "sector_id"}

    seed_keyword_id = RowId()
    keyword = serializers.CharField(source="seed_keyword.keyword", read_only=True)
    volume = serializers.IntegerField(source="seed_keyword.volume", read_only=True)
    difficulty = serializers.IntegerField(source="seed_keyword.difficulty", read_only=True)
    intent = serializers.CharField(source="seed_keyword.intent", read_only=True)
    country = serializers.SerializerMethodField()
    volume_override = WholeNumber(required=False, allow_null=True, min_value=0, max_value=VOLUME_LIMIT)
    difficulty_override = WholeNumber(required=False, allow_null=True, min_value=0, max_value=100)
    cluster_id = _reference()
    cluster_name = serializers.CharField(source="cluster.name", read_only=True, default=None)
    status = status_field("keyword")

    def get_country(self, keyword: Keywords) -> str | None:
        """Return the seed's country, null when unknown."""
        return keyword.seed_keyword.country or None


class ClusterSerializer(PlanningSerializer):
    """A cluster; its figures are computed on reading (see ClusterViewSet.get_queryset)."""

    name = serializers.CharField(max_length=NAME_LENGTH)
    description = serializers.CharField(
        required=False, allow_blank=True, max_length=TEXT_LENGTH, trim_whitespace=False
    )
    status = status_field("cluster")
    locked = serializers.BooleanField(required=False)
    origin = serializers.CharField(read_only=True)
    keywords_count = serializers.IntegerField(read_only=True)
    volume = serializers.IntegerField(read_only=True)
    difficulty = serializers.SerializerMethodField()
    ideas_count = serializers.IntegerField(read_only=True)
    mapped_pages = serializers.IntegerField(read_only=True)
    content_count = serializers.IntegerField(source="mapped_pages", read_only=True)

    def get_difficulty(self, cluster: Clusters) -> int | None:
        """Return the mean of the known effective difficulties, null when none is known."""
        mean = getattr(cluster, "mean_difficulty", None)
        return None if mean is None else round(mean)


class ContentIdeasSerializer(PlanningSerializer):
    """An idea with its cluster and the keywords it is for."""

    idea_title = serializers.CharField(max_length=NAME_LENGTH)
    description = serializers.CharField(
        required=False, allow_blank=True, max_length=TEXT_LENGTH, trim_whitespace=False
    )
    keyword_cluster_id = _reference()
    cluster_name = serializers.CharField(source="keyword_cluster.name", read_only=True, default=None)
    keyword_objects = IdList(required=False)
    status = status_field("idea")
    content_type = serializers.ChoiceField(choices=list(CONTENT_TYPES), required=False)
    content_structure = serializers.ChoiceField(choices=list(CONTENT_STRUCTURES), required=False)
    estimated_word_count = WholeNumber(required=False, min_value=0, max_value=WORD_COUNT_LIMIT)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Let an idea be without keywords."""
        super().__init__(*args, **kwargs)
        self.fields["keyword_objects"].allow_empty = True  # type: ignore[attr-defined]

    def to_representation(self, instance: ContentIdeas) -> dict[str, Any]:
        """Return the row; its keywords are those not in the trash, in the order of their ids."""
        self.fields["keyword_objects"].write_only = True
        shown: dict[str, Any] = super().to_representation(instance)
        shown["keyword_objects"] = sorted(link.pk for link in instance.keyword_objects.all())
        return shown


class BulkIds(serializers.Serializer[Any]):
    """Body of bulk_delete."""

    ids = IdList()


class BulkStatus(BulkIds):
    """Body of bulk_update; which statuses there are is the entity's."""

    status = serializers.CharField()

    def validate_status(self, value: str) -> str:
        """Refuse a status the entity does not have."""
        choices = ENTITIES[self.context["entity"]].field("status").choices
        if value not in choices:
            raise serializers.ValidationError(f"{value!r} is none of {', '.join(choices)}.")
        return value


class BulkSeeds(serializers.Serializer[Any]):
    """Body of bulk_add_from_seed."""

    seed_keyword_ids = IdList()
    site_id = RowId()
    sector_id = RowId()
