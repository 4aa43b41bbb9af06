"""Edits by hand, undo, redo, cancel."""

from __future__ import annotations

from functools import partial

import pytest

from planner_core.commands import (
    AddKeywordsFromSeeds,
    AssignCluster,
    ChangeIdeaKeywords,
    CreateCluster,
    CreateIdea,
    DeleteRows,
    EditRow,
    RestoreRows,
    SetEnabled,
    SetOverride,
    SetStatus,
)
from planner_core.operations import Set
from planner_core.wire.body import decode_body
from sync.errors import NotFound
from sync.replica.bodies import pack
from tests.sync.replica.world import (
    OTHER_SECTOR,
    OTHER_SITE,
    SECTOR,
    SITE,
    World,
    cluster,
    cluster_row,
    idea,
    keyword,
    keyword_row,
    results,
    seed,
    uid,
)


def test_an_edit_changes_rows_marks_and_outbox_together(world: World) -> None:
    outcome = world.replica.run([SetStatus("keyword", [keyword(1), keyword(2)], "mapped")])
    assert (outcome.changed, outcome.refused, outcome.label) == (2, (), "Set status to mapped on 2 keywords")
    assert world.row(1)["status"] == "mapped"
    assert world.row(1)["mark"] == 1
    assert world.row(3) == world.row(3) | {"status": "new", "mark": 0}
    (sent,) = world.replica.peek(SITE)
    body = decode_body(sent.body)
    assert body.action == outcome.action
    assert sorted(body.operations[0].ids) == [keyword(1), keyword(2)]
    assert outcome.change is not None
    assert outcome.change.keys is not None
    assert len(outcome.change.keys["keyword"]) == 2


def test_a_refusal_writes_nothing_unless_the_rest_is_wanted(world: World) -> None:
    before = world.dump()
    commands = [SetStatus("keyword", [keyword(1), keyword(99)], "mapped")]
    outcome = world.replica.run(commands)
    assert outcome.action is None
    assert [one.code for one in outcome.refused] == ["unknown_row"]
    assert world.dump() == before
    assert world.replica.peek(SITE) == []
    partial = world.replica.run(commands, partial=True)
    assert partial.changed == 1
    assert world.row(1)["status"] == "mapped"


def test_an_edit_that_changes_nothing_leaves_no_trace(world: World) -> None:
    commit = world.replica._store.meta("commit")
    outcome = world.replica.run([SetStatus("keyword", [keyword(1)], "new")])
    assert (outcome.action, outcome.changed, outcome.unchanged) == (None, 0, 1)
    assert world.replica._store.meta("commit") == commit


def test_every_verb_reaches_the_rows(world: World) -> None:
    made = uid(8, 50)
    run = world.replica.run
    assert run([CreateCluster(made, SECTOR, "Standing  desks")]).changed == 1
    assert run([AssignCluster([keyword(1), keyword(2)], made)]).changed == 2
    assert world.row(1) == world.row(1) | {"cluster": made, "status": "mapped"}
    assert run([SetOverride("volume", [keyword(1)], 0)]).changed == 1
    assert run([SetOverride("difficulty", [keyword(1)], 55)]).changed == 1
    assert world.row(1) == world.row(1) | {"volume_override": 0, "difficulty_override": 55}
    assert run([SetOverride("volume", [keyword(1)], None)]).changed == 1
    assert world.row(1)["volume_override"] is None
    assert run([SetEnabled("keyword", [keyword(1)], enabled=False)]).changed == 1
    assert world.row(1)["disabled"] == 1
    assert run([EditRow("cluster", made, {"name": "Tall desks", "description": "x"})]).changed == 2
    ideas = run([CreateIdea(idea(1), SECTOR, {"title": "Best desks", "cluster": made}, [keyword(1)])])
    assert ideas.change is not None
    assert ideas.change.kinds >= {"idea", "cluster"}
    assert run([ChangeIdeaKeywords(idea(1), [keyword(2)], [keyword(1)])]).changed == 1
    assert world.dump()["idea"] == [(idea(1), "Best desks", made, "new", f'["{keyword(2)}"]', 0, 1)]
    added = run(
        [AddKeywordsFromSeeds(SECTOR, [seed(7), seed(8), seed(1)], [keyword(7), keyword(8), keyword(77)])]
    )
    assert (added.changed, added.unchanged) == (2, 1)
    assert run([DeleteRows("keyword", [keyword(7)])]).changed == 1
    assert run([RestoreRows("keyword", [keyword(7)])]).changed == 1
    assert world.row(7)["deleted"] == 0


