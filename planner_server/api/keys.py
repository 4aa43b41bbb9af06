"""Idempotency keys: a POST that may be sent again without being done again.

    first      the key is claimed in a commit of its own, so that every other worker sees it
    then       the work and its answer, in one transaction: an answer that is kept means the work stands, none that it does not
    again      the kept answer; 409 while the first is under way; 422 when the same key comes with another request

A claim whose run was ended (a crash, a power cut) can be taken over after a while. If that run lives after all, its answer finds
the claim gone and its work is rolled back.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from rest_framework import exceptions, status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from planner_server import clock
from planner_server.accounts.models import User
from planner_server.api.envelope import Kept, enveloped
from planner_server.api.models import KEY_LENGTH, KeptAnswer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
CLAIM_MS = 120_000
"""After so long a run without an answer is taken for dead. A run that lives longer only loses its work to the next one."""
KEPT_MS = 48 * 3_600_000
"""How long answers are kept at least: twice the day that is promised."""


class BadKey(exceptions.ParseError):
    """The header is no key."""

    default_detail = f"{HEADER} must be 1 to {KEY_LENGTH} printable ASCII characters without blanks."


class KeyRunning(exceptions.APIException):
    """The first request with this key has no answer yet."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = (
        "The first request with this Idempotency-Key is still being carried out. Ask again in a moment."
    )
    own_code = "key_running"
    wait = 1


class KeyReused(exceptions.APIException):
    """The key belongs to another request."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = "This Idempotency-Key came with another request before. Use a new key for each request."
    own_code = "key_reused"


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do the work of a key."""

    row: int
    token: str

    def keep(self, status_code: int, body: str) -> None:
        """Keep the answer. Raises KeyRunning when the claim was taken over meanwhile; the caller's transaction must then go back."""
        mine = KeptAnswer.objects.filter(pk=self.row, claim=self.token, status=None)
        if not mine.update(status=status_code, body=body):
            raise KeyRunning

    def release(self) -> None:
        """Let the key go: nothing was done under it."""
        KeptAnswer.objects.filter(pk=self.row, claim=self.token, status=None).delete()


def arrange(view: APIView, request: Request) -> None:
    """Put the key's protection round the handler of a request that came with one."""
    key, user = request.headers.get(HEADER), request.user
    handler: Callable[..., Response] | None = getattr(view, "post", None)
    if key is None or request.method != "POST" or not isinstance(user, User) or handler is None:
        return
    # Blanks at a header's ends are lost on its way: they would make another key.
    if not (0 < len(key) <= KEY_LENGTH and all("!" <= one <= "~" for one in key)):
        raise BadKey
    found = begin(user, request.path[:KEY_LENGTH], key, digest_of(request))
    run = partial(_carry_out, view, handler, found) if isinstance(found, Claim) else partial(_again, found)
    view.post = run  # type: ignore[attr-defined]  # where dispatch looks for it


def digest_of(request: Request) -> str:
    """Return what tells one request of a path from another: its query and body.

    Keyed with the installation's secret: a body may hold a password, which nobody who reads the table may try to guess.
    """
    plain = request._request  # noqa: SLF001 - the framework reads the body from here, too
    told = plain.META.get("QUERY_STRING", "").encode() + b"\n" + plain.body
    return hmac.new(settings.SECRET_KEY.encode(), told, "sha256").hexdigest()


def begin(user: User, path: str, key: str, sha256: str) -> Claim | KeptAnswer:
    """Return the kept answer of a key, or the claim to make it. Raises KeyRunning and KeyReused."""
    now, token = clock.now_ms(), clock.new_token()
    fresh = KeptAnswer(user=user, path=path, key=key, sha256=sha256, claim=token, claimed_at=now)
    KeptAnswer.objects.bulk_create([fresh], ignore_conflicts=True)
    row = KeptAnswer.objects.get(user=user, path=path, key=key)
    if row.claim == token:
        return Claim(row.pk, token)
    if row.sha256 != sha256:
        raise KeyReused
    if row.status is not None:
        return row
    stale = KeptAnswer.objects.filter(pk=row.pk, claim=row.claim, status=None)
    if now - row.claimed_at < CLAIM_MS or not stale.update(claim=token, claimed_at=now):
        raise KeyRunning
    return Claim(row.pk, token)


def _carry_out(
    view: APIView,
    handler: Callable[..., Response],
    claim: Claim,
    request: Request,
    *args: Any,
    **kwargs: Any,
) -> Response:
    try:
        with transaction.atomic():
            response = handler(request, *args, **kwargs)
            if response.status_code < 500 and isinstance(response, Response):
                claim.keep(response.status_code, _text(response, request))
                return response
    except Exception as error:  # noqa: BLE001 - the view's own handler makes the answer of it, as without a key
        response = view.handle_exception(error)
        # A refusal that has nothing to do with the request's sense is none to repeat for a day.
        if response.status_code in {400, 409} and not isinstance(error, KeyRunning):
            claim.keep(response.status_code, _text(response, request))
            return response
    claim.release()
    return response


def _again(kept: KeptAnswer, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG001 - stands in for a handler
    answer = Response(Kept(json.loads(kept.body)) if kept.body else None, status=kept.status)
    answer.headers[REPLAYED] = "true"
    return answer


def _text(response: Response, request: Request) -> str:
    if response.status_code == 204:
        return ""
    body = enveloped(response.data, request, message=getattr(response, "message", ""))
    body.pop("request_id")
    rendered: bytes = JSONRenderer().render(body)
    return rendered.decode()


def forget(*, dry_run: bool) -> int:
    """Clear away answers that were kept long enough; how many."""
    old = KeptAnswer.objects.filter(claimed_at__lt=clock.now_ms() - KEPT_MS)
    return old.count() if dry_run else old.delete()[0]
