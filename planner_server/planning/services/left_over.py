"""Review items whose people have left, or may not see the site any more: listed for the account's owners, who may end them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planner_server.accounts.models import Account, Site
from planner_server.accounts.services import site_scope
from planner_server.accounts.visibility import visible_sites
from planner_server.feed import sql
from planner_server.feed.gate import Actor, write
from planner_server.feed.models import Conflict


@dataclass(frozen=True, slots=True)
class LeftOver:
    """An open item with whose it is and what he wanted."""

    uid: str
    site: str
    email: str
    kind: str
    entity: str
    row: str
    group: str
    mine: list[object] | None
    theirs: list[object] | None


def left_over(account: Account) -> list[LeftOver]:
    """Return the open items of the account's sites that nobody else is asked: their people are gone or have lost the site."""
    sites = {site_scope(site).pk: site for site in Site.objects.filter(account=account)}
    items = Conflict.objects.filter(scope_id__in=list(sites), state="open").select_related("user")
    sees: dict[int, set[int]] = {}
    found: list[LeftOver] = []
    for item in items.order_by("scope_id", "uid"):
        user, site = item.user, sites[item.scope_id]
        if user.pk not in sees:
            sees[user.pk] = set(visible_sites(user).values_list("pk", flat=True)) if user.is_active else set()
        if site.pk not in sees[user.pk]:
            found.append(
                LeftOver(
                    item.uid,
                    site.uid,
                    user.email,
                    item.kind,
                    item.entity,
                    item.row,
                    item.group,
                    item.mine,
                    item.theirs,
                )
            )
    return found


def end_left_over(*, site: Site, uids: Sequence[str], actor: Actor) -> int:
    """Close such items of a site: the platform's values stay. Returns how many were open. Whether the actor may is the caller's to ask."""
    allowed = {one.uid for one in left_over(site.account) if one.site == site.uid}.intersection(uids)
    if not allowed:
        return 0
    with write(site_scope(site), actor) as gate:
        condition, named = sql.among("uid", sorted(allowed))
        return sql.run(
            f"UPDATE feed_conflict SET state = 'closed', ver = %s WHERE scope_id = %s AND state = 'open' AND {condition}",
            [gate.version, gate.scope_id, named],
        )
