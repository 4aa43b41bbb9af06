"""What many mutations set is taken back at once exactly as it would be one mutation after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from planner_core.commands import (
    AssignCluster,
    AssignClusters,
    Command,
    DeleteRows,
    SetEnabled,
    SetOverride,
    SetOverrides,
    SetStatus,
)
from planner_core.operations import Operation, Set
from sync.replica import classes, undoing_many
from sync.replica.bodies import decode, pack
from tests.sync.replica.world import SITE, World, cluster, keyword, keyword_row, results

ROWS = 12
EVERY = [keyword(number) for number in range(1, ROWS + 1)]
HALF = EVERY[::2]
PLACED = AssignClusters({uid: cluster(1 + at % 2) for at, uid in enumerate(EVERY[:8])})
Between = Callable[[World], object]


def _then(*commands: Command) -> Between:
    return lambda world: world.replica.run(commands)


def _theirs(world: World) -> None:
    world.deliver(SITE, {"keyword": [keyword_row(3, ver=2, status="mapped", volume_override=9)]}, version=2)


def _sent(world: World) -> None:
    sent = world.send()
    world.replica.store_results(SITE, results(sent, version=2))


SCENES: dict[str, tuple[Sequence[Command], Between | None]] = {
    "status of rows in clusters and in none": ([SetStatus("keyword", EVERY, "new")], None),
    "a row was changed since": ([SetStatus("keyword", EVERY, "new")], _then(AssignCluster(HALF[:2], None))),
    "a row is in the trash since": (
        [SetStatus("keyword", EVERY, "new")],
        _then(DeleteRows("keyword", EVERY[3:5])),
    ),
    "a cluster is in the trash since": (
        [SetStatus("keyword", EVERY, "new")],
        _then(DeleteRows("cluster", [cluster(2)])),
    ),
    "rows left clusters that are in the trash since": (
        [AssignCluster(EVERY, None)],
        _then(DeleteRows("cluster", [cluster(1)])),
    ),
    "a colleague wrote since": ([SetOverride("volume", EVERY, 5)], _theirs),
    "another group was written since": ([SetEnabled("keyword", EVERY, enabled=False)], _then(PLACED)),
    "values of their own": (
        [SetOverrides("volume", {uid: at for at, uid in enumerate(EVERY)})],
        _then(SetOverride("volume", EVERY[:1], 77)),
    ),
    "rows named twice": (
        [SetOverride("volume", EVERY, 5), SetOverride("volume", HALF, 6)],
        None,
    ),
    "two groups": ([SetOverride("volume", EVERY, 5), SetStatus("keyword", HALF, "mapped")], None),
    "rows and their trash": ([SetOverride("volume", EVERY, 5), DeleteRows("keyword", HALF[:2])], None),
    "taken by the platform": ([SetStatus("keyword", EVERY, "new")], _sent),
}


@pytest.mark.parametrize("name", SCENES)
def test_it_comes_to_the_same(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.replica.outbox.pack", partial(pack, part_rows=3))
    monkeypatch.setattr(undoing_many, "_FEWEST", 10**9)
    apart = _played(tmp_path / "apart", *SCENES[name])
    monkeypatch.setattr(undoing_many, "_FEWEST", 1)
    together = _played(tmp_path / "together", *SCENES[name])
    assert together == apart


def _played(
    folder: Path, commands: Sequence[Command], between: Between | None
) -> list[tuple[dict[str, Any], int, int, list[Any]]]:
    folder.mkdir()
    world = World(folder).fill(keywords=ROWS)
    try:
        world.replica.run([PLACED])
        done = world.replica.run(commands)
        assert done.action is not None
        if between is not None:
            between(world)
        steps = []
        undone = world.replica.undo(done.action)
        steps.append((world.dump(), undone.changed, undone.skipped, _kept(world, undone.action)))
        redone = world.replica.redo(done.action)
        steps.append((world.dump(), redone.changed, redone.skipped, _kept(world, redone.action)))
        return steps
    finally:
        world.close()


def _kept(world: World, action: str | None) -> list[Any]:
    """What an action wrote down for the platform, whatever the order of its changes."""
    bodies = world.replica._store.all(
        "SELECT body, undo_of FROM mutation WHERE action = ? ORDER BY id", action or ""
    )
    return [([_plain(one) for one in decode(body).operations], undo_of) for body, undo_of in bodies]


def _plain(operation: Operation) -> Any:
    if not isinstance(operation, Set):
        return operation
    each = [(one.old, one.new, uid) for one in operation.changes for uid in one.ids]
    return operation.entity, operation.group, sorted(each, key=repr)


def test_a_bulk_edit_is_taken_back_by_one_statement(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.replica.outbox.pack", partial(pack, part_rows=1))
    monkeypatch.setattr(undoing_many, "_FEWEST", 2)
    ids = [keyword(number) for number in range(1, 7)]
    before = world.dump()
    world.replica.run([SetStatus("keyword", ids, "mapped")])
    said: list[str] = []
    world.replica._store.connection.set_trace_callback(said.append)
    world.replica.undo()
    assert len([text for text in said if text.startswith("UPDATE keyword_hot")]) == 1
    assert [row[:-1] for row in world.dump()["keyword"]] == [row[:-1] for row in before["keyword"]]


@pytest.mark.parametrize("scanned", [0, 10**9])
def test_rows_are_found_by_uid_whichever_way_is_taken(
    world: World, scanned: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classes, "_SCANNED", scanned)
    monkeypatch.setattr(classes, "_BLOCK", 2)
    asked = [keyword(5), keyword(99), keyword(2), keyword(5), keyword(1)]
    found = classes.ids_of_uids(world.replica._store, asked)
    assert sorted(found) == [keyword(1), keyword(2), keyword(5)]
    assert list(classes.ids_of_keys(world.replica._store, [*found.keys, 10**6])) == sorted(found)
    assert classes.ids_of_uids(world.replica._store, []) == []


def test_classes_leave_out_rows_that_are_not_told_of(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classes, "_BLOCK", 2)
    store = world.replica._store
    ids = classes.ids_of_uids(store, [keyword(number) for number in range(1, 7)])
    world.replica.run([SetStatus("keyword", list(ids[:2]), "mapped"), DeleteRows("keyword", list(ids[2:3]))])
    store.run("UPDATE keyword_hot SET deleted = 2 WHERE k = ?", ids.keys[5])
    store.run("DELETE FROM keyword_hot WHERE k = ?", ids.keys[4])
    found = [
        (values[1:], list(rows), list(rows.keys)) for values, rows in classes.classes(store, ids, ["status"])
    ]
    assert found == [
        ((0, "mapped"), ids[:2], ids.keys[:2]),
        ((1, "new"), ids[2:3], ids.keys[2:3]),
        ((0, "new"), ids[3:4], ids.keys[3:4]),
    ]
