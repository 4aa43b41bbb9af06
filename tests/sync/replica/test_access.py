"""Access taken and given back: work is kept, listed, goes out again or lives on elsewhere, and every item can be ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from planner_core.commands import (
    AddKeywordsFromSeeds,
    AssignCluster,
    CreateCluster,
    SetOverride,
    SetStatus,
)
from planner_core.operations import Create, Set
from planner_core.wire.body import decode_body
from planner_core.wire.feed import RowResult
from sync.replica import Reader, ReviewRow
from tests.sync.replica.world import (
    OTHER_SECTOR,
    OTHER_SITE,
    SECTOR,
    SITE,
    World,
    cluster_row,
    hello,
    keyword,
    keyword_row,
    results,
    seed,
    seed_row,
    uid,
)

NEW_CLUSTER = uid(8, 60)


def items(world: World, state: str = "open") -> list[ReviewRow]:
    reader = Reader.open(world.path)
    try:
        return [row for row in reader.review(state) if row.kind != "note"]
    finally:
        reader.close()


def shut_out(world: World) -> None:
    world.replica.adopt_hello(hello(access="none", only=[SITE]))
    world.replica.drop_scope(SITE)


def let_in(world: World, *, epoch: str = "e" * 32) -> None:
    world.replica.adopt_hello(hello(epoch=epoch, only=[SITE]))
    rows = {"cluster": [cluster_row(1)], "keyword": [keyword_row(n) for n in range(1, 7)]}
    world.snapshot(SITE, rows, epoch=epoch)


def operations(world: World, scope: str = SITE) -> list[Any]:
    return [one for part in world.replica.peek(scope) for one in decode_body(part.body).operations]


def test_lost_access_takes_rows_and_cursor_at_once_and_lists_the_work(world: World) -> None:
    """P51, P79: rows, stage and cursor go in one transaction; waiting and sent edits stay, each listed with the reason."""
    world.replica.run([SetOverride("volume", [keyword(1)], 5)])
    sent = world.send()
    world.replica.run([SetOverride("volume", [keyword(2)], 6)])
    shut_out(world)
    assert world.dump()["keyword"] == []
    (row,) = [one for one in world.replica.scopes() if one.id == SITE]
    assert (row.access, row.cursor, row.epoch, row.staged, row.open) == ("none", "", "", None, 2)
    assert [(one.kind, one.code, one.ids) for one in items(world)] == [
        ("parked", "no_access", (keyword(1),)),
        ("parked", "no_access", (keyword(2),)),
    ]
    assert world.replica.peek(SITE)[0].op_id == sent[0].op_id
    called = [str(seed_row(n)[3]) for n in (1, 2)]
    assert [one.subject for one in items(world)] == called
    reader = Reader.open(world.path)
    told = [change.name for one in reader.pending() for change in reader.waiting_changes(one.action)]
    reader.close()
    assert sorted(told) == called, "an export of ids would help nobody"


def test_work_goes_on_when_access_comes_back(world: World) -> None:
    """P51: the same mutations, the same order; what was listed ends by itself."""
    world.replica.run([SetOverride("volume", [keyword(1)], 5)])
    before = world.replica.peek(SITE)
    shut_out(world)
    let_in(world)
    assert items(world) == []
    assert world.replica.peek(SITE) == before
    assert world.row(1)["volume_override"] == 5


def test_access_that_comes_back_after_a_restore_is_compared(world: World) -> None:
    """P79: the epoch moved while the site was closed, so results of the former one are asked about."""
    shut_out(world)
    world.replica.adopt_hello(hello(epoch="f" * 32, only=[SITE]))
    (row,) = [one for one in world.replica.scopes() if one.id == SITE]
    assert (row.epoch, row.reconciled_epoch, row.server_epoch) == ("", "e" * 32, "f" * 32)


def test_discarded_work_is_not_sent_when_access_comes_back(world: World) -> None:
    """P51, P91: theirs ends an item without access, for waiting work and for work that was on its way."""
    world.replica.run([SetOverride("volume", [keyword(1)], 5)])
    world.send()
    world.replica.run([SetOverride("volume", [keyword(2)], 6)])
    shut_out(world)
    outcome = world.replica.resolve([one.id for one in items(world)], "theirs")
    assert not outcome.refused
    let_in(world)
    assert items(world) == []
    assert operations(world) == []
    assert world.row(1)["volume_override"] is None


def test_items_of_each_kind_can_be_ended_without_access(world: World) -> None:
    """P91: refused, parked and shut-out work ends here; conflicts are the platform's and come again with the site."""
    verdicts = ["rejected", "parked_dependency", "too_old", "applied_with"]
    for number, verdict in enumerate(verdicts, 1):
        world.replica.run([SetOverride("volume", [keyword(number)], 5)])
        said: Sequence[RowResult] = [RowResult(code="invalid", e="keyword", ids=[keyword(number)])]
        if verdict == "applied_with":
            values = {"base": [None], "mine": [5], "theirs": [7], "conflict": uid(99, 1)}
            said = [
                RowResult(
                    code="conflict",
                    e="keyword",
                    ids=[keyword(number)],
                    group="volume_override",
                    **values,  # type: ignore[arg-type]
                )
            ]
        if verdict == "too_old":
            said = []
        world.replica.store_results(
            SITE, results(world.send(), version=number + 1, verdict=verdict, rows=said)
        )
    world.replica.run([SetOverride("volume", [keyword(6)], 6)])
    assert len(items(world)) == 4
    shut_out(world)
    left = items(world)
    assert {one.kind for one in left} == {"refused", "parked"}
    assert len(left) == 4
    world.replica.resolve([one.id for one in left], "theirs")
    assert items(world) == []


