"""The queries behind `Reader`'s lists."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import fields
from operator import itemgetter
from typing import Any, TypeVar

from planner_core.entities import ENTITIES, Value, Values
from planner_core.text import fold
from sync.replica.naming import name_of
from sync.replica.records import (
    MARK_CONFLICT,
    MARK_REFUSED,
    MARK_WAITING,
    ClusterRow,
    IdeaRow,
    PendingRow,
    ReviewRow,
    SectorRow,
    SeedRow,
    SiteRow,
    SyncMark,
)
from sync.replica.review import values_of
from sync.replica.store import json_list

Connection = sqlite3.Connection
R = TypeVar("R", SiteRow, SectorRow, ClusterRow, IdeaRow, PendingRow)


def _made(kind: type[R], row: Sequence[Any], **converted: Any) -> R:
    """Return a record from a query's columns, which come in the order of its fields."""
    names = [one.name for one in fields(kind)]
    return kind(**dict(zip(names, row, strict=False)) | converted)


def shown_mark(bits: int) -> SyncMark:
    """Return the gravest of a row's marks."""
    if bits & MARK_CONFLICT:
        return "conflict"
    if bits & MARK_REFUSED:
        return "refused"
    return "waiting" if bits & MARK_WAITING else "synced"


# ---------------------------------------------------------------------- account


def sites(connection: Connection) -> list[SiteRow]:
    """Return the account's sites by name."""
    rows = connection.execute(
        "SELECT s.k, s.uid, s.name, s.slug, s.domain, coalesce(i.name, ''), s.industry, s.is_active FROM site s"
        " LEFT JOIN industry i ON i.uid = s.industry WHERE s.deleted = 0 ORDER BY s.name, s.uid"
    )
    return [_made(SiteRow, row, active=bool(row[7])) for row in rows]


def sectors(connection: Connection, site: str | None) -> list[SectorRow]:
    """Return sectors of one site or of all."""
    rows = connection.execute(
        "SELECT c.k, c.uid, c.name, c.slug, coalesce(s.name, ''), c.site, c.industry_sector, c.is_active FROM sector c"
        " LEFT JOIN site s ON s.uid = c.site WHERE c.deleted = 0 AND (?1 IS NULL OR c.site = ?1) ORDER BY s.name, c.name, c.uid",
        (site,),
    )
    return [_made(SectorRow, row, active=bool(row[7])) for row in rows]


# ---------------------------------------------------------------------- plan

_PLACE = "LEFT JOIN sector t ON t.uid = e.sector LEFT JOIN site s ON s.uid = t.site"
_WITHIN = "e.deleted = ?1 AND (?2 IS NULL OR t.site = ?2) AND (?3 IS NULL OR e.sector = ?3)"


def clusters(
    connection: Connection, site: str | None, sector: str | None, *, deleted: bool
) -> list[ClusterRow]:
    """Return clusters by name with the figures of their live keywords."""
    rows = connection.execute(
        "SELECT e.k, e.uid, e.name, e.description, e.status, e.disabled, e.locked, e.origin, coalesce(t.name, ''), e.sector,"
        f" coalesce(s.name, ''), coalesce(s.uid, ''), e.created_at, e.deleted, e.mark FROM cluster e {_PLACE}"
        f" WHERE {_WITHIN} ORDER BY e.folded, e.uid",
        (int(deleted), site, sector),
    ).fetchall()
    figures = _cluster_figures(connection, [row[0] for row in rows])
    return [
        _made(
            ClusterRow,
            (*row, *figures.get(row[0], (0, 0, None))),
            disabled=bool(row[5]),
            locked=bool(row[6]),
            deleted=bool(row[13]),
            sync=shown_mark(row[14]),
        )
        for row in rows
    ]


def _cluster_figures(connection: Connection, keys: Sequence[int]) -> dict[int, tuple[int, int, float | None]]:
    if not keys:
        return {}
    rows = connection.execute(
        "SELECT h.cluster, count(*), coalesce(sum(coalesce(h.volume_override, s.volume)), 0),"
        " avg(coalesce(h.difficulty_override, s.difficulty)) FROM keyword_hot h JOIN keyword w ON w.k = h.k"
        " LEFT JOIN seed s ON s.k = w.seed WHERE h.cluster IN (SELECT value FROM json_each(?)) AND h.deleted = 0 GROUP BY 1",
        (json_list(keys),),
    )
    return {key: (number, volume, difficulty) for key, number, volume, difficulty in rows}


