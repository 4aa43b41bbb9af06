"""Edits of rows that are named by row key, as a window has them."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from planner_core.commands import (
    AssignCluster,
    AssignClusters,
    DeleteRows,
    SetOverride,
    SetOverrides,
    SetStatus,
)
from sync.replica import Reader
from tests.sync.replica.world import SITE, World, cluster, keyword, keyword_row


@pytest.mark.parametrize("partial", [False, True])
def test_rows_named_by_key_are_decided_like_rows_named_by_uid(world: World, partial: bool) -> None:
    ids = [keyword(number) for number in range(1, 6)]
    with closing(Reader.open(world.path)) as reader:
        keys = list(reader.keyword_keys(ids).values())
        world.replica.run([AssignCluster(ids[:2], cluster(1)), DeleteRows("keyword", ids[4:5])])
        commands = [SetStatus("keyword", ids, "mapped")]
        named = world.replica.run(commands, partial=partial)
        by_uid = reader.keyword_page(keys)
        if named.action is not None:
            world.replica.undo(named.action)
        keyed = world.replica.run_on_keywords(
            [*keys, 999_999], lambda found: [SetStatus("keyword", found, "mapped")], partial=partial
        )
        assert (keyed.changed, keyed.unchanged) == (named.changed, named.unchanged)
        assert [(one.code, sorted(one.ids)) for one in keyed.refused] == [
            (one.code, sorted(one.ids)) for one in named.refused
        ]
        assert reader.keyword_page(keys) == by_uid


@pytest.mark.parametrize("figure", ["volume", "difficulty"])
def test_values_of_their_own_are_written_as_if_one_by_one(empty: World, figure: str) -> None:
    world = empty.fill(keywords=80, seeds=80)
    values: dict[str, int | None] = {keyword(number): number for number in range(1, 81)}
    before = world.dump()
    done = world.replica.run([SetOverrides(figure, values)])
    assert (done.changed, done.refused) == (80, ())
    assert done.change is not None
    assert done.change.keys is not None
    assert len(done.change.keys["keyword"]) == 80
    together = world.dump()
    assert [world.row(number)[f"{figure}_override"] for number in range(1, 81)] == list(range(1, 81))
    world.replica.undo()
    assert _values(world.dump()) == _values(before)
    world.replica.run([SetOverride(figure, [uid], value) for uid, value in values.items()])
    assert world.dump() == together


def test_clusters_of_their_own_are_written_as_if_one_by_one(empty: World) -> None:
    world = empty.fill(keywords=120, clusters=60, seeds=120)
    homes: dict[str, str | None] = {keyword(number): cluster(1 + number % 60) for number in range(1, 121)}
    done = world.replica.run([AssignClusters(homes)])
    assert (done.changed, done.refused) == (120, ())
    assert {keyword(number): world.row(number)["cluster"] for number in range(1, 121)} == homes
    together = world.dump()
    world.replica.run([AssignCluster(list(homes), None)])
    world.replica.run([AssignCluster([uid], home) for uid, home in homes.items()])
    assert world.dump() == together


def test_values_of_their_own_stay_on_top_of_what_the_platform_sends(empty: World) -> None:
    world = empty.fill(keywords=80, seeds=80)
    world.replica.run([SetOverrides("volume", {keyword(number): number for number in range(1, 81)})])
    mine = world.dump()
    rows = [keyword_row(number, ver=2, volume_override=7, difficulty_override=3) for number in range(1, 81)]
    world.deliver(SITE, {"keyword": rows}, version=2)
    assert [world.row(number)["volume_override"] for number in range(1, 81)] == list(range(1, 81))
    assert {world.row(number)["difficulty_override"] for number in range(1, 81)} == {3}
    assert world.dump() != mine


def _values(dump: dict[str, Any]) -> list[Any]:
    """What keywords hold, without their marks."""
    return [row[:-1] for row in dump["keyword"]]


def test_after_a_rest_edits_and_questions_go_on(world: World) -> None:
    world.replica.run([SetStatus("keyword", [keyword(1)], "mapped")])
    world.replica.rest()
    assert world.row(1)["status"] == "mapped"
    world.replica.undo()
    assert world.row(1)["status"] == "new"
