"""The query line's grammar, told to its widget: tokens, problems and what could follow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from planner_core.query import FIELDS, Query, QueryError, complete, parse, parse_sort
from planner_desktop.widgets.queryline import QueryProblem, QueryReading, QueryToken

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns import KeywordColumns

DUPLICATES = "is:duplicate"
TOGETHER = parse_sort("duplicates,-volume")
"""Near-duplicates side by side, in each group the one that counts first."""
Names = Callable[[str], Sequence[str]]


def read_query(text: str) -> QueryReading:
    """Return how a text is understood."""
    try:
        query = parse(text)
    except QueryError as error:
        length = max(1, error.span.end - error.span.start)
        return QueryReading((), QueryProblem(error.span.start, length, error.message))
    return QueryReading(
        tuple(_token(text, term.span.start, term.span.end, negated=term.negated) for term in query.terms)
    )


def query_of(text: str) -> Query | None:
    """Return the query a text means, None where it cannot be read."""
    try:
        return parse(text)
    except QueryError:
        return None


def is_half_a_field(text: str) -> bool:
    """Return whether a text ends with what may become the name of a field: nobody means it as a word yet."""
    last = text[text.rfind(" ") + 1 :].lstrip("-").casefold()
    return bool(last) and any(field.startswith(last) for field in FIELDS)


def _token(text: str, start: int, end: int, *, negated: bool) -> QueryToken:
    key, colon, _ = text[start:end].lstrip("-").partition(":")
    lead = end - start - len(text[start:end].lstrip("-"))
    is_filter = bool(colon) and key.lower() in FIELDS
    return QueryToken(start, end, start + lead + len(key) + 1 if is_filter else start, negated)


def completer(names: Names) -> Callable[[str, int], str]:
    """Return a function that gives the rest of the best completion at the cursor, "" where there is none."""

    def rest(text: str, cursor: int) -> str:
        offered = complete(text, cursor, names)
        typed = text[offered.span.start : cursor]
        if not typed:
            return ""
        for option in offered.options:
            if option.casefold().startswith(typed.casefold()) and len(option) > len(typed):
                return option[len(typed) :]
        return ""

    return rest


def names_in(columns: KeywordColumns, field: str) -> Sequence[str]:
    """Return the names that completion offers for a field."""
    if field == "country":
        return columns.countries()
    if field in {"site", "sector", "cluster"}:
        return columns.names(field)  # type: ignore[arg-type]
    return columns.asking.members.offered(field)


def with_term(text: str, term: str) -> str:
    """Return a query with one more term, unless it has it."""
    return text if term in text.split() else f"{text} {term}".strip()
