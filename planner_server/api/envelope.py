"""The unified envelope of /api/v1/: every answer with a body is one JSON object with `success` and `request_id`."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

PREFIX = "/api/"
HEADER = "X-Request-ID"
PROBLEM = "application/problem+json"
"""Asked for by Accept, errors come in this form (RFC 9457) with the same facts."""

OUTSIDE = "-"
"""What logs show instead of a request's id outside of a request."""

CURRENT_REQUEST: ContextVar[str] = ContextVar("planner_request_id", default=OUTSIDE)
"""The id of the request this thread is answering, for every line it logs."""

_REMEMBERED = "planner_request_id"
_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Listing(dict[str, Any]):
    """One page of a list: `count`, `next`, `previous`, `results` stand beside `success`, not below `data`."""


class Failure(dict[str, Any]):
    """The body of an error: `error` for a person, `errors` by field, `code` for a program."""


class Kept(dict[str, Any]):
    """An answer that was given before, envelope included; only the request id is new."""


class Answer(Response):
    """A success with a `message` beside its data."""

    def __init__(self, data: Any = None, *, message: str = "", status: int = 200) -> None:
        super().__init__(data, status=status)
        self.message = message


def request_id(request: HttpRequest | Request) -> str:
    """Return the id of a request: the caller's own where it is a short plain token, else a new one. Stable within the request."""
    plain = request._request if isinstance(request, Request) else request  # noqa: SLF001 - the one place that unwraps it
    known = getattr(plain, _REMEMBERED, None)
    if isinstance(known, str):
        return known
    offered = plain.headers.get(HEADER, "")
    made = offered if _ACCEPTABLE_ID.fullmatch(offered) else secrets.token_hex(16)
    setattr(plain, _REMEMBERED, made)
    return made


def failure(error: str, *, code: str, errors: Mapping[str, Any] | Sequence[Any] | None = None) -> Failure:
    """Return the body of an error. `errors` maps a field to its sentences."""
    body = Failure(error=error, code=code)
    if errors:
        body["errors"] = errors
    return body


def enveloped(data: Any, request: HttpRequest | Request, *, message: str = "") -> dict[str, Any]:
    """Return the envelope around the data of an answer."""
    tail = {"request_id": request_id(request)}
    if isinstance(data, Kept):
        return {**data, **tail}
    if isinstance(data, Failure):
        return {"success": False, **data, **tail}
    head: dict[str, Any] = {"success": True}
    if message:
        head["message"] = message
    if isinstance(data, Listing):
        return {**head, **data, **tail}
    return {**head, "data": data, **tail}


def problem(body: Mapping[str, Any], request: HttpRequest | Request, status: int) -> dict[str, Any]:
    """Return an error's envelope as a problem document: title by status, `detail` for a person, and our own members beside them."""
    document: dict[str, Any] = {
        "type": f"urn:planner:error:{body['code']}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": body["error"],
        "instance": request.path,
    }
    return document | {name: body[name] for name in ("code", "errors", "request_id") if name in body}


def wants_problems(request: HttpRequest | Request) -> bool:
    """Whether a request names the problem form among what it accepts."""
    return PROBLEM in request.headers.get("Accept", "").lower()


class EnvelopeRenderer(JSONRenderer):
    """JSON in the unified envelope; an answer of 204 stays empty."""

    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the bytes of an answer."""
        context = renderer_context or {}
        response, request = context.get("response"), context.get("request")
        if request is None or (response is not None and response.status_code == 204):
            return b""
        body = enveloped(data, request, message=getattr(response, "message", ""))
        if response is not None and body["success"] is False and wants_problems(request):
            body = problem(body, request, response.status_code)
            response.headers["Content-Type"] = PROBLEM
        rendered: bytes = super().render(body, accepted_media_type, renderer_context)
        return rendered


class AlwaysJson(DefaultContentNegotiation):
    """Whoever accepts nothing that there is gets the first form there is: an answer in JSON helps more than a refusal."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Return the renderer and its media type."""
        try:
            chosen: tuple[BaseRenderer, str] = super().select_renderer(request, renderers, format_suffix)
            return chosen
        except NotAcceptable:
            return renderers[0], renderers[0].media_type


def plain_failure(request: HttpRequest, status: int, error: str, code: str) -> JsonResponse:
    """Return an error outside any view (middleware, unknown host, a fault before the view)."""
    body = enveloped(failure(error, code=code), request)
    if wants_problems(request):
        return JsonResponse(problem(body, request, status), status=status, content_type=PROBLEM)
    return JsonResponse(body, status=status)
