"""From the bytes of a push to mutations, before any lock is taken: decompress, cut into lines, hash, decode."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from planner_core.operations import PART_ROWS
from planner_core.wire.body import OLDEST_SCHEMA, SCHEMA, BadBody, Body, OtherSchema, decode_body, digest
from planner_core.wire.feed import Limits, MutationHeader, PushHeader
from planner_server.sync_api.errors import SyncError

_HEADERS = TypeAdapter(list[MutationHeader])
BODY_BYTES = 32 * 1024 * 1024
"""What a request may be after decompression."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """One mutation as it came: its header, its very bytes, and the body or why there is none."""

    header: MutationHeader
    raw: bytes
    body: Body | None
    trouble: str = ""

    @property
    def rows(self) -> int:
        """Return how many rows it names."""
        return 0 if self.body is None else sum(len(operation.ids) for operation in self.body.operations)


def unzipped(raw: bytes, encoding: str) -> bytes:
    """Return the plain bytes of a request; a bomb stops at the limit."""
    match encoding.strip().lower():
        case "" | "identity":
            plain = raw
        case "gzip":
            inflate = zlib.decompressobj(wbits=31)
            try:
                plain = inflate.decompress(raw, BODY_BYTES + 1)
            except zlib.error as error:
                raise SyncError("bad_request", "The body is not the gzip it claims to be.") from error
            if not inflate.eof and len(plain) <= BODY_BYTES:
                raise SyncError("bad_request", "The body ends in the middle of its gzip.")
        case other:
            raise SyncError(
                "bad_request", f"Content-Encoding {other!r} is not understood. Send gzip or none."
            )
    if len(plain) > BODY_BYTES:
        raise SyncError(
            "too_large",
            f"A request may have {BODY_BYTES:,} bytes unpacked. Send fewer mutations at once.",
            part_bytes=BODY_BYTES,
        )
    return plain


def parse_push(raw: bytes) -> tuple[PushHeader, list[Pushed]]:
    """Return header and mutations. A request that is not well formed as a whole is refused; a bad body costs only its mutation."""
    lines = raw.removesuffix(b"\n").split(b"\n")
    try:
        header = PushHeader.model_validate_json(lines[0])
        heads = _HEADERS.validate_json(b"[" + b",".join(lines[1::2]) + b"]")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise SyncError("bad_request", f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    bodies = lines[2::2]
    if len(heads) != header.count or len(bodies) != header.count:
        raise SyncError(
            "bad_request", f"The header announces {header.count} mutations, {len(bodies)} came whole."
        )
    if [head.seq for head in heads] != list(range(header.first_seq, header.first_seq + header.count)):
        raise SyncError("bad_request", "The mutations are not numbered one by one from first_seq.")
    return header, [_pushed(head, body) for head, body in zip(heads, bodies, strict=True)]


def _pushed(header: MutationHeader, raw: bytes) -> Pushed:
    if digest(raw) != header.sha256:
        raise SyncError(
            "bad_request", f"Mutation {header.seq} is not what its sha256 says; it was changed on the way."
        )
    try:
        body = decode_body(raw)
    except OtherSchema as error:
        # Not a verdict: the edit waits in its queue until one side is brought up to date.
        raise SyncError(
            "upgrade",
            f"Mutation {header.seq} is of schema {error.schema}; the platform understands {OLDEST_SCHEMA} to {SCHEMA}.",
            min=OLDEST_SCHEMA,
            max=SCHEMA,
            upgrade="server" if error.schema > SCHEMA else "client_now",
        ) from error
    except BadBody as error:
        return Pushed(header, raw, None, str(error))
    pushed = Pushed(header, raw, body)
    if pushed.rows > PART_ROWS:
        limit = Limits().part_rows
        raise SyncError(
            "too_large",
            f"Mutation {header.seq} names {pushed.rows} rows; {limit} fit. Cut it.",
            part_rows=limit,
        )
    return pushed
