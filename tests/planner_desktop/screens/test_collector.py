"""Python's collector looks through everything only while the window rests."""

import gc

import pytest
from PySide6.QtCore import QObject

from planner_desktop.screens.collector import Collector

pytestmark = pytest.mark.qt


class _Ring:
    def __init__(self) -> None:
        self.itself = self


def _rings() -> int:
    return sum(isinstance(one, _Ring) for one in gc.get_objects())


def test_cycles_are_collected_at_rest_and_never_in_the_middle_of_work(qapp: QObject) -> None:
    usual, busy = gc.get_threshold(), [True]
    collector = Collector(lambda: not busy[0], qapp)
    try:
        kept = [_Ring() for _ in range(10)]
        for _ in range(12):
            # They grow old: only a look through everything finds them now.
            gc.collect(1)
        kept.clear()
        gc.collect(1)
        collector.look()
        assert _rings() == 10, "somebody is at work"
        busy[0] = False
        collector.look()
        assert _rings() == 0
    finally:
        collector.end()
    assert gc.get_threshold() == usual
