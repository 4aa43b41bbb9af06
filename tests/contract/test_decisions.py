"""What a person decides about work that the platform did not take, against the real server."""

import shutil

from planner_core.commands import AssignCluster, CreateCluster, DeleteRows, EditRow, RestoreRows, SetOverride
from sync.replica import PendingRow, Reader, ReviewRow
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


def test_mine_about_unseen_children_leaves_them_without_a_cluster(server: Server, eve: Machine) -> None:
    put_into_a_deleted_cluster(server, eve)
    decide(eve, "mine")
    settle(eve)
    assert [server.live_keywords()[uid]["cluster"] for uid in server.keywords[:2]] == [None, None]
    assert "Cluster 0" not in server.cluster_names()
    assert items(eve) == []


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
