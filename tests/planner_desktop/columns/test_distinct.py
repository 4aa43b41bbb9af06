"""Volume that counts the same search once."""

import random

import numpy as np
import pytest

from planner_desktop.columns import KeywordColumns, distinct

from .reference import Row, RowSource


def grouped(source: RowSource) -> KeywordColumns:
    columns = KeywordColumns.load(source)
    number, work = columns.grouping()
    assert columns.adopt_groups(number, work())
    return columns


def test_the_same_words_in_another_order_and_case_count_once_with_the_largest_volume() -> None:
    columns = grouped(
        RowSource.of(
            Row(1, "Standing Desk", seed_volume=100, country="US"),
            Row(2, "desk  standing", seed_volume=250, country="US"),
            Row(3, "desk", seed_volume=30, country="US"),
            Row(4, "desk desk", seed_volume=5, country="US"),
            Row(5, "unknown", country="US"),
        )
    )
    assert columns.distinct_volume(columns.keys()) == 250 + 30 + 5
    assert columns.distinct_volume(np.array([1, 3, 99], np.int32)) == 130
    assert columns.distinct_volume(np.array([], np.int32)) == 0


def test_each_country_has_its_own_searches() -> None:
    columns = grouped(
        RowSource.of(
            Row(1, "desk", seed_volume=100, country="US"),
            Row(2, "desk", seed_volume=40, country="GB"),
            Row(3, "desk", seed_volume=7),
        )
    )
    assert columns.distinct_volume(columns.keys()) == 147


def test_nothing_is_said_before_rows_are_grouped_and_after_they_are_others() -> None:
    source = RowSource.of(Row(1, "desk", seed_volume=1), Row(2, "lamp", seed_volume=2))
    columns = KeywordColumns.load(source)
    assert columns.distinct_volume(columns.keys()) is None
    number, work = columns.grouping()
    groups = work()
    columns.apply(RowSource.of(Row(2, "desk", seed_volume=2)), [2])
    assert not columns.adopt_groups(number, groups)
    assert columns.distinct_volume(columns.keys()) is None
    number, work = columns.grouping()
    assert columns.adopt_groups(number, work())
    assert columns.distinct_volume(columns.keys()) == 2


def test_another_volume_counts_without_grouping_again() -> None:
    columns = grouped(RowSource.of(Row(1, "desk", seed_volume=1)))
    columns.apply(RowSource.of(Row(1, "desk", seed_volume=1, volume_override=9)), [1])
    assert columns.distinct_volume(columns.keys()) == 9


@pytest.mark.parametrize("few", [0, 60_000])
def test_thousands_of_rows_agree_with_a_loop(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distinct, "_FEW", few)
    chance = random.Random(7)
    rows = [
        Row(
            key,
            " ".join(chance.choices(["a", "b", "c", "d"], k=chance.randint(1, 4))),
            seed_volume=chance.choice([None, 0, chance.randint(1, 999)]),
            country=chance.choice(["US", "GB"]),
        )
        for key in range(3_000)
    ]
    columns = grouped(RowSource.of(*rows))
    chosen = chance.sample(rows, 1_500)
    best: dict[object, int] = {}
    for row in chosen:
        sign = (tuple(sorted(row.keyword.split())), row.country)
        best[sign] = max(best.get(sign, 0), row.seed_volume or 0)
    keys = np.array([row.key for row in chosen], np.int32)
    assert columns.distinct_volume(keys) == sum(best.values())


def test_how_many_rows_a_change_would_change_is_counted_over_all_its_columns() -> None:
    columns = KeywordColumns.load(
        RowSource.of(
            Row(1, "a", cluster=1, status=1),
            Row(2, "b", volume_override=5),
            Row(3, "c", disabled=True, volume_override=9),
        )
    )
    keys = np.array([1, 2, 3, 99], np.int32)
    assert columns.changing(keys, {}) == 0
    assert columns.changing(keys, {"cluster": 1}) == 2
    assert columns.changing(keys, {"cluster": None}) == 1
    assert columns.changing(keys, {"volume_override": None}) == 2
    assert columns.changing(keys, {"volume_override": 5, "disabled": 0}) == 2
    assert columns.changing(keys, {"status": 1}) == 2
