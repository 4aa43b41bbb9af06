"""The documented limits of requests a minute."""

import re
from pathlib import Path
from typing import Any

import pytest

from planner_server import clock
from planner_server.api import throttling
from planner_server.api.models import Count
from tests.planner_server.api.caller import Caller, person
from tests.planner_server.world import Team

START = 1_800_000_000_000
"""The beginning of a minute."""


@pytest.fixture
def limits(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits are on, counted from nothing, at the first second of a minute that does not pass."""
    settings.PLANNER_THROTTLE = "documented"
    monkeypatch.setattr(throttling, "METER", throttling.Meter())


def at(second: int) -> Any:
    return clock.replaced(now_ms=lambda: START + 1000 * second)


def test_every_answer_says_what_is_left_and_the_sixty_first_of_a_minute_is_429(
    owner: Caller, editor: Caller, limits: None
) -> None:
    with at(10):
        for number in range(1, 61):
            reply = owner.get("planner/keywords/999999/" if number % 2 else "planner/clusters/", page_size=1)
            assert reply.status in {200, 404}
            assert reply.headers["X-Throttle-Limit"] == "60"
            assert reply.headers["X-Throttle-Remaining"] == str(60 - number)
            assert reply.headers["X-Throttle-Reset"] == str(START // 1000 + 60)
            assert reply.headers["RateLimit"] == f'"planner";r={60 - number};t=50'
            assert reply.headers["RateLimit-Policy"] == '"planner";q=60;w=60'
        over = owner.get("planner/keywords/")
        assert (over.status, over.body["code"], over.headers["Retry-After"]) == (429, "throttled", "50")
        assert over.headers["X-Throttle-Remaining"] == "0"
        assert owner.get("auth/account/").status == 200
        assert editor.get("planner/keywords/").status == 200
    with at(61):
        assert owner.get("planner/keywords/").headers["X-Throttle-Remaining"] == "59"


def test_guessing_passwords_and_tokens_is_counted_by_address(
    nobody: Caller, owner: Caller, limits: None
) -> None:
    wrong = {"email": "a@b.test", "password": "x"}
    with at(0):
        assert {nobody.post("auth/login/", wrong).status for _ in range(20)} == {401}
        assert nobody.post("auth/login/", wrong).status == 429
        forged = Caller(access="a.b.c")
        assert {forged.get("planner/ideas/").status for _ in range(60)} == {401}
        assert forged.get("planner/ideas/").status == 429
        assert owner.get("planner/ideas/").status == 200


def test_errors_of_every_kind_carry_the_headers(owner: Caller, nobody: Caller, limits: None) -> None:
    with at(0):
        for reply in (
            nobody.get("planner/keywords/"),
            owner.post("planner/keywords/", {}),
            owner.put("auth/login/", {}),
            owner.get("nothing/here/"),
        ):
            assert reply.status in {400, 401, 404, 405}
            assert {"X-Throttle-Limit", "X-Throttle-Remaining", "X-Throttle-Reset"} <= set(reply.headers)


def test_without_limits_nothing_is_said_about_them(owner: Caller) -> None:
    assert "X-Throttle-Limit" not in owner.get("planner/keywords/").headers


def test_processes_that_share_a_database_share_the_count(team: Team) -> None:
    assert [throttling._shared("planner u1", 5) for _ in range(3)] == [1, 2, 3]
    assert throttling._shared("planner u2", 5) == 1
    assert throttling._shared("planner u1", 6) == 1
    assert Count.objects.count() == 2
    throttling.forget()
    assert not Count.objects.exists()


@pytest.mark.postgres
def test_on_postgresql_the_count_is_in_the_database(team: Team, limits: None) -> None:
    Caller(person(team, "editor")).get("planner/keywords/")
    assert Count.objects.filter(caller__startswith="planner u", number=1).count() == 1


def test_the_description_lists_every_limit(repository: Path) -> None:
    text = (repository / "docs" / "api.md").read_text()
    listed = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", text, re.MULTILINE))
    assert {scope: int(limit) for scope, limit in listed.items()} == dict(throttling.LIMITS)
