"""How services say no: an exception that carries the rules' refusals, for REST and the command line to show."""

from __future__ import annotations

from planner_core.decision import Refused


class Refusal(Exception):
    """What was asked is not done, as a whole. `refused` has the reason, the field and the machine readable code."""

    def __init__(self, *refused: Refused) -> None:
        self.refused = refused
        super().__init__(" ".join(one.message for one in refused))


def refuse(code: str, message: str, field: str = "") -> Refusal:
    """Return the exception for one plain reason."""
    return Refusal(Refused(code, message, field=field))
