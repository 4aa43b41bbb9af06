"""The ground of every REST view: sign-in, JSON only, the envelope, errors in one shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, NotFound, Throttled
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import APISettings, api_settings
from rest_framework.views import APIView

from planner_server.accounts.models import User
from planner_server.accounts.permissions import PlanInForce
from planner_server.accounts.visibility import log_bypass
from planner_server.api import keys, throttling
from planner_server.api.authentication import DeviceJWTAuthentication, SiteKeyAuthentication
from planner_server.api.envelope import AlwaysJson, EnvelopeRenderer
from planner_server.api.errors import exception_handler
from planner_server.api.parsing import StrictJSONParser
from planner_server.api.throttling import Reading

READING = frozenset({"GET", "HEAD", "OPTIONS"})


class MayWrite(BasePermission):
    """Everybody signed in reads; a viewer writes nothing."""

    message = (
        "Your role may look but not change anything. Ask an owner or admin of the account for another role."
    )

    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002 - the framework passes it
        """Whether the request may go on."""
        return request.method in READING or (isinstance(request.user, User) and request.user.may_write)


class Enveloped(APIView):
    """Mixin and base: a view under /api/v1/. It states its classes itself, whatever the project's defaults are."""

    authentication_classes: Sequence[type[BaseAuthentication]] = (
        SiteKeyAuthentication,
        DeviceJWTAuthentication,
    )
    permission_classes: Sequence[type[BasePermission]] = (IsAuthenticated, PlanInForce, MayWrite)
    parser_classes = (StrictJSONParser,)
    renderer_classes = (EnvelopeRenderer,)
    content_negotiation_class = AlwaysJson
    throttle_classes = ()
    settings: APISettings = api_settings

    throttle_scope: str | None = None
    """One of throttling.LIMITS; None: what the path says."""
    takes_keys = True
    """Whether a POST with an Idempotency-Key is answered once. Not where the answer holds a secret: it would be kept."""
    reading: Reading | None = None

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        """Return the handler of this API's errors."""
        return exception_handler

    def get_authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401, also where no token is asked for: a wrong password is 401, not 403."""
        return DeviceJWTAuthentication().authenticate_header(request)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check who asks and how often, and write down when a role goes beyond its grants."""
        self._count(request)
        super().initial(request, *args, **kwargs)
        if isinstance(request.user, User):
            log_bypass(request.user, method=str(request.method), path=request.path)
        if self.keeps_answer(request):
            keys.arrange(self, request)

    def keeps_answer(self, request: Request) -> bool:  # noqa: ARG002 - for views where it depends on the body
        """Return whether the answer may be kept under the request's key. Asked when it is known who asks, and that he may."""
        return self.takes_keys

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Say in each answer how many requests are left."""
        for name, value in (self.reading.headers() if self.reading else {}).items():
            response.headers[name] = value
        return super().finalize_response(request, response, *args, **kwargs)

    def _count(self, request: Request) -> None:
        # Before anything else is looked at, so that guessing tokens is counted, too: under the address it comes from.
        refusal: APIException | None = None
        try:
            who = f"u{request.user.pk}" if isinstance(request.user, User) else ""
        except APIException as error:
            who, refusal = "", error
        scope = self.throttle_scope or throttling.scope_of(request.path)
        self.reading = throttling.take(scope, who or str(request.META.get("REMOTE_ADDR", "")))
        if self.reading is not None and self.reading.is_over:
            raise Throttled(wait=self.reading.wait)
        if refusal is not None:
            raise refusal

    @property
    def user(self) -> User:
        """Return who is signed in."""
        assert isinstance(self.request.user, User)
        return self.request.user


class Unknown(Enveloped):
    """Any path below /api/v1/ that nothing else serves."""

    permission_classes = (AllowAny,)
    authentication_classes = ()

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Answer 404 whatever the method."""
        self.http_method_names = [(request.method or "get").lower()]
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse before a handler is looked for."""
        super().initial(request, *args, **kwargs)
        raise NotFound(f"There is nothing at {request.path}. Paths end with a slash.")
