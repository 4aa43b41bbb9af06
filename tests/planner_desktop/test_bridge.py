"""Results of other threads on the main thread: all of them, in order, and none for a receiver that is gone."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
import shiboken6
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from planner_desktop.bridge import Bridge

pytestmark = pytest.mark.qt


def unexpected(error: BaseException) -> None:
    raise AssertionError(error)


def test_that_changes_arrive_on_the_main_thread_in_order(qtbot: QtBot) -> None:
    bridge = Bridge()
    seen: list[tuple[object, int]] = []
    bridge.changed.connect(lambda change: seen.append((change, threading.get_ident())))
    with ThreadPoolExecutor(1) as writer:
        for number in range(300):
            writer.submit(bridge.announce, number)
    qtbot.waitUntil(lambda: len(seen) == 300)
    assert [change for change, _ in seen] == list(range(300))
    assert {thread for _, thread in seen} == {threading.get_ident()}


def test_that_every_future_is_delivered_on_the_main_thread(qtbot: QtBot) -> None:
    bridge, owner = Bridge(), QObject()
    results: list[int] = []
    threads: set[int] = set()

    def done(value: int) -> None:
        results.append(value)
        threads.add(threading.get_ident())

    with ThreadPoolExecutor(4) as pool:
        for number in range(300):
            bridge.watch(pool.submit(pow, number, 2), owner, done, unexpected)
    qtbot.waitUntil(lambda: len(results) == 300)
    assert sorted(results) == [number**2 for number in range(300)]
    assert threads == {threading.get_ident()}
    assert bridge.waiting == 0


def test_that_an_error_goes_to_the_failed_callback(qtbot: QtBot) -> None:
    bridge, owner = Bridge(), QObject()
    errors: list[BaseException] = []
    future: Future[int] = Future()
    bridge.watch(future, owner, lambda _value: unexpected(AssertionError("no result was set")), errors.append)
    future.set_exception(ValueError("no"))
    qtbot.waitUntil(lambda: bool(errors))
    assert isinstance(errors[0], ValueError)


def test_that_nothing_is_delivered_inside_the_call_that_made_it(qtbot: QtBot) -> None:
    bridge, owner = Bridge(), QObject()
    results: list[str] = []
    finished: Future[str] = Future()
    finished.set_result("at once")
    bridge.watch(finished, owner, results.append, unexpected)
    assert results == []
    qtbot.waitUntil(lambda: results == ["at once"])


def test_that_an_answer_for_a_deleted_receiver_is_dropped(qtbot: QtBot) -> None:
    bridge, owner = Bridge(), QObject()
    results: list[str] = []
    future: Future[str] = Future()
    bridge.watch(future, owner, results.append, unexpected)
    shiboken6.delete(owner)
    future.set_result("too late")
    qtbot.waitUntil(lambda: bridge.waiting == 0)
    assert results == []
