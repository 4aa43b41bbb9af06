"""Severity 1: platforms and files that went back in time, and work that comes again."""

from __future__ import annotations

import httpx

from planner_core.commands import AddKeywordsFromSeeds, AssignCluster, CreateCluster, DeleteRows, SetOverride
from tests.simulation import pictures
from tests.simulation.histories.scene import Scene

DAY = 86_400


def no_route() -> None:
    """Stand for a network that is gone."""
    raise httpx.ConnectError("no route")


def a_delete_after_the_platform_lost_versions(scene: Scene) -> None:
    """P63: a deletion is compared by the content that was seen; versions of another history are other numbers."""
    name = scene.keep_platform()
    for value in (1, 2):
        scene.job(SetOverride("difficulty", [scene.k2], value))
    scene.sync(scene.a)
    scene.restore_platform(name)
    scene.volume(scene.c, 1)
    scene.sync(scene.c)
    scene.edit(scene.a, DeleteRows("keyword", [scene.k]))
    scene.rest()
    assert scene.live_there("keyword", scene.k)
    assert scene.asked(scene.a)


def a_restore_between_a_push_and_its_pull(scene: Scene) -> None:
    """P64: work with a verdict whose rows did not come is asked about like any other that left."""
    scene.volume(scene.a, 1)
    with scene.forgotten(announced=True):
        with scene.on_request(f"{scene.shop.site}/pull", no_route):
            assert scene.try_sync(scene.a) is not None
        assert scene.there() == 1
    scene.rest()
    assert scene.there() == 1


def a_restore_that_nobody_announced(scene: Scene) -> None:
    """P65: a platform that lost what it had told and grew past it is found out."""
    with scene.forgotten():
        scene.volume(scene.a, 1)
        scene.sync(scene.a, scene.c)
    scene.job(SetOverride("volume", [scene.k2], 1))
    scene.job(SetOverride("volume", [scene.k3], 2))
    scene.rest()
    assert [scene.there(one) for one in scene.shop.keywords] == [1, 1, 2]


def the_later_of_two_edits_comes_back_first(scene: Scene) -> None:
    """P66: after a restore nobody's value returns over an edit that had seen it, in whatever order they come back."""
    with scene.forgotten(announced=True):
        scene.volume(scene.a, 1)
        scene.sync(scene.a, scene.c)
        scene.volume(scene.c, None)
        scene.sync(scene.c)
    scene.sync(scene.c)
    scene.rest()
    assert scene.there() is None
    assert not scene.asked(scene.a)


def an_edit_is_changed_in_a_copy_after_it_was_sent(scene: Scene) -> None:
    """P67: a body never changes under its operation id."""
    scene.volume(scene.a, 1)
    name = scene.keep(scene.a)
    scene.sync(scene.a)
    scene.put_back(scene.a, name)
    scene.volume(scene.a, 2)
    for _ in range(3):
        scene.try_sync(scene.a)
    scene.rest()
    assert scene.there() == 2


def an_edit_is_cancelled_while_it_may_be_on_its_way(scene: Scene) -> None:
    """P68: what may have left is taken back by an edit of its own."""
    action = scene.volume(scene.a, 1).action
    scene.request_held_up(scene.a)
    scene.cancel(scene.a, action)
    scene.arrive()
    scene.rest()
    assert scene.there() is None
    assert scene.here(scene.a) is None


def an_old_copy_after_operation_ids_expired(scene: Scene) -> None:
    """P74: work that may have been carried out more than 400 days ago is not carried out by itself."""
    scene.volume(scene.a, 1)
    name = scene.keep(scene.a)
    scene.sync(scene.a)
    scene.sync(scene.c)
    scene.volume(scene.c, None)
    scene.rest()
    scene.wait(401 * DAY)
    scene.job(SetOverride("difficulty", [scene.k2], 1))
    scene.rest()
    scene.sweep()
    scene.job(SetOverride("difficulty", [scene.k3], 1))
    scene.put_back(scene.a, name)
    for _ in range(3):
        scene.try_sync(scene.a)
    assert scene.there() is None
    assert "too_old" in scene.codes(scene.a)


def two_restores_of_which_the_second_goes_back_further(scene: Scene) -> None:
    """P75: what was compared with one history is compared anew with the next."""
    first = scene.keep_platform()
    scene.volume(scene.a, 1)
    scene.sync(scene.a, scene.a)
    second = scene.keep_platform()
    scene.volume(scene.a, 2, scene.k2)
    scene.sync(scene.a)
    scene.restore_platform(second, announced=True)
    with scene.on_request(f"{scene.shop.site}/snapshot", no_route):
        assert scene.try_sync(scene.a) is not None
    scene.restore_platform(first, announced=True)
    scene.rest()
    assert (scene.there(), scene.there(scene.k2)) == (1, 2)


def rows_the_restored_platform_never_had(scene: Scene) -> None:
    """P76: the rows of a new epoch replace the old ones; what it lacks does not stay as if it were there."""
    new = scene.b.ids.uid()
    with scene.forgotten(announced=True):
        scene.browser(AddKeywordsFromSeeds(scene.shop.sector, [scene.shop.seeds[4]], [new]))
        scene.sync(scene.a, scene.b, scene.c)
    scene.rest()
    assert scene.here(scene.a, new) == "absent"


def lost_rows_are_offered_to_be_sent_again(scene: Scene) -> None:
    """P81: rows this machine has seen and the restored platform lacks are listed, and are made anew if the user says so."""
    new = scene.b.ids.uid()
    with scene.forgotten(announced=True):
        scene.browser(AddKeywordsFromSeeds(scene.shop.sector, [scene.shop.seeds[4]], [new]))
        scene.sync(scene.a)
    scene.rest()
    assert scene.codes(scene.a) == ["not_on_platform"]


