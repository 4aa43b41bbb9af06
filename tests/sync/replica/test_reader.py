"""What the screens and the command line read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from planner_core.commands import AssignCluster, CreateIdea, DeleteRows, SetOverride, SetStatus
from sync.replica import Reader
from tests.sync.replica.world import (
    LIBRARY,
    SECTOR,
    SITE,
    World,
    cluster,
    idea,
    keyword,
    keyword_row,
    results,
    seed,
    seed_row,
    uid,
)


@pytest.fixture
def reader(world: World) -> Iterator[Reader]:
    opened = Reader.open(world.path)
    yield opened
    opened.close()


def test_a_keyword_row_has_the_documented_members(world: World, reader: Reader) -> None:
    world.replica.run([SetOverride("volume", [keyword(2)], 0), AssignCluster([keyword(2)], cluster(1))])
    key = reader.keyword_keys([keyword(2)])[keyword(2)]
    (row,) = reader.keyword_page([key])
    documented = {
        "id": keyword(2),
        "keyword": "walnut desk 2",
        "site": "Alpha",
        "site_id": SITE,
        "sector": "Desks",
        "sector_id": SECTOR,
        "volume": 0,
        "difficulty": 2,
        "intent": "commercial",
        "country": "us",
        "cluster": "Cluster 1",
        "status": "mapped",
        "disabled": False,
        "volume_override": 0,
        "difficulty_override": None,
        "sync": "waiting",
    }
    assert row == row | documented


def test_pages_come_in_the_order_asked_without_absent_rows(reader: Reader) -> None:
    keys = reader.keyword_keys([keyword(n) for n in (3, 1, 99)])
    asked = [keys[keyword(3)], 4711, keys[keyword(1)]]
    assert [row["id"] for row in reader.keyword_page(asked)] == [keyword(3), keyword(1)]
    assert reader.keyword_uids(asked) == [keyword(3), keyword(1)]


def test_columns_hold_every_keyword_once_live_or_in_the_trash(world: World, reader: Reader) -> None:
    world.replica.run([SetOverride("difficulty", [keyword(2)], 77), DeleteRows("keyword", [keyword(3)])])
    chunk = reader.keyword_columns(None)
    keys = [int(key) for key in chunk.key.split(",")]
    assert reader.keyword_uids(keys) == [keyword(n) for n in range(1, 7)]
    assert chunk.text.decode().split("\n") == [f"walnut desk {n}" for n in range(1, 7)]
    assert chunk.difficulty_override == "-1,77,-1,-1,-1,-1"
    assert chunk.deleted == "001000"
    assert chunk.mark == "011000"
    assert chunk.seed_volume == "10,20,30,40,50,60"
    assert (chunk.intent, chunk.country, chunk.countries) == ("2,2,2,2,2,2", "0,0,0,0,0,0", ("us",))
    assert chunk.cluster == ",".join(["-1"] * 6)
    assert chunk.created == ",".join(["1700000000"] * 6)
    some = reader.keyword_columns([keys[4], keys[1], 4711])
    assert (some.key, some.text) == (f"{keys[1]},{keys[4]}", b"walnut desk 2\nwalnut desk 5")
    assert reader.keyword_columns([]).key == ""


def test_the_stamp_moves_with_every_commit(world: World, reader: Reader) -> None:
    file_id, commit = reader.stamp()
    outcome = world.replica.run([SetStatus("keyword", [keyword(1)], "mapped")])
    assert outcome.change is not None
    assert reader.stamp() == (file_id, commit + 1) == (file_id, outcome.change.commit)


def test_names_clusters_and_figures(world: World, reader: Reader) -> None:
    world.replica.run(
        [AssignCluster([keyword(1), keyword(3)], cluster(1)), SetOverride("volume", [keyword(3)], 1000)]
    )
    first, second = reader.clusters(site=SITE)
    assert (first.name, first.keywords, first.volume, first.difficulty, first.sync) == (
        "Cluster 1",
        2,
        1010,
        2.0,
        "synced",
    )
    assert (second.keywords, second.volume, second.difficulty) == (0, 0, None)
    assert sorted(reader.names("cluster").values()) == ["Cluster 1", "Cluster 2"]
    assert sorted(reader.names("site").values()) == ["Alpha", "Beta"]
    assert [(site.name, site.industry, site.active) for site in reader.sites()] == [
        ("Alpha", "Furniture", True),
        ("Beta", "Furniture", True),
    ]
    assert [sector.id for sector in reader.sectors(SITE)] == [SECTOR]


def test_the_library_is_searched_by_folded_text_within_the_sector(world: World, reader: Reader) -> None:
    world.deliver(
        LIBRARY,
        {"seed": [seed_row(50, ver=2, text="Écran WALNUT"), seed_row(2, ver=2, deleted=1)]},
        version=2,
    )
    found = reader.library_search("walnut", SECTOR, limit=3)
    assert [row.id for row in found] == [seed(50), seed(12), seed(11)]
    assert [row.keyword_id for row in reader.library_search("desk 3", SECTOR)] == [keyword(3)]
    assert reader.library_search("desk 2", SECTOR) == []
    matched = reader.seeds_matching(["ÉCRAN  walnut", "Walnut Desk 7", "nothing"], SECTOR)
    assert {text: [row.id for row in rows] for text, rows in matched.items()} == {
        "ÉCRAN  walnut": [seed(50)],
        "Walnut Desk 7": [seed(7)],
    }


def test_seeds_equal_to_a_text_come_in_the_order_of_their_ids(world: World, reader: Reader) -> None:
    twice = [seed_row(52, ver=3, text="Oak desk"), seed_row(51, ver=3, text="OAK  desk")]
    world.deliver(LIBRARY, {"seed": twice}, version=3)
    matched = reader.seeds_matching(["oak desk"], SECTOR)
    assert [row.id for row in matched["oak desk"]] == [seed(51), seed(52)]


def test_trash_ideas_and_history(world: World, reader: Reader) -> None:
    world.replica.run([CreateIdea(idea(1), SECTOR, {"title": "Best", "cluster": cluster(1)}, [keyword(1)])])
    world.replica.run(
        [DeleteRows("keyword", [keyword(2)]), DeleteRows("cluster", [cluster(2)])], label="Tidy up"
    )
    (found,) = reader.ideas(site=SITE)
    assert (found.title, found.cluster, found.keywords, found.sync) == (
        "Best",
        "Cluster 1",
        (keyword(1),),
        "waiting",
    )
    assert [(row["entity"], row["name"]) for row in reader.trash(site=SITE)] == [
        ("keyword", "walnut desk 2"),
        ("cluster", "Cluster 2"),
    ]
    latest, first = reader.history()
    assert (latest.label, latest.state, latest.rows, latest.waiting, latest.undone) == (
        "Tidy up",
        "waiting",
        2,
        2,
        False,
    )
    world.replica.undo()
    world.replica.store_results(SITE, results(world.send(), version=2))
    undo, undone, _ = reader.history()
    assert (undo.undoes, undone.undone, undone.state, first.label) == (
        latest.id,
        True,
        "applied",
        "Create idea “Best”",
    )


def test_counts_say_what_waits(world: World, reader: Reader) -> None:
    world.replica.run([SetStatus("keyword", [keyword(1), keyword(2)], "mapped")])
    counts = reader.counts()
    assert (counts.waiting, counts.waiting_rows, counts.conflicts, counts.refused) == (1, 2, 0, 0)
    assert counts == world.replica.counts()
    assert [row.rows for row in reader.pending()] == [2]


def test_merged_keywords_are_found_under_their_former_uid(world: World, reader: Reader) -> None:
    world.deliver(
        SITE,
        {"keyword": [keyword_row(70, ver=2, of_seed=7)]},
        version=2,
        aliases=[(keyword(99), keyword(70), 2)],
    )
    assert set(reader.keyword_keys([keyword(99)])) == {keyword(99)}


def test_questions_are_listed_oldest_first_wherever_they_lie_in_the_file(
    world: World, reader: Reader
) -> None:
    """The order is that of the questions themselves: another machine, and this one after a backup was put back, lists them alike."""
    lines = [
        {
            "id": uid(99, n),
            "e": "keyword",
            "row": keyword(n),
            "group": "volume_override",
            "kind": "conflict",
            "state": "open",
            "base": [None],
            "mine": [5],
            "theirs": [7],
            "at": at,
            "ver": 2,
        }
        for n, at in ((1, 3_000), (3, 1_000), (2, 1_000))
    ]
    world.deliver(SITE, {}, version=2, conflicts=lines)
    assert [row.id for row in reader.review()] == [uid(99, 2), uid(99, 3), uid(99, 1)]
