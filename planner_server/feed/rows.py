"""What every row on the feed carries."""

from __future__ import annotations

from django.db import models

UID_LENGTH = 32


def uid_field(*, unique: bool = False) -> models.CharField[str, str]:
    """Return the column of a row identity: 32 lower-case hexadecimal digits."""
    return models.CharField(max_length=UID_LENGTH, unique=unique)


class FeedStamp(models.Model):
    """The place of a row on its scope's feed. Times everywhere are unix milliseconds."""

    scope = models.ForeignKey("feed.Scope", models.PROTECT, related_name="+", db_index=False)
    ver = models.BigIntegerField()
    """The scope's version at the row's last change; only the gate can move it."""
    deleted_at = models.BigIntegerField(null=True, blank=True)

    class Meta:
        abstract = True


class FeedRow(FeedStamp):
    """A synchronised row with an identity of its own."""

    uid = uid_field(unique=True)
    field_meta = models.JSONField(default=dict, blank=True)
    """Group name ("*": creation, "deleted") -> [writer kind, user or job, op id, version, unix ms] of its last write."""
    created_op = models.CharField(max_length=UID_LENGTH, default="", blank=True)
    """The operation that made the row, "" when it was not a pushed one."""
    extra = models.JSONField(default=dict, blank=True)
    """Fields of newer applications, kept as they came."""
    created_at = models.BigIntegerField()
    updated_at = models.BigIntegerField()

    class Meta:
        abstract = True
