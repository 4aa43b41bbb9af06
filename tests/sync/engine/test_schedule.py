"""The moment of the next attempt: never forgotten, never too often."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sync.engine.schedule import (
    BACKOFF_LIMIT_MS,
    DEADLINE_MS,
    EDIT_PAUSE_MS,
    IDLE_POLL_MS,
    LOOP_REQUESTS,
    LoopWatch,
    Schedule,
    SleepWatch,
)


def schedule(random: float = 0.5, due: float = 0.0) -> Schedule:
    return Schedule(lambda: random, due=due)


def test_failures_back_off_with_a_ceiling_that_doubles_up_to_five_minutes() -> None:
    plan = schedule(random=0.999)
    waits = []
    for _ in range(12):
        plan.failed(0)
        waits.append(plan.due)
    assert [round(wait) for wait in waits[:4]] == [999, 1998, 3996, 7992]
    assert max(waits) <= BACKOFF_LIMIT_MS
    assert waits[-1] == waits[-2]


def test_a_thousand_clients_spread_over_the_whole_of_their_wait() -> None:
    """P44: Full jitter: after an outage that everybody met at once, no second sees more than twice its share."""
    seconds = [0] * 64
    for number in range(6_400):
        plan = schedule(random=number * 0.6180339887 % 1)
        plan.failures = 6
        plan.failed(0)
        seconds[int(plan.due // 1000)] += 1
    assert max(seconds) <= 2 * 6_400 / 64


def test_a_platforms_wish_is_a_minimum_up_to_the_deadline() -> None:
    plan = schedule(random=0.0)
    plan.failed(0, retry_after_ms=17_000)
    assert plan.due == 17_000
    plan.failed(0, retry_after_ms=10**9)
    assert plan.due == DEADLINE_MS


def test_success_ends_the_backoff_and_plans_the_next_look() -> None:
    plan = schedule()
    plan.failed(0)
    plan.succeeded(1000)
    assert plan.failures == 0
    assert plan.due == 1000 + IDLE_POLL_MS


def test_an_edit_is_sent_after_a_pause() -> None:
    plan = schedule()
    plan.succeeded(0)
    plan.edited(10_000)
    assert plan.due == 10_000 + EDIT_PAUSE_MS


def test_a_burst_of_edits_travels_together_but_not_for_ever() -> None:
    plan = schedule()
    plan.succeeded(0)
    for moment in range(0, 30_000, 500):
        plan.edited(moment)
    assert plan.due == 5 * EDIT_PAUSE_MS


def test_an_edit_does_not_break_into_a_backoff() -> None:
    plan = schedule(random=0.5)
    plan.failures = 6
    plan.failed(0)
    due = plan.due
    plan.edited(1)
    assert plan.due == due


def test_an_edit_never_puts_an_attempt_off() -> None:
    plan = schedule(due=500)
    plan.edited(0)
    assert plan.due == 500


def test_a_person_who_asks_is_served_at_once() -> None:
    plan = schedule()
    plan.failed(0, 60_000)
    plan.hurry(5)
    assert plan.due == 5


class AnyHistory(RuleBasedStateMachine):
    """Whatever happens in whatever order, with work waiting the next attempt is at most the deadline away."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.plan = Schedule(lambda: 0.99)

    @rule(wait=st.integers(0, 2_000_000))
    def time_passes(self, wait: int) -> None:
        self.now += wait

    @rule(after=st.integers(0, 10**9))
    def an_attempt_fails(self, after: int) -> None:
        self.plan.failed(self.now, after)

    @rule(backoff=st.integers(0, 10**9))
    def an_attempt_succeeds(self, backoff: int) -> None:
        self.plan.succeeded(self.now, backoff)

    @rule()
    def somebody_edits(self) -> None:
        self.plan.edited(self.now)

    @rule()
    def somebody_asks(self) -> None:
        self.plan.hurry(self.now)

    @rule()
    def a_step_is_done(self) -> None:
        self.plan.resume(self.now)

    @invariant()
    def there_is_a_deadline(self) -> None:
        assert self.plan.due - self.now <= DEADLINE_MS


TestAnyHistory = AnyHistory.TestCase


def test_the_same_request_in_the_same_state_is_noticed() -> None:
    watch = LoopWatch()
    rounds = [watch.note(1000 * number, "pull|a|c1") for number in range(LOOP_REQUESTS + 1)]
    assert rounds == [False] * LOOP_REQUESTS + [True]


@given(st.lists(st.integers(0, 5), max_size=40))
def test_requests_that_get_further_are_never_a_loop(moves: list[int]) -> None:
    watch = LoopWatch()
    assert not any(watch.note(number, f"pull|a|{number}") for number, _ in enumerate(moves))


def test_a_slow_repetition_is_not_a_loop() -> None:
    watch = LoopWatch()
    assert not any(watch.note(3_000 * number, "hello") for number in range(100))


def test_a_sleep_of_the_computer_is_noticed_once() -> None:
    watch = SleepWatch(wall_ms=1_000_000, monotonic_ms=0)
    assert not watch.woke(1_010_000, 10_000)
    assert watch.woke(1_010_000 + 600_000, 10_000)
    assert not watch.woke(1_010_000 + 605_000, 15_000)
