"""From a query line to its tree. The grammar is in the package's docstring."""

from __future__ import annotations

import re
from difflib import get_close_matches
from itertools import pairwise

from planner_core.query.dates import days_of
from planner_core.query.errors import QueryError
from planner_core.query.fields import EMPTY, FIELDS, FILTERS, Field, Kind
from planner_core.query.lexer import Atom, Piece, scan
from planner_core.query.patterns import check_pattern
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
    Span,
    Term,
    Text,
    TextTerm,
    Value,
)

_COMPARISON = re.compile(r"(>=|<=|>|<|=)?(.*)", re.DOTALL)
_LONGEST_NUMBER = 18
_SHORT = re.compile(r"(\d{1,6}(?:[.,]\d{1,6})?)([kKmM])")
"""More digits than any limit has; longer ones are never turned into a number."""


def parse(text: str) -> Query:
    """Return the tree of a query line; an empty line gives a query that matches every row.

    Raises QueryError, which points at the characters at fault.
    """
    return Query(tuple(_term(piece) for piece in scan(text)))


def _term(piece: Piece) -> Term:
    known = _field(piece) if piece.key is not None else None
    if piece.problem:
        message = piece.problem.message
        if known and piece.problem.wants_value:
            message = f"{message}. {known.expected()}"
        elif piece.problem.wants_value:
            message = f"{message}. Expected another text, as in desk,table"
        raise QueryError(message, piece.problem.span)
    if known is None:
        texts = tuple(_text(atom) for atom in piece.atoms)
        return TextTerm(texts, piece.negated, piece.span)
    _refuse_thousands(known, piece.atoms)
    values = tuple(_value(known, atom) for atom in piece.atoms)
    return FieldTerm(known.name, values, piece.negated, piece.span)


def _text(atom: Atom) -> Text | Pattern:
    if not atom.is_pattern:
        return Text(atom.text, atom.span)
    check_pattern(atom.text, atom.span)
    return Pattern(atom.text, atom.span)


def _field(piece: Piece) -> Field:
    key = piece.key or ""
    known = FIELDS.get(key)
    if known and known.filters:
        return known
    why = "is for sorting only" if known else "is not a field"
    close = () if known else get_close_matches(key, FILTERS, n=1)
    meant = f"Did you mean {close[0]}:? " if close else ""
    raise QueryError(
        f"'{key}' {why}. {meant}Known fields: {', '.join(FILTERS)}. "
        f'To search for a text with a colon, quote it, as in "{key}:..."',
        piece.key_span or piece.span,
    )


def _value(known: Field, atom: Atom) -> Value:
    if not atom.quoted and atom.text.casefold() in {known.missing, EMPTY}:
        if known.missing is None:
            raise QueryError(
                f"Every keyword has {known.noun}, so none is empty. {known.expected()}", atom.span
            )
        return Missing(atom.span)
    if known.kind in {Kind.NUMBER, Kind.TIME}:
        return _number(known, atom)
    if known.kind is Kind.CHOICE:
        return _choice(known, atom)
    if not atom.text.strip():
        raise QueryError(f"This name is empty. {known.expected()}", atom.span)
    return Name(atom.text, atom.span)


def _choice(known: Field, atom: Atom) -> Choice:
    word = atom.text.casefold()
    if word in known.choices:
        return Choice(word, atom.span)
    close = get_close_matches(word, known.choices, n=1)
    meant = f"Did you mean {close[0]}? " if close else ""
    raise QueryError(f"'{atom.text}' is not {known.noun}. {meant}{known.expected()}", atom.span)


def _number(known: Field, atom: Atom) -> Value:
    start, end = atom.span
    if atom.quoted:
        raise QueryError(f"A number stands without quotation marks. {known.expected()}", atom.span)
    low, dots, high = atom.text.partition("..")
    if dots:
        return _range(known, low, high, atom.span)
    found = _COMPARISON.fullmatch(atom.text)
    sign, digits = found.groups() if found else (None, atom.text)
    if known.kind is Kind.TIME:
        return _date(known, Operator(sign or "="), digits, Span(start + len(sign or ""), end), atom.span)
    number = _digits(known, digits, Span(start + len(sign or ""), end), atom.span)
    return Compare(Operator(sign or "="), number, atom.span)


