"""What may be done to accounts, people, sites and sectors. Sites and sectors travel on the account's feed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.text import slugify

from planner_core.text import tidy
from planner_server import clock
from planner_server.accounts.models import (
    Account,
    AccountIndustry,
    AccountIndustrySector,
    Device,
    Plan,
    Sector,
    Site,
    SiteAccess,
    User,
)
from planner_server.feed.gate import Actor, Gate, new_scope, write
from planner_server.feed.models import Scope
from planner_server.library.models import Industry, IndustrySector
from planner_server.refusals import refuse

_OTHER_INDUSTRY = "The site has keywords, and keywords belong to the site's industry. Delete them first, or make a new site for the other industry."


def _slug(name: str, taken: Iterable[str]) -> str:
    """Return an address part made from the name that nobody has yet."""
    base = slugify(name)[:240] or "site"
    used = set(taken)
    number = 1
    slug = base
    while slug in used:
        number += 1
        slug = f"{base}-{number}"
    return slug


def account_scope(account: Account) -> Scope:
    """Return the scope whose feed carries the account's sites and sectors."""
    return Scope.objects.get(uid=account.uid)


def site_scope(site: Site) -> Scope:
    """Return the scope whose feed carries the site's keywords, clusters and ideas."""
    return Scope.objects.get(uid=site.uid)


@transaction.atomic
def account_create(
    *,
    name: str,
    plan: Plan | None = None,
    max_sites: int | None = None,
    max_users: int | None = None,
    max_keywords: int | None = None,
) -> Account:
    """Make an account and its scope."""
    if not tidy(name):
        raise refuse("invalid", "name must not be empty.", "name")
    account = Account.objects.create(
        uid=clock.new_uid(),
        name=tidy(name),
        slug=_slug(name, Account.objects.values_list("slug", flat=True)),
        plan=plan,
        max_sites=max_sites,
        max_users=max_users,
        max_keywords=max_keywords,
        created_at=clock.now_ms(),
    )
    new_scope("account", account.uid, account_id=account.pk)
    return account


def account_update(*, account: Account, **values: Any) -> Account:
    """Change name or time zone of an account. Neither is on the feed: a hello says the name."""
    if "name" in values:
        values["name"] = tidy(values["name"])
        if not values["name"]:
            raise refuse("invalid", "name must not be empty.", "name")
    for name, value in values.items():
        setattr(account, name, value)
    account.save(update_fields=list(values))
    return account


@transaction.atomic
def user_create(
    *, account: Account, email: str, password: str | None, name: str = "", role: str = User.Role.EDITOR
) -> User:
    """Make a person of the account. Without a password he cannot sign in; nor can the system's bot."""
    address = email.strip().casefold()
    if not address or "@" not in address:
        raise refuse("invalid", f"{email!r} is no e-mail address.", "email")
    if User.objects.filter(email=address).exists():
        raise refuse("duplicate", f"Somebody signs in with {address} already.", "email")
    require_room_for_user(
        Account.objects.select_for_update(of=("self",)).select_related("plan").get(pk=account.pk)
    )
    return User.objects.create(
        uid=clock.new_uid(),
        account=account,
        email=address,
        password=make_password(None if role == User.Role.SYSTEM_BOT else password),
        name=name.strip(),
        role=role,
        created_at=clock.now_ms(),
    )


def require_room_for_user(account: Account) -> None:
    """Refuse one more active user than the account may have. The account's row is locked by the caller."""
    limit = account.limit("max_users")
    if limit is not None and account.users.filter(is_active=True).count() >= limit:
        raise refuse("limit", f"The account's plan allows {limit} users.")


def device_create(*, user: User, name: str = "", app: str = "") -> Device:
    """Note a place the user signs in on."""
    now = clock.now_ms()
    return Device.objects.create(
        uid=clock.new_uid(), user=user, name=name[:255], app=app[:100], created_at=now, last_seen_at=now
    )


def device_revoke(*, device: Device) -> None:
    """End a device's access; revoking twice changes nothing."""
    Device.objects.filter(pk=device.pk, revoked_at__isnull=True).update(revoked_at=clock.now_ms())


def site_grant(*, user: User, site: Site) -> None:
    """Give a site to a user below admin."""
    if user.account_id != site.account_id:
        raise refuse("other_account", "The user belongs to another account than the site.", "user")
    SiteAccess.objects.get_or_create(user=user, site=site)


def site_revoke(*, user: User, site: Site) -> None:
    """Take a site from a user below admin."""
    SiteAccess.objects.filter(user=user, site=site).delete()


def site_create(
    *,
    account: Account,
    actor: Actor,
    name: str,
    domain: str = "",
    industry: Industry | None = None,
    sectors: Sequence[IndustrySector] = (),
    is_active: bool = True,
) -> Site:
    """Make a site with its scope, and select sectors of its industry if any are given."""
    if not tidy(name):
        raise refuse("invalid", "name must not be empty.", "name")
    if sectors and industry is None:
        raise refuse("invalid", "Sectors need the industry they belong to.", "industry")
    with write(account_scope(account), actor) as gate:
        sites = Site.objects.filter(account=account, deleted_at__isnull=True)
        limit = account.limit("max_sites")
        if limit is not None and sites.count() >= limit:
            raise refuse("limit", f"The account's plan allows {limit} sites.")
        site = Site.objects.create(
            **gate.born(),
            uid=clock.new_uid(),
            account=account,
            name=tidy(name),
            slug=_slug(name, sites.values_list("slug", flat=True)),
            domain=domain.strip(),
            industry=industry,
            is_active=is_active,
        )
        new_scope("site", site.uid, account_id=account.pk)
        if industry is not None:
            _list_industry(gate, industry)
        if sectors:
            _select(gate, site, sectors)
    return site