def test_one_action_over_two_sites_becomes_one_mutation_for_each(world: World) -> None:
    world.deliver(OTHER_SITE, {"keyword": [keyword_row(20, sector=OTHER_SECTOR, of_seed=1)]}, version=2)
    outcome = world.replica.run([SetStatus("keyword", [keyword(1), keyword(20)], "mapped")])
    assert outcome.changed == 2
    here, there = world.replica.peek(SITE), world.replica.peek(OTHER_SITE)
    assert [decode_body(one.body).operations[0].ids for one in (*here, *there)] == [
        [keyword(1)],
        [keyword(20)],
    ]
    assert [one.seq for one in (*here, *there)] == [1, 1]


def test_a_large_edit_is_cut_into_parts_of_2000_rows(world: World) -> None:
    rows = [keyword_row(n, of_seed=1) for n in range(100, 4600)]
    world.deliver(SITE, {"keyword": rows}, version=2)
    world.replica.run([SetStatus("keyword", [row[0] for row in rows], "mapped")])
    parts = world.replica.peek(SITE)
    assert [(one.seq, one.rows) for one in parts] == [(1, 2000), (2, 2000), (3, 500)]
    assert [(decode_body(one.body).part, decode_body(one.body).parts) for one in parts] == [
        (1, 3),
        (2, 3),
        (3, 3),
    ]


def test_deleting_a_cluster_takes_its_children_out_and_restoring_brings_them_back(world: World) -> None:
    world.replica.run([AssignCluster([keyword(1), keyword(2)], cluster(1))])
    world.replica.run([CreateIdea(idea(1), SECTOR, {"title": "A", "cluster": cluster(1)})])
    world.replica.run([DeleteRows("cluster", [cluster(1)])])
    assert world.row(1) == world.row(1) | {"cluster": None, "status": "new"}
    assert world.dump()["idea"][0][2] is None
    world.replica.run([AssignCluster([keyword(2)], cluster(2))])
    world.replica.run([RestoreRows("cluster", [cluster(1)])])
    assert world.row(1)["cluster"] == cluster(1)
    assert world.row(2)["cluster"] == cluster(2)
    assert world.dump()["idea"][0][2] == cluster(1)


def test_undo_takes_back_and_redo_brings_again_across_a_restart(world: World) -> None:
    before = [row[:-1] for row in world.dump()["keyword"]]
    world.replica.run([SetStatus("keyword", [keyword(1), keyword(2)], "mapped")])
    after = [row[:-1] for row in world.dump()["keyword"]]
    world.close()
    world.open()
    undone = world.replica.undo()
    assert (undone.changed, undone.skipped, undone.label) == (
        2,
        0,
        "Undo: Set status to mapped on 2 keywords",
    )
    assert [row[:-1] for row in world.dump()["keyword"]] == before
    world.close()
    world.open()
    assert world.replica.redo().changed == 2
    assert [row[:-1] for row in world.dump()["keyword"]] == after
    assert world.replica.undo().changed == 2
    with pytest.raises(NotFound):
        world.replica.undo()
    assert [decode_body(one.body).undo_of is not None for one in world.replica.peek(SITE)] == [
        False,
        True,
        True,
        True,
    ]


def test_redo_is_over_once_something_else_was_edited(world: World) -> None:
    world.replica.run([SetStatus("keyword", [keyword(1)], "mapped")])
    world.replica.undo()
    world.replica.run([SetStatus("keyword", [keyword(2)], "mapped")])
    with pytest.raises(NotFound):
        world.replica.redo()


def test_an_undo_that_was_discarded_cannot_be_redone(world: World) -> None:
    """Nor does an edit that was discarded stand in the way, or count as something to undo."""
    world.replica.run([SetOverride("volume", [keyword(2)], 5)])
    undo = world.replica.undo().action
    assert undo is not None
    world.replica.cancel(undo)
    with pytest.raises(NotFound, match="nothing to redo"):
        world.replica.redo()
    assert world.replica.undo().label.endswith("volume to 5 on 1 keyword")
    third = world.replica.run([SetOverride("volume", [keyword(1)], 7)]).action
    assert third is not None
    world.replica.cancel(third)
    assert world.replica.redo().changed == 1
    assert (world.row(1)["volume_override"], world.row(2)["volume_override"]) == (None, 5)


def test_undo_in_the_middle_leaves_alone_what_changed_since(world: World) -> None:
    first = world.replica.run([SetOverride("volume", [keyword(1), keyword(2)], 5)])
    world.replica.run([SetOverride("volume", [keyword(2)], 9)])
    undone = world.replica.undo(first.action)
    assert (undone.changed, undone.skipped) == (1, 1)
    assert (world.row(1)["volume_override"], world.row(2)["volume_override"]) == (None, 9)


def test_undo_of_creation_deletes_and_undo_of_deletion_restores(world: World) -> None:
    world.replica.run([AddKeywordsFromSeeds(SECTOR, [seed(7)], [keyword(7)])])
    world.replica.undo()
    assert world.row(7)["deleted"] == 1
    world.replica.redo()
    assert world.row(7)["deleted"] == 0
    world.replica.run([AssignCluster([keyword(1)], cluster(1))])
    world.replica.run([DeleteRows("cluster", [cluster(1)])])
    world.replica.undo()
    assert world.row(1)["cluster"] == cluster(1)


