"""What the platform delivers: staged, applied whole, with pending work on top."""

from __future__ import annotations

import json
from typing import Any

import pytest

from planner_core.commands import (
    AddKeywordsFromSeeds,
    AssignCluster,
    CreateCluster,
    DeleteRows,
    EditRow,
    RestoreRows,
    SetOverride,
    SetStatus,
)
from planner_core.entities import ENTITIES
from planner_core.wire.feed import digest_rows
from sync.replica import Reader
from tests.sync.replica.world import (
    ACCOUNT,
    ACCOUNT_ROWS,
    LIBRARY,
    SECTOR,
    SITE,
    World,
    cluster,
    cluster_row,
    hello,
    idea,
    idea_row,
    keyword,
    keyword_row,
    page,
    results,
    seed,
    seed_row,
)


def _scope(world: World, uid: str = SITE) -> Any:
    return next(scope for scope in world.replica.scopes() if scope.id == uid)


def test_a_first_snapshot_is_the_platforms_content(world: World) -> None:
    expected = {
        "keyword": digest_rows([row[0], *row[3:]] for row in (keyword_row(n) for n in range(1, 7))),
        "cluster": digest_rows([row[0], *row[3:]] for row in (cluster_row(n) for n in range(1, 3))),
        "idea": digest_rows([]),
        "task": digest_rows([]),
    }
    assert world.replica.digest(SITE) == expected
    rows = [[row[0], *row[3:]] for row in (seed_row(n) for n in range(1, 13))]
    assert world.replica.digest(LIBRARY) == {"seed": digest_rows(rows)}
    account = {name: digest_rows([row[0], *row[3:]] for row in rows) for name, rows in ACCOUNT_ROWS.items()}
    assert world.replica.digest(ACCOUNT) == account
    scope = _scope(world)
    assert (scope.epoch, scope.version, scope.need_snapshot, scope.staged) == ("e" * 32, 1, False, None)


def test_pending_work_stays_out_of_the_digest(world: World) -> None:
    before = world.replica.digest(SITE)
    world.replica.run(
        [SetStatus("keyword", [keyword(1)], "mapped"), EditRow("cluster", cluster(1), {"name": "Else"})]
    )
    world.replica.run(
        [AddKeywordsFromSeeds(SECTOR, [seed(7)], [keyword(7)]), DeleteRows("keyword", [keyword(2)])]
    )
    assert world.replica.digest(SITE) == before


def test_a_delivered_row_is_written_whole_under_pending_work(world: World) -> None:
    """P11: P61: my own field comes back beside a colleague's."""
    world.replica.run([SetOverride("volume", [keyword(1)], 5)])
    world.deliver(
        SITE, {"keyword": [keyword_row(1, ver=2, difficulty_override=40, volume_override=7)]}, version=2
    )
    assert world.row(1) == world.row(1) | {"volume_override": 5, "difficulty_override": 40, "mark": 1}
    world.replica.store_results(SITE, results(world.send(), version=3))
    world.deliver(
        SITE, {"keyword": [keyword_row(1, ver=3, difficulty_override=41, volume_override=5)]}, version=3
    )
    assert world.row(1) == world.row(1) | {"volume_override": 5, "difficulty_override": 41, "mark": 0}


def test_a_verdict_changes_nothing_to_the_eye_until_the_rows_are_here(world: World) -> None:
    world.replica.run([SetStatus("keyword", [keyword(1)], "mapped")])
    world.replica.store_results(SITE, results(world.send(), version=5))
    assert world.row(1)["status"] == "mapped"
    assert _scope(world).unconfirmed == 1
    world.deliver(SITE, {"keyword": [keyword_row(2, ver=4)]}, version=4)
    assert (world.row(1)["status"], _scope(world).unconfirmed) == ("mapped", 1)
    world.deliver(SITE, {"keyword": [keyword_row(1, ver=5, status="mapped")]}, version=5)
    assert (world.row(1), _scope(world).unconfirmed) == (world.row(1) | {"status": "mapped", "mark": 0}, 0)


