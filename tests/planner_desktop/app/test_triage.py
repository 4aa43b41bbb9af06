"""Pace, queue and book of a triage, without a window and without waiting."""

from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

from planner_desktop.app import triagebook
from planner_desktop.app.pace import BREAK_SECONDS, Pace
from planner_desktop.app.triage import name_for
from planner_desktop.app.triagebook import Kept, TriageBook
from planner_desktop.app.triagequeue import TriageQueue


def test_that_pace_is_keywords_a_minute_of_work_and_a_break_is_no_work() -> None:
    pace = Pace()
    pace.begin(0)
    assert pace.per_minute is None
    assert pace.minutes_for(412) is None
    for second in range(3, 61, 3):
        pace.note(second, 1)
    assert pace.per_minute == pytest.approx(20)
    assert pace.minutes_for(412) == 21
    pace.note(60 + 3_600, 1)
    assert pace.per_minute == pytest.approx(21 * 60 / (60 + BREAK_SECONDS))
    pace.begin(90_000)
    pace.note(90_003, -1)
    assert pace.per_minute == pytest.approx(20 * 60 / (60 + BREAK_SECONDS + 3))


def test_that_only_the_last_minutes_count() -> None:
    pace = Pace()
    pace.begin(0)
    for second in range(1, 301):
        pace.note(second, 10)
    for second in range(310, 310 + 600, 10):
        pace.note(second, 1)
    assert pace.per_minute == pytest.approx(6, abs=0.3)


class Columns:
    """What the columns know: nothing of a decision before `catch_up`."""

    def __init__(self, *keys: int) -> None:
        self.open = set(keys)

    def __call__(self, keys: Sequence[int]) -> Collection[int]:
        return self.open.intersection(keys)


def queue_of(*items: tuple[int, ...]) -> tuple[TriageQueue, Columns]:
    columns = Columns(*(key for item in items for key in item))
    queue = TriageQueue(columns)
    queue.show(items, len(columns.open))
    return queue, columns


def test_that_what_is_decided_is_gone_before_the_columns_know_and_what_others_decided_is_passed_over() -> (
    None
):
    queue, columns = queue_of((1,), (2, 3), (4,), (5,))
    assert queue.decide() == (1,)
    columns.open -= {3, 4}
    assert queue.current == (2, 3)[:1]
    assert queue.place == 1
    assert queue.decide() == (2,)
    assert queue.current == (5,)
    assert queue.left == 3


def test_that_what_is_skipped_comes_last_again_and_again() -> None:
    queue, _ = queue_of((1,), (2,), (3,))
    queue.skip()
    queue.skip()
    assert [queue.decide(), queue.skip(), queue.decide(), queue.decide(), queue.decide()] == [
        (3,),
        (1,),
        (2,),
        (1,),
        (),
    ]
    assert queue.left == 0


def test_that_what_is_given_back_is_on_top_even_where_the_columns_still_hold_the_decision() -> None:
    queue, columns = queue_of((1,), (2,))
    queue.decide()
    columns.open.discard(1)
    queue.put_back((1,))
    assert (queue.current, queue.left) == ((1,), 2)
    assert queue.place is None
    queue.changed()
    assert queue.current == (2,)
    queue.skip()
    queue.put_back((2,))
    assert [queue.decide(), queue.decide()] == [(2,), ()]


def test_that_an_edit_taken_back_elsewhere_brings_back_only_what_was_decided_here() -> None:
    queue, columns = queue_of((1,), (2,), (3,))
    queue.decide()
    queue.reopened([2, 9])
    assert queue.current == (2,)
    columns.open.discard(1)
    queue.reopened([1])
    assert queue.current == (2,)
    columns.open.add(1)
    queue.reopened([1, 2])
    assert (queue.current, queue.left) == ((1,), 3)


def test_that_a_new_pass_keeps_what_is_on_its_way_away_and_what_was_on_top_there() -> None:
    queue, _ = queue_of((1,), (2,), (3,))
    queue.show([(1,), (2,), (3,)], 2, decided={1}, first=(3,))
    assert [queue.decide(), queue.decide(), queue.decide()] == [(3,), (2,), ()]


def test_that_the_book_keeps_skips_uses_and_the_grouping_over_a_crash_in_the_middle_of_a_line(
    tmp_path: Path,
) -> None:
    path = tmp_path / "account" / "triage.jsonl"
    book = TriageBook(path)
    assert book.read() == Kept()
    book.skip(["a", "b"])
    book.skip(["c"])
    book.unskip(["a"])
    book.skip(["b"])
    book.used("x")
    book.used("y")
    book.used("x")
    book.choose("first-words")
    with path.open("a") as file:
        file.write('{"skip": ["torn')
    after = TriageBook(path)
    assert after.read() == Kept({"c": None, "b": None}, ["x", "y"], "first-words")
    after.skip(["d"])
    assert list(TriageBook(path).read().skipped) == ["c", "b", "d"]


@pytest.mark.parametrize("text", ["", "no json\n", '[1]\n{"skip": 3}\n{"recent": 1}\n', "\x00\xff\n"])
def test_that_a_book_that_cannot_be_read_holds_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "triage.jsonl"
    path.write_bytes(text.encode("latin-1"))
    assert TriageBook(path).read() == Kept()


def test_that_a_long_book_is_shortened_and_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(triagebook, "_MOST_LINES", 5)
    path = tmp_path / "triage.jsonl"
    book = TriageBook(path)
    for number in range(9):
        book.skip([str(number)])
        book.used(f"cluster {number % 3}")
    kept = book.read()
    assert len(path.read_text().splitlines()) < 9
    assert book.read() == kept
    assert kept.recent == ["cluster 2", "cluster 1", "cluster 0"]


@pytest.mark.parametrize(
    ("keywords", "name"),
    [
        (["standing desk"], "Standing desk"),
        (["best standing desk", "Standing Desk for kids"], "Standing desk"),
        (["lamp", "desk"], "Lamp"),
        (["x" * 40 + " " + "y" * 40], "X" + "x" * 39),
        ([], ""),
    ],
)
def test_that_a_cluster_is_named_after_what_its_keywords_share(keywords: list[str], name: str) -> None:
    assert name_for(keywords) == name
