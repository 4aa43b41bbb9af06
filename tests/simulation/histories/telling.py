"""How fixed histories are told step by step, with everybody syncing in some order; and which of their variants are played."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sync.errors import PlannerError
from tests.simulation.histories.scene import Scene
from tests.simulation.machine import Machine

DAY = 86_400

Event = Callable[[Scene], None]
"""Something that happens in a history."""

ALL = "PLANNER_ALL_VARIANTS" in os.environ
"""Without it the large families are thinned, which keeps them all to about half a minute of one core."""


def some(variants: Iterable[Any], one_in: int) -> list[Any]:
    """Return all variants of a family, or the first of every so many: a step across a product meets each side of it."""
    return list(variants)[:: 1 if ALL else one_in]


def interrupted(scene: Scene, machine: Machine, number: int) -> None:
    """Let a machine's sync come so far; what stands in its way is for later."""
    try:
        scene.steps(machine, number)
    except PlannerError as error:
        scene.world.say(str(error))


def in_turn(scene: Scene, machines: Sequence[Machine], rounds: int = 3) -> None:
    """Let machines sync one after the other, whatever stands in the way."""
    for _ in range(rounds):
        for machine in machines:
            scene.try_sync(machine)