def site_update(*, site: Site, actor: Actor, **values: Any) -> Site:
    """Change name, domain or is_active of a site."""
    unknown = values.keys() - {"name", "domain", "is_active"}
    if unknown:
        raise refuse("read_only", f"{', '.join(sorted(unknown))} of a site cannot be written.")
    if "name" in values:
        values["name"] = tidy(values["name"])
        if not values["name"]:
            raise refuse("invalid", "name must not be empty.", "name")
    with write(account_scope(site.account), actor) as gate:
        _stamp(gate, site, values)
    return site


def site_delete(*, site: Site, actor: Actor) -> None:
    """Move a site and its sectors to the trash. What is planned there is kept as it is; nobody sees it until the site is restored."""
    with write(account_scope(site.account), actor) as gate:
        site.refresh_from_db()
        if site.deleted_at is None:
            _stamp(gate, site, {"deleted_at": gate.at})
            for sector in site.sectors.filter(deleted_at=None).order_by("pk"):
                _stamp(gate, sector, {"deleted_at": gate.at})


def site_restore(*, site: Site, actor: Actor) -> Site:
    """Bring a site back from the trash, with the sectors that went with it."""
    with write(account_scope(site.account), actor) as gate:
        site.refresh_from_db()
        if site.deleted_at is None:
            return site
        sites = Site.objects.filter(account_id=site.account_id, deleted_at__isnull=True)
        limit = site.account.limit("max_sites")
        if limit is not None and sites.count() >= limit:
            raise refuse("limit", f"The account's plan allows {limit} sites.")
        taken = sites.values_list("slug", flat=True)
        slug = _slug(site.slug, taken) if site.slug in set(taken) else site.slug
        gone_with_it = list(site.sectors.filter(deleted_at=site.deleted_at).order_by("pk"))
        _stamp(gate, site, {"deleted_at": None, "slug": slug})
        for sector in gone_with_it:
            _stamp(gate, sector, {"deleted_at": None})
    return site


def site_add_sector(*, site: Site, actor: Actor, sector: IndustrySector) -> Sector:
    """Add one sector to the site's active ones; where the site has no industry yet, the sector's becomes the site's."""
    active = [
        one.industry_sector
        for one in site.sectors.filter(deleted_at=None, is_active=True)
        .select_related("industry_sector")
        .order_by("id")
        if one.industry_sector is not None
    ]
    chosen = site_select_sectors(
        site=site, actor=actor, industry=site.industry or sector.industry, sectors=[*active, sector]
    )
    return next(one for one in chosen if one.industry_sector_id == sector.pk)


def site_select_sectors(
    *, site: Site, actor: Actor, industry: Industry, sectors: Sequence[IndustrySector]
) -> list[Sector]:
    """Make exactly these sectors the site's active ones (1 to 5); others are switched off and keep their rows."""
    with write(account_scope(site.account), actor) as gate:
        site.refresh_from_db()
        if site.industry_id != industry.pk:
            if site.industry_id is not None and Sector.objects.filter(site=site, is_active=True).exists():
                _refuse_move(site)
            _stamp(gate, site, {"industry": industry})
        _list_industry(gate, industry)
        return _select(gate, site, sectors)


def _refuse_move(site: Site) -> None:
    # Imported by name: planning knows accounts, and accounts need this one fact of planning.
    if site_scope(site).version > 0:
        raise refuse("industry_mismatch", _OTHER_INDUSTRY, "industry")


def _stamp(gate: Gate, row: Site | Sector, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.ver, row.updated_at = gate.version, gate.at
    row.save(update_fields=[*values, "ver", "updated_at"])


def _select(gate: Gate, site: Site, wanted: Sequence[IndustrySector]) -> list[Sector]:
    chosen = {one.pk: one for one in wanted}
    most = site.account.sectors_a_site
    if not 1 <= len(chosen) <= most:
        raise refuse("limit", f"A site has 1 to {most} sectors, not {len(chosen)}.", "sectors")
    foreign = [one.name for one in wanted if one.industry_id != site.industry_id]
    if foreign:
        raise refuse(
            "sector_mismatch",
            f"{', '.join(foreign)}: not in the site's industry. Choose sectors of it.",
            "sectors",
        )
    present = {
        one.industry_sector_id: one for one in Sector.objects.filter(site=site, deleted_at__isnull=True)
    }
    for industry_sector_id, sector in present.items():
        is_active = industry_sector_id in chosen
        if sector.is_active != is_active:
            _stamp(gate, sector, {"is_active": is_active})
    for pk, one in chosen.items():
        if pk not in present:
            present[pk] = Sector.objects.create(
                **gate.born(),
                uid=clock.new_uid(),
                account_id=site.account_id,
                site=site,
                industry_sector=one,
                name=one.name,
                slug=one.slug,
            )
    return [present[pk] for pk in chosen]


def _list_industry(gate: Gate, industry: Industry) -> None:
    """Show an industry and its sectors on the account's feed."""
    common = {"scope_id": gate.scope_id, "ver": gate.version}
    if not AccountIndustry.objects.filter(scope_id=gate.scope_id, industry=industry).exists():
        AccountIndustry.objects.create(**common, uid=industry.uid, industry=industry)
    listed = AccountIndustrySector.objects.filter(scope_id=gate.scope_id).values_list(
        "industry_sector_id", flat=True
    )
    AccountIndustrySector.objects.bulk_create(
        AccountIndustrySector(**common, uid=one.uid, industry_sector=one)
        for one in industry.sectors.exclude(pk__in=list(listed)).order_by("pk")
    )