def tombstones_are_cleared_between_a_snapshot_and_its_pull(scene: Scene) -> None:
    """P77: every page checks that nothing after its place was cleared away."""
    newcomer = scene.newcomer()

    def clear() -> None:
        scene.browser(DeleteRows("keyword", [scene.k3]))
        scene.wait(200 * DAY)
        scene.sweep()
        assert scene.gone("keyword", scene.k3)

    with scene.on_request(f"{scene.shop.site}/pull", clear):
        scene.try_sync(newcomer)
    scene.rest()
    assert scene.here(newcomer, scene.k3) == "absent"


def a_snapshot_is_looked_at_before_its_end(scene: Scene) -> None:
    """P78: rows become visible at a consistent end and nowhere else."""
    newcomer = scene.newcomer()
    shown: list[int] = []

    def look() -> None:
        shown.append(len(pictures.of_machine(newcomer)["keyword"]))

    with scene.on_request(f"{scene.shop.site}/pull", look):
        scene.sync(newcomer)
    assert shown == [0]
    scene.rest()


def access_is_lost_and_given_back_after_writes(scene: Scene) -> None:
    """P79: with the rows goes the place that had been read up to."""
    scene.platform.set_access(2, "none")
    scene.sync(scene.c)
    scene.job(SetOverride("volume", [scene.k], 1))
    scene.platform.set_access(2, "rw")
    scene.rest()
    assert scene.here(scene.c) == 1


def an_alias_that_a_restore_undoes(scene: Scene) -> None:
    """P80: aliases belong to their history: in the next one the row that lost may be the one that stands."""
    seed = scene.shop.seeds[4]
    theirs, mine = scene.c.ids.uid(), scene.a.ids.uid()
    with scene.forgotten(announced=True):
        scene.browser(AddKeywordsFromSeeds(scene.shop.sector, [seed], [theirs]))
        scene.edit(scene.a, AddKeywordsFromSeeds(scene.shop.sector, [seed], [mine]))
        scene.sync(scene.a, scene.b, scene.a)
    scene.rest()
    assert scene.live_there("keyword", mine)
    scene.volume(scene.a, 1, mine)
    scene.volume(scene.b, 1, mine)
    scene.rest()
    assert scene.there(mine) == 1


def a_fork_with_answered_and_open_work(scene: Scene) -> None:
    """P82: a fork numbers anew what has no verdict, and only that."""
    scene.volume(scene.a, 1)
    with scene.on_request(f"{scene.shop.site}/pull", no_route):
        assert scene.try_sync(scene.a) is not None
    twin = scene.clone(scene.a)
    scene.volume(twin, 1, scene.k2)
    scene.volume(twin, 2, scene.k2)
    scene.sync(twin)
    scene.volume(scene.a, 3, scene.k3)
    scene.rest()
    assert [scene.there(one) for one in scene.shop.keywords] == [1, 2, 3]


def the_platform_forgets_a_number(scene: Scene) -> None:
    """P84: a platform that expects a number long answered has lost something: everything is compared."""
    scene.volume(scene.a, 1)
    scene.sync(scene.a)
    scene.unwatched()
    scene.platform.database.execute("UPDATE feed_replicascope SET last_seq = 0 WHERE last_seq > 0")
    scene.platform.database.commit()
    scene.volume(scene.a, 2)
    scene.try_sync(scene.a)
    scene.rest()
    assert scene.there() == 2


def an_assignment_comes_before_its_cluster(scene: Scene) -> None:
    """P86, P88: work that lacks a row waits for it, and is sent again when the row has come."""
    cluster = scene.a.ids.uid()
    with scene.forgotten(announced=True):
        scene.edit(scene.a, CreateCluster(cluster, scene.shop.sector, "Gamma"))
        scene.sync(scene.a, scene.b)
        scene.edit(scene.b, AssignCluster([scene.k2], cluster))
        scene.sync(scene.b, scene.b)
    scene.sync(scene.b)
    scene.rest(4)
    assert scene.place_there(scene.k2) == (cluster, "mapped")
    assert not [code for code in scene.codes(scene.b) if code != "not_on_platform"]


def a_question_that_a_restore_forgot(scene: Scene) -> None:
    """P89: a decision on a question that the platform has forgotten holds, and closes it on every machine."""
    scene.volume(scene.c, 2)
    scene.sync(scene.c)
    name = scene.keep_platform()
    scene.volume(scene.a, 1)
    scene.rest()
    assert scene.asked(scene.b)
    scene.restore_platform(name, announced=True)
    scene.decide(scene.a, "mine")
    scene.rest()
    assert scene.there() == 1
    assert not scene.asked(scene.a)
    assert not scene.asked(scene.b)


def work_of_long_ago_after_a_restore(scene: Scene) -> None:
    """P97: what was sent is kept for as long as a restored platform may lack it."""
    scene.job(SetOverride("difficulty", [scene.k2], 1))
    with scene.forgotten(announced=True):
        scene.volume(scene.a, 1)
        scene.sync(scene.a, scene.a)
        scene.wait(3 * DAY)
        scene.restart(scene.a)
        scene.sync(scene.a)
        scene.restart(scene.a)
    scene.rest()
    assert scene.there() == 1


def work_that_waited_while_the_platform_was_put_back(scene: Scene) -> None:
    """P64: what the platform forgot goes first, in its old order; what was made later goes after it."""
    with scene.forgotten(announced=True):
        scene.volume(scene.a, 1)
        scene.sync(scene.a)
    scene.volume(scene.a, 2)
    scene.rest()
    assert scene.there() == 2
    assert not scene.asked(scene.a)
