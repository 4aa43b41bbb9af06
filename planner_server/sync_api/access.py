"""Which scopes a user sees, and whether he may write there. Access is given by scope, never by row."""

from __future__ import annotations

from dataclasses import dataclass

from planner_core.wire.feed import Access
from planner_server.accounts.models import Sector, Site, User
from planner_server.accounts.visibility import visible_sites
from planner_server.feed.models import Scope
from planner_server.library.models import IndustrySector


@dataclass(frozen=True, slots=True)
class Grant:
    """A scope with what the user may do there."""

    scope: Scope
    access: Access
    name: str


def _own_sites(user: User) -> dict[str, Site]:
    """Return the sites of the user's own account that he sees, by uid: a replica holds one account."""
    return {site.uid: site for site in visible_sites(user).filter(account_id=user.account_id).order_by("pk")}


def grants(user: User) -> list[Grant]:
    """Return the account's scope, those of the library that its sites' active sectors stand for, then the sites'."""
    sites = _own_sites(user)
    branches = {
        branch.uid: branch
        for branch in IndustrySector.objects.filter(
            site_sectors__in=Sector.objects.filter(site__in=sites.values(), is_active=True, deleted_at=None)
        ).order_by("pk")
    }
    scopes = {
        scope.uid: scope for scope in Scope.objects.filter(uid__in=[user.account.uid, *branches, *sites])
    }
    writing: Access = "rw" if user.may_write else "ro"
    found = [Grant(scopes[user.account.uid], "ro", user.account.name)]
    found += [Grant(scopes[uid], "ro", branch.name) for uid, branch in branches.items()]
    found += [Grant(scopes[uid], writing, site.name) for uid, site in sites.items()]
    return found


def grant_of(user: User, scope_uid: str) -> Grant | None:
    """Return the user's grant on one scope, None where he has none (or the scope does not exist)."""
    return next((grant for grant in grants(user) if grant.scope.uid == scope_uid), None)
