"""What keywords copy of their seeds is what the columns show, however seed and keyword came."""

from __future__ import annotations

import sqlite3

import pytest

from planner_core.commands import AddKeywordsFromSeeds
from sync.replica import Reader
from tests.sync.replica.world import LIBRARY, SECTOR, SITE, World, keyword, keyword_row, seed, seed_row


def packed(world: World) -> dict[str, tuple[str, str, str, str]]:
    """Return keyword uid -> text, volume, difficulty and intent as the columns have them."""
    reader = Reader.open(world.path)
    chunk = reader.keyword_columns(None)
    uids = reader.keyword_uids([int(key) for key in chunk.key.split(",")])
    texts = chunk.text.decode().split("\n")
    figures = (column.split(",") for column in (chunk.seed_volume, chunk.seed_difficulty, chunk.intent))
    rows = dict(zip(uids, zip(texts, *figures, strict=True), strict=True))
    reader.close()
    return rows


def test_a_changed_seed_reaches_the_columns(world: World) -> None:
    assert packed(world)[keyword(2)] == ("walnut desk 2", "20", "2", "2")
    row = seed_row(2, ver=2, text="oak desk")
    row[4], row[5], row[6] = 77, None, None
    world.deliver(LIBRARY, {"seed": [row]}, version=2)
    assert packed(world)[keyword(2)] == ("oak desk", "77", "-1", "0")
    assert packed(world)[keyword(3)] == ("walnut desk 3", "30", "3", "2")


def test_a_seed_that_comes_after_its_keyword_reaches_the_columns(world: World) -> None:
    world.deliver(SITE, {"keyword": [keyword_row(30, ver=2, of_seed=40)]}, version=2)
    assert packed(world)[keyword(30)] == ("", "-1", "-1", "0")
    world.deliver(LIBRARY, {"seed": [seed_row(40, ver=2, text="late desk")]}, version=2)
    assert packed(world)[keyword(30)] == ("late desk", "400", "40", "2")


def test_a_keyword_made_here_has_its_figures_at_once(world: World) -> None:
    world.replica.run([AddKeywordsFromSeeds(SECTOR, [seed(9)], [keyword(50)])])
    assert packed(world)[keyword(50)] == ("walnut desk 9", "90", "9", "2")


def test_a_keyword_of_another_seed_takes_its_figures(world: World) -> None:
    world.deliver(SITE, {"keyword": [keyword_row(1, ver=2, of_seed=8)]}, version=2)
    assert packed(world)[keyword(1)] == ("walnut desk 8", "80", "8", "2")


@pytest.mark.parametrize("text", ["two\nlines", "three\nlines\n"])
def test_texts_that_would_shift_the_others_do_not(world: World, text: str) -> None:
    world.deliver(SITE, {"keyword": [keyword_row(30, ver=2, of_seed=40)]}, version=2)
    world.deliver(LIBRARY, {"seed": [seed_row(3, ver=2, text=text)]}, version=2)
    rows = packed(world)
    assert rows[keyword(3)][0] == text.replace("\n", " ")
    assert (rows[keyword(4)][0], rows[keyword(30)][0]) == ("walnut desk 4", "")


def test_a_file_of_the_first_schema_gets_them_on_opening(world: World) -> None:
    before = packed(world)
    world.close()
    old = sqlite3.connect(world.path)
    for name in ("text", "volume", "difficulty", "mask", "country"):
        old.execute(f"ALTER TABLE keyword DROP COLUMN {name}")
    old.execute("DELETE FROM _sqlite_migrations WHERE name LIKE 'm005%'")
    old.execute("PRAGMA user_version = 1")
    old.commit()
    old.close()
    world.open()
    assert packed(world) == before
