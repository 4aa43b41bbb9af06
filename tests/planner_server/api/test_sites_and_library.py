from typing import Any

import pytest

from planner_server.accounts.models import Account, Sector, Site
from planner_server.feed.gate import Actor
from planner_server.feed.models import Scope
from planner_server.library.models import SeedKeyword
from planner_server.library.services import SeedRow, industry_sector_upsert, industry_upsert, seeds_upsert
from tests.planner_server.api.caller import Caller, keyword_ids, seed_ids
from tests.planner_server.world import Team

SITES = "auth/sites/"


@pytest.fixture
def garden(db: None) -> dict[str, int]:
    """An industry with seven sectors; slug -> integer id."""
    industry = industry_upsert(name="Garden")
    names = ("Trees", "Roses", "Lawn", "Soil", "Ponds", "Tools", "Pots")
    return {
        one.slug: one.pk for one in (industry_sector_upsert(industry=industry, name=name) for name in names)
    }


def test_the_account_shows_its_limits_and_who_asks(editor: Caller, team: Team) -> None:
    data = editor.get("auth/account/").data
    assert (data["id"], data["name"], data["max_keywords"]) == (team.account.pk, "Acme", None)
    assert data["user"]["role"] == "editor"


# ---------------------------------------------------------------- sites


def test_a_site_is_made_and_takes_its_sectors(owner: Caller, team: Team, garden: dict[str, int]) -> None:
    made = owner.post(SITES, {"name": "Green", "domain": "green.example"})
    assert made.status == 201
    assert made.data["account"] == team.account.pk
    assert made.data["industry"] is None
    url = f"{SITES}{made.data['id']}/"
    chosen = owner.post(
        f"{url}select_sectors/", {"industry_slug": "garden", "sector_slugs": ["roses", "lawn"]}
    )
    assert chosen.status == 200
    assert chosen.data["site"]["id"] == made.data["id"]
    assert [one["name"] for one in chosen.data["sectors"]] == ["Roses", "Lawn"]
    assert owner.get(url).data["industry_slug"] == "garden"
    assert Scope.objects.filter(uid=made.data["uid"], kind="site").exists()


def test_deselecting_a_sector_switches_it_off_and_selecting_brings_the_same_one_back(
    owner: Caller, team: Team, garden: dict[str, int]
) -> None:
    pk = owner.post(SITES, {"name": "Green"}).data["id"]

    def select(*slugs: str) -> list[int]:
        body = {"industry_slug": "garden", "sector_slugs": slugs}
        return [one["id"] for one in owner.post(f"{SITES}{pk}/select_sectors/", body).data["sectors"]]

    roses, lawn = select("roses", "lawn")
    assert select("lawn") == [lawn]
    assert [one["id"] for one in owner.get(f"{SITES}{pk}/sectors/").data] == [lawn]
    assert owner.get("auth/sectors/", site=pk).ids == [roses, lawn]
    assert select("roses", "lawn") == [roses, lawn]
    assert Sector.objects.filter(site_id=pk).count() == 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"industry_slug": "nope"},
        {"industry_slug": "garden", "sector_slugs": []},
        {"industry_slug": "garden", "sector_slugs": ["nope"]},
        {"industry_slug": "garden", "sector_slugs": ["trees", "roses", "lawn", "soil", "ponds", "tools"]},
        {"industry_slug": "garden"},
        {"industry_slug": "garden", "sector_slugs": "roses"},
        {"industry_slug": 5, "sector_slugs": [5]},
    ],
)
def test_a_selection_that_cannot_be_is_400_and_changes_nothing(
    owner: Caller, garden: dict[str, int], body: dict[str, Any]
) -> None:
    pk = owner.post(SITES, {"name": "Green"}).data["id"]
    reply = owner.post(f"{SITES}{pk}/select_sectors/", body)
    assert reply.status == 400
    assert reply.body["errors"]
    assert not Sector.objects.filter(site_id=pk).exists()
    assert Site.objects.get(pk=pk).industry_id is None


def test_a_site_with_keywords_does_not_change_its_industry(
    owner: Caller, team: Team, garden: dict[str, int]
) -> None:
    keyword_ids(team, 1)
    body = {"industry_slug": "garden", "sector_slugs": ["roses"]}
    reply = owner.post(f"{SITES}{team.site.pk}/select_sectors/", body)
    assert reply.status == 400
    assert Site.objects.get(pk=team.site.pk).industry_id == team.industry.pk


