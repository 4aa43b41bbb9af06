"""Fixed histories under the oracle, for what worlds of chance meet too rarely: each in all its variants.

The histories of `tests.simulation.histories` have one variant each and are played with and without a bug (`test_bugs`); here the
same numbers are gone through step by step, order by order. Each ends with everybody settling, deciding and being compared.
"""

from __future__ import annotations

import itertools

import pytest

from planner_core.commands import (
    AddKeywordsFromSeeds,
    CreateCluster,
    DeleteRows,
    EditRow,
    SetOverride,
)
from tests.simulation.histories.scene import Scene
from tests.simulation.histories.telling import DAY, in_turn, interrupted, some

# ---------------------------------------------------------------- what comes back from the platform


@pytest.mark.parametrize("file_went_back", [False, True])
def test_a_colleagues_field_arrives_on_the_row_one_has_written_oneself(
    scene: Scene, file_went_back: bool
) -> None:
    """P61: also where the file was put back to before the own write."""
    scene.volume(scene.c, 7)
    scene.sync(scene.c)
    scene.edit(scene.a, SetOverride("difficulty", [scene.k], 3))
    copy = scene.keep(scene.a)
    scene.sync(scene.a)
    if file_went_back:
        scene.put_back(scene.a, copy)
    in_turn(scene, [scene.a, scene.c])
    scene.rest()
    assert scene.here(scene.a) == scene.there() == 7


@pytest.mark.parametrize("deletes", [False, True])
def test_a_jobs_write_of_another_field_does_not_make_a_colleagues_value_a_jobs(
    scene: Scene, deletes: bool
) -> None:
    """P62, P63: for a set and for a deletion."""
    scene.volume(scene.c, 7)
    scene.sync(scene.c)
    scene.job(SetOverride("difficulty", [scene.k], 3))
    scene.edit(scene.a, DeleteRows("keyword", [scene.k]) if deletes else SetOverride("volume", [scene.k], 2))
    scene.sync(scene.a)
    assert scene.there() == 7
    assert scene.k in scene.platform.live("keyword")
    assert len(scene.a.review()) == 1


def test_an_own_edit_that_waits_does_not_stand_in_the_way_of_ones_deletion(scene: Scene) -> None:
    """P63: what was seen includes one's own work."""
    scene.volume(scene.a, 7)
    scene.edit(scene.a, DeleteRows("keyword", [scene.k]))
    scene.sync(scene.a)
    assert not scene.a.review()
    assert scene.k not in scene.platform.live("keyword")


# ---------------------------------------------------------------- pages


@pytest.mark.parametrize("number", some([3, 4, 5, 7, 9, 12], 3))
def test_a_purge_between_any_two_pages_leaves_no_dead_row(scene: Scene, number: int) -> None:
    """P77: a row that was delivered, deleted and purged while its reader pages."""
    scene.browser(SetOverride("volume", list(scene.shop.keywords), 1))
    scene.world.network.rows_a_page = 1
    interrupted(scene, scene.a, number)
    scene.browser(DeleteRows("keyword", [scene.k]))
    scene.sync(scene.b, scene.c)
    scene.wait(200 * DAY)
    scene.job(SetOverride("difficulty", [scene.k2], 1))
    scene.sweep()
    scene.rest()
    assert scene.k not in scene.a.uids("keyword")


@pytest.mark.parametrize("number", some([2, 3, 4, 5, 6, 8], 3))
def test_names_that_change_hands_while_somebody_pages(scene: Scene, number: int) -> None:
    """P78, P87: two clusters swap their names between two pages of one row."""
    scene.platform.new_epochs()
    scene.world.network.rows_a_page = 1
    interrupted(scene, scene.a, number)
    for uid, name in ((scene.x, "Gamma"), (scene.y, "Alpha"), (scene.x, "Beta")):
        scene.browser(EditRow("cluster", uid, {"name": name}))
    scene.rest()
    names = dict(scene.a.rows("SELECT uid, name FROM cluster WHERE deleted = 0"))
    assert (names[scene.x], names[scene.y]) == ("Beta", "Alpha")


