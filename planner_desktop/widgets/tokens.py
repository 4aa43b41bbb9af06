"""The values of the visual language: colours, sizes, type, radii, read once from ``resources/tokens.json``.

Lengths are design pixels at 100 % text size; :class:`~planner_desktop.widgets.theme.Theme` scales them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from resources import read_text

Scheme = Literal["light", "dark"]

SCHEMES: tuple[Scheme, Scheme] = ("light", "dark")


@dataclass(frozen=True, slots=True)
class TypeRole:
    """One step of the type scale: size and line in design pixels, weight on the OpenType scale."""

    size: float
    weight: int
    line: float


@dataclass(frozen=True, slots=True)
class ContrastPair:
    """A foreground that must stay readable on a background, by WCAG 2 contrast ratio."""

    foreground: str
    background: str
    minimum: float


@dataclass(frozen=True, slots=True)
class Tokens:
    """All tokens. ``colors`` maps a name to (light, dark) as ``#RRGGBB``."""

    colors: Mapping[str, tuple[str, str]]
    contrast: tuple[ContrastPair, ...]
    alpha: Mapping[str, tuple[float, float]]
    type: Mapping[str, TypeRole]
    families: tuple[str, ...]
    text_steps: tuple[float, ...]
    radius: Mapping[str, float]
    size: Mapping[str, float]
    space: Mapping[str, float]
    motion: Mapping[str, int]
    bands: tuple[int, ...]

    def color(self, name: str, scheme: Scheme) -> str:
        """Return a colour as ``#RRGGBB``. Raises KeyError for a name that is no token."""
        return self.colors[name][SCHEMES.index(scheme)]

    def band(self, difficulty: int | None) -> int:
        """Return the difficulty band 1 to 5 of 0 to 100, and 0 for unknown."""
        if difficulty is None:
            return 0
        for number, top in enumerate(self.bands, start=1):
            if difficulty <= top:
                return number
        return len(self.bands)


def load_tokens() -> Tokens:
    """Read the shipped tokens. Raises FileNotFoundError or ValueError when the installation is damaged."""
    raw = json.loads(read_text("tokens.json"))
    return Tokens(
        colors={name: (light, dark) for name, (light, dark) in raw["colors"].items()},
        contrast=tuple(ContrastPair(*pair) for pair in raw["contrast"]),
        alpha={name: (light, dark) for name, (light, dark) in raw["alpha"].items()},
        type={name: TypeRole(*values) for name, values in raw["type"].items()},
        families=tuple(raw["families"]),
        text_steps=tuple(raw["text-steps"]),
        radius=raw["radius"],
        size=raw["size"],
        space=raw["space"],
        motion=raw["motion"],
        bands=tuple(raw["bands"]),
    )
