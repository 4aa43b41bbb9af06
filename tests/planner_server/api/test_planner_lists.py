"""Filters, their options, the bulk names and the former spellings of the planner's three lists and of the library."""

from typing import Any

import pytest

from planner_core.commands import SetOverride
from planner_server.accounts.models import Account, User
from planner_server.feed.gate import Actor, write
from planner_server.library.models import SeedKeyword
from planner_server.library.services import SeedRow, industry_sector_upsert, industry_upsert, seeds_upsert
from planner_server.planning.models import Keywords
from tests.planner_server.api.caller import (
    Caller,
    cluster_id,
    idea_id,
    keyword_ids,
    person,
    place,
    seed_ids,
)
from tests.planner_server.world import Team

KEYWORDS, CLUSTERS, IDEAS = "planner/keywords/", "planner/clusters/", "planner/ideas/"
LIBRARY = "keywords-library/"


def values(options: dict[str, Any], name: str) -> dict[Any, int]:
    return {one["value"]: one["count"] for one in options[name]}


# ---------------------------------------------------------------- filter_options


def test_options_of_keywords_are_what_the_other_filters_leave(owner: Caller, team: Team) -> None:
    rows = [SeedRow("auf raten", 5, 9, "informational,commercial", "DE"), SeedRow("nobody knows")]
    seeds_upsert(sector=team.branch, rows=rows, actor=Actor("import", "test"))
    ids = keyword_ids(team, 4)
    for seed in SeedKeyword.objects.filter(keyword__in=[row.keyword for row in rows]):
        owner.post(KEYWORDS, {"seed_keyword_id": seed.pk, **place(team)})
    homes, cars = cluster_id(team, "Homes"), cluster_id(team, "Cars")
    owner.patch(f"{KEYWORDS}{ids[0]}/", {"cluster_id": homes})
    owner.patch(f"{KEYWORDS}{ids[1]}/", {"cluster_id": cars, "disabled": True})

    def options(**query: Any) -> dict[str, Any]:
        reply = owner.get(f"{KEYWORDS}filter_options/", **query)
        assert reply.status == 200
        answer: dict[str, Any] = reply.data
        return answer

    everything = options()
    assert values(everything, "status") == {"new": 4, "mapped": 2}
    assert values(everything, "disabled") == {False: 5, True: 1}
    assert values(everything, "seed_keyword__country") == {"DE": 1, "US": 4}
    assert values(everything, "seed_keyword__intent") == {"informational": 1, "commercial": 5}
    assert everything["cluster_id"] == [
        {"value": cars, "label": "Cars", "count": 1},
        {"value": homes, "label": "Homes", "count": 1},
    ]
    assert values(everything, "sector_id") == {team.sector.pk: 6}
    assert everything["volume"] == {"min": 0, "max": 300}
    assert everything["difficulty"] == {"min": 0, "max": 9}
    assert everything["truncated"] == []
    mapped = options(status="mapped", seed_keyword__country="DE")
    assert values(mapped, "status") == {"new": 1}
    assert values(mapped, "seed_keyword__country") == {"US": 2}
    assert mapped["cluster_id"] == []
    # A filter under its former name is left out of its own question too.
    assert values(options(cluster=homes), "cluster_id") == {homes: 1, cars: 1}
    team.run(SetOverride("volume", [Keywords.objects.get(pk=ids[0]).uid], 9_000))
    assert options(search="loan", volume_min=100)["volume"] == {"min": 100, "max": 9_000}
    assert values(options(search="loan", volume_min=9_000), "status") == {"mapped": 1}
    assert owner.get(f"{KEYWORDS}filter_options/", status="lost").status == 400


def test_options_of_clusters_and_ideas(owner: Caller, team: Team, rival: Team) -> None:
    homes = cluster_id(team, "Homes")
    cluster_id(team, "Cars")
    cluster_id(rival, "Theirs")
    first = idea_id(team, "First")
    idea_id(team, "Second")
    owner.patch(f"{IDEAS}{first}/", {"keyword_cluster_id": homes, "content_structure": "guide"})
    clusters = owner.get(f"{CLUSTERS}filter_options/").data
    assert values(clusters, "status") == {"new": 1, "mapped": 1}
    ideas = owner.get(f"{IDEAS}filter_options/", content_structure="guide").data
    assert values(ideas, "content_structure") == {"guide": 1, "article": 1}
    assert values(ideas, "keyword_cluster_id") == {homes: 1}
    assert values(ideas, "content_type") == {"post": 1}


# ---------------------------------------------------------------- former names


