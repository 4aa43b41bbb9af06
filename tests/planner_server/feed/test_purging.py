"""What is cleared away, when, and what those are told who were away too long."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from planner_core.commands import AssignCluster, DeleteRows, RestoreRows
from planner_core.operations import Delete, ItemsChange, Resolve, Restore, Seen
from planner_core.wire.feed import HelloReply
from planner_server import clock
from planner_server.cli.verify import find_breaches
from planner_server.feed import epochs, hooks
from planner_server.feed.gate import Actor, write
from planner_server.feed.models import Conflict, MutationResult, PurgedRow, Scope, VersionToken
from planner_server.feed.purging import DAY_MS, sweep
from planner_server.library.models import SeedKeyword
from planner_server.planning.models import Clusters, ContentIdeas, Keywords
from tests.planner_server.world import Desk, Team, make_team, new_keyword, reply_of, set_of

START = 1_800_000_000_000


class Calendar:
    """The platform's clock, turned by days."""

    def __init__(self) -> None:
        self.ms = START

    def pass_days(self, days: int) -> None:
        self.ms += days * DAY_MS

    @contextmanager
    def rules(self) -> Iterator[None]:
        with clock.replaced(now_ms=lambda: self.ms):
            yield


@pytest.fixture
def calendar() -> Iterator[Calendar]:
    calendar = Calendar()
    with calendar.rules():
        yield calendar


@pytest.fixture
def team(db: None, calendar: Calendar) -> Team:
    return make_team()


@pytest.fixture
def anna(team: Team) -> Desk:
    return Desk(team.owner, team.site.uid)


def hello(desk: Desk, *, cursor: int, seq: int = 0, op_id: str = "") -> HelloReply:
    held = {
        "id": desk.scope,
        "epoch": desk.epoch,
        "cursor_ver": cursor,
        "last_ack_seq": seq,
        "last_ack_op": op_id,
    }
    body = {"protocols": [1], "app": "test", "replica_id": desk.replica, "scopes": [held]}
    response = desk.client.post("/sync/v1/hello", body, format="json")
    assert response.status_code == 200, response.content
    return HelloReply.model_validate_json(response.content)


def swept(team: Team, **options: Any) -> int:
    return sweep(team.scope, **options).rows


def deleted_keywords(team: Team, number: int) -> list[str]:
    ids = team.keywords(number)
    team.run(DeleteRows("keyword", ids))
    return ids


# ---------------------------------------------------------------- tombstones


def test_a_tombstone_stays_half_a_year(team: Team, calendar: Calendar) -> None:
    """P34: it goes on the 180th day and not before."""
    deleted_keywords(team, 2)
    calendar.pass_days(179)
    assert (swept(team), team.scope.gc_floor) == (0, 0)
    calendar.pass_days(1)
    floor = team.scope.version
    assert (swept(team), team.scope.gc_floor) == (2, floor)
    assert not Keywords.objects.exists()


def test_a_dry_run_says_what_would_go_and_keeps_it(team: Team, calendar: Calendar) -> None:
    """P34: neither floor nor version moves."""
    deleted_keywords(team, 2)
    calendar.pass_days(200)
    before = team.scope.version
    assert swept(team, dry_run=True) == 2
    assert (team.scope.version, team.scope.gc_floor, Keywords.objects.count()) == (before, 0, 2)


def test_a_tombstone_waits_for_every_replica_seen_within_the_time(
    team: Team, anna: Desk, calendar: Calendar
) -> None:
    """P34: a machine that read up to before the deletion keeps it; one that nobody has seen for half a year does not."""
    ids = team.keywords(2)
    place = team.scope.version
    team.run(DeleteRows("keyword", ids))
    calendar.pass_days(100)
    hello(anna, cursor=place)
    calendar.pass_days(100)
    assert swept(team) == 0
    hello(anna, cursor=team.scope.version)
    assert swept(team) == 2
    assert swept(team) == 0


def test_a_machine_that_never_comes_back_holds_nothing_for_ever(
    team: Team, anna: Desk, calendar: Calendar
) -> None:
    """P34: when it does come back it is told to take a snapshot."""
    ids = team.keywords(2)
    place = team.scope.version
    hello(anna, cursor=place)
    team.run(DeleteRows("keyword", ids))
    calendar.pass_days(181)
    assert swept(team) == 2
    (state,) = (one for one in hello(anna, cursor=place).scopes if one.id == anna.scope)
    assert (state.action, state.gc_floor) == ("snapshot", team.scope.gc_floor)


