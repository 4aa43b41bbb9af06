"""What a person decides about work that the platform did not take, against the real server."""

import shutil

from planner_core.commands import (
    AddKeywordsFromSeeds,
    AssignCluster,
    CreateCluster,
    DeleteRows,
    EditRow,
    RestoreRows,
    SetOverride,
)
from planner_server.accounts.models import User
from planner_server.feed.models import Conflict
from sync.replica import HistoryRow, PendingRow, Reader, ReviewRow
from tests.contract.test_two_people import assert_equal, settle
from tests.support.machine import Machine
from tests.support.server import Server


def items(machine: Machine, state: str = "open") -> list[ReviewRow]:
    reader = Reader.open(machine.path)
    try:
        return reader.review(state)
    finally:
        reader.close()


def pending(machine: Machine) -> list[PendingRow]:
    reader = Reader.open(machine.path)
    try:
        return reader.pending()
    finally:
        reader.close()


def history(machine: Machine) -> list[HistoryRow]:
    reader = Reader.open(machine.path)
    try:
        return reader.history()
    finally:
        reader.close()


def decide(machine: Machine, choice: str) -> None:
    outcome = machine.replica.resolve([item.id for item in items(machine)], choice)  # type: ignore[arg-type]
    assert not outcome.refused


# ---------------------------------------------------------------- the row is in the trash


def test_mine_about_a_deleted_keyword_restores_it_with_my_value(
    server: Server, eve: Machine, cem: Machine
) -> None:
    keyword = server.keywords[0]
    server.run(DeleteRows("keyword", [keyword]))
    eve.volume(keyword, 555)
    eve.sync()
    (item,) = items(eve)
    assert (item.code, item.base, item.mine) == ("target_deleted", (None,), (555,))
    assert item.at > 0

    outcome = eve.replica.resolve([item.id], "mine")
    assert (outcome.action is None, outcome.changed) == (False, 1)
    settle(eve, cem)

    assert keyword in server.live_keywords()
    assert server.volume(keyword) == 555
    assert cem.overrides()[keyword] == 555
    assert items(eve) == []
    assert_equal(eve, cem)


def test_theirs_about_a_deleted_keyword_leaves_it_in_the_trash(server: Server, eve: Machine) -> None:
    keyword = server.keywords[0]
    server.run(DeleteRows("keyword", [keyword]))
    eve.volume(keyword, 555)
    eve.sync()
    decide(eve, "theirs")
    settle(eve)
    assert keyword not in server.live_keywords()
    assert items(eve) == []


def test_mine_about_a_keyword_somebody_restored_meanwhile_only_sets_it(server: Server, eve: Machine) -> None:
    keyword = server.keywords[0]
    server.run(DeleteRows("keyword", [keyword]))
    eve.volume(keyword, 555)
    eve.sync()
    eve_again = server.machine("eve-again")
    eve_again.sync()
    eve_again.replica.run([RestoreRows("keyword", [keyword])])
    eve_again.sync()
    eve.sync()
    decide(eve, "mine")
    settle(eve)
    assert server.volume(keyword) == 555


def test_mine_about_a_renamed_cluster_that_was_deleted_brings_it_back_with_its_name(
    server: Server, eve: Machine
) -> None:
    cluster = server.clusters[0]
    server.run(AssignCluster(server.keywords[:2], cluster))
    eve.sync()
    server.run(DeleteRows("cluster", [cluster]))
    eve.run(EditRow("cluster", cluster, {"name": "Renamed"}))
    eve.sync()
    decide(eve, "mine")
    settle(eve)
    assert "Renamed" in server.cluster_names()
    assert items(eve) == []
    assert_equal(eve)


def test_mine_that_a_rule_keeps_back_leaves_the_item_open(server: Server, eve: Machine) -> None:
    cluster = server.clusters[0]
    server.run(DeleteRows("cluster", [cluster]))
    eve.run(EditRow("cluster", cluster, {"name": "Renamed"}))
    eve.sync()
    server.run(CreateCluster(eve.ids.uid(), server.sector, "Cluster 0"))
    eve.sync()
    (item,) = items(eve)

    outcome = eve.replica.resolve([item.id], "mine")

    assert (outcome.action, outcome.changed) == (None, 0)
    assert [one.code for one in outcome.refused] == ["taken"]
    assert [one.id for one in items(eve)] == [item.id]
    assert eve.replica.peek(server.site.uid) == []


