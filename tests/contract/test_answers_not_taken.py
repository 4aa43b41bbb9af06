"""P91: an answer that the platform could not carry out leaves its question open, on every machine of its author."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from planner_server.planning.services import Work, apply_operation
from planner_server.sync_api import judging
from sync.replica import ReviewRow
from tests.contract.test_decisions import items
from tests.contract.test_two_people import assert_equal, settle
from tests.support.machine import Machine
from tests.support.server import Server


@pytest.fixture
def laptop(server: Server, eve: Machine) -> Machine:
    """Another machine of eve's."""
    machine = server.machine("eve-laptop")
    machine.sync()
    return machine


def always(_work: Work, _operation: object) -> bool:
    return True


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, when: Callable[[Work, object], bool] = always) -> Iterator[None]:
    """The platform fails on everything, or on what is named, while the block runs."""

    def apply(work: Work, operation: object) -> None:
        if when(work, operation):
            raise RuntimeError("poison")
        apply_operation(work, operation)  # type: ignore[arg-type]  # handed on as it came

    with monkeypatch.context() as patched:
        patched.setattr(judging, "apply_operation", apply)
        yield


def asked(server: Server, eve: Machine, cem: Machine, *others: Machine) -> ReviewRow:
    """Return eve's question about the volume of the first keyword: cem's 9 or her own 5."""
    one = server.keywords[0]
    cem.volume(one, 9)
    cem.sync()
    eve.volume(one, 5)
    settle(eve, cem, *others)
    (item,) = items(eve)
    return item


def kinds(machine: Machine) -> list[str]:
    return sorted(item.kind for item in items(machine))


def test_a_decision_the_platform_fails_on_leaves_its_question_open_on_every_machine(
    server: Server, eve: Machine, cem: Machine, laptop: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P91: letting the failed decision go is no answer; the question itself is."""
    question = asked(server, eve, cem, laptop)
    with failing(monkeypatch):
        eve.replica.resolve([question.id], "theirs")
        settle(eve, laptop)
    assert kinds(eve) == kinds(laptop) == ["conflict", "refused"]
    eve.replica.resolve([item.id for item in items(eve) if item.kind == "refused"], "theirs")
    settle(eve, laptop)
    assert [item.id for item in items(eve)] == [item.id for item in items(laptop)] == [question.id]
    eve.replica.resolve([question.id], "mine")
    settle(eve, laptop, cem)
    assert items(eve) == items(laptop) == []
    assert server.volume(server.keywords[0]) == 5
    assert_equal(eve, laptop, cem)


def test_a_decision_the_platform_failed_on_that_is_sent_again_answers_its_question(
    server: Server, eve: Machine, cem: Machine, laptop: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P91: at once here, so nobody answers it twice, and on the other machine when it has gone through."""
    question = asked(server, eve, cem, laptop)
    with failing(monkeypatch):
        eve.replica.resolve([question.id], "mine")
        settle(eve, laptop)
    eve.replica.resolve([item.id for item in items(eve) if item.kind == "refused"], "mine")
    assert items(eve) == []
    settle(eve, laptop, cem)
    assert items(eve) == items(laptop) == []
    assert server.volume(server.keywords[0]) == 5
    assert_equal(eve, laptop, cem)


def test_a_decision_the_platform_fails_on_asks_nothing_anew_that_was_decided_elsewhere(
    server: Server, eve: Machine, cem: Machine, laptop: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P91: the laptop's decision went through, and this machine has heard of it before its own was refused."""
    question = asked(server, eve, cem, laptop)
    eve.replica.resolve([question.id], "mine")
    laptop.replica.resolve([question.id], "theirs")
    laptop.sync()
    with failing(monkeypatch):
        settle(eve)
    assert kinds(eve) == ["refused"]
