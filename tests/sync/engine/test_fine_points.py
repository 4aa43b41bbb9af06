"""Fine points of a round: each is one comparison or the order of two steps, and would be missed by nobody but its user."""

import copy
import json

import httpx
import pytest

from planner_core.commands import CreateCluster
from sync.engine.round import VERIFY_AFTER_MS, VERIFY_EVERY_MS, Checks
from sync.errors import Unreachable
from tests.support.machine import KEYWORDS, SECTOR, SITE, Machine, site_of
from tests.support.platform import Platform, uid
from tests.sync.engine.conftest import NewMachine
from tests.sync.engine.test_other_pasts import volume_at


def test_a_clock_that_was_set_back_does_not_put_a_comparison_off(machine: Machine) -> None:
    """P36: a moment of the last comparison that lies ahead says nothing."""
    assert machine.engine.verify_now() is True
    (row,) = [one for one in machine.replica.scopes() if one.id == SITE]
    checks = Checks()
    assert not checks.is_due(row, 0, row.checked_at - 10 * VERIFY_EVERY_MS, fresh=False)
    assert checks.is_due(row, VERIFY_AFTER_MS, row.checked_at, fresh=False)
    # One that was made an hour ago counts.
    checks = Checks()
    assert not checks.is_due(row, 0, row.checked_at + 3_600_000, fresh=False)
    assert not checks.is_due(row, VERIFY_AFTER_MS, row.checked_at, fresh=False)
    assert checks.is_due(row, VERIFY_EVERY_MS - 3_600_000, row.checked_at, fresh=False)


def test_work_whose_verdict_came_late_is_confirmed_though_the_platform_stands_still(
    machine: Machine, platform: Platform
) -> None:
    """P14: the answer was lost, its rows came by, the verdict was told again, and then the network went before the last pull."""
    machine.volume(KEYWORDS[0], 10)
    asked: list[str] = []

    def lose(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        asked.append(request.url.path.rpartition("/")[2])
        # The answer to the push, and in the next round that to the pull behind it.
        if asked in (["hello", "push"], ["hello", "push", "hello", "pull", "push", "pull"]):
            raise httpx.ReadError("connection reset", request=request)
        return response

    platform.after = lose
    for _ in range(2):
        with pytest.raises(Unreachable):
            machine.sync()
    (row,) = [one for one in machine.replica.scopes() if one.id == SITE]
    assert (row.version, row.unconfirmed, row.open) == (site_of(platform).version, 1, 0)
    platform.after = None

    machine.sync()

    (row,) = [one for one in machine.replica.scopes() if one.id == SITE]
    assert row.unconfirmed == 0
    assert machine.engine.verify_now() is True


def test_after_a_restore_what_was_forgotten_goes_before_the_rows_are_fetched(
    machine: Machine, platform: Platform
) -> None:
    """P64, P96: the rows that come then have it in them, so nothing seems lost in between."""
    machine.sync()
    backup = copy.deepcopy(site_of(platform))
    machine.run(CreateCluster(uid(0x900), SECTOR, "Made since"))
    machine.volume(KEYWORDS[0], 10)
    machine.sync()
    platform.scopes[SITE] = backup
    platform.requests.clear()

    machine.sync()

    asked = [one.rpartition(f"{SITE}/")[2] for one in platform.requests if SITE in one]
    assert asked[:3] == ["ops/known", "push", "snapshot"]
    assert uid(0x900) in site_of(platform).rows["cluster"]
    assert machine.engine.verify_now() is True


def test_a_new_name_has_its_work_compared_with_what_the_platform_has(
    machine: Machine, platform: Platform
) -> None:
    """P75, P9: nothing else tells that a platform of the same epoch has lost an operation."""
    machine.volume(KEYWORDS[0], 1)
    machine.sync()
    site = site_of(platform)
    site.ops.clear()
    site.rows["keyword"][KEYWORDS[0]].values["volume_override"] = None
    machine.replica.new_replica_id()

    machine.sync()

    assert volume_at(platform, KEYWORDS[0]) == 1
    assert platform.count("/ops/known") == 1
    machine.sync()
    assert platform.count("/ops/known") == 1


def test_what_another_history_knows_of_our_work_is_not_taken(machine: Machine, platform: Platform) -> None:
    """P75: put back once more between two questions, the platform speaks of another past than in its first answer."""
    backup = copy.deepcopy(site_of(platform))
    machine.volume(KEYWORDS[0], 1)
    machine.sync()
    platform.scopes[SITE] = backup
    site = site_of(platform)

    def from_elsewhere(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/ops/known"):
            return None
        platform.intercept = None
        ops = json.loads(request.content)["op_ids"]
        known = [{"seq": 1, "op_id": op, "verdict": "applied", "ver": 1, "rows": []} for op in ops]
        state = {"epoch": "another", "version": site.version, "token": site.token}
        return httpx.Response(200, json=state | {"known": known, "unknown": [], "too_old": []})

    platform.intercept = from_elsewhere
    machine.sync()
    assert volume_at(platform, KEYWORDS[0]) == 1
    assert platform.count("/ops/known") == 2
    assert not machine.waiting()


def test_one_operation_that_is_not_ours_is_another_copys(
    machine: Machine, new_machine: NewMachine, platform: Platform
) -> None:
    """P9: whoever has nothing open himself can have lost no answer."""
    machine.volume(KEYWORDS[0], 1)
    machine.sync()
    machine.replica.close()
    folder = machine.path.parent.parent / "twin"
    folder.mkdir()
    for file in machine.path.parent.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    machine.start()
    twin = new_machine("twin")
    name = machine.replica.replica_id
    assert twin.replica.replica_id == name
    twin.volume(KEYWORDS[1], 2)
    twin.sync()
    assert twin.replica.replica_id == name

    machine.sync()

    assert machine.replica.replica_id != name


def test_another_operation_under_the_last_number_is_another_copys(
    machine: Machine, platform: Platform
) -> None:
    """P9: the numbers are equal, what they stand for is not."""
    machine.volume(KEYWORDS[0], 1)
    machine.sync()
    name = machine.replica.replica_id
    log = site_of(platform).logs[name]
    log[-1] = log[-1].model_copy(update={"op_id": uid(0xDEAD)})

    machine.sync()

    assert machine.replica.replica_id != name
    assert not machine.waiting()


def test_verdicts_of_another_history_are_not_taken(machine: Machine, platform: Platform) -> None:
    """P64: put back between taking the push and answering it, the platform may not have the work any more."""
    machine.volume(KEYWORDS[0], 1)

    def from_elsewhere(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if not request.url.path.endswith("/push"):
            return response
        platform.after = None
        return httpx.Response(200, json=response.json() | {"epoch": "another"})

    platform.after = from_elsewhere
    machine.sync()
    assert platform.count("/push") == 2
    assert volume_at(platform, KEYWORDS[0]) == 1
    assert not machine.waiting()
