"""P2: a check and the write that rests on it cannot be parted by somebody else's write."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from planner_core.commands import SetOverride
from planner_core.wire.feed import HelloRequest, Told
from planner_server import clock
from planner_server.accounts import services as accounts
from planner_server.accounts.models import Site, User
from planner_server.api import viewsets
from planner_server.feed.gate import Actor, write
from planner_server.feed.models import Alias, Conflict, Replica
from planner_server.planning.models import Clusters, Keywords
from planner_server.planning.services import Place, Work, apply_operation
from planner_server.refusals import Refusal
from planner_server.sync_api.hello import hello
from tests.planner_server.api.caller import Caller, place, seed_ids
from tests.planner_server.races.together import PATIENCE, Somebody, Stop, stands_behind
from tests.planner_server.races.writers import Hands
from tests.planner_server.world import Desk, Team, new_keyword, reply_of, set_of

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])


def stopping_before(statement: str, stop: Stop, action: Callable[[], Any]) -> Callable[[], Any]:
    """Return the action, held at its first statement that begins so: what it looked at, it has looked at by then."""

    def watch(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.lstrip().startswith(statement):
            stop()
        return execute(sql, *rest)

    def run() -> Any:
        with connection.execute_wrapper(watch):
            return action()

    return run


def push(desk: Desk, *operations: Any) -> Callable[[], Any]:
    line = desk.mutation(*operations)
    return lambda: desk.send(line)


def raced(first: Callable[[], Any], second: Callable[[], Any], statement: str) -> tuple[Any, Any]:
    """Run both, the second one begun while the first has checked and not written."""
    checked = Stop()
    holder = Somebody(stopping_before(statement, checked, first))
    checked.await_somebody(holder)
    follower = stands_behind(second, holder)
    checked.go_on()
    return holder.finish(), follower.finish()


@pytest.mark.parametrize("by_job", [False, True], ids=["untouched", "written by a job"])
def test_of_two_pushes_on_one_picture_the_second_is_asked(by_job: bool, team: Team) -> None:
    """P2: also where a person wins over a job, which is decided by reading before writing."""
    (one,) = team.keywords(1)
    if by_job:
        team.run_as_job(SetOverride("volume", [one], 9))
    desks = [Desk(user, team.site.uid) for user in (team.owner, team.colleague)]
    actions = [
        push(desk, set_of("volume_override", [None], [value], [one])) for value, desk in enumerate(desks, 1)
    ]
    first, second = raced(actions[0], actions[1], "UPDATE planning_keywords")
    assert reply_of(first).results[0].verdict == "applied"
    assert reply_of(second).results[0].verdict == "applied_with"
    assert Keywords.objects.get(uid=one).volume_override == 1
    question = Conflict.objects.get()
    assert (question.user, question.theirs, question.mine) == (team.colleague, [1], [2])


def test_a_push_behind_an_edit_in_a_browser_is_asked(team: Team) -> None:
    """P2."""
    (one,) = team.keywords(1)
    rest = Hands(team).write("rest", one, 1)
    desk = Desk(team.colleague, team.site.uid)
    other = push(desk, set_of("volume_override", [None], [2], [one]))
    edited, pushed = raced(rest, other, "UPDATE planning_keywords")
    assert edited.status_code == 200
    assert reply_of(pushed).results[0].verdict == "applied_with"
    assert Keywords.objects.get(uid=one).volume_override == 1


def test_a_job_behind_a_person_gives_way(team: Team) -> None:
    """P2: the job looks who wrote last only once it is alone."""
    (one,) = team.keywords(1)

    def job() -> Work:
        with write(team.scope, Actor("job", "research")) as gate:
            work = Work(gate, Place.of(team.site, gate))
            apply_operation(work, set_of("volume_override", [None], [2], [one]))
        return work

    _, work = raced(Hands(team).write("push", one, 1), job, "UPDATE planning_keywords")
    assert [row.code for row in work.said] == ["kept"]
    assert Keywords.objects.get(uid=one).volume_override == 1


def test_one_operation_sent_twice_at_once_is_carried_out_once(team: Team) -> None:
    """P2, P14: the second copy arrives while the first has found that nobody knows the operation."""
    (one,) = team.keywords(1)
    version = team.scope.version
    send = Hands(team).write("push", one, 5)
    first, second = raced(send, send, "UPDATE planning_keywords")
    assert reply_of(first).results == reply_of(second).results
    assert team.scope.version == version + 1


def test_of_two_creations_of_one_keyword_the_second_is_merged(team: Team) -> None:
    """P2, P32."""
    names = [clock.new_uid(), clock.new_uid()]
    desks = [Desk(user, team.site.uid) for user in (team.owner, team.colleague)]
    actions = [
        push(desk, new_keyword(team, uid, team.seeds[0])) for uid, desk in zip(names, desks, strict=True)
    ]
    # The last statement of a push's transaction: the keyword is looked for and made, and nobody sees it yet.
    first, second = raced(actions[0], actions[1], "UPDATE feed_replicascope")
    assert reply_of(first).results[0].verdict == "applied"
    (merged,) = reply_of(second).results[0].rows
    assert (merged.code, merged.ids, merged.new_id) == ("merged", [names[1]], names[0])
    assert [row.uid for row in Keywords.objects.all()] == [names[0]]
    assert Alias.objects.values_list("old", "new").get() == (names[1], names[0])


# ---------------------------------------------------------------- both have checked, then both go on


@contextmanager
def meeting(owner: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The first two who come to `owner.name` wait there for each other: whatever they checked before, both have checked."""
    barrier = threading.Barrier(2)
    plain = getattr(owner, name)

    def together(*arguments: Any, **more: Any) -> Any:
        barrier.wait(PATIENCE)
        return plain(*arguments, **more)

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, together)
        yield


