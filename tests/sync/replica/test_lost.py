"""P81: rows this replica has seen that a restored platform does not have are listed, and sent again only if the user says so."""

from __future__ import annotations

from planner_core.commands import SetOverride
from planner_core.operations import Create
from planner_core.wire.body import decode_body
from sync.replica import Reader, ReviewRow
from tests.sync.replica.world import (
    SITE,
    World,
    cluster,
    cluster_row,
    hello,
    keyword,
    keyword_row,
    seed,
    seed_row,
)

OTHER = "f" * 32


def items(world: World) -> list[ReviewRow]:
    reader = Reader.open(world.path)
    try:
        return reader.review()
    finally:
        reader.close()


def restored_without(world: World, *gone: int) -> None:
    """The platform comes back in a new epoch without some keywords and without the second cluster."""
    world.deliver(SITE, {"keyword": [keyword_row(2, ver=2, cluster=cluster(2), status="mapped")]}, version=2)
    world.replica.adopt_hello(hello(epoch=OTHER))
    rows = [keyword_row(n) for n in range(1, 7) if n not in gone]
    world.snapshot(SITE, {"cluster": [cluster_row(1)], "keyword": rows}, epoch=OTHER)


def test_rows_a_restored_platform_lacks_are_listed_with_their_copies(world: World) -> None:
    """P81: nothing is uploaded because it is missing there."""
    restored_without(world, 2, 3)
    found = {(one.kind, one.entity): one.ids for one in items(world)}
    assert found == {("lost", "keyword"): (keyword(2), keyword(3)), ("lost", "cluster"): (cluster(2),)}
    assert world.replica.peek(SITE) == []
    assert keyword(2) not in {row[0] for row in world.dump()["keyword"]}


def test_rows_that_left_are_listed_by_their_names(world: World) -> None:
    """P81: nobody can decide about an id."""
    restored_without(world, 2, 3)
    names = {one.entity: one.subject for one in items(world)}
    assert names == {"keyword": f"{seed_row(2)[3]} and 1 more", "cluster": "Cluster 2"}


def test_an_ordinary_snapshot_lists_nothing(world: World) -> None:
    """P81: in the same epoch a row that is absent was deleted."""
    world.snapshot(SITE, {"keyword": [keyword_row(n) for n in range(1, 5)]}, version=2)
    assert items(world) == []


def test_sent_again_they_keep_their_ids_and_belong_together(world: World) -> None:
    """P81: the same ids, so that whoever made them may come back with them and nothing is doubled."""
    restored_without(world, 2, 3)
    outcome = world.replica.restore_as_new([one.id for one in items(world)])
    assert outcome.changed == 3
    made = [one for part in world.replica.peek(SITE) for one in decode_body(part.body).operations]
    assert all(isinstance(one, Create) for one in made)
    by_id = {row[0]: dict(zip(one.columns, row[1:], strict=True)) for one in made for row in one.rows}  # type: ignore[union-attr, index]
    assert set(by_id) == {keyword(2), keyword(3), cluster(2)}
    assert (by_id[keyword(2)]["seed"], by_id[keyword(2)]["cluster"]) == (seed(2), cluster(2))
    assert items(world) == []
    assert world.row(2)["cluster"] == cluster(2)


def test_let_go_they_stay_away(world: World) -> None:
    """P81: theirs ends the question."""
    restored_without(world, 2)
    world.replica.resolve([one.id for one in items(world)], "theirs")
    assert (items(world), world.replica.peek(SITE)) == ([], [])


def test_the_question_ends_by_itself_for_rows_that_come_back(world: World) -> None:
    """P81: their author came back with them."""
    restored_without(world, 2, 3)
    world.deliver(SITE, {"keyword": [keyword_row(2, ver=3)]}, version=3, epoch=OTHER)
    assert {one.entity: one.ids for one in items(world)} == {
        "keyword": (keyword(3),),
        "cluster": (cluster(2),),
    }
    rows = {"keyword": [keyword_row(3, ver=4)], "cluster": [cluster_row(2, ver=4)]}
    world.deliver(SITE, rows, version=4, epoch=OTHER)
    assert items(world) == []


def test_a_creation_that_waits_leaves_a_delivered_row_as_it_came(world: World) -> None:
    """P81: whoever made it came back first, with more on it."""
    restored_without(world, 2)
    world.replica.restore_as_new([one.id for one in items(world)])
    world.deliver(SITE, {"keyword": [keyword_row(2, ver=3, volume_override=9)]}, version=3, epoch=OTHER)
    assert world.row(2)["volume_override"] == 9


def test_the_users_own_values_travel_with_a_lost_row(world: World) -> None:
    """P81: an edit that waited on a row the platform lost is on top of the copy."""
    world.replica.run([SetOverride("volume", [keyword(4)], 7)])
    world.replica.adopt_hello(hello(epoch=OTHER))
    rows = [keyword_row(n) for n in range(1, 7) if n != 4]
    world.snapshot(SITE, {"cluster": [cluster_row(1), cluster_row(2)], "keyword": rows}, epoch=OTHER)
    (item,) = [one for one in items(world) if one.kind == "lost"]
    assert item.ids == (keyword(4),)
    world.replica.restore_as_new([item.id])
    created = decode_body(world.replica.peek(SITE)[-1].body).operations[0]
    assert isinstance(created, Create)
    assert dict(zip(created.columns, created.rows[0][1:], strict=True))["volume_override"] == 7
