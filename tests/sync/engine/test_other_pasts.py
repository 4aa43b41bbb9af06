"""A platform that was restored, a folder that was copied, rows that went wrong: both sides end with one history."""

import copy

import httpx
import pytest

from sync.engine import recovery
from sync.errors import PlatformFault
from tests.support.machine import KEYWORDS, SITE, Machine, site_of
from tests.support.platform import Platform
from tests.sync.engine.conftest import NewMachine


def volume_at(platform: Platform, keyword: str) -> object:
    return site_of(platform).values("keyword", keyword)["volume_override"]


def test_a_restored_platform_gets_back_what_it_forgot_and_nothing_twice(
    machine: Machine, new_machine: NewMachine, platform: Platform
) -> None:
    """P8, P64, P65."""
    machine.volume(KEYWORDS[0], 1)
    machine.sync()
    backup = copy.deepcopy(site_of(platform))
    for number, keyword in enumerate(KEYWORDS[1:5]):
        machine.volume(keyword, 10 + number)
    machine.sync()
    machine.volume(KEYWORDS[5], 99)
    platform.scopes[SITE] = backup

    machine.sync()

    assert [volume_at(platform, keyword) for keyword in KEYWORDS[:6]] == [1, 10, 11, 12, 13, 99]
    assert machine.engine.verify_now() is True
    assert not machine.waiting()
    other = new_machine("two")
    other.sync()
    assert other.overrides() == machine.overrides()


def test_what_is_asked_about_in_several_requests_is_answered_as_a_whole(
    machine: Machine, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P8, P64: more operations than one request may name; what the first answers said counts like the last."""
    monkeypatch.setattr(recovery, "ASKED_AT_ONCE", 2)
    backup = copy.deepcopy(site_of(platform))
    for number, keyword in enumerate(KEYWORDS[:5]):
        machine.volume(keyword, 10 + number)
    machine.sync()
    platform.scopes[SITE] = backup

    machine.sync()

    assert platform.count("/ops/known") == 3
    assert [volume_at(platform, keyword) for keyword in KEYWORDS[:5]] == [10, 11, 12, 13, 14]
    assert not machine.waiting()


def test_a_platform_that_has_forgotten_our_numbers_is_asked_what_it_knows(
    machine: Machine, platform: Platform
) -> None:
    """P84: a number below everything that is held here is no gap to wait for but a platform that lost its books."""
    machine.volume(KEYWORDS[0], 1)
    machine.volume(KEYWORDS[1], 2)
    machine.sync()
    site = site_of(platform)
    site.logs.clear()
    site.ops.clear()
    machine.volume(KEYWORDS[2], 3)

    machine.sync()

    assert [volume_at(platform, keyword) for keyword in KEYWORDS[:3]] == [1, 2, 3]
    assert platform.count("/ops/known") > 0
    assert not machine.waiting()
    assert machine.engine.verify_now() is True


def test_a_copied_folder_becomes_a_replica_of_its_own_and_both_go_on(
    machine: Machine, new_machine: NewMachine, platform: Platform
) -> None:
    """P9, P82."""
    machine.volume(KEYWORDS[0], 1)
    machine.sync()
    machine.replica.close()
    twin_folder = machine.path.parent.parent / "twin"
    twin_folder.mkdir()
    for file in machine.path.parent.iterdir():
        (twin_folder / file.name).write_bytes(file.read_bytes())
    machine.start()
    twin = new_machine("twin")

    machine.volume(KEYWORDS[1], 11)
    twin.volume(KEYWORDS[2], 22)
    for one in (machine, twin, machine, twin):
        one.sync()

    assert [volume_at(platform, keyword) for keyword in KEYWORDS[:3]] == [1, 11, 22]
    assert machine.overrides() == twin.overrides()
    assert machine.replica.replica_id != twin.replica.replica_id
    assert twin.engine.verify_now() is True


def test_a_row_that_went_wrong_here_is_found_and_fetched_again(machine: Machine, platform: Platform) -> None:
    """P10, P93: the digest speaks of content; the cure is the platform's rows, not its checksum."""
    held = site_of(platform).rows["keyword"][KEYWORDS[3]]
    held.values["volume_override"] = 4321  # Without a version: as if it had been damaged on one side.
    assert machine.engine.verify_now() is True
    assert machine.overrides()[KEYWORDS[3]] == 4321
    assert platform.count("/snapshot") > 3


def test_a_difference_that_stays_is_reported_and_not_written_off(
    machine: Machine, platform: Platform
) -> None:
    """P10, P93."""
    empty = httpx.Response(200, json={"epoch": "e1", "version": site_of(platform).version, "entities": {}})
    platform.intercept = lambda request: empty if request.url.path.endswith(f"{SITE}/digest") else None
    with pytest.raises(PlatformFault) as caught:
        machine.engine.verify_now()
    assert caught.value.code == "differs"
