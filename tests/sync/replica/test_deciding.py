"""Decisions as this machine makes them: who may make which, and where they are sent."""

from __future__ import annotations

from typing import Any

import pytest

from planner_core.commands import DeleteRows, SetOverride
from planner_core.operations import Resolve, Restore, Set
from planner_core.wire.body import decode_body
from planner_core.wire.feed import RowResult
from tests.sync.replica.test_access import items
from tests.sync.replica.world import (
    OTHER_SECTOR,
    OTHER_SITE,
    SITE,
    World,
    cluster,
    hello,
    keyword,
    keyword_row,
    results,
    uid,
)


def test_of_a_deleted_clusters_rows_a_reader_leaves_them_and_does_not_bring_it_back(world: World) -> None:
    """P71, P91: here it is theirs that writes."""
    world.replica.run([DeleteRows("cluster", [cluster(1)])])
    said = RowResult(
        code="unseen_children",
        e="keyword",
        ids=[keyword(1)],
        group="placement",
        conflict=uid(99, 1),
        details={"cluster": cluster(1)},
    )
    world.replica.store_results(SITE, results(world.send(), version=2, verdict="applied_with", rows=[said]))
    world.replica.adopt_hello(hello(access="ro", only=[SITE]))
    (item,) = items(world)
    assert [one.code for one in world.replica.resolve([item.id], "theirs").refused] == ["read_only_site"]
    assert [one.id for one in items(world)] == [item.id]
    assert not world.replica.resolve([item.id], "mine").refused
    assert items(world) == []


def test_decisions_made_together_go_to_the_site_of_each(world: World) -> None:
    """P72, P49: one action, a mutation for each scope."""
    rows = [keyword_row(7, ver=2, sector=OTHER_SECTOR)]
    for number, (site, there) in enumerate(((SITE, []), (OTHER_SITE, rows))):
        row = keyword(7 if there else 1)
        line: dict[str, Any] = {"id": uid(99, number), "ver": 2, "e": "keyword", "row": row, "state": "open"}
        line |= {"group": "volume_override", "kind": "conflict", "by": "", "at": 1, "ops": [uid(77, number)]}
        line |= {"base": [None], "mine": [5], "theirs": [7]}
        world.deliver(site, {"keyword": there}, version=2, conflicts=[line])
    world.replica.resolve([uid(99, 0), uid(99, 1)], "mine")
    for site, row in ((SITE, keyword(1)), (OTHER_SITE, keyword(7))):
        ((decided,),) = [decode_body(part.body).operations for part in world.replica.peek(site)]
        assert isinstance(decided, Resolve)
        assert decided.id == row


def test_work_sent_again_together_names_each_its_own_former_form(world: World) -> None:
    """P67, P86: put into one mutation it would stand for neither."""
    for number in (1, 2):
        world.replica.run([SetOverride("volume", [keyword(number)], 5)])
    sent = world.send()
    for number, one in enumerate(sent, 1):
        said = RowResult(
            code="limit",
            e="keyword",
            ids=[keyword(number)],
            group="volume_override",
            conflict=uid(99, number),
        )
        world.replica.store_results(SITE, results([one], version=number + 1, verdict="rejected", rows=[said]))
    world.replica.resolve([uid(99, 1), uid(99, 2)], "mine")
    again = [decode_body(part.body).supersedes for part in world.replica.peek(SITE)]
    assert again == [(one.op_id,) for one in sent]


def test_what_is_sent_again_is_cut_to_what_a_push_takes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P86: rows that come out of the trash first are named twice; one mutation of them all would never get through."""
    monkeypatch.setattr("sync.replica.deciding.PART_ROWS", 3)
    rows = [keyword(1), keyword(2), keyword(3)]
    world.replica.run([SetOverride("volume", rows, 5)])
    said = [RowResult(code="target_deleted", e="keyword", ids=rows, group="volume_override")]
    world.replica.store_results(SITE, results(world.send(), version=2, verdict="rejected", rows=said))
    world.deliver(SITE, {"keyword": [keyword_row(n, ver=2, deleted=1) for n in (1, 2, 3)]}, version=2)
    asked = world.replica._store.all("SELECT id FROM review WHERE state = 'open'")
    world.replica.resolve([uid for (uid,) in asked], "mine")
    sent = [decode_body(one.body).operations for one in world.send()]
    assert [[type(one) for one in inside] for inside in sent] == [[Restore], [Set]]
    assert [len(one.ids) for inside in sent for one in inside] == [3, 3]
