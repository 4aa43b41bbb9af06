"""The real server goes back in time while two people work: nobody's edit is lost, none happens twice."""

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction

from planner_core.commands import AssignCluster, CreateCluster, SetOverride
from planner_server.feed import epochs
from planner_server.feed.models import Scope
from planner_server.feed.running import RUN
from sync.engine import Engine
from sync.errors import PlannerError, SyncPaused
from sync.transport import GatedFeed
from tests.contract.test_two_people import assert_equal, questions, settle
from tests.support.machine import Machine
from tests.support.server import Server


@contextmanager
def later_restored() -> Iterator[None]:
    """What the server does inside is forgotten afterwards, silently: as a backup put back, or a standby that was behind."""
    place = transaction.savepoint()
    yield
    transaction.savepoint_rollback(place)


def epoch(server: Server) -> str:
    return Scope.objects.get(uid=server.site.uid).epoch


def test_what_was_sent_before_a_restore_comes_back_by_itself(
    server: Server, eve: Machine, cem: Machine
) -> None:
    with later_restored():
        eve.volume(server.keywords[0], 10)
        eve.run(CreateCluster(eve.ids.uid(), server.sector, "Forgotten"))
        eve.sync()
        cem.run(AssignCluster([server.keywords[1]], server.clusters[0]))
        cem.sync()
    assert server.volume(server.keywords[0]) is None

    settle(eve, cem)

    assert server.volume(server.keywords[0]) == 10
    assert server.live_keywords()[server.keywords[1]]["cluster"] == server.clusters[0]
    assert "Forgotten" in server.cluster_names()
    assert "Forgotten (2)" not in server.cluster_names()
    assert_equal(eve, cem)


def test_a_dry_run_after_a_restore_does_not_say_that_nothing_would_be_sent(
    server: Server, eve: Machine
) -> None:
    """P98: what a platform forgot is found out by a sync; until then a dry run names the site instead of counting nothing."""
    assert eve.engine.dry_run().put_back == []
    with later_restored():
        eve.volume(server.keywords[0], 10)
        eve.sync()
    eve.volume(server.keywords[1], 11)

    (named,) = eve.engine.dry_run().put_back

    assert named == server.site.name
    eve.sync()
    assert eve.engine.dry_run().put_back == []
    assert server.volume(server.keywords[0]) == 10


def test_a_restore_between_a_push_and_the_pull_of_it_forgets_nothing(server: Server, eve: Machine) -> None:
    """P8, P65: P64: what has a verdict but was not delivered yet is asked about as well."""
    for steps in range(1, 8):
        keyword = server.keywords[steps]
        eve.volume(keyword, steps)
        with later_restored():
            eve.engine.hurry()
            for _ in range(steps):
                eve.engine.step()
        eve.restart()
        settle(eve)
        assert server.volume(keyword) == steps
        assert_equal(eve)


def test_work_that_waited_during_a_restore_goes_after_what_was_forgotten(
    server: Server, eve: Machine
) -> None:
    keyword = server.keywords[0]
    with later_restored():
        eve.volume(keyword, 10)
        eve.sync()
    eve.volume(keyword, 11)
    settle(eve)
    assert server.volume(keyword) == 11
    assert questions(eve) == []
    assert_equal(eve)


def test_what_is_only_to_be_fetched_is_fetched_from_a_restored_platform_too(
    server: Server, eve: Machine, cem: Machine
) -> None:
    """P96, P81: going on after a backup was put back asks first, with the gate for sending shut; then the work goes out."""
    with later_restored():
        eve.volume(server.keywords[0], 10)
        eve.sync()
    cem.volume(server.keywords[1], 20)
    settle(cem)
    feed = GatedFeed(eve.session, asking=lambda: None, sending=lambda: "Only fetching.")
    fetching = Engine(eve.replica, feed, clock=eve.clock, random=eve.random.random)
    with pytest.raises(SyncPaused):
        fetching.sync_now()

    assert eve.overrides()[server.keywords[1]] == 20
    assert server.volume(server.keywords[0]) is None
    assert eve.overrides()[server.keywords[0]] == 10

    settle(eve, cem)
    assert server.volume(server.keywords[0]) == 10
    assert_equal(eve, cem)


def test_a_platform_put_back_to_before_an_announced_restore_is_noticed_though_it_has_grown_since(
    server: Server, eve: Machine, cem: Machine
) -> None:
    """P64, P65: a later process begins far above what was lost, so no version is ahead; what she was told is of no history it had."""
    first, second = server.keywords[:2]
    settle(eve, cem)
    before = epoch(server)
    with later_restored():
        scope = Scope.objects.get(uid=server.site.uid)
        epochs.renew(scope, lost=scope.epoch)
        eve.volume(first, 10)
        settle(eve)
    RUN.end()
    cem.volume(second, 20)
    settle(cem)
    assert epoch(server) == before

    settle(eve, cem)

    assert epoch(server) != before
    assert (server.volume(first), server.volume(second)) == (10, 20)
    assert_equal(eve, cem)


