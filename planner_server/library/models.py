"""The library is the platform's: accounts read it, staff and imports write it."""

from __future__ import annotations

from django.db import models

from planner_server.feed.rows import FeedRow, uid_field


class Industry(models.Model):
    """A branch of business. Accounts see it on their feed once a site of theirs is in it."""

    uid = uid_field(unique=True)
    name = models.CharField(max_length=255, unique=True)
    slug = models.SlugField(max_length=255, unique=True)
    is_active = models.BooleanField(default=True)
    created_at = models.BigIntegerField()

    def __str__(self) -> str:
        return self.name


class IndustrySector(models.Model):
    """A part of an industry; the scope of its seed keywords has the same uid."""

    uid = uid_field(unique=True)
    industry = models.ForeignKey(Industry, models.PROTECT, related_name="sectors")
    scope = models.OneToOneField("feed.Scope", models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    slug = models.SlugField(max_length=255)
    is_active = models.BooleanField(default=True)
    created_at = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["industry", "slug"], name="industry_sector_slug_once"),
            models.UniqueConstraint(fields=["industry", "name"], name="industry_sector_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class SeedKeyword(FeedRow):
    """A keyword of the library. None (country: "") is unknown, never zero."""

    industry = models.ForeignKey(Industry, models.PROTECT, related_name="seeds", db_index=False)
    sector = models.ForeignKey(IndustrySector, models.PROTECT, related_name="seeds", db_index=False)
    keyword = models.CharField(max_length=255)
    keyword_key = models.CharField(max_length=512)
    """The keyword folded by planner_core.text.fold: what "the same keyword" means."""
    volume = models.IntegerField(null=True, blank=True)
    difficulty = models.SmallIntegerField(null=True, blank=True)
    intent = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001 - unknown is not the empty text on the wire
    """Comma list of planner_core.figures.INTENTS in canonical order."""
    country = models.CharField(max_length=8, default="", blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sector", "keyword_key", "country"], name="seed_once"),
            models.CheckConstraint(
                condition=models.Q(volume__isnull=True) | models.Q(volume__gte=0, volume__lte=2_000_000_000),
                name="seed_volume",
            ),
            models.CheckConstraint(
                condition=models.Q(difficulty__isnull=True)
                | models.Q(difficulty__gte=0, difficulty__lte=100),
                name="seed_difficulty",
            ),
        ]
        indexes = [models.Index(fields=["scope", "ver", "uid"], name="seed_feed")]

    def __str__(self) -> str:
        return self.keyword
