"""Fixed histories under the oracle, for what worlds of chance meet too rarely: each in all its variants.

The histories of `tests.simulation.histories` have one variant each and are played with and without a bug (`test_bugs`); here the
same numbers are gone through step by step, order by order. Each ends with everybody settling, deciding and being compared.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pytest

from planner_core.commands import (
    AddKeywordsFromSeeds,
    AssignCluster,
    Command,
    CreateCluster,
    DeleteRows,
    EditRow,
    RestoreRows,
    SetOverride,
    SetStatus,
)
from sync.errors import PlannerError
from tests.simulation.histories.restores import no_route
from tests.simulation.histories.scene import Scene
from tests.simulation.machine import Machine
from tests.simulation.oracle import Oracle
from tests.simulation.stage import Stage
from tests.simulation.world import World

SEED_OF_THE_PROFILES = -1
DAY = 86_400
STEPS_OF_A_SYNC = (1, 2, 3, 4, 5, 6, 8)
ALL = "PLANNER_ALL_VARIANTS" in os.environ
"""Without it the largest families are thinned: every other variant, which keeps the whole to about a minute of one core."""


def some(variants: Iterable[Any]) -> list[Any]:
    """Return all variants of a family, or every other one."""
    return list(variants)[:: 1 if ALL else 2]


@pytest.fixture
def scene(stage: Stage) -> Iterator[Scene]:
    """Three machines and a platform under the oracle; when the history is told, everybody settles."""
    if not stage.profiles:
        with World(stage, SEED_OF_THE_PROFILES):
            pass
    with World(stage, 0, witness=Oracle()) as world:
        made = Scene(world)
        yield made
        world.settle()


def interrupted(scene: Scene, machine: Machine, number: int) -> None:
    """Let a machine's sync come so far; what stands in its way is for later."""
    try:
        scene.steps(machine, number)
    except PlannerError as error:
        scene.world.say(str(error))


def in_turn(scene: Scene, machines: Sequence[Machine], rounds: int = 3) -> None:
    """Let machines sync one after the other, whatever stands in the way."""
    for _ in range(rounds):
        for machine in machines:
            scene.try_sync(machine)


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


# ---------------------------------------------------------------- the platform is restored


@pytest.mark.parametrize("announced", [False, True])
@pytest.mark.parametrize("number", some(STEPS_OF_A_SYNC))
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


@pytest.mark.parametrize("number", some(STEPS_OF_A_SYNC))
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


@pytest.mark.parametrize("announced", [False, True])
@pytest.mark.parametrize("order", some(itertools.permutations("abc")))
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


@pytest.mark.parametrize("order", some(itertools.permutations("abc")))
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


@pytest.mark.parametrize("restores", [1, 2])
@pytest.mark.parametrize("number", [1, 2, 3, 4, 6])
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


Event = Callable[[Scene], None]


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


@pytest.mark.parametrize(("one", "other"), some(itertools.product(MISFORTUNES, repeat=2)))
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


# ---------------------------------------------------------------- operations and their ids


@pytest.mark.parametrize("alike", [True, False])
def test_two_copies_put_one_refused_edit_right(scene: Scene, alike: bool) -> None:
    """P67, P86: the first counts; the second is an ordinary edit and is compared like one."""
    scene.platform.set_limit(3)
    scene.edit(scene.a, AddKeywordsFromSeeds(scene.shop.sector, [scene.shop.seeds[4]], [scene.a.ids.uid()]))
    scene.sync(scene.a)
    assert [item.code for item in scene.a.review()] == ["limit"]
    scene.platform.set_limit(None)
    twin = scene.clone(scene.a)
    scene.decide(scene.a, "mine")
    if alike:
        scene.decide(twin, "mine")
    else:
        scene.decide(twin, "theirs")
        scene.edit(twin, AddKeywordsFromSeeds(scene.shop.sector, [scene.shop.seeds[4]], [twin.ids.uid()]))
    in_turn(scene, [scene.a, twin])
    scene.rest()
    assert len(scene.platform.live("keyword")) == 4


