"""Which witnesses watch a world of a run: the oracle and the invariants."""

from __future__ import annotations

from tests.simulation.witness import Witness


def watch() -> Witness:
    """Return the witness of a new world."""
    return Witness()
