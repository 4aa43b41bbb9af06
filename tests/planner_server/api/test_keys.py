"""Idempotency keys: the same request twice is done once."""

import hashlib
import json
import threading
from typing import Any

import pytest
from django.db import OperationalError, connection, connections

from planner_server import clock
from planner_server.accounts.models import User
from planner_server.api import keys
from planner_server.api.keys import CLAIM_MS, KEPT_MS, Claim, KeyReused, KeyRunning, begin
from planner_server.api.models import KeptAnswer
from planner_server.cli import upkeep
from planner_server.planning.models import Clusters
from tests.planner_server.api.caller import BASE, Caller, Reply, checked, place
from tests.planner_server.world import Team, make_team

PATH = "planner/clusters/"


def send(caller: Caller, body: Any, key: str = "k1", path: str = PATH, query: str = "") -> Reply:
    headers = {"Authorization": f"Bearer {caller.access}", "Idempotency-Key": key}
    return checked(caller.client.post(BASE + path + query, body, format="json", headers=headers))


def same(one: Reply, two: Reply) -> bool:
    """Whether two answers say the same; each carries its own request's id."""
    bodies = [
        {name: value for name, value in reply.body.items() if name != "request_id"} for reply in (one, two)
    ]
    return one.status == two.status and bodies[0] == bodies[1]


def test_the_same_request_with_the_same_key_is_done_once_and_answered_alike(
    owner: Caller, team: Team
) -> None:
    body = {"name": "Once", **place(team)}
    first = send(owner, body)
    version = team.scope.version
    again = send(owner, body)
    assert first.status == 201
    assert same(first, again)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Clusters.objects.count() == 1
    assert team.scope.version == version


def test_a_bulk_answer_comes_again_as_it_was(owner: Caller, team: Team) -> None:
    team.cluster("One")
    body = {"ids": [Clusters.objects.get().pk, 999_999], "status": "mapped"}
    first = send(owner, body, path="planner/clusters/bulk_update/")
    assert first.data["updated"] == 1
    assert same(first, send(owner, body, path="planner/clusters/bulk_update/"))


def test_another_body_or_query_under_the_same_key_is_422_and_changes_nothing(
    owner: Caller, team: Team
) -> None:
    send(owner, {"name": "One", **place(team)})
    for reply in (
        send(owner, {"name": "Two", **place(team)}),
        send(owner, {"name": "One", **place(team)}, query="?status=new"),
    ):
        assert reply.status == 422
        assert reply.body["code"] == "key_reused"
    assert [cluster.name for cluster in Clusters.objects.all()] == ["One"]


def test_a_key_is_a_users_and_a_paths_own(owner: Caller, editor: Caller, team: Team) -> None:
    assert send(owner, {"name": "One", **place(team)}).status == 201
    assert send(editor, {"name": "Two", **place(team)}).status == 201
    assert send(owner, {"idea_title": "Three", **place(team)}, path="planner/ideas/").status == 201


def test_a_refusal_by_a_rule_is_kept_too(owner: Caller, team: Team) -> None:
    team.cluster("Taken")
    first = send(owner, {"name": "taken", **place(team)})
    Clusters.objects.all()
    assert first.status == 409
    again = send(owner, {"name": "taken", **place(team)})
    assert same(first, again)
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\tkey", "two words", "ü"])
def test_what_is_no_key_is_400(owner: Caller, team: Team, key: str) -> None:
    assert send(owner, {"name": "One", **place(team)}, key=key).status == 400
    assert not Clusters.objects.exists()


