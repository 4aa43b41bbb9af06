"""What is fetched ahead changes nothing but the time it takes: the same questions, the same errors, the same rows."""

from collections import Counter
from typing import cast

import httpx
import pytest

from sync.errors import Unreachable
from tests.support.ahead import Eager
from tests.support.machine import BRANCH, KEYWORDS, SITE, Machine, site_of
from tests.support.platform import Platform, refusal, uid
from tests.sync.engine.conftest import NewMachine

BRANCH_PAGE, SITE_PAGE = f"GET /sync/v1/scopes/{BRANCH}/snapshot", f"GET /sync/v1/scopes/{SITE}/snapshot"


def ahead_of(machine: Machine) -> Eager:
    return cast("Eager", machine.engine._ctx.ahead)


def test_the_same_is_asked_for_as_without_and_the_next_scope_before_its_turn(
    new_machine: NewMachine, platform: Platform
) -> None:
    platform.page_rows = 4
    plain = new_machine("plain")
    plain.sync()
    asked = Counter(platform.requests)
    platform.requests.clear()

    machine = new_machine("hasty", ahead=Eager)
    report = machine.sync()

    assert Counter(platform.requests) == asked
    assert next(one.after for one in ahead_of(machine).taken if one.scope == SITE) == ""
    first_of_site = platform.requests.index(SITE_PAGE)
    assert BRANCH_PAGE not in platform.requests[first_of_site:]
    assert machine.overrides() == plain.overrides()
    assert report.pulled == 4 + 20 + 13
    assert machine.engine.verify_now() is True


def test_a_page_that_could_not_be_fetched_ahead_is_asked_for_when_it_is_its_turn(
    new_machine: NewMachine, platform: Platform
) -> None:
    platform.page_rows = 4
    failed: set[str] = set()

    def once(request: httpx.Request) -> httpx.Response | None:
        asked = str(request.url)
        if "/snapshot" not in asked or asked in failed:
            return None
        failed.add(asked)
        return refusal(503, "busy")

    platform.intercept = once
    machine = new_machine(ahead=Eager)
    # Nobody fetches the very first page ahead: its error is the round's.
    with pytest.raises(Unreachable):
        machine.sync()
    assert len(failed) == 1
    machine.sync()
    assert len(failed) == sum(one.endswith("/snapshot") for one in platform.requests) // 2 > 5
    assert set(machine.overrides()) == set(KEYWORDS)
    assert machine.engine.verify_now() is True


def test_an_error_that_stays_ends_the_round_where_it_would_have_without(
    new_machine: NewMachine, platform: Platform
) -> None:
    """The library is applied although the site's page, which was asked for before that, could not be had."""
    platform.intercept = lambda request: (
        refusal(503, "busy") if SITE_PAGE.endswith(request.url.path) else None
    )
    machine = new_machine(ahead=Eager)
    with pytest.raises(Unreachable):
        machine.sync()
    assert machine.cursors()[BRANCH]
    assert not machine.cursors()[SITE]


def test_what_changes_after_a_page_was_fetched_ahead_comes_all_the_same(
    new_machine: NewMachine, platform: Platform
) -> None:
    """P78: the pull behind a snapshot begins at the version its first page was of, whenever that was fetched."""
    machine = new_machine(ahead=Eager)
    apply, late = machine.replica.apply, uid(0x1500)

    def change_then_apply(scope: str, **given: bool) -> object:
        if scope == BRANCH:
            site_of(platform).put("keyword", KEYWORDS[0], volume_override=77)
            site_of(platform).put("keyword", late, **site_of(platform).values("keyword", KEYWORDS[1]))
        return apply(scope, **given)

    machine.replica.apply = change_then_apply  # type: ignore[method-assign,assignment]
    machine.sync()
    assert any(one.scope == SITE for one in ahead_of(machine).taken)
    assert machine.overrides()[KEYWORDS[0]] == 77
    assert late in machine.overrides()
    assert machine.engine.verify_now() is True


@pytest.mark.parametrize("scope", [BRANCH, SITE])
def test_a_restore_between_fetching_ahead_and_its_turn_is_noticed(
    new_machine: NewMachine, platform: Platform, scope: str
) -> None:
    """P64, P76."""
    platform.page_rows = 4
    machine = new_machine(ahead=Eager)
    stage, pages = machine.replica.stage_page, []

    def restore_then_stage(staged: str, page: object) -> None:
        pages.append(staged)
        if pages.count(scope) == 2 and scope == staged:
            platform.new_epoch(platform.scopes[scope])
        stage(staged, page)  # type: ignore[arg-type]

    machine.replica.stage_page = restore_then_stage  # type: ignore[method-assign,assignment]
    machine.sync()
    assert {row.epoch for row in machine.replica.scopes()} == {one.epoch for one in platform.scopes.values()}
    assert set(machine.overrides()) == set(KEYWORDS)
    assert machine.engine.verify_now() is True


def test_a_program_that_ends_between_two_pages_goes_on_with_the_next_one(
    new_machine: NewMachine, platform: Platform
) -> None:
    platform.page_rows = 4
    machine = new_machine(ahead=Eager)
    machine.step_until(lambda: platform.requests.count(BRANCH_PAGE) == 3)
    kept = next(row for row in machine.replica.scopes() if row.id == BRANCH).staged
    assert kept is not None
    machine.restart()
    platform.requests.clear()
    machine.sync()
    assert platform.requests.count(BRANCH_PAGE) == 5 - kept.pages
    assert machine.engine.verify_now() is True


def test_nothing_fetched_ahead_outlives_its_round(new_machine: NewMachine, platform: Platform) -> None:
    platform.page_rows = 4
    machine = new_machine(ahead=Eager)
    machine.step_until(lambda: ahead_of(machine).held is not None)
    machine.engine.leave()
    assert ahead_of(machine).held is None
    assert machine.engine.is_between_rounds
    machine.sync()
    assert machine.engine.verify_now() is True


def test_a_thread_that_was_left_behind_takes_nothing_more(
    new_machine: NewMachine, platform: Platform
) -> None:
    platform.page_rows = 4
    machine = new_machine(ahead=Eager)
    machine.step_until(lambda: ahead_of(machine).held is not None)
    machine.engine.take_over()
    assert ahead_of(machine).held is None
    machine.sync()
    assert machine.engine.verify_now() is True
