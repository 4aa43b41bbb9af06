"""Clocks that are ten years off, on either side, and clocks that are set while work is under way: only shown times change."""

import random
from collections.abc import Iterator

import pytest

from tests.processes.arena import Arena
from tests.processes.checks import check_books, check_contested, check_values, values_of
from tests.processes.kills import committed, tidy
from tests.processes.script import WORKLOADS, Author, Expected, Field

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

TEN_YEARS = 10 * 365 * 86_400_000
HOUR = 3_600_000


@pytest.fixture(autouse=True)
def _right_again(arena: Arena) -> Iterator[None]:
    yield
    arena.recover()
    arena.down()
    arena.up()


def work(arena: Arena, seed: int, *, mine_off: int = 0, other_off: int = 0, step: int = 0) -> None:
    """Two people write the same and other things, each by a clock of his own; everything is as without them."""
    ground = Field.of(arena)
    chance = random.Random(seed)
    mine, other = Author(ground, chance), Author(ground, chance)
    WORKLOADS["trouble"](mine, other)
    expected = Expected(values_of(arena, mine.written() | other.written()))
    lived = arena.lived("b", [{"do": "settle"}, *other.acts], off_ms=other_off)
    expected.carried_out(other, lived.all("saved"))
    acts = [
        one
        for number, act in enumerate(mine.acts)
        for one in ([{"do": "step_clock", "off_ms": mine_off + number * step}, act] if step else [act])
    ]
    life = arena.lived("a", acts, off_ms=mine_off)
    again = arena.settled(arena.lived("a", [{"do": "settle"}], off_ms=mine_off))
    assert not life.all("failed"), life.said
    tags = committed(life, again)
    expected.carried_out(mine, tags)
    arena.settle("b")
    check_values(arena, expected, gone={("volume", row) for row in mine.contested})
    check_contested(arena, arena.replica("a"), mine, other, tags, life)
    check_books(arena, arena.replica("a"), arena.replica("b"))
    tidy(arena, "a", mine, other)


@pytest.mark.parametrize("years", [-TEN_YEARS, TEN_YEARS])
def test_a_machine_ten_years_off_decides_nothing_differently(arena: Arena, years: int) -> None:
    """P36: neither who wins nor what is asked depends on a machine's clock."""
    work(arena, seed=27, mine_off=years, other_off=-years)


def test_a_machine_whose_clock_is_set_back_again_and_again_loses_nothing(arena: Arena) -> None:
    """P36: ids still rise, numbers are dense, and what was edited later wins over what was edited before."""
    work(arena, seed=29, mine_off=TEN_YEARS, step=-HOUR)


@pytest.mark.parametrize("years", [-TEN_YEARS, TEN_YEARS])
def test_a_platform_ten_years_off_serves_as_before(arena: Arena, years: int) -> None:
    """P36: versions, not times, order what it has; tokens of a sign-in are its own matter."""
    arena.down()
    arena.up(off_ms=years)
    work(arena, seed=30)


def test_a_platform_whose_clock_goes_back_with_every_version_serves_as_before(arena: Arena) -> None:
    """P36: versions rise although the time that is written beside them falls."""
    arena.down()
    arena.up(step_ms=-HOUR)
    work(arena, seed=31)


def test_a_sign_in_under_a_wrong_clock_is_as_good_as_any(arena: Arena) -> None:
    """The machine never reads the time in a token: it renews when the platform refuses one, not before."""
    who = arena.people["owner"]
    folder = arena.folder / "astray"
    arena.sign_in(folder, who["email"], who["password"])
    acts = [{"do": "sync"}, {"do": "spoil_access"}, {"do": "settle"}]
    life = arena.lived("astray", acts, off_ms=TEN_YEARS)
    assert not life.all("failed")
    assert life.last("equal") is True
