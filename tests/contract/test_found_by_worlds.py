"""Histories that simulated worlds found, each in its shortest form, against the real server."""

import sqlite3
from contextlib import closing

import pytest

from planner_core.commands import (
    AddKeywordsFromSeeds,
    AssignCluster,
    ChangeIdeaKeywords,
    CreateCluster,
    CreateIdea,
    DeleteRows,
    RestoreRows,
    SetOverride,
    SetStatus,
)
from planner_server.accounts.models import Account
from planner_server.planning.models import ContentIdeas
from sync.replica import ReviewRow
from tests.contract.test_decisions import items
from tests.contract.test_restored import later_restored
from tests.contract.test_two_people import assert_equal, settle
from tests.support.machine import Machine
from tests.support.server import Server


def limit(server: Server, keywords: int | None) -> None:
    Account.objects.filter(pk=server.account.pk).update(max_keywords=keywords)


def test_a_keyword_refused_twice_is_sent_again_once(server: Server, eve: Machine) -> None:
    """P87: added twice while the plan was full; both come back, and only one has the place.

    P86: what was undone before its refusal is not asked about, and does not go out when the other one arrives.
    """
    limit(server, 0)
    seed = server.seeds[15]
    first, second, third = (eve.ids.uid() for _ in range(3))
    for keyword in (first, second, third):
        eve.run(AddKeywordsFromSeeds(server.sector, [seed], [keyword]))
        if keyword == third:
            eve.replica.undo()
        settle(eve)
    limit(server, None)

    def asked(keyword: str) -> list[ReviewRow]:
        return [item for item in items(eve) if item.code == "limit" and keyword in item.ids]

    assert not asked(third)
    assert eve.replica.resolve([asked(first)[0].id], "mine").changed == 1
    outcome = eve.replica.resolve([asked(second)[0].id], "mine")
    assert [refused.code for refused in outcome.refused] == ["taken"]
    eve.replica.resolve([item.id for item in items(eve)], "theirs")
    settle(eve)
    assert [uid for uid, row in server.live_keywords().items() if row["seed"] == seed] == [first]
    assert items(eve) == []
    assert_equal(eve)


def test_an_undo_in_the_push_of_its_action_knows_what_that_found_so_already(
    server: Server, eve: Machine
) -> None:
    """P70: the keyword was not in the idea, so taking it out changed nothing, and the undo does not put it in."""
    idea = eve.ids.uid()
    server.run(CreateIdea(idea, server.sector, {"title": "One"}, server.keywords[:1]))
    settle(eve)
    eve.run(ChangeIdeaKeywords(idea, add=server.keywords[1:2], remove=server.keywords[2:3]))
    eve.replica.undo()
    settle(eve)
    held = ContentIdeas.objects.get(uid=idea).keyword_objects.values_list("uid", flat=True)
    assert list(held) == server.keywords[:1]
    assert_equal(eve)


def test_what_a_restored_platform_has_forgotten_to_have_refused_is_still_asked_about(
    server: Server, eve: Machine
) -> None:
    """P91, P89: the snapshot after the restore lists no question; the work it was about lies only here."""
    limit(server, 0)
    with later_restored():
        keyword = eve.ids.uid()
        eve.run(AddKeywordsFromSeeds(server.sector, server.seeds[15:16], [keyword]))
        eve.sync()
        settle(eve)
        (asked,) = items(eve)
    limit(server, None)
    settle(eve)
    assert [item.id for item in items(eve)] == [asked.id]
    eve.replica.resolve([asked.id], "mine")
    settle(eve)
    assert keyword in server.live_keywords()
    assert items(eve) == []
    assert_equal(eve)


