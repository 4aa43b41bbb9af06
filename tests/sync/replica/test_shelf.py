"""Seed keywords as a whole: packed columns, marks, and what the rules would decide."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from planner_core.commands import AddKeywordsFromSeeds, DeleteRows
from sync.replica import Reader
from tests.sync.replica.world import (
    LIBRARY,
    OTHER_SECTOR,
    SECTOR,
    SITE,
    World,
    hello,
    keyword,
    seed,
    seed_row,
    uid,
)


@pytest.fixture
def reader(world: World) -> Iterator[Reader]:
    opened = Reader.open(world.path)
    yield opened
    opened.close()


def added(reader: Reader, sector: str) -> list[str]:
    chunk = reader.seed_columns(sector)
    keys = [int(key) for key in chunk.key.split(",")]
    marked = [key for key, mark in zip(keys, chunk.added, strict=True) if mark == "1"]
    assert sorted(marked) == sorted(reader.added_seeds(sector))
    return reader.seed_uids(sorted(marked))


def test_columns_hold_the_active_seeds_and_say_which_are_keywords(world: World, reader: Reader) -> None:
    world.deliver(
        LIBRARY, {"seed": [seed_row(50, ver=2, text="two\nlines"), seed_row(2, ver=2, deleted=1)]}, version=2
    )
    chunk = reader.seed_columns(SECTOR)
    keys = [int(key) for key in chunk.key.split(",")]
    uids, lines = reader.seed_uids(keys), chunk.text.split("\n")
    assert chunk.size == len(keys) == len(uids) == len(lines) == len(chunk.added)
    assert seed(2) not in uids
    assert lines[uids.index(seed(50))] == "two lines"
    assert chunk.volume.split(",")[uids.index(seed(7))] == "70"
    assert [row.id for row in reader.seed_page(keys, SECTOR)] == uids


def test_marks_belong_to_a_sector_and_follow_edits(world: World, reader: Reader) -> None:
    assert set(added(reader, SECTOR)) == {seed(number) for number in range(1, 7)}
    here = set(added(reader, OTHER_SECTOR))
    world.replica.run([DeleteRows("keyword", [keyword(1)])])
    world.replica.run([AddKeywordsFromSeeds(SECTOR, [seed(9)], [uid(9, 900)])])
    assert set(added(reader, SECTOR)) == {*(seed(number) for number in range(2, 7)), seed(9)}
    assert set(added(reader, OTHER_SECTOR)) == here


def test_what_adding_would_come_to_is_told_and_nothing_is_written(world: World, reader: Reader) -> None:
    before = reader.stamp()
    asked = [seed(3), seed(9), seed(10), seed(777)]
    found = reader.foresee(AddKeywordsFromSeeds(SECTOR, asked, asked))
    assert [uid for operation in found.operations for uid in operation.ids] == [seed(9), seed(10)]
    assert found.unchanged == 1
    assert [(one.code, list(one.ids)) for one in found.refused] == [("unknown_seed", [seed(777)])]
    assert reader.stamp() == before
    done = world.replica.run(
        [AddKeywordsFromSeeds(SECTOR, asked, [uid(9, 900 + number) for number in range(4)])], partial=True
    )
    assert (done.changed, done.unchanged) == (2, 1)


def test_a_site_that_may_only_be_read_takes_no_seed(world: World, reader: Reader) -> None:
    world.replica.adopt_hello(hello(access="ro", only=[SITE]))
    found = reader.foresee(AddKeywordsFromSeeds(SECTOR, [seed(9)], [seed(9)]))
    assert not found.operations
    assert [one.code for one in found.refused] == ["read_only_site"]


def test_texts_of_seeds_come_in_the_order_asked(world: World, reader: Reader) -> None:
    assert reader.seed_texts([seed(4), seed(777), seed(1)]) == ["walnut desk 4", "walnut desk 1"]
