"""When a row came from the platform with other values than were shown: what `changed:` of the query line asks."""

from __future__ import annotations

from contextlib import closing

from planner_core.commands import SetOverride
from sync.replica import Reader
from sync.replica.arrivals import AWAY_MS
from tests.sync.replica.world import (
    LIBRARY,
    SITE,
    World,
    hello,
    keyword,
    keyword_row,
    results,
    seed_row,
)


def arrived(world: World) -> dict[str, int]:
    """Return uid of a keyword -> second it came."""
    with closing(Reader.open(world.path)) as reader:
        found = reader.arrivals()
        keys = [int(key) for key in found.keys.split(",") if key]
        return (
            dict(zip(reader.keyword_uids(keys), map(int, found.at.split(",")), strict=True)) if keys else {}
        )


def before(world: World) -> int:
    with closing(Reader.open(world.path)) as reader:
        return reader.arrivals().before


def test_a_first_snapshot_is_no_news(world: World) -> None:
    assert arrived(world) == {}


def test_what_others_changed_and_made_is_news(world: World) -> None:
    world.clock.advance(5)
    now = world.clock.now_ms() // 1000
    rows = [keyword_row(1, ver=2, volume_override=7), keyword_row(2, ver=2), keyword_row(9, ver=2)]
    world.deliver(SITE, {"keyword": rows}, version=2)
    assert arrived(world) == {keyword(1): now, keyword(9): now}


def test_the_echo_of_ones_own_work_is_none(world: World) -> None:
    world.replica.run([SetOverride("volume", [keyword(1), keyword(2)], 7)])
    sent = world.send()
    world.replica.store_results(SITE, results(sent, version=2))
    rows = [
        keyword_row(1, ver=2, volume_override=7),
        keyword_row(2, ver=2, volume_override=7, difficulty_override=4),
    ]
    world.deliver(SITE, {"keyword": rows}, version=2)
    assert set(arrived(world)) == {keyword(2)}, "somebody else set its difficulty"


def test_other_figures_of_the_library_are_news_of_its_keywords(world: World) -> None:
    changed = seed_row(1, ver=2)
    changed[4] = 999
    world.deliver(LIBRARY, {"seed": [changed, seed_row(2, ver=2)]}, version=2)
    assert set(arrived(world)) == {keyword(1)}


def test_a_snapshot_that_comes_again_tells_what_differs(world: World) -> None:
    rows = [keyword_row(1, ver=3, disabled=True), *(keyword_row(n, ver=1) for n in range(2, 7))]
    world.snapshot(SITE, {"keyword": rows}, version=3)
    assert set(arrived(world)) == {keyword(1)}


def test_an_absence_begins_with_the_last_word_before_it(world: World) -> None:
    assert before(world) == 0
    last = world.clock.now_ms() // 1000
    world.clock.advance(60)
    world.replica.adopt_hello(hello())
    assert before(world) == 0, "a minute is no absence"
    last = world.clock.now_ms() // 1000
    world.clock.advance(AWAY_MS / 1000 + 1)
    world.replica.adopt_hello(hello())
    assert before(world) == last
    world.clock.advance(60)
    world.replica.adopt_hello(hello())
    assert before(world) == last, "until the next absence"
