import logging
from typing import Any

import pytest
from django.db import OperationalError

from tests.planner_server.api.caller import BASE, Caller, checked
from tests.planner_server.world import Team


@pytest.mark.parametrize(
    "path", ["", "nope/", "planner/keywords", "planner/keywords/abc/", "auth/", "../v2/"]
)
@pytest.mark.parametrize("method", ["get", "post", "delete", "options"])
def test_an_unknown_path_is_404_in_the_envelope(owner: Caller, path: str, method: str) -> None:
    if not path.startswith(".."):
        assert owner.call(method, path).status == 404


def test_paths_outside_the_version_are_enveloped_too(nobody: Caller) -> None:
    assert checked(nobody.client.get("/api/v2/planner/keywords/")).status == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("put", "auth/login/"),
        ("get", "auth/logout/"),
        ("post", "auth/industries/"),
        ("delete", "planner/keywords/"),
    ],
)
def test_a_wrong_method_is_405(owner: Caller, method: str, path: str) -> None:
    reply = owner.call(method, path)
    assert reply.status == 405
    assert reply.body["code"] == "method_not_allowed"


@pytest.mark.parametrize("raw", [b"{bad", b"\xff\xfe", b'{"email": }'])
def test_a_body_that_is_no_json_is_400(nobody: Caller, raw: bytes) -> None:
    reply = checked(nobody.client.post(BASE + "auth/login/", raw, content_type="application/json"))
    assert reply.status == 400


def test_a_body_of_another_type_is_415(nobody: Caller) -> None:
    response = nobody.client.post(
        BASE + "auth/login/", b"email=a", content_type="application/x-www-form-urlencoded"
    )
    assert checked(response).status == 415


def test_an_answer_asked_for_as_html_is_json_or_406(owner: Caller) -> None:
    headers = {"Authorization": f"Bearer {owner.access}", "Accept": "text/html"}
    assert checked(owner.client.get(BASE + "auth/account/", headers=headers)).status in {200, 406}


def test_an_unknown_host_is_400_in_the_envelope(nobody: Caller) -> None:
    response = nobody.client.get(BASE + "auth/account/", headers={"Host": "evil.example"})
    assert checked(response).status == 400


def test_a_callers_request_id_comes_back_and_a_strange_one_does_not(owner: Caller) -> None:
    headers = {"Authorization": f"Bearer {owner.access}", "X-Request-ID": "trip-17"}
    assert checked(owner.client.get(BASE + "auth/account/", headers=headers)).body["request_id"] == "trip-17"
    headers["X-Request-ID"] = "a b\tc" * 40
    assert checked(owner.client.get(BASE + "auth/account/", headers=headers)).body["request_id"] != "trip-17"


def test_a_fault_of_ours_is_500_without_its_text_and_is_logged_with_the_request_id(
    owner: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> Any:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("planner_server.accounts.views.AccountView.get", fail)
    with caplog.at_level(logging.ERROR, logger="planner.api"):
        reply = owner.get("auth/account/")
    assert reply.status == 500
    assert "secret" not in str(reply.body)
    assert reply.body["request_id"] in caplog.text
    assert "secret detail" in caplog.text


def test_a_database_that_does_not_answer_is_503_with_a_time_to_wait(
    owner: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise OperationalError("database is locked")

    monkeypatch.setattr("planner_server.accounts.views.AccountView.get", fail)
    reply = owner.get("auth/account/")
    assert reply.status == 503
    assert int(reply.headers["Retry-After"]) >= 1


def test_a_role_that_goes_beyond_its_grants_is_logged_and_an_editor_is_not(
    owner: Caller, editor: Caller, team: Team, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="planner.access"):
        editor.get("planner/keywords/")
        assert not caplog.records
        owner.get("planner/keywords/")
    assert f"owner {team.owner.uid}: GET /api/v1/planner/keywords/" in caplog.text
