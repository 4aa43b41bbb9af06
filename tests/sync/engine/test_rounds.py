"""Rounds against a platform that answers as it should."""

import httpx
import pytest

from planner_core.commands import CreateCluster, SetEnabled
from sync.errors import OwnerMismatch
from tests.support.machine import BRANCH, KEYWORDS, SECTOR, SITE, Machine, site_of
from tests.support.platform import Platform, uid
from tests.sync.engine.conftest import NewMachine


def test_the_first_sync_brings_everything(new_machine: NewMachine, platform: Platform) -> None:
    machine = new_machine()
    report = machine.sync()

    assert report.pulled == 4 + 20 + 13
    assert report.pushed == 0
    assert set(machine.overrides()) == set(KEYWORDS)
    assert machine.engine.verify_now() is True
    assert machine.engine.status().equal_checked_at == machine.clock.now_ms()


def test_a_first_sync_in_pages_of_one_row_brings_the_same(
    new_machine: NewMachine, platform: Platform
) -> None:
    platform.page_rows = 1
    machine = new_machine()
    machine.sync()
    assert set(machine.overrides()) == set(KEYWORDS)
    assert machine.engine.verify_now() is True


def test_an_edit_reaches_the_platform_and_a_second_machine(
    machine: Machine, new_machine: NewMachine, platform: Platform
) -> None:
    other = new_machine("two")
    other.sync()
    machine.volume(KEYWORDS[0], 700)

    report = machine.sync()
    heard = other.sync()

    assert site_of(platform).values("keyword", KEYWORDS[0])["volume_override"] == 700
    assert (report.pushed, report.pulled, report.conflicts, report.refused) == (1, 0, 0, 0)
    assert heard.pulled == 1
    assert machine.overrides() == other.overrides()
    assert other.overrides()[KEYWORDS[0]] == 700
    assert not machine.waiting()


def test_a_round_with_nothing_to_do_is_one_hello(machine: Machine, platform: Platform) -> None:
    platform.requests.clear()
    report = machine.sync()
    assert platform.requests == ["POST /sync/v1/hello"]
    assert (report.pushed, report.pulled) == (0, 0)


def test_the_order_of_a_round_is_account_library_site_and_pull_before_push(
    machine: Machine, platform: Platform
) -> None:
    machine.volume(KEYWORDS[0], 1)
    site_of(platform).put("keyword", KEYWORDS[1], volume_override=5)
    platform.scopes[BRANCH].put("seed", uid(0x150), keyword="tray")
    platform.requests.clear()
    machine.sync()
    assert [one.removeprefix("GET ").removeprefix("POST ") for one in platform.requests] == [
        "/sync/v1/hello",
        f"/sync/v1/scopes/{BRANCH}/pull",
        f"/sync/v1/scopes/{SITE}/pull",
        f"/sync/v1/scopes/{SITE}/push",
        f"/sync/v1/scopes/{SITE}/pull",
    ]


def test_a_named_site_leaves_other_sites_alone(new_machine: NewMachine, platform: Platform) -> None:
    platform.add(uid(0x40), "site", "Second")
    platform.scopes[uid(0xA0)].put("site", uid(0x40), name="Second", slug="second")
    machine = new_machine()
    machine.engine.sync_now([uid(0x40)])
    assert not any(SITE in one for one in platform.requests)
    assert any(uid(0x40) in one for one in platform.requests)


def test_edits_on_two_machines_in_any_order_converge(new_machine: NewMachine, platform: Platform) -> None:
    one, two = new_machine("one"), new_machine("two")
    one.sync()
    two.sync()
    one.volume(KEYWORDS[0], 1)
    two.volume(KEYWORDS[1], 2)
    two.run(SetEnabled("keyword", [KEYWORDS[0]], enabled=False))
    for machine in (two, one, two):
        machine.sync()
    assert one.overrides() == two.overrides()
    assert one.engine.verify_now() is two.engine.verify_now() is True


def test_a_conflict_is_counted_and_the_platforms_value_shown(machine: Machine, platform: Platform) -> None:
    machine.volume(KEYWORDS[0], 10)
    site_of(platform).put("keyword", KEYWORDS[0], volume_override=20)

    report = machine.sync()

    assert report.conflicts == 1
    assert machine.engine.status().conflicts == 1
    assert machine.overrides()[KEYWORDS[0]] == 20


def test_a_change_the_platform_refuses_is_parked_and_the_rest_goes(
    machine: Machine, platform: Platform
) -> None:
    """P17, P18."""
    machine.volume(KEYWORDS[0], 1)
    machine.run(CreateCluster(uid(0x900), SECTOR, "poison"))
    machine.volume(KEYWORDS[1], 2)

    report = machine.sync()

    assert site_of(platform).values("keyword", KEYWORDS[0])["volume_override"] == 1
    assert site_of(platform).values("keyword", KEYWORDS[1])["volume_override"] == 2
    assert report.refused == 1
    assert machine.engine.status().refused == 1
    assert not machine.waiting()


def test_a_dry_run_tells_and_changes_nothing(machine: Machine, platform: Platform) -> None:
    machine.volume(KEYWORDS[0], 10)
    waiting, cursors = machine.waiting(), machine.cursors()
    urls: list[str] = []

    def look(request: httpx.Request) -> httpx.Response | None:
        urls.append(str(request.url))
        return None

    platform.intercept = look
    report = machine.engine.dry_run()

    assert any(url.endswith("push?dry_run=1") for url in urls)
    assert [one.rows for one in report.scopes] == [1]
    assert (machine.waiting(), machine.cursors()) == (waiting, cursors)


def test_work_is_never_sent_as_somebody_else(machine: Machine, platform: Platform) -> None:
    """P49, P50."""
    machine.volume(KEYWORDS[0], 10)
    platform.user = uid(0xBB)
    with pytest.raises(OwnerMismatch):
        machine.sync()
    assert len(machine.waiting()) == 1
    assert platform.count("/push") == 0
    assert machine.engine.status().state == "blocked"


def test_a_site_for_reading_only_is_pulled_and_nothing_is_sent(machine: Machine, platform: Platform) -> None:
    machine.volume(KEYWORDS[0], 10)
    site_of(platform).access = "ro"
    site_of(platform).put("keyword", KEYWORDS[1], volume_override=20)
    machine.sync()
    assert platform.count("/push") == 0
    assert machine.overrides()[KEYWORDS[1]] == 20
    assert len(machine.waiting()) == 1


def test_lost_access_takes_the_rows_and_keeps_the_work(machine: Machine, platform: Platform) -> None:
    """P12, P51, P79."""
    machine.volume(KEYWORDS[0], 10)
    site_of(platform).access = "none"
    machine.sync()
    assert KEYWORDS[1] not in machine.overrides()
    site_of(platform).access = "rw"
    site_of(platform).put("keyword", KEYWORDS[1], volume_override=20)

    machine.sync()

    assert machine.overrides()[KEYWORDS[1]] == 20
    assert site_of(platform).values("keyword", KEYWORDS[0])["volume_override"] == 10
    assert machine.engine.verify_now() is True
