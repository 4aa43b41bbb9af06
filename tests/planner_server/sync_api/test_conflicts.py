"""What a push says when people meet on one field: sets and decisions."""

from typing import Any

import pytest
from django.apps import apps

from planner_core.commands import DeleteRows, RestoreRows, SetOverride, SetStatus
from planner_core.operations import Create, ItemsChange, Resolve
from planner_core.uid import conflict_id
from planner_server import clock
from planner_server.accounts.names import shown_names
from planner_server.accounts.services import site_grant
from planner_server.feed.gate import Actor, write
from planner_server.feed.models import Conflict
from planner_server.planning.models import ContentIdeas, Keywords, Tasks
from planner_server.planning.services import Place, Work, apply_operation
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

# ---------------------------------------------------------------- sets


def test_a_different_value_of_a_colleague_is_asked_about_and_stays(
    team: Team, anna: Desk, carl: Desk
) -> None:
    (one,) = team.keywords(1)
    carl.push(set_of("volume_override", [None], [7], [one]))
    op = clock.new_uid()
    result = anna.push(set_of("volume_override", [None], [5], [one]), op_id=op)
    assert result.verdict == "applied_with"
    (row,) = result.rows
    assert (row.code, row.ids, row.group, row.base, row.mine, row.theirs) == (
        "conflict",
        [one],
        "volume_override",
        [None],
        [5],
        [7],
    )
    assert (row.by, row.conflict) == (team.colleague.name, conflict_id(op, one, "volume_override"))
    assert keyword(one).volume_override == 7
    assert list(anna.pull().conflicts) == [row.conflict]
    assert not carl.pull().conflicts


def test_the_same_value_from_two_people_is_no_conflict(team: Team, anna: Desk, carl: Desk) -> None:
    (one,) = team.keywords(1)
    carl.push(set_of("volume_override", [None], [7], [one]))
    assert anna.push(set_of("volume_override", [None], [7], [one])).verdict == "applied"


def test_edits_of_different_groups_both_stand(team: Team, anna: Desk, carl: Desk) -> None:
    (one,) = team.keywords(1)
    carl.push(set_of("volume_override", [None], [7], [one]))
    assert anna.push(set_of("difficulty_override", [None], [5], [one])).verdict == "applied"
    assert (keyword(one).volume_override, keyword(one).difficulty_override) == (7, 5)


def test_a_person_wins_over_a_job_and_a_job_gives_way_to_a_person(team: Team, anna: Desk) -> None:
    """P60, P62."""
    (one,) = team.keywords(1)
    team.run_as_job(SetOverride("volume", [one], 3))
    assert anna.push(set_of("volume_override", [None], [5], [one])).verdict == "applied"
    assert keyword(one).volume_override == 5


def test_who_wrote_last_is_known_by_group(team: Team, anna: Desk, carl: Desk) -> None:
    """P60, P62."""
    (one,) = team.keywords(1)
    carl.push(set_of("volume_override", [None], [7], [one]))
    team.run_as_job(SetOverride("difficulty", [one], 3))
    assert anna.push(set_of("volume_override", [None], [5], [one])).verdict == "applied_with"
    assert keyword(one).volume_override == 7


def test_cluster_and_status_are_decided_as_one(team: Team, anna: Desk, carl: Desk) -> None:
    """P73."""
    (one,) = team.keywords(1)
    x, y = team.cluster("X"), team.cluster("Y")
    team.place([one], x)
    carl.push(set_of("placement", [x, "mapped"], [y, "mapped"], [one]))
    result = anna.push(set_of("placement", [x, "mapped"], [None, "new"], [one]))
    assert result.rows[0].code == "conflict"
    assert placement(one) == (y, "mapped")


def test_a_flag_takes_the_later_push(team: Team, anna: Desk, carl: Desk) -> None:
    (one,) = team.keywords(1)
    carl.push(set_of("disabled", [False], [True], [one]))
    assert anna.push(set_of("disabled", [True], [False], [one])).verdict == "applied"
    assert keyword(one).disabled is False


