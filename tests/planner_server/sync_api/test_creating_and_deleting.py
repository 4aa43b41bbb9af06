"""Pushes that make, delete, restore and undo rows while others do the same."""

from planner_core.commands import DeleteRows, SetOverride
from planner_core.operations import Change, Create, Delete, Resolve, Restore, Seen, Set
from planner_server import clock
from planner_server.planning.models import Clusters, ContentIdeas, Keywords
from tests.planner_server.world import (
    Desk,
    Team,
    keyword,
    make_team,
    new_keyword,
    placement,
    reply_of,
    set_of,
)

# ---------------------------------------------------------------- creates


def test_a_seed_that_is_live_already_merges_and_what_was_set_is_set_on_the_kept_keyword(
    team: Team, anna: Desk
) -> None:
    (kept,) = team.keywords(1)
    x = team.cluster("X")
    lost = clock.new_uid()
    result = anna.push(new_keyword(team, lost, team.seeds[0], volume_override=9, cluster=x))
    assert [(row.code, row.ids, row.new_id) for row in result.rows] == [("merged", [lost], kept)]
    assert keyword(kept).volume_override == 9
    assert placement(kept) == (x, "mapped")
    assert anna.pull().aliases == {lost: kept}
    assert anna.push(set_of("difficulty_override", [None], [4], [lost])).verdict == "applied"
    assert keyword(kept).difficulty_override == 4


def test_aliases_are_followed_to_the_end(team: Team, anna: Desk, carl: Desk) -> None:
    """P32, P80, P87."""
    one, two = clock.new_uid(), clock.new_uid()
    (kept,) = team.keywords(1)
    anna.push(new_keyword(team, one, team.seeds[0]))
    team.run(DeleteRows("keyword", [kept]))
    again = clock.new_uid()
    assert carl.push(new_keyword(team, again, team.seeds[0])).verdict == "applied"
    carl.push(new_keyword(team, two, team.seeds[0]))
    assert anna.pull().aliases == {one: kept, two: again}
    assert anna.push(set_of("volume_override", [None], [1], [one])).rows[0].code == "target_deleted"
    assert anna.push(set_of("volume_override", [None], [1], [two])).verdict == "applied"


def test_a_row_reached_twice_through_an_alias_takes_the_later_value_once(team: Team, anna: Desk) -> None:
    (kept,) = team.keywords(1)
    lost = clock.new_uid()
    anna.push(new_keyword(team, lost, team.seeds[0]))
    changes = [Change((None,), (1,), [kept]), Change((None,), (2,), [lost])]
    assert anna.push(Set("keyword", "volume_override", changes)).verdict == "applied"
    assert keyword(kept).volume_override == 2


def test_a_create_sent_again_under_a_new_operation_changes_nothing(team: Team, anna: Desk) -> None:
    uid = clock.new_uid()
    assert anna.push(new_keyword(team, uid, team.seeds[0])).verdict == "applied"
    assert anna.push(new_keyword(team, uid, team.seeds[0])).verdict == "applied"
    assert Keywords.objects.count() == 1


def test_a_taken_cluster_name_gets_a_number(team: Team, anna: Desk) -> None:
    team.cluster("Loans")
    uid = clock.new_uid()
    create = Create("cluster", {"sector": team.sector.uid}, ("name",), [[uid, " LOANS "]])
    result = anna.push(create)
    assert [(row.code, row.details["name"]) for row in result.rows] == [("renamed", "LOANS (2)")]
    third = team.cluster("Cars")
    result = anna.push(set_of("name", ["Cars"], ["loans"], [third], "cluster"))
    assert result.rows[0].details["name"] == "loans (3)"
    assert Clusters.objects.get(uid=third).name_key == "loans (3)"


def test_a_plan_that_is_full_takes_no_more_keywords(team: Team, anna: Desk) -> None:
    team.account.max_keywords = 1
    team.account.save()
    rows = [[clock.new_uid(), seed] for seed in team.seeds[:2]]
    result = anna.push(Create("keyword", {"sector": team.sector.uid}, ("seed",), rows))
    assert (result.verdict, result.rows[0].code, result.rows[0].ids) == (
        "applied_with",
        "limit",
        [rows[1][0]],
    )
    assert Keywords.objects.count() == 1


def test_a_misaligned_seed_is_rejected(team: Team, anna: Desk) -> None:
    other = make_team("Pets")
    result = anna.push(new_keyword(team, clock.new_uid(), other.seeds[0]))
    assert (result.verdict, result.rows[0].code) == ("rejected", "industry_mismatch")


# ---------------------------------------------------------------- delete and restore

SEEN = {"placement": (None, "new"), "volume_override": (None,), "difficulty_override": (None,)}


def test_a_delete_of_what_was_seen_applies(team: Team, anna: Desk) -> None:
    (one,) = team.keywords(1)
    assert anna.push(Delete("keyword", [Seen(SEEN, [one])])).verdict == "applied"
    assert keyword(one).deleted_at is not None


