"""P69, P70, P71: an undo removes and overwrites nothing that its action did not make."""

from typing import Any

import pytest

from planner_core.operations import Delete, ItemsChange, Resolve, Restore, Seen
from planner_server import clock
from planner_server.accounts import services as accounts
from planner_server.feed.models import MutationResult
from planner_server.planning.models import ContentIdeas
from tests.planner_server.world import Desk, Team, keyword, new_keyword, placement, set_of

NOTHING: dict[str, Any] = {}


def test_undoing_a_creation_that_merged_takes_back_only_what_it_set(
    team: Team, anna: Desk, carl: Desk
) -> None:
    """P69: the keyword stays; the volume that the creation had set on it goes, what it found there stays."""
    kept, lost, op = clock.new_uid(), clock.new_uid(), clock.new_uid()
    carl.push(new_keyword(team, kept, team.seeds[0], difficulty_override=3))
    created = new_keyword(team, lost, team.seeds[0], volume_override=7, difficulty_override=3)
    anna.push(created, op_id=op)
    assert (keyword(kept).volume_override, keyword(kept).difficulty_override) == (7, 3)
    result = anna.push(Delete("keyword", [Seen(NOTHING, [lost])]), undo_of=op)
    assert [row.code for row in result.rows] == ["not_created_by_that"]
    row = keyword(kept)
    assert (row.deleted_at, row.volume_override, row.difficulty_override) == (None, None, 3)


def test_what_somebody_changed_on_the_kept_keyword_since_is_not_taken_back(
    team: Team, anna: Desk, carl: Desk
) -> None:
    """P69, P70: field by field with compare-and-set."""
    kept, lost, op = clock.new_uid(), clock.new_uid(), clock.new_uid()
    carl.push(new_keyword(team, kept, team.seeds[0]))
    anna.push(new_keyword(team, lost, team.seeds[0], volume_override=7, difficulty_override=3), op_id=op)
    carl.push(set_of("volume_override", [7], [8], [kept]))
    carl.push(set_of("difficulty_override", [3], [3], [kept]))
    result = anna.push(Delete("keyword", [Seen(NOTHING, [lost])]), undo_of=op)
    assert {row.code for row in result.rows} == {"not_created_by_that", "undo_overtaken"}
    assert (keyword(kept).volume_override, keyword(kept).difficulty_override) == (8, 3)


def test_a_row_that_the_same_person_made_in_another_action_is_not_the_undone_ones(
    team: Team, anna: Desk
) -> None:
    """P69, I16: created by that operation, not by that person."""
    kept, lost, op = clock.new_uid(), clock.new_uid(), clock.new_uid()
    anna.push(new_keyword(team, kept, team.seeds[0]))
    anna.push(new_keyword(team, lost, team.seeds[0]), op_id=op)
    anna.push(Delete("keyword", [Seen(NOTHING, [lost])]), undo_of=op)
    assert keyword(kept).deleted_at is None


def test_a_creation_carried_out_under_another_of_its_ids_can_be_undone(team: Team, anna: Desk) -> None:
    """P67, P69: the first form was never answered; the second one, which replaces it, is what the journal names."""
    one, first, second = clock.new_uid(), clock.new_uid(), clock.new_uid()
    Desk(team.owner, team.site.uid).push(new_keyword(team, one, team.seeds[0]), op_id=first)
    anna.push(new_keyword(team, one, team.seeds[0]), op_id=second, supersedes=(first,))
    result = anna.push(Delete("keyword", [Seen(NOTHING, [one])]), undo_of=second)
    assert (result.verdict, result.rows) == ("applied", [])
    assert keyword(one).deleted_at is not None


def test_an_undo_leaves_an_equal_value_that_another_machine_of_the_same_person_wrote(
    team: Team, anna: Desk
) -> None:
    """P70: both machines set 7; taking one of the edits back is not the other's business."""
    (one,) = team.keywords(1)
    op = clock.new_uid()
    anna.push(set_of("volume_override", [None], [7], [one]), op_id=op)
    Desk(team.owner, team.site.uid).push(set_of("volume_override", [None], [7], [one]))
    result = anna.push(set_of("volume_override", [7], [None], [one]), undo_of=op)
    assert [row.code for row in result.rows] == ["undo_overtaken"]
    assert keyword(one).volume_override == 7


