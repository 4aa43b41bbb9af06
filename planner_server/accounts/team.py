"""What may be done to the people of an account, and by whom. Nobody lifts himself, and an account keeps an owner who can sign in."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import QuerySet

from planner_server import clock
from planner_server.accounts.models import Account, Device, Site, SiteAccess, User
from planner_server.accounts.services import require_room_for_user, user_create
from planner_server.accounts.visibility import visible_sites
from planner_server.refusals import refuse

Role = User.Role
_BELOW_OWNER = (Role.ADMIN, Role.EDITOR, Role.VIEWER)
GIVES: dict[str, tuple[str, ...]] = {
    Role.DEVELOPER: (Role.OWNER, *_BELOW_OWNER),
    Role.OWNER: (Role.OWNER, *_BELOW_OWNER),
    Role.ADMIN: _BELOW_OWNER,
}
"""Role -> the roles it gives, and whose people it looks after. Developers and the bot are made by the platform's staff only."""


def team(user: User) -> QuerySet[User]:
    """Return the people a manager sees: those of his account; of every account for a developer."""
    people = User.objects.exclude(role=Role.SYSTEM_BOT).select_related("account")
    return people if user.role == Role.DEVELOPER else people.filter(account_id=user.account_id)


def accounts_of(user: User) -> QuerySet[Account]:
    """Return the accounts a user sees: his own; every one for a developer."""
    accounts = Account.objects.select_related("plan")
    return accounts if user.role == Role.DEVELOPER else accounts.filter(pk=user.account_id)


def grants_of(user: User) -> QuerySet[SiteAccess]:
    """Return the grants a manager sees: for live sites of his account; of every account for a developer."""
    grants = SiteAccess.objects.filter(site__deleted_at=None).select_related("user", "site")
    return grants if user.role == Role.DEVELOPER else grants.filter(site__account_id=user.account_id)


def grantable_sites(user: User, person: User) -> QuerySet[Site]:
    """Return the sites a manager can give to a person: live ones of the person's account that he sees himself."""
    return visible_sites(user).filter(account_id=person.account_id)


@transaction.atomic
def member_create(*, by: User, email: str, name: str, role: str, password: str | None) -> User:
    """Make a person of the manager's own account. Without a password he sets one with a token (passwords.reset_token)."""
    _require_gives(by, role)
    return user_create(account=by.account, email=email, password=password, name=name, role=role)


@transaction.atomic
def member_update(
    *,
    by: User | None,
    user: User,
    name: str | None = None,
    role: str | None = None,
    is_active: bool | None = None,
) -> User:
    """Change a person; `by` None is the platform's staff. Switching off ends his sign-ins; switching on takes a place of the plan."""
    account = Account.objects.select_for_update().get(pk=user.account_id)
    held = User.objects.select_related("account").get(pk=user.pk)
    is_moved = role is not None and role != held.role
    is_switched = is_active is not None and is_active != held.is_active
    if by is not None:
        # Read again under the lock: his own role may have been taken from him meanwhile.
        now = User.objects.get(pk=by.pk)
        _require_may(now, held, role if is_moved else None, is_switched=is_switched)
    if held.role == Role.OWNER and ((is_moved and role != Role.OWNER) or (is_switched and not is_active)):
        _require_other_owner(account, held)
    if is_switched and is_active:
        require_room_for_user(account)
    held.name = held.name if name is None else name.strip()
    held.role = held.role if role is None else role
    held.is_active = held.is_active if is_active is None else is_active
    held.save(update_fields=["name", "role", "is_active"])
    if is_switched and not is_active:
        sign_out_everywhere(held)
    return held


def _require_may(by: User, user: User, role: str | None, *, is_switched: bool) -> None:
    if by.pk != user.pk:
        require_looks_after(by, user)
    elif role is not None or is_switched:
        raise refuse(
            "forbidden",
            "Nobody changes his own role or switches himself off. Ask another owner or admin.",
            "role" if role is not None else "is_active",
        )
    if role is not None:
        _require_gives(by, role)


def require_looks_after(by: User, user: User) -> None:
    """Refuse where somebody of this role is not the manager's to look after. Raises Refusal."""
    if user.role not in GIVES.get(by.role, ()):
        raise refuse("forbidden", f"An {by.role} does not look after a person who is {user.role}.")


def sign_out_everywhere(user: User, *, but: Device | None = None) -> int:
    """End every sign-in of a person, except on the device named; how many there were."""
    live = Device.objects.filter(user=user, revoked_at__isnull=True)
    others = live if but is None else live.exclude(pk=but.pk)
    return others.update(revoked_at=clock.now_ms())


def password_set(user: User, password: str) -> None:
    """Store a new password; a wish for one is fulfilled."""
    User.objects.filter(pk=user.pk).update(password=make_password(password), reset_asked_at=None)


def _require_gives(by: User, role: str) -> None:
    if role not in GIVES.get(by.role, ()):
        listed = ", ".join(GIVES.get(by.role, ())) or "none"
        raise refuse(
            "forbidden", f"An {by.role} cannot make somebody {role}. Roles he gives: {listed}.", "role"
        )


def _require_other_owner(account: Account, user: User) -> None:
    owners = account.users.filter(role=Role.OWNER, is_active=True).exclude(pk=user.pk)
    if user.is_active and not owners.exists():
        raise refuse("last_owner", "The account needs an owner. Make somebody else one first.", "role")