def test_a_request_that_has_no_answer_yet_is_409_with_a_time_to_wait(
    owner: Caller, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(owner.user, User)
    monkeypatch.setattr(keys, "digest_of", lambda request: "0" * 64)
    begin(owner.user, BASE + PATH, "k1", "0" * 64)
    reply = send(owner, {"name": "One", **place(team)})
    assert (reply.status, reply.body["code"]) == (409, "key_running")
    assert int(reply.headers["Retry-After"]) >= 1
    assert not Clusters.objects.exists()


def test_a_fault_of_ours_lets_the_key_go(owner: Caller, team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        raise OperationalError("database is locked")

    body = {"name": "One", **place(team)}
    with monkeypatch.context() as patched:
        patched.setattr("planner_server.api.viewsets.carry_out", fail)
        assert send(owner, body).status == 503
    assert send(owner, body).status == 201
    assert Clusters.objects.count() == 1


def test_work_whose_answer_cannot_be_kept_is_undone(
    owner: Caller, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash between the work and its answer leaves neither: both are one transaction."""

    def crash(*_: Any) -> None:
        raise OperationalError("the server went away")

    body, version = {"name": "One", **place(team)}, team.scope.version
    with monkeypatch.context() as patched:
        patched.setattr(Claim, "keep", crash)
        assert send(owner, body).status == 503
    assert not Clusters.objects.exists()
    assert team.scope.version == version
    assert send(owner, body).status == 201
    assert Clusters.objects.count() == 1


def test_a_claim_whose_run_died_can_be_taken_over_and_the_dead_run_cannot_answer(team: Team) -> None:
    start = clock.now_ms()
    with clock.replaced(now_ms=lambda: start):
        dead = begin(team.owner, "/p/", "k", "a")
    with clock.replaced(now_ms=lambda: start + CLAIM_MS - 1), pytest.raises(KeyRunning):
        begin(team.owner, "/p/", "k", "a")
    with clock.replaced(now_ms=lambda: start + CLAIM_MS):
        heir = begin(team.owner, "/p/", "k", "a")
        assert isinstance(heir, Claim)
        with pytest.raises(KeyRunning):
            begin(team.owner, "/p/", "k", "a")
    assert isinstance(dead, Claim)
    with pytest.raises(KeyRunning):
        dead.keep(201, "{}")
    heir.keep(201, "{}")
    kept = begin(team.owner, "/p/", "k", "a")
    assert isinstance(kept, KeptAnswer)
    with pytest.raises(KeyReused):
        begin(team.owner, "/p/", "k", "b")


def test_answers_are_cleared_away_after_two_days_and_not_before(owner: Caller, team: Team) -> None:
    body = {"name": "Once", **place(team)}
    send(owner, body)
    now = clock.now_ms()
    with clock.replaced(now_ms=lambda: now + KEPT_MS - 60_000):
        assert upkeep.clear(dry_run=False)[0]["kept_answers"] == 0
    with clock.replaced(now_ms=lambda: now + KEPT_MS + 60_000):
        assert upkeep.clear(dry_run=True)[0]["kept_answers"] == 1
        assert upkeep.clear(dry_run=False)[0]["kept_answers"] == 1
    assert not KeptAnswer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_several_workers_with_the_same_key_one_does_the_work(quick_passwords: None) -> None:
    team = make_team()
    callers = [Caller(team.owner) for _ in range(4)]
    body, start = {"name": "Once", **place(team)}, threading.Barrier(len(callers))
    replies: list[Reply] = []

    def run(caller: Caller) -> None:
        try:
            start.wait(60)
            replies.append(send(caller, body))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(caller,)) for caller in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    connection.close()
    assert len(replies) == len(callers)
    assert Clusters.objects.count() == 1
    assert {reply.status for reply in replies} <= {201, 409}
    assert any(reply.status == 201 for reply in replies)
    assert {reply.data["id"] for reply in replies if reply.status == 201} == {Clusters.objects.get().pk}


def test_a_person_is_made_once_under_a_key_and_no_secret_is_kept(owner: Caller) -> None:
    """With a password the answer holds none and is given again; without one it brings a token, which is not kept."""
    path, body = "auth/users/", {"email": "mia@example.test", "password": "long-and-odd-7", "role": "editor"}
    first = send(owner, body, path=path)
    assert first.status == 201
    assert same(send(owner, body, path=path), first)
    assert send(owner, {**body, "role": "admin"}, path=path).status == 422
    plain = hashlib.sha256(b"\n" + json.dumps(body, separators=(",", ":")).encode()).hexdigest()
    assert KeptAnswer.objects.get(path=BASE + path).sha256 != plain

    bare = {"email": "tom@example.test"}
    assert send(owner, bare, "k2", path=path).body["data"]["password_token"]
    assert send(owner, bare, "k2", path=path).status == 409
    assert KeptAnswer.objects.filter(path=BASE + path).count() == 1
    assert send(owner, [1], "k3", path=path).status == 400