def test_any_cut_into_pages_gives_the_same(world: World, tmp_path_factory: Any) -> None:
    rows = [keyword_row(n, ver=n, of_seed=1, volume_override=n) for n in range(2, 40)]
    world.replica.run([SetStatus("keyword", [keyword(3)], "mapped")])
    for row in rows:
        world.replica.stage_page(SITE, page({"keyword": [row]}, version=39, more=row is not rows[-1]))
    world.replica.apply(SITE)
    other = World(tmp_path_factory.mktemp("other")).fill()
    other.replica.run([SetStatus("keyword", [keyword(3)], "mapped")])
    other.deliver(SITE, {"keyword": rows}, version=39)
    assert world.dump() == other.dump()
    assert world.replica.digest(SITE) == other.replica.digest(SITE)
    other.close()


def test_nothing_is_seen_before_the_consistent_end(world: World) -> None:
    """P76, P78."""
    before = world.dump()
    world.replica.stage_page(
        SITE, page({"keyword": [keyword_row(1, ver=2, status="mapped")]}, version=3, more=True)
    )
    assert world.dump() == before
    staged = _scope(world).staged
    assert (staged.kind, staged.has_more, staged.pages, staged.rows) == ("pull", True, 1, 1)
    world.crash()
    assert _scope(world).staged == staged
    world.replica.stage_page(SITE, page({}, version=3))
    world.replica.apply(SITE)
    assert world.row(1)["status"] == "mapped"


def test_deletion_reaches_the_trash_and_unknown_references_are_completed_later(world: World) -> None:
    """P31, P88."""
    late = keyword_row(30, ver=2, of_seed=40, cluster=cluster(9), status="mapped")
    world.deliver(SITE, {"keyword": [keyword_row(1, ver=2, deleted=1), late]}, version=2)
    assert world.row(1)["deleted"] == 1
    assert world.row(30)["cluster"] == cluster(9)
    world.deliver(SITE, {"cluster": [cluster_row(9, ver=3)]}, version=3)
    changed = world.deliver(LIBRARY, {"seed": [seed_row(40, ver=3, text="oak desk")]}, version=3)
    assert "keyword" in changed.kinds
    with_text = Reader.open(world.path)
    key = with_text.keyword_keys([keyword(30)])[keyword(30)]
    row = with_text.keyword_page([key])[0]
    with_text.close()
    assert (row["keyword"], row["cluster"], row["volume"]) == ("oak desk", "Cluster 9", 400)
    assert changed.keys is not None
    assert list(changed.keys["keyword"]) == [key]


def test_columns_this_version_does_not_know_are_kept(world: World) -> None:
    """P6, P38, P39, P92."""
    columns = {"keyword": ("tags", *ENTITIES["keyword"].columns)}
    row = keyword_row(1, ver=2, status="mapped")
    world.deliver(SITE, {"keyword": [[*row[:3], ["a"], *row[3:]]]}, version=2, columns=columns)
    assert world.row(1)["status"] == "mapped"
    assert json.loads(world.replica._store.value("SELECT extra FROM keyword WHERE uid = ?", keyword(1))) == {
        "tags": ["a"]
    }


def test_rows_that_cannot_be_read_do_not_stop_the_others(world: World) -> None:
    """P6, P92."""
    bad = keyword_row(2, ver=2)
    bad[6] = 17
    rows = {
        "keyword": [keyword_row(1, ver=2, status="mapped"), bad, keyword_row(3, ver=2, status="mapped")],
        "wish": [[keyword(9), 2, 0, "x"]],
    }
    world.deliver(SITE, rows, version=2, columns={"keyword": ENTITIES["keyword"].columns, "wish": ("name",)})
    assert [world.row(n)["status"] for n in (1, 2, 3)] == ["mapped", "new", "mapped"]
    kept = world.replica._store.all("SELECT entity, raw, columns FROM unknown_rows ORDER BY n")
    assert [(entity, json.loads(raw)) for entity, raw, _ in kept] == [
        ("keyword", bad),
        ("wish", rows["wish"][0]),
    ]
    assert json.loads(kept[1][2]) == ["name"]


