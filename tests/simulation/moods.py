"""How often what happens in one world."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.simulation.disasters import sky
from tests.simulation.events import EVENTS
from tests.simulation.meetings import MEETINGS
from tests.simulation.network import Weather

FAVOURITES: tuple[tuple[str, ...], ...] = (
    ("platform kept", "platform restored", "lost history"),
    ("platform kept", "platform restored", "lost history"),
    ("replica kept", "replica restored", "old file"),
    ("clone",),
    ("lost history", "old file", "clone"),
    ("crash",),
    ("platform crash",),
    ("late", "weather"),
    ("access",),
    ("clean up", "old file"),
    ("limit", "poison", "token", "clock"),
)

WORLDS, WITH_MEETINGS = 5, frozenset({1, 2})
"""Of five worlds, those whose seed leaves such a rest have meetings. The others are what they were before there were any."""
OFTEN, SELDOM = 5.0, 1.5


@dataclass(frozen=True, slots=True)
class Mood:
    """How often what happens in one world. Each has a few favourite faults that come all the time, and few of the others.

    Faults that always come all together hide what each does alone, and when all are rare, no two of them meet.
    """

    names: list[str]
    weights: list[float]
    has_twins: bool
    """Whether the machines know their files by a twin in the operating system's profile."""
    sky: Weather
    """How the network is to begin with."""

    @classmethod
    def of(cls, seed: int) -> Mood:
        """Draw the mood of a seed."""
        chance = random.Random(f"mood {seed}")
        favourites = {
            name for group in chance.sample(FAVOURITES, chance.choice((1, 2, 2, 3))) for name in group
        }
        usual = [one for one in EVENTS.values() if not one.is_meeting]
        often = {
            one.name: one.weight * _times(chance, is_fault=one.is_fault, is_favourite=one.name in favourites)
            for one in usual
        }
        has_twins, weather = chance.random() < 0.6, sky(chance)
        if seed % WORLDS in WITH_MEETINGS:
            often |= _meetings(random.Random(f"meetings {seed}"))
        return cls(list(often), list(often.values()), has_twins, weather)


def _meetings(chance: random.Random) -> dict[str, float]:
    favourites = chance.sample(MEETINGS, 3)
    return {name: OFTEN if name in favourites else SELDOM * chance.choice((0, 1, 1)) for name in MEETINGS}


def _times(chance: random.Random, *, is_fault: bool, is_favourite: bool) -> float:
    if is_favourite:
        return chance.choice((3.0, 6.0))
    return chance.choice((0.0, 0.5, 1.0, 1.0)) if is_fault else chance.choice((0.5, 1.0, 1.0, 1.5))
