"""Fine points of judging: each is one comparison, one filter or one place in a list, and would be missed by nobody but its user."""

from planner_core.operations import Create, Delete, Resolve, Restore, Seen
from planner_server import clock
from planner_server.accounts import services as accounts
from planner_server.feed import epochs
from planner_server.feed.models import ReplicaScope
from planner_server.feed.purging import DAY_MS, sweep
from planner_server.planning.models import Clusters, Keywords
from tests.planner_server.world import Desk, Team, keyword, placement, reply_of, set_of

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


def test_a_keyword_that_was_merged_is_merged_again_under_another_operation(team: Team, anna: Desk) -> None:
    """P32, P14: its alias is there already; making it twice would be refused as a fault of the platform's."""
    (kept,) = team.keywords(1)
    lost = clock.new_uid()
    create = Create("keyword", {"sector": team.sector.uid}, ("seed",), [[lost, team.seeds[0]]])
    for _ in range(2):
        result = anna.push(create)
        assert [(row.code, row.new_id) for row in result.rows] == [("merged", kept)]


def test_what_lies_in_the_trash_takes_no_place_in_the_plan(team: Team, anna: Desk) -> None:
    (one,) = team.keywords(1)
    team.account.max_keywords = 1
    team.account.save()
    anna.push(Delete("keyword", [Seen({}, [one])]))
    create = Create("keyword", {"sector": team.sector.uid}, ("seed",), [[clock.new_uid(), team.seeds[1]]])
    assert anna.push(create).verdict == "applied"


def test_two_people_are_asked_about_one_cluster_each_in_a_question_of_his_own(
    team: Team, anna: Desk, carl: Desk
) -> None:
    """P71, P90: Carl's question is open when Anna deletes the cluster that somebody took out of the trash."""
    (one,) = team.keywords(1)
    cluster = team.cluster("X")
    team.place([one], cluster)
    asked = [carl.push(Delete("cluster", [Seen({}, [cluster])])).rows[0].conflict]
    anna.push(Restore("cluster", [cluster]))
    carl.push(set_of("placement", [cluster, "mapped"], [None, "new"], [one]))
    carl.push(set_of("placement", [None, "new"], [cluster, "mapped"], [one]))
    asked.append(anna.push(Delete("cluster", [Seen({}, [cluster])])).rows[0].conflict)
    assert asked[0] != asked[1]
    assert [set(desk.pull().conflicts) for desk in (carl, anna)] == [{asked[0]}, {asked[1]}]


def test_what_a_creation_set_is_its_authors_doing(team: Team, anna: Desk, carl: Desk) -> None:
    """P32, P62: nobody has written the field since; another creation of that seed asks about it, as about any other edit."""
    sector, seed = {"sector": team.sector.uid}, team.seeds[0]
    columns = ("seed", VOLUME)
    first, second = clock.new_uids(2)
    carl.push(Create("keyword", sector, columns, [[first, seed, 2]]))
    result = anna.push(Create("keyword", sector, columns, [[second, seed, 3]]))
    assert [(row.code, row.mine, row.theirs) for row in result.rows if row.code != "merged"] == [
        ("conflict", [3], [2])
    ]
    assert keyword(first).volume_override == 2


def test_mine_about_refused_work_closes_its_item_and_writes_nothing(team: Team, anna: Desk) -> None:
    """P91: the work itself is sent again as work; what the decision names are operations, no values."""
    (one,) = team.keywords(1)
    op = clock.new_uid()
    (row,) = anna.push(set_of("difficulty_override", [None], [500], [one]), op_id=op).rows
    decision = Resolve(row.conflict, "mine", "keyword", one, "difficulty_override", (op,), ())
    assert anna.push(decision).verdict == "applied"
    assert anna.pull().conflicts[row.conflict]["state"] == "closed"
    assert keyword(one).difficulty_override is None


def test_the_name_of_a_version_goes_only_when_another_has_long_replaced_it(team: Team, anna: Desk) -> None:
    """P65, P34: after quiet years somebody writes: whoever was there until yesterday still goes on from his place."""
    team.keywords(1)
    place, quiet = anna.pull().cursor, team.scope.version
    later = clock.now_ms() + 401 * DAY_MS
    with clock.replaced(now_ms=lambda: later):
        team.cluster("New")
        sweep(team.scope)
    assert [one.version for one in team.scope.tokens.order_by("version")] == [quiet, team.scope.version]
    assert anna.client.get(anna.url("pull"), {"cursor": place}).status_code == 200


def clash(team: Team, anna: Desk, carl: Desk) -> tuple[str, str]:
    """Carl's 7 meets Anna's 5; the keyword, and Anna's question."""
    (one,) = team.keywords(1)
    carl.push(set_of(VOLUME, [None], [7], [one]))
    return one, anna.push(set_of(VOLUME, [None], [5], [one])).rows[0].conflict


