import logging
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from rest_framework.response import Response

from planner_server.api.middleware import RequestIdFilter
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

    monkeypatch.setattr("planner_server.api.urls.AccountView.get", fail)
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

    monkeypatch.setattr("planner_server.api.urls.AccountView.get", fail)
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


@pytest.mark.parametrize(
    "raw", [b"[" * 200_000, b'{"email": "\\ud800"}', b'{"email": NaN}', b"", b'"text"', b"[]", b"7"]
)
def test_a_body_that_cannot_be_meant_is_400(nobody: Caller, raw: bytes) -> None:
    reply = checked(nobody.client.post(BASE + "auth/login/", raw, content_type="application/json"))
    assert reply.status == 400


def test_a_body_that_is_too_large_is_413_before_it_is_read(owner: Caller, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    reply = owner.post("planner/clusters/bulk_delete/", {"ids": list(range(1, 1_000))})
    assert (reply.status, reply.body["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "nothing/", 404),
        ("put", "auth/login/", 405),
        ("get", "planner/keywords/?ordering=taste", 400),
        ("post", "planner/clusters/", 400),
    ],
)
def test_errors_come_as_problem_documents_to_who_accepts_them(
    owner: Caller, method: str, path: str, status: int
) -> None:
    plain = {"Authorization": f"Bearer {owner.access}", "X-Request-ID": "trip-1"}
    asked = plain | {"Accept": "application/problem+json, application/json"}
    send = getattr(owner.client, method)
    envelope, problem = (
        send(BASE + path, {}, format="json", headers=headers)
        if method != "get"
        else send(BASE + path, headers=headers)
        for headers in (plain, asked)
    )
    assert envelope.status_code == problem.status_code == status
    assert problem.headers["Content-Type"] == "application/problem+json"
    facts, document = envelope.json(), problem.json()
    assert (document["status"], document["detail"]) == (status, facts["error"])
    assert document["type"] == f"urn:planner:error:{facts['code']}"
    assert document["title"]
    assert document["instance"] == problem.request["PATH_INFO"]
    assert document["request_id"] == facts["request_id"] == "trip-1"
    assert document.get("errors") == facts.get("errors")


def test_what_goes_well_stays_in_the_envelope_also_for_who_accepts_problem_documents(owner: Caller) -> None:
    headers = {"Authorization": f"Bearer {owner.access}", "Accept": "application/problem+json"}
    assert checked(owner.client.get(BASE + "auth/account/", headers=headers)).status == 200


def test_refusals_before_any_view_come_as_problem_documents_too(nobody: Caller) -> None:
    headers = {"Host": "evil.example", "Accept": "application/problem+json"}
    response = nobody.client.get(BASE + "auth/account/", headers=headers)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == 400


def test_each_line_logged_while_a_request_is_answered_has_its_id(
    owner: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    def talk(view: Any, request: Any) -> Any:
        logging.getLogger("some.library").warning("while answering")
        return Response({})

    handler = Keep()
    handler.addFilter(RequestIdFilter())
    handler.setFormatter(logging.Formatter("%(request_id)s %(message)s"))
    monkeypatch.setattr("planner_server.api.urls.AccountView.get", talk)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        headers = {"Authorization": f"Bearer {owner.access}", "X-Request-ID": "trip-9"}
        owner.client.get(BASE + "auth/account/", headers=headers)
        root.warning("afterwards")
    finally:
        root.removeHandler(handler)
    assert "trip-9 while answering" in lines
    assert "- afterwards" in lines


def test_what_is_logged_of_a_refused_request_carries_its_id(
    owner: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The framework's line about a refusal comes when the last middleware is done with the request."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Keep()
    handler.addFilter(RequestIdFilter())
    handler.setFormatter(logging.Formatter("%(request_id)s %(message)s"))
    refused = logging.getLogger("django.request")
    monkeypatch.setattr(refused, "handlers", [handler])
    requests = logging.getLogger("planner.request")
    monkeypatch.setattr(requests, "handlers", [handler])
    with caplog.at_level(logging.INFO, logger=requests.name):
        owner.client.get(BASE + "planner/keywords/", headers={"X-Request-ID": "trip-10"})
    assert "trip-10 Unauthorized: /api/v1/planner/keywords/" in lines
    assert any(line.startswith("trip-10 GET /api/v1/planner/keywords/: 401 in ") for line in lines)


@pytest.mark.parametrize(
    "path",
    ["/api/v1/nothing/", "/api/v2/", "/api/schema/", "/api/docs/", "/sync/v1/nothing", "/sync/v1/hello"],
)
def test_no_cookie_stands_between_a_program_and_its_answer(db: None, path: str) -> None:
    """The staff's pages are guarded by cookies and tokens of forms; what programs ask is not, whatever the method."""
    response = Client(enforce_csrf_checks=True).post(path, b"{}", content_type="application/json")
    assert response.status_code in {401, 404, 405}
    assert response.headers["Content-Type"] == "application/json"
    assert not response.cookies