def _range(known: Field, low: str, high: str, span: Span) -> Value:
    before, after = Span(span.start, span.start + len(low)), Span(span.end - len(high), span.end)
    if not low and not high:
        raise QueryError(f"Both ends of the range are missing. {known.expected()}", span)
    read = _days if known.kind is Kind.TIME else _digits_twice
    if not high:
        return Compare(Operator.AT_LEAST, read(known, low, before, span)[0], span)
    if not low:
        return Compare(Operator.AT_MOST, read(known, high, after, span)[1], span)
    first, last = read(known, low, before, span)[0], read(known, high, after, span)[1]
    if first > last:
        raise QueryError(f"The range ends before it begins. Write it as {known.name}:{high}..{low}", span)
    return Between(first, last, span)


def _digits_twice(known: Field, digits: str, span: Span, whole: Span) -> tuple[int, int]:
    number = _digits(known, digits, span, whole)
    return number, number


def _date(known: Field, operator: Operator, text: str, span: Span, whole: Span) -> Value:
    """Compare with a day, or with the end of a month or year that matters."""
    if known.moment and text.casefold() == known.moment:
        # Nothing happens in that very moment: after it is what is meant.
        return Compare(Operator.MORE if operator is Operator.EQUAL else operator, LAST_SYNC, whole)
    first, last = _days(known, text, span, whole)
    if operator is Operator.EQUAL and first != last:
        return Between(first, last, whole)
    late = operator in {Operator.MORE, Operator.AT_MOST}
    return Compare(operator, last if late else first, whole)


def _days(known: Field, text: str, span: Span, whole: Span) -> tuple[int, int]:
    """Return the first and the last day of a date."""
    if not text:
        raise QueryError(f"A date is missing. {known.expected()}", whole)
    days = days_of(text)
    if days is None:
        raise QueryError(f"'{text}' is not {known.noun}. {known.expected()}", span)
    return days


def _written_out(text: str) -> str:
    """Return the advice for "2k" and "1.5m", "" for anything else."""
    found = _SHORT.fullmatch(text)
    if found is None:
        return ""
    number = float(found[1].replace(",", ".")) * (1_000_000 if found[2] in "mM" else 1_000)
    return f"Write it out: {number:.0f}"


def _digits(known: Field, digits: str, span: Span, whole: Span) -> int:
    if not digits:
        raise QueryError(f"A number is missing. {known.expected()}", whole)
    if not digits.isdecimal():
        raise QueryError(f"'{digits}' is not a number. {_written_out(digits) or known.expected()}", span)
    number = int(digits) if len(digits) <= _LONGEST_NUMBER else known.high + 1
    if not known.low <= number <= known.high:
        limit = f"The largest is {known.high}" if known.high > 100 else known.expected()
        raise QueryError(f"{digits} is too large for {known.noun}. {limit}", span)
    return number


def _refuse_thousands(known: Field, atoms: tuple[Atom, ...]) -> None:
    """Refuse `>=1,500`: the comma means "or" here, so what looks like one number would quietly be two."""
    if known.kind is not Kind.NUMBER:
        return
    for first, second in pairwise(atoms):
        head = first.text.lstrip("<>=")
        group = len(second.text) == 3 and second.text.isdecimal()
        compared = head != first.text and head.isdecimal() and len(head) <= 3
        if group and (compared or second.text.startswith("0")):
            raise QueryError(
                f"A comma means 'or', so '{first.text},{second.text}' is two numbers. "
                f"Write a thousand without it, as in {known.name}:{first.text}{second.text}",
                Span(first.span.end, second.span.end),
            )
