"""What becomes of work around a refusal, and of undo around what others did."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from planner_core.commands import CreateCluster, SetEnabled, SetOverride
from planner_core.operations import Set
from planner_core.wire.body import decode_body
from planner_core.wire.feed import RowResult
from sync.replica import Reader
from tests.sync.replica.world import SECTOR, SITE, World, keyword, keyword_row, results, uid


def sets(world: World) -> list[tuple[Any, Any]]:
    found = []
    for part in world.replica.peek(SITE):
        for one in decode_body(part.body).operations:
            assert isinstance(one, Set)
            found += [(change.old, change.new) for change in one.changes]
    return found


def volume(world: World, value: int | None, *numbers: int) -> str:
    outcome = world.replica.run([SetOverride("volume", [keyword(n) for n in numbers], value)])
    return str(outcome.action)


def refuse(world: World, *numbers: int, code: str = "limit") -> None:
    sent = world.send()
    volume(world, 30, 1)
    world.replica.run([SetEnabled("keyword", [keyword(1)], enabled=False)])
    said = [RowResult(code=code, e="keyword", ids=[keyword(n) for n in numbers], group="volume_override")]
    whole = len(numbers) == sent[-1].rows
    verdict = "rejected" if whole else "applied_with"
    world.replica.store_results(SITE, results(sent, version=2, verdict=verdict, rows=said))


def test_a_later_edit_of_a_refused_value_is_compared_with_what_stood_before(world: World) -> None:
    """P37: the same field: only the refused operation is gone; the other field is left alone."""
    world.deliver(SITE, {"keyword": [keyword_row(1, ver=2, volume_override=5)]}, version=2)
    volume(world, 20, 1)
    refuse(world, 1)
    assert sets(world) == [((5,), (30,)), ((False,), (True,))]
    assert world.row(1)["volume_override"] == 30
    assert [one.seq for one in world.replica.peek(SITE)] == [2, 3]


def test_only_the_refused_rows_are_compared_anew(world: World) -> None:
    """P37: of one later edit over two rows, one made on a refused value and one on an accepted one."""
    volume(world, 20, 1, 2)
    sent = world.send()
    volume(world, 30, 1, 2)
    said = [RowResult(code="limit", e="keyword", ids=[keyword(1)], group="volume_override")]
    world.replica.store_results(SITE, results(sent, version=2, verdict="applied_with", rows=said))
    assert sorted(sets(world), key=str) == [((20,), (30,)), ((None,), (30,))]


def test_a_conflict_is_no_refusal(world: World) -> None:
    """P37, P90: behind a conflict later work stays what it was; the platform folds it into the same question."""
    volume(world, 20, 1)
    sent = world.send()
    volume(world, 30, 1)
    values = {"base": [None], "mine": [20], "theirs": [7], "conflict": uid(99, 1)}
    said = [RowResult(code="conflict", e="keyword", ids=[keyword(1)], group="volume_override", **values)]  # type: ignore[arg-type]
    world.replica.store_results(SITE, results(sent, version=2, verdict="applied_with", rows=said))
    assert sets(world) == [((20,), (30,))]


def test_undo_leaves_rows_the_platform_had_left_alone(world: World) -> None:
    """P70: the value was there already, put there by somebody else: it is his, not ours to take back."""
    action = volume(world, 20, 1, 2)
    said = [RowResult(code="same", e="keyword", ids=[keyword(1)], group="volume_override")]
    world.replica.store_results(SITE, results(world.send(), version=2, verdict="applied_with", rows=said))
    rows = [keyword_row(n, ver=2, volume_override=20) for n in (1, 2)]
    world.deliver(SITE, {"keyword": rows}, version=2)
    outcome = world.replica.undo(action)
    assert (outcome.changed, outcome.skipped) == (1, 1)
    assert (world.row(1)["volume_override"], world.row(2)["volume_override"]) == (20, None)


def test_undo_after_a_pull_leaves_a_later_value(world: World) -> None:
    """P70: compared here first: what is shown must be what the action wrote."""
    action = volume(world, 20, 1, 2)
    world.replica.store_results(SITE, results(world.send(), version=2))
    rows = [keyword_row(1, ver=3, volume_override=9), keyword_row(2, ver=2, volume_override=20)]
    world.deliver(SITE, {"keyword": rows}, version=3)
    outcome = world.replica.undo(action)
    assert (outcome.changed, outcome.skipped) == (1, 1)
    assert world.row(1)["volume_override"] == 9


def test_undo_of_a_row_in_conflict_writes_nothing_there(world: World) -> None:
    """P70: the row keeps the platform's value; its question ends with theirs."""
    action = volume(world, 20, 1, 2)
    values = {"base": [None], "mine": [20], "theirs": [7], "conflict": uid(99, 1)}
    said = [RowResult(code="conflict", e="keyword", ids=[keyword(1)], group="volume_override", **values)]  # type: ignore[arg-type]
    world.replica.store_results(SITE, results(world.send(), version=2, verdict="applied_with", rows=said))
    world.replica.undo(action)
    undone = [one for part in world.replica.peek(SITE) for one in decode_body(part.body).operations]
    assert [sorted(one.ids) for one in undone if isinstance(one, Set)] == [[keyword(2)]]
    assert [(one.choice, one.id) for one in undone if not isinstance(one, Set)] == [("theirs", keyword(1))]  # type: ignore[union-attr]


def test_a_file_of_the_schema_before_keeps_its_queue_byte_for_byte(world: World) -> None:
    """P41: migrations never touch a body; what was sent is sent again as it was."""
    volume(world, 20, 1)
    world.send()
    world.replica.run([CreateCluster(uid(8, 50), SECTOR, "New")])
    before = world.replica.peek(SITE)
    world.close()
    old = sqlite3.connect(world.path)
    for table, columns in {
        "scope_state": (
            "checked_at checked_version safe_version guard_rows guard_of guard_allowed need_compare guard_kinds tables"
        ),
        "mutation": "settled_at trimmed",
    }.items():
        for name in columns.split():
            old.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
    for index in ("unknown_rows_uid", "mutation_listed", "review_action"):
        old.execute(f"DROP INDEX {index}")
    for name in ("uid", "ver"):
        old.execute(f"ALTER TABLE unknown_rows DROP COLUMN {name}")
    old.execute("DROP TABLE keepsake")
    old.execute("DROP TABLE arrival")
    old.execute("DELETE FROM _sqlite_migrations WHERE name LIKE 'm006%'")
    old.execute("PRAGMA user_version = 2")
    old.commit()
    old.close()
    world.open()
    assert world.replica.peek(SITE) == before


def test_edits_of_two_fields_refused_as_wholes_are_one_question_about_both(world: World) -> None:
    """P90: the item names neither field nor values, so that nobody lets one go while looking at the other."""
    volume(world, 20, 1)
    world.replica.run([SetOverride("difficulty", [keyword(1)], 8)])
    sent = world.send()
    said = [RowResult(code="forbidden", e="keyword", ids=[keyword(1)], conflict=uid(99, 1))]
    world.replica.store_results(SITE, results(sent, version=2, verdict="rejected", rows=said))
    with closing(Reader.open(world.path)) as reader:
        (item,) = reader.review("open")
    assert (item.group, item.mine, item.ids) == ("", None, (keyword(1),))
