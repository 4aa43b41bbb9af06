from typing import Any

import pytest

from planner_server.accounts.models import Account, Device, Plan, SiteAccess, User
from planner_server.accounts.services import site_create, user_create
from planner_server.feed.gate import Actor
from tests.planner_server.api.caller import PASSWORD, Caller, person
from tests.planner_server.world import Team

USERS, GRANTS = "auth/users/", "auth/site-access/"
TEAM_ROUTES = (
    ("get", USERS),
    ("post", USERS),
    ("get", "auth/users/{own}/"),
    ("patch", "auth/users/{own}/"),
    ("put", "auth/users/{own}/"),
    ("post", "auth/users/{own}/reset_password/"),
    ("post", "auth/users/{own}/sign_out/"),
    ("get", GRANTS),
    ("post", GRANTS),
    ("patch", "auth/account/"),
    ("put", "auth/account/"),
)


@pytest.fixture
def admin(team: Team) -> Caller:
    return Caller(team.colleague)


def user_of(caller: Caller) -> User:
    assert caller.user is not None
    return User.objects.get(pk=caller.user.pk)


# ---------------------------------------------------------------- who may


def test_neither_editor_nor_viewer_reaches_a_route_of_the_team(
    editor: Caller, viewer: Caller, team: Team
) -> None:
    before = list(User.objects.order_by("pk").values())
    for caller in (editor, viewer):
        for method, path in TEAM_ROUTES:
            body = None if method == "get" else {"name": "x", "email": "x@y.test", "role": "owner"}
            assert caller.call(method, path.format(own=team.owner.pk), body).status == 403, path
    assert list(User.objects.order_by("pk").values()) == before


def test_people_of_another_account_are_404_and_not_listed(owner: Caller, rival: Team) -> None:
    assert rival.owner.pk not in owner.get(USERS, page_size=100).ids
    stranger = f"{USERS}{rival.owner.pk}/"
    for reply in (
        owner.get(stranger),
        owner.patch(stranger, {"is_active": False}),
        owner.put(stranger, {"email": rival.owner.email, "role": "viewer"}),
        owner.post(f"{stranger}reset_password/", {}),
        owner.post(f"{stranger}sign_out/", {}),
        owner.get(f"auth/accounts/{rival.account.pk}/"),
        owner.patch(f"auth/accounts/{rival.account.pk}/", {"name": "Mine"}),
        owner.get(f"auth/subscriptions/{rival.account.pk}/"),
    ):
        assert reply.status == 404
    assert User.objects.get(pk=rival.owner.pk).is_active


def test_a_developer_sees_the_people_of_every_account(team: Team, rival: Team) -> None:
    developer = Caller(
        user_create(account=team.account, email="dev@acme.test", password=None, role="developer")
    )
    assert {team.owner.pk, rival.owner.pk} <= set(developer.get(USERS, page_size=100).ids)
    assert set(developer.get("auth/accounts/").ids) == {team.account.pk, rival.account.pk}


# ---------------------------------------------------------------- people


def test_a_person_is_made_with_a_password_and_signs_in(owner: Caller, nobody: Caller, team: Team) -> None:
    body = {"email": "New@Acme.test", "name": "Nia", "role": "viewer", "password": PASSWORD}
    made = owner.post(USERS, body)
    assert made.status == 201
    assert made.data["role"] == "viewer"
    assert "password" not in made.data
    assert "password_token" not in made.data
    assert User.objects.get(pk=made.data["id"]).account_id == team.account.pk
    assert nobody.post("auth/login/", {"email": "new@acme.test", "password": PASSWORD}).status == 200
    assert owner.post(USERS, body).status == 409


def test_a_person_made_without_a_password_sets_one_by_the_token_once(owner: Caller, nobody: Caller) -> None:
    made = owner.post(USERS, {"email": "new@acme.test"})
    token = made.data["password_token"]
    assert nobody.post("auth/login/", {"email": "new@acme.test", "password": ""}).status in {400, 401}
    body = {"token": token, "password": "a good long secret"}
    assert nobody.post("auth/password/reset/confirm/", body).status == 200
    assert nobody.post("auth/password/reset/confirm/", body).status == 400
    login = {"email": "new@acme.test", "password": "a good long secret"}
    assert nobody.post("auth/login/", login).status == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "no address"},
        {"email": "a@b.test", "role": "developer"},
        {"email": "a@b.test", "role": "system_bot"},
        {"email": "a@b.test", "role": "king"},
        {"email": "a@b.test", "password": "short"},
        {"email": "a@b.test", "password": 7},
        {"email": ["a@b.test"]},
        [],
    ],
)
def test_a_person_that_cannot_be_is_400_and_nobody_is_made(owner: Caller, body: Any) -> None:
    before = User.objects.count()
    reply = owner.post(USERS, body)
    assert reply.status == 400
    assert reply.body["errors"]
    assert User.objects.count() == before


