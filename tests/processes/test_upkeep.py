"""Clearing away tombstones, killed between the floor and the rows."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.arena import Arena
from tests.processes.checks import check_books
from tests.processes.kills import make_ready
from tests.processes.script import Author, Field

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

DAY_MS = 86_400_000


@pytest.fixture
def arena(tmp_path: Path) -> Iterator[Arena]:
    """A platform of its own: months pass on it, which the machines of other tests must not notice."""
    made = Arena(tmp_path)
    try:
        make_ready(made)
        yield made
    finally:
        made.close()


def test_clearing_away_that_was_killed_leaves_the_floor_first(arena: Arena) -> None:
    """C22, P77: the floor is raised, the rows are still there; a second run clears them, and who never heard fetches anew."""
    ground = Field.of(arena)
    author = Author(ground, random.Random(22))
    seeds = ground.seeds[:3]
    added = author.add(seeds)
    arena.machine("sleeper")
    arena.lived("a", [*author.acts, {"do": "settle"}])
    arena.settle("sleeper")
    author.delete_added(added, seeds)
    arena.lived("a", [author.acts[-1], {"do": "settle"}])
    arena.settle("b")
    arena.down()

    # Scope by scope in the order they were made: killed in that of the site.
    rank = arena.ask(
        "SELECT count(*) FROM feed_scope WHERE id <= (SELECT scope_id FROM planning_keywords WHERE uid = ?)",
        added[0],
    )
    life = arena.command("gc", point="C22", at=rank[0][0], off_ms=200 * DAY_MS)
    assert life.killed, life.errors
    assert _tombstones(arena, added) == 3
    floors = arena.ask("SELECT max(gc_floor) FROM feed_scope WHERE kind = 'site'")[0][0]
    versions = arena.ask("SELECT max(ver) FROM planning_keywords WHERE uid IN (?, ?, ?)", *added)[0][0]
    assert floors >= versions

    arena.up()
    held = arena.lived("sleeper", [{"do": "settle"}])
    assert held.last("equal") is True
    arena.down()
    assert arena.command("gc", off_ms=200 * DAY_MS).code == 0
    assert _tombstones(arena, added) == 0
    arena.up()
    arena.settle("a", "b", "sleeper")
    check_books(arena, *(arena.replica(name) for name in ("a", "b", "sleeper")))


def _tombstones(arena: Arena, ids: list[str]) -> int:
    found: int = arena.ask(
        "SELECT count(*) FROM planning_keywords WHERE uid IN (?, ?, ?) AND deleted_at IS NOT NULL", *ids
    )[0][0]
    return found
