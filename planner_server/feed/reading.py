"""Reading the feed: pull, snapshot and digest, each from one read transaction and straight from the database's cursor.

Rows are ordered by (version, rank of the entity, uid) in a pull. A row that changes while somebody pages only moves to a higher
version, so it comes again and is never skipped. A snapshot goes entity by entity in (version, uid) order up to the version it was
begun at: what changes meanwhile leaves that range and is delivered by the pull that follows.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, NamedTuple

from django.db import connections, transaction

from planner_core.entities import SCOPE_ENTITIES, Entity
from planner_core.wire.feed import ConflictLine, Cursor, Told, digest_texts
from planner_server.accounts.names import shown_names
from planner_server.feed.catalogue import SOURCES, Source
from planner_server.feed.epochs import remembers
from planner_server.feed.lookup import Lookup
from planner_server.feed.models import Conflict, Scope
from planner_server.feed.pages import LINE_ROWS, Page, dumps, in_lines

LAST_RANK = 99
_FIRST_UID, _AFTER_ALL_UIDS = "", "~"

_SCOPE = Lookup(Scope, "id = %s")
_NEWS = "scope_id = %s AND user_id = %s AND ver > %s AND ver <= %s"
_QUESTIONS = Lookup(Conflict, _NEWS, order="ver, uid")
_OPEN_QUESTIONS = Lookup(Conflict, f"{_NEWS} AND state = 'open'", order="ver, id")


class LostHistory(Exception):
    """The replica knows of a version that this platform has not: the scope needs a new epoch."""


class OtherEpoch(Exception):
    """The replica's place is in another epoch than the scope's."""


class BelowFloor(Exception):
    """Tombstones after the replica's place were purged, or the names of the versions there expired: it needs a snapshot."""


class BadPlace(ValueError):
    """A cursor or an `after` that this platform did not give out."""


_Row = tuple[int, int, str, str]
"""(version, rank of the entity, uid, JSON text) as the database gives it: an object for each of a million rows would cost more."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A scope as one read transaction sees it."""

    scope: Scope
    using: str
    user_id: int

    @property
    def entities(self) -> tuple[Entity, ...]:
        """The scope's entities in rank order."""
        return SCOPE_ENTITIES[self.scope.kind]


def reader_alias() -> str:
    """Return the database alias to read on: the reader's, or the caller's own transaction where there is one."""
    return "default" if connections["default"].in_atomic_block else "reader"


@contextmanager
def opened(scope_id: int, user_id: int, told: Told | None) -> Iterator[Reading]:
    """Read a scope in one transaction. Raises LostHistory if what the replica was told never happened here."""
    using = reader_alias()
    with transaction.atomic(using=using):
        scope = _SCOPE.first(scope_id, using=using)
        if scope is None:
            raise Scope.DoesNotExist(f"scope {scope_id}")
        if not remembers(scope, told, using=using):
            raise LostHistory
        yield Reading(scope, using, user_id)


# ---------------------------------------------------------------- rows as JSON text


def _expression(entity: Entity, source: Source, name: str, vendor: str) -> str:
    value = source.value(name)
    kind = entity.field(name).kind
    if kind == "refs":
        return _members(vendor)
    if kind == "bool" and vendor == "sqlite":
        return f"json(iif({value}, 'true', 'false'))"
    return value


def _members(vendor: str) -> str:
    pick = (
        " FROM planning_ideakeyword m JOIN planning_keywords k ON k.id = m.keyword_id WHERE m.idea_id = t.id"
    )
    if vendor == "sqlite":
        return f"json((SELECT json_group_array(uid) FROM (SELECT k.uid AS uid{pick} ORDER BY k.uid)))"
    return f"(SELECT COALESCE(json_agg(k.uid ORDER BY k.uid), '[]'::json){pick})"


def _row_text(entity: Entity, vendor: str) -> str:
    source = SOURCES[entity.name]
    columns = [_expression(entity, source, name, vendor) for name in entity.columns]
    if vendor == "sqlite":
        return f"json_array({', '.join(['t.uid', 't.ver', 't.deleted_at IS NOT NULL', *columns])})"
    return f"json_build_array({', '.join(['t.uid', 't.ver', '(t.deleted_at IS NOT NULL)::int', *columns])})::text"


