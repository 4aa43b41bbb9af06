"""The door to the write connection: one thread, one call after the other, and news after each commit."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from planner_desktop.app.writer import InlineExecutor, Writer, writer_thread
from sync.errors import ReplicaLocked
from sync.replica import Changed, Outcome, Replica

CHANGE = Changed(frozenset({"keyword"}), {"keyword": (1,)}, "user", 1)


class Recorder:
    """Stands where the replica does and notes on which threads it is used."""

    def __init__(self) -> None:
        self.threads = {threading.get_ident()}
        self.closed = False
        self.flushes = self.rests = 0

    def touch(self, result: Any = None) -> Any:
        self.threads.add(threading.get_ident())
        return result

    def flush(self) -> None:
        self.touch()
        self.flushes += 1

    def rest(self) -> None:
        self.touch()
        self.rests += 1

    def close(self) -> None:
        self.touch()
        self.closed = True


def opener(made: list[Recorder]) -> Callable[[], Replica]:
    def open_it() -> Replica:
        made.append(Recorder())
        return cast("Replica", made[-1])

    return open_it


def test_that_a_window_writes_on_one_other_thread_from_opening_to_closing() -> None:
    made: list[Recorder] = []
    writer = Writer(opener(made), writer_thread())
    for _ in range(50):
        writer.do(lambda replica: cast("Any", replica).touch())
    assert writer.carry(threading.get_ident) in made[0].threads
    writer.close()
    assert len(made) == 1
    assert made[0].closed
    assert len(made[0].threads) == 1
    assert threading.get_ident() not in made[0].threads


def test_that_the_command_line_writes_on_its_own_thread() -> None:
    made: list[Recorder] = []
    writer = Writer(opener(made), InlineExecutor())
    assert writer.do(lambda replica: cast("Any", replica).touch(7)) == 7
    writer.close()
    assert made[0].threads == {threading.get_ident()}


def test_that_nothing_is_opened_before_the_first_call() -> None:
    made: list[Recorder] = []
    Writer(opener(made), InlineExecutor()).close()
    assert made == []


@pytest.mark.parametrize("result", [CHANGE, Outcome("a", "label", change=CHANGE)])
def test_that_every_change_is_announced_once_after_its_call(result: object) -> None:
    made: list[Recorder] = []
    heard: list[Changed] = []
    writer = Writer(opener(made), InlineExecutor())
    writer.on_changed(heard.append)
    writer.do(lambda replica: cast("Any", replica).touch(result))
    assert heard == [CHANGE]


@pytest.mark.parametrize("result", [None, 3, Outcome(None, "refused"), Changed(frozenset(), None, "sync", 2)])
def test_that_what_changed_nothing_is_not_announced(result: object) -> None:
    heard: list[Changed] = []
    writer = Writer(opener([]), InlineExecutor())
    writer.on_changed(heard.append)
    writer.do(lambda replica: cast("Any", replica).touch(result))
    assert heard == []


def test_that_errors_reach_the_caller_and_opening_is_tried_again() -> None:
    made: list[Recorder] = []
    attempts: list[int] = []

    def open_it() -> Replica:
        attempts.append(1)
        if len(attempts) == 1:
            raise ReplicaLocked("locked", "in use", "wait")
        return opener(made)()

    writer = Writer(open_it, writer_thread())
    with pytest.raises(ReplicaLocked):
        writer.do(lambda replica: None)
    assert writer.do(lambda replica: 5) == 5
    future = writer.submit(lambda replica: 1 // 0)
    assert isinstance(future.exception(), ZeroDivisionError)
    writer.close()


def test_that_the_disk_is_waited_for_after_the_change_was_announced() -> None:
    made: list[Recorder] = []
    writer = Writer(opener(made), InlineExecutor())
    order: list[int] = []
    writer.on_changed(lambda _change: order.append(made[0].flushes))
    writer.do(lambda _replica: CHANGE)
    writer.do(lambda _replica: CHANGE)
    assert order == [0, 1]
    assert made[0].flushes == 2
    writer.close()


def test_that_memory_goes_back_after_changes_of_very_many_rows_only() -> None:
    made: list[Recorder] = []
    writer = Writer(opener(made), InlineExecutor())
    writer.do(lambda _replica: CHANGE)
    assert made[0].rests == 0
    writer.do(lambda _replica: replace(CHANGE, keys=None, commit=2))
    assert made[0].rests == 1
    writer.close()