def test_a_pending_creation_is_shown_as_the_row_a_colleague_made(world: World) -> None:
    """P32, P80: P87: the same seed twice never collides, whatever the order of verdict and delivery."""
    world.replica.run(
        [AddKeywordsFromSeeds(SECTOR, [seed(7)], [keyword(7)]), SetStatus("keyword", [keyword(7)], "mapped")]
    )
    world.deliver(SITE, {"keyword": [keyword_row(70, ver=2, of_seed=7)]}, version=2)
    live = [row[0] for row in world.dump()["keyword"]]
    assert keyword(70) in live
    assert keyword(7) not in live
    assert world.row(70) == world.row(70) | {"status": "mapped", "mark": 1}
    world.replica.store_results(SITE, results(world.send(), version=3))
    world.deliver(
        SITE,
        {"keyword": [keyword_row(70, ver=3, of_seed=7, status="mapped")]},
        version=3,
        aliases=[(keyword(7), keyword(70), 3)],
    )
    assert world.row(70) == world.row(70) | {"status": "mapped", "mark": 0}
    assert keyword(7) not in [row[0] for row in world.dump()["keyword"]]


def test_a_pending_creation_is_itself_again_when_the_other_row_goes(world: World) -> None:
    world.replica.run([AddKeywordsFromSeeds(SECTOR, [seed(7)], [keyword(7)])])
    world.deliver(SITE, {"keyword": [keyword_row(70, ver=2, of_seed=7)]}, version=2)
    world.deliver(SITE, {"keyword": [keyword_row(70, ver=3, of_seed=7, deleted=1)]}, version=3)
    assert (world.row(7)["deleted"], world.row(70)["deleted"]) == (0, 1)


def test_a_keyword_added_again_after_it_was_taken_back_is_shown_however_often_rows_come(world: World) -> None:
    """P94, P80: which row a waiting deletion means is found anew each time, with the merges of that time."""
    world.replica.run([AddKeywordsFromSeeds(SECTOR, [seed(7)], [keyword(7)])])
    world.replica.undo()
    world.replica.run([AddKeywordsFromSeeds(SECTOR, [seed(7)], [keyword(8)])])
    for version in (2, 3):
        world.deliver(SITE, {"keyword": [keyword_row(70, ver=version, of_seed=7)]}, version=version)
        shown = {row[0] for row in world.dump()["keyword"]}
        assert keyword(8) in shown, version
        assert (world.row(8)["deleted"], world.row(70)["deleted"]) == (0, 1)


def test_rows_delivered_into_a_cluster_that_is_being_deleted_read_as_in_none(world: World) -> None:
    """P94."""
    world.replica.run([DeleteRows("cluster", [cluster(1)])])
    rows = {
        "keyword": [keyword_row(1, ver=2, cluster=cluster(1), status="mapped")],
        "idea": [idea_row(1, ver=2, cluster=cluster(1))],
    }
    world.deliver(SITE, rows, version=2)
    assert world.row(1) == world.row(1) | {"cluster": None, "status": "new"}
    assert world.dump()["idea"][0][:3] == (idea(1), "Idea 1", None)
    action = world.replica._store.value("SELECT id FROM action")
    world.replica.cancel(action)
    assert world.row(1) == world.row(1) | {"cluster": cluster(1), "status": "mapped", "mark": 0}
    assert world.dump()["idea"][0][2] == cluster(1)


def test_a_row_whose_restoring_waits_follows_its_cluster_into_the_trash_and_out_of_it(world: World) -> None:
    """P94: the platform leaves a row of the trash in its deleted cluster; taken out, it reads as in none as long as that is dead."""
    inside = {
        "keyword": [keyword_row(1, ver=2, deleted=1, cluster=cluster(1), status="mapped")],
        "idea": [idea_row(1, ver=2, deleted=1, cluster=cluster(1))],
    }
    world.deliver(SITE, inside, version=2)
    world.replica.run([RestoreRows("keyword", [keyword(1)]), RestoreRows("idea", [idea(1)])])
    assert world.row(1)["cluster"] == cluster(1)
    world.deliver(SITE, {"cluster": [cluster_row(1, ver=3, deleted=1)]}, version=3)
    assert world.row(1) == world.row(1) | {"deleted": 0, "cluster": None, "status": "new"}
    assert world.dump()["idea"][0][:3] == (idea(1), "Idea 1", None)
    world.deliver(SITE, {"cluster": [cluster_row(1, ver=4)]}, version=4)
    assert world.row(1) == world.row(1) | {"deleted": 0, "cluster": cluster(1), "status": "mapped"}
    assert world.dump()["idea"][0][2] == cluster(1)


