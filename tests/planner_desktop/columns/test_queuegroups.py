"""Keywords in the order and the groups in which they are looked at."""

import numpy as np
import pytest

from planner_desktop.columns import KeywordColumns, queuegroups
from planner_desktop.columns.likeness import Likeness, NamedCluster
from planner_desktop.columns.queuegroups import Grouping, Items, grouped, singly

from .reference import Row, RowSource

ROWS = (
    Row(1, "standing desk", seed_volume=10, country="US"),
    Row(2, "desk standing", seed_volume=20, country="US"),
    Row(3, "standing desk oak", seed_volume=500, country="US"),
    Row(4, "lamp", seed_volume=90, country="US"),
    Row(5, "Desks, standing", seed_volume=5, country="GB"),
    Row(6, "led lamp", seed_volume=7, country="US"),
    Row(7, "standing desk", seed_volume=30, country="US", sector=2),
)
CLUSTERS = (NamedCluster(1, "Standing desks", 1), NamedCluster(3, "Lamps", 1))


def items_of(grouping: Grouping, later: tuple[int, ...] = (), rows: tuple[Row, ...] = ROWS) -> Items:
    columns = KeywordColumns.load(RowSource.of(*rows))
    table = columns.asking.words()
    keys = np.array(sorted((row.key for row in rows), key=lambda key: -(rows[key - 1].volume or 0)))
    return grouped(
        grouping, table, Likeness.build(table, CLUSTERS), keys, columns.asking.volumes(keys), later
    )


def test_singly_the_order_is_kept_and_what_was_put_off_comes_last_in_its_own_order() -> None:
    items = singly(np.array([5, 3, 9, 1]), [9, 77, 5])
    assert list(items) == [(3,), (1,), (9,), (5,)]
    assert list(items_of("one", (4, 3))) == [(7,), (2,), (1,), (6,), (5,), (4,), (3,)]


def test_near_duplicates_come_together_within_sector_and_country() -> None:
    items = list(items_of("near-duplicates"))
    assert items[0] == (2, 1)
    assert [item for item in items if len(item) > 1] == [(2, 1)]


def test_the_same_first_words_come_together_and_single_words_stay_alone() -> None:
    items = list(items_of("first-words"))
    assert items[0] == (3, 1)
    assert items[1:4] == [(2, 5), (4,), (7,)]


def test_a_suggested_cluster_brings_its_keywords_together_and_is_named() -> None:
    items = items_of("suggested-cluster")
    assert items[0] == (3, 2, 1, 5)
    assert items.cluster(0) == 1
    assert items[1] == (4, 6)
    assert items.cluster(1) == 3
    assert items.cluster(2) is None


@pytest.mark.parametrize("grouping", queuegroups.GROUPINGS)
def test_every_keyword_comes_exactly_once_and_those_put_off_last(grouping: Grouping) -> None:
    items = list(items_of(grouping, (1, 4)))
    assert sorted(key for item in items for key in item) == [1, 2, 3, 4, 5, 6, 7]
    assert items[-2:] == [(1,), (4,)]
    assert list(items_of(grouping, rows=())) == []


def test_more_than_can_be_looked_over_comes_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queuegroups, "LARGEST", 2)
    rows = tuple(Row(key, f"standing desk {key}", seed_volume=key) for key in range(1, 6))
    assert list(items_of("first-words", rows=rows)) == [(5, 4), (3, 2), (1,)]


def test_volumes_are_those_of_the_keys_and_unknown_ones_are_told_apart() -> None:
    columns = KeywordColumns.load(RowSource.of(Row(1, seed_volume=4), Row(2), Row(5, seed_volume=9)))
    assert columns.asking.volumes(np.array([5, 1, 2, 99])).tolist() == [9, 4, -1, -1]