def test_places_of_a_lost_epoch_hold_nothing(team: Team, anna: Desk, calendar: Calendar) -> None:
    """P34: they cannot be gone on from anyway."""
    ids = team.keywords(1)
    hello(anna, cursor=team.scope.version)
    team.run(DeleteRows("keyword", ids))
    calendar.pass_days(170)
    hello(anna, cursor=team.scope.version - 1)
    epochs.renew(team.scope, lost=team.scope.epoch)
    calendar.pass_days(20)
    assert swept(team) == 1


def test_a_snapshot_under_way_keeps_what_is_deleted_after_it_began_for_a_day(
    team: Team, anna: Desk, calendar: Calendar
) -> None:
    """P77: its version counts as a reader's place; after a day it has to begin again."""
    ids = team.keywords(3)
    first = anna.client.get(anna.url("snapshot"), {"limit": "1"}, headers={"X-Replica": anna.replica})
    assert first.status_code == 200
    team.run(DeleteRows("keyword", ids))
    # The tombstones are made old; the snapshot is not.
    age(team, 200)
    assert swept(team) == 0
    calendar.pass_days(2)
    assert swept(team) == 3


def age(team: Team, days: int) -> None:
    """Move every deletion of the site back in time, through the gate."""
    with write(team.scope, Actor("job", "test")) as gate:
        for row in Keywords.objects.exclude(deleted_at=None):
            Keywords.objects.filter(pk=row.pk).update(
                deleted_at=(row.deleted_at or 0) - days * DAY_MS, ver=gate.version
            )


@pytest.mark.parametrize("page", [1, 2, 3])
def test_clearing_between_two_pages_of_a_pull_sends_the_reader_to_a_snapshot(
    page: int, team: Team, anna: Desk, calendar: Calendar
) -> None:
    """P77: every page looks at the floor, not only hello."""
    team.keywords(2)
    cursor = anna.pull().cursor
    for uid in Keywords.objects.values_list("uid", flat=True):
        team.run(DeleteRows("keyword", [uid]))
    team.idea("One")
    for _ in range(page - 1):
        cursor = take(anna, cursor)
    calendar.pass_days(200)
    assert swept(team) == 2
    response = anna.client.get(anna.url("pull"), {"cursor": cursor, "limit": "1"})
    if page < 3:
        assert (response.status_code, response.json()["code"]) == (410, "resnapshot")
    else:
        assert response.status_code == 200


def take(desk: Desk, cursor: str) -> str:
    response = desk.client.get(desk.url("pull"), {"cursor": cursor, "limit": "1"})
    assert response.status_code == 200
    return str(json.loads(response.content.splitlines()[-1])["cursor"])


def test_clearing_between_two_pages_of_a_snapshot_begins_it_again(
    team: Team, anna: Desk, calendar: Calendar
) -> None:
    """P77: a page as of a version below the floor is refused."""
    ids = team.keywords(3)
    first = anna.client.get(anna.url("snapshot"), {"limit": "1"})
    end = json.loads(first.content.splitlines()[-1])
    team.run(DeleteRows("keyword", ids[:1]))
    calendar.pass_days(200)
    assert swept(team) == 1
    query = {"limit": "1", "after": end["after"], "at": str(end["at"])}
    response = anna.client.get(anna.url("snapshot"), query)
    assert (response.status_code, response.json()["code"]) == (410, "resnapshot")
    assert len(anna.snapshot(limit=1).live("keyword")) == 2


def test_an_end_between_floor_and_clearing_is_taken_up_again(team: Team, calendar: Calendar) -> None:
    """C22: the floor is committed first, so nobody reads on from a place whose tombstones may be gone."""
    deleted_keywords(team, 2)
    calendar.pass_days(200)
    floor = team.scope.version

    def die() -> None:
        raise KeyboardInterrupt

    with hooks.at("C22", die), pytest.raises(KeyboardInterrupt):
        sweep(team.scope)
    assert (team.scope.gc_floor, Keywords.objects.count()) == (floor, 2)
    assert swept(team) == 2


def test_a_live_idea_that_names_a_cleared_keyword_comes_again(
    team: Team, anna: Desk, calendar: Calendar
) -> None:
    """P34, P93: its content changed, so its version does."""
    one, two = team.keywords(2)
    idea = team.idea("Named", keywords=[one, two])
    team.run(DeleteRows("keyword", [one]))
    calendar.pass_days(200)
    cursor = anna.pull().cursor
    assert swept(team) == 1
    delta = anna.pull(cursor)
    assert delta.rows["idea"][idea]["keyword_objects"] == [two]
    assert not find_breaches("default")[1]


