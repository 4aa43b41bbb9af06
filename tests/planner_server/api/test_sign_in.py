import time
from typing import Any

import jwt
import pytest
from django.conf import settings
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from planner_server.accounts.models import Device, User
from planner_server.accounts.services import user_create
from tests.planner_server.api.caller import PASSWORD, Caller
from tests.planner_server.world import Team


def login(caller: Caller, team: Team, **more: Any) -> Any:
    return caller.post("auth/login/", {"email": team.owner.email, "password": PASSWORD, **more})


def test_a_sign_in_answers_with_user_account_and_both_tokens(nobody: Caller, team: Team) -> None:
    reply = login(nobody, team, device="Olga's laptop", app="planner-desktop 0.1")
    assert reply.status == 200
    data = reply.data
    assert data["user"]["email"] == team.owner.email
    assert data["user"]["role"] == "owner"
    assert data["user"]["account"] == {
        "id": team.account.pk,
        "uid": team.account.uid,
        "name": "Acme",
        "slug": team.account.slug,
    }
    claims = jwt.decode(data["access"], settings.SECRET_KEY, algorithms=["HS256"])
    assert claims["type"] == "access"
    assert claims["user_id"] == str(team.owner.pk)
    assert claims["account_id"] == team.account.pk
    assert claims["device"] == data["device"]
    assert claims["exp"] - claims["iat"] == 15 * 60
    refresh = jwt.decode(data["refresh"], settings.SECRET_KEY, algorithms=["HS256"])
    assert refresh["exp"] - refresh["iat"] == 7 * 24 * 3600
    assert data["access_expires_at"].endswith("Z")
    device = Device.objects.get(uid=data["device"])
    assert (device.name, device.app) == ("Olga's laptop", "planner-desktop 0.1")


def test_the_address_may_be_written_in_any_case(nobody: Caller, team: Team) -> None:
    reply = nobody.post("auth/login/", {"email": team.owner.email.upper(), "password": PASSWORD})
    assert reply.status == 200


@pytest.mark.parametrize(
    "body",
    [
        {"email": "owner@acme.test", "password": "wrong"},
        {"email": "nobody@acme.test", "password": PASSWORD},
        {"email": "' OR 1=1 --", "password": PASSWORD},
    ],
)
def test_a_wrong_sign_in_is_401_and_does_not_say_which_half_was_wrong(
    nobody: Caller, team: Team, body: dict[str, str]
) -> None:
    reply = nobody.post("auth/login/", body)
    assert reply.status == 401
    assert reply.body["error"] == "E-mail or password is wrong."
    assert "Bearer" in reply.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    "body", [{}, {"email": "a@b.c"}, {"password": "x"}, {"email": "", "password": ""}, [], "x", 5]
)
def test_a_sign_in_without_its_fields_is_400_and_names_them(nobody: Caller, body: Any) -> None:
    reply = nobody.post("auth/login/", body)
    assert reply.status == 400
    assert reply.body["errors"]


def test_the_bot_the_inactive_and_those_of_a_closed_account_cannot_sign_in(
    nobody: Caller, team: Team
) -> None:
    bot = user_create(account=team.account, email="bot@acme.test", password=None, role="system_bot")
    bot.set_password(PASSWORD)
    bot.save()
    assert nobody.post("auth/login/", {"email": bot.email, "password": PASSWORD}).status == 401
    User.objects.filter(pk=team.colleague.pk).update(is_active=False)
    assert nobody.post("auth/login/", {"email": team.colleague.email, "password": PASSWORD}).status == 401
    team.account.is_active = False
    team.account.save()
    assert login(nobody, team).status == 401


def test_nothing_but_signing_in_answers_without_a_token(nobody: Caller, team: Team) -> None:
    for path in ("auth/account/", "auth/sites/", "planner/keywords/", "planner/ideas/", "keywords-library/"):
        reply = nobody.get(path)
        assert reply.status == 401
        assert "Bearer" in reply.headers["WWW-Authenticate"]


@pytest.mark.parametrize("path", ["auth/refresh/", "auth/token/refresh/"])
def test_a_refresh_gives_a_new_pair_and_spends_the_old_token(nobody: Caller, team: Team, path: str) -> None:
    first = login(nobody, team).data
    second = nobody.post(path, {"refresh": first["refresh"]})
    assert second.status == 200
    assert second.data["refresh"] != first["refresh"]
    assert Caller(access=second.data["access"]).get("auth/account/").status == 200
    again = nobody.post(path, {"refresh": first["refresh"]})
    assert again.status == 401
    third = nobody.post(path, {"refresh": second.data["refresh"]})
    assert third.status == 200


@pytest.mark.parametrize("token", ["", "x", "a.b.c", None, 5])
def test_a_refresh_with_nonsense_is_refused(nobody: Caller, team: Team, token: Any) -> None:
    assert nobody.post("auth/refresh/", {"refresh": token}).status in {400, 401}


def test_an_access_token_does_not_refresh_and_a_refresh_token_does_not_open(
    nobody: Caller, team: Team
) -> None:
    data = login(nobody, team).data
    assert nobody.post("auth/refresh/", {"refresh": data["access"]}).status == 401
    assert Caller(access=data["refresh"]).get("auth/account/").status == 401


def test_signing_out_ends_both_tokens_of_this_device_and_no_other(nobody: Caller, team: Team) -> None:
    here, there = login(nobody, team).data, login(nobody, team).data
    assert Caller(access=here["access"]).post("auth/logout/", {}).status == 200
    assert Caller(access=here["access"]).get("auth/account/").status == 401
    assert nobody.post("auth/refresh/", {"refresh": here["refresh"]}).status == 401
    assert Caller(access=there["access"]).get("auth/account/").status == 200


def test_a_user_switched_off_loses_his_running_token(nobody: Caller, team: Team) -> None:
    data = login(nobody, team).data
    User.objects.filter(pk=team.owner.pk).update(is_active=False)
    assert Caller(access=data["access"]).get("auth/account/").status == 401
    assert nobody.post("auth/refresh/", {"refresh": data["refresh"]}).status == 401


def test_a_viewer_may_sign_out(viewer: Caller) -> None:
    assert viewer.post("auth/logout/", {}).status == 200


def test_an_expired_or_foreign_token_is_401(nobody: Caller, team: Team) -> None:
    data = login(nobody, team).data
    claims = jwt.decode(data["access"], settings.SECRET_KEY, algorithms=["HS256"])
    old = jwt.encode({**claims, "exp": int(time.time()) - 1}, settings.SECRET_KEY, algorithm="HS256")
    forged = jwt.encode(claims, "another key that is long enough for the algorithm", algorithm="HS256")
    unsigned = jwt.encode(claims, "", algorithm="none")
    other = jwt.encode({**claims, "user_id": str(team.colleague.pk)}, settings.SECRET_KEY, algorithm="HS256")
    for token in (old, forged, unsigned, other, "x", "a.b.c"):
        assert Caller(access=token).get("auth/account/").status == 401


def test_no_live_refresh_token_is_kept_in_the_database(nobody: Caller, team: Team) -> None:
    data = login(nobody, team).data
    assert not OutstandingToken.objects.exists()
    nobody.post("auth/refresh/", {"refresh": data["refresh"]})
    assert [row.token for row in OutstandingToken.objects.all()] == [data["refresh"]]