def ideas(connection: Connection, site: str | None, sector: str | None, *, deleted: bool) -> list[IdeaRow]:
    """Return ideas by title."""
    rows = connection.execute(
        "SELECT e.k, e.uid, e.title, e.description, l.name, e.cluster, e.status, e.disabled, e.content_type, e.content_structure,"
        " e.estimated_word_count, e.keyword_objects, coalesce(t.name, ''), e.sector, coalesce(s.name, ''), coalesce(s.uid, ''),"
        f" e.created_at, e.deleted, e.mark FROM idea e {_PLACE} LEFT JOIN cluster l ON l.uid = e.cluster"
        f" WHERE {_WITHIN} ORDER BY e.title, e.uid",
        (int(deleted), site, sector),
    )
    return [
        _made(
            IdeaRow,
            row,
            disabled=bool(row[7]),
            keywords=tuple(json.loads(row[11])),
            deleted=bool(row[17]),
            sync=shown_mark(row[18]),
        )
        for row in rows
    ]


def trash(
    connection: Connection, site: str | None, sector: str | None, entity: str | None, limit: int | None
) -> list[dict[str, Any]]:
    """Return trashed rows of all entities, or of one; None as a limit means all of them."""
    within = "e.deleted = 1 AND (?1 IS NULL OR s.uid = ?1) AND (?2 IS NULL OR t.uid = ?2)"
    parts = {
        "keyword": "SELECT 'keyword', w.uid, d.keyword, s.name, t.name FROM keyword_hot e JOIN keyword w ON w.k = e.k"
        " LEFT JOIN seed d ON d.k = w.seed LEFT JOIN site s ON s.k = w.site LEFT JOIN sector t ON t.k = w.sector",
        "cluster": f"SELECT 'cluster', e.uid, e.name, s.name, t.name FROM cluster e {_PLACE}",
        "idea": f"SELECT 'idea', e.uid, e.title, s.name, t.name FROM idea e {_PLACE}",
    }
    wanted = [parts[entity]] if entity is not None else list(parts.values())
    rows = connection.execute(
        " UNION ALL ".join(f"{part} WHERE {within}" for part in wanted) + " LIMIT ?3",
        (site, sector, -1 if limit is None else limit),
    )
    return [dict(zip(("entity", "id", "name", "site", "sector"), row, strict=True)) for row in rows]


# ---------------------------------------------------------------------- library

_SEEDS = (
    "SELECT d.k, d.uid, d.keyword, d.volume, d.difficulty, d.intent, d.country, c.id,"
    " (SELECT w.uid FROM keyword w JOIN keyword_hot h ON h.k = w.k WHERE w.seed = d.k AND h.deleted = 0"
    " AND w.sector = (SELECT k FROM sector WHERE uid = ?1)), coalesce(d.folded, d.keyword)"
    " FROM seed d JOIN scope_state c ON c.k = d.scope"
    " WHERE c.id = (SELECT industry_sector FROM sector WHERE uid = ?1) AND d.is_active <> 0 AND d.deleted = 0"
)


def library_search(connection: Connection, text: str, sector: str, limit: int) -> list[SeedRow]:
    """Return active seeds that contain the text, largest volume first."""
    rows = connection.execute(
        f"{_SEEDS} AND instr(coalesce(d.folded, d.keyword), ?2) > 0 ORDER BY d.volume DESC NULLS LAST, d.keyword, d.uid LIMIT ?3",
        (sector, fold(text), limit),
    )
    return [SeedRow(*row[:9]) for row in rows]


def library_count(connection: Connection, text: str, sector: str) -> int:
    """Return how many active seeds contain the text."""
    found = connection.execute(
        f"SELECT count(*) FROM ({_SEEDS} AND instr(coalesce(d.folded, d.keyword), ?2) > 0)",
        (sector, fold(text)),
    )
    return int(found.fetchone()[0])


