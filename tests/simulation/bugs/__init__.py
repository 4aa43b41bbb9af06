"""Known bugs, one for each pitfall that can be switched on: the suite has to notice every one of them.

A switch patches one decision of production code into the behaviour that the catalogue of pitfalls warns of; production code carries
no flags. Each has a scripted history on which it shows, and which passes on the code as it is. `python -m tests.simulation.bugs`
prints what notices which.
"""

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