@pytest.mark.parametrize("row_first", [True, False])
def test_a_row_and_its_cluster_out_of_the_trash_are_together_again_in_either_order(
    row_first: bool, world: World
) -> None:
    """P94, P71: whichever of the two is computed anew, and as the platform will have it."""
    rows = {
        "keyword": [keyword_row(1, ver=2, deleted=1, cluster=cluster(1), status="mapped")],
        "idea": [idea_row(1, ver=2, deleted=1, cluster=cluster(1))],
        "cluster": [cluster_row(1, ver=2, deleted=1)],
    }
    world.deliver(SITE, rows, version=2)
    edits = [
        [RestoreRows("keyword", [keyword(1)]), RestoreRows("idea", [idea(1)])],
        [RestoreRows("cluster", [cluster(1)])],
    ]
    for commands in edits if row_first else reversed(edits):
        world.replica.run(commands)
    again = {"keyword": rows["keyword"], "idea": rows["idea"]}
    for number, delivered in enumerate(({}, again, {"cluster": rows["cluster"]}), 3):
        world.deliver(SITE, delivered, version=number)
        assert world.row(1) == world.row(1) | {"deleted": 0, "cluster": cluster(1), "status": "mapped"}
        assert world.dump()["idea"][0][:3] == (idea(1), "Idea 1", cluster(1))


def test_a_row_that_was_deleted_again_before_its_cluster_came_back_stays_in_none(world: World) -> None:
    """P94: also where the row alone is computed anew: what was done to its cluster counts in the order it was done."""
    row = keyword_row(1, ver=2, deleted=1, cluster=cluster(1), status="mapped")
    world.deliver(SITE, {"keyword": [row], "cluster": [cluster_row(1, ver=2, deleted=1)]}, version=2)
    out, back = RestoreRows("keyword", [keyword(1)]), DeleteRows("keyword", [keyword(1)])
    for command in (out, back, RestoreRows("cluster", [cluster(1)]), out):
        world.replica.run([command])
    assert world.row(1) == world.row(1) | {"deleted": 0, "cluster": None, "status": "new"}
    world.deliver(SITE, {"keyword": [row]}, version=3)
    assert world.row(1) == world.row(1) | {"deleted": 0, "cluster": None, "status": "new"}


def test_a_row_whose_move_is_refused_leaves_the_cluster_that_was_restored_and_deleted_again(
    world: World,
) -> None:
    """P30, P37: on the platform the cluster is in the trash, so nothing but the deletion that waits says who is in it."""
    world.deliver(SITE, {"cluster": [cluster_row(2, ver=2, deleted=1)]}, version=2)
    world.replica.run([RestoreRows("cluster", [cluster(2)])])
    world.replica.run([AssignCluster([keyword(1)], cluster(2))])
    sent = world.send()
    world.replica.run([AssignCluster([keyword(1)], cluster(1))])
    moved = world.send()[len(sent) :]
    world.replica.run([DeleteRows("cluster", [cluster(2)])])
    world.replica.store_results(SITE, results(moved, version=2, verdict="parked_dependency"))
    assert (world.row(1)["cluster"], world.row(1)["status"]) == (None, "new")
    world.replica.undo()
    assert world.row(1)["cluster"] == cluster(2)


def test_a_row_whose_way_out_is_discarded_is_in_its_cluster_again_once_that_is_restored(
    world: World,
) -> None:
    """P30, P83: when the cluster was deleted it was not in there."""
    world.replica.run([AssignCluster([keyword(1)], cluster(1))])
    left = world.replica.undo()
    world.replica.run([DeleteRows("cluster", [cluster(1)])])
    world.replica.cancel(str(left.action))
    assert world.row(1)["cluster"] is None
    world.replica.undo()
    assert (world.row(1)["cluster"], world.row(1)["status"]) == (cluster(1), "mapped")