def test_former_names_of_parameters_mean_the_present_ones(owner: Caller, team: Team) -> None:
    ids = keyword_ids(team, 3)
    homes = cluster_id(team, "Homes")
    owner.patch(f"{KEYWORDS}{ids[0]}/", {"cluster": homes})
    pk = idea_id(team, "First")
    owner.patch(f"{IDEAS}{pk}/", {"cluster": homes, "title": "Renamed"})
    owner.patch(f"{KEYWORDS}{ids[1]}/", {"disabled": True})
    assert owner.get(f"{IDEAS}{pk}/").data["idea_title"] == "Renamed"
    for name in ("cluster", "keyword_cluster"):
        assert owner.get(KEYWORDS, **{name: homes}).ids == [ids[0]]
        assert owner.get(IDEAS, **{name: homes}).ids == [pk]
    assert owner.get(KEYWORDS, cluster=homes, cluster_id=10**9).ids == []
    assert owner.get(KEYWORDS, cluster_id__isnull="true").ids == ids[1:]
    assert owner.get(KEYWORDS, site=team.site.pk, sector=team.sector.pk, intent="commercial").ids == ids
    assert owner.get(KEYWORDS, sector=10**9).ids == []
    assert owner.get(KEYWORDS, volume__gte=100, volume__lte=100).ids == [ids[1]]
    assert owner.get(KEYWORDS, status="active").ids == [ids[0]]
    assert owner.get(KEYWORDS, status="pending").ids == ids[1:]
    assert owner.get(KEYWORDS, status="archived").ids == [ids[1]]
    assert owner.get(IDEAS, status="scheduled").ids == []


def test_former_names_and_statuses_in_bodies_mean_the_present_ones(owner: Caller, team: Team) -> None:
    where = {"site": team.site.pk, "sector": team.sector.pk}
    made = owner.post(KEYWORDS, {"seed_keyword": seed_ids(team, 1)[0], "status": "active", **where})
    assert (made.status, made.data["status"]) == (201, "mapped")
    pk = idea_id(team, "First")
    assert owner.patch(f"{IDEAS}{pk}/", {"status": "scheduled"}).data["status"] == "queued"
    assert owner.post(f"{IDEAS}bulk_update/", {"ids": [pk], "status": "published"}).data["updated"] == 1
    assert owner.get(f"{IDEAS}{pk}/").data["status"] == "completed"
    archived = owner.post(f"{KEYWORDS}bulk_update/", {"ids": [made.data["id"]], "status": "archived"})
    assert archived.status == 400
    assert "disabled" in archived.body["errors"]["status"][0]


# ---------------------------------------------------------------- bulk


def test_the_later_names_of_bulk_actions_do_the_same(owner: Caller, team: Team) -> None:
    added = owner.post(f"{KEYWORDS}add_to_workflow/", {"seed_keyword_ids": seed_ids(team, 3), **place(team)})
    assert added.data == {"created": 3, "skipped": 0, "errors": []}
    ids = owner.get(KEYWORDS).ids
    assert owner.post(f"{KEYWORDS}bulk_status/", {"ids": ids, "status": "mapped"}).data["updated"] == 3
    assert owner.post(f"{KEYWORDS}bulk_status/", {"ids": ids}).status == 400
    assert owner.get(KEYWORDS, status="mapped").ids == ids


def test_a_bulk_update_switches_off_and_places_too_and_counts_a_row_once(
    owner: Caller, team: Team, rival: Team
) -> None:
    ids, homes = keyword_ids(team, 3), cluster_id(team, "Homes")
    before = team.scope.version
    reply = owner.post(f"{KEYWORDS}bulk_update/", {"ids": ids[:2], "cluster_id": homes, "disabled": True})
    assert (reply.data["updated"], reply.data["unchanged"], reply.data["errors"]) == (2, 0, [])
    assert team.scope.version == before + 1
    shown = owner.get(f"{KEYWORDS}{ids[0]}/").data
    assert (shown["cluster_id"], shown["status"], shown["disabled"]) == (homes, "mapped", True)
    kept = owner.post(f"{KEYWORDS}bulk_update/", {"ids": ids, "cluster_id": homes, "status": "new"}).data
    assert kept["updated"] == 3
    assert owner.get(KEYWORDS, cluster_id=homes, status="new").ids == ids
    out = owner.post(f"{KEYWORDS}bulk_update/", {"ids": ids, "cluster_id": None}).data
    assert out["updated"] == 3
    assert owner.get(f"{CLUSTERS}{homes}/").data["keywords_count"] == 0
    foreign = cluster_id(rival, "Theirs")
    before = team.scope.version
    refused = owner.post(f"{KEYWORDS}bulk_update/", {"ids": ids, "cluster_id": foreign})
    assert (refused.status, list(refused.body["errors"])) == (400, ["cluster_id"])
    assert team.scope.version == before


