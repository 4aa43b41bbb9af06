"""Real sockets through a bad network: cut at byte k, held, half open, delayed, trickling."""

import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.processes.arena import Act, Arena
from tests.processes.checks import check_books, check_values, values_of
from tests.processes.kills import SMALL, committed, tidy
from tests.processes.nursery import Life
from tests.processes.script import Author, Expected, Field
from tests.support.proxy import Direction, Proxy

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PLACES = {"first": (0.3, 0.85), "push": (0.0, 0.45, 0.85), "pull": (0.0, 0.6, 0.85)}
"""Where in what passes a connection is cut: before the first byte, in the middle, shortly before the end."""
SIZES = {"first": {"page_rows": 150}}
STALL = 1.0
LONG = 20.0
"""A stall that nothing here should reach: a cut shows at once."""


@pytest.fixture
def proxy(arena: Arena) -> Iterator[Proxy]:
    with Proxy(arena.port) as made:
        yield made


def fresh(arena: Arena) -> Path:
    """Return the folder of a machine that is signed in and holds nothing."""
    folder = arena.machine("fresh")
    for path in folder.iterdir():
        if path.name not in {"owner.json", "tokens.json"}:
            path.unlink()
    return folder


def edits(ground: Field, chance: random.Random) -> Author:
    """Write a handful of edits of one machine."""
    author = Author(ground, chance)
    rows = chance.sample(ground.keywords, 8)
    author.value("volume", rows[:4])
    cluster = author.cluster()
    author.assign(rows[2:6], cluster)
    author.idea(cluster, rows[:2])
    author.value("difficulty", rows[5:])
    return author


def lived(arena: Arena, proxy: Proxy, name: str, acts: Sequence[Act], **more: Any) -> Life:
    """Let a machine carry out a script through the proxy; what fails is said, and the script goes on."""
    tolerant = {"fails": {"layer": "", "at": 0, "kind": ""}, "stall": LONG}
    return arena.lived(name, acts, url=proxy.url, **{**SMALL, **tolerant, **more})


@pytest.mark.parametrize("direction", ["up", "down"])
@pytest.mark.parametrize("phase", PLACES)
def test_a_connection_cut_at_any_byte_costs_a_repeat_and_nothing_else(
    arena: Arena, proxy: Proxy, phase: str, direction: Direction
) -> None:
    """P12, P13, P46: first sync, push and pull are cut in both directions, in order or by a reset; then they go on."""
    whole = _bytes_of(arena, proxy, phase)[direction]
    for number, place in enumerate(PLACES[phase]):
        proxy.resets = bool(number % 2)
        _one_cut(arena, proxy, phase, direction, int(whole * place))


def _bytes_of(arena: Arena, proxy: Proxy, phase: str) -> dict[Direction, int]:
    name, author = _prepare(arena, phase)
    proxy.reset()
    lived(arena, proxy, name, [*author.acts, {"do": "sync"}], **SIZES.get(phase, {}))
    return dict(proxy.passed)


def _prepare(arena: Arena, phase: str) -> tuple[str, Author]:
    """Bring things to just before the phase; return the machine that will meet the bad network, and its edits."""
    author = edits(Field.of(arena), random.Random(phase))
    if phase == "first":
        fresh(arena)
        author.acts.clear()
        return "fresh", author
    if phase == "pull":
        arena.lived("b", [*author.acts, {"do": "sync"}])
        author.acts.clear()
    return "a", author


def _one_cut(arena: Arena, proxy: Proxy, phase: str, direction: Direction, after: int) -> None:
    name, author = _prepare(arena, phase)
    expected = Expected(values_of(arena, author.written()))
    proxy.cut(direction, after)
    life = lived(arena, proxy, name, [*author.acts, {"do": "sync"}], **SIZES.get(phase, {}))
    assert proxy.struck, "it was not cut"
    assert life.all("failed") != ["stalled"], "a cut was not noticed"
    proxy.reset()
    again = lived(arena, proxy, name, [{"do": "settle"}])
    assert again.last("equal") is True
    expected.carried_out(author, committed(life, again))
    check_values(arena, expected)
    check_books(arena, arena.replica(name))
    if name == "a":
        tidy(arena, "a", author, author)


def test_who_accepts_and_never_answers_is_given_up_after_the_stall(arena: Arena, proxy: Proxy) -> None:
    """P47: half open from the beginning; the edit waits and goes out later."""
    author = edits(Field.of(arena), random.Random(47))
    expected = Expected(values_of(arena, author.written()))
    proxy.accepts_only = True
    began = time.monotonic()
    life = lived(arena, proxy, "a", [*author.acts, {"do": "sync"}], stall=STALL)
    assert life.all("failed"), life.said
    assert time.monotonic() - began >= STALL
    expected.carried_out(author, life.all("saved"))
    arena.settle("a")
    check_values(arena, expected)


@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_connection_that_died_in_a_sleep_is_replaced(
    arena: Arena, proxy: Proxy, direction: Direction
) -> None:
    """P47: the connection still looks open and nothing passes; after the stall a new one is made and the work goes on."""
    author = edits(Field.of(arena), random.Random(48))
    expected = Expected(values_of(arena, author.written()))
    proxy.hold(direction, 900)
    acts: list[Act] = [*author.acts, {"do": "sync"}, {"do": "sync"}, {"do": "sync"}]
    # Long enough for a busy machine to answer on the new connection.
    life = lived(arena, proxy, "a", acts, stall=3 * STALL)
    assert proxy.struck
    assert life.all("failed"), life.said
    assert life.all("synced"), "it did not come back by itself"
    expected.carried_out(author, life.all("saved"))
    arena.settle("b", "a")
    check_values(arena, expected)
    check_books(arena, arena.replica("a"), arena.replica("b"))


def test_a_slow_answer_is_waited_for_as_long_as_bytes_come(arena: Arena, proxy: Proxy) -> None:
    """P47: there is no limit on the whole: a first sync takes longer than the stall, and succeeds."""
    stall = 4.0
    fresh(arena)
    proxy.delay, proxy.piece = 0.05, 1_000
    began = time.monotonic()
    life = lived(arena, proxy, "fresh", [{"do": "sync"}], stall=stall, page_rows=50_000)
    assert not life.all("failed"), life.said
    assert time.monotonic() - began > stall, "it was not slow enough to show anything"
    arena.settle("fresh")
