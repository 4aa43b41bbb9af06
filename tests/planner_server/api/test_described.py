"""The API's description: valid, complete, the one in the repository, and true of what is served."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core import signals
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections, connection
from django.test import Client
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

from planner_server.accounts.models import User
from planner_server.api import pages
from planner_server.api.openapi.writing import Document, as_yaml, described
from tests.planner_server.api.caller import Caller, cluster_id, idea_id, keyword_ids
from tests.planner_server.world import Team

ASKED = int(os.environ.get("PLANNER_API_EXAMPLES") or 0)
"""Requests made up for each operation and mode; unset, a few on SQLite."""

LEARNED = {
    "checks": {
        # That an id or a slug of a body exists, no schema can say: it is refused with 400 as a rule's refusal is.
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "3xx", 400, 401, 402, 403, 404, 409, 429],
        }
    }
}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described()["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_the_description_is_valid_openapi() -> None:
    validate_schema(described())  # type: ignore[no-untyped-call]
    assert len(list(operations())) > 60


def test_the_description_in_the_repository_is_the_present_one(repository: Path) -> None:
    kept = (repository / "docs" / "openapi.yaml").read_bytes()
    assert kept == as_yaml(), "run: planner-server describe-api docs/openapi.yaml"


def test_every_operation_has_an_id_of_its_own_and_its_error_answers() -> None:
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert len(ids) == len(set(ids))
    for path, method, operation in operations():
        answers = set(operation["responses"])
        assert {"400", "429", "500"} <= answers, (method, path)
        assert answers & {"200", "201", "204"}, (method, path)
        if operation["security"] and {} not in operation["security"]:
            assert {"401", "403"} <= answers, (method, path)
        if "{id}" in path:
            assert "404" in answers, (method, path)
        if method == "post":
            assert {"409", "413", "415", "422"} <= answers, (method, path)


def test_answers_are_in_the_envelope_and_refer_to_what_is_there() -> None:
    document = described()
    for name, schema in document["components"]["schemas"].items():
        if name.endswith(("Answer", "List")):
            assert {"success", "data", "request_id"} <= set(schema["required"])
        if name.endswith("Page"):
            assert {"success", "count", "next", "previous", "results", "request_id"} <= set(
                schema["required"]
            )
    named = set(re.findall(r"#/components/(\w+)/(\w+)", str(document)))
    assert named
    assert not [(kind, name) for kind, name in named if name not in document["components"][kind]]


def test_the_description_is_the_same_after_requests_were_answered(owner: Caller) -> None:
    for path in ("auth/accounts/", "planner/keywords/", "auth/sites/"):
        assert owner.get(path).status == 200
    assert Document(urlconf="planner_server.config.urls").get_schema() == described()  # type: ignore[no-untyped-call]


# ---------------------------------------------------------------- what is served


def test_the_description_is_served_as_yaml_and_as_json_without_signing_in() -> None:
    client = Client()
    plain, json = client.get("/api/schema/"), client.get("/api/schema/?format=json")
    assert (plain.status_code, plain.content) == (200, as_yaml())
    assert json.json()["paths"].keys() == described()["paths"].keys()
    assert client.get("/api/schema/", headers={"Accept": "application/json"}).json() == json.json()
    assert client.get("/api/schema/?format=xml").json()["success"] is False
    assert client.post("/api/schema/").json()["code"] == "method_not_allowed"


@pytest.mark.parametrize("path", ["/api/docs/", "/api/redoc/"])
def test_the_pages_load_nothing_from_elsewhere(path: str) -> None:
    client = Client()
    page = client.get(path)
    loaded = re.findall(r'(?:src|href|spec-url)="([^"]+)"', page.content.decode())
    assert page.status_code == 200
    assert "https:" not in page.headers["Content-Security-Policy"]
    assert len(loaded) >= 2
    for address in loaded:
        assert address.startswith("/api/")
        assert client.get(address).status_code == 200, address


def test_no_other_file_is_handed_out_beside_the_pages() -> None:
    client = Client()
    for name in ("LICENSE", "..%2F..%2F__init__.py", "swagger-ui.css.map"):
        assert client.get(f"/api/docs/assets/{name}").status_code == 404
    for name in pages.ASSETS:
        assert client.get(f"/api/docs/assets/{name}").content


def test_a_start_of_the_server_does_not_wait_for_the_describing_library(repository: Path) -> None:
    code = (
        "import django, sys; django.setup(); import planner_server.config.urls;"
        " sys.exit('drf_spectacular' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=repository, check=False).returncode == 0


# ---------------------------------------------------------------- requests made up from it


@pytest.fixture
def same_connection(team: Team) -> Iterator[None]:
    """Keep the test's connection, and with it its transaction, when a request ends."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize(("mode", "number"), [("POSITIVE", 2), ("NEGATIVE", 1)])
def test_what_is_served_is_what_the_description_says(
    team: Team, same_connection: None, mode: str, number: int
) -> None:
    """Every operation takes what its schema allows and refuses what it does not, and answers as described; never a fault."""
    if not ASKED and connection.vendor == "postgresql":
        pytest.skip("PLANNER_API_EXAMPLES asks for it on PostgreSQL, too")
    keyword_ids(team, 3)
    cluster_id(team, "One")
    idea_id(team, "One")
    schema = schemathesis.openapi.from_dict(described(), config=SchemathesisConfig.from_dict(LEARNED))
    schema.app = WSGIHandler()
    asked = 0
    for result in schema.get_all_operations():
        operation = _found(result)
        if mode == "POSITIVE" or operation.body or operation.query:
            asked += _asked(operation, GenerationMode[mode], ASKED or number, team.owner)
    assert asked > (100 if mode == "POSITIVE" else 40)


def _found(result: Any) -> Any:
    """The operation; fails where the description of it cannot be read."""
    return result.ok()


def _asked(operation: Any, mode: GenerationMode, number: int, user: User) -> int:
    """How many requests were made up for an operation; none where its schema allows everything (or forbids nothing)."""
    asked = 0

    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        nonlocal asked
        asked += 1
        # A sign-in of its own: some operations end the one they come with.
        user.refresh_from_db()
        headers = {"Authorization": f"Bearer {Caller(user).access}"}
        case.call_and_validate(headers=headers)

    try:
        ask()
    except Unsatisfiable:
        assert asked == 0
    return asked
