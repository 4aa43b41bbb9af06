"""Sets on rows whose old values stand: written together, whatever their number, and everything else still looked at row by row."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from planner_core.commands import DeleteRows, SetStatus
from planner_core.operations import Set
from planner_server import clock
from planner_server.planning.services import standing
from tests.planner_server.world import Desk, Team, keyword, make_team, placement, reply_of, set_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team(seeds=40)


@pytest.fixture
def anna(team: Team) -> Desk:
    """The owner's desktop, which the platform knows already."""
    desk = Desk(team.owner, team.site.uid)
    desk.push(set_of("volume_override", [9], [9], [clock.new_uid()]))
    return desk


@pytest.fixture
def carl(team: Team) -> Desk:
    return Desk(team.colleague, team.site.uid)


def _statements(desk: Desk, *mutations: bytes) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert {result.verdict for result in reply_of(desk.send(*mutations)).results} == {"applied"}
    return len(captured)


def _volume(value: int, uid: str, old: Any = None) -> Set:
    return set_of("volume_override", [old], [value], [uid])


def test_a_push_of_many_rows_takes_as_many_statements_as_one_of_few(team: Team, anna: Desk) -> None:
    ids = team.keywords(30)
    few = _statements(anna, anna.mutation(set_of("volume_override", [None], [1], ids[:2])))
    many = _statements(anna, anna.mutation(set_of("volume_override", [None], [1], ids[2:])))
    assert many == few
    assert {keyword(uid).volume_override for uid in ids} == {1}


def test_a_pasted_column_takes_one_statement_and_each_row_its_own_value(team: Team, anna: Desk) -> None:
    ids = team.keywords(36)
    one = _statements(anna, anna.mutation(_volume(99, ids[0])))
    column = [_volume(place, uid) for place, uid in enumerate(ids[1:], 1)]
    assert len(column) > standing.STATEMENTS
    assert _statements(anna, anna.mutation(*column)) == one
    assert [keyword(uid).volume_override for uid in ids[1:]] == list(range(1, 36))
    (mark,) = {tuple(keyword(uid).field_meta["volume_override"][:2]) for uid in ids}
    assert mark == ("user", team.owner.uid)


def test_single_edits_in_one_request_share_their_look_ups(team: Team, anna: Desk) -> None:
    ids = team.keywords(34)
    few = _statements(anna, *[anna.mutation(_volume(1, uid)) for uid in ids[:4]])
    many = _statements(anna, *[anna.mutation(_volume(1, uid)) for uid in ids[4:]])
    assert many == few


@pytest.mark.parametrize("pasted", [False, True])
def test_rows_that_do_not_stand_are_listed_and_the_others_are_written(
    team: Team, anna: Desk, carl: Desk, pasted: bool
) -> None:
    *fine, taken, trashed = team.keywords(12)
    carl.push(_volume(7, taken))
    team.run(DeleteRows("keyword", [trashed]))
    missing = clock.new_uid()
    everything = [*fine, taken, trashed, missing]
    sets = (
        [_volume(place, uid) for place, uid in enumerate(everything)]
        if pasted
        else [set_of("volume_override", [None], [5], everything)]
    )
    result = anna.push(*sets)
    assert {row.code: row.ids for row in result.rows} == {
        "conflict": [taken],
        "target_deleted": [trashed],
        "missing": [missing],
    }
    assert keyword(taken).volume_override == 7
    assert [keyword(uid).volume_override for uid in fine] == ([*range(10)] if pasted else [5] * 10)


def test_two_sets_of_one_row_in_one_mutation_go_in_their_order(team: Team, anna: Desk) -> None:
    one, two = team.keywords(2)
    assert anna.push(_volume(1, one), _volume(3, two), _volume(2, one, old=1)).verdict == "applied"
    assert (keyword(one).volume_override, keyword(two).volume_override) == (2, 3)


def test_many_keywords_go_into_many_clusters(team: Team, anna: Desk) -> None:
    ids = team.keywords(12)
    clusters = [team.cluster(f"Cluster {number}") for number in range(12)]
    sets = [
        set_of("placement", [None, "new"], [cluster, "mapped"], [uid])
        for uid, cluster in zip(ids, clusters, strict=True)
    ]
    assert anna.push(*sets).verdict == "applied"
    assert [placement(uid) for uid in ids] == [(cluster, "mapped") for cluster in clusters]
    back = [
        set_of("placement", [cluster, "mapped"], [None, "new"], [uid])
        for uid, cluster in zip(ids, clusters, strict=True)
    ]
    assert anna.push(*back).verdict == "applied"
    assert {placement(uid) for uid in ids} == {(None, "new")}


@pytest.mark.parametrize("old", ["much", "1", 2**70])
def test_an_old_value_no_column_could_hold_matches_nothing(
    team: Team, anna: Desk, carl: Desk, old: Any
) -> None:
    (one,) = team.keywords(1)
    carl.push(_volume(1, one))
    result = anna.push(_volume(5, one, old=old))
    assert [row.code for row in result.rows] == ["conflict"]
    assert keyword(one).volume_override == 1


def test_an_edit_that_stands_closes_the_own_question_about_the_field(
    team: Team, anna: Desk, carl: Desk
) -> None:
    (one,) = team.keywords(1)
    carl.push(_volume(7, one))
    asked = anna.push(_volume(5, one))
    assert [row.code for row in asked.rows] == ["conflict"]
    assert anna.push(_volume(6, one, old=7)).verdict == "applied"
    assert anna.pull().conflicts[asked.rows[0].conflict]["state"] == "closed"


def test_rows_of_many_clusters_are_checked_and_written_without_a_question_for_each(
    team: Team, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    keywords = team.keywords(20)
    for number, uid in enumerate(keywords):
        team.place([uid], team.cluster(f"Group {number}"))
    with django_assert_max_num_queries(40):
        decision = team.run(SetStatus("keyword", keywords, "new"))
    assert decision.changed == 20
    assert {placement(uid)[1] for uid in keywords} == {"new"}
