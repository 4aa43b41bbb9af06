"""KeywordColumns answers as a loop over rows does: random rows, queries, orders and changes."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner_core.query import Query, SortKey, parse, parse_sort
from planner_desktop.columns import KeywordColumns, Scope, order, textindex, textorder

from .reference import PACKINGS, Reference, Row, RowSource
from .strategies import KEYS, ORDERS, QUERIES, SCOPES, rows

Question = tuple[Query, tuple[SortKey, ...], Scope]
QUESTIONS = st.lists(st.tuples(QUERIES, ORDERS, SCOPES), min_size=1, max_size=4)


def check(columns: KeywordColumns, source: RowSource, questions: list[Question]) -> None:
    reference = Reference(source)
    for query, by, scope in questions:
        expected = reference.select(query, by, scope)
        found = columns.select(query, by, scope)
        assert found.tolist() == expected
        assert columns.count(query, scope) == len(expected)
        assert columns.keys(columns.evaluate(query, scope)).tolist() == sorted(expected)
        volumes = [source.rows[key].volume for key in expected]
        sums = columns.sums(found)
        assert sums.volume == sum(volume for volume in volumes if volume is not None)


@given(st.lists(rows(), max_size=25), QUESTIONS, st.sampled_from(PACKINGS), st.booleans())
def test_every_question_is_answered_as_a_loop_over_rows_answers_it(
    some: list[Row], questions: list[Question], packing: Any, lines: bool
) -> None:
    source = RowSource.of(*some, packing=packing, lines=lines)
    check(KeywordColumns.load(source), source, questions)


CHANGES = st.lists(
    st.tuples(
        st.lists(rows(), max_size=4),
        st.lists(KEYS, max_size=3),
        st.one_of(st.none(), st.sampled_from(["Aaa", "zzz", "Stools"])),
        QUESTIONS,
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
)


@pytest.fixture(params=["as shipped", "repairing always", "rebuilding always"], scope="module")
def thresholds(request: pytest.FixtureRequest) -> Iterator[None]:
    """The sizes at which one technique gives way to another, so that few rows reach all of them."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "repairing always":
            patch.setattr(order, "_REPAIRED_SHARE", 1)
        if request.param == "rebuilding always":
            patch.setattr(order, "_REPAIRED_SHARE", 10**9)
            patch.setattr(order, "MOST_INSERTED", 0)
            patch.setattr(textindex, "_OVERLAY_LEAST", 0)
            patch.setattr("planner_desktop.columns.engine.FEWEST_COMPACTED", 0)
        assert textorder.MOST_INSERTED > 0
        yield


@given(st.lists(rows(), max_size=20), CHANGES)
def test_after_any_changes_the_answers_and_the_side_car_are_those_of_the_rows(
    thresholds: None, tmp_path_factory: pytest.TempPathFactory, some: list[Row], changes: list[Any]
) -> None:
    path = tmp_path_factory.getbasetemp() / "columns.cache"
    source = RowSource.of(*some)
    columns = KeywordColumns.load(source)
    for put, remove, cluster, questions, through_file in changes:
        if cluster is not None:
            source.tables["cluster"][2] = cluster
        gone = [key for key in remove if key not in {row.key for row in put}]
        source.change(put, gone)
        columns.apply(
            source, [row.key for row in put], gone, renamed=["cluster"] if cluster is not None else []
        )
        if through_file:
            assert columns.save(path)
            reads = source.reads
            columns = KeywordColumns.open(path, source)
            assert source.reads == reads
        check(columns, source, questions)
        assert columns.differences(source) == []


def test_thousands_of_rows_and_large_changes_agree_too(tmp_path: Path) -> None:
    dice = random.Random(5)
    words = [f"w{number}" for number in range(300)] + ["Größe", "café", "x" * 30]

    def row(key: int) -> Row:
        return Row(
            key,
            " ".join(dice.choices(words, k=dice.randint(1, 7))),
            cluster=dice.choice([None, 1, 2, 4]),
            status=dice.randint(0, 1),
            seed_volume=dice.choice([None, dice.randrange(10**6), 50]),
            seed_difficulty=dice.randrange(101),
            intent=dice.randrange(16),
            created=dice.randrange(2**31),
        )

    source = RowSource.of(*(row(key) for key in range(5, 6_005, 2)))
    columns = KeywordColumns.load(source)
    queries = ["", "w1", "w29", '"w1 w2"', '" w1"', "größe volume:>=1000", "x", "-w1 status:new", "w7 w8"]
    orders = ["", "keyword", "-keyword", "-volume", "volume,keyword", "-created", "cluster,-difficulty"]
    # Every order over all rows and over a few, every query in one order.
    asked = (
        [("", by) for by in orders]
        + [("w29", by) for by in orders]
        + [(query, "-volume") for query in queries]
    )
    questions = [(parse(query), parse_sort(by), Scope()) for query, by in asked]
    check(columns, source, questions)
    for size in (1, 50, 1500, 2500):
        put = [row(key) for key in dice.sample(range(8_000), size)]
        remove = [key for key in dice.sample(range(8_000), size) if key not in {new.key for new in put}]
        source.change(put, remove)
        columns.apply(source, [new.key for new in put], remove)
        check(columns, source, questions)
        assert columns.differences(source) == []
