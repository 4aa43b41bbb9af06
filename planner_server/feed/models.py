"""Scopes and what the platform remembers of the replicas that push into them."""

from __future__ import annotations

from django.db import models

from planner_server.feed.rows import UID_LENGTH, uid_field


class Scope(models.Model):
    """The unit of permission, of versions and of snapshots. Its uid is that of the account, site or industry sector it is for."""

    KINDS = ("account", "library", "site")

    uid = uid_field(unique=True)
    kind = models.CharField(max_length=16)
    account = models.ForeignKey(
        "accounts.Account", models.PROTECT, null=True, blank=True, related_name="scopes"
    )
    """None for library scopes, which belong to everybody."""
    epoch = models.CharField(max_length=UID_LENGTH)
    version = models.BigIntegerField(default=0)
    token = models.CharField(max_length=UID_LENGTH)
    """Random name of `version`: a restored platform that counted up again has other tokens."""
    gc_floor = models.BigIntegerField(default=0)
    """Highest version among purged tombstones."""
    op_floor = models.BigIntegerField(default=0)
    """Highest version whose operation ids were purged."""
    token_floor = models.BigIntegerField(default=0)
    """Versions below it have lost their names to age: what a replica was told of them cannot be checked any more."""
    epoch_ver = models.BigIntegerField(default=0)
    """The version the epoch began with. It lies above every version of the epochs before, lost ones included."""
    safe_version = models.BigIntegerField(default=0)
    """Every backup that is kept has this version; 0 where nobody said which backups are kept."""
    writing = models.SmallIntegerField(default=0)
    """1 while the gate is open, 2 while tombstones are purged; never committed as anything but 0."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["account", "library", "site"]), name="scope_kind"
            ),
            models.CheckConstraint(condition=models.Q(writing__in=[0, 1, 2]), name="scope_writing"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uid} at {self.version}"


class VersionToken(models.Model):
    """The random name of each version that was ever committed."""

    scope = models.ForeignKey(Scope, models.CASCADE, related_name="tokens", db_index=False)
    version = models.BigIntegerField()
    token = models.CharField(max_length=UID_LENGTH)
    at = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "version"], name="version_token_once")]

    def __str__(self) -> str:
        return f"{self.version} is {self.token}"


class Replica(models.Model):
    """One desktop's database file, as far as the platform knows it."""

    uid = uid_field(unique=True)
    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="replicas")
    app = models.CharField(max_length=100, default="", blank=True)
    created_at = models.BigIntegerField()
    seen_at = models.BigIntegerField()
    retired_at = models.BigIntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return self.uid


class ReplicaScope(models.Model):
    """How far a replica's dense sequence of mutations has come in one scope. Never expires."""

    replica = models.ForeignKey(Replica, models.PROTECT, related_name="scopes", db_index=False)
    scope = models.ForeignKey(Scope, models.PROTECT, related_name="replicas")
    last_seq = models.BigIntegerField(default=0)
    last_op = models.CharField(max_length=UID_LENGTH, default="", blank=True)
    acked_seq = models.BigIntegerField(default=0)
    """The highest number whose verdict the replica says it keeps; operations beyond it never expire."""
    cursor_ver = models.BigIntegerField(default=0)
    seen_at = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["replica", "scope"], name="replica_scope_once")]

    def __str__(self) -> str:
        return f"{self.replica_id} in {self.scope_id}: {self.last_seq}"


class MutationResult(models.Model):
    """The verdict on one pushed mutation, given again whenever it is pushed again."""

    replica = models.ForeignKey(Replica, models.PROTECT, related_name="results", db_index=False)
    scope = models.ForeignKey(Scope, models.PROTECT, related_name="results", db_index=False)
    seq = models.BigIntegerField()
    op_id = uid_field(unique=True)
    sha256 = models.CharField(max_length=64)
    schema = models.PositiveSmallIntegerField(default=1)
    """The schema of the body it came with."""
    verdict = models.CharField(max_length=24)
    ver = models.BigIntegerField(default=0)
    details = models.JSONField(default=list, blank=True)
    """The rows of the verdict, as they were sent."""
    body = models.BinaryField(null=True, blank=True)
    """Kept for refused and parked mutations only, so that they can be looked at from every machine of the user."""
    superseded_by = models.CharField(max_length=UID_LENGTH, default="", blank=True)
    effects = models.JSONField(null=True, blank=True)
    """What an undo must know beyond the rows: "merged" [[kept keyword, group, before, after], ...], "detached" cluster -> rows."""
    at = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["replica", "scope", "seq"], name="mutation_result_once")
        ]
        indexes = [models.Index(fields=["scope", "ver"], name="mutation_result_ver")]

    def __str__(self) -> str:
        return f"{self.op_id}: {self.verdict}"