def test_nobody_decides_for_somebody_else(team: Team, anna: Desk, carl: Desk) -> None:
    """P29, P91: an item is its author's; for anybody else there is none."""
    one, asked = clash(team, anna, carl)
    for choice in ("mine", "theirs"):
        result = carl.push(Resolve(asked, choice, "keyword", one, VOLUME, (5,), (7,)))
        assert (result.verdict, [row.code for row in result.rows]) == ("rejected", ["not_found"])
    assert anna.pull().conflicts[asked]["state"] == "open"
    assert keyword(one).volume_override == 7


def test_a_decision_about_a_row_that_went_to_the_trash_asks_about_that(
    team: Team, anna: Desk, carl: Desk
) -> None:
    """P27, P72: what the row held when it went there is no value to choose against."""
    one, asked = clash(team, anna, carl)
    carl.push(set_of(VOLUME, [7], [8], [one]))
    carl.push(Delete("keyword", [Seen({}, [one])]))
    result = anna.push(Resolve(asked, "mine", "keyword", one, VOLUME, (5,), (7,)))
    assert [row.code for row in result.rows] == ["target_deleted"]


def test_a_keyword_comes_out_of_the_trash_by_the_id_that_it_lost(team: Team, anna: Desk) -> None:
    """P80, P32: who had made it keeps calling it by his own id."""
    (kept,) = team.keywords(1)
    lost = clock.new_uid()
    anna.push(Create("keyword", {"sector": team.sector.uid}, ("seed",), [[lost, team.seeds[0]]]))
    anna.push(Delete("keyword", [Seen({}, [kept])]))
    assert anna.push(Restore("keyword", [lost])).verdict == "applied"
    assert keyword(kept).deleted_at is None


def test_work_that_is_passed_over_in_part_is_carried_out_for_the_rest(team: Team) -> None:
    """P66: one row was settled by later work, the other was not."""
    one, two = team.keywords(2)
    epochs.renew(team.scope, lost=team.scope.epoch)
    later, earlier = (Desk(user, team.site.uid) for user in (team.owner, team.colleague))
    reply_of(later.send(later.mutation(set_of(VOLUME, [1], [2], [one]), was=13)))
    reply_of(later.send(later.mutation(set_of(VOLUME, [None], [2], [one]), was=14)))
    (result,) = reply_of(
        earlier.send(earlier.mutation(set_of(VOLUME, [None], [1], [one, two]), was=11))
    ).results
    assert (result.verdict, [(row.code, row.ids) for row in result.rows]) == (
        "applied_with",
        [("superseded", [one])],
    )
    assert [keyword(uid).volume_override for uid in (one, two)] == [2, 1]


def test_a_replica_is_told_its_last_number_with_the_operation_of_that_number(team: Team, anna: Desk) -> None:
    """P9: a copy is known by it."""
    (one,) = team.keywords(1)
    anna.push(set_of(VOLUME, [None], [1], [one]))
    last = anna.push(set_of(VOLUME, [1], [2], [one]))
    held = {"id": anna.scope, "epoch": anna.epoch, "cursor_ver": 0}
    body = {"protocols": [1], "app": "test", "replica_id": anna.replica, "scopes": [held]}
    states = anna.client.post("/sync/v1/hello", body, format="json").json()["scopes"]
    (state,) = [one for one in states if one["id"] == anna.scope]
    assert (state["last_seq"], state["last_op_id"]) == (2, last.op_id)


# ---------------------------------------------------------------- four and more edits of one row each go together


def test_a_reader_changes_nothing_however_much_he_sends(team: Team, anna: Desk) -> None:
    """P91: what is written together is allowed like what is written alone."""
    ids = team.keywords(5)
    team.owner.role = "viewer"
    team.owner.save()
    accounts.site_grant(site=team.site, user=team.owner)
    reader = Desk(team.owner, team.site.uid)
    edits = [reader.mutation(set_of(VOLUME, [None], [1], [uid])) for uid in ids]
    assert verdicts(reader, *edits) == ["rejected"] * 5
    assert {keyword(uid).volume_override for uid in ids} == {None}


def test_one_row_edited_twice_in_a_row_of_edits_holds_the_later_value(team: Team, anna: Desk) -> None:
    """P23: the second edit is made on what the first one wrote."""
    ids = team.keywords(4)
    edits = [anna.mutation(set_of(VOLUME, [None], [1], [uid])) for uid in ids]
    last = clock.new_uid()
    edits.append(anna.mutation(set_of(VOLUME, [1], [2], ids[:1]), op_id=last))
    edits += [anna.mutation(set_of(VOLUME, [1], [3], [uid])) for uid in ids[1:]]
    assert verdicts(anna, *edits) == ["applied"] * 8
    assert [keyword(uid).volume_override for uid in ids] == [2, 3, 3, 3]
    assert keyword(ids[0]).field_meta[VOLUME][2] == last


