"""Known bugs, one for each pitfall that can be switched on: the suite has to notice every one of them.

A switch patches one decision of production code into the behaviour that the catalogue of pitfalls warns of; production code carries
no flags. Each has a scripted history on which it shows, and which passes on the code as it is. `python -m tests.simulation.bugs`
prints what notices which.
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    """Return BUGS, NOT_SWITCHABLE or Bug.

    Imported when asked for: `python -m` runs this file first, and the server's modules need its settings.
    """
    if name not in {"BUGS", "NOT_SWITCHABLE", "Bug"}:
        raise AttributeError(name)
    from tests.simulation.bugs import catalogue  # noqa: PLC0415

    return getattr(catalogue, name)
