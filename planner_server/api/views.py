"""The ground of every REST view: sign-in, JSON only, the envelope, errors in one shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotFound
from rest_framework.parsers import JSONParser
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import APISettings, api_settings
from rest_framework.views import APIView

from planner_server.accounts.models import User
from planner_server.accounts.visibility import log_bypass
from planner_server.api.authentication import DeviceJWTAuthentication
from planner_server.api.envelope import EnvelopeRenderer
from planner_server.api.errors import exception_handler

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

    authentication_classes: Sequence[type[BaseAuthentication]] = (DeviceJWTAuthentication,)
    permission_classes: Sequence[type[BasePermission]] = (IsAuthenticated, MayWrite)
    parser_classes = (JSONParser,)
    renderer_classes = (EnvelopeRenderer,)
    throttle_classes = ()
    settings: APISettings = api_settings

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        """Return the handler of this API's errors."""
        return exception_handler

    def get_authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401, also where no token is asked for: a wrong password is 401, not 403."""
        return DeviceJWTAuthentication().authenticate_header(request)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check who asks, and write down when a role goes beyond its grants."""
        super().initial(request, *args, **kwargs)
        if isinstance(request.user, User):
            log_bypass(request.user, method=str(request.method), path=request.path)

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
