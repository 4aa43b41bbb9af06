"""What happened to one row, as far as a replica knows."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from planner_core.commands import AssignCluster, DeleteRows, SetOverride
from sync.replica import Reader, RowLog, rowlog
from tests.sync.replica.world import World, cluster, keyword


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path).fill()
    yield made
    made.close()


def log(world: World, number: int, limit: int = 20) -> RowLog:
    reader = Reader.open(world.path)
    try:
        return reader.row_log(keyword(number), limit)
    finally:
        reader.close()


def test_the_actions_that_touched_a_row_come_latest_first_with_what_it_got(world: World) -> None:
    world.replica.run([SetOverride("volume", [keyword(1), keyword(2)], 70)])
    world.replica.run([SetOverride("volume", [keyword(2)], 80)])
    world.replica.run([AssignCluster([keyword(1)], cluster(2))])
    found = log(world, 1)
    assert found.complete
    assert [[(one.field, one.new) for one in event.changes][:1] for event in found.events][1:] == [
        [("volume_override", "70")]
    ]
    assert found.events[0].changes[0].field == "cluster"
    assert {one.id for event in found.events for one in event.changes} == {keyword(1)}
    assert len(log(world, 2).events) == 2
    assert log(world, 3) == RowLog()


def test_an_undone_action_says_so_and_its_undo_is_an_event_of_its_own(world: World) -> None:
    world.replica.run([SetOverride("volume", [keyword(1)], 70)])
    world.replica.undo()
    events = log(world, 1).events
    assert [(event.undone, event.changes[0].old, event.changes[0].new) for event in events] == [
        (False, "70", None),
        (True, None, "70"),
    ]


def test_a_limit_keeps_the_latest_and_says_that_there_are_more(world: World) -> None:
    for volume in (1, 2, 3):
        world.replica.run([SetOverride("volume", [keyword(1)], volume)])
    found = log(world, 1, limit=2)
    assert [event.changes[0].new for event in found.events] == ["3", "2"]
    assert not found.complete


def test_a_deleted_row_tells_of_its_deletion(world: World) -> None:
    world.replica.run([DeleteRows("keyword", [keyword(1)])])
    assert log(world, 1).events[0].changes[0].verb == "delete"


def test_a_long_history_is_looked_through_as_far_as_is_reasonable(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.replica.run([SetOverride("volume", [keyword(1)], 70)])
    world.replica.run([SetOverride("volume", [keyword(2)], 70)])
    monkeypatch.setattr(rowlog, "MOST_READ", 1)
    assert log(world, 1) == RowLog((), complete=False)