def test_a_status_that_may_follow_the_current_one_applies(team: Team, anna: Desk, carl: Desk) -> None:
    idea = team.idea("One")
    carl.push(set_of("status", ["new"], ["queued"], [idea], "idea"))
    assert anna.push(set_of("status", ["new"], ["completed"], [idea], "idea")).verdict == "applied"
    result = carl.push(set_of("status", ["queued"], ["new"], [idea], "idea"))
    assert result.rows[0].code == "conflict"
    assert ContentIdeas.objects.get(uid=idea).status == "completed"


def test_a_completed_idea_never_goes_back(team: Team, anna: Desk) -> None:
    idea = team.idea("One", status="completed")
    result = anna.push(set_of("status", ["completed"], ["new"], [idea], "idea"))
    assert (result.verdict, result.rows[0].code) == ("rejected", "transition")


def test_an_idea_whose_task_is_done_does_not_go_back_to_new(team: Team, anna: Desk) -> None:
    idea = team.idea("One", status="queued")
    with write(team.scope, Actor("job", "writer")) as gate:
        Tasks.objects.create(
            **gate.born(),
            uid=clock.new_uid(),
            account=team.account,
            site=team.site,
            sector=team.sector,
            idea=ContentIdeas.objects.get(uid=idea),
            title="One",
            status="completed",
        )
    result = anna.push(set_of("status", ["queued"], ["new"], [idea], "idea"))
    assert (result.verdict, result.rows[0].code) == ("rejected", "transition")


def test_one_per_cent_of_conflicts_costs_the_other_rows_nothing(team: Team, anna: Desk, carl: Desk) -> None:
    """P25, P26."""
    ids = team.keywords(20)
    carl.push(set_of("volume_override", [None], [7], [ids[3]]))
    result = anna.push(set_of("volume_override", [None], [5], ids))
    assert result.verdict == "applied_with"
    assert [(row.code, row.ids) for row in result.rows] == [("conflict", [ids[3]])]
    assert Keywords.objects.filter(volume_override=5).count() == 19


def test_an_edit_of_a_deleted_row_is_listed_and_the_row_stays_deleted(team: Team, anna: Desk) -> None:
    one, two = team.keywords(2)
    team.run(DeleteRows("keyword", [one]), team.colleague)
    result = anna.push(set_of("volume_override", [None], [5], [one, two]))
    assert [(row.code, row.ids) for row in result.rows] == [("target_deleted", [one])]
    assert keyword(one).deleted_at is not None
    assert keyword(two).volume_override == 5


def test_rows_the_platform_does_not_know_are_parked(team: Team, anna: Desk) -> None:
    (one,) = team.keywords(1)
    ghost = clock.new_uid()
    alone = anna.push(set_of("volume_override", [None], [5], [ghost]))
    assert (alone.verdict, alone.ver, alone.rows[0].code) == ("parked_dependency", 0, "missing")
    among = anna.push(set_of("volume_override", [None], [5], [ghost, one]))
    assert (among.verdict, [row.code for row in among.rows]) == ("applied_with", ["missing"])


def test_rows_of_another_site_look_as_if_they_did_not_exist(team: Team, anna: Desk) -> None:
    (foreign,) = make_team("Other").keywords(1)
    assert anna.push(set_of("volume_override", [None], [5], [foreign])).rows[0].code == "missing"
    assert keyword(foreign).volume_override is None


@pytest.mark.parametrize(
    ("group", "old", "new"),
    [
        ("volume_override", [None], [-1]),
        ("difficulty_override", [None], [101]),
        ("placement", [None, "new"], [None, "queued"]),
        ("disabled", [False], [1]),
        ("seed", ["x"], ["y"]),
        ("volume_override", [], []),
    ],
)
def test_what_the_rules_refuse_is_rejected_for_good(
    group: str, old: list[Any], new: list[Any], team: Team, anna: Desk
) -> None:
    (one,) = team.keywords(1)
    result = anna.push(set_of(group, old, new, [one]))
    assert (result.verdict, result.ver) == ("rejected", 0)
    assert result.rows[0].ids == [one]
    assert result.rows[0].message


