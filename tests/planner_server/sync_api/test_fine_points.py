"""Fine points of judging: each is one comparison, one filter or one place in a list, and would be missed by nobody but its user."""

from planner_core.operations import Create, Delete, Seen
from planner_server import clock
from planner_server.feed import epochs
from planner_server.planning.models import Clusters, Keywords
from tests.planner_server.world import Desk, Team, keyword, reply_of, set_of

VOLUME = "volume_override"


def verdicts(desk: Desk, *mutations: bytes) -> list[str]:
    return [one.verdict for one in reply_of(desk.send(*mutations)).results]


def test_an_edit_behind_a_refused_one_but_made_on_another_value_is_compared_with_that(
    team: Team, anna: Desk
) -> None:
    """P37: what was refused stands in for the value that its author saw next, and for no other."""
    (one,) = team.keywords(1)
    anna.push(set_of("difficulty_override", [None], [7], [one]))
    refused = anna.mutation(set_of("difficulty_override", [None], [500], [one]))
    good = anna.mutation(set_of("difficulty_override", [7], [8], [one]))
    assert verdicts(anna, refused, good) == ["rejected", "applied"]
    assert keyword(one).difficulty_override == 8


def test_a_number_fits_into_the_longest_name(team: Team, anna: Desk) -> None:
    """P33: the column holds 255 characters, the number among them."""
    name = "x" * 255
    team.cluster(name)
    uid = clock.new_uid()
    result = anna.push(Create("cluster", {"sector": team.sector.uid}, ("name",), [[uid, name]]))
    assert [row.code for row in result.rows] == ["renamed"]
    assert Clusters.objects.get(uid=uid).name == f"{'x' * 251} (2)"


def test_a_row_that_ones_own_other_machine_put_into_a_cluster_is_asked_about(team: Team, anna: Desk) -> None:
    """P71: what counts is what the deletion had seen, not who did it."""
    (one,) = team.keywords(1)
    cluster = team.cluster("X")
    other = Desk(team.owner, team.site.uid)
    other.push(set_of("placement", [None, "new"], [cluster, "mapped"], [one]))
    result = anna.push(Delete("cluster", [Seen({}, [cluster])]))
    assert [(row.code, row.ids) for row in result.rows] == [("unseen_children", [one])]


def test_one_seed_twice_in_one_creation_is_one_keyword(team: Team, anna: Desk) -> None:
    """P32: the second row is merged into the first like one that comes later."""
    first, second = clock.new_uids(2)
    rows = [[first, team.seeds[0]], [second, team.seeds[0]]]
    result = anna.push(Create("keyword", {"sector": team.sector.uid}, ("seed",), rows))
    assert [(row.code, row.ids, row.new_id) for row in result.rows] == [("merged", [second], first)]
    assert Keywords.objects.count() == 1


def test_an_undo_knows_its_operation_by_any_of_three_names(team: Team, anna: Desk) -> None:
    """P70, P69: sent again twice, carried out under the last name, taken back under the first."""
    first, second, third, uid = clock.new_uids(4)
    impossible = set_of("difficulty_override", [None], [500], team.keywords(1))
    create = Create("keyword", {"sector": team.sector.uid}, ("seed",), [[uid, team.seeds[5]]])
    anna.push(impossible, op_id=first)
    anna.push(impossible, op_id=second, supersedes=(first,))
    anna.push(create, op_id=third, supersedes=(second,))
    result = anna.push(Delete("keyword", [Seen({}, [uid])]), undo_of=first)
    assert (result.verdict, result.rows) == ("applied", [])


def test_a_deletion_that_was_asked_about_is_no_reason_to_pass_over_an_earlier_one(
    team: Team, anna: Desk, carl: Desk
) -> None:
    """P66: only what was carried out has a place in the history that is put together again."""
    (one,) = team.keywords(1)
    epochs.renew(team.scope, lost=team.scope.epoch)
    anna, carl = Desk(team.owner, team.site.uid), Desk(team.colleague, team.site.uid)
    third = Desk(team.colleague, team.site.uid)
    third.push(set_of(VOLUME, [None], [5], [one]))
    seen = Seen({VOLUME: (None,)}, [one])
    later = reply_of(anna.send(anna.mutation(Delete("keyword", [seen]), was=13))).results[0]
    assert [row.code for row in later.rows] == ["conflict"]
    now = Seen({VOLUME: (5,)}, [one])
    earlier = reply_of(carl.send(carl.mutation(Delete("keyword", [now]), was=11))).results[0]
    assert (earlier.verdict, earlier.rows) == ("applied", [])
    assert keyword(one).deleted_at is not None
