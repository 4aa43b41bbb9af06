"""P35: a scope whose answer would remove much waits for a word; everything else goes on."""

from __future__ import annotations

import pytest

from sync.engine import Engine
from sync.errors import DiskFull
from tests.support.machine import BRANCH, KEYWORDS, SITE, Machine, site_of
from tests.support.platform import Platform


def guarded(machine: Machine) -> list[str]:
    reasons: list[str] = []
    machine.engine = Engine(
        machine.replica,
        machine.feed,
        clock=machine.clock,
        random=machine.random.random,
        before_risk=reasons.append,
    )
    return reasons


def empty_site(platform: Platform) -> None:
    """The site answers as if it had never held anything, and every cursor is too old for it."""
    site = site_of(platform)
    site.rows = {}
    site.bump()
    site.gc_floor = site.version


def test_a_suddenly_empty_site_is_asked_about_and_the_rest_goes_on(
    machine: Machine, platform: Platform
) -> None:
    """P35: the stop is seen in the status, a backup was asked for, and an edit still reaches the platform."""
    reasons = guarded(machine)
    empty_site(platform)
    platform.scopes[BRANCH].put("seed", "5" * 32, keyword="oak desk")
    machine.sync()
    status = machine.engine.status()
    assert (status.state, status.code, status.held) == ("blocked", "mass_delete", (SITE,))
    assert len(reasons) == 1
    assert set(machine.overrides()) == set(KEYWORDS)
    asked = platform.count(f"/{SITE}/snapshot")

    machine.volume(KEYWORDS[0], 5)
    machine.sync()
    assert not machine.waiting()
    assert platform.count(f"/{SITE}/push") == 1
    assert platform.count(f"/{SITE}/snapshot") == asked
    assert machine.engine.status().code == "mass_delete"
    branch = next(row for row in machine.replica.scopes() if row.id == BRANCH)
    assert branch.version == platform.scopes[BRANCH].version


def test_allowed_it_happens_once_and_the_backup_is_that_of_the_question(
    machine: Machine, platform: Platform
) -> None:
    """P35: the word lets exactly this apply happen."""
    reasons = guarded(machine)
    empty_site(platform)
    machine.sync()
    machine.replica.allow_removal(SITE)
    machine.sync()
    assert machine.overrides() == {}
    assert reasons == ["Shop: the platform's answer removes many rows"]
    assert machine.engine.status().state == "idle"
    assert machine.engine.verify_now() is True


def test_a_restored_platform_that_has_lost_everything_costs_one_backup(
    machine: Machine, platform: Platform
) -> None:
    """P35, P8: rows of another history, and hardly any of them: the copy made for the one serves the other."""
    reasons = guarded(machine)
    site = site_of(platform)
    site.rows.clear()
    platform.new_epoch(site)
    machine.sync()
    assert machine.engine.status().code == "mass_delete"
    machine.replica.allow_removal(SITE)
    machine.sync()
    assert machine.overrides() == {}
    assert reasons == ["Shop: the platform was restored"]


def test_no_question_is_asked_before_its_backup_could_be_made(machine: Machine, platform: Platform) -> None:
    """P35, P56: on a full disk there is neither, nothing is removed, and the next round tries again."""
    reasons = guarded(machine)
    full = DiskFull("disk_full", "There is no space left.", "Free some.")

    def refuse(_reason: str) -> None:
        raise full

    machine.engine._ctx.before_risk = refuse
    empty_site(platform)
    with pytest.raises(DiskFull):
        machine.sync()
    assert all(row.guard is None for row in machine.replica.scopes())
    assert set(machine.overrides()) == set(KEYWORDS)
    machine.engine._ctx.before_risk = reasons.append
    machine.sync()
    assert machine.engine.status().code == "mass_delete"
    assert len(reasons) == 1


def test_the_question_stands_after_a_restart(machine: Machine, platform: Platform) -> None:
    """P35: durable, not a state of the program."""
    empty_site(platform)
    machine.sync()
    machine.restart()
    machine.sync()
    assert machine.engine.status().held == (SITE,)
    assert set(machine.overrides()) == set(KEYWORDS)
