"""What surrounds the views of /api/: the request's id, and no answer that is not JSON."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponseBase

from planner_server.api.envelope import HEADER, PREFIX, plain_failure, request_id

Handler = Callable[[HttpRequest], HttpResponseBase]


class RequestIdMiddleware:
    """Gives each answer its X-Request-ID; a framework's own error page under /api/ becomes the envelope.

    It stands first in the list, so that what another middleware refuses (an unknown host, a body too large) passes through too.
    """

    def __init__(self, get_response: Handler) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = _refused_host(request) or self._next(request)
        is_page = not response.headers.get("Content-Type", "").startswith("application/json")
        if response.status_code >= 400 and is_page and request.path.startswith(PREFIX):
            response = _as_envelope(request, response.status_code)
        response.headers[HEADER] = request_id(request)
        return response


def _refused_host(request: HttpRequest) -> HttpResponseBase | None:
    # Links in lists repeat the host, so a host nobody vouches for is refused before any view.
    try:
        request.get_host()
    except DisallowedHost:
        return plain_failure(request, 400, "This server does not answer under that host name.", "bad_host")
    return None


def _as_envelope(request: HttpRequest, status: int) -> HttpResponseBase:
    phrase = HTTPStatus(status).phrase
    return plain_failure(request, status, phrase, phrase.lower().replace(" ", "_"))
