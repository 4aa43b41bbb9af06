"""Reading a page of the feed: lines of JSON that count for nothing until their `end` line agrees with them.

A page is a pull's or a snapshot's answer. Rows come as typed lists, decoded in C by the columns the page itself announces; a row
that cannot be read goes aside raw and keeps nobody waiting.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import msgspec

from planner_core.entities import ENTITIES, Field
from planner_core.wire.feed import ConflictLine
from sync.errors import PlatformFault

MAX_PAGE_BYTES = 256 * 1024 * 1024
"""Decompressed size at which reading stops: fifty times the largest page a platform should send, far below a full memory."""

FeedRow = Sequence[Any]
"""[id, ver, deleted, *values of the entity's announced columns]."""


class _Begin(msgspec.Struct, tag_field="t", tag="begin"):
    scope: str
    epoch: str
    columns: dict[str, list[str]]


class _Rows(msgspec.Struct, tag_field="t", tag="rows"):
    e: str
    rows: msgspec.Raw


class _Alias(msgspec.Struct, tag_field="t", tag="alias"):
    rows: list[tuple[str, str, int]]


class _Conflict(msgspec.Struct, tag_field="t", tag="conflict"):
    pass


class _End(msgspec.Struct, tag_field="t", tag="end"):
    version: int
    token: str
    has_more: bool
    n: int
    crc32: int
    cursor: str = ""
    after: str = ""
    at: int = 0


_LINE = msgspec.json.Decoder(_Begin | _Rows | _Alias | _Conflict | _End)
_ANY_LINE = msgspec.json.Decoder(dict[str, Any])
_ANY_ROWS = msgspec.json.Decoder(list[msgspec.Raw])
_TYPES: Mapping[str, Any] = {"int": int, "time": int, "bool": bool, "refs": list[str]}
_LAST_LINE = re.compile(rb"[^\n]+\n?\Z")


@dataclass(frozen=True, slots=True)
class RowBatch:
    """Rows of one entity in feed order, each [id, ver, deleted, *columns]."""

    entity: str
    columns: Sequence[str]
    rows: Sequence[FeedRow]


@dataclass(frozen=True, slots=True)
class Page:
    """One complete page: what `end` vouched for, and where to go on.

    `cursor` is where the next pull starts, `after` and `at` where the next page of a snapshot does. `unreadable` holds
    (entity, raw row) of rows that do not have the announced shape, `unknown_lines` raw lines of a kind this version does not know.
    """

    scope: str
    epoch: str
    batches: Sequence[RowBatch]
    aliases: Sequence[tuple[str, str, int]]
    conflicts: Sequence[ConflictLine]
    version: int
    token: str
    has_more: bool
    cursor: str = ""
    after: str = ""
    at: int = 0
    unreadable: Sequence[tuple[str, bytes]] = ()
    unknown_lines: Sequence[bytes] = ()
    size: int = 0

    @property
    def row_count(self) -> int:
        """Return the number of readable rows."""
        return sum(len(batch.rows) for batch in self.batches)


@dataclass(slots=True)
class _Draft:
    begin: _Begin | None = None
    batches: list[RowBatch] = field(default_factory=list)
    aliases: list[tuple[str, str, int]] = field(default_factory=list)
    conflicts: list[ConflictLine] = field(default_factory=list)
    unreadable: list[tuple[str, bytes]] = field(default_factory=list)
    unknown: list[bytes] = field(default_factory=list)
    rows: int = 0


class TornPage(PlatformFault):
    """A page that ended early or does not agree with its checksum: it is thrown away whole and asked for again."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            "torn_page",
            f"The platform's answer did not arrive whole: {reason}.",
            "Nothing was taken from it; it is asked for again by itself.",
        )


def collect(chunks: Iterable[bytes], limit: int = MAX_PAGE_BYTES) -> bytes:
    """Return the chunks of a body as one. Raises TornPage when it grows past `limit` bytes."""
    whole = bytearray()
    for chunk in chunks:
        whole += chunk
        if len(whole) > limit:
            raise TornPage(f"it is larger than {limit} bytes")
    return bytes(whole)


def read_page(body: bytes) -> Page:
    """Read a whole page. Raises TornPage if it has no `end` line, or one whose count or checksum differs."""
    found = _LAST_LINE.search(body)
    if found is None or not body.endswith(b"\n"):
        raise TornPage("it stops in the middle of a line")
    end = _decode_end(found.group())
    content = memoryview(body)[: found.start()]
    if zlib.crc32(content) != end.crc32:
        raise TornPage("its checksum differs")
    draft = _Draft()
    for line in bytes(content).splitlines():
        _take(draft, line)
    if draft.begin is None:
        raise TornPage("it has no first line")
    if draft.rows != end.n:
        raise TornPage(f"it has {draft.rows} rows and says {end.n}")
    return _finished(draft, draft.begin, end, len(body))


def _decode_end(line: bytes) -> _End:
    try:
        end = _LINE.decode(line)
    except msgspec.MsgspecError as error:
        raise TornPage("it has no last line") from error
    if not isinstance(end, _End):
        raise TornPage("it has no last line")
    return end


def _take(draft: _Draft, line: bytes) -> None:
    try:
        read = _LINE.decode(line)
    except msgspec.ValidationError as error:
        _take_unknown(draft, line, error)
        return
    except msgspec.DecodeError as error:
        raise TornPage("a line is not JSON") from error
    match read:
        case _Rows():
            _take_rows(draft, read)
        case _Alias():
            draft.aliases += read.rows
        case _Conflict():
            draft.conflicts.append(ConflictLine.model_validate_json(line))
        case _Begin():
            draft.begin = read
        case _End():
            raise TornPage("it has a last line in the middle")


def _take_unknown(draft: _Draft, line: bytes, error: msgspec.ValidationError) -> None:
    """Keep a line of a newer kind; a line of a known kind with a wrong shape makes the page unusable."""
    if _ANY_LINE.decode(line).get("t") in {"begin", "rows", "alias", "conflict", "end"}:
        raise TornPage(f"a line has another shape ({error})") from error
    draft.unknown.append(line)


def _take_rows(draft: _Draft, line: _Rows) -> None:
    if draft.begin is None:
        raise TornPage("it has no first line")
    columns = tuple(draft.begin.columns.get(line.e, ()))
    try:
        rows: list[FeedRow] = _rows_decoder(line.e, columns).decode(line.rows)
        count = len(rows)
    except msgspec.ValidationError:
        rows, count = _take_one_by_one(draft, line, columns)
    draft.rows += count
    draft.batches.append(RowBatch(line.e, columns, rows))


def _take_one_by_one(draft: _Draft, line: _Rows, columns: tuple[str, ...]) -> tuple[list[FeedRow], int]:
    decoder = _row_decoder(line.e, columns)
    raws = _ANY_ROWS.decode(line.rows)
    rows: list[FeedRow] = []
    for raw in raws:
        try:
            rows.append(decoder.decode(raw))
        except msgspec.ValidationError:
            draft.unreadable.append((line.e, bytes(raw)))
    return rows, len(raws)


def _finished(draft: _Draft, begin: _Begin, end: _End, size: int) -> Page:
    return Page(
        scope=begin.scope,
        epoch=begin.epoch,
        batches=draft.batches,
        aliases=draft.aliases,
        conflicts=draft.conflicts,
        version=end.version,
        token=end.token,
        has_more=end.has_more,
        cursor=end.cursor,
        after=end.after,
        at=end.at,
        unreadable=draft.unreadable,
        unknown_lines=draft.unknown,
        size=size,
    )


@lru_cache(maxsize=64)
def _rows_decoder(entity: str, columns: tuple[str, ...]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(list[_row_type(entity, columns)])  # type: ignore[misc]


@lru_cache(maxsize=64)
def _row_decoder(entity: str, columns: tuple[str, ...]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(_row_type(entity, columns))


def _row_type(entity: str, columns: tuple[str, ...]) -> Any:
    known = {one.name: one for one in ENTITIES[entity].fields} if entity in ENTITIES else {}
    types = [_field_type(known.get(name)) for name in columns]
    return tuple[(str, int, int, *types)]  # type: ignore[misc]


def _field_type(one: Field | None) -> Any:
    if one is None:
        return Any
    plain = _TYPES.get(one.kind, str)
    return plain | None if one.nullable else plain