# ---------------------------------------------------------------- references


def test_a_cluster_that_is_in_the_trash_becomes_none(team: Team, anna: Desk) -> None:
    (one,) = team.keywords(1)
    x = team.cluster("X")
    team.run(DeleteRows("cluster", [x]), team.colleague)
    result = anna.push(set_of("placement", [None, "new"], [x, "mapped"], [one]))
    assert [row.code for row in result.rows if row.code != "same"] == ["deleted_cluster"]
    assert placement(one) == (None, "new")


def test_a_keyword_made_in_a_cluster_in_the_trash_has_the_status_of_one_without(
    team: Team, anna: Desk
) -> None:
    """P30: also where its author names the status, as who makes lost rows anew does; an idea's status is its own."""
    x = team.cluster("X")
    team.run(DeleteRows("cluster", [x]), team.colleague)
    made, idea = clock.new_uid(), clock.new_uid()
    common = {"cluster": x, "status": "mapped"}
    result = anna.push(new_keyword(team, made, team.seeds[0], **common))
    assert [row.code for row in result.rows] == ["deleted_cluster"]
    assert placement(made) == (None, "new")
    common = {"sector": team.sector.uid, "cluster": x, "status": "queued"}
    result = anna.push(Create("idea", common, ("title",), [[idea, "One"]], []))
    assert [row.code for row in result.rows] == ["deleted_cluster"]
    assert ContentIdeas.objects.get(uid=idea).status == "queued"


def test_a_cluster_nobody_has_heard_of_parks_the_rows(team: Team, anna: Desk) -> None:
    """P31, P88."""
    (one,) = team.keywords(1)
    result = anna.push(set_of("placement", [None, "new"], [clock.new_uid(), "mapped"], [one]))
    assert (result.verdict, result.rows[0].code) == ("parked_dependency", "missing")
    assert placement(one) == (None, "new")


# ---------------------------------------------------------------- decisions


def asked(team: Team, anna: Desk, carl: Desk) -> tuple[str, str]:
    (one,) = team.keywords(1)
    carl.push(set_of("volume_override", [None], [7], [one]))
    return one, anna.push(set_of("volume_override", [None], [5], [one])).rows[0].conflict


def decide_on(conflict: str, one: str, choice: str, theirs: int | None = 7) -> Resolve:
    return Resolve(conflict, choice, "keyword", one, "volume_override", (5,), (theirs,))


def test_mine_is_written_and_closes_the_item_on_every_machine(team: Team, anna: Desk, carl: Desk) -> None:
    one, conflict = asked(team, anna, carl)
    assert anna.push(decide_on(conflict, one, "mine")).verdict == "applied"
    assert keyword(one).volume_override == 5
    assert Desk(anna.user, anna.scope).pull().conflicts[conflict]["state"] == "closed"


def test_theirs_closes_the_item_and_writes_nothing(team: Team, anna: Desk, carl: Desk) -> None:
    one, conflict = asked(team, anna, carl)
    assert anna.push(decide_on(conflict, one, "theirs")).verdict == "applied"
    assert keyword(one).volume_override == 7
    assert Conflict.objects.get().state == "closed"


def test_mine_on_an_old_picture_asks_again_with_the_same_item(team: Team, anna: Desk, carl: Desk) -> None:
    one, conflict = asked(team, anna, carl)
    carl.push(set_of("volume_override", [7], [8], [one]))
    result = anna.push(decide_on(conflict, one, "mine"))
    assert [(row.code, row.conflict, row.theirs) for row in result.rows] == [("conflict", conflict, [8])]
    assert keyword(one).volume_override == 8
    told = anna.pull().conflicts[conflict]
    assert (told["state"], told["by"]) == ("open", result.rows[0].by)
    assert result.rows[0].by == shown_names([team.colleague.uid])[team.colleague.uid] != ""
    assert anna.push(decide_on(conflict, one, "mine", 8)).verdict == "applied"
    assert keyword(one).volume_override == 5


