"""What a handler says of itself for the API's description, without importing the library that writes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

Handler = TypeVar("Handler", bound=Callable[..., Any])

MARK = "planner_description"


@dataclass(frozen=True, slots=True)
class Description:
    """Shapes of one handler. None as body: it takes none; None as answer: an object this description does not look into."""

    body: Any = None
    answer: Any = None
    many: bool = False
    paged: bool = False
    status: int = 200
    queries: dict[str, Any] = field(default_factory=dict)
    """Query parameter -> its JSON schema, for those no filter declares."""
    media_type: str = ""
    """Where the answer is no JSON, as in text/csv."""


def described(
    *,
    body: Any = None,
    answer: Any = None,
    many: bool = False,
    paged: bool = False,
    status: int = 200,
    queries: dict[str, Any] | None = None,
    media_type: str = "",
) -> Callable[[Handler], Handler]:
    """Mark a handler (`post`, or a method under @action) with serializer classes of its body and of what its answer has in `data`.

    `many`: `data` is a list of `answer`; `paged`: the answer is a page of a list.
    """
    description = Description(body, answer, many, paged, status, queries or {}, media_type)

    def mark(handler: Handler) -> Handler:
        setattr(handler, MARK, description)
        return handler

    return mark


def description_of(handler: Any) -> Description | None:
    """Return what a handler was marked with."""
    found = getattr(handler, MARK, None)
    return found if isinstance(found, Description) else None
