"""P86: work that was refused as a whole wanted several things; none of them is lost when its author decides about one."""

from collections.abc import Callable

import pytest
from django.db.models import F

from planner_core.commands import AddKeywordsFromSeeds, AssignCluster, CreateCluster, SetOverride
from planner_core.operations import Create
from planner_server.feed.models import Scope
from planner_server.planning.services import Work
from tests.contract.test_answers_not_taken import failing
from tests.contract.test_decisions import items
from tests.contract.test_two_people import assert_equal, settle
from tests.support.machine import Machine
from tests.support.server import Server


@pytest.fixture
def laptop(server: Server, eve: Machine) -> Machine:
    """Another machine of eve's."""
    machine = server.machine("eve-laptop")
    machine.sync()
    return machine


def do_three_things(server: Server, eve: Machine) -> None:
    """One action, one mutation: a volume, a difficulty of another keyword, a cluster."""
    one, other = server.keywords[:2]
    eve.run(
        SetOverride("volume", [one], 5),
        SetOverride("difficulty", [other], 6),
        CreateCluster(eve.ids.uid(), server.sector, "Fresh"),
    )


def fail(monkeypatch: pytest.MonkeyPatch, server: Server, *machines: Machine) -> None:
    with failing(monkeypatch):
        settle(*machines)


def age(monkeypatch: pytest.MonkeyPatch, server: Server, *machines: Machine) -> None:
    floor = Scope.objects.get(uid=server.site.uid).op_floor
    Scope.objects.filter(uid=server.site.uid).update(op_floor=F("version") + 1_000)
    settle(*machines)
    Scope.objects.filter(uid=server.site.uid).update(op_floor=floor)


def asked(machine: Machine) -> set[tuple[str, str]]:
    return {(item.entity, item.group) for item in items(machine)}


ALL = {("keyword", "volume_override"), ("keyword", "difficulty_override"), ("cluster", "")}


@pytest.mark.parametrize("refuse", [fail, age])
def test_what_was_refused_as_a_whole_is_decided_thing_by_thing(
    refuse: Callable[..., None],
    server: Server,
    eve: Machine,
    laptop: Machine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """P86, P91: one thing is sent again, one let go, the third stays asked about, on every machine."""
    do_three_things(server, eve)
    refuse(monkeypatch, server, eve, laptop)
    assert asked(eve) == asked(laptop) == ALL
    by_group = {item.group: item.id for item in items(eve)}
    eve.replica.resolve([by_group["volume_override"]], "mine")
    settle(eve, laptop)
    assert server.volume(server.keywords[0]) == 5
    assert asked(eve) == asked(laptop) == ALL - {("keyword", "volume_override")}
    eve.replica.resolve([by_group["difficulty_override"]], "theirs")
    settle(eve, laptop)
    assert asked(eve) == asked(laptop) == {("cluster", "")}
    eve.replica.resolve([by_group[""]], "mine")
    settle(eve, laptop)
    assert "Fresh" in server.cluster_names()
    assert server.keyword(server.keywords[1]).difficulty_override is None
    assert items(eve) == items(laptop) == []
    assert_equal(eve, laptop)


def test_all_of_what_was_refused_as_a_whole_is_sent_again_at_once(
    server: Server, eve: Machine, laptop: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P86: each of its items, and nothing of it is kept back or asked about again."""
    do_three_things(server, eve)
    fail(monkeypatch, server, eve, laptop)
    outcome = eve.replica.resolve([item.id for item in items(eve)], "mine")
    assert outcome.refused == ()
    settle(eve, laptop)
    assert server.volume(server.keywords[0]) == 5
    assert server.keyword(server.keywords[1]).difficulty_override == 6
    assert "Fresh" in server.cluster_names()
    assert items(eve) == items(laptop) == []
    assert_equal(eve, laptop)


def test_an_undo_the_platform_fails_on_is_asked_about_where_the_undone_work_had_been_carried_out(
    server: Server, eve: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P70, P86: of one row, too, a field was written and another was not; what was left alone needs no decision."""
    one, fresh = server.keywords[0], eve.ids.uid()
    eve.run(CreateCluster(fresh, server.sector, "Fresh"))
    eve.run(SetOverride("volume", [one], 5), AssignCluster([one], fresh))
    eve.replica.undo()
    with failing(monkeypatch, lambda work, operation: isinstance(operation, Create) or bool(work.undo_of)):
        settle(eve)
    assert server.volume(one) == 5
    assert asked(eve) == {("cluster", ""), ("keyword", "volume_override")}
    eve.replica.resolve([item.id for item in items(eve) if item.entity == "keyword"], "mine")
    settle(eve)
    assert server.volume(one) is None


def test_a_creation_whose_undo_the_platform_fails_on_is_asked_about_though_a_field_was_left_alone(
    server: Server, eve: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P70, P86: that the new row could not be placed says nothing about its being there."""
    one, fresh = eve.ids.uid(), eve.ids.uid()
    eve.run(CreateCluster(fresh, server.sector, "Fresh"))
    eve.run(AddKeywordsFromSeeds(server.sector, [server.seeds[15]], [one]), AssignCluster([one], fresh))
    eve.replica.undo()

    def fails(work: Work, operation: object) -> bool:
        return bool(work.undo_of) or (isinstance(operation, Create) and operation.entity == "cluster")

    with failing(monkeypatch, fails):
        settle(eve)
    assert one in server.live_keywords()
    assert asked(eve) == {("cluster", ""), ("keyword", "")}
    eve.replica.resolve([item.id for item in items(eve) if item.entity == "keyword"], "mine")
    settle(eve)
    assert one not in server.live_keywords()


def test_what_waited_for_a_cluster_goes_again_without_the_field_that_was_written_then(
    server: Server, eve: Machine, cem: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P66, P86: a colleague has set that field back since; only the place of the row had been missing."""
    one, fresh = server.keywords[0], eve.ids.uid()
    eve.run(CreateCluster(fresh, server.sector, "Fresh"))
    eve.run(SetOverride("volume", [one], 5), AssignCluster([one], fresh))
    with failing(monkeypatch, lambda _work, operation: isinstance(operation, Create)):
        settle(eve, cem)
    assert server.volume(one) == 5
    cem.volume(one, None)
    settle(cem, eve)
    eve.replica.resolve([item.id for item in items(eve) if item.entity == "cluster"], "mine")
    settle(eve, cem)
    assert server.live_keywords()[one]["cluster"] == fresh
    assert server.volume(one) is None
    assert items(eve) == []
    assert_equal(eve, cem)
