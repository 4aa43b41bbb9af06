"""Overrides: an editor's own volume or difficulty beside the library's read-only figure."""

from __future__ import annotations

from planner_core.decision import Refused
from planner_core.entities import KEYWORD, Value
from planner_core.rules.shape import misfit

FIGURES = {"volume": "volume_override", "difficulty": "difficulty_override"}
READ_ONLY = frozenset(
    {"keyword", "volume", "difficulty", "intent", "country", "seed", "sector", "site", "created_at"}
)
"""Fields a keyword derives from its seed or is born with."""


def override_trouble(figure: str, value: Value, ids: list[str]) -> Refused | None:
    """Return why an override cannot be that value, or None if it can. None as value resets it and always may."""
    name = FIGURES.get(figure, figure)
    if name not in FIGURES.values():
        return Refused(
            "read_only", f"{figure} comes from the seed keyword and cannot be written.", ids, figure
        )
    reason = misfit(KEYWORD, name, value)
    return None if reason is None else Refused("invalid", reason, ids, name, {"value": value})
