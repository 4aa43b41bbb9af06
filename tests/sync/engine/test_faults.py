"""Rounds against a network and a platform that misbehave: nothing is lost, nothing happens twice, everything ends."""

from collections.abc import Callable

import httpx
import pytest

from planner_core.commands import CreateCluster
from sync.engine.schedule import DEADLINE_MS
from sync.errors import PlannerError, PlatformFault, SignInNeeded, Unreachable
from tests.support.machine import KEYWORDS, SECTOR, SITE, Machine, site_of
from tests.support.platform import Platform, refusal, uid
from tests.sync.engine.conftest import NewMachine

Intercept = Callable[[httpx.Request], httpx.Response | None]


def answering(ending: str, response: httpx.Response) -> Intercept:
    """Answer every request whose path ends so."""
    return lambda request: response if request.url.path.endswith(ending) else None


def volume_at(platform: Platform, keyword: str) -> object:
    return site_of(platform).values("keyword", keyword)["volume_override"]


# ---------------------------------------------------------------- P14, P19: answers that are none


def test_no_status_but_a_verdict_takes_anything_out_of_the_queue(
    machine: Machine, platform: Platform
) -> None:
    """P19."""
    machine.volume(KEYWORDS[0], 10)
    before = machine.waiting()
    for status in range(300, 600):
        for body in ({"json": {"code": "", "message": "no"}}, {"html": "<p>no</p>"}):
            platform.intercept = answering("/push", httpx.Response(status, **body))
            with pytest.raises(PlannerError):
                machine.sync()
            assert machine.waiting() == before, status
            platform.access = {"access-1"}
            machine.session._tokens = machine.tokens
    platform.intercept = None
    machine.sync()
    assert volume_at(platform, KEYWORDS[0]) == 10
    assert not machine.waiting()


@pytest.mark.parametrize("body", ["", "{}", "[]", "<html>Welcome</html>", '{"epoch":"e1"}'])
def test_a_good_status_without_verdicts_takes_nothing_out_either(
    machine: Machine, platform: Platform, body: str
) -> None:
    machine.volume(KEYWORDS[0], 10)
    before = machine.waiting()
    reply = httpx.Response(200, content=body, headers={"Content-Type": "application/json"})
    platform.intercept = answering("/push", reply)
    with pytest.raises(PlannerError):
        machine.sync()
    assert machine.waiting() == before


def test_verdicts_on_other_work_are_not_taken(machine: Machine, platform: Platform) -> None:
    """P19."""
    machine.volume(KEYWORDS[0], 10)
    site = site_of(platform)
    result = {"seq": 1, "op_id": uid(0xDEAD), "verdict": "applied", "ver": 1, "rows": []}
    reply = {"epoch": site.epoch, "version": 99, "token": "t", "last_seq": 1, "results": [result]}
    platform.intercept = answering("/push", httpx.Response(200, json=reply))
    with pytest.raises(PlatformFault, match="other work"):
        machine.sync()
    assert len(machine.waiting()) == 1


