"""What the API remembers between requests: answers of requests that may come again, and how many came in a minute."""

from __future__ import annotations

from django.db import models

KEY_LENGTH = 255


class KeptAnswer(models.Model):
    """One request that came with an Idempotency-Key, and its answer once there is one.

    The row is committed before the work begins and gets the answer in the transaction of the work: a row without an answer
    therefore means that nothing was done, however the process ended.
    """

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="+", db_index=False)
    path = models.CharField(max_length=KEY_LENGTH)
    key = models.CharField(max_length=KEY_LENGTH)
    sha256 = models.CharField(max_length=64)
    """Of query and body: the same key with another request is refused."""
    claim = models.CharField(max_length=32)
    """Random name of the run that does the work; only its own answer is taken."""
    claimed_at = models.BigIntegerField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    body = models.TextField(default="", blank=True)
    """JSON of the answer without its request id; empty for an answer without a body."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "path", "key"], name="kept_answer_once")]
        indexes = [models.Index(fields=["claimed_at"], name="kept_answer_age")]

    def __str__(self) -> str:
        return f"{self.key} on {self.path}: {self.status or 'running'}"


class Count(models.Model):
    """Requests of one caller in one scope and minute, where several processes answer them."""

    caller = models.CharField(max_length=100, unique=True)
    """Scope and who: a user's id or an address."""
    minute = models.BigIntegerField()
    number = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.caller}: {self.number}"
