"""library: the query line over seeds, statistics of sectors, on a replica that was synced once and is offline since."""

import pytest

from tests.planner_desktop.cli.conftest import Cli

pytestmark = pytest.mark.slow

SITE = "northlight-office"
HERE = ("--site", SITE, "--sector", "desks")


def test_that_seeds_are_filtered_like_keywords(editor: Cli) -> None:
    every = editor.ok("library", "search", *HERE, "--limit", "100000")
    where = 'volume:>=1000 difficulty:<60 intent:commercial -"standing"'
    found = editor.ok("library", "search", *HERE, "--where", where, "--limit", "100000")
    wanted = [
        row["id"]
        for row in every["rows"]
        if (row["volume"] or 0) >= 1000
        and row["difficulty"] is not None
        and row["difficulty"] < 60
        and "commercial" in (row["intent"] or "")
        and "standing" not in row["keyword"]
    ]
    assert [row["id"] for row in found["rows"]] == wanted
    assert found["total"] == len(wanted) > 0


def test_that_added_seeds_are_found_and_left_out(editor: Cli) -> None:
    count = editor.ok("library", "search", *HERE)["total"]
    added = editor.ok("library", "search", *HERE, "--where", "is:added", "--limit", "100000")
    free = editor.ok("library", "search", *HERE, "--where", "-is:added")
    assert all(row["added"] for row in added["rows"])
    assert not any(row["added"] for row in free["rows"])
    assert added["total"] + free["total"] == count
    assert added["total"] == editor.ok("keywords", "list", *HERE)["total"]


def test_that_seeds_are_ordered_as_asked_and_the_unknown_comes_last(editor: Cli) -> None:
    rows = editor("library", "search", *HERE, "--sort", "difficulty,keyword", "--limit", "100000").rows
    known = [row["difficulty"] for row in rows if row["difficulty"] is not None]
    assert known == sorted(known)
    assert [row["difficulty"] for row in rows[: len(known)]] == known


@pytest.mark.parametrize("where", ["status:new", "cluster:none", "is:waiting", "volume:<x"])
def test_that_what_seeds_do_not_have_is_said_at_the_character(editor: Cli, where: str) -> None:
    done = editor("library", "search", *HERE, "--where", where)
    assert done.code == 2
    assert "at character" in done.error["message"]


def test_that_an_order_of_keywords_only_is_refused(editor: Cli) -> None:
    done = editor("library", "search", *HERE, "--sort", "created")
    assert (done.code, done.error["code"]) == (2, "bad_query")


def test_that_statistics_add_up_over_the_sectors(editor: Cli) -> None:
    rows = editor("library", "sectors", "--site", SITE).rows
    assert {row["sector"] for row in rows} >= {"Desks"}
    for row in rows:
        here = ("--site", SITE, "--sector", row["sector_id"], "--limit", "100000")
        seeds = editor("library", "search", *here).rows
        assert row["seeds"] == len(seeds)
        assert row["added"] == sum(seed["added"] for seed in seeds)
        assert row["volume"] == sum(seed["volume"] or 0 for seed in seeds)
    assert editor.ok("library", "search", "--site", SITE)["total"] == sum(row["seeds"] for row in rows)


def test_that_all_that_match_are_added_after_a_look_at_what_would_come_of_it(editor: Cli) -> None:
    add = ("keywords", "add-from-seeds", *HERE, "--where", "desk volume:>=500")
    found = editor.ok("library", "search", *HERE, "--where", "desk volume:>=500 -is:added")["total"]
    before = editor.ok("keywords", "list", *HERE)["total"]
    seen = editor.ok(*add, "--dry-run")
    assert (seen["would_add"], seen["refused"]) == (found, [])
    assert editor.ok("keywords", "list", *HERE)["total"] == before
    done = editor.ok(*add)
    assert (done["changed"], done["already_there"]) == (found, seen["already_there"])
    assert editor.ok("keywords", "list", *HERE)["total"] == before + found
    (lamp, *_) = editor("library", "search", "lamp", "--site", SITE, "--sector", "lighting").rows
    wrong = editor.ok("keywords", "add-from-seeds", *HERE, "--seed", lamp["id"], "--dry-run")
    assert wrong["would_add"] == 0
    assert [(one["code"], one["sample"]) for one in wrong["refused"]] == [
        ("sector_mismatch", [lamp["keyword"]])
    ]