def test_a_delete_that_had_not_seen_a_colleagues_edit_is_asked_about(
    team: Team, anna: Desk, carl: Desk
) -> None:
    one, two = team.keywords(2)
    carl.push(set_of("volume_override", [None], [7], [one]))
    result = anna.push(Delete("keyword", [Seen(SEEN, [one, two])]))
    assert [(row.code, row.ids, row.group, row.by) for row in result.rows] == [
        ("conflict", [one], "deleted", team.colleague.name)
    ]
    assert keyword(one).deleted_at is None
    assert keyword(two).deleted_at is not None
    (line,) = anna.pull().conflicts.values()
    assert (line["kind"], line["mine"], line["theirs"]) == ("delete", [True], [False])
    decision = Resolve(line["id"], "mine", "keyword", one, "deleted", (True,), (False,))
    assert anna.push(decision).verdict == "applied"
    assert keyword(one).deleted_at is not None
    assert anna.pull().conflicts[line["id"]]["state"] == "closed"


def test_a_delete_wins_over_a_job(team: Team, anna: Desk) -> None:
    (one,) = team.keywords(1)
    team.run_as_job(SetOverride("volume", [one], 7))
    assert anna.push(Delete("keyword", [Seen(SEEN, [one])])).verdict == "applied"


def test_own_pending_edits_then_delete_never_ask(team: Team, anna: Desk) -> None:
    """P27, P28, P63."""
    (one,) = team.keywords(1)
    lines = [
        anna.mutation(set_of("volume_override", [None], [5], [one])),
        anna.mutation(Delete("keyword", [Seen(SEEN, [one])])),
    ]
    assert [result.verdict for result in reply_of(anna.send(*lines)).results] == ["applied", "applied"]


def test_the_same_user_on_another_machine_is_asked(team: Team, anna: Desk) -> None:
    (one,) = team.keywords(1)
    laptop = Desk(anna.user, anna.scope)
    laptop.push(set_of("volume_override", [None], [5], [one]))
    assert anna.push(Delete("keyword", [Seen(SEEN, [one])])).rows[0].code == "conflict"


def test_deleting_a_cluster_lets_its_rows_go_and_names_those_nobody_had_seen(
    team: Team, anna: Desk, carl: Desk
) -> None:
    """P30, P71."""
    one, two = team.keywords(2)
    x = team.cluster("X")
    idea = team.idea("One", cluster=x)
    team.place([one], x)
    carl.push(set_of("placement", [None, "new"], [x, "mapped"], [two]))
    seen = {"name": ("X",), "description": ("",), "status": ("mapped",)}
    result = anna.push(Delete("cluster", [Seen(seen, [x])], {x: [one, idea]}))
    assert [(row.code, row.ids) for row in result.rows] == [("unseen_children", [two])]
    assert placement(one) == placement(two) == (None, "new")
    assert ContentIdeas.objects.get(uid=idea).keyword_cluster is None
    feed = carl.pull()
    assert x in feed.deleted
    assert feed.rows["keyword"][one]["cluster"] is None


def test_restoring_a_cluster_takes_back_what_is_still_free(team: Team, anna: Desk, carl: Desk) -> None:
    one, two, three = team.keywords(3)
    x, y = team.cluster("X"), team.cluster("Y")
    idea = team.idea("One", cluster=x)
    team.place([one, two, three], x)
    team.run(DeleteRows("cluster", [x]))
    team.place([two], y)
    assert anna.push(Restore("cluster", [x], {x: [one, two, idea]})).verdict == "applied"
    assert placement(one) == (x, "mapped")
    assert placement(two) == (y, "mapped")
    assert placement(three) == (x, "mapped")
    assert ContentIdeas.objects.get(uid=idea).keyword_cluster.uid == x  # type: ignore[union-attr]


def test_restoring_a_cluster_takes_no_idea_that_somebody_has_placed_since(
    team: Team, anna: Desk, carl: Desk
) -> None:
    """P71: named by who restores it, and moved on meanwhile."""
    x, y = team.cluster("X"), team.cluster("Y")
    idea, free = team.idea("One", cluster=x), team.idea("Two", cluster=x)
    team.run(DeleteRows("cluster", [x]))
    carl.push(set_of("cluster", [None], [y], [idea], "idea"))
    assert anna.push(Restore("cluster", [x], {x: [idea, free]})).verdict == "applied"
    placed = {
        uid: ContentIdeas.objects.get(uid=uid).keyword_cluster.uid  # type: ignore[union-attr]
        for uid in (idea, free)
    }
    assert placed == {idea: y, free: x}


def test_a_child_seen_under_an_id_that_went_up_in_another_was_seen(
    team: Team, anna: Desk, carl: Desk
) -> None:
    """P71, P80: the deletion names the keyword as its author knows it."""
    x = team.cluster("X")
    kept, lost = clock.new_uid(), clock.new_uid()
    carl.push(new_keyword(team, kept, team.seeds[0]))
    anna.push(new_keyword(team, lost, team.seeds[0], cluster=x))
    assert placement(kept) == (x, "mapped")
    result = anna.push(Delete("cluster", [Seen({}, [x])], {x: [lost]}))
    assert (result.verdict, result.rows) == ("applied", [])
    assert placement(kept) == (None, "new")


