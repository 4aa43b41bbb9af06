"""All known bugs, and the pitfalls without a switch."""

from __future__ import annotations

from tests.simulation.bugs.bug import Bug
from tests.simulation.bugs.cursors import BUGS as CURSORS
from tests.simulation.bugs.further import BUGS as FURTHER
from tests.simulation.bugs.lesser import BUGS as LESSER
from tests.simulation.bugs.merging import BUGS as MERGING
from tests.simulation.bugs.outbox import BUGS as OUTBOX
from tests.simulation.bugs.severe import BUGS as SEVERE
from tests.simulation.bugs.unswitched import NOT_SWITCHABLE

BUGS: list[Bug] = [*CURSORS, *OUTBOX, *MERGING, *SEVERE, *LESSER, *FURTHER]

__all__ = ["BUGS", "NOT_SWITCHABLE", "Bug"]
