"""Writes of staff and owners reach the feeds of library and account like any other."""

import pytest

from planner_core.text import fold
from planner_server import clock
from planner_server.accounts import services as accounts
from planner_server.feed.gate import Actor
from planner_server.library import services as library
from planner_server.library.models import SeedKeyword
from planner_server.library.services import SeedRow
from planner_server.refusals import Refusal
from tests.planner_server.world import Desk, Team, make_team

IMPORT = Actor("import", "test")


@pytest.fixture
def team(db: None) -> Team:
    return make_team(seeds=2)


def figures(team: Team, keyword: str) -> tuple[int | None, int | None, str | None]:
    seed = SeedKeyword.objects.get(sector=team.branch, keyword_key=fold(keyword))
    return seed.volume, seed.difficulty, seed.intent


def bring(team: Team, *rows: SeedRow) -> library.SeedCounts:
    return library.seeds_upsert(sector=team.branch, rows=rows, actor=IMPORT)


@pytest.mark.parametrize("chunk", [1, 2, 100])
def test_repeats_within_an_import_merge_and_the_higher_known_volume_wins(
    chunk: int, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "CHUNK", chunk)
    counts = bring(
        team,
        SeedRow("Car Loan", 10, None, "commercial"),
        SeedRow(" car  loan ", 30, 40),
        SeedRow("CAR LOAN", None, 99),
        SeedRow("car loan", 5, 5, country="gb"),
    )
    assert (counts.created, counts.merged, counts.updated, counts.refused) == (2, 2, 0, [])
    seed = SeedKeyword.objects.get(keyword_key="car loan", country="")
    assert (seed.volume, seed.difficulty, seed.intent) == (30, 40, "commercial")
    assert SeedKeyword.objects.get(keyword_key="car loan", country="GB").volume == 5


def test_unknown_stays_unknown_and_never_replaces_what_is_known(team: Team) -> None:
    bring(team, SeedRow("a", 10, 20, "Transactional, informational"), SeedRow("b"))
    assert figures(team, "a") == (10, 20, "informational,transactional")
    assert figures(team, "b") == (None, None, None)
    counts = bring(team, SeedRow("a", 7), SeedRow("b", None, 0), SeedRow("c"))
    assert (counts.created, counts.updated, counts.unchanged) == (1, 2, 0)
    assert figures(team, "a") == (7, 20, "informational,transactional")
    assert figures(team, "b") == (None, 0, None)
    assert bring(team, SeedRow("a", 7), SeedRow("b", None, 0)).unchanged == 2


def test_rows_that_cannot_be_seeds_are_listed_with_place_and_reason(team: Team) -> None:
    counts = bring(
        team, SeedRow("ok", 1), SeedRow("  "), SeedRow("x" * 256), SeedRow("y", -1), SeedRow("z", 1, 101)
    )
    assert counts.created == 1
    assert [place for place, _ in counts.refused] == [1, 2, 3, 4]
    assert "difficulty" in counts.refused[3][1]


def test_an_import_bumps_the_librarys_scope_and_no_site(team: Team) -> None:
    library_desk = Desk(team.owner, team.branch.uid)
    cursor = library_desk.pull().cursor
    before = team.scope.version
    bring(team, SeedRow("loan 1", 4711), SeedRow("new one"))
    feed = library_desk.pull(cursor)
    assert sorted(row["keyword"] for row in feed.rows["seed"].values()) == ["loan 1", "new one"]
    assert team.scope.version == before


def test_a_site_has_one_to_five_sectors_of_its_industry(team: Team) -> None:
    actor = Actor("user", team.owner.uid)
    branches = [library.industry_sector_upsert(industry=team.industry, name=f"B{n}") for n in range(6)]

    def select(*sectors: object) -> list[str]:
        return [
            sector.name
            for sector in accounts.site_select_sectors(
                site=team.site,
                actor=actor,
                industry=team.industry,
                sectors=sectors,  # type: ignore[arg-type]
            )
        ]

    for chosen in ((), branches):
        with pytest.raises(Refusal, match="1 to 5 sectors"):
            select(*chosen)
    foreign = make_team("Other").branch
    with pytest.raises(Refusal, match="not in the site's industry"):
        select(foreign)
    assert select(*branches[:5]) == ["B0", "B1", "B2", "B3", "B4"]
    feed = Desk(team.owner, team.account.uid).pull()
    active = {row["name"]: row["is_active"] for row in feed.rows["sector"].values()}
    assert active == {"Loans": False} | dict.fromkeys(["B0", "B1", "B2", "B3", "B4"], True)
    assert {row["name"] for row in feed.rows["industry_sector"].values()} >= {"Loans", "B0", "B5"}


def test_a_site_with_keywords_keeps_its_industry(team: Team) -> None:
    team.keywords(1)
    other = library.industry_upsert(name="Pets")
    dogs = library.industry_sector_upsert(industry=other, name="Dogs")
    with pytest.raises(Refusal, match="other industry"):
        accounts.site_select_sectors(
            site=team.site, actor=Actor("user", team.owner.uid), industry=other, sectors=[dogs]
        )
    team.site.refresh_from_db()
    assert team.site.industry == team.industry


def test_a_plans_limits_hold_for_sites_and_users(team: Team) -> None:
    team.account.max_sites = team.account.max_users = 1
    team.account.save()
    with pytest.raises(Refusal, match="allows 1 sites"):
        accounts.site_create(account=team.account, actor=IMPORT, name="Second")
    with pytest.raises(Refusal, match="allows 1 users"):
        accounts.user_create(account=team.account, email="x@y.test", password=None)


def test_an_address_signs_in_once_whatever_its_case(team: Team) -> None:
    with pytest.raises(Refusal, match="already"):
        accounts.user_create(account=team.account, email="OWNER@acme.test", password=None)


def test_ids_rise_although_the_clock_steps_back() -> None:
    times = iter([1_000, 2_000, 500, 500, 3_000])
    with clock.replaced(now_ms=lambda: next(times), random_bits=lambda bits: 2**bits - 1):
        ids = [clock.new_uid() for _ in range(5)]
    assert ids == sorted(set(ids))
