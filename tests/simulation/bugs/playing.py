"""Histories played with and without a bug, and seeds lived through with one."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from tests.simulation.bugs.bug import Bug
from tests.simulation.histories.scene import History, Scene
from tests.simulation.runner import Watch, one_seed
from tests.simulation.stage import Stage
from tests.simulation.watching import watch
from tests.simulation.world import World

SEED = 0
"""Histories leave nothing to chance; the world that they are played on is made from this seed."""


SEED_OF_THE_PROFILES = -1
"""The world in which machines sync for the first time: its ids are not those of any other."""

NOT_A_FINDING = (AttributeError, ImportError, NameError, TypeError)
"""What a switch that fits the code no more would raise: a fault of the switch, and no sign that a bug was noticed."""


class SwitchFault(Exception):
    """A switch does not fit the code it is put into."""


@dataclass(frozen=True, slots=True)
class Played:
    """What became of a history: what was said against it, "" for nothing."""

    complaint: str
    trace: str = ""

    @property
    def passed(self) -> bool:
        """Whether everything held."""
        return not self.complaint


def play(stage: Stage, history: History, bug: Bug | None = None, watched_by: Watch = watch) -> Played:
    """Play a history, with a bug switched on if one is given."""
    if not stage.profiles:
        with World(stage, SEED_OF_THE_PROFILES):
            pass
    with World(stage, SEED, witness=watched_by()) as world, bug.patch() if bug else nullcontext():
        try:
            history(Scene(world))
        except NOT_A_FINDING:
            raise
        except Exception as error:
            if "stumbled" in str(error) and any(
                f"\n{kind.__name__}: " in str(error) for kind in NOT_A_FINDING
            ):
                # The platform met it in the middle of a request and reports it as a fault of its own.
                raise SwitchFault(str(error)) from error
            return Played(f"{type(error).__name__}: {error}", traceback.format_exc())
    return Played("")


def failing_seeds(stage: Stage, bug: Bug, seeds: Sequence[int], steps: int) -> Iterator[int]:
    """Yield those of the seeds whose world fails with a bug switched on and does not without it."""
    for seed in seeds:
        with bug.patch():
            _, failure = one_seed(stage, seed, steps, watch)
        if failure is not None and one_seed(stage, seed, steps, watch)[1] is None:
            yield seed