def test_a_sector_can_be_added_by_its_id(owner: Caller, garden: dict[str, int]) -> None:
    pk = owner.post(SITES, {"name": "Green"}).data["id"]
    first = owner.post("auth/sectors/", {"site_id": pk, "industry_sector_id": garden["roses"]})
    assert first.status == 201
    assert first.data["name"] == "Roses"
    second = owner.post("auth/sectors/", {"site": pk, "industry_sector": garden["lawn"]})
    assert owner.get("auth/sectors/", site=pk).ids == [first.data["id"], second.data["id"]]
    assert owner.post("auth/sectors/", {"site_id": 10**9, "industry_sector_id": garden["lawn"]}).status == 404
    assert owner.post("auth/sectors/", {"site_id": pk, "industry_sector_id": 10**9}).status == 400


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": "  "}, {"name": "x" * 300}, {"name": None}, []])
def test_a_site_needs_a_name(owner: Caller, body: Any) -> None:
    reply = owner.post(SITES, body)
    assert reply.status == 400
    assert reply.body["errors"]


def test_the_plans_number_of_sites_is_kept(owner: Caller, team: Team) -> None:
    Account.objects.filter(pk=team.account.pk).update(max_sites=1)
    reply = owner.post(SITES, {"name": "One more"})
    assert reply.status == 400
    assert reply.body["code"] == "limit"
    assert Site.objects.filter(account=team.account).count() == 1


def test_an_editor_who_makes_a_site_may_work_on_it(editor: Caller, viewer: Caller) -> None:
    made = editor.post(SITES, {"name": "Mine"})
    assert made.status == 201
    assert made.data["id"] in editor.get(SITES).ids
    assert viewer.post(SITES, {"name": "Not mine"}).status == 403


def test_sites_are_found_by_slug_and_sectors_by_site(owner: Caller, team: Team) -> None:
    owner.post(SITES, {"name": "Other"})
    assert owner.get(SITES, slug=team.site.slug).ids == [team.site.pk]
    assert owner.get(SITES, slug="a\x00b").ids == []
    assert owner.get("auth/sectors/", site_id=team.site.pk).ids == [team.sector.pk]
    assert owner.get("auth/sectors/", site="x").status == 400


# ---------------------------------------------------------------- library


def test_industries_come_with_their_sectors_in_order_of_name(owner: Caller, garden: dict[str, int]) -> None:
    shown = {one["slug"]: one for one in owner.get("auth/industries/").results}
    assert [one["name"] for one in shown["garden"]["sectors"]] == [
        "Lawn",
        "Ponds",
        "Pots",
        "Roses",
        "Soil",
        "Tools",
        "Trees",
    ]


def test_the_library_is_listed_by_industry_sector_and_searched(
    owner: Caller, team: Team, garden: dict[str, int]
) -> None:
    assert owner.get("keywords-library/", sector_ids=garden["roses"]).ids == []
    both = owner.get("keywords-library/", sector_ids=f"{garden['roses']},{team.branch.pk}", page_size=100)
    assert both.ids == seed_ids(team, 20)
    assert owner.get("keywords-library/", sector_ids="").ids == []
    found = owner.get("keywords-library/", search="Loan 19").results
    assert found == [
        {
            "id": seed_ids(team, 1, 19)[0],
            "uid": team.seeds[19],
            "keyword": "loan 19",
            "industry": team.industry.pk,
            "sector": team.branch.pk,
            "volume": 1900,
            "difficulty": 19,
            "intent": "commercial",
            "country": "US",
            "is_active": True,
        }
    ]
    assert owner.get(f"keywords-library/{found[0]['id']}/").data == found[0]


def test_the_search_knows_case_and_accents_of_any_alphabet(owner: Caller, team: Team) -> None:
    seeds_upsert(sector=team.branch, rows=[SeedRow("Ёлка Straße")], actor=Actor("import", "test"))
    for text in ("ёлка", "ЁЛКА", "STRASSE", "straße ёл"):
        assert [one["keyword"] for one in owner.get("keywords-library/", search=text).results] == [
            "Ёлка Straße"
        ]


@pytest.mark.parametrize(
    "query", [{"sector_ids": "a"}, {"sector_ids": "1;2"}, {"sector_ids": "9" * 40}, {"ordering": "x"}]
)
def test_a_library_query_that_cannot_be_understood_is_400(owner: Caller, query: dict[str, str]) -> None:
    assert owner.get("keywords-library/", **query).status == 400


def test_the_library_is_read_only(owner: Caller, team: Team) -> None:
    pk = seed_ids(team, 1)[0]
    assert owner.post("keywords-library/", {"keyword": "x"}).status == 405
    assert owner.delete(f"keywords-library/{pk}/").status == 405
    assert owner.patch(f"keywords-library/{pk}/", {"volume": 1}).status == 405
    assert SeedKeyword.objects.get(pk=pk).volume == 0
