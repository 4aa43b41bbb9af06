"""Real processes killed at every crash point, once each; `python -m tests.processes --kills 100 --workload all` does it at length."""

import pytest

from tests.processes.arena import Arena
from tests.processes.kills import kill_once
from tests.processes.points import POINTS, Point
from tests.processes.script import WORKLOADS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

NAMES = sorted(WORKLOADS)


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name.replace(" ", "-"))
def test_a_process_killed_at_a_crash_point_loses_and_doubles_nothing(arena: Arena, point: Point) -> None:
    """C1 to C20 and C24 to C27, each under one of the workloads: the table's "must hold", every saved edit once, equal digests."""
    place = POINTS.index(point)
    trial = kill_once(arena, point, NAMES[place % len(NAMES)], at=1, seed=place)
    assert trial.killed, "the point was not reached: nothing was shown"
