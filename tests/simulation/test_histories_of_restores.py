"""Fixed histories under the oracle in which the platform, a file, or both go back in time: each in all its variants."""

from __future__ import annotations

import itertools

import pytest

from planner_core.commands import (
    AddKeywordsFromSeeds,
    ChangeIdeaKeywords,
    DeleteRows,
    EditRow,
    RestoreRows,
    SetOverride,
)
from tests.simulation.histories.restores import no_route
from tests.simulation.histories.scene import Scene
from tests.simulation.histories.telling import Event, in_turn, interrupted, some

STEPS_OF_A_SYNC = (1, 2, 3, 4, 5, 6, 8)


@pytest.mark.parametrize(("number", "announced"), some(itertools.product(STEPS_OF_A_SYNC, [False, True]), 5))
def test_a_restore_between_any_two_steps_of_a_sync_loses_nothing(
    scene: Scene, number: int, announced: bool
) -> None:
    """P64, P65, C24: the platform grows again meanwhile, by other work."""
    copy = scene.keep_platform()
    scene.volume(scene.a, 5)
    interrupted(scene, scene.a, number)
    scene.restore_platform(copy, announced=announced)
    for value in (1, 2, 3):
        scene.browser(SetOverride("difficulty", [scene.k2], value))
    scene.rest()
    assert scene.there() == scene.here(scene.b) == 5


@pytest.mark.parametrize("number", some(STEPS_OF_A_SYNC, 3))
def test_a_second_restore_right_after_the_comparison_is_seen(scene: Scene, number: int) -> None:
    """P65, P75: what was told by the comparison itself counts as told."""
    copy = scene.keep_platform()
    scene.volume(scene.a, 5)
    scene.sync(scene.a)
    scene.restore_platform(copy)
    interrupted(scene, scene.a, number)
    scene.restore_platform(copy)
    scene.browser(SetOverride("difficulty", [scene.k2], 1))
    scene.rest()
    assert scene.there() == scene.here(scene.c) == 5


def test_a_replica_that_has_pushed_and_never_pulled_notices_a_silent_restore(scene: Scene) -> None:
    """P65: the push's answer counts as told."""
    copy = scene.keep_platform()
    scene.volume(scene.a, 5)
    with scene.on_request("pull", no_route):
        assert scene.try_sync(scene.a) is not None
    scene.restore_platform(copy)
    for value in (1, 2, 3, None):
        scene.browser(SetOverride("difficulty", [scene.k2], value))
    scene.rest()
    assert scene.there() == 5


@pytest.mark.parametrize(
    ("order", "announced"), some(itertools.product(itertools.permutations("abc"), [False, True]), 5)
)
def test_whoever_comes_back_first_the_later_decision_stays(
    scene: Scene, order: tuple[str, ...], announced: bool
) -> None:
    """P66: f=1; A: 1->2; C saw it: 2->1; restored to before both."""
    scene.volume(scene.a, 1)
    scene.rest()
    copy = scene.keep_platform()
    scene.volume(scene.a, 2)
    scene.sync(scene.a, scene.c, scene.b)
    scene.volume(scene.c, 1)
    scene.sync(scene.c, scene.b)
    scene.restore_platform(copy, announced=announced)
    in_turn(scene, [getattr(scene, name) for name in order], rounds=1)
    scene.rest()
    assert scene.there() == 1


@pytest.mark.parametrize("order", some(itertools.permutations("abc"), 3))
def test_a_restoring_that_had_seen_the_deletion_stays(scene: Scene, order: tuple[str, ...]) -> None:
    """P66: the same with a row's life."""
    copy = scene.keep_platform()
    scene.edit(scene.a, DeleteRows("keyword", [scene.k]))
    scene.sync(scene.a, scene.c, scene.b)
    scene.edit(scene.c, RestoreRows("keyword", [scene.k]))
    scene.sync(scene.c, scene.b)
    scene.restore_platform(copy, announced=True)
    in_turn(scene, [getattr(scene, name) for name in order], rounds=1)
    scene.rest()
    assert scene.k in scene.platform.live("keyword")