def _rows(
    reading: Reading, rank: int, after: tuple[int, str], *, up_to: int, dead_from: int, limit: int
) -> Iterator[list[_Row]]:
    """Yield the rows of one entity after (ver, uid) in that order, lazily, LINE_ROWS at a time (the last ones fewer).

    Of those in the trash only the ones above the version `dead_from`.
    """
    entity = reading.entities[rank]
    source = SOURCES[entity.name]
    connection = connections[reading.using]
    alive = f" AND (t.deleted_at IS NULL OR t.ver > {dead_from:d})" if dead_from else ""
    query = (
        f"SELECT t.ver, {rank}, t.uid, {_row_text(entity, connection.vendor)} FROM {source.table} t{source.joins}"
        f" WHERE t.scope_id = %s AND (t.ver, t.uid) > (%s, %s) AND t.ver <= %s{alive}"
        " ORDER BY t.ver, t.uid LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [reading.scope.pk, *after, up_to, limit])
        while chunk := cursor.fetchmany(LINE_ROWS):
            yield chunk


# ---------------------------------------------------------------- pull


def parse_cursor(text: str) -> Cursor | None:
    """Return the cursor, None for the empty one. Raises BadPlace."""
    if not text:
        return None
    try:
        return Cursor.parse(text)
    except ValueError as error:
        raise BadPlace(
            f"cursor {text[:100]!r} is not one of this platform's. Leave it out to start from the beginning."
        ) from error


def pull(reading: Reading, cursor: Cursor | None, limit: int) -> bytes:
    """Return the page after the cursor. Raises OtherEpoch, LostHistory or BelowFloor where it cannot follow the cursor."""
    scope = reading.scope
    place = cursor or Cursor(epoch=scope.epoch)
    if place.epoch != scope.epoch:
        raise OtherEpoch
    if place.ver > scope.version:
        raise LostHistory
    # Where even the names of versions have expired, nobody can say whether that place is one of this history.
    if cursor is not None and place.ver < max(scope.gc_floor, scope.token_floor):
        raise BelowFloor
    streams = [
        _rows(reading, rank, _after(place, rank), up_to=scope.version, dead_from=0, limit=limit + 1)
        for rank in range(len(reading.entities))
    ]
    rows = _merged(streams, limit + 1)
    has_more = len(rows) > limit
    del rows[limit:]
    page = _begun(reading)
    last_version = rows[-1][0] if has_more else scope.version
    _aliases(page, reading, place.ver, last_version)
    for rank, texts in in_lines(rows):
        page.entity_rows(reading.entities[rank].name, texts)
    _conflicts(page, reading, place.ver, last_version, open_only=False)
    onward = Cursor(epoch=scope.epoch, ver=scope.version, rank=LAST_RANK)
    if has_more:
        ver, rank, uid, _ = rows[-1]
        onward = Cursor(epoch=scope.epoch, ver=ver, rank=rank, id=uid)
    return page.seal(
        {"cursor": onward.text, "version": scope.version, "token": scope.token, "has_more": has_more}
    )


def _merged(streams: Sequence[Iterator[list[_Row]]], limit: int) -> list[_Row]:
    """Return the first rows of all entities in their common order; mostly a page is of one entity only."""
    begun = [(first, stream) for stream in streams if (first := next(stream, None))]
    runs = [chain(first, chain.from_iterable(stream)) for first, stream in begun]
    return list(islice(runs[0] if len(runs) == 1 else heapq.merge(*runs), limit))


def _after(place: Cursor, rank: int) -> tuple[int, str]:
    if rank == place.rank:
        return place.ver, place.id
    return place.ver, _AFTER_ALL_UIDS if rank < place.rank else _FIRST_UID


def _begun(reading: Reading) -> Page:
    page = Page()
    columns = {entity.name: list(entity.columns) for entity in reading.entities}
    page.line(
        dumps({"t": "begin", "scope": reading.scope.uid, "epoch": reading.scope.epoch, "columns": columns})
    )
    return page


def _aliases(page: Page, reading: Reading, after: int, up_to: int) -> None:
    with connections[reading.using].cursor() as cursor:
        cursor.execute(
            "SELECT old, new, ver FROM feed_alias WHERE scope_id = %s AND ver > %s AND ver <= %s ORDER BY ver, old",
            [reading.scope.pk, after, up_to],
        )
        while chunk := cursor.fetchmany(LINE_ROWS):
            page.line(dumps({"t": "alias", "rows": [list(row) for row in chunk]}))


def _conflicts(page: Page, reading: Reading, after: int, up_to: int, *, open_only: bool) -> None:
    lookup = _OPEN_QUESTIONS if open_only else _QUESTIONS
    listed = lookup.all(reading.scope.pk, reading.user_id, after, up_to, using=reading.using)
    names = shown_names((item.by for item in listed), using=reading.using)
    for item in listed:
        line = ConflictLine(
            id=item.uid,
            ver=item.ver,
            e=item.entity,
            row=item.row,
            group=item.group,
            kind=item.kind,
            base=item.base,
            mine=item.mine,
            theirs=item.theirs,
            by=names.get(item.by, ""),
            at=item.at,
            state=item.state,  # type: ignore[arg-type]  # a check constraint of the table says so
            ops=item.ops,
            **item.details,
        )
        page.line(dumps(line.model_dump()))


# ---------------------------------------------------------------- snapshot


class _Place(NamedTuple):
    epoch: str
    rank: int
    ver: int
    uid: str

    @property
    def text(self) -> str:
        return f"{self.epoch}.{self.rank}.{self.ver}.{self.uid}"


def _parse_after(text: str, scope: Scope) -> _Place:
    if not text:
        return _Place(scope.epoch, 0, 0, "")
    try:
        epoch, rank, ver, uid = text.split(".")
        return _Place(epoch, int(rank), int(ver), uid)
    except ValueError as error:
        raise BadPlace(
            f"after {text[:100]!r} is not one of this platform's. Leave it out to start from the beginning."
        ) from error


def snapshot(
    reading: Reading, after: str, at: int | None, limit: int, deleted_after: int | None = None
) -> bytes:
    """Return the live rows after a place, up to version `at` (None: now). The first page brings aliases and open review items.

    With `deleted_after`, rows that went to the trash above that version come, too: who still has rows of a lost epoch learns which of
    those that are absent were deleted here, and which never came to be.
    """
    scope = reading.scope
    place = _parse_after(after, scope)
    if place.epoch != scope.epoch:
        raise OtherEpoch
    begun_at = scope.version if at is None else at
    if begun_at > scope.version:
        raise LostHistory
    if begun_at < scope.gc_floor:
        raise BelowFloor
    page = _begun(reading)
    if not after:
        _aliases(page, reading, 0, begun_at)
        _conflicts(page, reading, 0, begun_at, open_only=True)
    last = None
    for rank in range(place.rank, len(reading.entities)):
        start = (place.ver, place.uid) if rank == place.rank else (0, "")
        dead_from = begun_at if deleted_after is None else deleted_after
        rows = _rows(reading, rank, start, up_to=begun_at, dead_from=dead_from, limit=limit - page.rows)
        last = _fill(page, reading, rank, rows) or last
        if page.rows >= limit:
            break
    has_more = page.rows >= limit
    end: dict[str, Any] = {"after": last.text if has_more and last else "", "at": begun_at}
    return page.seal({**end, "version": scope.version, "token": scope.token, "has_more": has_more})


def _fill(page: Page, reading: Reading, rank: int, rows: Iterable[list[_Row]]) -> _Place | None:
    """Add rows of one entity; return the last one's place."""
    last = None
    name = reading.entities[rank].name
    for run in rows:
        page.entity_rows(name, [text for _, _, _, text in run])
        last = _Place(reading.scope.epoch, rank, run[-1][0], run[-1][2])
    return last


# ---------------------------------------------------------------- digest


def digest(reading: Reading) -> dict[str, list[tuple[int, str]]]:
    """Return, per entity, the 256 buckets over the content of its live rows."""
    return {entity.name: digest_texts(_contents(reading, entity)) for entity in reading.entities}


def _contents(reading: Reading, entity: Entity) -> Iterator[tuple[str, str]]:
    """Yield (uid, canonical text) of an entity's live rows in no order."""
    source = SOURCES[entity.name]
    connection = connections[reading.using]
    query = (
        f"SELECT t.uid, {_content_text(entity, connection.vendor)} FROM {source.table} t{source.joins}"
        " WHERE t.scope_id = %s AND t.deleted_at IS NULL"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [reading.scope.pk])
        while chunk := cursor.fetchmany(LINE_ROWS):
            yield from chunk


def _content_text(entity: Entity, vendor: str) -> str:
    """Return the expression of planner_core.wire.feed.row_text: PostgreSQL's own arrays would have a blank after each comma."""
    values = ["t.uid", *(_expression(entity, SOURCES[entity.name], name, vendor) for name in entity.columns)]
    if vendor == "sqlite":
        return f"json_array({', '.join(values)})"
    kinds = ["text", *(field.kind for field in entity.fields)]
    texts = [
        f"replace(({value})::text, '\", \"', '\",\"')"
        if kind == "refs"
        else f"COALESCE(to_json({value})::text, 'null')"
        for value, kind in zip(values, kinds, strict=True)
    ]
    joined = " || ',' || ".join(texts)
    return f"'[' || {joined} || ']'"