def test_the_plans_number_of_people_holds_for_new_ones_and_for_those_switched_on_again(
    owner: Caller, team: Team
) -> None:
    former = person(team, "editor")
    owner.patch(f"{USERS}{former.pk}/", {"is_active": False})
    plan = Plan.objects.create(name="Small", slug="small", max_users=2, created_at=0)
    Account.objects.filter(pk=team.account.pk).update(plan=plan)
    for reply in (
        owner.post(USERS, {"email": "c@acme.test"}),
        owner.patch(f"{USERS}{former.pk}/", {"is_active": True}),
    ):
        assert (reply.status, reply.body["code"]) == (400, "limit")
    Account.objects.filter(pk=team.account.pk).update(max_users=3)
    assert owner.patch(f"{USERS}{former.pk}/", {"is_active": True}).status == 200


def test_a_role_that_was_changed_holds_with_the_next_request(owner: Caller, editor: Caller) -> None:
    url = f"{USERS}{user_of(editor).pk}/"
    assert owner.patch(url, {"role": "viewer"}).data["role"] == "viewer"
    assert editor.post("auth/sites/", {"name": "Mine"}).status == 403
    assert owner.patch(url, {"role": "admin"}).status == 200
    assert editor.get(USERS).status == 200


def test_who_is_switched_off_is_out_at_once_and_his_devices_stay_out_when_he_is_back(
    owner: Caller, editor: Caller
) -> None:
    url = f"{USERS}{user_of(editor).pk}/"
    assert editor.get("auth/account/").status == 200
    assert owner.patch(url, {"is_active": False}).data["is_active"] is False
    assert editor.get("auth/account/").status == 401
    assert owner.patch(url, {"is_active": True}).status == 200
    assert editor.get("auth/account/").status == 401


def test_nobody_lifts_himself_and_an_admin_neither_makes_nor_touches_an_owner(
    owner: Caller, admin: Caller, team: Team
) -> None:
    own, theirs = f"{USERS}{team.colleague.pk}/", f"{USERS}{team.owner.pk}/"
    for reply in (
        admin.patch(own, {"role": "owner"}),
        admin.patch(own, {"role": "viewer"}),
        admin.patch(own, {"is_active": False}),
        admin.patch(theirs, {"role": "viewer"}),
        admin.patch(theirs, {"is_active": False}),
        admin.post(f"{theirs}reset_password/", {}),
        admin.post(f"{theirs}sign_out/", {}),
        admin.post(USERS, {"email": "x@acme.test", "role": "owner"}),
        owner.patch(theirs, {"role": "admin"}),
    ):
        assert (reply.status, reply.body["code"]) == (403, "forbidden")
    assert admin.patch(own, {"name": "Karl"}).data["name"] == "Karl"
    assert set(User.objects.values_list("role", flat=True)) == {"owner", "admin"}


def test_the_last_owner_stays(team: Team, owner: Caller) -> None:
    developer = Caller(
        user_create(account=team.account, email="dev@acme.test", password=None, role="developer")
    )
    url = f"{USERS}{team.owner.pk}/"
    for body in ({"role": "admin"}, {"is_active": False}):
        reply = developer.patch(url, body)
        assert (reply.status, reply.body["code"]) == (409, "last_owner")
    assert owner.patch(f"{USERS}{team.colleague.pk}/", {"role": "owner"}).status == 200
    assert developer.patch(url, {"role": "admin"}).status == 200


def test_address_and_password_of_another_are_not_changed(owner: Caller, team: Team) -> None:
    url = f"{USERS}{team.colleague.pk}/"
    assert set(owner.patch(url, {"email": "other@acme.test"}).body["errors"]) == {"email"}
    assert set(owner.patch(url, {"password": "a good long secret"}).body["errors"]) == {"password"}
    assert owner.put(url, {"email": team.colleague.email, "name": "Carla"}).data["name"] == "Carla"


def test_signing_a_person_out_ends_all_his_devices(owner: Caller, editor: Caller) -> None:
    Caller(user_of(editor))
    assert owner.post(f"{USERS}{user_of(editor).pk}/sign_out/", {}).data == {"signed_out": 2}
    assert editor.get("auth/account/").status == 401
    assert not Device.objects.filter(user=editor.user, revoked_at__isnull=True).exists()


def test_the_roles_say_what_each_may_do(owner: Caller, editor: Caller) -> None:
    roles = {one["name"]: one for one in owner.get("auth/groups/").data}
    assert list(roles) == ["developer", "owner", "admin", "editor", "viewer"]
    assert [name for name, one in roles.items() if one["may_write"]] == [
        "developer",
        "owner",
        "admin",
        "editor",
    ]
    assert [name for name, one in roles.items() if one["needs_site_access"]] == ["editor", "viewer"]
    assert not any(one["you_may_give"] for one in editor.get("auth/groups/").data)


# ---------------------------------------------------------------- grants


