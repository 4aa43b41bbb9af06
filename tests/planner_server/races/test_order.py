"""P1: versions become visible in the order of their commits, so that no cursor passes a row that is still to come."""

from typing import Any

import pytest

from planner_server.feed import epochs, hooks, reading
from planner_server.feed.gate import Actor, write
from planner_server.feed.models import VersionToken
from planner_server.planning.models import Keywords
from tests.planner_server.races.together import Somebody, Stop, stands_behind
from tests.planner_server.races.writers import Hands
from tests.planner_server.world import Desk, Team

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])


class GivenUp(Exception):
    """The first writer does not commit."""


@pytest.mark.parametrize(("first", "second"), [("push", "rest"), ("rest", "job"), ("job", "push")])
def test_nobody_takes_a_version_while_an_earlier_one_is_uncommitted(
    first: str, second: str, team: Team
) -> None:
    """P1: the reader polls in between; the later writer's rows come behind the earlier one's, and both come."""
    one, two = team.keywords(2)
    hands = Hands(team)
    reader = Desk(team.colleague, team.site.uid)
    cursor = reader.pull().cursor
    version = team.scope.version
    about_to_commit = Stop()
    with hooks.at("P1", about_to_commit):
        holder = Somebody(hands.write(first, one, 1))
        about_to_commit.await_somebody(holder)
        follower = stands_behind(hands.write(second, two, 2), holder)
        between = reader.pull(cursor, limit=1)
        assert (between.order, between.version) == ([], version)
        about_to_commit.go_on()
        holder.finish()
        follower.finish()
    expected = [("keyword", one, version + 1), ("keyword", two, version + 2)]
    assert reader.pull(between.cursor, limit=1).order == expected


def test_a_version_that_was_given_back_is_the_next_writers_and_leaves_no_hole(team: Team) -> None:
    """P1: a reader waits for no number that will never come."""
    one, two = team.keywords(2)
    reader = Desk(team.colleague, team.site.uid)
    hands = Hands(team)
    cursor = reader.pull().cursor
    version = team.scope.version
    about_to_fail = Stop()

    def fail() -> None:
        with write(team.scope, Actor("user", team.owner.uid)) as gate:
            Keywords.objects.filter(uid=one).update(volume_override=1, ver=gate.version)
            about_to_fail()
            raise GivenUp

    holder = Somebody(fail)
    about_to_fail.await_somebody(holder)
    follower = stands_behind(hands.write("push", two, 2), holder)
    about_to_fail.go_on()
    with pytest.raises(GivenUp):
        holder.finish()
    follower.finish()
    assert reader.pull(cursor).order == [("keyword", two, version + 1)]
    versions = VersionToken.objects.filter(scope=team.scope).order_by("version")
    assert list(versions.values_list("version", flat=True)) == list(range(version + 2))


def test_a_page_is_one_moment_even_if_somebody_commits_while_it_is_read(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P1: version, end and rows of a page come from one snapshot; what came meanwhile comes with the next."""
    one, two = team.keywords(2)
    reader = Desk(team.colleague, team.site.uid)
    hands = Hands(team)
    hands.write("job", one, 1)()
    version = team.scope.version
    others = iter([hands.write("push", one, 2), hands.write("rest", two, 3)])

    def remembers_while_somebody_writes(*arguments: Any, **more: Any) -> bool:
        for action in others:
            Somebody(action).finish()
        return epochs.remembers(*arguments, **more)

    monkeypatch.setattr(reading, "remembers", remembers_while_somebody_writes)
    page = reader.pull()
    assert page.version == version
    assert {uid: row["volume_override"] for uid, row in page.rows["keyword"].items()} == {one: 1, two: None}
    later = reader.pull(page.cursor)
    assert later.version == version + 2
    assert {uid: row["volume_override"] for uid, row in later.rows["keyword"].items()} == {one: 2, two: 3}


def test_a_snapshot_and_the_pull_after_it_miss_nothing_that_moves_between_two_pages(team: Team) -> None:
    """P1: a row that leaves the snapshot's range while it is listed is in the pull that follows."""
    ids = team.keywords(9)
    desk = Desk(team.colleague, team.site.uid)
    hands = Hands(team)
    page = desk.client.get(desk.url("snapshot"), {"limit": "2"})
    feed = type(desk.pull())()
    feed.take(page)
    turn = 0
    while feed.has_more:
        # One that was listed, and one that is still to come, move on.
        for uid in (ids[0], ids[-1 - turn]):
            hands.write("job", uid, 100 + turn)()
        turn += 1
        feed.take(
            desk.client.get(desk.url("snapshot"), {"limit": "2", "after": feed.after, "at": str(feed.at)})
        )
    rest = desk.pull(f"{team.scope.epoch}.{feed.at}.99.")
    seen = {**feed.rows.get("keyword", {}), **rest.rows["keyword"]}
    stored = dict(Keywords.objects.values_list("uid", "volume_override"))
    assert {uid: row["volume_override"] for uid, row in seen.items()} == stored
