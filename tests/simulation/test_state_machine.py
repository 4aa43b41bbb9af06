"""The same worlds, driven by Hypothesis: it looks for a failing history and makes it as short as it can.

In the test command a few short ones, always the same; on demand more and longer ones, other ones each time:
PLANNER_MACHINE_EXAMPLES=1000 PLANNER_MACHINE_STEPS=80.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.simulation.events import EVENTS
from tests.simulation.oracle import Oracle
from tests.simulation.stage import Stage
from tests.simulation.world import World

EXAMPLES = int(os.environ.get("PLANNER_MACHINE_EXAMPLES", "10"))
STEPS = int(os.environ.get("PLANNER_MACHINE_STEPS", "25"))
ON_DEMAND = "PLANNER_MACHINE_EXAMPLES" in os.environ
SEED_OF_THE_PROFILES = -1
"""The world in which machines sync for the first time: its ids are those of no other."""

PEOPLE = tuple(name for name, one in EVENTS.items() if not one.is_fault)
FAULTS = tuple(name for name, one in EVENTS.items() if one.is_fault)
DRAWS = st.integers(0, 999)
"""What an event draws from: few numbers, so that a shorter history is found among them."""


class Life(RuleBasedStateMachine):
    """A world under the oracle; each rule is one of its events. `stage` is set by the test."""

    stage: Stage

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.stage, 0, witness=Oracle())
        self.world.__enter__()
        self.holds = True

    @rule(name=st.sampled_from(PEOPLE), draw=DRAWS)
    def happens(self, name: str, draw: int) -> None:
        """People work, machines sync, time passes."""
        self._step(name, draw)

    @rule(name=st.sampled_from(("edit", "sync")), draw=DRAWS)
    def works(self, name: str, draw: int) -> None:
        """What happens most often in any history."""
        self._step(name, draw)

    @rule(name=st.sampled_from(FAULTS), draw=DRAWS)
    def goes_wrong(self, name: str, draw: int) -> None:
        """Something breaks, is lost or is put back."""
        self._step(name, draw)

    def _step(self, name: str, draw: int) -> None:
        self.holds = False
        self.world.step(name, draw)
        self.holds = True

    def teardown(self) -> None:
        """Everybody settles: then the books must close. A history that failed is told as it failed."""
        try:
            if self.holds:
                self.world.settle()
        finally:
            self.world.__exit__(None, None, None)


def test_no_history_that_can_be_thought_of_breaks_a_promise(stage: Stage) -> None:
    """I1 to I17, by random histories that shrink."""
    if not stage.profiles:
        with World(stage, SEED_OF_THE_PROFILES):
            pass
    Life.stage = stage
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            derandomize=not ON_DEMAND,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            print_blob=ON_DEMAND,
        ),
    )
