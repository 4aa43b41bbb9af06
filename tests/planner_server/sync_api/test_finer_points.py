"""Fine points of questions, of forms of work and of verdicts: each would be missed by nobody but its user."""

import pytest

from planner_core.operations import Change, Create, Delete, Operation, Resolve, Seen, Set
from planner_server import clock
from planner_server.accounts.models import User
from planner_server.planning.models import Clusters
from planner_server.planning.services import Work, apply_operation
from planner_server.sync_api import judging, pushing
from tests.planner_server.sync_api.test_fine_points import VOLUME, verdicts
from tests.planner_server.world import Desk, Team, keyword, make_team, placement, reply_of, set_of


def test_a_question_about_several_rows_keeps_them_when_one_of_them_is_refused_again(
    team: Team, anna: Desk
) -> None:
    """P90, P91: the machine that sees it first through the feed learns of every row."""
    one, two = team.keywords(2)
    anna.push(set_of("difficulty_override", [None], [500], [one, two]))
    (row,) = anna.push(set_of("difficulty_override", [None], [501], [one])).rows
    assert row.conflict is not None
    assert sorted(anna.pull().conflicts[row.conflict]["ids"]) == sorted([one, two])


def test_work_sent_again_leaves_the_question_open_for_other_work_and_says_so(team: Team, anna: Desk) -> None:
    """P86, P91: one of the two operations has a later form; the item goes on for the other, on every machine."""
    (one,) = team.keywords(1)
    first, second = clock.new_uids(2)
    for op, value in ((first, 500), (second, 501)):
        anna.push(set_of("difficulty_override", [None], [value], [one]), op_id=op)
    feed = anna.pull()
    ((item, line),) = feed.conflicts.items()
    assert line["ops"] == [first, second]
    anna.push(set_of(VOLUME, [None], [5], [one]), supersedes=(first,))
    told = anna.pull(feed.cursor).conflicts[item]
    assert (told["state"], told["ops"]) == ("open", [second])


def test_a_decision_is_about_its_question_whatever_field_it_names(team: Team, anna: Desk) -> None:
    """P29, P71: theirs about the rows of a deleted cluster takes it out of the trash, and nothing less."""
    (one,) = team.keywords(1)
    cluster = team.cluster("X")
    team.place([one], cluster)
    (row,) = anna.push(Delete("cluster", [Seen({}, [cluster])])).rows
    assert row.conflict is not None
    anna.push(Resolve(row.conflict, "theirs", "cluster", cluster, "deleted", (), ()))
    assert Clusters.objects.get(uid=cluster).deleted_at is None
    assert placement(one) == (cluster, "mapped")


def test_work_that_was_not_taken_has_no_version(team: Team, anna: Desk) -> None:
    """P66: sent again after a restore it would claim a place in a history that it is not part of."""
    (one,) = team.keywords(1)
    refused = anna.push(set_of("difficulty_override", [None], [500], [one]))
    parked = anna.push(set_of("placement", [None, "new"], [clock.new_uid(), "mapped"], [one]))
    taken = anna.push(set_of(VOLUME, [None], [5], [one]))
    assert [one.verdict for one in (refused, parked, taken)] == ["rejected", "parked_dependency", "applied"]
    assert [one.ver for one in (refused, parked, taken)] == [0, 0, team.scope.version]


def test_what_this_machine_wrote_before_is_taken_back_by_the_undo_of_writing_it_again(
    team: Team, anna: Desk, carl: Desk
) -> None:
    """P70: found so, but by its own doing; what a colleague had written is told as such and stays."""
    one, two = team.keywords(2)
    again = clock.new_uid()
    anna.push(set_of(VOLUME, [None], [5], [one]))
    carl.push(set_of(VOLUME, [None], [5], [two]))
    result = anna.push(set_of(VOLUME, [None], [5], [one, two]), op_id=again)
    assert [(row.code, row.ids) for row in result.rows] == [("same", [two])]
    anna.push(set_of(VOLUME, [5], [None], [one, two]), undo_of=again)
    assert (keyword(one).volume_override, keyword(two).volume_override) == (None, 5)


def test_a_stale_decision_is_asked_again_in_the_question_that_is_open(
    team: Team, anna: Desk, carl: Desk
) -> None:
    """P90, P72: its own is closed, another asks about the field: that one takes it in."""
    (one,) = team.keywords(1)
    other = Desk(team.owner, team.site.uid)
    carl.push(set_of(VOLUME, [None], [7], [one]))
    (former,) = anna.push(set_of(VOLUME, [None], [1], [one])).rows
    assert former.conflict is not None
    anna.push(Resolve(former.conflict, "theirs", "keyword", one, VOLUME, (7,), (7,)))
    (later,) = other.push(set_of(VOLUME, [None], [2], [one])).rows
    carl.push(set_of(VOLUME, [7], [8], [one]))
    anna.push(Resolve(former.conflict, "mine", "keyword", one, VOLUME, (1,), (7,)))
    open_ = {uid: line for uid, line in anna.pull().conflicts.items() if line["state"] == "open"}
    assert list(open_) == [later.conflict]
    assert [(line["mine"], line["theirs"]) for line in open_.values()] == [([1], [8])]


