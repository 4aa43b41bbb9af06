"""The syntax tree of the query line: frozen, comparable, free of any store.

Two trees are equal when they mean the same in the same order; positions do not take part in the comparison.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


class Span(NamedTuple):
    """Characters `start` (included) to `end` (excluded) of the text, counted from 0."""

    start: int
    end: int


NOWHERE = Span(0, 0)
LAST_SYNC = -1
"""In place of a day: the last contact with the platform before the latest absence."""


class Operator(Enum):
    """How a number is compared."""

    AT_LEAST = ">="
    AT_MOST = "<="
    MORE = ">"
    LESS = "<"
    EQUAL = "="


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the words a field knows, in the field's own spelling: `new` in `status:new`."""

    word: str
    span: Span = dataclasses.field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A name given by people, to be compared in its folded form as a whole: `Desks` in `sector:Desks`."""

    text: str
    span: Span = dataclasses.field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """A number and how to compare with it. Rows whose figure is unknown match no comparison.

    In a field of dates the number is a day (UTC), counted from 1970-01-01, or LAST_SYNC.
    """

    operator: Operator
    number: int
    span: Span = dataclasses.field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Between:
    """A range of numbers, both ends included; `low` <= `high`."""

    low: int
    high: int
    span: Span = dataclasses.field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Missing:
    """Rows that have no value here: `cluster:none`, `volume:unknown`. Which word it is, the field says."""

    span: Span = dataclasses.field(default=NOWHERE, compare=False)


Value = Choice | Name | Compare | Between | Missing


@dataclass(frozen=True, slots=True)
class Text:
    """A part of the keyword's text: matches where its folded form occurs in the folded keyword."""

    text: str
    span: Span = dataclasses.field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression as it stands between slashes: matches where it is found in the keyword, in any case."""

    source: str
    span: Span = dataclasses.field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class TextTerm:
    """Any of some texts and patterns, or (negated) none of them."""

    texts: tuple[Text | Pattern, ...]
    negated: bool = False
    span: Span = dataclasses.field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class FieldTerm:
    """Any of some values of one field, or (negated) none of them. `field` is a key of `FIELDS`."""

    field: str
    values: tuple[Value, ...]
    negated: bool = False
    span: Span = dataclasses.field(default=NOWHERE, compare=False)


Term = TextTerm | FieldTerm


@dataclass(frozen=True, slots=True)
class Query:
    """All terms must hold. A query without terms matches every row."""

    terms: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class SortKey:
    """One step of a sort order. Rows without a value come last in both directions."""

    field: str
    descending: bool = False
    span: Span = dataclasses.field(default=NOWHERE, compare=False)
