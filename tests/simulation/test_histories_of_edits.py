"""Fixed histories under the oracle of what people do to the same rows: repeated, undone, moved, decided; each in all its variants."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from planner_core.commands import (
    AddKeywordsFromSeeds,
    AssignCluster,
    Command,
    CreateCluster,
    DeleteRows,
    RestoreRows,
    SetOverride,
    SetStatus,
)
from tests.simulation.histories.scene import Scene
from tests.simulation.histories.telling import DAY, Event, in_turn, interrupted, some


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


@pytest.mark.parametrize(
    ("child", "delete_first", "brought_back"),
    some(
        itertools.product(
            [_created_in, _moved_in, _moved_out], [False, True], ["no", "by undo", "on another machine"]
        ),
        4,
    ),
)
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


@pytest.mark.parametrize("then", ["sent", "discarded", "undone", "restored by hand"])
def test_a_decision_for_a_cluster_whose_deletion_waits_shows_its_row_in_none(scene: Scene, then: str) -> None:
    """P94, P71: until the deletion is discarded, or the cluster comes back otherwise."""
    scene.assign(scene.c, scene.y, scene.k2)
    scene.sync(scene.c)
    scene.assign(scene.a, scene.x, scene.k2)
    scene.sync(scene.a)
    deleted = scene.edit(scene.a, DeleteRows("cluster", [scene.x])).action
    scene.decide(scene.a, "mine")
    assert scene.place_here(scene.a, scene.k2) == (None, "new")
    if then == "discarded":
        scene.cancel(scene.a, deleted)
    elif then == "undone":
        scene.answer_lost(scene.a)
        scene.undo(scene.a, deleted)
    elif then == "restored by hand":
        scene.answer_lost(scene.a)
        scene.edit(scene.a, RestoreRows("cluster", [scene.x]))
    assert scene.place_here(scene.a, scene.k2) == ((None, "new") if then == "sent" else (scene.x, "mapped"))
    in_turn(scene, [scene.a, scene.c])


def test_an_edit_put_on_other_values_by_what_is_discarded_goes_with_its_row(scene: Scene) -> None:
    """P83, P30: it is discarded in both of its forms, the one it was made in and the one it was given a moment before."""
    cluster = scene.a.ids.uid()
    made = scene.edit(
        scene.a, AssignCluster([scene.k], None), CreateCluster(cluster, scene.shop.sector, "Gamma")
    )
    scene.assign(scene.a, cluster, scene.k)
    scene.cancel(scene.a, made.action)
    scene.platform.new_epochs()  # The numbers begin anew: not even their void is sent.
    scene.world.settle()
    assert scene.place_there(scene.k) == (scene.x, "mapped")


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


@pytest.mark.parametrize(("one", "other"), some(itertools.permutations(range(len(ON_A_KEYWORD)), 2), 5))
def test_any_two_commands_on_a_keyword_leave_cluster_and_status_whole(
    scene: Scene, one: int, other: int
) -> None:
    """P73: each pair, in both orders."""
    scene.edit(scene.a, ON_A_KEYWORD[one](scene), refused=True)
    scene.edit(scene.c, ON_A_KEYWORD[other](scene), refused=True)
    in_turn(scene, [scene.a, scene.c, scene.a])


@pytest.mark.parametrize("besides", some(["fork", "", "epoch"], 3))
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
