"""Rows of a plan by place: in the order of files and lines, all of them or those of one fate."""

from collections import Counter

import pytest

from planner_desktop.app.matching import Home, Matched
from planner_desktop.app.planrows import PlanRows
from planner_desktop.app.prepared import Prepared
from planner_desktop.importing import Cancelled, Origin, Range, Watch, plan_import

HOME = Home({"id": "s"}, {"id": "t"}, {})


def prepared(*texts: str) -> Prepared:
    """A plan of pasted lists, in which every keyword is added."""
    plan = plan_import([Origin(f"list {at}", None, text) for at, text in enumerate(texts)])
    chunks = list(plan.chunks())
    matched = Matched(HOME, [["add"] * len(one) for one in chunks], [[""] * len(one) for one in chunks])
    matched.files = {at: Counter(one.counts) for at, one in enumerate(plan.files)}
    return Prepared(plan, matched, "skip")


def test_rows_that_are_kept_and_left_out_stand_in_the_order_of_their_lines() -> None:
    held = prepared("Keyword,Volume\noak,5\nhttps://example.com,1\nOAK,7\nash,10-100\n", "Keyword\nelm\n")
    rows = PlanRows(held)
    lines = [rows.line(at) for at in range(len(rows))]
    assert [(one.file, one.line, one.keyword, one.fate) for one in lines] == [
        (0, 2, "oak", "add"),
        (0, 3, "https://example.com", "junk"),
        (0, 4, "OAK", "duplicate"),
        (0, 5, "ash", "add"),
        (1, 2, "elm", "add"),
    ]
    assert [one.volume for one in lines if one.fate == "add"] == [5, Range(10, 100), None]
    assert lines[2].reason == "the same keyword as line 2"
    assert (rows.count("add"), rows.count("junk"), rows.count("update")) == (3, 1, 0)
    assert rows.line(2, "add").keyword == "elm"
    held.close()


def test_rows_of_many_chunks_are_found_by_their_place() -> None:
    held = prepared("Keyword,Volume\n" + "".join(f"oak number {at},{at}\n" for at in range(30_000)))
    rows = PlanRows(held)
    assert len(held.matched.fates) > 1
    assert [rows.line(at).volume for at in (0, 9_999, 29_999)] == [0, 9_999, 29_999]
    held.close()


def test_putting_them_in_order_can_be_cancelled() -> None:
    held = prepared("Keyword\noak\n")
    with pytest.raises(Cancelled):
        PlanRows(held, Watch(is_cancelled=lambda: True))
    held.close()
