"""The thread that steps the engine: it hears notes, survives faults and ends when it is told to."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from sync.clock import SystemClock
from sync.engine import Engine, SyncStatus
from sync.runner import Runner
from tests.support.machine import KEYWORDS, SITE, Machine, shop, site_of
from tests.support.platform import Platform

PATIENCE = 20.0


def until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


class Stage:
    """A runner over a machine whose replica belongs to another thread, as in the window."""

    def __init__(self, folder: Path, platform: Platform) -> None:
        self.statuses: list[SyncStatus] = []
        self.faults: list[Exception] = []
        self.lock = threading.RLock()
        self.ready = threading.Event()
        self.machine: Machine
        self.work: list[tuple[Callable[[], object], threading.Event, list[object]]] = []
        self.noted = threading.Event()
        self.ending = False
        self.writer = threading.Thread(target=self._write, args=(folder, platform), daemon=True)
        self.writer.start()
        assert self.ready.wait(PATIENCE)
        self.machine.engine._ctx.executor = self.carry
        self.runner = Runner(
            self.machine.engine,
            clock=SystemClock(),
            on_status=self.statuses.append,
            on_fault=self.faults.append,
        )

    def _write(self, folder: Path, platform: Platform) -> None:
        self.machine = Machine(folder, platform.transport(), SystemClock())  # type: ignore[arg-type]
        self.ready.set()
        while not self.ending:
            self.noted.wait(0.05)
            self.noted.clear()
            while self.work:
                job, done, result = self.work.pop(0)
                try:
                    result.append(job())
                except Exception as error:  # noqa: BLE001 - carried back to whoever asked
                    result.append(error)
                done.set()
        self.machine.close()

    def carry(self, job: Callable[[], object], /) -> object:
        done, result = threading.Event(), list[object]()
        self.work.append((job, done, result))
        self.noted.set()
        assert done.wait(PATIENCE)
        if isinstance(result[0], Exception):
            raise result[0]
        return result[0]

    def end(self) -> None:
        assert self.runner.stop(PATIENCE)
        self.ending = True
        self.noted.set()
        self.writer.join(PATIENCE)


@pytest.fixture
def platform() -> Platform:
    return shop()


@pytest.fixture
def stage(tmp_path: Path, platform: Platform) -> Iterator[Stage]:
    made = Stage(tmp_path, platform)
    yield made
    made.end()


def is_idle(stage: Stage) -> bool:
    return bool(stage.statuses) and stage.statuses[-1].state == "idle" and stage.statuses[-1].last_sync > 0


def edit(stage: Stage, keyword: str, value: int) -> None:
    from planner_core.commands import SetOverride  # noqa: PLC0415

    stage.carry(lambda: stage.machine.replica.run([SetOverride("volume", [keyword], value)]))


def test_it_syncs_by_itself_from_the_start(stage: Stage) -> None:
    stage.runner.start()
    until(lambda: is_idle(stage))
    assert len(stage.machine.overrides()) == len(KEYWORDS)
    assert not stage.faults


def test_an_edit_is_sent_when_its_author_pauses(stage: Stage, platform: Platform) -> None:
    stage.runner.start()
    until(lambda: is_idle(stage))
    edit(stage, KEYWORDS[0], 7)
    stage.runner.edited()
    until(lambda: any(status.waiting == 1 for status in stage.statuses))
    until(lambda: site_of(platform).values("keyword", KEYWORDS[0])["volume_override"] == 7)


def test_a_person_who_asks_does_not_wait(stage: Stage, platform: Platform) -> None:
    stage.runner.start()
    until(lambda: is_idle(stage))
    site_of(platform).put("keyword", KEYWORDS[1], volume_override=9)
    stage.runner.hurry()
    until(lambda: stage.machine.overrides()[KEYWORDS[1]] == 9)


def test_a_fault_in_a_step_is_handed_on_and_syncing_goes_on(stage: Stage, platform: Platform) -> None:
    """P21."""
    broken = [True]

    def stumble(_: httpx.Request) -> None:
        if broken:
            broken.pop()
            raise ZeroDivisionError("a fault of ours")

    platform.intercept = stumble
    stage.runner.start()
    until(lambda: len(stage.faults) == 1)
    assert isinstance(stage.faults[0], ZeroDivisionError)
    stage.runner.hurry()
    until(lambda: is_idle(stage))
    assert stage.runner.is_running


def test_it_ends_in_the_middle_of_a_wait_at_once(stage: Stage) -> None:
    stage.runner.start()
    until(lambda: is_idle(stage))
    began = time.monotonic()
    assert stage.runner.stop(PATIENCE)
    assert time.monotonic() - began < 5
    assert not stage.runner.is_running


def test_being_offline_shows_and_heals(stage: Stage, platform: Platform) -> None:
    def down(request: httpx.Request) -> None:
        raise httpx.ConnectError("no route", request=request)

    platform.intercept = down
    stage.runner.start()
    until(lambda: bool(stage.statuses) and stage.statuses[-1].state == "offline")
    assert stage.statuses[-1].remedy
    platform.intercept = None
    stage.runner.hurry()
    until(lambda: is_idle(stage))
    assert stage.carry(lambda: stage.machine.replica.peek(SITE)) == []


def test_a_sign_in_that_ended_is_a_status_and_no_fault(stage: Stage) -> None:
    stage.machine.session._tokens = None
    stage.runner.start()
    until(lambda: bool(stage.statuses) and stage.statuses[-1].state == "sign_in")
    assert not stage.faults


def test_questions_are_answered_on_the_runners_thread_between_rounds(stage: Stage) -> None:
    threads, rounds = set[str](), list[bool]()

    def question(engine: Engine) -> str:
        threads.add(threading.current_thread().name)
        rounds.append(engine.is_between_rounds)
        return "answer"

    stage.runner.start()
    # Asked at once, while the first round is under way, and again when nothing is.
    early = [stage.runner.ask(question) for _ in range(20)]
    assert {one.result(PATIENCE) for one in early} == {"answer"}
    until(lambda: is_idle(stage))
    assert stage.runner.ask(question).result(5) == "answer"
    assert threads == {"sync"}
    assert set(rounds) == {True}


def test_a_question_that_raises_is_its_askers_trouble(stage: Stage) -> None:
    def question(_engine: Engine) -> None:
        raise ValueError("no")

    stage.runner.start()
    with pytest.raises(ValueError, match="no"):
        stage.runner.ask(question).result(PATIENCE)
    until(lambda: is_idle(stage))
    assert not stage.faults


def test_a_runner_that_has_ended_answers_nothing(stage: Stage) -> None:
    stage.runner.start()
    assert stage.runner.stop(PATIENCE)
    assert stage.runner.ask(lambda engine: engine.status()).cancelled()


def test_whatever_breaks_a_step_off_does_not_end_syncing(stage: Stage, platform: Platform) -> None:
    """P21: not even what is no ordinary error, and not an error of whoever is told of it."""
    broken = [SystemExit(3), KeyboardInterrupt()]

    def stumble(_: httpx.Request) -> None:
        if broken:
            raise broken.pop()

    def deaf(fault: Exception) -> None:
        stage.faults.append(fault)
        raise RuntimeError("an error inside the error path")

    stage.runner._on_fault = deaf
    platform.intercept = stumble
    stage.runner.start()
    for number in (1, 2):
        until(lambda number=number: len(stage.faults) == number)  # type: ignore[misc]
        stage.runner.hurry()
    until(lambda: is_idle(stage))


def test_a_thread_that_hangs_is_left_behind_and_changes_nothing_later(
    stage: Stage, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P21: the request hangs where no time limit reaches; another thread takes over, and the late answer is refused."""
    hangs, late = threading.Event(), threading.Event()
    first = [True]

    def hang(request: httpx.Request) -> None:
        if first and request.url.path.endswith("/pull"):
            first.pop()
            hangs.set()
            assert late.wait(PATIENCE)

    stage.runner.start()
    until(lambda: is_idle(stage))
    assert not stage.runner.look_after()
    platform.intercept = hang
    site_of(platform).put("keyword", KEYWORDS[1], volume_override=9)
    stage.runner.hurry()
    assert hangs.wait(PATIENCE)
    stuck = stage.runner._thread
    monkeypatch.setattr(stage.machine.engine._ctx, "patience", 0.0)
    until(stage.runner.look_after)
    stage.runner.hurry()
    until(lambda: stage.machine.overrides()[KEYWORDS[1]] == 9)
    site_of(platform).put("keyword", KEYWORDS[1], volume_override=10)
    late.set()
    stuck.join(PATIENCE)
    assert not stuck.is_alive()
    stage.runner.hurry()
    until(lambda: stage.machine.overrides()[KEYWORDS[1]] == 10)
    assert (stage.runner.restarts, stage.faults) == (1, [])
