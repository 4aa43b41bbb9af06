"""Ids only go up, whatever the clock does."""

from __future__ import annotations

from random import Random

from planner_core.uid import canonical
from sync.clock import ManualClock
from sync.ids import MonotonicIds


def test_ids_are_canonical_version_7_and_carry_the_time() -> None:
    made = MonotonicIds(ManualClock(0x123456789ABC), Random(1).getrandbits).uid()
    assert canonical(made) == made
    assert made[:12] == "123456789abc"
    assert made[12] == "7"
    assert made[16] in "89ab"


def test_ids_rise_while_the_clock_stands_or_runs_backwards() -> None:
    clock = ManualClock()
    ids = MonotonicIds(clock, Random(2).getrandbits)
    made = [ids.uid() for _ in range(500)]
    clock.advance(-3600)
    made += [ids.uid() for _ in range(500)]
    clock.advance(7200)
    made += [ids.uid() for _ in range(500)]
    assert made == sorted(set(made))


def test_ids_rise_when_the_random_part_runs_over() -> None:
    ids = MonotonicIds(ManualClock(), lambda bits: (1 << bits) - 1)
    made = [ids.uid() for _ in range(10)]
    assert made == sorted(set(made))


def test_two_makers_started_at_once_do_not_meet() -> None:
    clock = ManualClock()
    one, other = (MonotonicIds(clock, Random(seed).getrandbits) for seed in (3, 4))
    assert not {one.uid() for _ in range(200)} & {other.uid() for _ in range(200)}