@pytest.mark.parametrize("first", ["file", "platform"])
def test_work_in_neither_of_two_backups_ends_nothing(scene: Scene, first: str) -> None:
    """P81: what only the replaced file had is outside the promise; everything else holds, in either order."""
    there, here = scene.keep_platform(), scene.keep(scene.a)
    scene.volume(scene.a, 5)
    scene.volume(scene.b, 6, scene.k2)
    scene.sync(scene.a, scene.b)
    if first == "file":
        scene.put_back(scene.a, here)
        in_turn(scene, [scene.a], rounds=1)
        scene.restore_platform(there, announced=True)
    else:
        scene.restore_platform(there, announced=True)
        in_turn(scene, [scene.a], rounds=1)
        scene.put_back(scene.a, here)
    scene.rest()
    assert scene.there(scene.k2) == 6


@pytest.mark.parametrize(("number", "restores"), some(itertools.product([1, 2, 3, 4, 6], [1, 2]), 3))
def test_a_kill_at_any_step_of_the_way_into_a_new_epoch_leaves_no_row_behind(
    scene: Scene, number: int, restores: int
) -> None:
    """P76, C25: rows the restored platform lacks do not stay, those it has do not go."""
    new = scene.c.ids.uid()
    copy = scene.keep_platform()
    scene.browser(AddKeywordsFromSeeds(scene.shop.sector, [scene.shop.seeds[4]], [new]))
    scene.volume(scene.a, 5)
    scene.sync(scene.a, scene.b)
    for _ in range(restores):
        scene.restore_platform(copy, announced=True)
        interrupted(scene, scene.a, number)
        scene.a.crash()
    scene.rest()
    assert new not in scene.a.uids("keyword")
    assert scene.there() == 5


def _restored_announced(scene: Scene) -> None:
    scene.restore_platform("history 1", announced=True)


def _restored_silently(scene: Scene) -> None:
    scene.restore_platform("history 1")
    scene.browser(SetOverride("difficulty", [scene.k3], 1))


def _cloned(scene: Scene) -> None:
    if len(scene.world.machines) == 3:
        scene.clone(scene.a)


def _file_put_back(scene: Scene) -> None:
    scene.put_back(scene.a, "A-2")


def _crashed(scene: Scene) -> None:
    interrupted(scene, scene.a, 3)
    scene.a.crash()


MISFORTUNES = (_restored_announced, _restored_silently, _cloned, _file_put_back, _crashed)


@pytest.mark.parametrize(("one", "other"), some(itertools.product(MISFORTUNES, repeat=2), 4))
def test_any_two_misfortunes_one_right_after_the_other(scene: Scene, one: Event, other: Event) -> None:
    """P75, P9, P82: comparison starts anew whenever the world is another than the one it was made for."""
    assert scene.keep_platform() == "history 1"
    scene.volume(scene.a, 5)
    assert scene.keep(scene.a) == "A-2"
    scene.sync(scene.a)
    scene.volume(scene.b, 6, scene.k2)
    scene.volume(scene.a, 7, scene.k3)
    one(scene)
    other(scene)
    in_turn(scene, scene.world.machines)
    scene.rest()
    assert (scene.there(), scene.there(scene.k2)) == (5, 6)


@pytest.mark.parametrize("first", ["a", "c"])
def test_a_member_of_a_set_is_as_the_later_work_of_the_lost_history_left_it(scene: Scene, first: str) -> None:
    """P66, P64: whoever comes back first."""
    (idea,) = scene.shop.ideas
    with scene.forgotten():
        scene.edit(scene.c, ChangeIdeaKeywords(idea, remove=[scene.k]))
        scene.sync(scene.c, scene.a)
        scene.edit(scene.a, ChangeIdeaKeywords(idea, add=[scene.k]))
        scene.sync(scene.a)
    in_turn(scene, [scene.a, scene.c] if first == "a" else [scene.c, scene.a])
    scene.sync(scene.b)
    scene.edit(
        scene.b, EditRow("idea", idea, {"title": "Two"})
    )  # The books are compared where a row changes.
    scene.world.settle()
    assert scene.members_there(idea) == [scene.k]
