"""Work of the window in pieces."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QObject

from planner_desktop.screens.bypieces import ByPieces

pytestmark = pytest.mark.qt


@pytest.fixture
def told() -> list[str]:
    """What happened, in order."""
    return []


@pytest.fixture
def work(qapp: QCoreApplication, told: list[str]) -> Iterator[ByPieces]:
    """Three pieces, and a word when they are done."""

    def pieces() -> Iterator[None]:
        for name in ("one", "two", "three"):
            told.append(name)
            yield

    parent = QObject(qapp)
    made = ByPieces(pieces(), parent)
    made.done.connect(lambda: told.append("done"))
    yield made
    parent.deleteLater()


def test_nothing_is_done_before_it_is_started(work: ByPieces, told: list[str]) -> None:
    QCoreApplication.processEvents()
    assert told == []
    assert not work.is_done


def test_one_piece_is_done_each_time_the_window_has_nothing_else_to_do(
    work: ByPieces, told: list[str]
) -> None:
    work.start()
    assert told == []
    QCoreApplication.processEvents()
    assert told == ["one"]
    for _ in range(3):
        QCoreApplication.processEvents()
    assert told == ["one", "two", "three", "done"]


def test_whoever_cannot_wait_has_the_rest_at_once_and_the_end_is_told_once(
    work: ByPieces, told: list[str]
) -> None:
    work.start()
    QCoreApplication.processEvents()
    work.finish()
    assert told == ["one", "two", "three", "done"]
    work.finish()
    work.start()
    QCoreApplication.processEvents()
    assert told == ["one", "two", "three", "done"]


def test_a_piece_that_asks_for_the_rest_goes_on_alone(qapp: QCoreApplication) -> None:
    order = []
    parent = QObject(qapp)

    def pieces() -> Iterator[None]:
        order.append("first")
        asking.finish()
        order.append("still first")
        yield
        order.append("second")

    asking = ByPieces(pieces(), parent)
    asking.finish()
    assert order == ["first", "still first", "second"]
    assert asking.is_done
    parent.deleteLater()