def test_of_two_that_make_the_same_keyword_in_a_browser_one_is_told(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P2: both come to the gate for a seed that the sector has not."""
    callers = [Caller(team.owner), Caller(team.colleague)]
    body = {**place(team), "seed_keyword_id": seed_ids(team, 1)[0]}
    with meeting(viewsets, "write", monkeypatch):
        both = [
            Somebody(lambda caller=caller: caller.post("planner/keywords/", body))  # type: ignore[misc]
            for caller in callers
        ]
        replies = [somebody.finish() for somebody in both]
    assert sorted(reply.status for reply in replies) == [201, 409]
    assert Keywords.objects.count() == 1


def test_of_two_clusters_of_one_name_one_is_made(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """P2, P33."""
    callers = [Caller(team.owner), Caller(team.colleague)]
    with meeting(viewsets, "write", monkeypatch):
        both = [
            Somebody(
                lambda caller=caller, name=name: caller.post(  # type: ignore[misc]
                    "planner/clusters/", {**place(team), "name": name}
                )
            )
            for caller, name in zip(callers, ("Desks", "DESKS"), strict=True)
        ]
        replies = [somebody.finish() for somebody in both]
    assert sorted(reply.status for reply in replies) == [201, 409]
    assert Clusters.objects.count() == 1


def test_the_last_place_of_a_plan_goes_to_one_of_two_sites(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P2."""
    team.account.max_sites = 2
    team.account.save()
    actor = Actor("user", team.owner.uid)

    def make(name: str) -> str:
        try:
            return accounts.site_create(account=team.account, actor=actor, name=name).uid
        except Refusal as refusal:
            return refusal.refused[0].code

    with meeting(accounts, "write", monkeypatch):
        both = [Somebody(lambda name=name: make(name)) for name in ("Second", "Third")]  # type: ignore[misc]
        ends = [somebody.finish() for somebody in both]
    assert sorted(end == "limit" for end in ends) == [False, True]
    assert Site.objects.filter(account=team.account).count() == 2


def test_the_last_place_of_a_plan_goes_to_one_of_two_users(team: Team) -> None:
    """P2: no gate here; the account's row is the lock."""
    team.account.max_users = 3
    team.account.save()
    ready = threading.Barrier(2)

    def make(name: str) -> str:
        ready.wait(PATIENCE)
        try:
            return accounts.user_create(
                account=team.account, email=f"{name}@acme.test", password=None, name=name
            ).uid
        except Refusal as refusal:
            return refusal.refused[0].code

    both = [Somebody(lambda name=name: make(name)) for name in ("ada", "bo")]  # type: ignore[misc]
    ends = [somebody.finish() for somebody in both]
    assert sorted(end == "limit" for end in ends) == [False, True]
    assert User.objects.filter(account=team.account).count() == 3


def test_two_replicas_that_know_a_lost_version_at_once_get_one_new_epoch(team: Team) -> None:
    """P2, P8: a new epoch is set against the one that was lost, so the second finding changes nothing."""
    former = team.scope.epoch
    ready = threading.Barrier(2)

    def find(user: User) -> str:
        desk = Desk(user, team.site.uid, told=Told(version=999, token="x"))
        line = desk.mutation(set_of("volume_override", [None], [1], [clock.new_uid()]))
        ready.wait(PATIENCE)
        response = desk.send(line)
        assert response.status_code == 409, response.content
        return str(response.json()["details"]["epoch"])

    both = [Somebody(lambda user=user: find(user)) for user in (team.owner, team.colleague)]  # type: ignore[misc]
    assert {somebody.finish() for somebody in both} == {team.scope.epoch}
    assert team.scope.epoch != former


def test_a_new_replica_that_says_hello_twice_at_once_is_known_once(team: Team) -> None:
    """P2: the copy of a request that was thought lost meets the first one."""
    request = HelloRequest(app="test", replica_id=clock.new_uid())
    ready = threading.Barrier(2)

    def greet() -> str:
        user = User.objects.select_related("account").get(pk=team.owner.pk)
        ready.wait(PATIENCE)
        return hello(user, request).replica

    both = [Somebody(greet), Somebody(greet)]
    assert {somebody.finish() for somebody in both} <= {"new", "ok"}
    assert Replica.objects.get().uid == request.replica_id


def test_what_is_looked_at_before_the_gate_is_looked_at_again_inside(team: Team) -> None:
    """P2: a person is let go between the request and its turn."""
    (one,) = team.keywords(1)
    desk = Desk(team.colleague, team.site.uid)
    send = push(desk, set_of("volume_override", [None], [5], [one]))
    dismissed = Stop()

    def dismiss() -> None:
        with write(team.scope, Actor("user", team.owner.uid)):
            User.objects.filter(pk=team.colleague.pk).update(role="viewer")
            dismissed()

    holder = Somebody(dismiss)
    dismissed.await_somebody(holder)
    follower = stands_behind(send, holder)
    dismissed.go_on()
    holder.finish()
    response = follower.finish()
    assert response.status_code in {403, 404} or reply_of(response).results[0].verdict == "rejected"
    assert Keywords.objects.get(uid=one).volume_override is None
