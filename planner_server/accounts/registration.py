"""Making an account of one's own, where whoever runs the platform allows it."""

from __future__ import annotations

from django.db import transaction

from planner_server.accounts.models import Plan, User
from planner_server.accounts.passwords import require_good
from planner_server.accounts.services import account_create, user_create
from planner_server.refusals import refuse

_CLOSED = "This platform takes no registrations. Ask whoever runs it for an account."


@transaction.atomic
def register(
    *, email: str, password: str, name: str, account_name: str, is_open: bool, plan_slug: str
) -> User:
    """Make an account with its owner, on the plan named ("": none). Raises Refusal while registration is closed."""
    if not is_open:
        raise refuse("forbidden", _CLOSED)
    require_good(password, field="password", user=User(email=email, name=name))
    plan = None
    if plan_slug:
        plan = Plan.objects.filter(slug=plan_slug, is_active=True).first()
        if plan is None:
            raise refuse(
                "forbidden", f"{_CLOSED} (Its plan for registrations, {plan_slug}, is not in force.)"
            )
    first = email.partition("@")[0]
    account = account_create(name=account_name or name or first, plan=plan)
    return user_create(
        account=account, email=email, password=password, name=name or first, role=User.Role.OWNER
    )
