"""P35, P96: an answer that would remove much is asked about before anything of it is written."""

from __future__ import annotations

import pytest

from planner_core.commands import CreateCluster, DeleteRows, SetOverride
from sync.errors import NotFound
from sync.replica import ScopeRow
from tests.sync.replica.world import (
    LIBRARY,
    SECTOR,
    SITE,
    World,
    cluster,
    keyword,
    keyword_row,
    page,
    results,
    seed_row,
    uid,
)

MANY = 260


@pytest.fixture
def full(empty: World) -> World:
    """A replica with 260 keywords."""
    return empty.fill(keywords=MANY, seeds=MANY)


def scope(world: World, of: str = SITE) -> ScopeRow:
    return next(row for row in world.replica.scopes() if row.id == of)


def live(world: World) -> int:
    return sum(1 for row in world.dump()["keyword"] if row[6] == 0)


def tombstones(count: int, *, ver: int = 2) -> list[list[object]]:
    return [keyword_row(n, ver=ver, deleted=1) for n in range(1, count + 1)]


def test_tombstones_of_many_rows_stop_before_they_are_written(full: World) -> None:
    """P35: nothing changes, the pages stay, and the question survives the end of the program."""
    before, cursor = full.dump(), scope(full).cursor
    full.deliver(SITE, {"keyword": tombstones(201)}, version=2)
    held = scope(full)
    assert full.dump() == before
    assert held.cursor == cursor
    assert held.guard is not None
    assert (held.guard.rows, held.guard.of, dict(held.guard.kinds), held.guard.allowed) == (
        201,
        MANY + 2,
        {"keyword": 201},
        False,
    )
    full.crash()
    assert scope(full).guard == held.guard
    assert scope(full).staged == held.staged


def test_the_users_word_lets_exactly_these_pages_through(full: World) -> None:
    """P35: `allow_removal` holds for what was asked about and for nothing after it."""
    full.deliver(SITE, {"keyword": tombstones(201)}, version=2)
    full.replica.allow_removal(SITE)
    full.replica.apply(SITE)
    assert live(full) == MANY - 201
    assert scope(full).guard is None
    full.replica.begin_snapshot(SITE, "e" * 32)
    full.replica.stage_page(SITE, page({}, version=3, kind="snapshot"))
    full.replica.stage_page(SITE, page({}, version=3))
    full.replica.apply(SITE)
    assert scope(full).guard is not None
    assert live(full) == MANY - 201


def test_more_than_was_allowed_is_asked_about_anew(full: World) -> None:
    """P35: the user's word was about so many rows; a larger removal is a question of its own, which no earlier word answers."""
    full.deliver(SITE, {"keyword": tombstones(201)}, version=2)
    full.replica.allow_removal(SITE)
    more = [keyword_row(n, ver=3, deleted=1) for n in range(202, 231)]
    full.deliver(SITE, {"keyword": more}, version=3)
    held = scope(full).guard
    assert held is not None
    assert (held.rows, held.allowed) == (230, False)
    full.replica.apply(SITE)
    assert live(full) == MANY


def test_a_small_removal_and_a_small_share_pass(full: World) -> None:
    """P35: the guard asks above 200 rows and a tenth, both."""
    full.deliver(SITE, {"keyword": tombstones(200)}, version=2)
    assert scope(full).guard is None
    assert live(full) == MANY - 200


def test_a_tenth_of_many_rows_passes(empty: World) -> None:
    """P35: 201 of 2,100 rows are less than a tenth."""
    empty.fill(keywords=2_100, seeds=2_100)
    empty.deliver(SITE, {"keyword": tombstones(201)}, version=2)
    assert scope(empty).guard is None


def test_an_empty_snapshot_is_asked_about_however_few_rows_there_were(world: World) -> None:
    """P35: the commonest wrong answer is an empty one."""
    before = world.dump()
    world.snapshot(SITE, {}, version=2)
    assert world.dump() == before
    assert scope(world).guard is not None


def test_half_a_library_is_asked_about(full: World) -> None:
    """P35: read-only scopes are guarded as well."""
    full.snapshot(LIBRARY, {"seed": [seed_row(n) for n in range(1, 50)]}, version=2)
    held = scope(full, LIBRARY).guard
    assert held is not None
    assert dict(held.kinds) == {"seed": MANY - 49}


def test_own_deletions_do_not_count(full: World) -> None:
    """P35: what the user deleted himself is no loss to him, delivered or not."""
    ids = [keyword(n) for n in range(1, 252)]
    full.replica.run([DeleteRows("keyword", ids)])
    full.replica.store_results(SITE, results(full.send(), version=2))
    full.deliver(SITE, {"keyword": tombstones(251)}, version=2)
    assert scope(full).guard is None
    assert live(full) == MANY - 251


def test_work_goes_on_while_the_question_stands(full: World) -> None:
    """P35: edits, verdicts and other scopes are not held up."""
    full.deliver(SITE, {"keyword": tombstones(201)}, version=2)
    full.replica.run([SetOverride("volume", [keyword(250)], 5)])
    full.replica.run([CreateCluster(uid(8, 77), SECTOR, "New")])
    full.replica.store_results(SITE, results(full.send(), version=3))
    assert full.row(250)["volume_override"] == 5
    full.deliver(LIBRARY, {"seed": [seed_row(1, ver=2, text="oak desk")]}, version=2)
    assert scope(full, LIBRARY).version == 2
    assert scope(full).guard is not None
    assert cluster(1) in {row[0] for row in full.dump()["cluster"]}


def test_a_question_ends_with_its_pages(full: World) -> None:
    """P35: pages of another history, or a fresh snapshot, are judged anew."""
    full.deliver(SITE, {"keyword": tombstones(201)}, version=2)
    full.replica.drop_stage(SITE)
    assert scope(full).guard is None
    with pytest.raises(NotFound):
        full.replica.allow_removal(SITE)


def test_a_restore_that_lacks_little_after_reconciliation_is_not_asked_about(full: World) -> None:
    """P96: judged on what is left when what the platform forgot was sent first."""
    rows = {"keyword": [keyword_row(n) for n in range(1, MANY)]}
    full.snapshot(SITE, rows, version=1, epoch="f" * 32)
    assert scope(full).guard is None
    assert scope(full).epoch == "f" * 32