def test_edits_that_come_again_together_give_way_like_one_that_comes_alone(team: Team) -> None:
    """P66: one of five rows was settled by work that had seen it."""
    ids = team.keywords(5)
    epochs.renew(team.scope, lost=team.scope.epoch)
    later, earlier = (Desk(user, team.site.uid) for user in (team.owner, team.colleague))
    reply_of(later.send(later.mutation(set_of(VOLUME, [1], [None], ids[:1]), was=20)))
    edits = [
        earlier.mutation(set_of(VOLUME, [None], [1], [uid]), was=11 + number)
        for number, uid in enumerate(ids)
    ]
    assert verdicts(earlier, *edits) == ["superseded", *["applied"] * 4]
    assert [keyword(uid).volume_override for uid in ids] == [None, 1, 1, 1, 1]


def test_only_the_verdicts_a_replica_says_it_keeps_count_as_kept(team: Team, anna: Desk) -> None:
    """P74: what it has not heard of may not expire."""
    (one,) = team.keywords(1)
    first = anna.push(set_of(VOLUME, [None], [1], [one]))
    anna.push(set_of(VOLUME, [1], [2], [one]))
    held = {"id": anna.scope, "epoch": anna.epoch, "cursor_ver": 1, "last_ack_seq": 1}
    held["last_ack_op"] = first.op_id
    body = {"protocols": [1], "app": "test", "replica_id": anna.replica, "scopes": [held]}
    assert anna.client.post("/sync/v1/hello", body, format="json").status_code == 200
    assert ReplicaScope.objects.get(scope=team.scope).acked_seq == 1


# ---------------------------------------------------------------- pages and what is cleared away


def told_at(desk: Desk, cursor: int) -> None:
    held = {"id": desk.scope, "epoch": desk.epoch, "cursor_ver": cursor}
    body = {"protocols": [1], "app": "test", "replica_id": desk.replica, "scopes": [held]}
    assert desk.client.post("/sync/v1/hello", body, format="json").status_code == 200


def test_pages_of_one_row_bring_rows_of_every_kind_that_one_version_wrote(team: Team, anna: Desk) -> None:
    """P3, P4: kinds of rows are told apart at the edge of a page, the next kind like those behind it."""
    ids, cluster, idea = team.keywords(2), team.cluster("X"), team.idea("Idea")
    place = anna.pull().cursor
    reply = reply_of(
        anna.send(
            anna.mutation(set_of("name", ["X"], ["Y"], [cluster], "cluster")),
            anna.mutation(set_of(VOLUME, [None], [1], ids)),
            anna.mutation(set_of("title", ["Idea"], ["Other"], [idea], "idea")),
        )
    )
    assert len({one.ver for one in reply.results}) == 1
    brought = {(entity, uid) for entity, uid, _ in anna.pull(place, limit=1).order}
    assert brought == {("cluster", cluster), *(("keyword", uid) for uid in ids), ("idea", idea)}


def test_a_deletion_that_one_reader_has_not_passed_stays_when_an_earlier_one_goes(
    team: Team, anna: Desk
) -> None:
    """P34, P77: both are old enough; he stands between them."""
    first, second = team.keywords(2)
    anna.push(Delete("keyword", [Seen({}, [first])]))
    between = team.scope.version
    anna.push(Delete("keyword", [Seen({}, [second])]))
    later = clock.now_ms() + 181 * DAY_MS
    with clock.replaced(now_ms=lambda: later):
        told_at(anna, between)
        sweep(team.scope)
    assert set(Keywords.objects.values_list("uid", flat=True)) == {second}
    assert team.scope.gc_floor == between


def test_refused_work_that_expires_raises_the_floor_like_any_other(team: Team, anna: Desk) -> None:
    """P74: it has no version of its own; what was made before it was judged may have expired with it."""
    (one,) = team.keywords(1)
    (row,) = anna.push(set_of("difficulty_override", [None], [500], [one])).rows
    judged = team.scope.version
    anna.push(Resolve(row.conflict, "theirs", "keyword", one, "difficulty_override", (), ()))
    ReplicaScope.objects.filter(scope=team.scope).update(acked_seq=1)
    later = clock.now_ms() + 401 * DAY_MS
    with clock.replaced(now_ms=lambda: later):
        assert sweep(team.scope).operations == 1
    assert team.scope.op_floor >= judged


def test_two_who_find_the_same_history_lost_begin_one_new_epoch(team: Team) -> None:
    """P65, P75: the second finds that it was done."""
    lost = team.scope.epoch
    assert epochs.renew(team.scope, lost=lost) == epochs.renew(team.scope, lost=lost) != lost


def test_a_keyword_that_is_moved_into_a_cluster_in_the_trash_leaves_the_one_it_was_in(
    team: Team, anna: Desk
) -> None:
    """P88, P30: its author wanted it out of there; where he wanted it is no more."""
    (one,) = team.keywords(1)
    former, gone = team.cluster("X"), team.cluster("Y")
    team.place([one], former)
    anna.push(Delete("cluster", [Seen({}, [gone])]))
    result = anna.push(set_of("placement", [former, "mapped"], [gone, "mapped"], [one]))
    assert [row.code for row in result.rows] == ["deleted_cluster"]
    assert placement(one) == (None, "new")