@pytest.mark.parametrize(
    ("then", "left"), [("sent again", 5), ("confirmed", 5), ("cancelled", None), ("undone", None)]
)
def test_a_late_copy_of_a_request_changes_nothing(scene: Scene, then: str, left: int | None) -> None:
    """P68, P14: what may be on its way can be answered, and taken back by an edit of its own; never unmade."""
    action = scene.volume(scene.a, 5).action
    scene.request_held_up(scene.a)
    scene.a.crash()
    if then == "cancelled":
        scene.cancel(scene.a, action)
    elif then == "undone":
        scene.undo(scene.a)
    scene.sync(*[scene.a] * (1 if then == "sent again" else 2))
    scene.volume(scene.c, 1, scene.k2)
    scene.arrive()
    scene.rest()
    assert scene.there() == left


@pytest.mark.parametrize("moment", ["unsent", "answer lost", "answered", "confirmed"])
def test_an_undone_import_leaves_what_a_colleague_had_made(scene: Scene, moment: str) -> None:
    """P69: one row is new, one merged, one refused, wherever the import is on its way."""
    seeds = scene.shop.seeds
    theirs = scene.c.ids.uid()
    scene.edit(scene.c, AddKeywordsFromSeeds(scene.shop.sector, [seeds[3]], [theirs]))
    scene.sync(scene.c)
    scene.platform.set_limit(5)
    own = [scene.a.ids.uid() for _ in range(3)]
    scene.edit(scene.a, AddKeywordsFromSeeds(scene.shop.sector, seeds[3:6], own))
    if moment == "answer lost":
        scene.answer_lost(scene.a)
    elif moment == "answered":
        interrupted(scene, scene.a, 4)
    elif moment == "confirmed":
        scene.sync(scene.a, scene.a)
    scene.undo(scene.a)
    in_turn(scene, [scene.a, scene.b, scene.c])
    if moment == "confirmed":
        assert not scene.a.review()
    elif scene.a.review():
        # The verdict came after the undo: what was refused of the import is asked about, and let go.
        scene.decide(scene.a, "theirs")
    scene.platform.set_limit(None)
    scene.world.settle()
    assert set(scene.platform.live("keyword")) == {*scene.shop.keywords, theirs}


@pytest.mark.parametrize(
    ("own", "theirs", "pulled"), [(5, 6, True), (5, 6, False), (5, 5, False), (5, 5, True)]
)
def test_an_undo_leaves_what_a_colleague_wrote_since(
    scene: Scene, own: int, theirs: int, pulled: bool
) -> None:
    """P70: another value and an equal one, known here and not."""
    scene.volume(scene.a, own)
    scene.sync(scene.a)
    scene.volume(scene.c, theirs)
    scene.sync(scene.c)
    for item in scene.c.review():
        scene.world.resolve(scene.c, [item.id], "mine")
    scene.sync(scene.c)
    if pulled:
        scene.sync(scene.a)
    scene.undo(scene.a)
    in_turn(scene, [scene.a, scene.c])
    assert scene.there() == theirs


def test_an_undo_leaves_a_value_that_was_there_before_its_own_edit(scene: Scene) -> None:
    """P70: whoever found his value there already has nothing to take back."""
    scene.volume(scene.c, 5)
    scene.sync(scene.c)
    scene.volume(scene.a, 5)
    scene.sync(scene.a, scene.a)
    scene.undo(scene.a)
    scene.rest()
    assert scene.there() == 5


def _created_in(scene: Scene) -> None:
    scene.edit(scene.c, AssignCluster([scene.k2], scene.x), refused=True)


def _moved_in(scene: Scene) -> None:
    scene.assign(scene.c, scene.y, scene.k2)
    scene.sync(scene.c)
    scene.edit(scene.c, AssignCluster([scene.k2], scene.x), refused=True)


def _moved_out(scene: Scene) -> None:
    scene.assign(scene.c, scene.y, scene.k)


@pytest.mark.parametrize("brought_back", ["no", "by undo", "on another machine"])
@pytest.mark.parametrize("delete_first", [False, True])
@pytest.mark.parametrize("child", [_created_in, _moved_in, _moved_out])
def test_a_cluster_goes_while_a_colleague_moves_its_children(
    scene: Scene, child: Event, delete_first: bool, brought_back: str
) -> None:
    """P71, P30, P94: both orders; deleted, brought back, on one machine and on two."""
    if delete_first:
        scene.edit(scene.a, DeleteRows("cluster", [scene.x]))
        scene.sync(scene.a)
        child(scene)
        in_turn(scene, [scene.c, scene.a], rounds=2)
    else:
        child(scene)
        scene.sync(scene.c)
        scene.edit(scene.a, DeleteRows("cluster", [scene.x]))
        in_turn(scene, [scene.a, scene.c], rounds=2)
    if brought_back == "by undo":
        scene.undo(scene.a)
    elif brought_back == "on another machine":
        scene.sync(scene.b)
        scene.edit(scene.b, RestoreRows("cluster", [scene.x]), refused=True)
    in_turn(scene, [scene.b, scene.a, scene.c])


