"""Two writers at once, on connections of their own: versions come in commit order and no edit slips past another."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from planner_core.commands import SetOverride
from planner_server.feed import hooks
from planner_server.feed.gate import Actor, write
from planner_server.planning.models import Keywords
from tests.planner_server.world import Desk, Team, make_team, reply_of, set_of

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])

PATIENCE = 30.0


class Somebody(threading.Thread):
    """A thread that closes its connections and hands its failure on."""

    def __init__(self, action: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self._action = action
        self.result: Any = None
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.result = self._action()
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            self.error = error
        finally:
            connections.close_all()

    def finish(self) -> Any:
        self.join(PATIENCE)
        assert not self.is_alive()
        if self.error:
            raise self.error
        return self.result


@pytest.fixture
def team() -> Team:
    return make_team()


def test_a_reader_never_passes_a_version_that_is_still_to_come(team: Team) -> None:
    """P1: the second writer waits for the first, so a cursor at the second's version has seen the first's rows."""
    one, two = team.keywords(2)
    anna = Desk(team.owner, team.site.uid)
    cursor = anna.pull().cursor
    inside, go_on = threading.Event(), threading.Event()

    def slow() -> int:
        with write(team.scope, Actor("user", team.owner.uid)) as gate:
            Keywords.objects.filter(uid=one).update(volume_override=1, ver=gate.version)
            inside.set()
            assert go_on.wait(PATIENCE)
        return gate.version

    first = Somebody(slow)
    assert inside.wait(PATIENCE)
    second = Somebody(lambda: team.run(SetOverride("volume", [two], 2)))
    second.join(0.4)
    assert second.is_alive()
    meanwhile = anna.pull(cursor)
    assert meanwhile.order == []
    go_on.set()
    version = first.finish()
    second.finish()
    assert [(uid, ver - version) for _, uid, ver in anna.pull(meanwhile.cursor).order] == [(one, 0), (two, 1)]


def test_of_two_edits_on_the_same_picture_one_applies_and_one_is_asked_about(team: Team) -> None:
    """P2: both compare with the value they saw; the check and the write are one transaction."""
    (one,) = team.keywords(1)
    barrier = threading.Barrier(2)

    def edit(user: Any, value: int) -> Any:
        desk = Desk(user, team.site.uid)
        line = desk.mutation(set_of("volume_override", [None], [value], [one]))
        barrier.wait(PATIENCE)
        return reply_of(desk.send(line)).results[0]

    people = [
        Somebody(lambda: edit(team.owner, 1)),
        Somebody(lambda: edit(team.colleague, 2)),
    ]
    results = [somebody.finish() for somebody in people]
    assert sorted(result.verdict for result in results) == ["applied", "applied_with"]
    assert len({result.ver for result in results}) == 2
    winner = next(number for number, result in enumerate(results, 1) if result.verdict == "applied")
    assert Keywords.objects.get(uid=one).volume_override == winner


def test_the_same_push_sent_twice_at_once_counts_once(team: Team) -> None:
    ids = team.keywords(6)
    anna = Desk(team.owner, team.site.uid)
    lines = [anna.mutation(set_of("volume_override", [None], [5], [uid])) for uid in ids]
    barrier = threading.Barrier(2)

    def send() -> Any:
        barrier.wait(PATIENCE)
        return reply_of(Desk(anna.user, anna.scope, anna.replica, anna.next_seq).send(*lines))

    version = team.scope.version
    twice = [Somebody(send), Somebody(send)]
    first, second = (somebody.finish() for somebody in twice)
    assert first.results == second.results
    assert team.scope.version == version + 1


def test_writers_and_a_reader_at_once_lose_no_row(team: Team) -> None:
    """P1."""
    ids = team.keywords(12)
    reader = Desk(team.owner, team.site.uid)
    cursor = reader.pull().cursor
    rounds = 8

    def edits(number: int) -> None:
        mine = ids[number * 4 : number * 4 + 4]
        for value in range(rounds):
            team.run(SetOverride("volume", mine, value))

    writers = [Somebody(lambda number=number: edits(number)) for number in range(3)]  # type: ignore[misc]
    seen: dict[str, int] = {}
    while any(writer.is_alive() for writer in writers):
        feed = reader.pull(cursor, limit=3)
        cursor = feed.cursor
        seen |= {uid: row["volume_override"] for uid, row in feed.rows.get("keyword", {}).items()}
    for writer in writers:
        writer.finish()
    seen |= {uid: row["volume_override"] for uid, row in reader.pull(cursor).rows.get("keyword", {}).items()}
    assert seen == dict.fromkeys(ids, rounds - 1)


def test_access_is_asked_again_inside_each_transaction(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = team.keywords(2)
    anna = Desk(team.colleague, team.site.uid)
    monkeypatch.setattr("planner_server.sync_api.pushing.BATCH_ROWS", 1)

    def dismiss() -> None:
        team.colleague.role = "viewer"
        team.colleague.save()

    lines = [anna.mutation(set_of("volume_override", [None], [5], [uid])) for uid in (one, two)]
    with hooks.at("C6", dismiss):
        response = anna.send(*lines)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert Keywords.objects.get(uid=one).volume_override == 5
    assert Keywords.objects.get(uid=two).volume_override is None
