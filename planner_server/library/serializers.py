"""The REST shapes of the library."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from planner_server.library.models import SeedKeyword


class IndustrySectorSerializer(serializers.Serializer[Any]):
    """A sector of an industry."""

    id = serializers.IntegerField(read_only=True)
    uid = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    slug = serializers.CharField(read_only=True)


class IndustrySerializer(IndustrySectorSerializer):
    """An industry with its active sectors (the view prefetches them as `active_sectors`)."""

    sectors = IndustrySectorSerializer(source="active_sectors", many=True, read_only=True)


class SeedKeywordSerializer(serializers.Serializer[Any]):
    """A seed keyword; null is unknown."""

    id = serializers.IntegerField(read_only=True)
    uid = serializers.CharField(read_only=True)
    keyword = serializers.CharField(read_only=True)
    industry = serializers.IntegerField(source="industry_id", read_only=True)
    sector = serializers.IntegerField(source="sector_id", read_only=True)
    volume = serializers.IntegerField(read_only=True, allow_null=True)
    difficulty = serializers.IntegerField(read_only=True, allow_null=True)
    intent = serializers.CharField(read_only=True, allow_null=True)
    country = serializers.SerializerMethodField()
    is_active = serializers.BooleanField(read_only=True)

    def get_country(self, seed: SeedKeyword) -> str | None:
        """Return the country, null when unknown."""
        return seed.country or None
