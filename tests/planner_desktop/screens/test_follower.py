"""What a large edit says of itself is taken where it is the very next commit; everything else is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QObject

from planner_desktop.screens.follower import Follower, RowsChanged
from sync.replica import Changed
from sync.replica.records import Patch

PATCH = Patch([1, 2, 3], {"status": "mapped"})


class Columns:
    """Columns at commit 4 that take every patch, or none."""

    def __init__(self, *, takes: bool = True) -> None:
        self.stamp = ("file", 4)
        self.takes = takes
        self.taken: list[Patch] = []

    def apply_patches(self, patches: Any, *, stamp: tuple[str, int]) -> bool:
        if self.takes:
            self.taken += patches
            self.stamp = stamp
        return self.takes


class Reading:
    """Notes that something was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def ask(self, _work: Callable[[Any], Any]) -> None:
        self.asked += 1


class Bridge:
    """Answers nothing."""

    def watch(self, *_: object) -> None: ...


def change(commit: int, *, kinds: str = "keyword history", patches: tuple[Patch, ...] = (PATCH,)) -> Changed:
    return Changed(frozenset(kinds.split()), None, "user", commit, patches)


def follower(qapp: QObject, columns: Columns) -> tuple[Follower, Reading, list[RowsChanged]]:
    reading, told = Reading(), list[RowsChanged]()
    made = Follower(Bridge(), reading, lambda: None, lambda _commit: [1, 2, 3], qapp)  # type: ignore[arg-type]
    made.adopt(columns)  # type: ignore[arg-type]
    made.followed.connect(told.append)
    return made, reading, told


def test_the_very_next_commit_is_taken_without_reading(qapp: QObject) -> None:
    columns = Columns()
    made, reading, told = follower(qapp, columns)
    made.follow(change(5))
    assert (columns.taken, columns.stamp, reading.asked) == ([PATCH], ("file", 5), 0)
    assert told == [RowsChanged(None, by_user=True)]
    assert made.is_idle


@pytest.mark.parametrize(
    "told_of",
    [change(6), change(4), change(5, kinds="keyword cluster"), change(5, patches=())],
    ids=["a commit is missing", "it is there already", "names changed, too", "it says nothing"],
)
def test_everything_else_is_read(qapp: QObject, told_of: Changed) -> None:
    columns = Columns()
    made, reading, told = follower(qapp, columns)
    made.follow(told_of)
    assert (columns.taken, columns.stamp, reading.asked, told) == ([], ("file", 4), 1, [])


def test_what_the_columns_do_not_know_is_read(qapp: QObject) -> None:
    made, reading, _ = follower(qapp, Columns(takes=False))
    made.follow(change(5))
    assert reading.asked == 1


def test_while_something_is_being_read_nothing_is_taken_before_it(qapp: QObject) -> None:
    columns = Columns()
    made, reading, _ = follower(qapp, columns)
    made.follow(Changed(frozenset(["keyword"]), {"keyword": [7]}, "sync", 5))
    made.follow(change(6))
    assert (columns.taken, reading.asked) == ([], 1)
    assert not made.is_idle
