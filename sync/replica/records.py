"""The plain data that crosses the replica's border: frozen, without a database handle in it, safe to hand to another thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from planner_core.decision import Refused
from planner_core.entities import Values

Origin = Literal["user", "sync"]
PageKind = Literal["snapshot", "pull"]
Choice = Literal["mine", "theirs"]
SyncMark = Literal["synced", "waiting", "conflict", "refused"]

MARK_WAITING, MARK_CONFLICT, MARK_REFUSED = 1, 2, 4
"""Bits of a row's stored mark. Shown is the gravest: conflict, then refused, then waiting, else synced."""


@dataclass(frozen=True, slots=True)
class OwnerRow:
    """Whose work a replica holds."""

    server: str
    account: str
    user: str
    email: str = ""
    account_name: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Patch:
    """Very many keywords that all got the same values, by their keys in rising order; their waiting mark was set with them.

    `values` are columns of the narrow table as they are stored: cluster, status, disabled, volume_override, difficulty_override.
    """

    keys: Sequence[int]
    values: Mapping[str, int | str | None]


@dataclass(frozen=True, slots=True)
class Changed:
    """What one committed transaction changed.

    `kinds` are entity names and "scope", "review", "history", "pending". `keys` gives, for the row kinds, the integer keys of
    changed rows; None means many: reload. A key that no longer has a row was removed. `commit` is dense: a gap means reload.
    """

    kinds: frozenset[str]
    keys: Mapping[str, Sequence[int]] | None
    origin: Origin
    commit: int
    patches: Sequence[Patch] = ()
    """With `keys` None: everything that the commit changed of keywords, in this order; empty if that is not known so exactly."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an edit. `action` is None when nothing was written; `refused` then says why.

    `skipped` counts rows an undo left alone because they were changed since.
    """

    action: str | None
    label: str
    changed: int = 0
    unchanged: int = 0
    refused: Sequence[Refused] = ()
    change: Changed | None = None
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class RowLine:
    """One `rows` line of the feed: `rows` is the JSON text of its array, [[id, ver, deleted, *columns], ...], as it came.

    The text is kept as it is until it is applied, so staging costs one write and no decoding; rows that cannot be read then go to
    `unknown_rows` one by one.
    """

    entity: str
    rows: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a pull or a snapshot whose end line was seen and whose check sum fits."""

    kind: PageKind
    epoch: str
    columns: Mapping[str, Sequence[str]]
    """Entity -> names of the columns after id, ver and deleted."""
    rows: Sequence[RowLine]
    aliases: Sequence[tuple[str, str, int]]
    """(old uid, kept uid, version)."""
    conflicts: Sequence[Mapping[str, Any]]
    """Review items as `planner_core.wire.feed.ConflictLine` has them, as plain dictionaries."""
    cursor: str
    """Where the next request goes on: the pull cursor, or a snapshot's `after`."""
    version: int
    token: str
    has_more: bool
    count: int = 0
    """Rows in the page, as its end line says."""
    at: int = 0
    """Only for a snapshot: the version V0 it started at."""
    unknown_lines: Sequence[bytes] = ()
    """Lines of a kind this version does not know, raw."""


@dataclass(frozen=True, slots=True)
class Staged:
    """Pages of a scope that are kept but not applied yet. `snapshot`: they began with a snapshot.

    Next step: kind snapshot and has_more -> snapshot after `cursor` at `at`; kind snapshot without -> pull from version `at`;
    kind pull and has_more -> pull from `cursor`; kind pull without -> `Replica.apply`.
    """

    kind: PageKind
    snapshot: bool
    epoch: str
    cursor: str
    at: int
    has_more: bool
    pages: int
    rows: int


@dataclass(frozen=True, slots=True)
class Digested:
    """What a scope holds of the platform's rows at one moment: per entity 256 buckets of (live rows, sum of content hashes)."""

    epoch: str
    version: int
    entities: Mapping[str, Sequence[tuple[int, str]]]


@dataclass(frozen=True, slots=True)
class RemovalGuard:
    """Staged pages that would remove so much that the user is asked first: `rows` of the `of` live rows of the scope.

    `kinds` counts the rows by entity. Once `allowed`, exactly these pages are applied.
    """

    rows: int
    of: int
    kinds: Mapping[str, int]
    allowed: bool = False


@dataclass(frozen=True, slots=True)
class ScopeRow:
    """What the replica holds of one scope.

    `epoch` belongs to the rows that are here; `server_epoch` is the platform's as last told. They differ between a restore of
    the platform and the swap to its snapshot.
    """

    id: str
    kind: Literal["account", "library", "site"]
    name: str
    access: Literal["rw", "ro", "none"]
    epoch: str
    server_epoch: str
    cursor: str
    version: int
    told_version: int
    told_token: str
    need_snapshot: bool
    reconciled_epoch: str
    last_pull_at: int
    last_ack_seq: int
    last_ack_op: str
    next_seq: int
    open: int
    """Mutations without a verdict, voids included."""
    unconfirmed: int
    """Mutations with a verdict whose rows were not delivered yet: a pull is due."""
    staged: Staged | None
    checked_at: int = 0
    """Unix ms of the last check by digest that found this scope equal with the platform, 0 for never."""
    checked_version: int = 0
    """The version at which it was found equal."""
    guard: RemovalGuard | None = None
    """An apply that waits for the user's word."""
    tables: str = ""
    """The tables and columns the rows were fetched with (`layout.TABLES` of the version that did), "" if unknown."""
    safe_version: int = 0
    """Up to here the platform's oldest backup has everything: what is older need not be kept for sending again. 0: unknown."""
    need_compare: bool = False
    """Our operations are to be compared with the platform's memory although its epoch is the same: this is a fork."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One mutation to send, exactly as it is kept."""

    seq: int
    op_id: str
    sha256: str
    body: bytes
    rows: int
    was: int | None = None
    made: int | None = None