def test_a_cluster_stays_as_long_as_something_refers_to_it(team: Team, calendar: Calendar) -> None:
    """P34: a keyword in the trash that is younger still names it."""
    (one,) = team.keywords(1)
    cluster = team.cluster("Kept")
    team.place([one], cluster)
    team.run(DeleteRows("keyword", [one]))
    calendar.pass_days(10)
    team.run(DeleteRows("cluster", [cluster]))
    calendar.pass_days(175)
    assert swept(team) == 1
    assert Clusters.objects.filter(uid=cluster).exists()
    calendar.pass_days(10)
    assert swept(team) == 1
    assert not Clusters.objects.filter(uid=cluster).exists()


def test_questions_about_cleared_rows_are_gone(team: Team, anna: Desk, calendar: Calendar) -> None:
    """P90, P34: an item whose row was cleared away ends, on every machine."""
    carl = Desk(team.colleague, team.site.uid)
    (one,) = team.keywords(1)
    carl.push(set_of("volume_override", [None], [7], [one]))
    anna.push(set_of("volume_override", [None], [5], [one]))
    item = Conflict.objects.get(state="open")
    team.run(DeleteRows("keyword", [one]), team.colleague)
    calendar.pass_days(200)
    cursor = anna.pull().cursor
    assert swept(team) == 1
    assert anna.pull(cursor).conflicts[item.uid]["state"] == "gone"


def test_work_on_a_cleared_row_is_told_that_it_is_gone(team: Team, anna: Desk, calendar: Calendar) -> None:
    """P88, P34: gone, not missing: nothing can make it come."""
    (one,) = deleted_keywords(team, 1)
    idea = team.idea("Old")
    team.run(DeleteRows("idea", [idea]))
    calendar.pass_days(200)
    assert swept(team) == 2
    assert PurgedRow.objects.count() == 2
    for operation in (
        set_of("volume_override", [None], [5], [one]),
        Restore("keyword", [one]),
        Delete("keyword", [Seen({}, [one])]),
        ItemsChange("idea", idea, "keyword_objects", add=[]),
    ):
        result = anna.push(operation)
        assert (result.verdict, [row.code for row in result.rows]) == ("rejected", ["gone"]), operation


def test_a_cleared_row_can_be_created_again(team: Team, anna: Desk, calendar: Calendar) -> None:
    """P88: from the copy that a machine still has, under an id of its own."""
    deleted_keywords(team, 1)
    calendar.pass_days(200)
    assert swept(team) == 1
    uid = clock.new_uid()
    assert anna.push(new_keyword(team, uid, team.seeds[0])).verdict == "applied"
    assert list(anna.snapshot().live("keyword")) == [uid]


def test_aliases_outlive_what_is_cleared(team: Team, anna: Desk, calendar: Calendar) -> None:
    """P34, P80: an id that lost its row in a merge leads to the kept one as long as the epoch lasts."""
    (kept,) = team.keywords(1)
    lost = clock.new_uid()
    anna.push(new_keyword(team, lost, team.seeds[0]))
    calendar.pass_days(1_000)
    sweep(team.scope)
    assert anna.snapshot().aliases == {lost: kept}


# ---------------------------------------------------------------- operations and names


def pushed(desk: Desk, uid: str, value: int, **more: Any) -> str:
    op = clock.new_uid()
    result = reply_of(
        desk.send(desk.mutation(set_of("volume_override", [None], [value], [uid]), op_id=op, **more))
    )
    assert result.results[0].verdict == "applied"
    return op


def test_an_operation_expires_only_when_its_replica_keeps_the_verdict(
    team: Team, anna: Desk, calendar: Calendar
) -> None:
    """P15, P74: no time is long enough for an answer that was lost."""
    (one,) = team.keywords(1)
    op = pushed(anna, one, 5)
    calendar.pass_days(401)
    sweep(team.scope)
    assert MutationResult.objects.filter(op_id=op).exists()
    hello(anna, cursor=team.scope.version, seq=1, op_id=op)
    sweep(team.scope)
    assert not MutationResult.objects.filter(op_id=op).exists()
    assert team.scope.op_floor == team.scope.version


def test_an_expired_operation_is_never_applied_by_itself(team: Team, anna: Desk, calendar: Calendar) -> None:
    """P74: an old copy of a machine's file sends it again, under a new replica id; its clock plays no part."""
    (one,) = team.keywords(1)
    made = team.scope.version
    op = pushed(anna, one, 5, made=made)
    hello(anna, cursor=team.scope.version, seq=1, op_id=op)
    calendar.pass_days(401)
    sweep(team.scope)
    team.run(DeleteRows("keyword", [one]))
    team.run(RestoreRows("keyword", [one]))
    copy = Desk(team.owner, team.site.uid)
    line = copy.mutation(set_of("volume_override", [None], [5], [one]), op_id=op, made=made)
    assert reply_of(copy.send(line)).results[0].verdict == "too_old"
    fresh = copy.push(set_of("volume_override", [5], [6], [one]), made=team.scope.version)
    assert fresh.verdict == "applied"


