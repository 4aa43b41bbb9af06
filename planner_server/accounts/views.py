"""auth/: signing in and out."""

from __future__ import annotations

from django.contrib.auth import authenticate
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from planner_server.accounts import services
from planner_server.accounts.models import Device, User
from planner_server.accounts.permissions import SignedInPerson
from planner_server.accounts.serializers import (
    LoginBody,
    RefreshBody,
    shown_pair,
    shown_user,
)
from planner_server.accounts.tokens import SignInNeeded, may_sign_in, rotate, sign_in
from planner_server.api.envelope import Answer
from planner_server.api.views import Enveloped

WRONG = "E-mail or password is wrong."


class LoginView(Enveloped):
    """POST auth/login/."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def post(self, request: Request) -> Response:
        """Return user and tokens. The answer does not tell an unknown address from a wrong password."""
        body = LoginBody(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        user = authenticate(request._request, username=given["email"], password=given["password"])  # noqa: SLF001 - Django wants its own
        if not isinstance(user, User) or not may_sign_in(user):
            raise AuthenticationFailed(WRONG)
        device, pair = sign_in(user, device_name=given["device"], app=given["app"])
        return Answer(
            {"user": shown_user(user), "device": device.uid, **shown_pair(pair)}, message="Signed in"
        )


class RefreshView(Enveloped):
    """POST auth/refresh/ and auth/token/refresh/."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def post(self, request: Request) -> Response:
        """Return a new pair; the refresh token sent is spent."""
        body = RefreshBody(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            pair = rotate(body.validated_data["refresh"])
        except SignInNeeded as error:
            raise AuthenticationFailed(
                "The refresh token is spent, expired or revoked. Sign in again."
            ) from error
        return Answer(shown_pair(pair))


class LogoutView(Enveloped):
    """POST auth/logout/."""

    permission_classes = (IsAuthenticated, SignedInPerson)

    def post(self, request: Request) -> Response:
        """End this device's tokens, the access token of this very request included."""
        assert isinstance(request.auth, Device)
        services.device_revoke(device=request.auth)
        return Answer({}, message="Signed out")
