"""Who is asking: a bearer token whose device and user are looked up on each request, so that a sign-out works at once."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken

from planner_server.accounts.models import Device, User
from planner_server.accounts.tokens import SignInNeeded, device_of
from planner_server.api.errors import CHALLENGE

SCHEME = "Bearer"


class DeviceJWTAuthentication(BaseAuthentication):
    """Sets `request.user` (with its account) and, as `request.auth`, the Device the token was given to.

    A header that is no bearer token leaves the request anonymous; a token that is not valid any more is refused with 401.
    """

    def authenticate(self, request: Request) -> tuple[User, Device] | None:
        """Return user and device, or None without a token."""
        scheme, _, raw = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME.lower() or not raw.strip():
            return None
        try:
            device = device_of(AccessToken(raw.strip()))  # type: ignore[arg-type]  # as in accounts.tokens
        except (TokenError, SignInNeeded) as error:
            raise AuthenticationFailed(
                "The sign-in is not valid any more. Refresh it, or sign in again."
            ) from error
        return device.user, device

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - the framework passes it
        """Return the challenge of a 401."""
        return CHALLENGE