def test_who_may_not_write_is_told_at_the_edit_and_mine_stays_open(world: World) -> None:
    """P91: mine needs the right to write; the item stays for the day it comes back."""
    world.replica.run([SetOverride("volume", [keyword(1)], 5)])
    shut_out(world)
    (item,) = items(world)
    assert [one.code for one in world.replica.resolve([item.id], "mine").refused] == ["read_only_site"]
    assert [one.id for one in items(world)] == [item.id]


def test_work_refused_for_a_role_that_was_taken_goes_again_when_it_is_given_back(world: World) -> None:
    """P51: revoked between two parts of a push; re-granted: a new id, once, and shown as waiting."""
    world.replica.run([SetOverride("volume", [keyword(1)], 5)])
    said = [RowResult(code="forbidden", message="You may read this site, not change it.")]
    world.replica.store_results(SITE, results(world.send(), version=2, verdict="rejected", rows=said))
    assert [one.code for one in items(world)] == ["forbidden"]
    world.replica.adopt_hello(hello(access="ro", only=[SITE]))
    assert operations(world) == []
    world.replica.adopt_hello(hello(only=[SITE]))
    assert len(operations(world)) == 1
    assert items(world) == []
    assert (world.row(1)["volume_override"], world.row(1)["mark"]) == (5, 1)
    world.replica.adopt_hello(hello(only=[SITE]))
    assert len(operations(world)) == 1


def test_what_was_let_go_of_forbidden_work_does_not_go_out_with_the_role(world: World) -> None:
    """P51, P86: one edit of two fields, each asked about by itself."""
    world.replica.run([SetOverride("volume", [keyword(1)], 5), SetOverride("difficulty", [keyword(1)], 6)])
    groups = {"volume_override": uid(99, 1), "difficulty_override": uid(99, 2)}
    said = [
        RowResult(code="forbidden", e="keyword", ids=[keyword(1)], group=group, conflict=item)
        for group, item in groups.items()
    ]
    world.replica.store_results(SITE, results(world.send(), version=2, verdict="rejected", rows=said))
    world.replica.resolve([groups["difficulty_override"]], "theirs")
    world.replica.adopt_hello(hello(access="ro", only=[SITE]))
    world.replica.adopt_hello(hello(only=[SITE]))
    written = [one for one in operations(world) if isinstance(one, Set)]
    assert [one.group for one in written] == ["volume_override"]
    assert items(world) == []


@pytest.mark.parametrize("since", ["", "theirs"])
def test_a_forbidden_decision_goes_out_with_the_role_unless_its_question_was_answered_since(
    world: World, since: str
) -> None:
    """P51, P91: forbidden, it had left its question open; whoever keeps the platform's value then has decided later."""
    question, item = uid(99, 1), uid(99, 2)
    world.replica.run([SetOverride("volume", [keyword(1)], 5)])
    asked: dict[str, Any] = {
        "group": "volume_override",
        "base": [None],
        "mine": [5],
        "theirs": [9],
        "conflict": question,
    }
    said = [RowResult(code="conflict", e="keyword", ids=[keyword(1)], **asked)]
    world.replica.store_results(SITE, results(world.send(), version=2, verdict="applied_with", rows=said))
    world.replica.resolve([question], "mine")
    said = [RowResult(code="forbidden", e="keyword", ids=[keyword(1)], conflict=item)]
    world.replica.store_results(SITE, results(world.send(), version=3, verdict="rejected", rows=said))
    assert {one.id for one in items(world)} == {question, item}
    if since:
        world.replica.resolve([question], "theirs")
    world.replica.adopt_hello(hello(access="ro", only=[SITE]))
    world.replica.adopt_hello(hello(only=[SITE]))
    assert items(world) == []
    sent = [(one.conflict, one.choice) for one in operations(world)]
    assert sent == ([(question, "theirs"), (item, "theirs")] if since else [(question, "mine")])