def test_mine_on_an_item_that_is_closed_asks_again_where_the_value_is_another_one(
    team: Team, anna: Desk, carl: Desk
) -> None:
    """P72: two machines decide; the second one's picture is old."""
    one, conflict = asked(team, anna, carl)
    anna.push(decide_on(conflict, one, "theirs"))
    carl.push(set_of("volume_override", [7], [8], [one]))
    result = anna.push(decide_on(conflict, one, "mine"))
    assert [(row.code, row.conflict, row.theirs) for row in result.rows] == [("conflict", conflict, [8])]
    assert anna.pull().conflicts[conflict]["state"] == "open"
    assert keyword(one).volume_override == 8


def test_mine_on_a_closed_item_folds_into_the_one_that_asks_now(team: Team, anna: Desk, carl: Desk) -> None:
    """P72, P90: never two open items of one field."""
    one, former = asked(team, anna, carl)
    anna.push(decide_on(former, one, "theirs"))
    carl.push(set_of("volume_override", [7], [8], [one]))
    (row,) = anna.push(set_of("volume_override", [7], [6], [one])).rows
    (again,) = anna.push(decide_on(former, one, "mine")).rows
    assert (again.code, again.conflict) == ("conflict", row.conflict)
    assert [item.uid for item in Conflict.objects.filter(state="open")] == [row.conflict]


def test_a_decision_on_a_forgotten_item_is_a_set_and_leaves_a_closed_item(
    team: Team, anna: Desk, carl: Desk
) -> None:
    """P89, P91."""
    (one,) = team.keywords(1)
    carl.push(set_of("volume_override", [None], [7], [one]))
    conflict = conflict_id(clock.new_uid(), one, "volume_override")
    assert anna.push(decide_on(conflict, one, "mine")).verdict == "applied"
    assert keyword(one).volume_override == 5
    assert anna.pull().conflicts[conflict]["state"] == "closed"


def test_a_second_edit_folds_into_the_open_item(team: Team, anna: Desk, carl: Desk) -> None:
    one, conflict = asked(team, anna, carl)
    result = anna.push(set_of("volume_override", [5], [6], [one]))
    assert (result.rows[0].conflict, result.rows[0].mine) == (conflict, [6])
    assert Conflict.objects.count() == 1
    assert len(Conflict.objects.get().ops) == 2


def test_two_fields_of_one_row_and_two_people_are_asked_about_apart(
    team: Team, anna: Desk, carl: Desk
) -> None:
    """P90: an item is folded with one of the same person and field only."""
    (one,) = team.keywords(1)
    team.run_as_job(SetOverride("volume", [one], 1))
    third = Desk(team.owner, team.site.uid)
    for group, theirs in (("volume_override", 20), ("difficulty_override", 30)):
        now = getattr(keyword(one), group)
        third.push(set_of(group, [now], [theirs], [one]))
    asked = [
        desk.push(set_of(group, [9], [mine], [one])).rows[0]
        for desk, mine in ((anna, 40), (carl, 50))
        for group in ("volume_override", "difficulty_override")
    ]
    assert [row.code for row in asked] == ["conflict"] * 4
    assert len({row.conflict for row in asked}) == 4
    for desk, mine in ((anna, 40), (carl, 50)):
        lines = desk.pull().conflicts.values()
        expected = {("volume_override", (mine,)), ("difficulty_override", (mine,))}
        assert {(line["group"], tuple(line["mine"])) for line in lines} == expected


def test_a_plain_edit_of_the_field_is_an_answer(team: Team, anna: Desk, carl: Desk) -> None:
    one, conflict = asked(team, anna, carl)
    assert anna.push(set_of("volume_override", [7], [9], [one])).verdict == "applied"
    assert anna.pull().conflicts[conflict]["state"] == "closed"


# ---------------------------------------------------------------- keyword sets, access