def test_one_machine_takes_back_edit_after_edit(team: Team, anna: Desk) -> None:
    """P70: what the machine itself wrote in between, its undos, stands in nobody's way."""
    (one,) = team.keywords(1)
    first, second = clock.new_uid(), clock.new_uid()
    anna.push(set_of("volume_override", [None], [1], [one]), op_id=first)
    anna.push(set_of("volume_override", [1], [2], [one]), op_id=second)
    assert anna.push(set_of("volume_override", [2], [1], [one]), undo_of=second).verdict == "applied"
    assert anna.push(set_of("volume_override", [1], [None], [one]), undo_of=first).verdict == "applied"
    assert keyword(one).volume_override is None


def test_an_undone_deletion_does_not_restore_what_a_colleague_deleted_since(
    team: Team, anna: Desk, carl: Desk
) -> None:
    """P70: the last to put it in the trash decides."""
    (one,) = team.keywords(1)
    op = clock.new_uid()
    anna.push(Delete("keyword", [Seen(NOTHING, [one])]), op_id=op)
    carl.push(Restore("keyword", [one]))
    carl.push(Delete("keyword", [Seen(NOTHING, [one])]))
    result = anna.push(Restore("keyword", [one]), undo_of=op)
    assert [row.code for row in result.rows] == ["undo_overtaken"]
    assert keyword(one).deleted_at is not None


@pytest.mark.parametrize("undoes", [True, False])
def test_restoring_a_cluster_puts_back_exactly_what_its_deletion_took_out(
    undoes: bool, team: Team, anna: Desk, carl: Desk
) -> None:
    """P71: of four, one was moved on, one was moved and taken out again by a colleague, one was not seen; the verdict keeps them all."""
    seen, moved, loose, unseen = team.keywords(4)
    x, y = team.cluster("X"), team.cluster("Y")
    team.place([seen, moved, loose], x)
    carl.push(set_of("placement", [None, "new"], [x, "mapped"], [unseen]))
    op = clock.new_uid()
    anna.push(Delete("cluster", [Seen(NOTHING, [x])], {x: [seen, moved, loose]}), op_id=op)
    kept = MutationResult.objects.get(op_id=op).effects or {}
    assert sorted(kept["detached"]) == sorted([x, "keyword", uid] for uid in (seen, moved, loose, unseen))
    carl.push(set_of("placement", [None, "new"], [y, "mapped"], [moved, loose]))
    carl.push(set_of("placement", [y, "mapped"], [None, "new"], [loose]))
    back = Restore("cluster", [x], {x: [seen, moved, loose]})
    anna.push(back, undo_of=op if undoes else None)
    assert [placement(uid)[0] for uid in (seen, moved, loose, unseen)] == [x, y, None, x]


@pytest.mark.parametrize("undoes", [True, False])
def test_a_restored_cluster_takes_in_no_row_that_somebody_had_put_into_none(
    undoes: bool, team: Team, anna: Desk, carl: Desk
) -> None:
    """P71, I11: Carl takes one out before Anna's deletion and one after it, both unseen by her; her restoring names all three."""
    before, after, left = team.keywords(3)
    x = team.cluster("X")
    team.place([before, after, left], x)
    carl.push(set_of("placement", [x, "mapped"], [None, "new"], [before]))
    op = clock.new_uid()
    anna.push(Delete("cluster", [Seen(NOTHING, [x])], {x: [before, after, left]}), op_id=op)
    assert carl.push(set_of("placement", [x, "mapped"], [None, "new"], [after])).verdict == "applied"
    anna.push(Restore("cluster", [x], {x: [before, after, left]}), undo_of=op if undoes else None)
    assert [placement(uid)[0] for uid in (before, after, left)] == [None, None, x]


@pytest.mark.parametrize("row_first", [True, False])
def test_a_row_of_the_trash_comes_home_with_its_cluster_in_either_order(
    row_first: bool, team: Team, anna: Desk
) -> None:
    """P71, P94: who had put it into none is nobody but the cluster's deletion."""
    (one,) = team.keywords(1)
    x = team.cluster("X")
    team.place([one], x)
    anna.push(Delete("keyword", [Seen(NOTHING, [one])]))
    anna.push(Delete("cluster", [Seen(NOTHING, [x])], {x: [one]}))
    steps = [Restore("keyword", [one]), Restore("cluster", [x])]
    for step in steps if row_first else reversed(steps):
        anna.push(step)
    assert placement(one) == (x, "mapped")


def test_a_row_stays_away_from_a_cluster_that_was_there_again_meanwhile(team: Team, anna: Desk) -> None:
    """P71: put out by a former deletion, in the trash when the cluster came back; the next deletion did not put it out."""
    (one,) = team.keywords(1)
    x = team.cluster("X")
    team.place([one], x)
    cluster, row = Delete("cluster", [Seen(NOTHING, [x])]), Delete("keyword", [Seen(NOTHING, [one])])
    for step in (cluster, row, Restore("cluster", [x]), Restore("keyword", [one]), cluster):
        anna.push(step)
    anna.push(Restore("cluster", [x]))
    assert placement(one) == (None, "new")