def test_known_operations_are_told_from_those_too_old_to_know(
    team: Team, anna: Desk, calendar: Calendar
) -> None:
    """P74: ops/known answers it for those whose age it was told; a new epoch changes nothing about it."""
    (one,) = team.keywords(1)
    made = team.scope.version
    op = pushed(anna, one, 5)
    hello(anna, cursor=team.scope.version, seq=1, op_id=op)
    calendar.pass_days(401)
    sweep(team.scope)
    epochs.renew(team.scope, lost=team.scope.epoch)
    late, silent = clock.new_uid(), clock.new_uid()
    body = {"op_ids": [op, late, silent], "made": [made, team.scope.version, None]}
    reply = anna.client.post(anna.url("ops/known"), body, format="json").json()
    assert (reply["known"], reply["too_old"], reply["unknown"]) == ([], [op], [late, silent])


def test_a_void_is_never_too_old(team: Team, anna: Desk, calendar: Calendar) -> None:
    """P74, P83: it does nothing, and only keeps the sequence dense."""
    (one,) = team.keywords(1)
    op = pushed(anna, one, 5)
    hello(anna, cursor=team.scope.version, seq=1, op_id=op)
    calendar.pass_days(401)
    sweep(team.scope)
    assert anna.push(made=1).verdict == "applied"


def test_an_operation_somebody_is_still_asked_about_does_not_expire(
    team: Team, anna: Desk, calendar: Calendar
) -> None:
    """P74, P89: the decision refers to it."""
    carl = Desk(team.colleague, team.site.uid)
    (one,) = team.keywords(1)
    pushed(carl, one, 7)
    op = clock.new_uid()
    anna.push(set_of("volume_override", [None], [5], [one]), op_id=op)
    hello(anna, cursor=team.scope.version, seq=1, op_id=op)
    calendar.pass_days(401)
    sweep(team.scope)
    assert MutationResult.objects.filter(op_id=op).exists()
    item = Conflict.objects.get()
    anna.push(Resolve(item.uid, "theirs", "keyword", one, "volume_override", (7,), (7,)))
    sweep(team.scope)
    assert not MutationResult.objects.filter(op_id=op).exists()


def test_names_of_versions_are_kept_for_400_days_and_the_newest_for_ever(
    team: Team, anna: Desk, calendar: Calendar
) -> None:
    """P65: whoever was told an expired one is not taken for a witness of a lost history."""
    team.keywords(1)
    old = VersionToken.objects.get(scope=team.scope, version=1)
    newest = team.scope
    calendar.pass_days(401)
    assert sweep(team.scope).tokens == newest.version
    assert [one.version for one in team.scope.tokens.all()] == [newest.version]
    epoch = team.scope.epoch
    for told in (f"1.{old.token}", f"{newest.version}.{newest.token}"):
        assert anna.client.get(anna.url("pull"), {"told": told}).status_code == 200
    assert team.scope.epoch == epoch
    assert not find_breaches("default")[1]
    wrong = anna.client.get(anna.url("pull"), {"told": f"{newest.version}.{clock.new_token()}"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "epoch")


def test_the_library_loses_seeds_nobody_uses(team: Team, calendar: Calendar) -> None:
    """P34: every scope is swept; a seed that a keyword stands for stays."""
    team.keywords(1)
    with write(team.branch.scope, Actor("import", "test")) as gate:
        SeedKeyword.objects.filter(uid__in=team.seeds[:2]).update(ver=gate.version, deleted_at=gate.at)
    calendar.pass_days(200)
    assert sweep(Scope.objects.get(pk=team.branch.scope_id)).rows == 1
    assert SeedKeyword.objects.filter(uid=team.seeds[0]).exists()


def test_assignments_to_a_cleared_cluster_are_gone_and_not_parked(
    team: Team, anna: Desk, calendar: Calendar
) -> None:
    """P88: a cluster that was cleared away never comes; the rows are left without one, as for one in the trash."""
    (one,) = team.keywords(1)
    cluster = team.cluster("Old")
    team.run(DeleteRows("cluster", [cluster]))
    calendar.pass_days(200)
    assert swept(team) == 1
    result = anna.push(set_of("placement", [None, "new"], [cluster, "mapped"], [one]))
    assert [row.code for row in result.rows if row.code != "same"] == ["deleted_cluster"]
    assert not team.run(AssignCluster([one], None)).operations
    assert ContentIdeas.objects.count() == 0
