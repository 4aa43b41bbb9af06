"""What lies in the files of both sides, read past the product: plain pictures that the oracle judges.

Only SQL and names of columns come from the product's ground. Nothing here merges, overlays or decides.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

READ_ONCE = 4_000
"""Rows that are remembered in their read form: most are the same at the next look, and nobody changes one."""

Values = tuple[Any, ...]
Cell = tuple[str, str]
"""(row uid, group name): the unit that is compared, written and asked about."""

DELETED = "deleted"
"""The pseudo group of a row's liveness; its value is (False,) or (True,)."""
MEMBERS = "keyword_objects"
"""The pseudo group of an idea's keyword set."""
MEMBERS_WORK = "work on keyword_objects"
"""The pseudo group that carries whose work an idea's keyword set is, all of it: members are settled one by one, so none replaces another's."""

GROUPS: dict[str, dict[str, tuple[str, ...]]] = {
    "keyword": {
        "placement": ("cluster", "status"),
        "volume_override": ("volume_override",),
        "difficulty_override": ("difficulty_override",),
        "disabled": ("disabled",),
    },
    "cluster": {
        "name": ("name",),
        "description": ("description",),
        "status": ("status",),
        "disabled": ("disabled",),
        "locked": ("locked",),
        "origin": ("origin",),
    },
    "idea": {
        "title": ("title",),
        "description": ("description",),
        "cluster": ("cluster",),
        "status": ("status",),
        "disabled": ("disabled",),
        "kind": ("content_type", "content_structure"),
        "estimated_word_count": ("estimated_word_count",),
        MEMBERS: (MEMBERS,),
    },
}
"""The design's groups, written down a second time: an oracle that asks the product which fields belong together is none."""

FLAGS = frozenset({"disabled", "locked", "origin"})
"""Groups of low value: the later push wins."""

