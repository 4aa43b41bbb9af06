"""Rows, columns and tables this version cannot read: kept, counted, fetched again when it can, and never in the way of others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from planner_core.entities import ENTITIES
from planner_core.wire.feed import digest_rows
from sync.errors import PlatformFault
from sync.replica import ScopeRow, layout, scopes
from tests.sync.replica.world import (
    LIBRARY,
    SITE,
    World,
    cluster_row,
    hello,
    keyword,
    keyword_row,
    page,
    seed_row,
)

HUGE = 1 << 70


def scope(world: World) -> ScopeRow:
    return next(row for row in world.replica.scopes() if row.id == SITE)


def poisoned(number: int, *, ver: int = 2) -> list[Any]:
    """A keyword whose status is a number."""
    row = keyword_row(number, ver=ver)
    row[6] = 17
    return row


def kept(world: World) -> list[tuple[str, str, int]]:
    return world.replica._store.all("SELECT entity, uid, ver FROM unknown_rows ORDER BY n")


@pytest.mark.parametrize("place", range(6))
@pytest.mark.parametrize("kind", ["pull", "snapshot"])
def test_a_poison_row_on_every_position_leaves_the_others_alone(world: World, place: int, kind: str) -> None:
    """P92: one row that cannot be read goes aside raw, the rest applies, the cursor moves."""
    rows = [keyword_row(n, ver=2, volume_override=n) for n in range(1, 7)]
    rows[place] = poisoned(place + 1)
    if kind == "pull":
        world.deliver(SITE, {"keyword": rows}, version=2)
    else:
        world.snapshot(SITE, {"cluster": [cluster_row(1), cluster_row(2)], "keyword": rows}, version=2)
    shown = {n: world.row(n)["volume_override"] for n in range(1, 7)}
    assert shown == {n: None if n == place + 1 else n for n in range(1, 7)}
    assert kept(world) == [("keyword", keyword(place + 1), 2)]
    assert scope(world).version == 2
    assert world.replica.counts().unread == 1


@pytest.mark.parametrize("place", [0, 250, 599])
def test_a_value_the_tables_do_not_take_costs_its_row_only(empty: World, place: int) -> None:
    """P43, P92: a batch that fails is taken row by row."""
    empty.fill(keywords=0, seeds=5)
    rows = [seed_row(n, ver=2) for n in range(1, 601)]
    rows[place][4] = HUGE
    empty.deliver(LIBRARY, {"seed": rows}, version=2)
    assert empty.replica._store.value("SELECT count(*) FROM seed WHERE ver = 2") == 599
    assert [uid for _, uid, _ in kept(empty)] == [rows[place][0]]


def test_a_row_that_comes_readable_takes_the_place_of_what_was_put_aside(world: World) -> None:
    """P92: and one that comes unreadable again is kept once, in its latest form."""
    world.deliver(SITE, {"keyword": [poisoned(2)]}, version=2)
    world.deliver(SITE, {"keyword": [poisoned(2, ver=3)]}, version=3)
    assert kept(world) == [("keyword", keyword(2), 3)]
    world.deliver(SITE, {"keyword": [keyword_row(2, ver=4, volume_override=4)]}, version=4)
    assert kept(world) == []
    assert world.row(2)["volume_override"] == 4


def test_more_than_three_unreadable_rows_stop_the_apply(world: World) -> None:
    """P92: a fault of this version or of the platform: nothing is taken, the cursor stays, the pages too."""
    before, at = world.dump(), scope(world).version
    world.replica.stage_page(SITE, page({"keyword": [poisoned(n) for n in range(1, 5)]}, version=2))
    with pytest.raises(PlatformFault) as caught:
        world.replica.apply(SITE)
    assert caught.value.code == "unreadable_rows"
    assert (world.dump(), scope(world).version) == (before, at)
    assert kept(world) == []


def test_rows_put_aside_count_in_the_digest(world: World) -> None:
    """P93: the platform's digest has them, so ours has them, with the content they came with."""
    bad = keyword_row(2, ver=2, volume_override=7)
    bad[0], readable = bad[0], [keyword_row(n) for n in range(1, 7) if n != 2]
    bad[4] = 5  # A sector that is a number.
    world.deliver(SITE, {"keyword": [bad]}, version=2)
    expected = digest_rows([row[0], *row[3:]] for row in [*readable, bad])
    assert world.replica.digest(SITE)["keyword"] == expected
    world.deliver(SITE, {"keyword": [[*bad[:1], 3, 1, *bad[3:]]]}, version=3)
    expected = digest_rows([row[0], *row[3:]] for row in readable)
    assert world.replica.digest(SITE)["keyword"] == expected


def test_one_base_value_that_went_wrong_changes_the_digest(world: World) -> None:
    """P93: content, not version."""
    before = world.replica.digest(SITE)
    world.replica._store.run(
        "UPDATE keyword_hot SET base_volume_override = 8 WHERE k = (SELECT k FROM keyword WHERE uid = ?)",
        keyword(3),
    )
    assert world.replica.digest(SITE) != before


def test_a_newer_version_of_this_program_fetches_again_what_the_older_did_not_know(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P6: a table and a column of a later platform are kept; a program that knows them takes a snapshot once."""
    columns = {"keyword": (*ENTITIES["keyword"].columns, "mood"), "wish": ("name",)}
    rows = {
        "keyword": [[*keyword_row(1, ver=2), "bright"]],
        "wish": [[keyword(70), 2, 0, "x"], [keyword(71), 2, 0, "y"]],
    }
    world.deliver(SITE, rows, version=2, columns=columns)
    assert [entity for entity, _, _ in kept(world)] == ["wish", "wish"]
    extra = world.replica._store.value("SELECT extra FROM keyword WHERE uid = ?", keyword(1))
    assert json.loads(extra) == {"mood": "bright"}
    assert not scope(world).need_snapshot

    known = layout.tables("site")
    monkeypatch.setattr(
        scopes, "tables", lambda kind: f"{known};wish:name" if kind == "site" else layout.tables(kind)
    )
    world.crash()
    world.replica.adopt_hello(hello(version=2))
    assert scope(world).need_snapshot
    assert scope(world).cursor
    assert {row.id for row in world.replica.scopes() if row.need_snapshot and row.cursor} == {
        row.id for row in world.replica.scopes() if row.kind == "site" and row.cursor
    }