def test_a_rename_that_was_not_taken_leaves_the_old_name_taken_here_too(server: Server, eve: Machine) -> None:
    cluster = server.clusters[0]
    eve.run(EditRow("cluster", cluster, {"name": "Renamed"}))
    (action,) = (row.action for row in pending(eve))
    eve.replica.cancel(action)
    refused = eve.replica.run([CreateCluster(eve.ids.uid(), server.sector, "cluster 0")]).refused
    assert [one.code for one in refused] == ["duplicate_name"]
    assert not eve.replica.run([CreateCluster(eve.ids.uid(), server.sector, "renamed")]).refused


# ---------------------------------------------------------------- unseen children


def put_into_a_deleted_cluster(server: Server, eve: Machine) -> str:
    cluster = server.clusters[0]
    server.run(AssignCluster([server.keywords[0]], cluster))
    eve.sync()
    server.run(AssignCluster([server.keywords[1]], cluster))
    eve.run(DeleteRows("cluster", [cluster]))
    eve.sync()
    assert [item.code for item in items(eve)] == ["unseen_children"]
    return cluster


def test_theirs_about_unseen_children_restores_the_cluster_with_all_that_were_in_it(
    server: Server, eve: Machine
) -> None:
    cluster = put_into_a_deleted_cluster(server, eve)
    decide(eve, "theirs")
    settle(eve)
    inside = [server.live_keywords()[uid]["cluster"] for uid in server.keywords[:2]]
    assert inside == [cluster, cluster]
    assert items(eve) == []
    assert_equal(eve)


def test_a_cluster_that_a_rule_keeps_from_coming_back_leaves_the_question_open_here_too(
    server: Server, eve: Machine
) -> None:
    """P71, I17: its name was given to another meanwhile; the rows can still be left without a cluster."""
    put_into_a_deleted_cluster(server, eve)
    (asked,) = items(eve)
    server.run(CreateCluster(eve.ids.uid(), server.sector, "Cluster 0"))
    decide(eve, "theirs")
    settle(eve)
    assert {item.code for item in items(eve)} == {"taken", "unseen_children"}
    eve.replica.resolve([item.id for item in items(eve) if item.code == "taken"], "theirs")
    eve.replica.resolve([asked.id], "mine")
    settle(eve)
    assert items(eve) == []
    assert Conflict.objects.filter(state="open").count() == 0
    assert_equal(eve)


def test_mine_about_unseen_children_leaves_them_without_a_cluster(server: Server, eve: Machine) -> None:
    put_into_a_deleted_cluster(server, eve)
    decide(eve, "mine")
    settle(eve)
    assert [server.live_keywords()[uid]["cluster"] for uid in server.keywords[:2]] == [None, None]
    assert "Cluster 0" not in server.cluster_names()
    assert items(eve) == []


def test_a_delete_undone_and_done_again_reaches_everybody(server: Server, eve: Machine, cem: Machine) -> None:
    keyword = server.keywords[0]
    eve.run(DeleteRows("keyword", [keyword]))
    settle(eve, cem)
    eve.replica.undo()
    eve.replica.redo()
    report = eve.sync()
    settle(cem, eve)
    assert (report.conflicts, report.refused) == (0, 0)
    assert keyword not in server.live_keywords()
    assert keyword not in cem.overrides()
    assert_equal(eve, cem)


# ---------------------------------------------------------------- decided stays decided


def test_a_decided_question_is_not_asked_again_after_the_folder_was_copied(
    server: Server, eve: Machine
) -> None:
    eve.volume(server.keywords[0], 10)
    eve.run(SetOverride("volume", server.keywords[1:3], 10))
    server.set_volume(server.keywords[0], 20)
    server.run(DeleteRows("keyword", [server.keywords[1]]))
    eve.sync()
    assert sorted(item.code for item in items(eve)) == ["conflict", "target_deleted"]
    decide(eve, "theirs")
    settle(eve)
    eve.replica.close()
    copied = server.machine("copy")
    copied.replica.close()
    shutil.copytree(eve.path.parent, copied.path.parent, dirs_exist_ok=True)
    for machine in (eve, copied):
        machine.start()
    copied.volume(server.keywords[3], 1)
    copied.sync()
    eve.volume(server.keywords[4], 2)
    eve.sync()

    assert eve.replica.replica_id != copied.replica.replica_id
    assert items(eve) == items(copied) == []


# ---------------------------------------------------------------- told without a question


def test_a_cluster_that_got_another_name_is_told_to_its_author(
    server: Server, eve: Machine, cem: Machine
) -> None:
    cem.run(CreateCluster(cem.ids.uid(), server.sector, "Winter"))
    cem.sync()
    eve.run(CreateCluster(eve.ids.uid(), server.sector, "winter"))
    foretold = eve.engine.dry_run().report
    report = eve.sync()
    assert (report.notes, report.refused, len(report.told)) == (1, 0, 1)
    assert "'winter (2)'" in report.told[0]
    assert (foretold.notes, foretold.told) == (report.notes, report.told)
    (note,) = items(eve, "all")
    assert (note.kind, note.state, note.code) == ("note", "closed", "renamed")
    assert items(eve) == []
    assert history(eve)[0].notes == 1


