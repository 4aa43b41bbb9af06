"""Large lists are counted once for each state of the data, and never wrongly."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection

from planner_server.accounts.models import User
from planner_server.feed.gate import Actor
from planner_server.library.services import SeedRow, seeds_upsert
from tests.planner_server.api.caller import Caller, cluster_id, keyword_ids, person, place, seed_ids
from tests.planner_server.world import Team

KEYWORDS = "planner/keywords/"


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every list of more than two rows is large."""
    monkeypatch.setattr("planner_server.api.counting.COUNTED", 2)
    cache.clear()


@contextmanager
def whole_counts() -> Iterator[list[str]]:
    """The statements that count without an end."""
    found: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if sql.startswith("SELECT COUNT(") and "LIMIT" not in sql:
            found.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def test_a_list_is_counted_once_until_somebody_writes(owner: Caller, team: Team) -> None:
    ids = keyword_ids(team, 6)
    with whole_counts() as counted:
        assert [owner.get(KEYWORDS, page_size=2, page=page).body["count"] for page in (1, 2, 3)] == [6, 6, 6]
    assert len(counted) == 1
    owner.delete(f"{KEYWORDS}{ids[0]}/")
    assert owner.get(KEYWORDS).body["count"] == 5
    owner.post(KEYWORDS, {"seed_keyword_id": seed_ids(team, 1, 9)[0], **place(team)})
    assert owner.get(KEYWORDS).body["count"] == 6
    assert owner.get(KEYWORDS, volume_max=400).body["count"] == 4
    with whole_counts() as counted:
        assert owner.get(KEYWORDS, volume_max=400, ordering="-volume").body["count"] == 4
    assert counted == []


def test_figures_of_the_library_change_counts_too(owner: Caller, team: Team) -> None:
    keyword_ids(team, 6)
    assert owner.get(KEYWORDS, volume_min=100).body["count"] == 5
    assert owner.get("keywords-library/").body["count"] == 20
    rows = [SeedRow("loan 0", 5_000, 0, "commercial", "US"), SeedRow("fresh", country="US")]
    seeds_upsert(sector=team.branch, rows=rows, actor=Actor("import", "test"))
    assert owner.get(KEYWORDS, volume_min=100).body["count"] == 6
    assert owner.get("keywords-library/").body["count"] == 21


def test_nobody_is_told_anothers_count(owner: Caller, team: Team, rival: Team) -> None:
    keyword_ids(team, 6)
    keyword_ids(rival, 4)
    stranger = Caller(person(team, "editor", grant=False))
    counts = [
        caller.get(KEYWORDS).body["count"]
        for caller in (owner, Caller(rival.owner), stranger, Caller(person(team, User.Role.DEVELOPER)))
    ]
    assert counts == [6, 4, 0, 10]


def test_counting_asks_for_no_figures_of_clusters(owner: Caller, team: Team) -> None:
    for name in "abcd":
        cluster_id(team, name)
    seen: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        assert owner.get("planner/clusters/").body["count"] == 4
    counts = [sql for sql in seen if sql.startswith("SELECT COUNT(")]
    assert len(counts) == 2
    assert not any("planning_keywords" in sql for sql in counts)


def test_options_of_filters_are_found_out_once_until_somebody_writes(owner: Caller, team: Team) -> None:
    ids = keyword_ids(team, 4)
    asked: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        asked.append(sql)
        return execute(sql, params, many, context)

    def mapped() -> int:
        found = owner.get(f"{KEYWORDS}filter_options/").data["status"]
        return sum(one["count"] for one in found if one["value"] == "mapped")

    assert mapped() == 0
    with connection.execute_wrapper(note):
        assert mapped() == 0
    assert not any("GROUP BY" in sql for sql in asked)
    owner.patch(f"{KEYWORDS}{ids[0]}/", {"status": "mapped"})
    assert mapped() == 1
