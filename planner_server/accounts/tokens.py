"""Sign-in tokens: a short access token and a refresh token that is used once, both tied to a device row.

Signing out or revoking a device ends its access tokens with the next request, which bare JWTs could not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken, Token

from planner_server import clock
from planner_server.accounts.models import Device, User
from planner_server.accounts.services import device_create

DEVICE_CLAIM = "device"
ACCOUNT_CLAIM = "account_id"
USER_CLAIM = "user_id"


class SignInNeeded(Exception):
    """The token cannot be used any more; only signing in helps."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What a sign-in or a refresh hands out."""

    access: str
    refresh: str
    access_expires_at: datetime
    refresh_expires_at: datetime


def may_sign_in(user: User) -> bool:
    """Whether a person of a live account stands behind the row; the platform's own bot never signs in."""
    return user.is_active and user.account.is_active and user.role != User.Role.SYSTEM_BOT


def sign_in(user: User, *, device_name: str = "", app: str = "") -> tuple[Device, Pair]:
    """Register the device and return it with its first tokens."""
    with transaction.atomic():
        # A spent refresh token is remembered until it would have run out anyway.
        OutstandingToken.objects.filter(user=user, expires_at__lt=clock.now()).delete()
        device = device_create(user=user, name=device_name, app=app)
    refresh = RefreshToken()
    refresh[USER_CLAIM] = str(user.pk)
    refresh[ACCOUNT_CLAIM] = user.account_id
    refresh[DEVICE_CLAIM] = device.uid
    return device, _pair(refresh)


def rotate(raw: str) -> Pair:
    """Return a new pair for a refresh token and end that token. Raises SignInNeeded when it is spent, expired or revoked."""
    try:
        token = RefreshToken(raw)  # type: ignore[arg-type]  # the stubs ask for a Token, the library for its text
        with transaction.atomic():
            device = device_of(token)
            # Of two that come with the same token at the same moment only one finds it unspent.
            spent: Any = token.blacklist()  # the library's annotation forgets that it is a pair
            if not spent[1]:
                raise SignInNeeded
            Device.objects.filter(pk=device.pk).update(last_seen_at=clock.now_ms())
    except TokenError as error:
        raise SignInNeeded from error
    token.set_jti()
    token.set_iat()
    token.set_exp()
    return _pair(token)


def device_of(token: Token) -> Device:
    """Return the live device of a verified token, with user and account. Raises SignInNeeded when it may not be used any more."""
    found = (
        Device.objects.select_related("user__account").filter(uid=str(token.get(DEVICE_CLAIM, ""))).first()
    )
    if found is None or found.revoked_at is not None or not may_sign_in(found.user):
        raise SignInNeeded
    if str(token.get(USER_CLAIM)) != str(found.user_id):
        raise SignInNeeded
    return found


def _pair(refresh: RefreshToken) -> Pair:
    access = refresh.access_token
    return Pair(str(access), str(refresh), _expiry(access), _expiry(refresh))


def _expiry(token: Token) -> datetime:
    return datetime.fromtimestamp(token["exp"], UTC)
