import pytest
from django.db import DEFAULT_DB_ALIAS, connection

from planner_core.commands import AddKeywordsFromSeeds
from planner_server.cli.verify import checks, find_breaches
from planner_server.feed import guards
from tests.planner_server.world import Team, make_team


@pytest.fixture
def team(db: None) -> Team:
    made = make_team()
    ids = made.keywords(3)
    made.place(ids[:2], made.cluster("Homes"))
    made.idea("First", keywords=ids)
    return made


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def remove_guards() -> None:
    if connection.vendor == "postgresql":
        run("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks still to come cannot lose a trigger
    guards.remove()


def install_guards() -> None:
    if connection.vendor == "postgresql":
        run("SET CONSTRAINTS ALL IMMEDIATE")
    guards.install()


def broken() -> set[str]:
    _, breaches = find_breaches(DEFAULT_DB_ALIAS)
    return {breach.check for breach in breaches}


def test_a_sound_database_has_no_breach_and_reading_it_changes_nothing(team: Team) -> None:
    before = team.scope.version
    names, breaches = find_breaches(DEFAULT_DB_ALIAS)
    assert not breaches
    assert len(names) == len(set(names)) == len(list(checks())) + 1
    assert team.scope.version == before


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ("UPDATE planning_keywords SET ver = 9999", "keywords: no version beyond the scope's"),
        ("UPDATE feed_scope SET writing = 1 WHERE kind = 'site'", "scopes: no gate left open"),
        (
            "UPDATE feed_scope SET token = 'x' WHERE kind = 'site'",
            "scopes: the current version has its token",
        ),
        (
            "UPDATE planning_keywords SET scope_id = (SELECT id FROM feed_scope WHERE kind = 'library' LIMIT 1), ver = 1",
            "keywords: on a feed of their kind",
        ),
        (
            "UPDATE planning_clusters SET deleted_at = 1",
            "planning_keywords: in a live cluster of their sector",
        ),
    ],
)
def test_each_damage_is_found_by_its_check(team: Team, damage: str, check: str) -> None:
    remove_guards()
    run(damage)
    install_guards()
    assert check in broken()


def test_a_row_of_another_account_on_the_site_is_found(team: Team) -> None:
    rival = make_team("Rival")
    remove_guards()
    run(f"UPDATE planning_clusters SET account_id = {rival.account.pk}")
    run(
        f"UPDATE planning_keywords SET seed_keyword_id = seed_keyword_id + 20 WHERE sector_id = {team.sector.pk}"
    )
    run(f"INSERT INTO accounts_siteaccess (user_id, site_id) VALUES ({rival.owner.pk}, {team.site.pk})")
    install_guards()
    assert {
        "planning_clusters: site, sector, account and feed belong together",
        "keywords: seed of the site's industry and the sector's industry sector",
        "grants: within the account",
    } <= broken()


def test_missing_guards_and_double_rows_are_found(team: Team) -> None:
    remove_guards()
    run("DROP INDEX keyword_once")
    (second,) = (uid for uid in team.seeds[5:6])
    team.run(AddKeywordsFromSeeds(team.sector.uid, [second], ["f" * 32]))
    run("UPDATE planning_keywords SET seed_keyword_id = (SELECT MIN(seed_keyword_id) FROM planning_keywords)")
    assert {"guards in place", "keywords: one live keyword a sector and seed"} <= broken()


def test_a_breach_names_how_many_rows_and_shows_some(team: Team) -> None:
    remove_guards()
    run("UPDATE planning_keywords SET ver = 9999")
    install_guards()
    _, breaches = find_breaches(DEFAULT_DB_ALIAS)
    (breach,) = (one for one in breaches if one.check == "keywords: no version beyond the scope's")
    assert breach.rows == 3
    assert "9999" in breach.sample[0]
    assert breach.document()["rows"] == 3
