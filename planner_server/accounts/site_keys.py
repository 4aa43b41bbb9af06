"""The API key of a site: for a program that works on one site without anybody signing in.

Who holds it acts as the account's first owner (or, without one, its first admin), on that one site and in planning only: accounts,
people, devices and the sync extension need a sign-in.
"""

from __future__ import annotations

import hashlib
import secrets

from django.db import transaction

from planner_server import clock
from planner_server.accounts.models import Site, SiteKey, User
from planner_server.accounts.tokens import may_sign_in

PREFIX = "site_"
_RANK = {User.Role.OWNER: 0, User.Role.DEVELOPER: 1, User.Role.ADMIN: 2}


def key_make(*, site: Site) -> str:
    """Return a new key of the site; the former one ends. Only its digest is kept."""
    key = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        SiteKey.objects.filter(site=site).delete()
        SiteKey.objects.create(site=site, digest=_digest(key), created_at=clock.now_ms())
    return key


def key_delete(*, site: Site) -> None:
    """End the site's key, if it has one."""
    SiteKey.objects.filter(site=site).delete()


def key_of(key: str) -> tuple[User, SiteKey] | None:
    """Return who a key stands for, kept to its site; None for a key that is none (any more)."""
    found = (
        SiteKey.objects.select_related("site")
        .filter(digest=_digest(key), site__deleted_at=None, site__account__is_active=True)
        .first()
    )
    if found is None:
        return None
    people = User.objects.select_related("account").filter(
        account_id=found.site.account_id, role__in=list(_RANK), is_active=True
    )
    ranked = sorted(people, key=lambda user: (_RANK[User.Role(user.role)], user.pk))
    if not ranked or not may_sign_in(ranked[0]):
        return None
    user = ranked[0]
    user.only_site = found.site_id
    return user, found


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
