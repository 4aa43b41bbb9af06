"""What surrounds the views of /api/: the request's id, in answers and logs, and no answer that is not JSON."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponseBase

from planner_server import clock
from planner_server.api.envelope import (
    CURRENT_REQUEST,
    HEADER,
    OUTSIDE,
    PREFIX,
    plain_failure,
    request_id,
)

log = logging.getLogger("planner.request")

Handler = Callable[[HttpRequest], HttpResponseBase]


class RequestIdMiddleware:
    """Gives each answer its X-Request-ID; a framework's own error page under /api/ becomes the envelope.

    It stands first in the list, so that what another middleware refuses (an unknown host, a body too large) passes through too.
    """

    def __init__(self, get_response: Handler) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        name = request_id(request)
        mark = CURRENT_REQUEST.set(name)
        started = clock.monotonic()
        try:
            response = _refused_host(request) or _too_large(request) or self._next(request)
            if response.status_code >= 400 and request.path.startswith(PREFIX) and not _is_json(response):
                response = _as_envelope(request, response.status_code)
            response.headers[HEADER] = name
            took = round((clock.monotonic() - started) * 1000)
            level = logging.INFO if request.path.startswith(PREFIX) else logging.DEBUG
            log.log(level, "%s %s: %d in %d ms", request.method, request.path, response.status_code, took)
            return response
        finally:
            CURRENT_REQUEST.reset(mark)


class RequestIdFilter(logging.Filter):
    """Gives each log record `request_id`, "-" outside of a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record."""
        name = CURRENT_REQUEST.get()
        asked = getattr(record, "request", None)
        if name == OUTSIDE and isinstance(asked, HttpRequest):
            # Django speaks of a refused request ("Bad Request: /...") after the last middleware has let go of it.
            name = request_id(asked)
        record.request_id = name
        return True


def _is_json(response: HttpResponseBase) -> bool:
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    return kind == "application/json" or kind.endswith("+json")


def _refused_host(request: HttpRequest) -> HttpResponseBase | None:
    # Links in lists repeat the host, so a host nobody vouches for is refused before any view.
    try:
        request.get_host()
    except DisallowedHost:
        return plain_failure(request, 400, "This server does not answer under that host name.", "bad_host")
    return None


def _too_large(request: HttpRequest) -> HttpResponseBase | None:
    if not request.path.startswith(PREFIX):
        return None
    length = request.META.get("CONTENT_LENGTH") or "0"
    limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if not length.isdecimal() or int(length) <= limit:
        return None
    return plain_failure(
        request,
        413,
        f"The body has more than the {limit:,} bytes that are taken. Send less at a time.",
        "too_large",
    )


def _as_envelope(request: HttpRequest, status: int) -> HttpResponseBase:
    phrase = HTTPStatus(status).phrase
    return plain_failure(request, status, phrase, phrase.lower().replace(" ", "_"))
