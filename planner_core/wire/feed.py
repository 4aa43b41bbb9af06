"""Messages of the feed dialect (protocol 1): hello, push, pull, snapshot, digest, known operations. Described in docs/sync.md."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from planner_core.wire.body import OLDEST_SCHEMA, SCHEMA, Uid, WireValue

PROTOCOL = 1
PREFIX = "/sync/v1/"
NDJSON = "application/x-ndjson"
BUCKETS = 256

Verdict = Literal["applied", "applied_with", "rejected", "parked_dependency", "superseded", "too_old"]
Access = Literal["rw", "ro", "none"]
Action = Literal["pull", "snapshot", "push_archive", "drop", "none"]
Retry = Literal["never", "after", "now"]
Upgrade = Literal["none", "client_soon", "client_now", "server"]


Version = Annotated[int, Field(ge=0, lt=2**53)]
"""A version as a replica names it: any reader of JSON can hold it, and none can lift a scope's versions beyond that."""


class Message(BaseModel):
    """A message that tolerates fields of newer versions."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class Told(Message):
    """The highest version of a scope this replica has ever been told, with the random token that names it."""

    version: Version
    token: str


class HelloScope(Message):
    """What a replica holds of one scope."""

    id: Uid
    epoch: str = ""
    cursor_ver: Version = 0
    told: Told | None = None
    next_seq: int = 1
    pending: int = 0
    last_ack_seq: int = 0
    last_ack_op: str = ""


class Owner(Message):
    """Whose replica it is; uids of account and user."""

    account: str
    user: str


class HelloRequest(Message):
    """POST hello."""

    protocols: list[int] = [PROTOCOL]
    app: str
    schema_: Annotated[int, Field(alias="schema")] = SCHEMA
    replica_id: Uid
    owner: Owner | None = None
    scopes: list[HelloScope] = []


class ScopeState(Message):
    """What the platform says of one scope the user can see (or asked about)."""

    id: Uid
    kind: Literal["account", "library", "site"]
    name: str = ""
    epoch: str
    version: int
    token: str
    gc_floor: int = 0
    safe_version: int = 0
    """Every backup the platform may be put back from has this version: results up to it need not be kept to be sent again. 0: unknown."""
    access: Access
    last_seq: int = 0
    last_op_id: str = ""
    action: Action


class Limits(Message):
    """Sizes the platform accepts and gives."""

    part_bytes: int = 1_048_576
    part_rows: int = 2_000
    page_rows: int = 5_000
    snapshot_rows: int = 50_000


class SchemaRange(Message):
    """Body schemas the platform understands."""

    min: int = OLDEST_SCHEMA
    max: int = SCHEMA
    current: int = SCHEMA


class Person(Message):
    """The signed-in user."""

    id: Uid
    email: str
    name: str = ""
    role: str


class HelloReply(Message):
    """Answer to hello."""

    protocol: int
    schema_: Annotated[SchemaRange, Field(alias="schema")] = SchemaRange()
    server_time: int
    limits: Limits = Limits()
    backoff_ms: int = 0
    replica: Literal["ok", "new", "forked", "owner_mismatch", "retired"]
    account: Uid
    account_name: str = ""
    user: Person
    scopes: list[ScopeState]
    upgrade: Upgrade = "none"
    """client_soon: this platform understands newer bodies as well. client_now: it does not understand the client's any more; server:
    it does not understand them yet. Editing goes on in every case, and what waits keeps waiting."""


class PushHeader(Message):
    """First line of a push body."""

    h: Literal[1] = 1
    replica_id: Uid
    epoch: str
    told: Told | None = None
    user: Uid
    first_seq: int
    count: int


class MutationHeader(Message):
    """Line before each mutation's body line."""

    seq: int
    op_id: Uid
    sha256: str
    was: int | None = None
    """When it had left in a former epoch: the first version it ever had, 0 if that was never heard."""
    made: int | None = None
    """Version of the rows it was made on. An epoch begins above all versions of the former ones, so the number alone tells which."""


class RowResult(Message):
    """What is to be said about rows of a mutation that did not simply take its values."""

    code: str
    """conflict, target_deleted, not_found, gone, merged (see new_id), renamed, missing, forbidden, read_only, or a rule's code."""
    e: str = ""
    ids: list[str] = []
    group: str = ""
    message: str = ""
    base: list[WireValue] | None = None
    mine: list[WireValue] | None = None
    theirs: list[WireValue] | None = None
    by: str = ""
    """The name of who wrote `theirs`, for a person to read."""
    at: int = 0
    new_id: str = ""
    conflict: str = ""
    details: dict[str, WireValue] = {}