@pytest.mark.parametrize("order", some(itertools.permutations("abc"), 3))
def test_one_seed_is_taken_by_three_and_again_in_another_order(scene: Scene, order: tuple[str, ...]) -> None:
    """P80, P32: chains of aliases; in the next epoch another row may be the one that stands."""
    copy = scene.keep_platform()
    for value, name in enumerate("abc", 1):
        machine = getattr(scene, name)
        uid = machine.ids.uid()
        scene.edit(machine, AddKeywordsFromSeeds(scene.shop.sector, [scene.shop.seeds[4]], [uid]))
        scene.volume(machine, value, uid)
        scene.sync(machine)
    scene.restore_platform(copy, announced=True)
    in_turn(scene, [getattr(scene, name) for name in order])
    scene.world.settle()
    assert len(scene.platform.live("keyword")) == 4


# ---------------------------------------------------------------- the sequence


@pytest.mark.parametrize(
    ("which", "values"),
    some(itertools.product([0, 2, 4], [(1, 2, 3, 4, 5), (1, 2, 1, 2, 1), (1, 1, 1, 1, 1)]), 4),
)
def test_a_cancelled_edit_leaves_no_hole(scene: Scene, which: int, values: tuple[int, ...]) -> None:
    """P83, P37: the first, the middle one and the last of five; what was built on it conflicts with nobody."""
    rows = itertools.cycle(scene.shop.keywords) if values[0] == values[1] else itertools.repeat(scene.k)
    made = [
        scene.volume(scene.a, value + number * (values[0] == values[1]), row).action
        for number, (value, row) in enumerate(zip(values, rows, strict=False))
    ]
    scene.cancel(scene.a, made[which])
    shown = scene.here(scene.a)
    scene.rest()
    assert not scene.a.review()
    assert scene.there() == shown


def test_a_fork_leaves_the_answered_alone_and_numbers_the_open_anew(scene: Scene) -> None:
    """P82: two answered and two open mutations."""
    scene.volume(scene.a, 1)
    scene.volume(scene.a, 2, scene.k2)
    interrupted(scene, scene.a, 4)
    twin = scene.clone(scene.a)
    scene.volume(scene.a, 3, scene.k3)
    scene.volume(twin, 4)
    scene.volume(twin, 5, scene.k2)
    in_turn(scene, [scene.a, twin, scene.a])
    scene.rest()
    assert (scene.there(), scene.there(scene.k2), scene.there(scene.k3)) == (4, 5, 3)
    assert scene.a.replica.replica_id != twin.replica.replica_id


def test_a_copy_is_told_apart_after_the_archive_was_trimmed(scene: Scene) -> None:
    """P85: what was last answered is known for ever."""
    scene.volume(scene.a, 1)
    scene.rest()
    scene.wait(40 * DAY)
    scene.rest()
    twin = scene.clone(scene.a)
    for value in (2, 3):
        scene.volume(scene.a, value)
        scene.sync(scene.a)
        scene.volume(twin, value, scene.k2)
        scene.try_sync(twin)
    scene.rest()
    assert (scene.there(), scene.there(scene.k2)) == (3, 3)
    assert scene.a.replica.replica_id != twin.replica.replica_id


def test_three_edits_behind_one_conflict_ask_once(scene: Scene) -> None:
    """P90: the newest is mine, and one answer ends it."""
    scene.volume(scene.c, 9)
    scene.sync(scene.c)
    for value in (1, 2, 3):
        scene.volume(scene.a, value)
    scene.sync(scene.a)
    (item,) = scene.a.review()
    assert item.mine == (3,)
    scene.decide(scene.a, "mine")
    scene.rest()
    assert not scene.a.review()
    assert scene.there() == 3


def test_a_cursor_that_cannot_be_read_is_a_snapshot_and_no_comparison(scene: Scene) -> None:
    """P95: a lost place is no lost history."""
    scene.volume(scene.a, 5)
    scene.sync(scene.a, scene.a)
    scene.a.database.execute("UPDATE scope_state SET cursor = 'of another key' WHERE kind = 'site'")
    asked: list[str] = []
    with scene.on_request("known", lambda: asked.append("known"), exactly=False):
        scene.job(SetOverride("difficulty", [scene.k2], 1))
        scene.rest()
    assert not asked
    assert scene.here(scene.a) == 5


def test_a_cluster_made_twice_offline_is_told_apart_and_both_are_kept(scene: Scene) -> None:
    """P32, P33, P87: names that differ in case only."""
    scene.edit(scene.a, CreateCluster(scene.a.ids.uid(), scene.shop.sector, "Winter"))
    scene.edit(scene.c, CreateCluster(scene.c.ids.uid(), scene.shop.sector, "WINTER "))
    in_turn(scene, [scene.c, scene.a, scene.b])
    scene.rest()
    assert len(scene.platform.live("cluster")) == 4