class Supersession(models.Model):
    """An operation id that a later operation of the same user replaces."""

    old_op = uid_field(unique=True)
    new_op = uid_field()

    def __str__(self) -> str:
        return f"{self.old_op} by {self.new_op}"


class FailedTry(models.Model):
    """How often the platform failed by its own fault on an operation that has no verdict yet."""

    op_id = uid_field(unique=True)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, default="", blank=True)
    at = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.op_id}: {self.tries}"


class RecoveryMark(models.Model):
    """The place, among work sent again after a restore, of the latest such work about a group of a row."""

    scope = models.ForeignKey(Scope, models.CASCADE, related_name="marks", db_index=False)
    row = uid_field()
    group = models.CharField(max_length=40)
    """A group's name, "deleted", or "+" and the uid of a member of a set."""
    mark = models.BigIntegerField()
    """As planner_core.merge.mark_of gives it."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "row", "group"], name="recovery_mark_once")]

    def __str__(self) -> str:
        return f"{self.row} {self.group}: {self.mark}"


class PurgedRow(models.Model):
    """A row that was cleared away for good: it is gone, not still to come."""

    scope = models.ForeignKey(Scope, models.CASCADE, related_name="purged", db_index=False)
    uid = uid_field()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "uid"], name="purged_row_once")]

    def __str__(self) -> str:
        return self.uid


class SnapshotReader(models.Model):
    """A replica that is taking a snapshot begun at a version: tombstones after it stay for a day."""

    scope = models.ForeignKey(Scope, models.CASCADE, related_name="snapshot_readers", db_index=False)
    replica = uid_field()
    version = models.BigIntegerField()
    at = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "replica"], name="snapshot_reader_once")]

    def __str__(self) -> str:
        return f"{self.replica} at {self.version}"


class Alias(models.Model):
    """A row that was created twice: `old` is the identity that lost, `new` the row that stands for it."""

    scope = models.ForeignKey(Scope, models.PROTECT, related_name="aliases", db_index=False)
    old = uid_field()
    new = uid_field()
    ver = models.BigIntegerField()
    origin_op = models.CharField(max_length=UID_LENGTH, default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "old"], name="alias_once")]
        indexes = [models.Index(fields=["scope", "ver", "old"], name="alias_feed")]

    def __str__(self) -> str:
        return f"{self.old} is {self.new}"


class Conflict(models.Model):
    """What waits for one user's decision. Its uid is derived from operation, row and group.

    `kind`: conflict (his value or the platform's), delete (delete it all the same?), children (a cluster was deleted with rows he had
    not seen), refused (a rule keeps it back), parked (what it refers to is not there).
    """

    uid = uid_field(unique=True)
    scope = models.ForeignKey(Scope, models.PROTECT, related_name="conflicts", db_index=False)
    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="conflicts")
    entity = models.CharField(max_length=24)
    row = uid_field()
    group = models.CharField(max_length=40)
    kind = models.CharField(max_length=16, default="conflict")
    base = models.JSONField(null=True)
    mine = models.JSONField(null=True)
    theirs = models.JSONField(null=True)
    by = models.CharField(max_length=UID_LENGTH, default="", blank=True)
    at = models.BigIntegerField(default=0)
    state = models.CharField(max_length=8, default="open")
    ops = models.JSONField(default=list)
    details = models.JSONField(default=dict, blank=True)
    """Of refused and parked work: "code", "message", "ids" and "label" as its author was told."""
    ver = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "row", "group", "kind"],
                condition=models.Q(state="open"),
                name="conflict_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "closed", "gone"]), name="conflict_state"
            ),
        ]
        indexes = [models.Index(fields=["scope", "user", "ver"], name="conflict_feed")]

    def __str__(self) -> str:
        return f"{self.entity} {self.row} {self.group}: {self.state}"
