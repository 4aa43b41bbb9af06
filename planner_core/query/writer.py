"""From a tree back to the canonical text. `parse(unparse(tree)) == tree` for every tree that `parse` can return."""

from __future__ import annotations

import re
from collections.abc import Sequence

from planner_core.query.dates import date_text
from planner_core.query.fields import EMPTY, FIELDS, Kind
from planner_core.query.tree import (
    LAST_SYNC,
    Between,
    Choice,
    Compare,
    FieldTerm,
    Missing,
    Name,
    Operator,
    Pattern,
    Query,
    SortKey,
    Term,
    Text,
    Value,
)

_BARE = re.compile(r"\w[\w.+&'/-]*")
"""Texts that read the same without quotation marks. Narrower than the grammar, so that it may grow."""


def unparse(query: Query) -> str:
    """Return the canonical text of a query: lower-case keys, one space between terms, quotes only where needed."""
    return " ".join(_term(term) for term in query.terms)


def unparse_sort(order: Sequence[SortKey]) -> str:
    """Return the canonical text of a sort order: `-volume,keyword`."""
    return ",".join(f"-{key.field}" if key.descending else key.field for key in order)


def quote(text: str) -> str:
    """Return a text as it must stand in a query line: bare where that reads the same, else in quotation marks."""
    return text if _BARE.fullmatch(text) else _in_marks(text)


def quote_name(field: str, name: str) -> str:
    """Return a name as it must stand after `field:`; one that equals a word for "no value" is quoted."""
    reserved = name.casefold() in {FIELDS[field].missing, EMPTY}
    return _in_marks(name) if reserved else quote(name)


def _in_marks(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _term(term: Term) -> str:
    sign = "-" if term.negated else ""
    if isinstance(term, FieldTerm):
        values = (_value(term.field, value, first=not at) for at, value in enumerate(term.values))
        return f"{sign}{term.field}:{','.join(values)}"
    return sign + ",".join(_text(text) for text in term.texts)


def _text(text: Text | Pattern) -> str:
    return f"/{text.source}/" if isinstance(text, Pattern) else quote(text.text)


def _value(field: str, value: Value, *, first: bool) -> str:
    if FIELDS[field].kind is Kind.TIME:
        return _date(field, value)
    match value:
        case Missing():
            return FIELDS[field].missing or ""
        case Choice(word):
            return word
        case Between(low, high):
            return f"{low}..{high}"
        case Compare(Operator.EQUAL, number):
            # Three digits after a comma look like the rest of a number with thousands; the parser asks back then.
            return f"={number}" if not first and 100 <= number <= 999 else f"{number}"
        case Compare(operator, number):
            return f"{operator.value}{number}"
        case Name(text):
            return quote_name(field, text)


def _date(field: str, value: Value) -> str:
    match value:
        case Between(low, high):
            return f"{date_text(low)}..{date_text(high)}"
        case Compare(Operator.EQUAL, number):
            return date_text(number)
        case Compare(operator, number):
            day = FIELDS[field].moment if number == LAST_SYNC else date_text(number)
            return f"{operator.value}{day}"
        case _:
            return FIELDS[field].missing or ""
