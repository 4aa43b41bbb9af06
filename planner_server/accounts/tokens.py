"""Sign-in tokens: a short access token and a refresh token that is used once, both tied to a device row.

Signing out or revoking a device ends its access tokens with the next request, which bare JWTs could not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken, Token

from planner_server import clock
from planner_server.accounts.models import Account, Device, User
from planner_server.accounts.services import device_create
from planner_server.feed import sql

M = TypeVar("M", bound=Model)

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
    found = _device(str(token.get(DEVICE_CLAIM, "")))
    if found is None or found.revoked_at is not None or not may_sign_in(found.user):
        raise SignInNeeded
    if str(token.get(USER_CLAIM)) != str(found.user_id):
        raise SignInNeeded
    return found


def _device(uid: str) -> Device | None:
    """Return a device with user and account, from one statement.

    Each signed-in request asks this, and by the ORM the making of the same query each time costs more than running it. What no
    request needs (the password, the last sign-in) is left out and would be fetched by itself.
    """
    rows = sql.rows(_DEVICE, [uid])
    if not rows:
        return None
    one, two = len(_DEVICE_FIELDS), len(_DEVICE_FIELDS) + len(_USER_FIELDS)
    device = _made(Device, _DEVICE_FIELDS, rows[0][:one])
    device.user = _made(User, _USER_FIELDS, rows[0][one:two])
    device.user.account = _made(Account, _ACCOUNT_FIELDS, rows[0][two:])
    return device


def _fields(model: type[Model], *left_out: str) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if field.name not in left_out]  # noqa: SLF001 - the documented way to a model's fields


def _made(model: type[M], names: list[str], values: Sequence[Any]) -> M:
    """Return a row as an object. SQLite has numbers for truth values."""
    plain = [
        bool(value) if name.startswith("is_") else value for name, value in zip(names, values, strict=True)
    ]
    return model.from_db("default", names, plain)


_DEVICE_FIELDS, _USER_FIELDS = _fields(Device), _fields(User, "password", "last_login")
_ACCOUNT_FIELDS = _fields(Account)
_SELECTED = ", ".join(
    f"{letter}.{name}"
    for letter, names in (("d", _DEVICE_FIELDS), ("u", _USER_FIELDS), ("a", _ACCOUNT_FIELDS))
    for name in names
)
_DEVICE = (
    f"SELECT {_SELECTED} FROM accounts_device d JOIN accounts_user u ON u.id = d.user_id"
    " JOIN accounts_account a ON a.id = u.account_id WHERE d.uid = %s"
)


def _pair(refresh: RefreshToken) -> Pair:
    access = refresh.access_token
    return Pair(str(access), str(refresh), _expiry(access), _expiry(refresh))


def _expiry(token: Token) -> datetime:
    return datetime.fromtimestamp(token["exp"], UTC)