def test_a_former_form_is_known_by_whatever_form_was_carried_out_at_last(team: Team, anna: Desk) -> None:
    """P67: the second was refused and took its place, the third took the second's."""
    (one,) = team.keywords(1)
    first, second, third = clock.new_uids(3)
    anna.push(set_of("difficulty_override", [None], [500], [one]), op_id=second, supersedes=(first,))
    anna.push(set_of("difficulty_override", [None], [50], [one]), op_id=third, supersedes=(second,))
    late = anna.push(set_of(VOLUME, [None], [5], [one]), op_id=first)
    assert late.verdict == "superseded"
    assert keyword(one).volume_override is None


def test_work_sent_again_in_a_row_of_edits_ends_its_question(team: Team, anna: Desk) -> None:
    """P86, P91: however many edits go together."""
    rows = team.keywords(6)
    refused = clock.new_uid()
    anna.push(set_of("difficulty_override", [None], [500], rows[:2]), op_id=refused)
    again = anna.mutation(set_of("difficulty_override", [None], [50], [rows[0]]), supersedes=(refused,))
    others = [anna.mutation(set_of("difficulty_override", [None], [50], [uid])) for uid in rows[2:]]
    assert set(verdicts(anna, again, *others)) == {"applied"}
    assert [line["state"] for line in anna.pull().conflicts.values()] == ["closed"]


def test_a_row_that_a_deletion_had_seen_under_the_id_it_lost_was_seen(team: Team, anna: Desk) -> None:
    """P71, P80: merged since, it is the same row in the cluster, and nobody is asked about it."""
    (kept,) = team.keywords(1)
    lost, cluster = clock.new_uid(), team.cluster("X")
    team.place([kept], cluster)
    anna.push(Create("keyword", {"sector": team.sector.uid}, ("seed",), [[lost, team.seeds[0]]]))
    result = anna.push(Delete("cluster", [Seen({}, [cluster])], {cluster: [lost]}))
    assert (result.verdict, result.rows) == ("applied", [])
    assert placement(kept) == (None, "new")


def test_what_a_refused_edit_had_seen_is_not_forgotten_with_a_transaction_that_fails(
    team: Team, anna: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P37, P17: the edit on the refused value comes in the transaction of one that the platform fails on, and is judged again."""
    one, two, poison = team.keywords(3)
    monkeypatch.setattr(pushing, "BATCH_ROWS", 2)
    real = apply_operation

    def poisoned(work: Work, operation: Operation) -> None:
        real(work, operation)
        if poison in operation.ids:
            raise RuntimeError("poison")

    monkeypatch.setattr(judging, "apply_operation", poisoned)
    refused = anna.mutation(set_of("difficulty_override", [None], [500], [one, two]))
    after = anna.mutation(set_of("difficulty_override", [500], [8], [one]))
    fails = anna.mutation(set_of("difficulty_override", [None], [1], [poison]))
    assert verdicts(anna, refused, after, fails) == ["rejected", "applied", "rejected"]
    assert keyword(one).difficulty_override == 8


def test_who_was_put_out_writes_nothing_more(team: Team, carl: Desk) -> None:
    """P51, P49: looked up for each transaction of a push: signed in when it began is not enough."""
    (one,) = team.keywords(1)
    User.objects.filter(pk=team.colleague.pk).update(is_active=False)
    response = carl.send(carl.mutation(set_of(VOLUME, [None], [5], [one])))
    assert response.status_code == 404
    assert keyword(one).volume_override is None


def test_many_values_at_once_leave_what_lies_in_the_trash(team: Team, anna: Desk) -> None:
    """P27: however the rows are written."""
    rows = team.keywords(3)
    anna.push(Delete("keyword", [Seen({}, [rows[0]])]))
    changes = [Change((None,), (number,), [uid]) for number, uid in enumerate(rows, 1)]
    result = anna.push(Set("keyword", VOLUME, changes))
    assert [(row.code, row.ids) for row in result.rows] == [("target_deleted", [rows[0]])]
    assert [keyword(uid).volume_override for uid in rows] == [None, 2, 3]


def test_a_dry_run_behind_work_that_was_answered_goes_on_from_there(team: Team, anna: Desk) -> None:
    """P98, P16."""
    (one,) = team.keywords(1)
    anna.push(set_of(VOLUME, [None], [5], [one]))
    line = anna.mutation(set_of(VOLUME, [5], [6], [one]))
    assert [one.verdict for one in reply_of(anna.send(line, dry_run=True)).results] == ["applied"]
    assert keyword(one).volume_override == 5


def test_nobody_tries_or_sends_under_the_name_of_another_replica(team: Team, anna: Desk, carl: Desk) -> None:
    """P49, P9."""
    (one,) = team.keywords(1)
    carl.push(set_of("difficulty_override", [None], [5], [one]))
    line = anna.mutation(set_of(VOLUME, [None], [5], [one]))
    assert anna.send(line, dry_run=True, replica_id=carl.replica).status_code == 403
    anna.client.defaults["HTTP_X_REPLICA"] = carl.replica
    assert anna.send(line).status_code == 400
    assert keyword(one).volume_override is None


def test_what_another_account_sent_is_known_to_nobody_else(team: Team, anna: Desk) -> None:
    """P49, P50: an operation id alone tells nothing of a scope that one may not see."""
    other = make_team("Other")
    theirs = Desk(other.owner, other.site.uid)
    op = theirs.push(set_of(VOLUME, [None], [5], other.keywords(1))).op_id
    response = anna.client.post(anna.url("ops/known"), {"op_ids": [op]}, format="json")
    assert (response.json()["known"], response.json()["unknown"]) == ([], [op])
