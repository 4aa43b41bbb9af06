"""One line of the benchmark table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """A figure of the product beside the best that could be built (floor) and what one would pick instead (peer), all in `unit`."""

    name: str
    rows: int
    product_ms: float
    floor_ms: float | None
    peer_ms: float | None = None
    goal: str = ""
    unit: str = "ms"

    @property
    def ratio(self) -> float:
        """Return product over floor."""
        return self.product_ms / self.floor_ms if self.floor_ms else float("inf")