def test_keyword_sets_unite_and_never_conflict(team: Team, anna: Desk, carl: Desk) -> None:
    one, two, three = team.keywords(3)
    idea = team.idea("One", keywords=[one])
    assert carl.push(ItemsChange("idea", idea, "keyword_objects", [two])).verdict == "applied"
    assert anna.push(ItemsChange("idea", idea, "keyword_objects", [three, two], [one])).verdict == "applied"
    feed = anna.pull()
    assert feed.rows["idea"][idea]["keyword_objects"] == sorted([two, three])
    assert anna.push(ItemsChange("idea", idea, "keyword_objects", [three], [one])).verdict == "applied"


def test_a_viewer_may_only_keep_what_is_there(team: Team, anna: Desk, carl: Desk) -> None:
    """P89, P91."""
    one, conflict = asked(team, anna, carl)
    team.owner.role = "viewer"
    team.owner.save()
    site_grant(user=team.owner, site=team.site)
    refused = anna.push(set_of("volume_override", [7], [9], [one]))
    assert (refused.verdict, refused.rows[0].code) == ("rejected", "forbidden")
    assert anna.push(decide_on(conflict, one, "mine")).rows[0].code == "forbidden"
    assert anna.push(decide_on(conflict, one, "theirs")).verdict == "applied"
    assert anna.push().verdict == "applied"


def test_a_dry_run_says_what_the_run_will_do_and_keeps_nothing(team: Team, anna: Desk, carl: Desk) -> None:
    """P98."""
    one, two = team.keywords(2)
    x, lost = clock.new_uid(), clock.new_uid()
    carl.push(set_of("volume_override", [None], [7], [one]))
    lines = [
        anna.mutation(set_of("volume_override", [None], [5], [one, two])),
        anna.mutation(Create("cluster", {"sector": team.sector.uid}, ("name",), [[x, "X"]])),
        anna.mutation(set_of("placement", [None, "new"], [x, "mapped"], [two])),
        anna.mutation(new_keyword(team, lost, team.seeds[0])),
        anna.mutation(set_of("difficulty_override", [None], [500], [two])),
    ]
    before = everything()
    version = team.scope.version
    dry = reply_of(anna.send(*lines, dry_run=True))
    assert everything() == before
    assert dry.version == version
    run = reply_of(anna.send(*lines))
    assert [(one.verdict, without_time(one)) for one in dry.results] == [
        (one.verdict, without_time(one)) for one in run.results
    ]
    assert [one.verdict for one in run.results] == [
        "applied_with",
        "applied",
        "applied",
        "applied_with",
        "rejected",
    ]


def without_time(result: Any) -> list[Any]:
    return [row.model_dump(exclude={"at"}) for row in result.rows]


def everything() -> dict[str, Any]:
    return {
        model.__name__: list(model.objects.order_by("pk").values())  # type: ignore[attr-defined]
        for model in apps.get_models()
        if model.__module__.startswith("planner_server")
    }


def test_a_cluster_restored_through_rest_takes_its_keywords_back(team: Team) -> None:
    one, two = team.keywords(2)
    x = team.cluster("X")
    team.place([one, two], x)
    team.run(DeleteRows("cluster", [x]))
    team.run(SetStatus("keyword", [two], "mapped"))
    team.run(RestoreRows("cluster", [x]))
    assert placement(one) == (x, "mapped")
    assert placement(two) == (None, "mapped")


def test_a_job_that_worked_on_an_old_value_leaves_a_persons_newer_one(team: Team, anna: Desk) -> None:
    one, two = team.keywords(2)
    x, y = team.cluster("X"), team.cluster("Y")
    anna.push(set_of("placement", [None, "new"], [x, "mapped"], [one]))
    with write(team.scope, Actor("job", "clustering")) as gate:
        work = Work(gate, Place.of(team.site, gate))
        apply_operation(work, set_of("placement", [None, "new"], [y, "mapped"], [one, two]))
    assert [(row.code, row.ids) for row in work.said] == [("kept", [one])]
    assert placement(one) == (x, "mapped")
    assert placement(two) == (y, "mapped")
