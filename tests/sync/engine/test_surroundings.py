"""What surrounds a round: a computer that sleeps, a guest network, an older version, a fault of our own."""

import httpx
import pytest

from sync.errors import UpgradeNeeded, WrongUrl
from tests.support.machine import KEYWORDS, Machine
from tests.support.platform import Platform, refusal


def test_after_a_sleep_the_connections_are_new_and_the_platform_is_asked_at_once(
    machine: Machine, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P47."""
    fresh: list[bool] = []
    monkeypatch.setattr(machine.session, "reconnect", lambda: fresh.append(True))
    platform.requests.clear()
    machine.engine.step()
    assert not platform.requests
    machine.clock._now_ms += 600_000
    machine.engine.step()
    assert fresh == [True]
    assert platform.requests == ["POST /sync/v1/hello"]


def test_a_platform_that_wants_a_newer_version_leaves_editing_and_the_queue_alone(
    machine: Machine, platform: Platform
) -> None:
    """P40."""
    machine.volume(KEYWORDS[0], 10)
    too_old = refusal(426, "upgrade")
    platform.intercept = lambda request: too_old if request.url.path.endswith("/hello") else None
    with pytest.raises(UpgradeNeeded):
        machine.sync()
    assert machine.engine.status().state == "blocked"
    machine.volume(KEYWORDS[1], 11)
    assert len(machine.waiting()) == 2


def test_the_sign_in_page_of_a_guest_network_counts_as_offline(machine: Machine, platform: Platform) -> None:
    machine.volume(KEYWORDS[0], 10)
    platform.intercept = lambda _: httpx.Response(200, html="<html>Room number?</html>")
    with pytest.raises(WrongUrl):
        machine.sync()
    assert machine.engine.status().state == "offline"
    assert len(machine.waiting()) == 1


def test_a_fault_of_this_program_is_raised_and_the_next_attempt_planned(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P21."""

    def stumble() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(machine.feed, "hello", lambda _: stumble())
    machine.engine.hurry()
    with pytest.raises(ZeroDivisionError):
        machine.engine.step()
    monkeypatch.undo()
    assert machine.engine.status().code == "internal"
    machine.step_until(lambda: machine.engine.status().state == "idle")