def test_sending_forbidden_work_again_leaves_what_another_machine_was_refused_in_review(world: World) -> None:
    """P51, P91: one question about both machines' work; this one has nothing to send for the other."""
    item, elsewhere = uid(99, 1), uid(77, 5)
    world.replica.run([SetOverride("volume", [keyword(1)], 5)])
    said = [RowResult(code="forbidden", e="keyword", ids=[keyword(1)], group="", conflict=item)]
    (sent,) = world.send()
    world.replica.store_results(SITE, results([sent], version=2, verdict="rejected", rows=said))
    line: dict[str, Any] = {"id": item, "e": "keyword", "row": keyword(1), "group": "", "kind": "refused"}
    line |= {"code": "forbidden", "state": "open", "ver": 3, "ids": [keyword(1), keyword(2)]}
    world.deliver(SITE, {}, version=3, conflicts=[line | {"ops": [sent.op_id, elsewhere]}])

    world.replica.adopt_hello(hello(access="ro", only=[SITE]))
    world.replica.adopt_hello(hello(only=[SITE]))

    assert len(operations(world)) == 1
    (left,) = items(world)
    assert left.id == item
    assert world.row(1)["volume_override"] == 5


def test_work_of_a_closed_site_lives_on_as_new_rows_elsewhere(world: World) -> None:
    """P51, P79: a new cluster with its keywords, and an edited keyword, made anew in a sector the user may write."""
    world.replica.run([CreateCluster(NEW_CLUSTER, SECTOR, "Oak")])
    world.replica.run([AddKeywordsFromSeeds(SECTOR, [seed(8)], [keyword(8)])])
    world.replica.run([AssignCluster([keyword(8)], NEW_CLUSTER), SetOverride("volume", [keyword(2)], 44)])
    shut_out(world)
    outcome = world.replica.restore_as_new([one.id for one in items(world)], OTHER_SECTOR)
    assert not outcome.refused
    assert items(world) == []
    made = [one for one in operations(world, OTHER_SITE) if isinstance(one, Create)]
    assert [(one.entity, len(one.rows)) for one in made] == [("cluster", 1), ("keyword", 2)]
    (fresh,) = made[0].ids
    by_seed = {row[1]: dict(zip(made[1].columns, row[1:], strict=True)) for row in made[1].rows}
    assert (by_seed[seed(8)]["cluster"], by_seed[seed(8)]["status"]) == (fresh, "mapped")
    assert by_seed[seed(2)]["volume_override"] == 44
    assert not {NEW_CLUSTER, keyword(8), keyword(2)} & {uid for one in made for uid in one.ids}
    let_in(world)
    assert operations(world) == []


def test_rows_that_a_rule_keeps_from_being_made_anew_are_counted_once(world: World) -> None:
    """P79: one reason for three rows is three rows, not nine."""
    world.replica.run([SetOverride("volume", [keyword(n) for n in (1, 2, 3)], 44)])
    shut_out(world)
    outcome = world.replica.restore_as_new([one.id for one in items(world)])
    assert [sorted(one.ids) for one in outcome.refused] == [[keyword(1), keyword(2), keyword(3)]]
    assert len(items(world)) == 1


def test_a_row_the_platform_purged_is_made_anew_from_the_local_copy(world: World) -> None:
    """P88: verdict gone; the row comes back under a new id with the values its author wanted."""
    world.replica.run([SetOverride("volume", [keyword(3)], 33)])
    said = [RowResult(code="gone", e="keyword", ids=[keyword(3)], group="volume_override")]
    world.replica.store_results(SITE, results(world.send(), version=2, verdict="rejected", rows=said))
    world.deliver(SITE, {"keyword": [keyword_row(3, ver=2, deleted=1)]}, version=2)
    (item,) = items(world)
    outcome = world.replica.restore_as_new([item.id])
    assert outcome.changed == 1
    (create,) = operations(world)
    row = dict(zip(create.columns, create.rows[0][1:], strict=True))
    assert (row["seed"], row["volume_override"]) == (seed(3), 33)
    assert create.ids != [keyword(3)]
    assert items(world) == []


def test_a_row_is_made_anew_as_it_was_last_seen_not_as_before_access_was_lost(world: World) -> None:
    """P51, P88: the copy of that time is older than the row that came back since, and went to the trash."""
    world.replica.run([SetOverride("volume", [keyword(1)], 5)])
    shut_out(world)
    let_in(world)
    world.replica.store_results(SITE, results(world.send(), version=2))
    world.deliver(
        SITE, {"keyword": [keyword_row(1, ver=3, volume_override=9, difficulty_override=4)]}, version=3
    )
    world.replica.run([SetStatus("keyword", [keyword(1)], "mapped")])
    sent = world.send()
    said = [RowResult(code="target_deleted", e="keyword", ids=[keyword(1)], group="placement")]
    world.replica.store_results(SITE, results(sent, version=4, verdict="applied_with", rows=said))
    gone = keyword_row(1, ver=4, deleted=1, volume_override=9, difficulty_override=4)
    world.deliver(SITE, {"keyword": [gone]}, version=4)
    world.replica.restore_as_new([item.id for item in items(world)])
    (create,) = [one for one in operations(world) if isinstance(one, Create)]
    made = dict(zip(create.columns, create.rows[0][1:], strict=True))
    assert (made["volume_override"], made["difficulty_override"]) == (9, 4)
