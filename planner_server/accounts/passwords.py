"""Changing a password, and what helps who has forgotten it.

The platform sends no mail. Who has forgotten his password says so; owners and admins of the account see it beside his name and hand
him a token, which sets a new password once.
"""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import transaction

from planner_server import clock
from planner_server.accounts.models import Device, User
from planner_server.accounts.team import password_set, require_looks_after, sign_out_everywhere
from planner_server.accounts.tokens import may_sign_in
from planner_server.refusals import refuse

_SPENT = "The token is spent, too old or damaged. Ask an owner or admin of the account for another."


def require_good(password: str, *, field: str, user: User | None = None) -> None:
    """Refuse a password that the platform's validators do not take. Raises Refusal."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise refuse("invalid", " ".join(error.messages), field) from error


@transaction.atomic
def password_change(*, user: User, device: Device, old: str, new: str) -> int:
    """Set a new password and end the sign-ins on other devices; how many those were."""
    held = User.objects.select_for_update().get(pk=user.pk)
    if not held.check_password(old):
        raise refuse("wrong_password", "This is not the present password.", "old_password")
    require_good(new, field="new_password", user=held)
    if new == old:
        raise refuse("invalid", "The new password is the old one.", "new_password")
    password_set(held, new)
    return sign_out_everywhere(held, but=device)


def reset_ask(*, email: str) -> None:
    """Note that somebody has forgotten his password. Nothing tells whether there is such a person."""
    User.objects.filter(email=email.strip().casefold(), is_active=True, account__is_active=True).update(
        reset_asked_at=clock.now_ms()
    )


def reset_token(*, by: User | None, user: User) -> str:
    """Return a token with which a person sets a new password: once, within PASSWORD_RESET_TIMEOUT. `by` None: the staff."""
    if by is not None:
        if by.pk == user.pk:
            raise refuse("forbidden", "Change your own password with the present one.")
        require_looks_after(by, user)
    if not may_sign_in(user):
        raise refuse("inactive", "Who is switched off cannot sign in. Switch him on first.", "is_active")
    return f"{user.uid}-{default_token_generator.make_token(user)}"


@transaction.atomic
def password_reset(*, token: str, new: str) -> None:
    """Set a new password by a token and end every sign-in."""
    uid, _, secret = token.partition("-")
    held = User.objects.select_for_update(of=("self",)).select_related("account").filter(uid=uid).first()
    if held is None or not may_sign_in(held) or not default_token_generator.check_token(held, secret):
        raise refuse("bad_token", _SPENT, "token")
    require_good(new, field="new_password", user=held)
    password_set(held, new)
    sign_out_everywhere(held)
