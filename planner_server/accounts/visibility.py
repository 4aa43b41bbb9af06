"""Which sites a user sees: the account's, cut down to his grants below admin. Every other reading goes through this."""

from __future__ import annotations

import logging

from django.db.models import QuerySet

from planner_server.accounts.models import Sector, Site, User

log = logging.getLogger("planner.access")


def visible_sites(user: User) -> QuerySet[Site]:
    """Return the live sites a user may see: a developer all, owner and admin their account's, others those given to them."""
    live = Site.objects.filter(deleted_at=None)
    if user.only_site is not None:
        return live.filter(account_id=user.account_id, pk=user.only_site)
    if user.role in {User.Role.DEVELOPER, User.Role.SYSTEM_BOT}:
        return live
    own = live.filter(account_id=user.account_id)
    return own.filter(access__user=user) if user.needs_grants else own


def own_sites_condition(user: User) -> tuple[str, list[int]]:
    """Return, as SQL over accounts_site t, the condition for the sites of his own account that a user may see, and its parameters.

    The same rule as `visible_sites`, for the few requests that are asked so often that building the query would be most of them.
    """
    own = "t.deleted_at IS NULL AND t.account_id = %s"
    if user.only_site is not None:
        return f"{own} AND t.id = %s", [user.account_id, user.only_site]
    if not user.needs_grants:
        return own, [user.account_id]
    granted = "EXISTS (SELECT 1 FROM accounts_siteaccess a WHERE a.site_id = t.id AND a.user_id = %s)"
    return f"{own} AND {granted}", [user.account_id, user.pk]


def visible_sectors(user: User) -> QuerySet[Sector]:
    """Return the sectors of those sites, switched off ones included: their rows stay readable."""
    return Sector.objects.filter(deleted_at=None, site__in=visible_sites(user))


def log_bypass(user: User, *, method: str, path: str) -> None:
    """Write down that a role saw what no grant gives it; nothing is written for users who need their grants."""
    if user.needs_grants:
        return
    everywhere = user.role in {User.Role.DEVELOPER, User.Role.SYSTEM_BOT}
    log.info(
        "bypass of %s by %s %s: %s %s",
        "account filter" if everywhere else "site grants",
        user.role,
        user.uid,
        method,
        path,
    )
