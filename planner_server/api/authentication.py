"""Who is asking: a bearer token whose device and user are looked up on each request, so that a sign-out works at once."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken

from planner_server.accounts import site_keys
from planner_server.accounts.models import Device, SiteKey, User
from planner_server.accounts.tokens import SignInNeeded, device_of
from planner_server.api.errors import CHALLENGE

SCHEME = "Bearer"
KEY_SCHEME = "ApiKey"


class SiteKeyAuthentication(BaseAuthentication):
    """Sets `request.user` (kept to one site) and, as `request.auth`, the SiteKey that was sent: `ApiKey KEY`, or `Bearer KEY`.

    Anything that does not look like a key of a site is left to the classes behind.
    """

    def authenticate(self, request: Request) -> tuple[User, SiteKey] | None:
        """Return whom the key stands for, or None without a key."""
        scheme, _, raw = request.headers.get("Authorization", "").partition(" ")
        key, name = raw.strip(), scheme.lower()
        is_key = name == KEY_SCHEME.lower() or (name == SCHEME.lower() and key.startswith(site_keys.PREFIX))
        if not is_key:
            return None
        found = site_keys.key_of(key)
        if found is None:
            raise AuthenticationFailed("The site's API key is not valid (any more).")
        return found

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - the framework passes it
        """Return the challenge of a 401."""
        return CHALLENGE


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
