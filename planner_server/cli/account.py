"""Makes an account with its owner, and a first site if asked."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from planner_server.accounts.models import SECTORS_A_SITE, Site, User
from planner_server.accounts.services import account_create, site_create, user_create
from planner_server.cli.console import RULE, USAGE, Failure
from planner_server.feed.gate import Actor
from planner_server.library.models import Industry, IndustrySector


def create_account(
    *,
    email: str,
    name: str,
    password: str,
    person: str,
    site: str | None,
    industry: str | None,
    sectors: str | None,
) -> dict[str, Any]:
    """Make everything or nothing and return it as the JSON document."""
    try:
        validate_password(password)
    except ValidationError as error:
        raise Failure("password", " ".join(error.messages), "Choose another password.", RULE) from error
    if site is None and (industry or sectors):
        raise Failure("usage", "--industry and --sectors describe a site.", "Name it: --site NAME.", USAGE)
    branch = None if industry is None else _industry(industry)
    chosen = [] if branch is None else _sectors(branch, sectors)
    with transaction.atomic():
        account = account_create(name=name)
        owner = user_create(
            account=account,
            email=email,
            password=password,
            name=person or email.partition("@")[0],
            role=User.Role.OWNER,
        )
        made: Site | None = None
        if site is not None:
            made = site_create(
                account=account, actor=Actor("user", owner.uid), name=site, industry=branch, sectors=chosen
            )
    return {
        "account": {"id": account.uid, "name": account.name, "slug": account.slug},
        "user": {"id": owner.uid, "email": owner.email, "role": owner.role},
        "site": None if made is None else shown_site(made),
    }


def set_staff(*, email: str, is_staff: bool) -> dict[str, Any]:
    """Give somebody the staff pages or take them away, and return it as the JSON document. Raises Failure for an unknown address."""
    user = User.objects.filter(email=email.strip().casefold()).first()
    if user is None:
        raise Failure(
            "user", f"Nobody signs in with {email}.", "Make an account first: planner-server create-account."
        )
    User.objects.filter(pk=user.pk).update(is_staff=is_staff)
    return {"id": user.uid, "email": user.email, "is_staff": is_staff}


def shown_site(site: Site) -> dict[str, Any]:
    """Return a site with its sectors as --json documents show it."""
    sectors = site.sectors.filter(deleted_at=None, is_active=True).order_by("id")
    return {
        "id": site.uid,
        "name": site.name,
        "slug": site.slug,
        "sectors": [{"id": one.uid, "name": one.name, "slug": one.slug} for one in sectors],
    }


def _industry(text: str) -> Industry:
    found = Industry.objects.filter(slug=text).first() or Industry.objects.filter(name__iexact=text).first()
    if found is None:
        known = ", ".join(Industry.objects.order_by("slug").values_list("slug", flat=True)) or "none yet"
        raise Failure(
            "industry",
            f"The library has no industry {text!r}. It has: {known}.",
            "Choose one, or load a library first.",
        )
    return found


def _sectors(industry: Industry, text: str | None) -> list[IndustrySector]:
    known = list(industry.sectors.filter(is_active=True).order_by("id"))
    listed = ", ".join(one.slug for one in known) or "none yet"
    if text is None:
        if len(known) > SECTORS_A_SITE:
            raise Failure(
                "sectors",
                f"{industry.name} has more than {SECTORS_A_SITE} sectors: {listed}.",
                "Choose with --sectors A,B.",
            )
        return known
    by_name = {**{one.name.lower(): one for one in known}, **{one.slug: one for one in known}}
    wanted = [part.strip().lower() for part in text.split(",") if part.strip()]
    missing = [part for part in wanted if part not in by_name]
    if missing:
        raise Failure(
            "sectors",
            f"{industry.name} has no sector {', '.join(missing)}. It has: {listed}.",
            "Choose from them: --sectors A,B.",
        )
    return [by_name[part] for part in wanted]