@dataclass(frozen=True, slots=True)
class AskedOps:
    """Operations the platform is to be asked about, oldest first, each with the version of the rows it was made on."""

    op_ids: Sequence[str]
    made: Sequence[int]


@dataclass(frozen=True, slots=True)
class Counts:
    """What waits and what asks for a decision. `last_sync` is unix ms of the latest consistent end, 0 until all scopes had one."""

    waiting: int = 0
    """Actions of which something has no verdict yet."""
    waiting_rows: int = 0
    conflicts: int = 0
    refused: int = 0
    last_sync: int = 0
    complete: bool = True
    """Whether every scope with access was fetched to a consistent end at least once."""
    unread: int = 0
    """Rows of the platform that this version could not read and keeps as they came."""
    checked_at: int = 0
    """Unix ms of the oldest among the scopes' last checks by digest, 0 while one was not checked."""
    held: int = 0
    """Of the waiting rows, those of sites the user may only read: they wait for the right to come back."""
    aside: int = 0
    """Of `refused`, questions about what nobody refused: work that waits for access, rows that a restored platform lacks."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """When keywords last came with other values than were shown, packed: keys and seconds since 1970, decimals joined by commas.

    `before` is the second of the last contact with the platform before the latest absence, 0 if there was none.
    """

    keys: str = ""
    at: str = ""
    before: int = 0


@dataclass(frozen=True, slots=True)
class Restoration:
    """A site whose platform was put back to an older state, until the user has seen it. Times are unix ms, counts are rows but `asks`."""

    scope: str
    site: str
    epoch: str
    at: int
    """When it was noticed here."""
    again: int
    """What the platform had taken before and was to be sent again."""
    waiting: int
    """Of these, what has no new answer yet."""
    asks: int
    """Questions in Review that came of it."""
    lost: int
    """Rows that were here and that the platform has no more: one of the questions asks about them."""


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A site of the account."""

    key: int
    id: str
    name: str
    slug: str
    domain: str
    industry: str
    industry_id: str | None
    active: bool


@dataclass(frozen=True, slots=True)
class SectorRow:
    """A site's sector with the library branch it stands for."""

    key: int
    id: str
    name: str
    slug: str
    site: str
    site_id: str
    industry_sector: str | None
    active: bool


@dataclass(frozen=True, slots=True)
class ClusterRow:
    """A cluster with the figures of its live keywords (volume and difficulty effective)."""

    key: int
    id: str
    name: str
    description: str
    status: str
    disabled: bool
    locked: bool
    origin: str
    sector: str
    sector_id: str
    site: str
    site_id: str
    created_at: int | None
    deleted: bool
    sync: SyncMark
    keywords: int = 0
    volume: int = 0
    difficulty: float | None = None


@dataclass(frozen=True, slots=True)
class IdeaRow:
    """A content idea."""

    key: int
    id: str
    title: str
    description: str
    cluster: str | None
    cluster_id: str | None
    status: str
    disabled: bool
    content_type: str
    content_structure: str
    estimated_word_count: int
    keywords: tuple[str, ...]
    sector: str
    sector_id: str
    site: str
    site_id: str
    created_at: int | None
    deleted: bool
    sync: SyncMark


@dataclass(frozen=True, slots=True)
class SeedRow:
    """A library seed keyword, with the keyword that already stands for it in the asked sector."""

    key: int
    id: str
    keyword: str
    volume: int | None
    difficulty: int | None
    intent: str | None
    country: str | None
    industry_sector: str
    keyword_id: str | None = None


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One action. `state`: waiting, sending, applied, partly, refused, parked, cancelled (the least settled of its parts)."""

    id: str
    label: str
    at: int
    state: str
    rows: int
    applied: int
    waiting: int
    review: int
    refused: int
    undone: bool
    undoes: str | None
    origin: str
    notes: int = 0
    """Rows of which the platform told something without asking."""
    redone: bool = False
    """It was undone, and the undo was taken back: what it wrote is there by a later action."""


@dataclass(frozen=True, slots=True)
class LaterStep:
    """A later action that wrote over what another one wrote: of so many of the other's rows."""

    id: str
    label: str
    at: int
    rows: int
    fresh: int = 0
    """Values of these rows that no step named before it wrote: added up they are all that cannot be taken back."""
    undoable: bool = True
    """Not so a decision in Review: it is decided anew there, not undone."""


@dataclass(frozen=True, slots=True)
class PendingRow:
    """One mutation without a verdict, or with one that was not delivered yet."""

    id: int
    action: str
    label: str
    at: int
    state: str
    scope: str
    seq: int
    op_id: str
    rows: int
    cancellable: bool
    held: bool = False
    """Kept here because the user may only read the site; it goes out once he may change it again."""


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One question to the user: one field group of one row, or (refused work) the rows one reason speaks of."""

    id: str
    kind: str
    code: str
    message: str
    scope: str
    entity: str
    ids: tuple[str, ...]
    group: str
    fields: tuple[str, ...]
    base: Values | None
    mine: Values | None
    theirs: Values | None
    by: str
    at: int
    state: str
    decided: str
    action: str | None
    subject: str
    """The row's name for people: keyword text, cluster name, idea title."""
    shown: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    """base, mine and theirs as texts, with references as names."""