def test_a_grant_opens_a_site_and_taking_it_back_closes_it(owner: Caller, team: Team) -> None:
    stranger = person(team, "editor", grant=False)
    caller = Caller(stranger)
    body = {"user_id": stranger.pk, "site_id": team.site.pk}
    made = owner.post(GRANTS, body)
    assert made.status == 201
    assert owner.post(GRANTS, body).data["id"] == made.data["id"]
    assert caller.get("auth/sites/").ids == [team.site.pk]
    assert owner.get(GRANTS, user_id=stranger.pk).ids == [made.data["id"]]
    assert owner.get(GRANTS, site_id=team.site.pk + 1).ids == []
    assert owner.get(GRANTS, site_id="x").status == 400
    assert owner.delete(f"{GRANTS}{made.data['id']}/").status == 204
    assert caller.get("auth/sites/").ids == []
    assert owner.get(f"{GRANTS}{made.data['id']}/").status == 404


def test_no_grant_reaches_over_the_wall_of_an_account(owner: Caller, team: Team, rival: Team) -> None:
    theirs = person(rival, "editor")
    mine = person(team, "editor", grant=False)
    grant = SiteAccess.objects.get(user=theirs)
    assert owner.delete(f"{GRANTS}{grant.pk}/").status == 404
    assert grant.pk not in owner.get(GRANTS).ids
    for user, site, field in (
        (theirs.pk, team.site.pk, "user_id"),
        (mine.pk, rival.site.pk, "site_id"),
        (10**12, team.site.pk, "user_id"),
        ("1", 1, "user_id"),
    ):
        reply = owner.post(GRANTS, {"user_id": user, "site_id": site})
        assert reply.status == 400
        assert set(reply.body["errors"]) == {field}
    assert not SiteAccess.objects.filter(user=mine).exists()


# ---------------------------------------------------------------- account and plan


def test_owner_and_admin_change_name_and_time_zone_of_the_account(
    owner: Caller, admin: Caller, editor: Caller
) -> None:
    changed = owner.patch("auth/account/", {"account_timezone": "Europe/Berlin"})
    assert changed.data["account_timezone"] == "Europe/Berlin"
    assert (
        admin.put("auth/account/", {"name": "  Acme  Media ", "max_users": 99}).data["name"] == "Acme Media"
    )
    shown = editor.get("auth/account/").data
    assert (shown["name"], shown["max_users"]) == ("Acme Media", None)
    assert owner.patch("auth/account/", {"account_timezone": "Mars/Olympus"}).status == 400
    assert owner.put("auth/account/", {"name": " "}).status == 400
    assert admin.patch(f"auth/accounts/{shown['id']}/", {"name": "Acme"}).data["name"] == "Acme"


def test_plans_are_everybodys_to_read_and_internal_ones_nobodys(
    nobody: Caller, owner: Caller, team: Team
) -> None:
    free = Plan.objects.create(name="Free", slug="free", max_keywords=500, max_sectors=2, created_at=0)
    inside = Plan.objects.create(name="Friends", slug="friends", is_internal=True, created_at=0)
    Plan.objects.create(name="Old", slug="old", is_active=False, created_at=0)
    assert [one["slug"] for one in nobody.get("auth/plans/").results] == ["free"]
    assert nobody.get(f"auth/plans/{free.pk}/").data["max_keywords"] == 500
    assert nobody.get(f"auth/plans/{inside.pk}/").status == 404
    assert owner.get("auth/subscriptions/").ids == []
    Account.objects.filter(pk=team.account.pk).update(plan=inside)
    (taken,) = owner.get("auth/subscriptions/").results
    assert (taken["account"], taken["plan"]["slug"], taken["status"]) == (
        team.account.pk,
        "friends",
        "active",
    )


def test_an_account_whose_plan_is_not_in_force_is_402_but_sees_why(owner: Caller, team: Team) -> None:
    plan = Plan.objects.create(name="Over", slug="over", is_active=False, created_at=0)
    Account.objects.filter(pk=team.account.pk).update(plan=plan)
    for path in ("auth/sites/", "planner/keywords/", USERS):
        reply = owner.get(path)
        assert (reply.status, reply.body["code"]) == (402, "plan_inactive")
    assert owner.patch("auth/account/", {"name": "x"}).status == 402
    assert owner.get("auth/account/").data["plan"]["is_active"] is False
    assert owner.get("auth/subscriptions/").results[0]["status"] == "suspended"


def test_the_limits_of_a_plan_hold_unless_the_account_has_its_own(owner: Caller, team: Team) -> None:
    plan = Plan.objects.create(name="One", slug="one", max_sites=1, max_sectors=2, created_at=0)
    Account.objects.filter(pk=team.account.pk).update(plan=plan)
    reply = owner.post("auth/sites/", {"name": "Second"})
    assert (reply.status, reply.body["code"]) == (400, "limit")
    shown = owner.get("auth/account/").data
    assert (shown["max_sites"], shown["max_sectors"], shown["max_keywords"]) == (1, 2, None)
    Account.objects.filter(pk=team.account.pk).update(max_sites=2)
    assert owner.post("auth/sites/", {"name": "Second"}).status == 201


def test_a_site_of_a_site_that_is_not_granted_stays_unseen(editor: Caller, team: Team) -> None:
    second = site_create(account=team.account, actor=Actor("user", team.owner.uid), name="Second")
    assert editor.get(f"auth/sites/{second.pk}/").status == 404
