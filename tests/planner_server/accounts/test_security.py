from typing import Any

import pytest

from planner_server.accounts.models import Account, Device, Plan, User
from planner_server.accounts.passwords import reset_token
from tests.planner_server.api.caller import PASSWORD, Caller
from tests.planner_server.world import Team

LOGIN, NEW = "auth/login/", "another good secret"
CHANGES = ("auth/change-password/", "auth/password/change/")
RESET, CONFIRM = "auth/password/reset/", "auth/password/reset/confirm/"


def signs_in(nobody: Caller, user: User, password: str) -> bool:
    reply = nobody.post(LOGIN, {"email": user.email, "password": password})
    assert reply.status in {200, 401}
    return reply.status == 200


# ---------------------------------------------------------------- passwords


@pytest.mark.parametrize("path", CHANGES)
@pytest.mark.parametrize(
    "names", [("old_password", "new_password"), ("old", "new"), ("current_password", "new_password")]
)
def test_a_password_is_changed_with_the_present_one_and_other_devices_are_out(
    path: str, names: tuple[str, str], owner: Caller, nobody: Caller, team: Team
) -> None:
    other = Caller(team.owner)
    reply = owner.post(path, {names[0]: PASSWORD, names[1]: NEW})
    assert reply.status == 200
    assert reply.data == {"signed_out": 1}
    assert (owner.get("auth/account/").status, other.get("auth/account/").status) == (200, 401)
    assert signs_in(nobody, team.owner, NEW)
    assert not signs_in(nobody, team.owner, PASSWORD)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"old_password": "wrong", "new_password": NEW}, "old_password"),
        ({"old_password": PASSWORD, "new_password": "short"}, "new_password"),
        ({"old_password": PASSWORD, "new_password": "12345678901"}, "new_password"),
        ({"old_password": PASSWORD, "new_password": PASSWORD}, "new_password"),
        ({"old_password": PASSWORD, "new_password": "x" * 2000}, "new_password"),
        ({"old_password": PASSWORD}, "new_password"),
        ({"new_password": NEW}, "old_password"),
        ({"old_password": PASSWORD, "new_password": NEW, "confirm_password": "x"}, "confirm_password"),
        ({"old_password": 5, "new_password": [NEW]}, "new_password"),
    ],
)
def test_a_password_that_cannot_be_changed_so_stays_and_nobody_is_signed_out(
    body: dict[str, Any], field: str, owner: Caller, nobody: Caller, team: Team
) -> None:
    other = Caller(team.owner)
    reply = owner.post(CHANGES[0], body)
    assert reply.status == 400
    assert field in reply.body["errors"]
    assert other.get("auth/account/").status == 200
    assert signs_in(nobody, team.owner, PASSWORD)


def test_who_forgot_his_password_is_seen_by_the_owner_who_hands_him_a_token(
    owner: Caller, nobody: Caller, team: Team
) -> None:
    url = f"auth/users/{team.colleague.pk}/"
    assert owner.get(url).data["password_reset_asked_at"] is None
    asked = nobody.post(RESET, {"email": team.colleague.email.upper()})
    unknown = nobody.post(RESET, {"email": "nobody@nowhere.test"})
    assert asked.status == unknown.status == 200
    assert asked.body["message"] == unknown.body["message"]
    assert owner.get(url).data["password_reset_asked_at"] is not None
    token = owner.post(f"{url}reset_password/", {}).data["password_token"]
    before = Caller(team.colleague)
    assert nobody.post(CONFIRM, {"token": token, "new_password": "short"}).status == 400
    assert before.get("auth/account/").status == 200
    assert nobody.post(CONFIRM, {"token": token, "new_password": NEW}).status == 200
    assert before.get("auth/account/").status == 401
    assert signs_in(nobody, team.colleague, NEW)
    assert owner.get(url).data["password_reset_asked_at"] is None
    assert nobody.post(CONFIRM, {"token": token, "new_password": "yet another one"}).status == 400


def test_a_forged_an_old_and_a_strangers_token_set_no_password(
    nobody: Caller, team: Team, settings: Any
) -> None:
    good = reset_token(by=None, user=team.colleague)
    forged = (
        "",
        "x",
        "-",
        f"{team.colleague.uid}-",
        good + "0",
        good.replace(team.colleague.uid, team.owner.uid),
        "\x00" * 40,
    )
    for token in forged:
        reply = nobody.post(CONFIRM, {"token": token, "new_password": NEW})
        assert reply.status == 400
        assert "token" in reply.body["errors"]
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert nobody.post(CONFIRM, {"token": good, "new_password": NEW}).status == 400
    assert signs_in(nobody, team.colleague, PASSWORD)
    assert signs_in(nobody, team.owner, PASSWORD)