def test_work_under_an_id_that_was_lost_is_undone_on_the_row_that_stands_for_it(
    server: Server, eve: Machine, cem: Machine
) -> None:
    """P69, P80: added twice, merged, delivered: the undo of an edit made before the merge finds the colleague's row."""
    seed = server.seeds[15]
    theirs, mine = cem.ids.uid(), eve.ids.uid()
    cem.run(AddKeywordsFromSeeds(server.sector, [seed], [theirs]))
    cem.sync()
    eve.run(AddKeywordsFromSeeds(server.sector, [seed], [mine]))
    action = eve.run(SetOverride("volume", [mine], 2)).action
    settle(eve, cem)
    assert server.volume(theirs) == 2

    assert eve.replica.undo(action).changed == 1
    settle(eve, cem)

    assert server.volume(theirs) is None
    assert items(eve) == []
    assert_equal(eve, cem)


def test_a_row_restored_after_its_cluster_was_deleted_is_in_none_at_once(
    server: Server, eve: Machine, cem: Machine
) -> None:
    """P73, P94: what stands in no cluster is not shown as mapped, before the platform has said so as after."""
    keyword, cluster = server.keywords[0], server.clusters[0]
    cem.run(AssignCluster([keyword], cluster))
    settle(cem, eve)
    eve.run(DeleteRows("keyword", [keyword]))
    settle(eve, cem)
    cem.run(DeleteRows("cluster", [cluster]))
    settle(cem, eve)

    eve.run(RestoreRows("keyword", [keyword]))
    assert placement(eve, keyword) == (None, "new")
    settle(eve, cem)
    assert placement(eve, keyword) == placement(cem, keyword) == (None, "new")
    assert_equal(eve, cem)


def test_the_question_about_rows_of_a_deleted_cluster_names_the_cluster_from_the_first_answer_on(
    server: Server, eve: Machine, cem: Machine
) -> None:
    """P71, P89: decided before the feed has told it; a platform that has forgotten the question knows what to restore."""
    keyword, cluster = server.keywords[0], server.clusters[0]
    cem.run(AssignCluster([keyword], cluster))
    cem.sync()
    eve.run(DeleteRows("cluster", [cluster]))
    eve.engine.hurry()
    eve.step_until(lambda: bool(items(eve)))

    (asked,) = items(eve)
    assert (asked.entity, list(asked.ids), asked.group) == ("cluster", [cluster], "children")
    eve.replica.resolve([asked.id], "theirs")
    settle(eve, cem)
    assert server.live_keywords()[keyword]["cluster"] == cluster
    assert items(eve) == []
    assert_equal(eve, cem)


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_delete_asks_about_the_part_of_a_group_that_its_authors_own_edit_had_not_touched(
    server: Server, eve: Machine, cem: Machine, is_gone: bool
) -> None:
    """P62: what an edit found done already is not its author's; the colleague's status beside it was never seen."""
    keyword, cluster = server.keywords[0], server.clusters[0]
    if is_gone:
        cem.run(SetStatus("keyword", [keyword], "mapped"), DeleteRows("cluster", [cluster]))
    else:
        cem.run(AssignCluster([keyword], cluster))
    cem.sync()
    eve.run(AssignCluster([keyword], cluster, status="new"))
    eve.run(DeleteRows("keyword", [keyword]))
    settle(eve, cem)

    assert [item.group for item in items(eve)] == ["deleted"]
    assert placement(cem, keyword)[1] == "mapped"
    eve.replica.resolve([item.id for item in items(eve)], "theirs")
    settle(eve, cem)
    assert server.live_keywords()[keyword]["status"] == "mapped"
    assert_equal(eve, cem)


@pytest.mark.parametrize("alone", [True, False])
def test_a_delete_asks_about_a_value_that_its_authors_taken_back_edit_had_found_there(
    server: Server, eve: Machine, cem: Machine, alone: bool
) -> None:
    """P62, P70: both wrote 7, eve took hers back and deleted the keyword: the colleague's 7 is one she has not seen."""
    keyword = server.keywords[0]
    cem.volume(keyword, 7)
    cem.sync()
    eve.volume(keyword, 7)
    eve.replica.undo()
    if not alone:
        # A second time: what it finds is what the first had found.
        eve.volume(keyword, 7)
        eve.replica.undo()
    eve.run(DeleteRows("keyword", [keyword]))
    settle(eve, cem)

    assert {(item.code, item.group) for item in items(eve)} == {
        ("undo_overtaken", "volume_override"),
        ("delete", "deleted"),
    }
    eve.replica.resolve([item.id for item in items(eve)], "theirs")
    settle(eve, cem)
    assert server.volume(keyword) == 7
    assert_equal(eve, cem)


