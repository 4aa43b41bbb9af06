"""The thread that fetches ahead: bounded, in order, and gone when nobody wants anything of it."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sync import ahead
from sync.ahead import FetchedAhead
from sync.clock import SystemClock
from sync.engine import Asked
from sync.errors import Unreachable
from sync.transport import FeedClient, FeedPage
from tests.support.machine import KEYWORDS, Machine, shop

PATIENCE = 20.0
FIRST = Asked("s" * 32, after="", at=0, limit=10, told=None, deleted_after=None)


def asked(number: int) -> Asked:
    return replace(FIRST, after=str(number), at=7) if number else FIRST


@dataclass
class Source(FeedClient):
    """Answers with pages of 100 bytes; each request waits for its permit."""

    pages: int = 4
    broken_from: int = 99

    def __post_init__(self) -> None:
        self.asked: list[str] = []
        self.permits = threading.Semaphore(0)
        self.reached = threading.Semaphore(0)

    def snapshot(self, scope: str, *, after: str, **_given: object) -> FeedPage:
        self.asked.append(after)
        self.reached.release()
        assert self.permits.acquire(timeout=PATIENCE)
        number = int(after or 0)
        if number >= self.broken_from:
            raise Unreachable("offline", "no", "wait")
        more = number + 1 < self.pages
        return FeedPage(scope, "e", {}, [], [], [], 7, "t", more, 1, after=str(number + 1), at=7, size=100)

    def allow(self, number: int) -> None:
        self.permits.release(number)

    def reaches(self, requests: int) -> None:
        """Wait until so many more requests have arrived."""
        for _ in range(requests):
            assert self.reached.acquire(timeout=PATIENCE)


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def fetched(source: Source) -> Iterator[FetchedAhead]:
    made = FetchedAhead(source)
    yield made
    source.allow(100)
    made.close()
    assert not [one for one in threading.enumerate() if one.name == "sync ahead"]


def soon(work: Callable[[], FeedPage | None]) -> tuple[threading.Thread, list[FeedPage | None]]:
    found: list[FeedPage | None] = []
    thread = threading.Thread(target=lambda: found.append(work()), daemon=True)
    thread.start()
    return thread, found


def test_pages_come_in_their_order_each_asked_for_once(source: Source, fetched: FetchedAhead) -> None:
    source.allow(4)
    fetched.begin(FIRST)
    pages = [fetched.take(asked(number)) for number in range(4)]
    assert [page.after for page in pages if page] == ["1", "2", "3", "4"]
    assert source.asked == ["", "1", "2", "3"]
    assert fetched.take(asked(4)) is None


def test_a_page_that_is_under_way_is_waited_for(source: Source, fetched: FetchedAhead) -> None:
    fetched.begin(FIRST)
    source.reaches(1)
    thread, found = soon(lambda: fetched.take(FIRST))
    assert not found
    source.allow(1)
    thread.join(PATIENCE)
    assert [page.after for page in found if page] == ["1"]


def test_another_question_than_the_one_that_was_foreseen_gets_nothing(
    source: Source, fetched: FetchedAhead
) -> None:
    source.allow(1)
    fetched.begin(FIRST)
    source.reaches(2)
    assert fetched.take(replace(FIRST, limit=5)) is None
    # Nor does anybody get what was foreseen instead of it.
    assert fetched.take(FIRST) is None


def test_a_failure_is_nothing_that_was_fetched(source: Source, fetched: FetchedAhead) -> None:
    source.broken_from = 1
    source.allow(4)
    fetched.begin(FIRST)
    assert fetched.take(FIRST) is not None
    assert fetched.take(asked(1)) is None
    assert source.asked == ["", "1"]


def test_no_more_is_held_than_agreed(
    source: Source, fetched: FetchedAhead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "HELD_BYTES", 200)
    source.allow(100)
    fetched.begin(FIRST)
    source.reaches(2)
    # Two pages are what is held; the third one is asked for when one of them is taken, and no sooner.
    assert fetched.take(FIRST) is not None
    source.reaches(1)
    assert source.asked == ["", "1", "2"]


def test_who_waits_is_let_go_when_all_is_dropped(source: Source, fetched: FetchedAhead) -> None:
    fetched.begin(FIRST)
    source.reaches(1)
    thread, found = soon(lambda: fetched.take(FIRST))
    fetched.drop()
    thread.join(PATIENCE)
    assert found == [None]
    source.allow(1)
    assert fetched.take(FIRST) is None


def test_a_thread_that_holds_enough_ends_when_nobody_takes_anything(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "HELD_BYTES", 100)
    monkeypatch.setattr(ahead, "UNWANTED_AFTER", 0.01)
    source.allow(1)
    FetchedAhead(source).begin(FIRST)
    for thread in [one for one in threading.enumerate() if one.name == "sync ahead"]:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert source.asked == [""]


def test_a_first_sync_with_the_thread_brings_the_same(tmp_path: Path) -> None:
    platform = shop()
    platform.page_rows = 3
    machine = Machine(tmp_path, platform.transport(), SystemClock(), ahead=FetchedAhead)  # type: ignore[arg-type]
    machine.sync()
    assert set(machine.overrides()) == set(KEYWORDS)
    assert machine.engine.verify_now() is True
    machine.engine.leave()
    machine.close()