def test_a_lost_answer_to_a_push_applies_once(machine: Machine, platform: Platform) -> None:
    machine.run(CreateCluster(uid(0x900), SECTOR, "Made once"))
    machine.volume(KEYWORDS[0], 10)
    drops = [1]

    def lose(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.url.path.endswith("/push") and drops:
            drops.pop()
            raise httpx.ReadError("connection reset", request=request)
        return response

    platform.after = lose
    with pytest.raises(Unreachable):
        machine.sync()
    version = site_of(platform).version
    machine.restart()
    machine.sync()
    assert site_of(platform).version == version
    assert len(site_of(platform).ops) == 2
    assert not machine.waiting()
    assert machine.engine.verify_now() is True


def test_losing_any_one_answer_of_a_round_changes_nothing_in_the_end(
    new_machine: NewMachine, platform: Platform
) -> None:
    """P14: Each answer once, in its turn, of a whole history: first sync, edits here and there, sync."""
    for lost in range(1, 40):
        machine = new_machine(f"lost-{lost}")
        asked = [0]

        def lose(request: httpx.Request, response: httpx.Response) -> httpx.Response:
            asked[0] += 1  # noqa: B023 - used within this turn only
            if asked[0] == lost:  # noqa: B023
                raise httpx.ReadError("connection reset", request=request)
            return response

        platform.after = lose
        for number in range(2):
            machine.volume(KEYWORDS[number], lost * 100 + number) if machine.cursors() else None
            patient_sync(machine)
        platform.after = None
        machine.volume(KEYWORDS[2], lost)
        machine.sync()
        assert not machine.waiting()
        assert machine.engine.verify_now() is True
        assert volume_at(platform, KEYWORDS[2]) == lost
        if asked[0] < lost:
            return
    raise AssertionError("the history has more answers than were lost")


def patient_sync(machine: Machine) -> None:
    for _ in range(3):
        try:
            machine.sync()
        except Unreachable:
            machine.clock.advance(60)
        else:
            return


# ---------------------------------------------------------------- P7: pages


def test_a_page_cut_at_any_byte_leaves_rows_and_cursor_as_they_were(
    machine: Machine, platform: Platform
) -> None:
    """P7."""
    site_of(platform).put("keyword", KEYWORDS[0], volume_override=5)
    cursors, length, tried = machine.cursors(), 10**9, 0
    cut = [0]

    def shorten(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        nonlocal length
        if not request.url.path.endswith("/pull"):
            return response
        length = len(response.content)
        return httpx.Response(200, content=response.content[: cut[0]], headers=response.headers)

    platform.after = shorten
    while cut[0] < length:
        with pytest.raises(PlannerError):
            machine.sync()
        assert machine.cursors() == cursors
        assert machine.overrides()[KEYWORDS[0]] is None
        cut[0] += 7  # every byte is tried in transport/test_pages.py; this is what becomes of it
        tried += 1
        machine.clock.advance(11)
    assert tried > 40
    machine.sync()
    assert machine.overrides()[KEYWORDS[0]] == 5


def test_a_first_sync_that_breaks_off_goes_on_where_it_was(
    new_machine: NewMachine, platform: Platform
) -> None:
    """P76, P78."""
    platform.page_rows = 3
    machine = new_machine()
    left = [9]

    def die(request: httpx.Request) -> httpx.Response | None:
        left[0] -= 1
        if left[0] < 0:
            raise httpx.ConnectError("cable", request=request)
        return None

    platform.intercept = die
    with pytest.raises(Unreachable):
        machine.sync()
    platform.intercept = None
    machine.restart()
    asked_before = list(platform.requests)
    machine.sync()
    assert machine.engine.verify_now() is True
    repeated = [one for one in platform.requests[len(asked_before) :] if one.endswith("/snapshot")]
    total = 4 // 3 + 1 + 20 // 3 + 1 + 13 // 3 + 1
    assert len(repeated) < total, "pages that were here already were fetched again"


# ---------------------------------------------------------------- P48: tokens


def test_a_token_may_expire_before_any_request(new_machine: NewMachine, platform: Platform) -> None:
    """P48."""
    for turn in range(20):
        machine = new_machine(f"turn-{turn}")
        asked = [0]

        def expire(_: httpx.Request) -> httpx.Response | None:
            asked[0] += 1  # noqa: B023 - used within this turn only
            if asked[0] == turn:  # noqa: B023
                platform.access = set()
            return None

        platform.access, platform.renewals, platform.intercept = {"access-1"}, 0, expire
        machine.sync()
        machine.volume(KEYWORDS[turn % 10], turn)
        machine.sync()
        assert not machine.waiting()
        assert volume_at(platform, KEYWORDS[turn % 10]) == turn
        if asked[0] < turn:
            return
    raise AssertionError("a round asks more often than was tried")


def test_a_sign_in_that_ended_keeps_everything_and_goes_on_after_the_next(
    machine: Machine, platform: Platform
) -> None:
    """P24."""
    machine.volume(KEYWORDS[0], 10)
    before = machine.waiting()
    platform.access = set()
    platform.intercept = answering("/auth/refresh/", httpx.Response(401, json={"success": False}))
    with pytest.raises(SignInNeeded):
        machine.sync()

    assert machine.waiting() == before
    status = machine.engine.status()
    assert (status.state, status.next_at, status.waiting) == ("sign_in", 0, 1)
    platform.requests.clear()
    machine.clock.advance(3600)
    assert machine.engine.step().due is None
    assert not platform.requests, "nothing is asked while only a person can help"

    platform.intercept, platform.access = None, {"access-1"}
    machine.session.login("eve@acme.example", "right")
    machine.sync()
    assert volume_at(platform, KEYWORDS[0]) == 10
    assert machine.engine.status().state == "idle"


# ---------------------------------------------------------------- P42, P44, P45, P20: size, patience, circles, deadlines


def test_a_request_too_large_is_halved_until_it_passes_and_the_size_remembered(
    machine: Machine, platform: Platform
) -> None:
    """P42."""
    names = [f"{number} {'ä' * 200}" for number in range(60)]
    for number, name in enumerate(names):
        machine.run(CreateCluster(uid(0x2000 + number), SECTOR, name))
    limit = 8_000

    def too_large(request: httpx.Request) -> httpx.Response | None:
        raw = sum(len(body) for _, _, body in machine.waiting())
        is_push = request.url.path.endswith("/push")
        length = len(request.content)
        return refusal(413, "too_large") if is_push and length * 4 > limit and raw else None

    platform.intercept = too_large
    machine.sync()
    assert not machine.waiting()
    assert set(names) <= {row.values["name"] for row in site_of(platform).rows["cluster"].values()}

    refused_before = platform.count("/push")
    machine.run(CreateCluster(uid(0x3000), SECTOR, "One more"))
    machine.sync()
    assert platform.count("/push") == refused_before + 1


def test_a_single_change_that_is_too_large_for_the_platform_is_kept_and_said(
    machine: Machine, platform: Platform
) -> None:
    """P42."""
    machine.volume(KEYWORDS[0], 10)
    platform.intercept = answering("/push", refusal(413, "too_large"))
    with pytest.raises(PlatformFault) as caught:
        machine.sync()
    assert caught.value.code == "too_large"
    assert len(machine.waiting()) == 1
    assert machine.engine.status().state == "blocked"


def test_patience_is_as_long_as_the_platform_asks(machine: Machine, platform: Platform) -> None:
    """P44."""
    busy = httpx.Response(429, json={"code": "busy", "message": "later"}, headers={"Retry-After": "120"})
    platform.intercept = answering("/hello", busy)
    machine.engine.hurry()
    step = machine.engine.step()
    assert step.due is not None
    assert step.due - machine.clock.monotonic() >= 120
    assert machine.engine.status().state == "backoff"


@pytest.mark.parametrize(
    "answer",
    [
        refusal(409, "epoch"),
        refusal(409, "gap", expected=1),
        refusal(409, "gap", expected=77),
        refusal(409, "replica_forked"),
        refusal(410, "resnapshot"),
        refusal(404, "not_found"),
        refusal(403, "forbidden"),
    ],
)
def test_a_platform_that_always_says_the_same_is_not_asked_for_ever(
    machine: Machine, platform: Platform, answer: httpx.Response
) -> None:
    """P45."""
    machine.volume(KEYWORDS[0], 10)
    platform.requests.clear()
    platform.intercept = answering("/push", answer)
    with pytest.raises(PlatformFault) as caught:
        machine.sync()
    assert caught.value.code == "loop"
    assert len(platform.requests) < 60
    assert [body for _, _, body in machine.waiting()], "the work is still there"
    assert machine.engine.status().state == "blocked"

    platform.intercept = None
    machine.sync()
    assert volume_at(platform, KEYWORDS[0]) == 10


def test_a_pull_whose_cursor_stands_still_is_no_progress(machine: Machine, platform: Platform) -> None:
    """P45."""
    site_of(platform).put("keyword", KEYWORDS[0], volume_override=5)
    asked: list[str] = []

    def same(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if not request.url.path.endswith(f"{SITE}/pull"):
            return response
        asked.append(request.url.params["cursor"])
        from tests.support.platform import page  # noqa: PLC0415

        return page(site_of(platform), [], 0, cursor=asked[0], has_more=True)

    platform.after = same
    with pytest.raises(PlatformFault, match="leads nowhere"):
        machine.sync()
    assert len(asked) == 1


def test_after_any_number_of_failures_the_next_attempt_comes_by_itself(
    machine: Machine, platform: Platform
) -> None:
    """P20: no further edit, no person, no timer of anybody else's."""
    machine.volume(KEYWORDS[0], 10)
    machine.engine.edited()
    failures = [25]

    def fail(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/push") and failures[0]:
            failures[0] -= 1
            raise httpx.ConnectError("down", request=request)
        return None

    platform.intercept = fail
    longest = 0.0
    while machine.waiting():
        step = machine.engine.step()
        assert step.due is not None
        wait = max(0.0, step.due - machine.clock.monotonic())
        longest = max(longest, wait)
        machine.clock.advance(wait)
    assert failures == [0]
    assert longest <= DEADLINE_MS / 1000
    assert volume_at(platform, KEYWORDS[0]) == 10


def test_an_edit_while_a_round_is_on_its_way_is_sent_with_the_next(
    machine: Machine, platform: Platform
) -> None:
    """P22: an edit between any two steps of a push is neither marked sent nor lost."""
    for pause in range(8):
        machine.volume(KEYWORDS[0], 1000 + pause)
        machine.engine.hurry()
        for _ in range(pause):
            machine.engine.step()
        machine.volume(KEYWORDS[1], 2000 + pause)
        machine.engine.edited()
        machine.step_until(lambda: not machine.waiting() and machine.engine.status().state == "idle")
        assert volume_at(platform, KEYWORDS[0]) == 1000 + pause
        assert volume_at(platform, KEYWORDS[1]) == 2000 + pause
        assert machine.overrides()[KEYWORDS[1]] == 2000 + pause


def test_a_round_dropped_after_any_step_is_taken_up_after_a_restart(
    new_machine: NewMachine, platform: Platform
) -> None:
    """P5."""
    for steps in range(14):
        machine = new_machine(f"steps-{steps}")
        machine.sync()
        machine.volume(KEYWORDS[0], steps)
        site_of(platform).put("keyword", KEYWORDS[1], volume_override=50 + steps)
        machine.engine.hurry()
        for _ in range(steps):
            machine.engine.step()
        machine.restart()
        machine.sync()
        assert not machine.waiting()
        assert machine.overrides()[KEYWORDS[0]] == steps == volume_at(platform, KEYWORDS[0])
        assert machine.overrides()[KEYWORDS[1]] == 50 + steps
        assert machine.engine.verify_now() is True