@pytest.mark.parametrize(("a_decides", "b_decides"), [("mine", "theirs"), ("theirs", "mine")])
def test_a_third_edit_comes_between_question_and_answer(scene: Scene, a_decides: str, b_decides: str) -> None:
    """P72, P89: two machines decide differently on a picture that is old by then."""
    scene.volume(scene.c, 6)
    scene.sync(scene.c)
    scene.volume(scene.a, 5)
    scene.sync(scene.a, scene.b)
    scene.volume(scene.c, 7)
    scene.sync(scene.c)
    scene.decide(scene.a, a_decides)  # type: ignore[arg-type]  # one of the two choices
    scene.decide(scene.b, b_decides)  # type: ignore[arg-type]
    in_turn(scene, [scene.a, scene.b, scene.c])
    assert scene.there() == 7


def test_a_plain_edit_of_the_field_answers_the_question(scene: Scene) -> None:
    """P72: on every machine of its author."""
    scene.volume(scene.c, 6)
    scene.sync(scene.c)
    scene.volume(scene.a, 5)
    scene.sync(scene.a, scene.b)
    scene.volume(scene.a, 9)
    scene.rest()
    assert not scene.a.review()
    assert not scene.b.review()
    assert scene.there() == 9


ON_A_KEYWORD: tuple[Callable[[Scene], Command], ...] = (
    lambda scene: AssignCluster([scene.k], scene.x),
    lambda scene: AssignCluster([scene.k], scene.y),
    lambda scene: AssignCluster([scene.k], None),
    lambda scene: SetStatus("keyword", [scene.k], "new"),
    lambda scene: DeleteRows("keyword", [scene.k]),
)


@pytest.mark.parametrize(("one", "other"), some(itertools.permutations(range(len(ON_A_KEYWORD)), 2)))
def test_any_two_commands_on_a_keyword_leave_cluster_and_status_whole(
    scene: Scene, one: int, other: int
) -> None:
    """P73: each pair, in both orders."""
    scene.edit(scene.a, ON_A_KEYWORD[one](scene), refused=True)
    scene.edit(scene.c, ON_A_KEYWORD[other](scene), refused=True)
    in_turn(scene, [scene.a, scene.c, scene.a])


@pytest.mark.parametrize("besides", ["", "fork", "epoch"])
def test_an_old_copy_does_not_repeat_what_is_forgotten_by_now(scene: Scene, besides: str) -> None:
    """P74: four hundred days later, with a fork and with a new epoch besides."""
    scene.volume(scene.a, 5)
    copy = scene.keep(scene.a)
    scene.sync(scene.a, scene.c)
    scene.volume(scene.c, None)
    scene.rest()
    scene.wait(401 * DAY)
    scene.job(SetOverride("difficulty", [scene.k2], 1))
    scene.rest()
    scene.sweep()
    scene.job(SetOverride("difficulty", [scene.k3], 1))
    if besides == "epoch":
        scene.platform.new_epochs()
    if besides == "fork":
        scene.volume(scene.a, 8, scene.k2)
        scene.sync(scene.a)
    scene.put_back(scene.a, copy)
    in_turn(scene, [scene.a])
    assert scene.there() is None
    assert "too_old" in scene.codes(scene.a)


# ---------------------------------------------------------------- pages


@pytest.mark.parametrize("number", [3, 4, 5, 7, 9, 12])
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


@pytest.mark.parametrize("number", [2, 3, 4, 5, 6, 8])
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


@pytest.mark.parametrize("order", some(itertools.permutations("abc")))
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


@pytest.mark.parametrize("which", [0, 2, 4])
@pytest.mark.parametrize("values", [(1, 2, 3, 4, 5), (1, 2, 1, 2, 1), (1, 1, 1, 1, 1)])
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
