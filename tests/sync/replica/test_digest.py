"""The text a row's hash is taken over is the same whether Python or the database writes it."""

import pytest

from planner_core.wire.feed import digest_rows, digest_texts, row_text
from tests.sync.replica.world import LIBRARY, World, seed, seed_row

TEXTS = (
    "tab\t feed\n bell\x07 del\x7f",
    "line\u2028 \U0001f600 naïve 名前",
    '</b> \\u0041 "[1, 2]", "x"',
    " ",
)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_of_any_characters_is_hashed_as_the_platform_hashes_it(text: str, world: World) -> None:
    """P93."""
    row = seed_row(3, ver=2)
    row[3] = text
    world.deliver(LIBRARY, {"seed": [row]}, version=2)
    others = [seed_row(number) for number in range(1, 13) if number != 3]
    expected = digest_rows([one[0], *one[3:]] for one in [row, *others])
    assert world.replica.digest(LIBRARY) == {"seed": expected}


def test_one_changed_character_changes_one_bucket() -> None:
    rows = [(seed(number), row_text([seed(number), "oak desk", number])) for number in range(40)]
    before = digest_texts(rows)
    rows[7] = (seed(7), row_text([seed(7), "oak  desk", 7]))
    after = digest_texts(rows)
    changed = [place for place, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]]
    assert changed == [int(seed(7)[-2:], 16)]
    assert [count for count, _ in before] == [count for count, _ in after]


def test_the_end_of_a_long_row_counts_like_its_beginning() -> None:
    """P93."""
    long = ["a" * 32, "oak desk " * 500]
    assert digest_rows([[*long, 1]]) != digest_rows([[*long, 2]])


def test_rows_fetched_anew_were_not_compared_yet(world: World) -> None:
    """P93: "equal, checked ..." is said of rows that a digest was taken of; a snapshot and lost access end it, a pull does not."""

    def checked() -> int:
        return next(row.checked_at for row in world.replica.scopes() if row.id == LIBRARY)

    world.replica.checked(LIBRARY, 1, 5_000)
    world.deliver(LIBRARY, {"seed": [seed_row(1, ver=2)]}, version=2)
    assert checked() == 5_000
    world.snapshot(LIBRARY, {"seed": [seed_row(number, ver=2) for number in range(1, 13)]}, version=3)
    assert checked() == 0
    world.replica.checked(LIBRARY, 3, 6_000)
    world.replica.drop_scope(LIBRARY)
    assert checked() == 0
