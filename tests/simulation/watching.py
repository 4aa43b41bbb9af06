"""Which witnesses watch a world of a run: the oracle with its invariants."""

from __future__ import annotations

from tests.simulation.oracle import Oracle
from tests.simulation.witness import Witness


def watch() -> Witness:
    """Return the witness of a new world."""
    return Oracle()