def test_two_restores_in_a_row_end_like_one(server: Server, eve: Machine, cem: Machine) -> None:
    """P8, P64, P65."""
    with later_restored():
        eve.volume(server.keywords[0], 10)
        settle(eve, cem)
        with later_restored():
            cem.volume(server.keywords[1], 20)
            settle(cem, eve)
        cem.volume(server.keywords[2], 30)
        settle(eve, cem)
    settle(eve, cem)
    assert [server.volume(uid) for uid in server.keywords[:3]] == [10, 20, 30]
    assert_equal(eve, cem)


def test_a_restore_while_the_work_of_before_another_is_compared_forgets_nothing(
    server: Server, eve: Machine
) -> None:
    """P64, P65: what the platform said it knew, it knew before the second restore; the hello of the new name tells of that one."""
    for steps in range(1, 9):
        keyword = server.keywords[steps]
        settle(eve)
        with later_restored():
            eve.volume(keyword, steps)
            settle(eve)
            scope = Scope.objects.get(uid=server.site.uid)
            epochs.renew(scope, lost=scope.epoch)
            eve.engine.hurry()
            for _ in range(steps):
                eve.engine.step()
        while not eve.engine.is_between_rounds:
            eve.engine.step()
        settle(eve)
        assert server.volume(keyword) == steps, f"forgotten after {steps} steps"
        assert_equal(eve)


def test_a_value_does_not_return_over_its_successor_however_often_the_platform_is_put_back(
    server: Server, eve: Machine, cem: Machine
) -> None:
    """P66, P74: between the restores it was a copy of the folder that sent it again; its first place in the order is not forgotten."""
    keyword = server.keywords[0]
    copied = server.machine("copy")
    copied.replica.close()
    with later_restored():
        with later_restored():
            eve.volume(keyword, 10)
            settle(eve, cem)
            eve.replica.close()
            shutil.copytree(eve.path.parent, copied.path.parent, dirs_exist_ok=True)
            for machine in (eve, copied):
                machine.start()
        cem.volume(keyword, None)
        settle(cem, copied, eve)
        assert server.volume(keyword) is None
    settle(cem, eve)
    assert server.volume(keyword) is None
    assert questions(eve) == [], "the successor says by what it had seen that it had seen this one"


def test_a_platform_put_back_to_before_its_last_epoch_does_not_go_on_in_the_one_before(
    server: Server, eve: Machine, cem: Machine
) -> None:
    """P8, P66: work of the epoch that was lost is known as such, so a value does not return over its successor."""
    keyword = server.keywords[0]
    with later_restored():
        with later_restored():
            eve.volume(server.keywords[1], 1)
            eve.sync()
        settle(eve, cem)
        eve.volume(keyword, 10)
        settle(eve, cem)
        cem.volume(keyword, None)
    former = epoch(server)
    settle(cem, eve)
    assert epoch(server) != former
    assert server.volume(keyword) is None
    assert questions(eve) == []
    assert_equal(eve, cem)


@pytest.mark.parametrize("seed", range(4))
def test_restores_at_any_moment_lose_nobodys_only_edit(
    server: Server, eve: Machine, cem: Machine, seed: int
) -> None:
    """Each keyword is edited by one person once; a restore may hit any step. In the end every edit stands."""
    chance = random.Random(seed)
    expected: dict[str, int] = {}
    for turn, keyword in enumerate(server.keywords):
        author = chance.choice([eve, cem])
        author.run(SetOverride("volume", [keyword], turn))
        expected[keyword] = turn
        if chance.random() < 0.4:
            with later_restored():
                some_steps(chance, eve, cem)
        else:
            some_steps(chance, eve, cem)
    for _ in range(3):
        settle(eve, cem)
    assert {uid: server.volume(uid) for uid in server.keywords} == expected
    assert_equal(eve, cem)


def some_steps(chance: random.Random, *machines: Machine) -> None:
    for machine in machines:
        machine.engine.hurry()
        for _ in range(chance.randrange(12)):
            try:
                machine.engine.step()
            except PlannerError:
                break
        machine.clock.advance(1)


def test_a_copied_folder_goes_on_as_a_replica_of_its_own(server: Server, eve: Machine) -> None:
    """P82: P9, P75: two copies of one replica use one name; the platform tells, and neither's work is lost or doubled."""
    eve.volume(server.keywords[0], 1)
    eve.sync()
    eve.replica.close()
    twin_folder = server.folder / "twin"
    twin_folder.mkdir()
    for file in eve.path.parent.iterdir():
        (twin_folder / file.name).write_bytes(file.read_bytes())
    eve.start()
    twin = server.machine("twin")

    with later_restored():
        eve.volume(server.keywords[1], 11)
        eve.run(CreateCluster(eve.ids.uid(), server.sector, "Of the one"))
        twin.volume(server.keywords[2], 22)
        twin.run(CreateCluster(twin.ids.uid(), server.sector, "Of the other"))
        settle(eve, twin)
    settle(eve, twin)

    assert [server.volume(uid) for uid in server.keywords[:3]] == [1, 11, 22]
    assert {"Of the one", "Of the other"} <= server.cluster_names()
    assert eve.replica.replica_id != twin.replica.replica_id
    assert_equal(eve, twin)
