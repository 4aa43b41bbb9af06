"""What is wrong with a query line or a sort order, and where."""

from __future__ import annotations

from planner_core.query.tree import Span


class QueryError(ValueError):
    """A text that is no query. `message` is one sentence or two with an example; `span` is the part at fault.

    `position` counts from 1, as people do; `span` counts from 0, as slices do.
    """

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.message = message
        self.span = span

    @property
    def position(self) -> int:
        """The first character at fault, counted from 1."""
        return self.span.start + 1

    def __str__(self) -> str:
        return f"{self.message} (at character {self.position})"
