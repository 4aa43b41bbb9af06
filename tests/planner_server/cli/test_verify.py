from collections.abc import Callable

import pytest
from django.db import DEFAULT_DB_ALIAS, connection, transaction

from planner_core.commands import AddKeywordsFromSeeds
from planner_server.cli.verify import KEYS, checks, find_breaches
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


@pytest.fixture
def damaged(team: Team) -> Callable[[str], set[str]]:
    """What is found wrong after a statement that constraints refuse as soon as they are asked."""

    def find(damage: str) -> set[str]:
        if connection.vendor != "sqlite":
            pytest.skip("PostgreSQL has no files that were written past its constraints")
        remove_guards()
        run("PRAGMA ignore_check_constraints = ON")
        with transaction.atomic():
            run(damage)
            found = broken()
            # Taken back before anything checks it.
            transaction.set_rollback(True)
        run("PRAGMA ignore_check_constraints = OFF")
        return found

    return find


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
    assert len(names) == len(set(names)) == len(list(checks())) + len(KEYS) + 1
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
        (
            "DELETE FROM feed_versiontoken WHERE version = (SELECT MAX(ver) FROM planning_clusters)",
            "clusters: their versions have tokens",
        ),
        ("UPDATE planning_clusters SET name = 'Other'", "planning_clusters: name_key is the folded name"),
        (
            "UPDATE library_seedkeyword SET keyword = 'zzz'",
            "library_seedkeyword: keyword_key is the folded keyword",
        ),
    ],
)
def test_each_damage_is_found_by_its_check(team: Team, damage: str, check: str) -> None:
    remove_guards()
    run(damage)
    install_guards()
    assert check in broken()


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ("UPDATE planning_keywords SET status = 'zzz'", "keywords: status is one the rules allow"),
        (
            "UPDATE planning_keywords SET volume_override = -5",
            "keywords: volume_override is one the rules allow",
        ),
        (
            "UPDATE planning_contentideas SET estimated_word_count = -1",
            "ideas: estimated_word_count is one the rules allow",
        ),
        ("UPDATE planning_keywords SET account_id = 999", "planning_keywords: account_id points at a row"),
        ("UPDATE planning_keywords SET cluster_id = 999999", "planning_keywords: cluster_id points at a row"),
        ("DELETE FROM planning_keywords", "planning_ideakeyword: keyword_id points at a row"),
        (
            "DELETE FROM library_seedkeyword WHERE id IN (SELECT seed_keyword_id FROM planning_keywords)",
            "planning_keywords: seed_keyword_id points at a row",
        ),
    ],
)
def test_what_the_database_itself_refuses_is_found_in_a_file_that_has_it(
    damaged: Callable[[str], set[str]], damage: str, check: str
) -> None:
    assert check in damaged(damage)


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
