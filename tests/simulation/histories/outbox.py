"""Group B: what becomes of work on its way to the platform."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import httpx

from planner_core.commands import AddKeywordsFromSeeds, AssignCluster, CreateCluster, SetOverride
from planner_core.operations import Create
from planner_server.accounts.models import Account
from planner_server.planning.services import apply_operation
from planner_server.sync_api import judging, pushing
from sync.engine import Step
from sync.replica import hooks
from sync.runner import Runner
from tests.simulation.histories.scene import Scene

DAY = 86_400


def an_answer_is_lost_and_a_colleague_writes_meanwhile(scene: Scene) -> None:
    """P14: work whose answer was lost is carried out once, however often it is sent."""
    scene.volume(scene.a, 1)
    scene.answer_lost(scene.a)
    scene.sync(scene.c)
    scene.volume(scene.c, None)
    scene.sync(scene.c)
    scene.rest()
    assert scene.there() is None
    assert not scene.asked(scene.a)


def an_answer_is_lost_for_three_months(scene: Scene) -> None:
    """P15: what was carried out is known for as long as anybody may ask."""
    scene.volume(scene.a, 1)
    scene.answer_lost(scene.a)
    scene.sync(scene.c)
    scene.volume(scene.c, None)
    scene.sync(scene.c)
    scene.wait(90 * DAY)
    scene.rest()
    assert scene.there() is None


def a_request_is_lost_on_its_way(scene: Scene) -> None:
    """P16: what is to be sent follows from what is kept, not from what was handed to the network."""
    scene.volume(scene.a, 1)

    def lose() -> None:
        raise httpx.ConnectError("no route")

    with scene.on_request("push", lose):
        assert scene.try_sync(scene.a) is not None
    scene.volume(scene.a, 2)
    for _ in range(4):
        scene.try_sync(scene.a)
    scene.rest()
    assert scene.there() == 2


def the_platform_stumbles_over_one_edit(scene: Scene) -> None:
    """P17: one edit that the platform fails on is parked; those behind it go on."""

    def stumbling(work: Any, operation: Any) -> None:
        if isinstance(operation, Create) and "Poison" in str(operation.rows):
            raise RuntimeError("a fault of the platform")
        apply_operation(work, operation)

    scene.volume(scene.a, 1)
    scene.new_cluster(scene.a, "Poison")
    scene.volume(scene.a, 2, scene.k2)
    with patch.object(judging, "apply_operation", stumbling), patch.object(pushing.log, "disabled", new=True):
        for _ in range(3):
            scene.try_sync(scene.a)
    assert (scene.there(), scene.there(scene.k2)) == (1, 2)
    assert [item.kind for item in scene.asked(scene.a)] == ["refused"]


def one_thing_of_an_edit_that_failed_is_sent_again(scene: Scene) -> None:
    """P86: each thing that the edit wanted is asked about, and deciding about one ends no other."""

    def failing(_work: Any, _operation: Any) -> None:
        raise RuntimeError("a fault of the platform")

    scene.edit(scene.a, SetOverride("volume", [scene.k], 1), SetOverride("difficulty", [scene.k2], 2))
    with patch.object(judging, "apply_operation", failing), patch.object(pushing.log, "disabled", new=True):
        for _ in range(3):
            scene.try_sync(scene.a)
    (volume,) = (item.id for item in scene.asked(scene.a) if item.group == "volume_override")
    scene.world.resolve(scene.a, [volume], "mine")
    scene.rest()
    assert scene.there() == 1
    assert [item.group for item in scene.asked(scene.a)] == ["difficulty_override"]


def a_refused_edit_before_a_good_one(scene: Scene) -> None:
    """P18: a refusal parks one edit and no others."""
    Account.objects.update(max_keywords=3)
    scene.edit(scene.a, AddKeywordsFromSeeds(scene.shop.sector, [scene.shop.seeds[4]], [scene.a.ids.uid()]))
    scene.volume(scene.a, 1)
    scene.rest()
    assert scene.codes(scene.a) == ["limit"]
    assert scene.there() == 1


def the_platform_answers_with_any_status(scene: Scene) -> None:
    """P19: a status is no verdict."""
    for number, status in enumerate((500, 400, 403, 404, 502, 302), 1):
        scene.volume(scene.a, number)
        answer = httpx.Response(status, headers={"Content-Type": "text/html"}, content=b"<h1>no</h1>")
        with scene.instead_of("push", answer):
            scene.try_sync(scene.a)
        for _ in range(3):
            scene.wait(900)
            scene.try_sync(scene.a)
        assert scene.there() == number
        assert not scene.asked(scene.a)


def an_upload_fails_and_nobody_edits_again(scene: Scene) -> None:
    """P20: the next attempt comes by itself, within a quarter of an hour."""
    scene.volume(scene.a, 1)
    with scene.instead_of("push", httpx.Response(503, content=b"")):
        assert scene.try_sync(scene.a) is not None
    end = scene.a.clock.monotonic() + 900
    while scene.there() is None and scene.a.clock.monotonic() < end:
        step: Step = scene.a.step()
        if step.due is None:
            break
        scene.wait(max(0.001, min(step.due, end + 1) - scene.a.clock.monotonic()))
    assert scene.there() == 1


def a_step_stumbles_over_a_fault_of_ours(scene: Scene) -> None:
    """P21: a fault in one step is handed on, and the next step comes."""
    steps = 0
    faults: list[Exception] = []

    class Faulty:
        """An engine whose first step fails."""

        is_between_rounds = True

        def refresh(self) -> None:
            pass

        edited = hurry = leave = refresh

        def status(self) -> Any:
            return scene.a.engine.status()

        def step(self) -> Step:
            nonlocal steps
            steps += 1
            if steps == 1:
                raise RuntimeError("a fault of ours")
            runner._ending.set()
            return Step(None)

    def heard(error: Exception) -> None:
        faults.append(error)
        runner.hurry()

    runner = Runner(Faulty(), clock=scene.a.clock, on_fault=heard)  # type: ignore[arg-type]
    runner.hurry()
    try:
        runner._run()
    except RuntimeError as error:
        raise AssertionError("the thread that syncs ended with the fault") from error
    assert (steps, len(faults)) == (2, 1)


def an_edit_while_another_is_on_its_way(scene: Scene) -> None:
    """P22: a verdict speaks of the work that was sent, not of the row."""
    scene.volume(scene.a, 1)
    with scene.on_request("push", lambda: scene.volume(scene.a, 2), after=True):
        scene.sync(scene.a)
    scene.rest()
    assert scene.there() == 2


def one_action_sets_a_row_twice(scene: Scene) -> None:
    """P23: what is joined keeps its order, and each value its own old one."""
    scene.edit(
        scene.a,
        SetOverride("volume", [scene.k], 1),
        SetOverride("volume", [scene.k], 2),
        SetOverride("volume", [scene.k2], 2),
    )
    scene.rest()
    assert not scene.asked(scene.a)
    assert (scene.there(), scene.there(scene.k2)) == (2, 2)


def a_crash_right_after_an_edit_was_shown_as_saved(scene: Scene) -> None:
    """P24: what was shown as saved is sent, whatever happens to the program."""
    scene.crash(scene.a, hooks.AFTER_EDIT_COMMIT, lambda: scene.volume(scene.a, 1))
    assert scene.here(scene.a) == 1
    scene.rest()
    assert scene.there() == 1


def one_row_of_three_was_changed_by_somebody_else(scene: Scene) -> None:
    """P25, P26: the row that was touched asks, the others are carried out, and each is told of by itself."""
    scene.job(SetOverride("volume", [scene.k2], 2))
    scene.sync(scene.a)
    scene.volume(scene.c, 5, scene.k2)
    scene.edit(scene.a, SetOverride("volume", list(scene.shop.keywords), 1))
    scene.sync(scene.c, scene.a)
    assert [scene.there(one) for one in scene.shop.keywords] == [1, 5, 1]
    assert [(item.code, item.ids) for item in scene.asked(scene.a)] == [("conflict", (scene.k2,))]
    assert [scene.here(scene.a, one) for one in scene.shop.keywords] == [1, 5, 1]


def work_that_was_cancelled_in_the_middle(scene: Scene) -> None:
    """P83: a cancelled edit leaves no hole in the sequence."""
    scene.volume(scene.a, 1)
    second = scene.volume(scene.a, 2, scene.k2)
    scene.volume(scene.a, 3, scene.k3)
    scene.cancel(scene.a, second.action)
    scene.rest()
    assert [scene.there(one) for one in scene.shop.keywords] == [1, None, 3]


def a_cancelled_creation_takes_its_dependents_along(scene: Scene) -> None:
    """P83: what was put into a cluster that will never be is not."""
    cluster = scene.a.ids.uid()
    made = scene.edit(scene.a, CreateCluster(cluster, scene.shop.sector, "Gamma"))
    scene.edit(scene.a, AssignCluster([scene.k2], cluster))
    scene.cancel(scene.a, made.action)
    scene.rest()
    assert not scene.asked(scene.a)
    assert scene.place_there(scene.k2) == (None, "new")


def a_platform_that_takes_little_at_once(scene: Scene) -> None:
    """P42: a request too large is halved until it passes."""
    scene.volume(scene.a, 1)
    scene.volume(scene.a, 2, scene.k2)
    document = {
        "code": "too_large",
        "message": "Too large.",
        "retry": "never",
        "retry_after_ms": 0,
        "details": {},
    }
    with scene.instead_of("push", httpx.Response(413, json=document)):
        scene.sync(scene.a)
    assert (scene.there(), scene.there(scene.k2)) == (1, 2)
    scene.rest()