def test_undoing_twice_is_refused(world: World) -> None:
    action = world.replica.run([SetStatus("keyword", [keyword(1)], "mapped")]).action
    world.replica.undo(action)
    with pytest.raises(NotFound, match="undone already"):
        world.replica.undo(action)


@pytest.mark.parametrize("place", range(5))
def test_cancelling_leaves_no_hole_in_the_sequence(world: World, place: int) -> None:
    """P16, P83."""
    actions = [world.replica.run([SetOverride("volume", [keyword(1)], n)]).action for n in range(1, 6)]
    before = world.replica.peek(SITE)
    world.replica.cancel(str(actions[place]))
    after = world.replica.peek(SITE)
    assert [one.seq for one in after] == [1, 2, 3, 4, 5]
    # The edit made on the cancelled value is compared with what stood before that: other content, another id.
    assert [one.op_id == old.op_id for one, old in zip(after, before, strict=True)] == [
        n not in {place, place + 1} for n in range(5)
    ]
    if place < 4:
        (rebased,) = decode_body(after[place + 1].body).operations
        assert isinstance(rebased, Set)
        assert [(one.old, one.new) for one in rebased.changes] == [((place or None,), (place + 2,))]
    assert decode_body(after[place].body).operations == ()
    assert decode_body(after[place].body).supersedes == (before[place].op_id,)
    assert world.row(1)["volume_override"] == (5 if place < 4 else 4)
    assert world.replica.counts().waiting == 4


def test_cancelling_a_creation_trims_what_depends_on_it(world: World) -> None:
    created = world.replica.run([CreateCluster(cluster(9), SECTOR, "New")]).action
    world.replica.run([AssignCluster([keyword(1)], cluster(9))])
    world.replica.run([AssignCluster([keyword(2)], cluster(1))])
    world.replica.cancel(str(created))
    assert world.row(1) == world.row(1) | {"cluster": None, "status": "new", "mark": 0}
    assert world.row(2)["cluster"] == cluster(1)
    assert [len(decode_body(one.body).operations) for one in world.replica.peek(SITE)] == [0, 0, 1]


def test_what_may_be_on_its_way_is_taken_back_by_an_inverse(world: World) -> None:
    """P68."""
    action = world.replica.run([SetStatus("keyword", [keyword(1)], "mapped")]).action
    sent = world.send()
    world.replica.cancel(str(action))
    assert [one.op_id for one in world.send()][:1] == [sent[0].op_id]
    assert len(world.replica.peek(SITE)) == 2
    assert world.row(1)["status"] == "new"
    world.replica.store_results(SITE, results(world.send(), version=2))
    with pytest.raises(NotFound, match="Nothing of the action"):
        world.replica.cancel(str(action))


def test_what_was_applied_of_an_action_stands_when_the_rest_is_discarded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P68, P70: discarding takes back what was not answered; the rest was not undone with it."""
    monkeypatch.setattr("sync.replica.outbox.pack", partial(pack, part_rows=1))
    done = world.replica.run([SetOverride("volume", [keyword(1), keyword(2)], 5)])
    first, _ = world.send()
    world.replica.store_results(SITE, results([first], version=2))
    world.replica.cancel(str(done.action))
    assert (world.row(1)["volume_override"], world.row(2)["volume_override"]) == (5, None)
    assert world.replica.undo(done.action).changed == 1
    assert (world.row(1)["volume_override"], world.row(2)["volume_override"]) == (None, None)


def test_a_merged_keyword_answers_to_its_former_uid(world: World) -> None:
    world.replica.run([AddKeywordsFromSeeds(SECTOR, [seed(7)], [keyword(7)])])
    sent = world.send()
    world.replica.store_results(SITE, results(sent, version=2, verdict="applied_with"))
    world.deliver(
        SITE,
        {"keyword": [keyword_row(70, ver=2, of_seed=7)]},
        version=2,
        aliases=[(keyword(7), keyword(70), 2)],
    )
    assert world.replica.run([SetStatus("keyword", [keyword(7)], "mapped")]).changed == 1
    assert world.row(70)["status"] == "mapped"
    assert world.row(7)["deleted"] == 2


def test_cluster_names_are_unique_under_the_shared_normalisation(world: World) -> None:
    """P33."""
    world.deliver(SITE, {"cluster": [cluster_row(5, name="Straße")]}, version=2)
    outcome = world.replica.run([CreateCluster(cluster(9), SECTOR, "STRASSE")])
    assert [one.code for one in outcome.refused] == ["duplicate_name"]
