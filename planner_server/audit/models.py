"""One row for each thing that was done. No references: the trail outlives devices and people."""

from __future__ import annotations

from django.db import models

from planner_server.feed.rows import UID_LENGTH

LABEL_LENGTH = 255


class Entry(models.Model):
    """Something that was written into a scope, in the transaction that wrote it."""

    at = models.BigIntegerField()
    """Unix milliseconds."""
    account_id = models.BigIntegerField(null=True, blank=True)
    """None for the library, which belongs to everybody."""
    scope = models.CharField(max_length=UID_LENGTH)
    version = models.BigIntegerField()
    kind = models.CharField(max_length=8)
    """Of whoever wrote: user, job or import."""
    who = models.CharField(max_length=100)
    """The user's uid, or the job's name."""
    device = models.CharField(max_length=UID_LENGTH, default="", blank=True)
    app = models.CharField(max_length=100, default="", blank=True)
    label = models.CharField(max_length=LABEL_LENGTH, default="", blank=True)
    """What the person did, as his application calls it ("Import loans.csv"); of a REST request its method and path."""
    op_id = models.CharField(max_length=UID_LENGTH, default="", blank=True)
    """The pushed operation, "" for anything else."""

    class Meta:
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["account_id", "id"], name="audit_account"),
            models.Index(fields=["at"], name="audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.who}: {self.label or self.kind}"