def test_an_assignment_into_a_deleted_cluster_that_fell_away_is_told(server: Server, eve: Machine) -> None:
    server.run(DeleteRows("cluster", [server.clusters[0]]))
    eve.run(AssignCluster(server.keywords[:3], server.clusters[0]))
    report = eve.sync()
    assert (report.notes, report.refused) == (3, 0)
    assert report.told == ["3 keywords: The cluster is in the trash, so this was left without one."]
    assert [(item.code, len(item.ids)) for item in items(eve, "all")] == [("deleted_cluster", 3)]


def test_merged_keywords_are_counted_and_told_in_one_line(server: Server, eve: Machine, cem: Machine) -> None:
    seeds = server.seeds[10:14]
    for machine in (cem, eve):
        machine.run(AddKeywordsFromSeeds(server.sector, seeds, [machine.ids.uid() for _ in seeds]))
    cem.sync()
    report = eve.sync()
    assert (report.merged, report.notes, len(report.told)) == (4, 4, 1)
    (note,) = items(eve, "all")
    assert len(note.ids) == 4


def test_refused_counts_the_items_of_review_everywhere(server: Server, eve: Machine) -> None:
    server.run(DeleteRows("keyword", server.keywords[:4]))
    eve.run(SetOverride("volume", server.keywords[:4], 5))
    foretold = eve.engine.dry_run().report
    report = eve.sync()
    assert foretold.refused == report.refused == eve.engine.status().refused == len(items(eve)) == 1


# ---------------------------------------------------------------- who may only read


def make_viewer(server: Server, eve: Machine) -> None:
    User.objects.filter(pk=server.editors[0].pk).update(role="viewer")
    eve.sync()


def test_who_may_only_read_is_told_at_the_edit_and_nothing_waits(server: Server, eve: Machine) -> None:
    make_viewer(server, eve)
    outcome = eve.replica.run([SetOverride("volume", server.keywords[:2], 5)])
    assert outcome.action is None
    assert [(one.code, len(one.ids)) for one in outcome.refused] == [("read_only_site", 2)]
    assert eve.replica.counts().waiting == 0
    owner = eve.replica.owner()
    assert owner is not None
    assert owner.role == "viewer"


def test_work_of_who_may_only_read_by_now_is_held_and_goes_out_with_the_role(
    server: Server, eve: Machine
) -> None:
    action = eve.volume(server.keywords[0], 5).action
    make_viewer(server, eve)
    assert [row.held for row in pending(eve)] == [True]
    assert eve.replica.counts().held == 1
    assert eve.replica.undo(action).refused[0].code == "read_only_site"
    User.objects.filter(pk=server.editors[0].pk).update(role="editor")
    eve.sync()
    assert server.volume(server.keywords[0]) == 5
    assert (eve.replica.counts().held, pending(eve)) == (0, [])


def test_who_may_only_read_keeps_the_item_that_mine_would_write(server: Server, eve: Machine) -> None:
    eve.volume(server.keywords[0], 10)
    server.set_volume(server.keywords[0], 20)
    eve.sync()
    make_viewer(server, eve)
    (item,) = items(eve)
    assert [one.code for one in eve.replica.resolve([item.id], "mine").refused] == ["read_only_site"]
    assert [one.id for one in items(eve)] == [item.id]


# ---------------------------------------------------------------- refused work on two machines


def test_refused_work_is_listed_on_every_machine_of_its_author_and_ends_on_all(
    server: Server, eve: Machine
) -> None:
    """P91: let go on one machine, it is gone from the other; what it would write can only be sent from where it was done."""
    laptop = server.machine("eve-laptop")
    laptop.sync()
    cluster = server.clusters[0]
    server.run(DeleteRows("cluster", [cluster]))
    eve.run(EditRow("cluster", cluster, {"name": "Renamed"}))
    settle(eve, laptop)
    ((mine,), (listed,)) = (items(machine) for machine in (eve, laptop))
    assert (listed.id, listed.code, listed.kind) == (mine.id, "target_deleted", "refused")
    assert [one.code for one in laptop.replica.resolve([listed.id], "mine").refused] == ["elsewhere"]
    decide(laptop, "theirs")
    settle(laptop, eve)
    assert items(eve) == items(laptop) == []
    assert_equal(eve, laptop)