def seeds_matching(connection: Connection, texts: Sequence[str], sector: str) -> dict[str, list[SeedRow]]:
    """Return text -> active seeds equal to it, in the order of their ids; texts without any have no entry."""
    asked: dict[str, list[str]] = {}
    for text in dict.fromkeys(texts):
        asked.setdefault(fold(text), []).append(text)
    # Not ordered by SQLite, which would walk the index of the ids and read every seed of every library from all over the file.
    rows = connection.execute(
        f"{_SEEDS} AND coalesce(d.folded, d.keyword) IN (SELECT value FROM json_each(?2))",
        (sector, json_list(asked)),
    ).fetchall()
    found: dict[str, list[SeedRow]] = {}
    for row in sorted(rows, key=itemgetter(1)):
        for text in asked[row[9]]:
            found.setdefault(text, []).append(SeedRow(*row[:9]))
    return found


# ---------------------------------------------------------------------- work


def pending(connection: Connection) -> list[PendingRow]:
    """Return mutations without a verdict, oldest first."""
    rows = connection.execute(
        "SELECT m.id, m.action, a.label, m.at, m.state, c.id, m.seq, m.op_id, m.rows, c.access FROM mutation m JOIN action a ON a.id = m.action"
        " JOIN scope_state c ON c.k = m.scope WHERE m.state IN ('waiting', 'sending') AND m.void = 0 ORDER BY m.id"
    )
    return [_made(PendingRow, row, cancellable=row[4] == "waiting", held=row[9] != "rw") for row in rows]


def review(connection: Connection, state: str) -> list[ReviewRow]:
    """Return review items of a state (or all), oldest first, with the rows' names and values as texts.

    Where they lie in the file differs from machine to machine, and after a backup was put back: nothing of the order comes from there.
    """
    rows = connection.execute(
        "SELECT r.id, r.kind, r.code, r.message, c.id, r.entity, r.ids, r.grp, r.base, r.mine, r.theirs, r.by, r.at, r.state,"
        " r.decided, r.action FROM review r LEFT JOIN scope_state c ON c.k = r.scope WHERE ?1 = 'all' OR r.state = ?1"
        " ORDER BY r.at, r.uid, r.grp, r.id",
        (state,),
    ).fetchall()
    return [_review_row(connection, row) for row in rows]


def _review_row(connection: Connection, row: tuple[Any, ...]) -> ReviewRow:
    (
        uid,
        kind,
        code,
        message,
        scope,
        entity,
        ids,
        group,
        base,
        mine,
        theirs,
        by,
        at,
        state,
        decided,
        action,
    ) = row
    rows = tuple(json.loads(ids))
    names = _fields(entity, group)
    values = {"base": values_of(base), "mine": values_of(mine), "theirs": values_of(theirs)}
    return ReviewRow(
        id=uid,
        kind=kind,
        code=code,
        message=message,
        scope=scope or "",
        entity=entity,
        ids=rows,
        group=group,
        fields=names,
        base=values["base"],
        mine=values["mine"],
        theirs=values["theirs"],
        by=by,
        at=at,
        state=state,
        decided=decided,
        action=action,
        subject=_subject(connection, entity, rows),
        shown=_shown(connection, names, values),
    )


def _fields(entity: str, group: str) -> tuple[str, ...]:
    known = {one.name: one.fields for one in ENTITIES[entity].groups} if entity in ENTITIES else {}
    return known.get(group, (group,) if group else ())


def _subject(connection: Connection, entity: str, ids: Sequence[str]) -> str:
    name = name_of(connection, entity, ids[0]) if ids else ""
    return name if len(ids) < 2 else f"{name} and {len(ids) - 1:,} more"


def _shown(
    connection: Connection, names: Sequence[str], values: Mapping[str, Values | None]
) -> dict[str, tuple[str | None, ...]]:
    return {
        side: tuple(_as_text(connection, name, value) for name, value in zip(names, own, strict=False))
        for side, own in values.items()
        if own is not None
    }


def _as_text(connection: Connection, name: str, value: Value) -> str | None:
    if value is None:
        return None
    if name == "cluster":
        found = connection.execute("SELECT name FROM cluster WHERE uid = ?", (value,)).fetchone()
        return str(found[0]) if found else str(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