def test_an_undo_that_finds_its_values_there_writes_nothing(team: Team, anna: Desk, carl: Desk) -> None:
    """I16: the edit was asked about and never applied; its undo is not the field's last writer either."""
    (one,) = team.keywords(1)
    op, mine = clock.new_uid(), clock.new_uid()
    carl.push(set_of("volume_override", [None], [7], [one]), op_id=op)
    anna.push(set_of("volume_override", [None], [5], [one]), op_id=mine)
    before = keyword(one)
    assert anna.push(set_of("volume_override", [5], [7], [one]), undo_of=mine).verdict == "applied"
    after = keyword(one)
    assert (after.ver, after.field_meta["volume_override"]) == (
        before.ver,
        before.field_meta["volume_override"],
    )
    assert after.field_meta["volume_override"][2] == op


# ---------------------------------------------------------------- a deleted cluster's unseen rows


def emptied(team: Team, anna: Desk, carl: Desk) -> tuple[str, str, str, str]:
    """Anna deletes a cluster with a keyword she saw and one that Carl had put in unseen; cluster, both, and the question's id."""
    seen, unseen = team.keywords(2)
    cluster = team.cluster("X")
    team.place([seen], cluster)
    carl.push(set_of("placement", [None, "new"], [cluster, "mapped"], [unseen]))
    result = anna.push(Delete("cluster", [Seen(NOTHING, [cluster])], {cluster: [seen]}))
    (row,) = result.rows
    assert (row.code, row.ids, row.details) == ("unseen_children", [unseen], {"cluster": cluster})
    return cluster, seen, unseen, row.conflict


def test_unseen_rows_of_a_deleted_cluster_are_one_question_on_every_machine(
    team: Team, anna: Desk, carl: Desk
) -> None:
    """P71: one item of kind children, for its author only, closed for all machines by one answer."""
    cluster, _, unseen, item = emptied(team, anna, carl)
    other = Desk(team.owner, team.site.uid)
    line = other.pull().conflicts[item]
    assert (line["kind"], line["e"], line["row"], line["state"]) == ("children", "cluster", cluster, "open")
    assert (line["code"], line["ids"]) == ("unseen_children", [unseen])
    assert not carl.pull().conflicts
    assert other.push(Resolve(item, "mine", "cluster", cluster, "children", (), ())).verdict == "applied"
    assert anna.pull().conflicts[item]["state"] == "closed"
    assert placement(unseen) == (None, "new")


def test_a_row_put_there_unseen_is_asked_about_where_it_is_deleted_after_its_cluster(
    team: Team, anna: Desk, carl: Desk
) -> None:
    """P71, P30: both deletions were made before anybody could say so; who has heard of it deletes the row as he sees it."""
    here = team.scope.version
    _, seen, unseen, _ = emptied(team, anna, carl)
    delete = Delete("keyword", [Seen({"placement": (None, "new")}, [seen, unseen])])
    (row,) = anna.push(delete, made=here).rows
    assert (row.code, row.ids, row.group) == ("conflict", [unseen], "deleted")
    assert (keyword(seen).deleted_at is None, keyword(unseen).deleted_at is None) == (False, True)
    again = Delete("keyword", [Seen({"placement": (None, "new")}, [unseen])])
    assert anna.push(again, made=team.scope.version).verdict == "applied"
    assert keyword(unseen).deleted_at is not None


@pytest.mark.parametrize("named", ["cluster", "row"])
def test_theirs_restores_the_cluster_with_what_was_in_it(
    named: str, team: Team, anna: Desk, carl: Desk
) -> None:
    """P71: seen and unseen rows alike, as far as nobody has placed them since."""
    cluster, seen, unseen, item = emptied(team, anna, carl)
    about = ("cluster", cluster) if named == "cluster" else ("keyword", unseen)
    assert anna.push(Resolve(item, "theirs", *about, "children", (), ())).verdict == "applied"
    assert [placement(uid) for uid in (seen, unseen)] == [(cluster, "mapped")] * 2


def test_a_question_stays_open_while_a_rule_keeps_the_cluster_from_coming_back(
    team: Team, anna: Desk, carl: Desk
) -> None:
    """P71, P29: its name was given away since; whoever decided has closed it and hears that it is open."""
    cluster, _, unseen, item = emptied(team, anna, carl)
    team.cluster("X")
    here = anna.pull().cursor
    assert anna.push(Resolve(item, "theirs", "cluster", cluster, "children", (), ())).verdict == "rejected"
    assert anna.pull(here).conflicts[item]["state"] == "open"
    assert anna.push(Resolve(item, "mine", "cluster", cluster, "children", (), ())).verdict == "applied"
    assert placement(unseen) == (None, "new")


