"""Reading a page of the feed: lines of JSON that count for nothing until their `end` line agrees with them.

A page is a pull's or a snapshot's answer. Rows stay the text they came as, so that handing them on to be kept costs no decoding;
they are walked through once, in C, to know that they are JSON and how many they are.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from sync.errors import PlatformFault

MAX_PAGE_BYTES = 256 * 1024 * 1024
"""Decompressed size at which reading stops: far above the largest page a platform should send, far below a full memory."""

_KINDS = frozenset({"begin", "rows", "alias", "conflict", "end"})


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
    id: str


class _End(msgspec.Struct, tag_field="t", tag="end"):
    version: int
    token: str
    has_more: bool
    n: int
    crc32: int
    cursor: str = ""
    after: str = ""
    at: int = 0


# Bytes that are no UTF-8 inside a string are reported by Python's own codec.
_NOT_JSON = (msgspec.MsgspecError, UnicodeDecodeError)
_LINE = msgspec.json.Decoder(_Begin | _Rows | _Alias | _Conflict | _End)
_ANY_LINE = msgspec.json.Decoder(dict[str, Any])
_RAW_ROWS = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True, slots=True)
class FeedLine:
    """One `rows` line: the JSON text of its array, [[id, ver, deleted, *columns], ...]."""

    entity: str
    rows: bytes


@dataclass(frozen=True, slots=True)
class FeedPage:
    """One complete page: what `end` vouched for, and where to go on.

    `cursor` is where the next pull starts; `after` and `at` are where the next page of a snapshot does. `unknown` holds lines of a
    kind this version does not know.
    """

    scope: str
    epoch: str
    columns: Mapping[str, Sequence[str]]
    lines: Sequence[FeedLine]
    aliases: Sequence[tuple[str, str, int]]
    conflicts: Sequence[Mapping[str, Any]]
    version: int
    token: str
    has_more: bool
    count: int
    cursor: str = ""
    after: str = ""
    at: int = 0
    unknown: Sequence[bytes] = ()
    size: int = 0


class TornPage(PlatformFault):
    """A page that ended early or does not agree with its checksum: it is thrown away whole and asked for again."""


@dataclass(slots=True)
class _Draft:
    begin: _Begin | None = None
    lines: list[FeedLine] = field(default_factory=list)
    aliases: list[tuple[str, str, int]] = field(default_factory=list)
    conflicts: list[Mapping[str, Any]] = field(default_factory=list)
    unknown: list[bytes] = field(default_factory=list)
    count: int = 0


def collect(chunks: Iterable[bytes], limit: int = MAX_PAGE_BYTES) -> bytes:
    """Return the pieces of a body as one. Raises TornPage when it grows past `limit` bytes."""
    whole = bytearray()
    for chunk in chunks:
        whole += chunk
        if len(whole) > limit:
            raise _torn(f"it is larger than {limit} bytes")
    return bytes(whole)


def read_page(body: bytes) -> FeedPage:
    """Read a whole page. Raises TornPage if it has no `end` line, or one whose count or checksum differs."""
    if not body.endswith(b"\n"):
        raise _torn("it stops in the middle of a line")
    start = body.rfind(b"\n", 0, -1) + 1
    end = _end(body[start:])
    if zlib.crc32(memoryview(body)[:start]) != end.crc32:
        raise _torn("its checksum differs")
    draft = _Draft()
    for line in body[:start].split(b"\n")[:-1]:
        _take(draft, line)
    if draft.begin is None:
        raise _torn("it has no first line")
    if draft.count != end.n:
        raise _torn(f"it has {draft.count} rows and says {end.n}")
    return _finished(draft, draft.begin, end, len(body))


def _torn(reason: str) -> TornPage:
    return TornPage(
        "torn_page",
        f"A page of the platform did not arrive whole: {reason}.",
        "Nothing was taken from it; it is asked for again by itself.",
    )


def _end(line: bytes) -> _End:
    try:
        end = _LINE.decode(line)
    except _NOT_JSON as error:
        raise _torn("it has no last line") from error
    if not isinstance(end, _End):
        raise _torn("it has no last line")
    return end


def _take(draft: _Draft, line: bytes) -> None:
    try:
        _take_known(draft, line)
    except msgspec.ValidationError as error:
        _take_unknown(draft, line, error)
    except _NOT_JSON as error:
        raise _torn("a line is not JSON") from error


def _take_known(draft: _Draft, line: bytes) -> None:
    match read := _LINE.decode(line):
        case _Rows():
            draft.count += len(_RAW_ROWS.decode(read.rows))
            draft.lines.append(FeedLine(read.e, bytes(read.rows)))
        case _Alias():
            draft.aliases += read.rows
        case _Conflict():
            draft.conflicts.append(_ANY_LINE.decode(line))
        case _Begin():
            draft.begin = read
        case _End():
            raise _torn("it has a last line in the middle")


def _take_unknown(draft: _Draft, line: bytes, error: msgspec.ValidationError) -> None:
    """Keep a line of a newer kind; a line of a known kind with another shape makes the page unusable."""
    whole = msgspec.json.decode(line)
    if not isinstance(whole, dict) or whole.get("t") in _KINDS:
        raise _torn(f"a line has another shape ({error})") from error
    draft.unknown.append(line)


def _finished(draft: _Draft, begin: _Begin, end: _End, size: int) -> FeedPage:
    return FeedPage(
        scope=begin.scope,
        epoch=begin.epoch,
        columns=begin.columns,
        lines=draft.lines,
        aliases=draft.aliases,
        conflicts=draft.conflicts,
        version=end.version,
        token=end.token,
        has_more=end.has_more,
        count=end.n,
        cursor=end.cursor,
        after=end.after,
        at=end.at,
        unknown=draft.unknown,
        size=size,
    )