def test_a_plan_that_is_full_names_the_seeds_it_left_out(owner: Caller, team: Team) -> None:
    keyword_ids(team, 1)
    Account.objects.filter(pk=team.account.pk).update(max_keywords=3)
    seeds = seed_ids(team, 6)
    reply = owner.post(f"{KEYWORDS}bulk_add_from_seed/", {"seed_keyword_ids": seeds, **place(team)})
    assert reply.data["created"] == 2
    assert reply.data["skipped"] == 1
    (error,) = reply.data["errors"]
    assert (error["code"], error["ids"]) == ("limit", seeds[3:])
    single = owner.post(KEYWORDS, {"seed_keyword_id": seeds[5], **place(team)})
    assert (single.status, single.body["code"]) == (400, "limit")
    assert Keywords.objects.count() == 3


# ---------------------------------------------------------------- library


def test_the_library_is_filtered_ordered_and_served_under_both_paths(owner: Caller, team: Team) -> None:
    rows = [SeedRow("auf raten", 5, 99, "informational", "DE"), SeedRow("nobody knows")]
    seeds_upsert(sector=team.branch, rows=rows, actor=Actor("import", "test"))

    def picked(**query: Any) -> list[str]:
        both = [owner.get(path, **query).results for path in (LIBRARY, f"auth/{LIBRARY}")]
        assert both[0] == both[1]
        return [row["keyword"] for row in both[0]]

    assert picked(country="de") == ["auf raten"]
    assert picked(intent="informational") == ["auf raten"]
    assert picked(volume_min=100, volume_max=200) == ["loan 1", "loan 2"]
    assert picked(difficulty_min=18, ordering="-difficulty") == ["auf raten", "loan 19", "loan 18"]
    assert picked(industry=team.industry.pk, search="raten") == ["auf raten"]
    assert picked(industry=10**9) == []
    assert picked(sector=team.branch.pk, search="knows") == ["nobody knows"]
    assert picked(ordering="-volume", page_size=1) == ["loan 19"]
    for bad in ({"volume_min": "x"}, {"industry": "-1"}, {"is_active": "perhaps", "country": "\x00"}):
        assert owner.get(LIBRARY, **bad).status == 400
    assert owner.get("auth/seed-keywords/").status == 404


def test_switched_off_seeds_are_for_developers_only(owner: Caller, team: Team) -> None:
    hidden = seed_ids(team, 1)[0]
    switch_off(team, hidden)
    staff = Caller(person(team, User.Role.DEVELOPER))
    assert hidden not in owner.get(LIBRARY, page_size=100).ids
    assert owner.get(LIBRARY, is_active="false").ids == []
    assert owner.get(f"{LIBRARY}{hidden}/").status == 404
    assert staff.get(LIBRARY, is_active="false").ids == [hidden]
    assert hidden not in staff.get(LIBRARY, is_active="true", page_size=100).ids


def switch_off(team: Team, pk: int) -> None:
    with write(team.branch.scope, Actor("import", "test")) as gate:
        SeedKeyword.objects.filter(pk=pk).update(is_active=False, ver=gate.version)


def test_sector_stats_count_the_seeds_of_each_industry_sector(owner: Caller, team: Team) -> None:
    garden = industry_upsert(name="A garden")
    roses = industry_sector_upsert(industry=garden, name="Roses")
    industry_sector_upsert(industry=garden, name="Bare soil")
    seeds_upsert(sector=roses, rows=[SeedRow("rose", 10, 4), SeedRow("tulip")], actor=Actor("import", "test"))
    expected = {
        "sector": roses.pk,
        "sector_name": "Roses",
        "sector_slug": "roses",
        "industry": garden.pk,
        "industry_name": "A garden",
        "keywords_count": 2,
        "volume": 10,
        "difficulty": 4,
    }
    assert owner.get(f"{LIBRARY}sector_stats/", industry=garden.pk).data == [expected]
    both = owner.get(f"auth/{LIBRARY}sector_stats/").data
    assert [(row["sector_name"], row["keywords_count"]) for row in both] == [("Roses", 2), ("Loans", 20)]
    assert owner.get(f"{LIBRARY}sector_stats/", sector_ids=f"{roses.pk}", volume_min=1).data == [
        {**expected, "keywords_count": 1}
    ]
    assert owner.get(f"{LIBRARY}sector_stats/", sector_ids="").data == []
    assert owner.get(f"{LIBRARY}sector_stats/", sector_ids="x").status == 400


# ---------------------------------------------------------------- search


@pytest.mark.parametrize("text", ["HOW  borrow", "borrow to"])
def test_every_word_of_a_search_must_occur(owner: Caller, team: Team, text: str) -> None:
    pk = idea_id(team, "How to borrow")
    idea_id(team, "How to save")
    assert owner.get(IDEAS, search=text).ids == [pk]
