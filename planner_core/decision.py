"""The answer of the rules: what will be done, and what is refused with the reason and the way out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from planner_core.entities import Value
from planner_core.operations import Operation


@dataclass(frozen=True, slots=True)
class Refused:
    """Rows that a rule keeps as they are. `code` is stable and machine readable, `message` is for the person who asked."""

    code: str
    message: str
    ids: Sequence[str] = ()
    field: str = ""
    details: Mapping[str, Value] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """Operations to apply in order, rows refused, and rows that already are as asked."""

    operations: Sequence[Operation] = ()
    refused: Sequence[Refused] = ()
    unchanged: int = 0
    label: str = ""

    @property
    def changed(self) -> int:
        """Return how many rows the operations name."""
        return sum(len(operation.ids) for operation in self.operations)