def test_a_restored_keyword_whose_cluster_is_gone_is_in_none(team: Team, anna: Desk) -> None:
    (one,) = team.keywords(1)
    x = team.cluster("X")
    team.place([one], x)
    team.run(DeleteRows("keyword", [one]))
    team.run(DeleteRows("cluster", [x]))
    assert anna.push(Restore("keyword", [one])).verdict == "applied"
    assert placement(one) == (None, "new")


def test_a_restore_whose_seed_is_live_again_is_refused_and_names_the_live_row(team: Team, anna: Desk) -> None:
    (one,) = team.keywords(1)
    team.run(DeleteRows("keyword", [one]))
    (again,) = team.keywords(1)
    result = anna.push(Restore("keyword", [one]))
    assert (result.verdict, result.rows[0].code, result.rows[0].details["holder"]) == (
        "rejected",
        "taken",
        again,
    )


# ---------------------------------------------------------------- undo


def test_undoing_a_create_leaves_a_row_that_somebody_else_had_made(team: Team, anna: Desk) -> None:
    carl = Desk(team.colleague, anna.scope)
    other = clock.new_uid()
    carl.push(new_keyword(team, other, team.seeds[1]))
    op, lost = clock.new_uid(), clock.new_uid()
    anna.push(new_keyword(team, lost, team.seeds[1]), op_id=op)
    result = anna.push(Delete("keyword", [Seen({}, [lost])]), undo_of=op)
    assert [row.code for row in result.rows] == ["not_created_by_that"]
    assert keyword(other).deleted_at is None


def test_a_delete_done_again_after_its_undo_deletes_a_row_that_others_had_made(
    team: Team, anna: Desk, carl: Desk
) -> None:
    one = clock.new_uid()
    carl.push(new_keyword(team, one, team.seeds[0]))
    first, back = clock.new_uid(), clock.new_uid()
    anna.push(Delete("keyword", [Seen({}, [one])]), op_id=first)
    anna.push(Restore("keyword", [one]), op_id=back, undo_of=first)
    result = anna.push(Delete("keyword", [Seen({"volume_override": (None,)}, [one])]), undo_of=back)
    assert (result.verdict, result.rows) == ("applied", [])
    assert keyword(one).deleted_at is not None


def test_a_delete_done_again_asks_about_what_somebody_changed_in_between(
    team: Team, anna: Desk, carl: Desk
) -> None:
    one = clock.new_uid()
    carl.push(new_keyword(team, one, team.seeds[0]))
    first, back = clock.new_uid(), clock.new_uid()
    anna.push(Delete("keyword", [Seen({}, [one])]), op_id=first)
    anna.push(Restore("keyword", [one]), op_id=back, undo_of=first)
    carl.push(set_of("volume_override", [None], [7], [one]))
    result = anna.push(Delete("keyword", [Seen({"volume_override": (None,)}, [one])]), undo_of=back)
    assert [row.code for row in result.rows] == ["conflict"]
    assert keyword(one).deleted_at is None


def test_a_delete_done_again_leaves_what_somebody_else_had_restored_before(
    team: Team, anna: Desk, carl: Desk
) -> None:
    one = clock.new_uid()
    carl.push(new_keyword(team, one, team.seeds[0]))
    first, back = clock.new_uid(), clock.new_uid()
    anna.push(Delete("keyword", [Seen({}, [one])]), op_id=first)
    carl.push(Restore("keyword", [one]))
    anna.push(Restore("keyword", [one]), op_id=back, undo_of=first)
    result = anna.push(Delete("keyword", [Seen({"volume_override": (None,)}, [one])]), undo_of=back)
    assert [(row.code, row.ids) for row in result.rows] == [("not_created_by_that", [one])]
    assert keyword(one).deleted_at is None


def test_undo_does_not_take_an_equal_value_that_a_colleague_wrote_since(
    team: Team, anna: Desk, carl: Desk
) -> None:
    """P69, P70."""
    (one,) = team.keywords(1)
    op = clock.new_uid()
    anna.push(set_of("volume_override", [None], [7], [one]), op_id=op)
    carl.push(set_of("volume_override", [None], [7], [one]))
    result = anna.push(set_of("volume_override", [7], [None], [one]), undo_of=op)
    assert [row.code for row in result.rows] == ["undo_overtaken"]
    assert keyword(one).volume_override == 7


def test_undo_of_what_nobody_touched_applies(team: Team, anna: Desk) -> None:
    (one,) = team.keywords(1)
    op = clock.new_uid()
    anna.push(set_of("volume_override", [None], [7], [one]), op_id=op)
    assert anna.push(set_of("volume_override", [7], [None], [one]), undo_of=op).verdict == "applied"
    assert keyword(one).volume_override is None
