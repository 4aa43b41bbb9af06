from typing import Any

import pytest

from planner_server.accounts.models import Account, Site, SiteKey, User
from planner_server.accounts.services import site_create, site_grant, site_restore
from planner_server.feed.gate import Actor
from planner_server.feed.models import Scope
from planner_server.planning.models import Keywords
from tests.planner_server.api.caller import Caller, keyword_ids, place, seed_ids
from tests.planner_server.world import Desk, Team

SITES = "auth/sites/"


def account_version(team: Team) -> int:
    return Scope.objects.get(uid=team.account.uid).version


def feed_of_sites(team: Team) -> dict[str, dict[str, Any]]:
    return Desk(team.owner, team.account.uid).pull().live("site")


def keyed(key: str, scheme: str = "ApiKey") -> Caller:
    caller = Caller()
    caller.client.defaults["HTTP_AUTHORIZATION"] = f"{scheme} {key}"
    return caller


# ---------------------------------------------------------------- changing and deleting


def test_a_site_is_changed_and_the_accounts_feed_says_so_once(owner: Caller, team: Team) -> None:
    url, before = f"{SITES}{team.site.pk}/", account_version(team)
    changed = owner.patch(url, {"name": "  New   name ", "domain": "new.example"})
    assert (changed.status, changed.data["name"], changed.data["slug"]) == (200, "New name", team.site.slug)
    assert account_version(team) == before + 1
    assert feed_of_sites(team)[team.site.uid]["name"] == "New name"
    assert owner.put(url, {"name": "New name", "domain": "new.example"}).status == 200
    assert account_version(team) == before + 1
    assert owner.put(url, {"domain": "x"}).status == 400
    assert owner.patch(url, {"name": " "}).status == 400
    assert owner.patch(url, {"industry": 5, "account": 9, "slug": "x"}).data["slug"] == team.site.slug
    assert account_version(team) == before + 1


def test_a_site_is_switched_off_and_set_active_without_touching_the_others(owner: Caller, team: Team) -> None:
    other = site_create(account=team.account, actor=Actor("user", team.owner.uid), name="Other")
    url = f"{SITES}{team.site.pk}/"
    assert owner.patch(url, {"is_active": False}).data["is_active"] is False
    assert feed_of_sites(team)[team.site.uid]["is_active"] is False
    made = owner.post("planner/keywords/", {"seed_keyword_id": seed_ids(team, 1)[0], **place(team)})
    assert made.status == 201
    assert owner.post(f"{url}set_active/", {}).data["is_active"] is True
    before = account_version(team)
    assert owner.post(f"{url}set_active/", {}).status == 200
    assert account_version(team) == before
    assert Site.objects.get(pk=other.pk).is_active


def test_a_deleted_site_is_gone_for_everybody_and_comes_back_whole(
    owner: Caller, editor: Caller, team: Team
) -> None:
    (keyword,) = keyword_ids(team, 1)
    url, desk = f"{SITES}{team.site.pk}/", Desk(team.owner, team.account.uid)
    cursor = desk.pull().cursor
    assert editor.delete(url).status == 204
    for caller in (owner, editor):
        assert caller.get(url).status == 404
        assert caller.get(SITES).ids == caller.get("planner/keywords/").ids == []
        assert caller.get("auth/sectors/").ids == []
    assert owner.delete(url).status == 404
    assert owner.post(f"{url}select_sectors/", {"industry_slug": team.industry.slug}).status == 404
    feed = desk.pull(cursor)
    assert {team.site.uid, team.sector.uid} <= feed.deleted
    assert Keywords.objects.get(pk=keyword).deleted_at is None
    taken = owner.post(SITES, {"name": team.site.name})
    assert taken.data["slug"] == team.site.slug
    site_restore(site=Site.objects.get(pk=team.site.pk), actor=Actor("user", team.owner.uid))
    assert editor.get(url).data["slug"] == f"{team.site.slug}-2"
    assert editor.get("planner/keywords/").ids == [keyword]
    assert {team.site.uid, team.sector.uid} <= {
        *feed_of_sites(team),
        *Desk(team.owner, team.account.uid).pull().live("sector"),
    }


def test_a_deleted_site_makes_room_and_does_not_come_back_over_the_limit(owner: Caller, team: Team) -> None:
    Account.objects.filter(pk=team.account.pk).update(max_sites=1)
    assert owner.delete(f"{SITES}{team.site.pk}/").status == 204
    assert owner.post(SITES, {"name": "Next"}).status == 201
    with pytest.raises(Exception, match="allows 1 sites"):
        site_restore(site=Site.objects.get(pk=team.site.pk), actor=Actor("user", team.owner.uid))


def test_viewers_change_no_site_and_foreign_sites_are_404(
    owner: Caller, viewer: Caller, team: Team, rival: Team
) -> None:
    before = list(Site.objects.order_by("pk").values())
    for caller, site, status in ((viewer, team.site, 403), (owner, rival.site, 404)):
        url = f"{SITES}{site.pk}/"
        replies = [
            caller.patch(url, {"name": "x"}),
            caller.put(url, {"name": "x"}),
            caller.delete(url),
            caller.post(f"{url}set_active/", {}),
            caller.post(f"{url}api_key/", {}),
            caller.delete(f"{url}api_key/"),
        ]
        assert [reply.status for reply in replies] == [status] * len(replies)
    assert list(Site.objects.order_by("pk").values()) == before


