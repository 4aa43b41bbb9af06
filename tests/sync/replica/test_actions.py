"""The history of this computer: the list, one action's rows, which later step is in the way, undo from there, redo by name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from planner_core.commands import (
    AddKeywordsFromSeeds,
    AssignCluster,
    DeleteRows,
    RestoreRows,
    SetOverride,
    SetStatus,
)
from sync.errors import NotFound
from sync.replica import Reader
from tests.sync.replica.world import SECTOR, World, cluster, keyword, seed


@pytest.fixture
def reader(world: World) -> Iterator[Reader]:
    made = Reader.open(world.path)
    yield made
    made.close()


def _volume(world: World, numbers: list[int], value: int | None) -> str:
    return str(world.replica.run([SetOverride("volume", [keyword(n) for n in numbers], value)]).action)


def test_a_later_step_that_wrote_the_same_values_is_named_with_how_many_rows(
    world: World, reader: Reader
) -> None:
    first = _volume(world, [1, 2, 3], 5)
    world.replica.run([SetStatus("keyword", [keyword(1)], "mapped")])
    second = _volume(world, [2, 3, 4], 9)
    third = _volume(world, [3], 11)
    assert [(step.id, step.rows) for step in reader.in_the_way(first)] == [(third, 1), (second, 2)]
    assert reader.in_the_way(third) == []
    assert reader.in_the_way("0" * 32) == []


def test_what_was_undone_is_not_in_the_way_and_what_was_redone_is(world: World, reader: Reader) -> None:
    first = _volume(world, [1], 5)
    second = _volume(world, [1], 9)
    world.replica.undo(second)
    assert reader.in_the_way(first) == []
    redone = world.replica.redo(second)
    assert [step.id for step in reader.in_the_way(first)] == [redone.action]


def test_later_work_on_rows_an_action_made_is_told_as_going_with_them(world: World, reader: Reader) -> None:
    new = keyword(7)
    made = str(world.replica.run([AddKeywordsFromSeeds(SECTOR, [seed(7)], [new])]).action)
    status = world.replica.run([SetStatus("keyword", [new, keyword(1)], "mapped")])
    _volume(world, [1], 3)
    assert reader.in_the_way(made) == []
    assert [(step.id, step.rows) for step in reader.gone_with(made)] == [(status.action, 1)]
    assert reader.gone_with(str(status.action)) == []
    deletion = str(world.replica.run([DeleteRows("keyword", [new])]).action)
    assert [step.id for step in reader.in_the_way(made)] == [deletion]
    assert [step.id for step in reader.gone_with(made)] == [status.action]


def test_work_that_was_discarded_is_not_in_the_way(world: World, reader: Reader) -> None:
    first = _volume(world, [1], 5)
    second = _volume(world, [1], 9)
    world.replica.cancel(second)
    assert reader.in_the_way(first) == []


def test_a_deletion_is_in_the_way_of_an_edit_and_a_restoring_in_that_of_a_deletion(
    world: World, reader: Reader
) -> None:
    edit = _volume(world, [1], 5)
    deletion = str(world.replica.run([DeleteRows("keyword", [keyword(1)])]).action)
    assert [step.id for step in reader.in_the_way(edit)] == [deletion]
    restoring = world.replica.run([RestoreRows("keyword", [keyword(1)])])
    assert [step.id for step in reader.in_the_way(deletion)] == [restoring.action]


def test_a_deleted_cluster_is_in_the_way_of_what_was_put_into_it(world: World, reader: Reader) -> None:
    placed = str(world.replica.run([AssignCluster([keyword(1)], cluster(1))]).action)
    deletion = world.replica.run([DeleteRows("cluster", [cluster(1)])])
    assert [(step.id, step.rows) for step in reader.in_the_way(placed)] == [(deletion.action, 1)]


def test_a_deleted_cluster_comes_back_though_its_keywords_moved_since(world: World, reader: Reader) -> None:
    world.replica.run([AssignCluster([keyword(1)], cluster(1))])
    deletion = str(world.replica.run([DeleteRows("cluster", [cluster(1)])]).action)
    world.replica.run([AssignCluster([keyword(1)], cluster(2))])
    assert reader.in_the_way(deletion) == []


def test_of_several_values_of_a_row_each_that_was_written_over_counts(world: World, reader: Reader) -> None:
    both = world.replica.run(
        [SetOverride("volume", [keyword(1), keyword(2)], 5), SetOverride("difficulty", [keyword(1)], 5)]
    )
    _volume(world, [1, 2], 6)
    _volume(world, [1], 7)
    steps = reader.in_the_way(str(both.action))
    assert [(step.rows, step.fresh) for step in steps] == [(1, 1), (2, 1)]
    assert reader.action(str(both.action)).rows == 3


def test_a_seed_added_again_is_in_the_way_of_bringing_back_what_was_deleted(
    world: World, reader: Reader
) -> None:
    world.replica.run([AddKeywordsFromSeeds(SECTOR, [seed(7)], [keyword(7)])])
    deletion = str(world.replica.run([DeleteRows("keyword", [keyword(7)])]).action)
    again = world.replica.run([AddKeywordsFromSeeds(SECTOR, [seed(7)], [keyword(8)])])
    assert [step.id for step in reader.in_the_way(deletion)] == [again.action]


def test_undo_from_there_takes_back_the_later_steps_and_the_step_itself(world: World, reader: Reader) -> None:
    first = _volume(world, [1, 2], 5)
    _volume(world, [2], 9)
    _volume(world, [2], 11)
    outcome = world.replica.undo_all([*(step.id for step in reader.in_the_way(first)), first])
    assert (outcome.changed, outcome.skipped) == (4, 0)
    assert [world.row(number)["volume_override"] for number in (1, 2)] == [None, None]
    # Each is a step of its own: redo brings them again in the order they were made.
    assert [world.replica.redo().changed for _ in range(3)] == [2, 1, 1]
    assert [world.row(number)["volume_override"] for number in (1, 2)] == [5, 11]


def test_undo_of_several_is_all_or_nothing(world: World) -> None:
    first = _volume(world, [1], 5)
    with pytest.raises(NotFound):
        world.replica.undo_all([first, "0" * 32])
    assert world.row(1)["volume_override"] == 5


def test_a_step_in_the_middle_is_done_again_by_name(world: World) -> None:
    first = _volume(world, [1], 5)
    world.replica.undo(first)
    other = _volume(world, [2], 7)
    assert world.replica.redo(first).changed == 1
    assert (world.row(1)["volume_override"], world.row(2)["volume_override"]) == (5, 7)
    with pytest.raises(NotFound, match="was not undone"):
        world.replica.redo(other)
    with pytest.raises(NotFound, match="undone already"):
        world.replica.redo(first)


def test_the_list_is_searched_by_words_and_by_how_actions_stand(world: World, reader: Reader) -> None:
    status = world.replica.run([SetStatus("keyword", [keyword(1)], "mapped")]).action
    volume = _volume(world, [2], 7)
    undo = world.replica.undo(volume).action
    assert [row.id for row in reader.history(text="STATUS  to")] == [status]
    assert reader.history_count(text="status") == 1
    assert [row.id for row in reader.history(progress="undone")] == [volume]
    assert [row.id for row in reader.history(progress="waiting")] == [undo, volume, status]
    assert reader.history(progress="sent") == [] == reader.history(progress="refused")
    world.replica.redo(volume)
    assert reader.history(progress="undone") == []
    assert reader.action(volume).redone is True
    world.replica.cancel(str(status))
    assert [row.id for row in reader.history(progress="discarded")] == [status]
    assert len(reader.history(2)) == 2


def test_an_action_tells_what_it_did_also_after_it_was_undone_or_discarded(
    world: World, reader: Reader
) -> None:
    volume = _volume(world, [1, 2], 7)
    world.replica.undo(volume)
    told = [(one.id, one.field, one.old, one.new) for one in reader.action_changes(volume)]
    assert told == [(keyword(n), "volume_override", None, "7") for n in (1, 2)]
    assert len(reader.action_changes(volume, 1)) == 1
    dropped = _volume(world, [3], 8)
    world.replica.cancel(dropped)
    assert [one.new for one in reader.action_changes(dropped)] == ["8"]
    with pytest.raises(NotFound):
        reader.action("0" * 32)


def test_listing_reads_no_body_of_an_action(world: World, reader: Reader) -> None:
    """A million rows are five hundred bodies of 80 kB: the list is made from the index alone."""
    plan = reader._connection.execute(
        "EXPLAIN QUERY PLAN SELECT a.n, group_concat(DISTINCT m.state), sum(m.rows) FROM action a"
        " LEFT JOIN mutation m ON m.action = a.id AND m.void = 0 GROUP BY a.n"
    ).fetchall()
    assert any("COVERING INDEX mutation_listed" in row[-1] for row in plan)
