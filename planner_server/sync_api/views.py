"""The extension over HTTP. Bodies are read and written as bytes here; what they mean is in the modules beside."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from pydantic import BaseModel, ValidationError
from rest_framework import exceptions
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from planner_core.uid import canonical
from planner_core.wire.feed import (
    NDJSON,
    PROTOCOL,
    DigestReply,
    ErrorReply,
    HelloRequest,
    KnownReply,
    KnownRequest,
    Limits,
    Told,
)
from planner_server import clock
from planner_server.accounts.models import Device, User
from planner_server.api.authentication import DeviceJWTAuthentication
from planner_server.feed import epochs, reading, sql
from planner_server.feed.models import MutationResult, Scope
from planner_server.sync_api.access import Grant, grant_of
from planner_server.sync_api.errors import SyncError, other_epoch
from planner_server.sync_api.hello import hello
from planner_server.sync_api.ledger import is_too_old, stored_result
from planner_server.sync_api.parsing import parse_push, unzipped
from planner_server.sync_api.pushing import push
from planner_server.sync_api.trying import try_push

log = logging.getLogger("planner.sync")

JSON = "application/json"
GZIP_FROM = 1_024
GZIP_LEVEL = 1
LONGEST_NUMBER = 19
"""Digits of a number that no column could hold."""
"""Rows are mostly random identities: higher levels cost three times as much for a few per cent."""

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


class SyncView(APIView):
    """What all addresses of the extension share: who asks, the protocol, errors of our own shape, compression."""

    authentication_classes = (DeviceJWTAuthentication,)
    permission_classes = (IsAuthenticated,)
    throttle_classes = ()

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:  # noqa: ARG002 - DRF's
        """Answer whatever Accept says: the address decides between JSON and NDJSON."""
        return None, JSON

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse other protocols before anything else is looked at."""
        spoken = request.headers.get("X-Protocol", str(PROTOCOL))
        if spoken != str(PROTOCOL):
            raise SyncError(
                "upgrade", f"This platform speaks protocol {PROTOCOL}, not {spoken}.", protocols=[PROTOCOL]
            )
        super().initial(request, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> HttpResponseBase:  # type: ignore[override]  # plain responses, no renderer
        """Turn whatever is raised into an ErrorReply."""
        error = _as_sync_error(exc)
        if error.code == "internal":
            log.error("request failed", exc_info=exc)
        response = self.answer(error.reply(), status=error.status)
        if isinstance(exc, (exceptions.NotAuthenticated, exceptions.AuthenticationFailed)):
            response.headers["WWW-Authenticate"] = "Bearer"
        if error.code == "busy":
            response.headers["Retry-After"] = "1"
        return response

    @property
    def user(self) -> User:
        """The person who asks."""
        user = self.request.user
        assert isinstance(user, User)
        return user

    def keep_from_purging(self, scope: Scope, page: bytes) -> None:
        """Note that this replica began a snapshot: what is deleted after its version stays for a day."""
        replica = self.request.headers.get("X-Replica", "")
        if not canonical(replica):
            return
        at = json.loads(page[page.rindex(b"\n", 0, -1) + 1 :])["at"]
        try:
            sql.run(
                "INSERT INTO feed_snapshotreader (scope_id, replica, version, at) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (scope_id, replica) DO UPDATE SET version = excluded.version, at = excluded.at",
                [scope.pk, canonical(replica), at, clock.now_ms()],
            )
        except OperationalError:
            log.warning("the database is busy: a snapshot goes on without a note and may have to begin again")

    def grant(self, scope: str) -> Grant:
        """Return the user's grant on a scope; a foreign one and one that is not there look the same."""
        grant = grant_of(self.user, scope)
        if grant is None:
            raise SyncError("not_found", "There is no such scope for you.")
        return grant

    def body(self) -> bytes:
        """Return the request's plain bytes."""
        raw: HttpRequest = self.request._request  # noqa: SLF001 - DRF's parsers have no part in this
        return unzipped(raw.body, self.request.headers.get("Content-Encoding", ""))

    def message(self, kind: type[M]) -> M:
        """Return the request's JSON as a message."""
        try:
            return kind.model_validate_json(self.body())
        except ValidationError as error:
            raise SyncError("bad_request", _first(error)) from error

    def answer(self, content: BaseModel | bytes, *, status: int = 200, kind: str = JSON) -> HttpResponse:
        """Return a response, compressed where the client takes it and it pays."""
        raw = content if isinstance(content, bytes) else content.model_dump_json(by_alias=True).encode()
        headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
        if len(raw) > GZIP_FROM and "gzip" in self.request.headers.get("Accept-Encoding", ""):
            raw = gzip.compress(raw, GZIP_LEVEL, mtime=0)
            headers["Content-Encoding"] = "gzip"
        return HttpResponse(
            raw, status=status, content_type=kind, headers=headers | {"Content-Length": str(len(raw))}
        )

    def number(self, name: str, default: int, top: int) -> int:
        """Return a positive whole number of the query, at most `top`."""
        text = self.request.query_params.get(name)
        if text is None:
            return min(default, top)
        if not text.isascii() or not text.isdigit() or int(text) < 1:
            raise SyncError("bad_request", f"{name} is a whole number from 1, not {text[:40]!r}.")
        return min(int(text), top)

    def version(self, name: str) -> int | None:
        """Return a version named in the query, None where it is not."""
        text = self.request.query_params.get(name)
        if text and not (text.isascii() and text.isdigit() and len(text) < LONGEST_NUMBER):
            raise SyncError("bad_request", f"{name} is a version, not {text[:40]!r}.")
        return int(text) if text else None

    def told(self) -> Told | None:
        """Return VER.TOKEN of the query."""
        text = self.request.query_params.get("told")
        if not text:
            return None
        version, _, token = text.partition(".")
        if not version.isascii() or not version.isdigit() or not token:
            raise SyncError("bad_request", f"told is VERSION.TOKEN, not {text[:80]!r}.")
        return Told(version=int(version), token=token)

    def read(self, scope: Scope, told: Told | None, action: Callable[[reading.Reading], T]) -> T:
        """Run an action over one read transaction; a history the platform has lost starts a new epoch."""
        try:
            with reading.opened(scope.pk, self.user.pk, told) as opened:
                return action(opened)
        except reading.LostHistory:
            seen = told.version if told is not None else 0
            raise other_epoch(epochs.renew(scope, lost=scope.epoch, seen=seen)) from None
        except reading.OtherEpoch:
            raise other_epoch(scope.epoch) from None
        except reading.BelowFloor:
            raise SyncError(
                "resnapshot", "Deleted rows were cleared away since. Take a new snapshot."
            ) from None
        except reading.BadPlace as error:
            raise SyncError("bad_request", str(error)) from None


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


def _as_sync_error(error: Exception) -> SyncError:
    match error:
        case SyncError():
            return error
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return SyncError("auth", str(error.detail))
        case exceptions.PermissionDenied():
            return SyncError("forbidden", str(error.detail))
        case exceptions.MethodNotAllowed():
            return SyncError("method", str(error.detail))
        case exceptions.APIException():
            return SyncError("bad_request", str(error.detail))
        case RequestDataTooBig():
            limit = Limits().part_bytes
            return SyncError(
                "too_large",
                f"A request may have {limit:,} bytes compressed. Send less at once.",
                part_bytes=limit,
            )
        case OperationalError():
            return SyncError("busy", "The platform is busy. Try again in a moment.")
        case _:
            return SyncError("internal", "The platform failed to answer. It is logged there.")


class HelloView(SyncView):
    """POST hello."""

    def post(self, request: Request) -> HttpResponse:  # noqa: ARG002
        """Say where the replica stands, hear what it may see."""
        return self.answer(hello(self.user, self.message(HelloRequest)))


class PushView(SyncView):
    """POST scopes/{id}/push."""

    def post(self, request: Request, scope: str) -> HttpResponse:
        """Take mutations in order; with ?dry_run=1 only say what would become of them."""
        header, mutations = parse_push(self.body())
        if request.headers.get("X-Replica", header.replica_id) != header.replica_id:
            raise SyncError("bad_request", "X-Replica and the push's header name different replicas.")
        if request.query_params.get("dry_run") == "1":
            return self.answer(try_push(self.user, scope, header, mutations))
        device = request.auth.uid if isinstance(request.auth, Device) else ""
        return self.answer(push(self.user, scope, header, mutations, device=device))


class PullView(SyncView):
    """GET scopes/{id}/pull."""

    def get(self, request: Request, scope: str) -> HttpResponse:
        """Give the page after a cursor."""
        grant = self.grant(scope)
        limit = self.number("limit", Limits().page_rows, Limits().snapshot_rows)

        def page(opened: reading.Reading) -> bytes:
            return reading.pull(opened, reading.parse_cursor(request.query_params.get("cursor", "")), limit)

        return self.answer(self.read(grant.scope, self.told(), page), kind=NDJSON)


class SnapshotView(SyncView):
    """GET scopes/{id}/snapshot."""

    def get(self, request: Request, scope: str) -> HttpResponse:
        """Give live rows after a place, as of the version the snapshot was begun at; on request what was deleted of late, too."""
        grant = self.grant(scope)
        top = Limits().snapshot_rows
        limit = self.number("limit", top, top)
        at, deleted_after = self.version("at"), self.version("deleted_after")

        def page(opened: reading.Reading) -> bytes:
            return reading.snapshot(opened, request.query_params.get("after", ""), at, limit, deleted_after)

        content = self.read(grant.scope, self.told(), page)
        if at is None:
            self.keep_from_purging(grant.scope, content)
        return self.answer(content, kind=NDJSON)


class DigestView(SyncView):
    """GET scopes/{id}/digest."""

    def get(self, request: Request, scope: str) -> HttpResponse:  # noqa: ARG002
        """Give the buckets of every entity, with epoch and version they hold for."""

        def reply(opened: reading.Reading) -> DigestReply:
            return DigestReply(
                epoch=opened.scope.epoch, version=opened.scope.version, entities=reading.digest(opened)
            )

        return self.answer(self.read(self.grant(scope).scope, self.told(), reply))


class KnownView(SyncView):
    """POST scopes/{id}/ops/known."""

    def post(self, request: Request, scope: str) -> HttpResponse:  # noqa: ARG002
        """Say which operations the platform has, with their verdicts."""
        asked = self.message(KnownRequest)

        def reply(opened: reading.Reading) -> KnownReply:
            rows = MutationResult.objects.using(opened.using).filter(
                scope_id=opened.scope.pk, op_id__in=asked.op_ids
            )
            known = {row.op_id: stored_result(row) for row in rows}
            made = dict(zip(asked.op_ids, asked.made, strict=False))
            lacking = [op for op in asked.op_ids if op not in known]
            too_old = [op for op in lacking if is_too_old(opened.scope, made.get(op))]
            return KnownReply(
                epoch=opened.scope.epoch,
                version=opened.scope.version,
                token=opened.scope.token,
                known=list(known.values()),
                unknown=[op for op in lacking if op not in set(too_old)],
                too_old=too_old,
            )

        return self.answer(self.read(self.grant(scope).scope, asked.told, reply))


@csrf_exempt
def nowhere(request: HttpRequest, rest: str = "") -> HttpResponse:  # noqa: ARG001
    """Answer an address the extension does not have, in its own shape."""
    reply = ErrorReply(code="not_found", message="The sync extension has no such address.")
    return HttpResponse(
        reply.model_dump_json(), status=404, content_type=JSON, headers={"Cache-Control": "no-store"}
    )