def test_the_plans_sectors_a_site_are_kept(owner: Caller, team: Team) -> None:
    Account.objects.filter(pk=team.account.pk).update(max_sectors=0)
    body = {"industry_slug": team.industry.slug, "sector_slugs": [team.branch.slug]}
    reply = owner.post(f"{SITES}{team.site.pk}/select_sectors/", body)
    assert (reply.status, reply.body["code"]) == (400, "limit")


# ---------------------------------------------------------------- in public


def test_everybody_finds_an_active_site_by_its_slug_and_nothing_private_of_it(
    nobody: Caller, owner: Caller, team: Team, rival: Team
) -> None:
    (found,) = nobody.get(SITES, slug=team.site.slug).results
    assert (found["id"], found["name"]) == (team.site.pk, team.site.name)
    assert not {"account", "uid"} & found.keys()
    assert nobody.get(SITES).status == 401
    assert nobody.get(SITES, slug="").status == 401
    assert nobody.get(f"{SITES}{team.site.pk}/").status == 401
    assert owner.get(SITES, slug=rival.site.slug).ids == []
    owner.patch(f"{SITES}{team.site.pk}/", {"is_active": False})
    assert nobody.get(SITES, slug=team.site.slug).ids == []
    Account.objects.filter(pk=rival.account.pk).update(is_active=False)
    assert nobody.get(SITES, slug=rival.site.slug).ids == []
    assert Caller(access="forged").get(SITES, slug=team.site.slug).status == 401


# ---------------------------------------------------------------- the key of a site


def test_the_key_of_a_site_plans_on_that_site_and_reaches_nothing_else(
    owner: Caller, editor: Caller, team: Team, rival: Team
) -> None:
    other = site_create(account=team.account, actor=Actor("user", team.owner.uid), name="Other")
    assert editor.post(f"{SITES}{team.site.pk}/api_key/", {}).status == 403
    made = owner.post(f"{SITES}{team.site.pk}/api_key/", {})
    assert made.status == 201
    key = made.data["api_key"]
    assert not SiteKey.objects.filter(digest=key).exists()
    (keyword,) = keyword_ids(team, 1)
    callers = [keyed(key, scheme) for scheme in ("ApiKey", "Bearer", "apikey")]
    for caller in callers:
        assert caller.get("planner/keywords/").ids == [keyword]
        assert caller.get(SITES).ids == [team.site.pk]
    caller = callers[0]
    assert caller.patch(f"planner/keywords/{keyword}/", {"volume_override": 7}).status == 200
    assert caller.get(f"{SITES}{other.pk}/").status == 404
    for path in ("auth/users/", "auth/devices/", "auth/account/", "auth/site-access/", "auth/groups/"):
        assert caller.get(path).status == 403
    assert caller.post(SITES, {"name": "One more"}).status == 403
    for path in ("auth/logout/", "auth/change-password/", f"{SITES}{team.site.pk}/api_key/"):
        assert caller.post(path, {}).status == 403
    assert caller.delete(f"{SITES}{team.site.pk}/").status == 403
    hello = caller.client.post("/sync/v1/hello", {}, format="json")
    assert hello.status_code == 401


def test_a_key_ends_with_the_next_one_with_its_deletion_and_with_the_account(
    owner: Caller, team: Team
) -> None:
    url = f"{SITES}{team.site.pk}/api_key/"
    first, second = (owner.post(url, {}).data["api_key"] for _ in range(2))
    assert (keyed(first).get(SITES).status, keyed(second).get(SITES).status) == (401, 200)
    Account.objects.filter(pk=team.account.pk).update(is_active=False)
    assert keyed(second).get(SITES).status == 401
    Account.objects.filter(pk=team.account.pk).update(is_active=True)
    assert owner.delete(url).status == 204
    assert keyed(second).get(SITES).status == 401
    for wrong in ("", "x", "site_", "site_" + "a" * 4000):
        assert keyed(wrong).get(SITES).status == 401


def test_a_key_without_anybody_to_stand_for_is_no_key(owner: Caller, editor: Caller, team: Team) -> None:
    key = owner.post(f"{SITES}{team.site.pk}/api_key/", {}).data["api_key"]
    User.objects.filter(role__in=["owner", "admin"]).update(is_active=False)
    assert keyed(key).get(SITES).status == 401


def test_a_grant_on_a_deleted_site_is_not_listed(owner: Caller, team: Team) -> None:
    stranger = User.objects.get(pk=team.colleague.pk)
    site_grant(user=stranger, site=team.site)
    assert len(owner.get("auth/site-access/").ids) == 1
    owner.delete(f"{SITES}{team.site.pk}/")
    assert owner.get("auth/site-access/").ids == []