class MutationResult(Message):
    """The platform's verdict on one mutation; `ver` is the version its rows have, 0 where nothing was written."""

    seq: int
    op_id: Uid
    verdict: Verdict
    ver: int = 0
    rows: list[RowResult] = []


class PushReply(Message):
    """Answer to a push: what is committed, whatever happened after."""

    epoch: str
    version: int
    token: str
    last_seq: int
    results: list[MutationResult]


class KnownRequest(Message):
    """POST ops/known."""

    op_ids: Annotated[list[Uid], Field(max_length=10_000)]
    made: list[int | None] = []
    """For each of `op_ids` the version of the rows it was made on; left out, nothing is answered as too old."""
    told: Told | None = None


class KnownReply(Message):
    """Which of the asked operations the platform has, with their verdicts."""

    epoch: str
    version: int
    token: str
    known: list[MutationResult]
    unknown: list[str]
    too_old: list[str]


class ConflictLine(Message):
    """A review item of this user on the feed; `state` open or closed."""

    t: Literal["conflict"] = "conflict"
    id: Uid
    ver: int
    e: str
    row: Uid
    group: str
    kind: str = "conflict"
    """conflict, delete, children (group children: a cluster was deleted with rows its user had not seen), refused, parked."""
    code: str = ""
    message: str = ""
    ids: list[str] = []
    """The rows it is about, where they are more than `row`."""
    label: str = ""
    base: list[WireValue] | None = None
    mine: list[WireValue] | None = None
    theirs: list[WireValue] | None = None
    by: str = ""
    at: int = 0
    state: Literal["open", "closed", "gone"]
    ops: list[str] = []


class DigestReply(Message):
    """Per entity, 256 buckets of [live rows, sum of 64-bit row hashes modulo 2**64 as a decimal string]."""

    epoch: str
    version: int
    entities: dict[str, list[tuple[int, str]]]


class ErrorReply(Message):
    """Every answer of the sync extension with a status of 400 or above."""

    code: str
    """auth, forbidden, epoch, gap, replica_forked, op_reused, resnapshot, too_large, upgrade, busy, bad_request, not_found, internal."""
    message: str
    retry: Retry = "never"
    retry_after_ms: int = 0
    details: dict[str, Any] = {}


class Cursor(Message):
    """Where a pull goes on: after the row (ver, rank, id). `text` is the opaque form in addresses."""

    epoch: str
    ver: int = 0
    rank: int = -1
    id: str = ""

    @property
    def text(self) -> str:
        """Return the form for a query parameter."""
        return f"{self.epoch}.{self.ver}.{self.rank}.{self.id}"

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Read the text form. Raises ValueError if it is none."""
        epoch, ver, rank, uid = text.split(".")
        return cls(epoch=epoch, ver=int(ver), rank=int(rank), id=uid)


def row_text(row: Sequence[object]) -> str:
    """Return the canonical text of a feed row [id, *columns]: compact JSON, nothing escaped that need not be.

    Versions and tombstones stay out: content alone must be equal. Databases write the same text by themselves.
    """
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def digest_texts(rows: Iterable[tuple[str, str]]) -> list[tuple[int, str]]:
    """Return the 256 buckets over live rows given as (id, canonical text); a row's bucket is the last byte of its id.

    A row's hash is the first 64 bits of BLAKE2b over its text, read as a big-endian number.
    """
    hashed, number = hashlib.blake2b, int.from_bytes
    counts: dict[str, int] = {}
    sums: dict[str, int] = {}
    for uid, text in rows:
        bucket = uid[-2:]
        counts[bucket] = counts.get(bucket, 0) + 1
        sums[bucket] = sums.get(bucket, 0) + number(hashed(text.encode(), digest_size=8).digest(), "big")
    names = [f"{place:02x}" for place in range(BUCKETS)]
    return [(counts.get(name, 0), str(sums.get(name, 0) % (1 << 64))) for name in names]


def digest_rows(rows: Iterable[Sequence[Any]]) -> list[tuple[int, str]]:
    """Return the 256 buckets over live feed rows [id, *columns]."""
    return digest_texts((row[0], row_text(row)) for row in rows)
