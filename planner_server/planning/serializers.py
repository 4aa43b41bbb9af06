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
from planner_server.api.fields import LARGEST_ID, IdList, MomentField, RowId, WholeNumber
from planner_server.planning import legacy
from planner_server.planning.models import Clusters, ContentIdeas, Keywords

NOTHING_TO_SET = "Name what to set: a status, or another field that a bulk update takes."
FIXED = "This cannot be changed after the row was created."


class StatusField(serializers.ChoiceField):
    """An entity's status; former words of older platforms are understood, except the one that is a flag today."""

    def __init__(self, entity: str, **kwargs: Any) -> None:
        """Take the entity's statuses."""
        self.entity = entity
        super().__init__(choices=list(ENTITIES[entity].field("status").choices), **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """Return the present status. Raises ValidationError for what is none, with the way out."""
        if data == legacy.ARCHIVED and self.entity != "task":
            raise serializers.ValidationError(legacy.ARCHIVED_NOW)
        return super().to_internal_value(legacy.status_now(self.entity, data))


def status_field(entity: str) -> StatusField:
    """Return the field of an entity's status."""
    return StatusField(entity, required=False)


def _reference() -> RowId:
    return RowId(required=False, allow_null=True)


class SectorRowSerializer(serializers.Serializer[Any]):
    """What every row of a sector has."""

    fixed: Mapping[str, str] = {"site_id": "site_id", "sector_id": "sector_id"}
    """Fields written on create only -> the model's attribute they must equal on update."""
    former_names: Mapping[str, str] = {}
    """Former names of writable fields -> the present ones."""
    former_on_create: Mapping[str, str] = {"site": "site_id", "sector": "sector_id"}
    """Names that rows show as read only and that older clients write on create."""

    id = serializers.IntegerField(read_only=True)
    uid = serializers.CharField(read_only=True)
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

    def to_internal_value(self, data: Any) -> Any:
        """Return what a body says, its former names understood."""
        if isinstance(data, Mapping):
            create = self.former_on_create if self.instance is None else {}
            data = legacy.renamed(data, {**self.former_names, **create})
        return super().to_internal_value(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a change of what is fixed, and fields that do not exist or are read only pass silently as the platform does."""
        if self.instance is None:
            return attrs
        for name, attribute in self.fixed.items():
            if name in attrs and attrs.pop(name) != getattr(self.instance, attribute):
                raise serializers.ValidationError({name: [FIXED]})
        return attrs


class PlanningSerializer(SectorRowSerializer):
    """What rows of all three kinds have."""

    disabled = serializers.BooleanField(required=False)


class KeywordSerializer(PlanningSerializer):
    """A keyword: what it is comes from its seed and is read only, what the site makes of it is writable."""

    fixed = {"seed_keyword_id": "seed_keyword_id", "site_id": "site_id", "sector_id": "sector_id"}
    former_names = {"cluster": "cluster_id"}
    former_on_create = {"site": "site_id", "sector": "sector_id", "seed_keyword": "seed_keyword_id"}

    seed_keyword_id = RowId()
    keyword = serializers.CharField(source="seed_keyword.keyword", read_only=True)
    volume = serializers.IntegerField(source="seed_keyword.volume", read_only=True, allow_null=True)
    difficulty = serializers.IntegerField(source="seed_keyword.difficulty", read_only=True, allow_null=True)
    intent = serializers.CharField(source="seed_keyword.intent", read_only=True, allow_null=True)
    country = serializers.SerializerMethodField()
    volume_override = WholeNumber(required=False, allow_null=True, min_value=0, max_value=VOLUME_LIMIT)
    difficulty_override = WholeNumber(required=False, allow_null=True, min_value=0, max_value=100)
    cluster_id = _reference()
    cluster_name = serializers.CharField(source="cluster.name", read_only=True, allow_null=True, default=None)
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

    former_names = {
        "title": "idea_title",
        **dict.fromkeys(("keyword_cluster", "cluster_id", "cluster"), "keyword_cluster_id"),
    }

    idea_title = serializers.CharField(max_length=NAME_LENGTH)
    description = serializers.CharField(
        required=False, allow_blank=True, max_length=TEXT_LENGTH, trim_whitespace=False
    )
    keyword_cluster_id = _reference()
    cluster_name = serializers.CharField(
        source="keyword_cluster.name", read_only=True, allow_null=True, default=None
    )
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


class BulkUpdate(BulkIds):
    """Body of bulk_update: at least one thing to set. `context` names the entity."""

    status = serializers.CharField(required=False)
    disabled = serializers.BooleanField(required=False)

    def validate_status(self, value: str) -> str:
        """Refuse a status the entity does not have."""
        given: str = StatusField(self.context["entity"]).run_validation(value)
        return given

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a body that says nothing to set."""
        if attrs.keys() == {"ids"}:
            raise serializers.ValidationError({"status": [NOTHING_TO_SET]})
        return attrs


class BulkKeywordUpdate(BulkUpdate):
    """The same for keywords, which can be put into a cluster (null: out of any)."""

    cluster_id = _reference()

    def to_internal_value(self, data: Any) -> Any:
        """Return what a body says, its former names understood."""
        return super().to_internal_value(
            legacy.renamed(data, {"cluster": "cluster_id"}) if isinstance(data, Mapping) else data
        )


class BulkSeeds(serializers.Serializer[Any]):
    """Body of bulk_add_from_seed."""

    seed_keyword_ids = IdList()
    site_id = RowId()
    sector_id = RowId()

    def to_internal_value(self, data: Any) -> Any:
        """Return what a body says, its former names understood."""
        names = {
            "site": "site_id",
            "sector": "sector_id",
            "ids": "seed_keyword_ids",
            "seed_ids": "seed_keyword_ids",
        }
        return super().to_internal_value(legacy.renamed(data, names) if isinstance(data, Mapping) else data)


class KeywordImport(serializers.Serializer[Any]):
    """Body of import: the list as text, or as a file (multipart)."""

    site_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    sector_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    csv = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False)
    file = serializers.FileField(required=False, allow_empty_file=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for one of the two."""
        if ("csv" in attrs) == ("file" in attrs):
            raise serializers.ValidationError({"file": ["Give the list as `file` or as text in `csv`."]})
        return attrs


class LeftOut(serializers.Serializer[Any]):
    """Rows that a bulk action left out, and why."""

    code = serializers.CharField()
    message = serializers.CharField()
    ids = serializers.ListField(child=serializers.IntegerField())


class LinesLeftOut(serializers.Serializer[Any]):
    """Lines of an imported list that were left out, and why."""

    code = serializers.CharField()
    message = serializers.CharField()
    lines = serializers.ListField(child=serializers.IntegerField())


class BulkCounts(serializers.Serializer[Any]):
    """What every bulk answer counts."""

    unchanged = serializers.IntegerField()
    skipped = serializers.IntegerField()
    not_found = serializers.IntegerField()
    not_found_ids = serializers.ListField(child=serializers.IntegerField())
    errors = LeftOut(many=True)  # type: ignore[assignment]


class BulkUpdated(BulkCounts):
    """Answer of bulk_update."""

    updated = serializers.IntegerField()


class BulkDeleted(BulkCounts):
    """Answer of bulk_delete."""

    deleted = serializers.IntegerField()


class BulkAdded(serializers.Serializer[Any]):
    """Answer of bulk_add_from_seed."""

    created = serializers.IntegerField()
    skipped = serializers.IntegerField()
    errors = LeftOut(many=True)  # type: ignore[assignment]


class KeywordsImported(serializers.Serializer[Any]):
    """Answer of import."""

    created = serializers.IntegerField()
    skipped = serializers.IntegerField()
    errors = LinesLeftOut(many=True)  # type: ignore[assignment]