_BOOLEANS = frozenset({"disabled", "locked"})
FIELDS = {
    "keyword": ("cluster", "status", "disabled", "volume_override", "difficulty_override"),
    "cluster": ("name", "description", "status", "disabled", "locked", "origin"),
    "idea": (
        *("title", "description", "cluster", "status", "disabled"),
        *("content_type", "content_structure", "estimated_word_count", MEMBERS),
    ),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row as one side has it. `key` is (sector, seed uid or name), by which two live rows are the same."""

    entity: str
    uid: str
    ver: int
    deleted: bool
    groups: Mapping[str, Values]
    key: tuple[str, str] | None = None
    pending: bool = False

    def value(self, group: str) -> Values | None:
        """Return a group's values, liveness included; None for a group the entity has not."""
        return (self.deleted,) if group == DELETED else self.groups.get(group)

    def content(self) -> tuple[Any, ...]:
        """Return what must be equal on both sides."""
        return (self.entity, self.deleted, *(self.groups[name] for name in GROUPS[self.entity]))


def row_of(entity: str, uid: str, ver: int, values: Mapping[str, Any], **more: Any) -> Row:
    """Return a row from its fields; truth values, sets and NULL come as SQLite gives them."""
    typed = {name: _typed(name, values.get(name)) for name in FIELDS[entity]}
    groups = {name: tuple(typed[one] for one in fields) for name, fields in GROUPS[entity].items()}
    deleted = bool(more.pop("deleted", False))
    return Row(entity, uid, ver, deleted, groups, **more)


def _typed(name: str, value: Any) -> Any:
    if name in _BOOLEANS:
        return bool(value)
    if name == MEMBERS:
        return tuple(sorted(json.loads(value) if isinstance(value, str) else value or ()))
    return value


# ---------------------------------------------------------------- the platform


@dataclass(frozen=True, slots=True)
class Mark:
    """Who wrote a group last: `kind` user, job or import."""

    kind: str
    who: str
    op: str
    ver: int
    left: str = ""
    """The cluster that the row lost by its deletion."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A stored verdict. `listed` are its rows as (code, entity, ids, group)."""

    pk: int
    replica: int
    seq: int
    op: str
    sha256: str
    verdict: str
    ver: int
    listed: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A review item of a user on the platform."""

    uid: str
    user: str
    row: str
    group: str
    kind: str
    state: str
    mine: Values | None
    ops: tuple[str, ...]
    ver: int


@dataclass(frozen=True, slots=True)
class Platform:
    """The site's scope on the platform at one moment."""

    version: int
    epoch: str
    token: str
    rows: Mapping[str, Row]
    marks: Mapping[str, Mapping[str, Mark]]
    created: Mapping[str, str]
    aliases: Mapping[str, str]


_KEYWORDS = (
    "SELECT t.uid, t.ver, t.deleted_at IS NOT NULL, t.field_meta, t.created_op, c.uid, t.status, t.disabled, t.volume_override,"
    " t.difficulty_override, a.uid, s.uid FROM planning_keywords t LEFT JOIN planning_clusters c ON c.id = t.cluster_id"
    " LEFT JOIN accounts_sector a ON a.id = t.sector_id LEFT JOIN library_seedkeyword s ON s.id = t.seed_keyword_id"
)
_CLUSTERS = (
    "SELECT t.uid, t.ver, t.deleted_at IS NOT NULL, t.field_meta, t.created_op, t.name, t.description, t.status, t.disabled,"
    " t.locked, t.origin, a.uid, t.name_key FROM planning_clusters t LEFT JOIN accounts_sector a ON a.id = t.sector_id"
)
_IDEAS = (
    "SELECT t.uid, t.ver, t.deleted_at IS NOT NULL, t.field_meta, t.created_op, t.idea_title, t.description, c.uid, t.status,"
    " t.disabled, t.content_type, t.content_structure, t.estimated_word_count,"
    " (SELECT json_group_array(k.uid) FROM planning_ideakeyword m JOIN planning_keywords k ON k.id = m.keyword_id"
    " WHERE m.idea_id = t.id), '', NULL"
    " FROM planning_contentideas t LEFT JOIN planning_clusters c ON c.id = t.keyword_cluster_id"
)
_ON_PLATFORM = {"keyword": _KEYWORDS, "cluster": _CLUSTERS, "idea": _IDEAS}


def site_state(db: sqlite3.Connection) -> tuple[int, int, str, str, int]:
    """Return (integer id, version, epoch, token, floor of operation ids) of the one site's scope."""
    found = db.execute(
        "SELECT id, version, epoch, token, op_floor FROM feed_scope WHERE kind = 'site'"
    ).fetchone()
    return found[0], found[1], found[2], found[3], found[4]


def platform(db: sqlite3.Connection) -> Platform:
    """Read the whole site."""
    scope, version, epoch, token, _ = site_state(db)
    rows: dict[str, Row] = {}
    marks: dict[str, Mapping[str, Mark]] = {}
    created: dict[str, str] = {}
    for entity, sql in _ON_PLATFORM.items():
        for raw in db.execute(sql):
            uid = raw[0]
            rows[uid], marks[uid] = _platform_row(entity, raw)
            created[uid] = raw[4]
    aliases = dict(db.execute(f"SELECT old, new FROM feed_alias WHERE scope_id = {scope}").fetchall())
    return Platform(version, epoch, token, rows, marks, created, aliases)


@lru_cache(maxsize=READ_ONCE)
def _platform_row(entity: str, raw: tuple[Any, ...]) -> tuple[Row, Mapping[str, Mark]]:
    uid, ver, deleted, meta, _, *rest = raw
    width = len(FIELDS[entity])
    key = (rest[width], rest[width + 1]) if rest[width + 1] is not None else None
    row = row_of(
        entity, uid, ver, dict(zip(FIELDS[entity], rest[:width], strict=True)), deleted=deleted, key=key
    )
    return row, {name: Mark(*one[:4], *one[5:6]) for name, one in json.loads(meta).items()}


def verdicts(db: sqlite3.Connection, after: int) -> list[Verdict]:
    """Return verdicts stored after the one of that integer id, in order."""
    rows = db.execute(
        "SELECT id, replica_id, seq, op_id, sha256, verdict, ver, details FROM feed_mutationresult"
        f" WHERE id > {after} ORDER BY id"
    )
    return [
        Verdict(pk, replica, seq, op, sha256, verdict, ver, tuple(json.loads(listed)))
        for pk, replica, seq, op, sha256, verdict, ver, listed in rows
    ]


def questions(db: sqlite3.Connection) -> dict[str, Question]:
    """Return all review items."""
    rows = db.execute(
        'SELECT c.uid, u.uid, c."row", c."group", c.kind, c.state, c.mine, c.ops, c.ver FROM feed_conflict c'
        " JOIN accounts_user u ON u.id = c.user_id"
    )
    return {row[0]: Question(*[*row[:6], _values(row[6]), tuple(json.loads(row[7])), row[8]]) for row in rows}


def _values(text: str | None) -> Values | None:
    found = None if text is None else json.loads(text)
    return None if found is None else tuple(found)


def tokens(db: sqlite3.Connection) -> dict[int, str]:
    """Return version -> token of the site's scope."""
    rows = db.execute(
        "SELECT version, token FROM feed_versiontoken WHERE scope_id = (SELECT id FROM feed_scope WHERE kind = 'site')"
    )
    return dict(rows.fetchall())


def progress(db: sqlite3.Connection) -> dict[str, tuple[int, str]]:
    """Return replica uid -> (last seq, last operation) in the site's scope."""
    rows = db.execute(
        "SELECT r.uid, p.last_seq, p.last_op FROM feed_replicascope p JOIN feed_replica r ON r.id = p.replica_id"
        " JOIN feed_scope s ON s.id = p.scope_id WHERE s.kind = 'site'"
    )
    return {uid: (seq, op) for uid, seq, op in rows}


# ---------------------------------------------------------------- a replica


@dataclass(frozen=True, slots=True)
class Kept:
    """A mutation as a replica keeps it."""

    id: int
    action: str
    replica: str
    seq: int | None
    op: str
    sha256: str
    state: str
    confirmed: bool
    void: bool
    verdict: str | None
    ver: int | None
    supersedes: tuple[str, ...]
    undo_of: str | None
    results: str | None
    trimmed: bool = False
    """Too old ever to be sent again."""


@dataclass(frozen=True, slots=True)
class Item:
    """A review item in a replica."""

    uid: str
    kind: str
    code: str
    row: str
    ids: tuple[str, ...]
    group: str
    state: str
    decided: str
    ops: tuple[str, ...]
    ver: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What a replica holds of the site's scope."""

    access: str
    epoch: str
    server_epoch: str
    version: int
    told_version: int
    told_token: str
    need_snapshot: bool
    next_seq: int
    last_ack_seq: int
    last_ack_op: str


@dataclass(frozen=True, slots=True)
class Replica:
    """The site's part of a replica file. `base` is what the platform said, `shown` what its user sees."""

    replica_id: str
    standing: Standing | None
    base: Mapping[str, Row]
    shown: Mapping[str, Row]
    aliases: Mapping[str, str] = field(default_factory=dict)
    provisional: Mapping[str, str] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()
    """Raw rows that could not be applied, as text."""
