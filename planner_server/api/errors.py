"""Errors of /api/v1/: one handler turns whatever a view raises into the envelope, with a status a client can act on."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, OperationalError
from django.db.models import ProtectedError, RestrictedError
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from planner_core.decision import Refused
from planner_server.api.envelope import failure, request_id
from planner_server.refusals import Refusal

log = logging.getLogger("planner.api")

CHALLENGE = 'Bearer realm="api"'
VALIDATION = "Validation failed"
STATUS_OF = {
    # Somebody was first: reading again and merging is the way out.
    **dict.fromkeys(("duplicate_name", "duplicate", "taken"), 409),
    # The row went between reading and writing.
    **dict.fromkeys(("unknown_row", "deleted_row"), 404),
    # The asker's role, or the platform's settings, do not allow it.
    "forbidden": 403,
    # Something else has to be done first.
    "last_owner": 409,
}
"""Refusals that are not simply 400."""

_CODES = {
    400: "bad_request",
    401: "not_authenticated",
    403: "permission_denied",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    429: "throttled",
    503: "busy",
}
_FIELDS = {"seed": "seed_keyword_id", "sector": "sector_id", "site": "site_id", "title": "idea_title"}
"""The rules' names of fields -> those of REST, where they differ everywhere; a view renames its own (`cluster`)."""


class Busy(exceptions.APIException):
    """The database did not answer in time; trying again helps."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "The platform is busy. Try again in a moment."
    default_code = "busy"


class Clash(exceptions.APIException):
    """What is asked collides with what is already there."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "This collides with a row that is already there. Read it again."
    default_code = "conflict"


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response:
    """Return the answer for an exception of a view. Faults of ours are logged with the request's id and shown without detail."""
    set_rollback()
    if isinstance(error, Refusal):
        return refused(error.refused)
    known = _as_api_exception(error)
    if known is None:
        request = context.get("request")
        log.error("request %s failed", request_id(request) if request is not None else "-", exc_info=error)
        return _respond(
            500, failure("The platform failed to answer. It is logged with this request id.", code="internal")
        )
    response = _respond(known.status_code, _body(known))
    if isinstance(known, (exceptions.NotAuthenticated, exceptions.AuthenticationFailed)):
        response.headers["WWW-Authenticate"] = getattr(known, "auth_header", CHALLENGE)
    wait = getattr(known, "wait", None) or (1 if isinstance(known, Busy) else None)
    if wait:
        response.headers["Retry-After"] = str(int(wait))
    return response


def refused(reasons: Sequence[Refused]) -> Response:
    """Return the answer to a request that rules refused as a whole."""
    errors: dict[str, list[str]] = {}
    for one in reasons:
        sentences = errors.setdefault(_FIELDS.get(one.field, one.field) or "non_field_errors", [])
        if one.message not in sentences:
            sentences.append(one.message)
    first = reasons[0]
    return _respond(STATUS_OF.get(first.code, 400), failure(first.message, code=first.code, errors=errors))


def _respond(status_code: int, body: dict[str, Any]) -> Response:
    response = Response(body, status=status_code)
    response.exception = True
    return response


def _as_api_exception(error: Exception) -> exceptions.APIException | None:
    if isinstance(error, exceptions.APIException):
        return error
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, (ProtectedError, RestrictedError)):
        return Clash("Other rows still refer to this one. Delete or move them first.")
    if isinstance(error, IntegrityError):
        return Clash()
    if isinstance(error, OperationalError):
        return Busy()
    return None


def _body(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        return failure(VALIDATION, code="invalid", errors=_by_field(error.detail))
    code = getattr(error, "own_code", "") or _CODES.get(error.status_code, error.default_code)
    return failure(str(error.detail), code=code)


def _by_field(detail: Any) -> dict[str, Any]:
    if isinstance(detail, Mapping):
        return dict(detail)
    return {"non_field_errors": detail if isinstance(detail, list) else [detail]}
