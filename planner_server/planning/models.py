"""What a site plans. Rows are written through `services` only: the database refuses a row that did not pass the feed's gate."""

from __future__ import annotations

from django.db import models

from planner_core.entities import (
    COMPLETED,
    CONTENT_STRUCTURES,
    CONTENT_TYPES,
    MAPPED,
    NEW,
    ORIGINS,
    QUEUED,
    VOLUME_LIMIT,
    WORD_COUNT_LIMIT,
)
from planner_server.feed.rows import FeedRow

LIVE = models.Q(deleted_at__isnull=True)


def _one_of(field: str, values: tuple[str, ...], name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": list(values)}), name=name)


def _within(field: str, top: int, name: str, *, nullable: bool = True) -> models.CheckConstraint:
    within = models.Q(**{f"{field}__gte": 0, f"{field}__lte": top})
    return models.CheckConstraint(
        condition=(within | models.Q(**{f"{field}__isnull": True})) if nullable else within, name=name
    )


def _listed(name: str) -> models.Index:
    """Return the index of an account's list in its usual order. Each write pays for each index, so there is one for all filters."""
    return models.Index(fields=["account", "created_at", "id"], condition=LIVE, name=name)


class PlanningRow(FeedRow):
    """A row of a site's sector; the account is the site's."""

    account = models.ForeignKey("accounts.Account", models.PROTECT, related_name="+", db_index=False)
    site = models.ForeignKey("accounts.Site", models.PROTECT, related_name="+", db_index=False)
    sector = models.ForeignKey("accounts.Sector", models.PROTECT, related_name="+", db_index=False)

    class Meta:
        abstract = True


class Clusters(PlanningRow):
    """A topic group. Its counts and volume are computed, never kept."""

    name = models.CharField(max_length=255)
    name_key = models.CharField(max_length=512)
    """The name folded by planner_core.text.fold."""
    description = models.TextField(default="", blank=True)
    status = models.CharField(max_length=16, default=NEW)
    disabled = models.BooleanField(default=False)
    locked = models.BooleanField(default=False)
    origin = models.CharField(max_length=8, default="hand")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sector", "name_key"], condition=LIVE, name="cluster_name_once"),
            _one_of("status", (NEW, MAPPED), "cluster_status"),
            _one_of("origin", ORIGINS, "cluster_origin"),
        ]
        indexes = [models.Index(fields=["scope", "ver", "uid"], name="cluster_feed"), _listed("cluster_list")]

    def __str__(self) -> str:
        return self.name


class Keywords(PlanningRow):
    """A seed keyword taken into a site's sector."""

    seed_keyword = models.ForeignKey("library.SeedKeyword", models.PROTECT, related_name="keywords")
    cluster = models.ForeignKey(Clusters, models.PROTECT, null=True, blank=True, related_name="keywords")
    status = models.CharField(max_length=16, default=NEW)
    disabled = models.BooleanField(default=False)
    volume_override = models.IntegerField(null=True, blank=True)
    difficulty_override = models.SmallIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sector", "seed_keyword"], condition=LIVE, name="keyword_once"),
            _one_of("status", (NEW, MAPPED), "keyword_status"),
            _within("volume_override", VOLUME_LIMIT, "keyword_volume"),
            _within("difficulty_override", 100, "keyword_difficulty"),
        ]
        indexes = [models.Index(fields=["scope", "ver", "uid"], name="keyword_feed"), _listed("keyword_list")]

    def __str__(self) -> str:
        return self.uid


class ContentIdeas(PlanningRow):
    """An idea for a piece of content."""

    idea_title = models.CharField(max_length=255)
    description = models.TextField(default="", blank=True)
    keyword_cluster = models.ForeignKey(Clusters, models.PROTECT, null=True, blank=True, related_name="ideas")
    keyword_objects = models.ManyToManyField(Keywords, through="IdeaKeyword", related_name="ideas")
    status = models.CharField(max_length=16, default=NEW)
    disabled = models.BooleanField(default=False)
    content_type = models.CharField(max_length=16, default="post")
    content_structure = models.CharField(max_length=24, default="article")
    estimated_word_count = models.IntegerField(default=1000)

    class Meta:
        constraints = [
            _one_of("status", (NEW, QUEUED, COMPLETED), "idea_status"),
            _one_of("content_type", CONTENT_TYPES, "idea_type"),
            _one_of("content_structure", CONTENT_STRUCTURES, "idea_structure"),
            _within("estimated_word_count", WORD_COUNT_LIMIT, "idea_word_count", nullable=False),
        ]
        indexes = [
            models.Index(fields=["scope", "ver", "uid"], name="idea_feed"),
            models.Index(fields=["sector"], name="idea_sector"),
            _listed("idea_list"),
        ]

    def __str__(self) -> str:
        return self.idea_title


class IdeaKeyword(models.Model):
    """A keyword of an idea. Changing it is a change of the idea, whose row carries the version."""

    idea = models.ForeignKey(ContentIdeas, models.CASCADE, related_name="idea_keywords", db_index=False)
    keyword = models.ForeignKey(Keywords, models.CASCADE, related_name="idea_keywords")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["idea", "keyword"], name="idea_keyword_once")]

    def __str__(self) -> str:
        return f"{self.keyword_id} in {self.idea_id}"


class Tasks(PlanningRow):
    """A writer's task, nearly always made from an idea; at most one live task an idea.

    On the feed stand sector, idea, cluster, title and status; what else the writer needs is REST's alone.
    """

    idea = models.ForeignKey(ContentIdeas, models.PROTECT, null=True, blank=True, related_name="tasks")
    cluster = models.ForeignKey(Clusters, models.PROTECT, null=True, blank=True, related_name="tasks")
    title = models.CharField(max_length=255)
    description = models.TextField(default="", blank=True)
    content_type = models.CharField(max_length=16, default="post")
    content_structure = models.CharField(max_length=24, default="article")
    keywords = models.TextField(default="", blank=True)
    """The keywords as text, a comma list, as they were when the task was made."""
    word_count = models.IntegerField(default=1000)
    status = models.CharField(max_length=16, default=QUEUED)

    class Meta:
        constraints = [
            _one_of("status", (QUEUED, COMPLETED), "task_status"),
            _one_of("content_type", CONTENT_TYPES, "task_type"),
            _one_of("content_structure", CONTENT_STRUCTURES, "task_structure"),
            _within("word_count", WORD_COUNT_LIMIT, "task_word_count", nullable=False),
            models.UniqueConstraint(fields=["idea"], condition=LIVE, name="task_once"),
        ]
        indexes = [
            models.Index(fields=["scope", "ver", "uid"], name="task_feed"),
            models.Index(fields=["sector"], name="task_sector"),
            _listed("task_list"),
        ]

    def __str__(self) -> str:
        return self.title
