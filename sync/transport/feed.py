"""The feed dialect's six requests as methods. Messages are described in planner_core.wire.feed and docs/sync.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import httpx
from pydantic import ValidationError

from planner_core.wire.feed import (
    NDJSON,
    PREFIX,
    PROTOCOL,
    DigestReply,
    HelloReply,
    HelloRequest,
    KnownReply,
    KnownRequest,
    Message,
    MutationHeader,
    PushHeader,
    PushReply,
    Told,
)
from sync.errors import PlatformFault
from sync.transport.faults import fault_of, not_a_platform
from sync.transport.pages import FeedPage, collect, read_page
from sync.transport.session import Session

M = TypeVar("M", bound=Message)


def _unheard() -> None:
    return None


@dataclass(frozen=True, slots=True)
class PushPart:
    """One mutation on its way: its header, and its body exactly as it was hashed."""

    header: MutationHeader
    body: bytes


class FeedClient:
    """The sync extension of one platform, spoken as one replica."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.heard: Callable[[], None] = _unheard
        """Called for each piece of a long answer that arrives."""

    def reconnect(self) -> None:
        """Drop connections that may have died in a sleep."""
        self._session.reconnect()

    def hello(self, request: HelloRequest) -> HelloReply:
        """Introduce the replica and hear what every scope needs. Raises NoExtension where the platform has none."""
        self._session.headers = {"X-Replica": request.replica_id, "X-Protocol": str(PROTOCOL)}
        return self._post(f"{PREFIX}hello", request, HelloReply)

    def push(
        self, scope: str, header: PushHeader, parts: Sequence[PushPart], *, dry_run: bool = False
    ) -> PushReply:
        """Send mutations in order and return a verdict on each. With `dry_run` nothing is written there."""
        lines = [_json(header)]
        for part in parts:
            lines += [_json(part.header), part.body]
        response = self._session.request(
            "POST",
            f"{PREFIX}scopes/{scope}/push",
            content=b"\n".join(lines) + b"\n",
            content_type=NDJSON,
            params={"dry_run": 1} if dry_run else None,
        )
        return self._message(response, PushReply)

    def pull(self, scope: str, *, cursor: str, limit: int, told: Told | None) -> FeedPage:
        """Return the next page after the cursor; an empty cursor starts from nothing."""
        place: dict[str, str | int] = {"cursor": cursor, "limit": limit}
        return self._page(f"scopes/{scope}/pull", place | _told(told))

    def snapshot(
        self,
        scope: str,
        *,
        after: str,
        at: int,
        limit: int,
        told: Told | None,
        deleted_after: int | None = None,
    ) -> FeedPage:
        """Return the next page of live rows; `after` empty and `at` 0 start a snapshot.

        With `deleted_after` also of rows that were deleted above that version.
        """
        place: dict[str, str | int] = {"after": after, "at": at} if after else {}
        if deleted_after is not None:
            place["deleted_after"] = deleted_after
        return self._page(f"scopes/{scope}/snapshot", place | {"limit": limit} | _told(told))

    def digest(self, scope: str) -> DigestReply:
        """Return the platform's digest of a scope's live rows."""
        return self._message(self._session.request("GET", f"{PREFIX}scopes/{scope}/digest"), DigestReply)

    def known(self, scope: str, request: KnownRequest) -> KnownReply:
        """Ask which operations the platform has; at most 10,000 ids."""
        return self._post(f"{PREFIX}scopes/{scope}/ops/known", request, KnownReply)

    def _pieces(self, response: httpx.Response) -> Iterator[bytes]:
        for piece in response.iter_bytes():
            self.heard()
            yield piece

    def _post(self, path: str, message: Message, reply: type[M]) -> M:
        response = self._session.request(
            "POST", path, content=_json(message), content_type="application/json"
        )
        return self._message(response, reply)

    def _message(self, response: httpx.Response, kind: type[M]) -> M:
        if response.status_code != 200:
            raise fault_of(response, self._session.server, feed=True)
        try:
            return kind.model_validate_json(response.content)
        except ValidationError as error:
            if not _is_json(response):
                raise not_a_platform(self._session.server) from error
            raise PlatformFault(
                "bad_reply",
                f"{self._session.server} sent an answer of another shape than protocol {PROTOCOL} has "
                f"({error.error_count()} places).",
                "Nothing was taken from it. Update this application or the platform.",
            ) from error

    def _page(self, path: str, params: dict[str, str | int]) -> FeedPage:
        with self._session.stream("GET", PREFIX + path, params=params) as response:
            if response.status_code != 200:
                response.read()
                raise fault_of(response, self._session.server, feed=True)
            if not response.headers.get("content-type", "").startswith(NDJSON):
                raise not_a_platform(self._session.server)
            body = collect(self._pieces(response))
        return read_page(body)


def _json(message: Message) -> bytes:
    return message.model_dump_json(by_alias=True, exclude_none=True).encode()


def _is_json(response: httpx.Response) -> bool:
    return str(response.headers.get("content-type", "")).startswith("application/json")


def _told(told: Told | None) -> dict[str, str | int]:
    return {"told": f"{told.version}.{told.token}"} if told is not None else {}