def test_a_snapshot_removes_what_it_lacks_and_keeps_what_waits(world: World) -> None:
    """P34, P77."""
    world.replica.run(
        [AddKeywordsFromSeeds(SECTOR, [seed(7)], [keyword(7)]), SetStatus("keyword", [keyword(2)], "mapped")]
    )
    world.replica.run([CreateCluster(cluster(9), SECTOR, "Mine")])
    keys = dict(world.replica._store.all("SELECT uid, k FROM keyword"))
    world.snapshot(
        SITE, {"keyword": [keyword_row(1, ver=9, volume_override=3)], "cluster": [cluster_row(2)]}, version=9
    )
    dump = world.dump()
    assert [row[0] for row in dump["keyword"] if not row[6]] == [keyword(1), keyword(7)]
    assert world.row(2)["deleted"] == 1
    assert [row[0] for row in dump["cluster"]] == [cluster(2), cluster(9)]
    assert {uid: keys[uid] for uid in (keyword(1), keyword(7))}.items() <= dict(
        world.replica._store.all("SELECT uid, k FROM keyword")
    ).items()


def test_snapshot_and_delta_come_together(world: World) -> None:
    """P76, P78."""
    world.replica.begin_snapshot(SITE, "e" * 32)
    world.replica.stage_page(
        SITE, page({"keyword": [keyword_row(1), keyword_row(2)]}, version=5, kind="snapshot", more=True)
    )
    world.replica.stage_page(SITE, page({"keyword": [keyword_row(3)]}, version=5, kind="snapshot"))
    staged = _scope(world).staged
    assert (staged.kind, staged.has_more, staged.at, staged.snapshot) == ("snapshot", False, 5, True)
    rows = [keyword_row(1, ver=6, status="mapped"), keyword_row(2, ver=7, deleted=1), keyword_row(9, ver=7)]
    world.replica.stage_page(SITE, page({"keyword": rows}, version=7))
    world.replica.apply(SITE)
    assert [(row[0], row[2], row[6]) for row in world.dump()["keyword"]] == [
        (keyword(1), "mapped", 0),
        (keyword(2), "new", 1),
        (keyword(3), "new", 0),
        (keyword(9), "new", 0),
    ]


def test_access_lost_takes_rows_and_cursor_but_no_work(world: World) -> None:
    """P79."""
    world.replica.run([SetStatus("keyword", [keyword(1)], "mapped")])
    world.replica.drop_scope(SITE)
    assert world.dump() == {"keyword": [], "cluster": [], "idea": []}
    scope = _scope(world)
    assert (scope.access, scope.cursor, scope.need_snapshot, scope.open) == ("none", "", True, 1)
    world.replica.adopt_hello(hello())
    world.snapshot(SITE, {"keyword": [keyword_row(1, ver=3)]}, version=3)
    assert world.row(1) == world.row(1) | {"status": "mapped", "mark": 1}


def test_rows_may_swap_names_within_one_apply(world: World) -> None:
    rows = [cluster_row(1, ver=2, name="Cluster 2"), cluster_row(2, ver=2, name="Cluster 1")]
    world.deliver(SITE, {"cluster": rows}, version=2)
    assert [(row[0], row[1]) for row in world.dump()["cluster"]] == [
        (cluster(1), "Cluster 2"),
        (cluster(2), "Cluster 1"),
    ]


def test_conflict_lines_open_and_close_items(world: World) -> None:
    line = {
        "id": "c" * 32,
        "ver": 2,
        "e": "keyword",
        "row": keyword(1),
        "group": "placement",
        "base": [None, "new"],
    }
    line |= {
        "mine": [cluster(1), "mapped"],
        "theirs": [cluster(2), "mapped"],
        "by": "Ada",
        "at": 5,
        "state": "open",
        "ops": [],
    }
    world.deliver(SITE, {}, version=2, conflicts=[line])
    assert world.row(1)["mark"] == 2
    reader = Reader.open(world.path)
    (item,) = reader.review()
    assert (item.subject, item.fields, item.by) == ("walnut desk 1", ("cluster", "status"), "Ada")
    assert item.shown["theirs"] == ("Cluster 2", "mapped")
    world.deliver(SITE, {}, version=3, conflicts=[line | {"state": "closed"}])
    assert (world.row(1)["mark"], reader.review()) == (0, [])
    reader.close()


def test_an_assignment_is_on_top_of_a_new_base(world: World) -> None:
    world.replica.run([AssignCluster([keyword(1)], cluster(1))])
    world.deliver(SITE, {"keyword": [keyword_row(1, ver=2, cluster=cluster(2), status="mapped")]}, version=2)
    assert world.row(1)["cluster"] == cluster(1)