def test_a_delete_after_an_undo_of_ones_own_asks_nothing(server: Server, eve: Machine, cem: Machine) -> None:
    keyword = server.keywords[0]
    eve.volume(keyword, 7)
    eve.sync()
    eve.volume(keyword, 8)
    eve.volume(keyword, 7)
    eve.run(DeleteRows("keyword", [keyword]))
    settle(eve, cem)
    assert items(eve) == []
    assert keyword not in server.live_keywords()
    assert_equal(eve, cem)


@pytest.mark.parametrize("decided", [True, False])
def test_a_delete_asks_about_a_place_that_came_home_with_a_cluster_its_author_restored(
    server: Server, eve: Machine, cem: Machine, decided: bool
) -> None:
    """P62, P71: the platform wrote the place for Eve when she restored the cluster, but it was Cem who had put the keyword there."""
    keyword, cluster = server.keywords[0], server.clusters[0]
    cem.run(AssignCluster([keyword], cluster))
    cem.sync()
    eve.run(DeleteRows("cluster", [cluster]))
    if decided:
        settle(eve, cem)
        eve.replica.resolve([item.id for item in items(eve)], "theirs")
    else:
        eve.replica.undo()
    eve.run(DeleteRows("keyword", [keyword]))
    settle(eve, cem)

    (asked,) = (item for item in items(eve) if item.code == "delete")
    assert asked.by == ""
    assert server.live_keywords()[keyword]["status"] == "mapped"
    eve.replica.resolve([asked.id], "mine")
    settle(eve, cem)
    assert keyword not in server.live_keywords()
    assert_equal(eve, cem)


def test_a_delete_of_a_row_that_came_home_before_its_authors_eyes_asks_nothing(
    server: Server, eve: Machine, cem: Machine
) -> None:
    """P62, P71: she had seen where it was."""
    keyword, cluster = server.keywords[0], server.clusters[0]
    cem.run(AssignCluster([keyword], cluster))
    settle(cem, eve)
    eve.run(DeleteRows("cluster", [cluster]))
    eve.replica.undo()
    eve.run(DeleteRows("keyword", [keyword]))
    settle(eve, cem)
    assert items(eve) == []
    assert keyword not in server.live_keywords()
    assert_equal(eve, cem)


def placement(machine: Machine, keyword: str) -> tuple[int | None, str]:
    """What the machine shows of a keyword: cluster (its key) and status."""
    sql = "SELECT h.cluster, h.status FROM keyword w JOIN keyword_hot h ON h.k = w.k WHERE w.uid = ?"
    with closing(sqlite3.connect(f"file:{machine.path}?mode=ro", uri=True)) as connection:
        (found,) = connection.execute(sql, [keyword]).fetchall()
    return found[0], found[1]


def test_parked_work_is_not_sent_by_itself_over_the_row_that_its_author_made_anew(
    server: Server, eve: Machine
) -> None:
    """P66, P86: he deleted what a restored platform had forgotten, then made it again; the deletion waits for his word."""
    cluster = eve.ids.uid()
    with later_restored():
        server.run(CreateCluster(cluster, server.sector, "Forgotten"))
        settle(eve)
    eve.run(DeleteRows("cluster", [cluster]))
    settle(eve)
    (lost,) = [item for item in items(eve) if item.kind == "lost"]
    assert not eve.replica.resolve([lost.id], "mine").refused
    settle(eve)
    assert "Forgotten" in server.cluster_names()
    (asked,) = items(eve)
    assert (asked.kind, asked.ids) == ("parked", (cluster,))
    eve.replica.resolve([asked.id], "mine")
    settle(eve)
    assert "Forgotten" not in server.cluster_names()
    assert items(eve) == []
    assert_equal(eve)
