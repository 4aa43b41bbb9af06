"""Many texts are sorted off the window's thread, and only where they are asked for in that order."""

import threading

import pytest

from planner_core.query import Query, parse_sort
from planner_desktop.columns import KeywordColumns, order

from .reference import Row, RowSource

BY_TEXT = parse_sort("-keyword")
TEXTS = ("walnut desk", "desk", "Desk", "oak desk", "desk lamp", "zebra", "", "äpfel")
SORTED = sorted(range(len(TEXTS)), key=lambda at: (TEXTS[at].casefold(), at))


@pytest.fixture
def columns(monkeypatch: pytest.MonkeyPatch) -> KeywordColumns:
    monkeypatch.setattr(order, "_MANY_TEXTS", 2)
    return KeywordColumns.load(RowSource.of(*(Row(at, text) for at, text in enumerate(TEXTS))))


def test_sorting_many_texts_for_the_first_time_is_work_for_another_thread(columns: KeywordColumns) -> None:
    assert columns.asking.preparation(Query(), parse_sort("-volume")) is None
    work = columns.asking.preparation(Query(), BY_TEXT)
    assert work is not None
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert columns.asking.adopt(work)
    assert columns.asking.preparation(Query(), BY_TEXT) is None
    assert columns.select(order=parse_sort("keyword")).tolist() == SORTED


def test_an_order_of_texts_that_changed_meanwhile_is_not_taken(columns: KeywordColumns) -> None:
    work = columns.asking.preparation(Query(), BY_TEXT)
    assert work is not None
    work()
    columns.apply(RowSource.of(Row(0, "aardvark"), commit=2), [0])
    assert not columns.asking.adopt(work)
    assert columns.asking.preparation(Query(), BY_TEXT) is not None
    assert columns.select(order=parse_sort("keyword")).tolist()[:2] == [6, 0]


def test_few_texts_are_sorted_at_once(columns: KeywordColumns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "_MANY_TEXTS", len(TEXTS) + 1)
    assert columns.asking.preparation(Query(), BY_TEXT) is None


def test_a_few_new_texts_are_put_in_place_without_sorting_all(columns: KeywordColumns) -> None:
    columns.select(order=parse_sort("keyword"))
    columns.apply(RowSource.of(Row(99, "desk chair"), commit=2), [99])
    assert columns.asking.preparation(Query(), BY_TEXT) is None
    found = columns.select(order=parse_sort("keyword")).tolist()
    assert found.index(99) == found.index(4) - 1