def test_who_is_switched_off_sets_no_password(nobody: Caller, team: Team) -> None:
    token = reset_token(by=None, user=team.colleague)
    User.objects.filter(pk=team.colleague.pk).update(is_active=False)
    assert nobody.post(CONFIRM, {"token": token, "new_password": NEW}).status == 400


# ---------------------------------------------------------------- devices


def test_devices_are_listed_and_signed_out_one_by_one_or_all_others(
    owner: Caller, editor: Caller, team: Team
) -> None:
    second, third = Caller(team.owner), Caller(team.owner)
    listed = owner.get("auth/devices/").results
    assert [one["is_current"] for one in listed] == [True, False, False]
    assert {one["name"] for one in listed} == {"test"}
    assert owner.get(f"auth/devices/{listed[1]['id']}/").data["is_current"] is False
    assert owner.delete(f"auth/devices/{listed[1]['id']}/").status == 204
    assert (second.get("auth/devices/").status, third.get("auth/devices/").status) == (401, 200)
    assert owner.delete(f"auth/devices/{listed[1]['id']}/").status == 404
    assert owner.post("auth/devices/sign_out_others/", {}).data == {"signed_out": 1}
    assert third.get("auth/devices/").status == 401
    assert owner.get("auth/devices/").ids == [listed[0]["id"]]
    assert editor.get("auth/account/").status == 200


def test_anothers_device_is_neither_seen_nor_ended_even_by_the_owner(owner: Caller, viewer: Caller) -> None:
    device = Device.objects.get(user=viewer.user)
    assert device.pk not in owner.get("auth/devices/").ids
    assert owner.get(f"auth/devices/{device.pk}/").status == 404
    assert owner.delete(f"auth/devices/{device.pk}/").status == 404
    assert viewer.get("auth/devices/").ids == [device.pk]


def test_signing_out_everywhere_ends_this_device_too_and_its_refresh_token(
    nobody: Caller, team: Team
) -> None:
    signed = nobody.post(LOGIN, {"email": team.owner.email, "password": PASSWORD}).data
    caller = Caller(team.owner, access=signed["access"])
    assert caller.post("auth/devices/sign_out_all/", {}).data == {"signed_out": 1}
    assert caller.get("auth/account/").status == 401
    assert nobody.post("auth/refresh/", {"refresh": signed["refresh"]}).status == 401


# ---------------------------------------------------------------- registration


FULL = {
    "email": "Rita@New.test",
    "password": NEW,
    "first_name": "Rita",
    "last_name": "Roe",
    "username": "rita",
}


def test_registration_is_closed_unless_it_was_opened(nobody: Caller, db: None) -> None:
    reply = nobody.post("auth/register/", FULL)
    assert (reply.status, reply.body["code"]) == (403, "forbidden")
    assert not User.objects.exists()


def test_registration_makes_an_account_with_its_owner_on_the_plan_for_it(
    nobody: Caller, team: Team, settings: Any
) -> None:
    settings.PLANNER_REGISTRATION, settings.PLANNER_REGISTRATION_PLAN = True, "free"
    refused = nobody.post("auth/register/", FULL)
    assert refused.status == 403
    Plan.objects.create(name="Free", slug="free", max_sites=1, created_at=0)
    made = nobody.post("auth/register/", {**FULL, "account_name": "Roe & Co"})
    assert made.status == 201
    user = made.data["user"]
    assert (user["email"], user["name"], user["role"]) == ("rita@new.test", "Rita Roe", "owner")
    account = Account.objects.select_related("plan").get(pk=user["account"]["id"])
    assert (account.name, account.plan and account.plan.slug) == ("Roe & Co", "free")
    rita = Caller(User.objects.get(pk=user["id"]), access=made.data["access"])
    assert rita.get("auth/sites/").ids == []
    assert rita.post("auth/sites/", {"name": "First"}).status == 201
    assert rita.post("auth/sites/", {"name": "Second"}).status == 400
    again = nobody.post("auth/register/", FULL)
    assert again.status == 409
    assert Account.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "x"}, "email"),
        ({"email": None}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "rita@new.test"}, "password"),
        ({"password": ""}, "password"),
    ],
)
def test_a_registration_that_cannot_be_is_400_and_leaves_no_half(
    change: dict[str, Any], field: str, nobody: Caller, db: None, settings: Any
) -> None:
    settings.PLANNER_REGISTRATION = True
    reply = nobody.post("auth/register/", FULL | change)
    assert reply.status == 400
    assert set(reply.body["errors"]) == {field}
    assert not Account.objects.exists()


# ---------------------------------------------------------------- the system


def test_whether_the_platform_is_there_is_everybodys_to_ask(nobody: Caller, db: None) -> None:
    assert nobody.get("system/ping/").data == {"pong": True}
    status = nobody.get("system/status/").data
    assert (status["status"], status["sync_extension"], status["registration"]) == ("ok", True, False)
    assert nobody.post("system/ping/", {}).status == 405
