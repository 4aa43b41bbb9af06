"""What clicks beside the grid write into the query line. Terms that a click does not mean stay as they were typed."""

from __future__ import annotations

from collections.abc import Callable

from planner_core.query import FieldTerm, Query, QueryError, Term, Value, parse, unparse


def chosen(text: str, field: str, *, negated: bool = False) -> tuple[Value, ...]:
    """Return the values of a field that a query asks for, or (negated) leaves out."""
    return tuple(
        value
        for term in _terms(text)
        if isinstance(term, FieldTerm) and term.field == field and term.negated == negated
        for value in term.values
    )


def only(text: str, field: str, value: Value) -> str:
    """Return the query that asks for one value of a field alone; without it, where it asked for just that."""
    values = () if chosen(text, field) == (value,) else (value,)
    return _with(text, field, values, negated=False)


def ranged(text: str, field: str, value: Value | None) -> str:
    """Return the query that asks for one value of a field alone; None: for any."""
    return _with(text, field, () if value is None else (value,), negated=False)


def also(text: str, field: str, value: Value) -> str:
    """Return the query that asks for a value as well, or no longer."""
    return _with(text, field, _toggled(chosen(text, field), value), negated=False)


def without(text: str, field: str, value: Value) -> str:
    """Return the query that leaves a value out, or no longer."""
    if value in chosen(text, field):
        text = also(text, field, value)
    return _with(text, field, _toggled(chosen(text, field, negated=True), value), negated=True)


def cleared(text: str, field: str) -> str:
    """Return the query without its filters on a field."""
    return _with(_with(text, field, (), negated=False), field, (), negated=True)


def _toggled(values: tuple[Value, ...], value: Value) -> tuple[Value, ...]:
    return tuple(one for one in values if one != value) if value in values else (*values, value)


def _with(text: str, field: str, values: tuple[Value, ...], *, negated: bool) -> str:
    """Return the query with one term of a field in the place of those it had, none for no values."""

    def is_meant(term: Term) -> bool:
        return isinstance(term, FieldTerm) and term.field == field and term.negated == negated

    new = [unparse(Query((FieldTerm(field, values, negated),)))] if values else []
    return " ".join(_replaced(text, is_meant, new))


def _replaced(text: str, is_meant: Callable[[Term], bool], new: list[str]) -> list[str]:
    parts: list[str] = []
    for term in _terms(text):
        if not is_meant(term):
            parts.append(text[slice(*term.span)])
        elif new:
            parts += new
            new = []
    return [*parts, *new]


def _terms(text: str) -> tuple[Term, ...]:
    try:
        return parse(text).terms
    except QueryError:
        return ()


def is_readable(text: str) -> bool:
    """Tell whether a text is a query: nothing is clicked into one that is not."""
    try:
        parse(text)
    except QueryError:
        return False
    return True