def test_who_may_only_read_can_leave_the_rows_and_not_restore_the_cluster(
    team: Team, anna: Desk, carl: Desk
) -> None:
    """P71, P91: about these rows it is theirs that writes."""
    cluster, _, _, item = emptied(team, anna, carl)
    team.owner.role = "viewer"
    team.owner.save()
    accounts.site_grant(site=team.site, user=team.owner)
    assert (
        anna.push(Resolve(item, "theirs", "cluster", cluster, "children", (), ())).rows[0].code == "forbidden"
    )
    assert anna.push(Resolve(item, "mine", "cluster", cluster, "children", (), ())).verdict == "applied"


def test_an_undo_by_the_former_id_of_an_action_leaves_what_that_found_so(
    team: Team, anna: Desk, carl: Desk
) -> None:
    """P70, I16: the action was refused, sent again under another id, and found the colleague's member there."""
    (one,) = team.keywords(1)
    idea, first, second = team.idea("An idea"), clock.new_uid(), clock.new_uid()
    member = ItemsChange("idea", idea, "keyword_objects", add=[one])
    carl.push(member)
    anna.push(member, op_id=second, supersedes=(first,))
    anna.push(ItemsChange("idea", idea, "keyword_objects", remove=[one]), undo_of=first)
    assert list(ContentIdeas.objects.get(uid=idea).keyword_objects.values_list("uid", flat=True)) == [one]


def test_an_edit_redone_and_undone_again_leaves_the_value_that_it_had_found(
    team: Team, anna: Desk, carl: Desk
) -> None:
    """P70, I16: a colleague had set the value before; no chain of undos makes it this machine's."""
    (one,) = team.keywords(1)
    ops = [clock.new_uid() for _ in range(4)]
    there, back = set_of("volume_override", [None], [1], [one]), set_of("volume_override", [1], [None], [one])
    carl.push(there)
    anna.push(there, op_id=ops[0])
    for number, operation in enumerate((back, there, back), 1):
        anna.push(operation, op_id=ops[number], undo_of=ops[number - 1])
    assert keyword(one).volume_override == 1


# ---------------------------------------------------------------- a decision for a cluster that is gone


def test_a_decision_for_a_cluster_that_went_to_the_trash_since_is_one_for_none(
    team: Team, anna: Desk, carl: Desk
) -> None:
    """P71, P72: as a Set of it would be, and told; it is a placing of the row, so the cluster does not take it home."""
    one, other = team.keywords(2)
    x, y = team.cluster("X"), team.cluster("Y")
    team.place([other], x)
    carl.push(set_of("placement", [None, "new"], [y, "mapped"], [one]))
    (asked,) = anna.push(set_of("placement", [None, "new"], [x, "mapped"], [one])).rows
    carl.push(Delete("cluster", [Seen(NOTHING, [x])], {x: [other]}))
    mine = Resolve(asked.conflict, "mine", "keyword", one, "placement", (x, "mapped"), (y, "mapped"))
    result = anna.push(mine)
    assert [(row.code, row.ids) for row in result.rows] == [("deleted_cluster", [one])]
    assert (result.verdict, placement(one)) == ("applied_with", (None, "new"))
    carl.push(Restore("cluster", [x]))
    assert [placement(uid)[0] for uid in (one, other)] == [None, x]


def test_a_decision_for_none_holds_against_the_cluster_that_had_put_the_row_there(
    team: Team, anna: Desk, carl: Desk
) -> None:
    """P71, P72: the row is in none already, as he chose; that is his doing from then on."""
    one, other = team.keywords(2)
    x, y = team.cluster("X"), team.cluster("Y")
    team.place([one], x)
    team.place([other], y)
    carl.push(set_of("placement", [x, "mapped"], [y, "mapped"], [one]))
    (asked,) = anna.push(set_of("placement", [x, "mapped"], [None, "new"], [one])).rows
    carl.push(Delete("cluster", [Seen(NOTHING, [y])], {y: [one, other]}))
    mine = Resolve(asked.conflict, "mine", "keyword", one, "placement", (None, "new"), (y, "mapped"))
    assert anna.push(mine).verdict == "applied"
    carl.push(Restore("cluster", [y]))
    assert [placement(uid)[0] for uid in (one, other)] == [None, y]
