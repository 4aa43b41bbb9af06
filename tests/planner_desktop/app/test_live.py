"""An account at work: edits are sent by themselves, news arrive from other threads, and closing leaves nothing behind."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from planner_core.commands import SetOverride
from planner_desktop.app.desk import Desk
from planner_desktop.app.live import News
from planner_desktop.app.opening import open_planner
from planner_desktop.app.planner import Planner
from planner_desktop.app.profile import Profile
from planner_desktop.app.signing import sign_in
from planner_desktop.demo.platform import Platform
from sync.errors import ReplicaLocked, SignInNeeded

pytestmark = pytest.mark.slow


@dataclass(slots=True)
class Heard:
    """Everything that was told, and by which threads."""

    changes: list[Any] = field(default_factory=list)
    statuses: list[Any] = field(default_factory=list)
    reports: list[Any] = field(default_factory=list)
    faults: list[Any] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)

    def news(self) -> News:
        return News(*(self._into(kind) for kind in (self.changes, self.statuses, self.reports, self.faults)))

    def _into(self, kind: list[Any]) -> Callable[[Any], None]:
        def hear(what: Any) -> None:
            self.threads.add(threading.current_thread().name)
            kind.append(what)

        return hear


def eventually(holds: Callable[[], object], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def profile(platform: Platform, tmp_path: Path) -> Profile:
    made = Profile.at(tmp_path / "profile")
    person = platform.people()[0]
    sign_in(made, platform.address, person.email, person.password)
    return made


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def desk(profile: Profile, heard: Heard) -> Iterator[Desk]:
    made = Desk(profile, heard.news())
    yield made
    made.close()


def an_edit(planner: Planner, value: int) -> SetOverride:
    planner.store.columns  # noqa: B018 - loads them
    return SetOverride("volume", planner.keywords.ids(planner.keywords.select().first(3)), value)


def test_that_an_edit_is_announced_sent_and_confirmed_by_itself(
    desk: Desk, heard: Heard, platform: Platform
) -> None:
    live = desk.open()
    assert live is not None
    live.start_sync()
    eventually(lambda: heard.reports)
    assert heard.reports[0].pulled > 160
    outcome = live.planner.submit([an_edit(live.planner, 90_001)]).result(10)
    assert outcome.changed == 3
    assert [change.origin for change in heard.changes][-1] == "user"
    eventually(lambda: sum(report.pushed for report in heard.reports) == 3)
    eventually(lambda: live.planner.sync.status()["waiting"] == 0)
    assert heard.statuses[-1].state in {"idle", "syncing"}
    assert heard.faults == []
    assert threading.current_thread().name not in heard.threads
    live.planner.store.do(lambda replica: replica.undo())
    live.sync_now()
    eventually(lambda: sum(report.pushed for report in heard.reports) == 6)


def test_that_closing_writes_what_was_queued_and_frees_the_lock(desk: Desk, profile: Profile) -> None:
    live = desk.open()
    assert live is not None
    live.planner.sync.now()
    futures = [live.planner.submit([an_edit(live.planner, 100 + number)]) for number in range(20)]
    desk.close()
    assert [future.result(0).changed for future in futures] == [3] * 20
    planner = open_planner(profile, lock_seconds=0)
    assert planner.sync.status()["waiting"] == 60
    planner.store.do(lambda replica: replica.replica_id)
    planner.close()


def test_that_sync_does_not_start_without_a_sign_in_and_editing_goes_on(
    desk: Desk, heard: Heard, profile: Profile
) -> None:
    live = desk.open()
    assert live is not None
    live.planner.sync.now()
    live.planner.sync.session.close()
    for tokens in profile.folder.glob("accounts/*/tokens.json"):
        tokens.unlink()
    again = desk.open()
    assert again is not None
    again.start_sync()
    eventually(lambda: heard.faults)
    assert isinstance(heard.faults[0], SignInNeeded)
    assert again.planner.submit([an_edit(again.planner, 4)]).result(10).changed == 3


def test_that_a_second_window_is_told_who_owns_the_profile(
    desk: Desk, heard: Heard, profile: Profile
) -> None:
    first = desk.open()
    assert first is not None
    first.planner.sync.now()
    other = Desk(profile, heard.news())
    try:
        second = other.open()
        assert second is not None
        second.start_sync()
        eventually(lambda: heard.faults)
        assert isinstance(heard.faults[0], ReplicaLocked)
        assert len(second.planner.keywords.select()) == 160
    finally:
        other.close()


def test_that_a_profile_without_an_account_opens_nothing(tmp_path: Path, heard: Heard) -> None:
    desk = Desk(Profile.at(tmp_path), heard.news())
    assert desk.open() is None
    desk.close()


def test_that_a_sync_that_cannot_be_loaded_is_told_of_and_can_be_started_again(
    desk: Desk, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = desk.open()
    assert live is not None
    with monkeypatch.context() as broken:
        broken.setitem(sys.modules, "sync.runner", None)
        live.start_sync()
        eventually(lambda: heard.faults)
    assert heard.faults[0].code == "sync_not_started"
    assert isinstance(heard.faults[0].__cause__, ImportError)
    eventually(lambda: live._starting is not None and not live._starting.is_alive())
    live.start_sync()
    eventually(lambda: heard.reports)
