"""What may follow at the cursor while a query line is typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from planner_core.query.fields import EMPTY, FIELDS, FILTERS, Kind
from planner_core.query.lexer import Piece, scan
from planner_core.query.tree import Span
from planner_core.query.writer import quote_name
from planner_core.text import fold


@dataclass(frozen=True, slots=True)
class Completion:
    """Texts that may replace the characters of `span`, best first. Each is complete as it stands, quotes included."""

    span: Span
    options: tuple[str, ...]


def complete(text: str, cursor: int, names: Callable[[str], Sequence[str]]) -> Completion:
    """Return what may stand at the cursor (counted from 0).

    `names(field)` gives the names of a NAME field in the order in which they are to be offered.
    """
    piece = _piece_at(text, cursor)
    if piece is None or piece.key is None:
        start = cursor if piece is None else piece.span.start + piece.negated
        typed = text[start:cursor].lower()
        wanted = tuple(f"{name}:" for name in FILTERS if typed and name.startswith(typed))
        return Completion(Span(start, cursor), wanted)
    atom = next((atom for atom in piece.atoms if atom.span.start <= cursor <= atom.span.end), None)
    known = FIELDS.get(piece.key)
    if atom is None or known is None or not known.filters or atom.is_pattern:
        return Completion(Span(cursor, cursor), ())
    typed = fold(text[atom.span.start : cursor].lstrip('"'))
    offered = known.choices
    if known.kind is Kind.NAME:
        offered = tuple(quote_name(piece.key, name) for name in names(piece.key))
    elif known.moment:
        offered = (f">{known.moment}", known.moment)
    elif known.kind is not Kind.CHOICE and not typed:
        return Completion(Span(cursor, cursor), ())
    every = offered if known.missing is None else (*offered, known.missing, *((EMPTY,) if typed else ()))
    options = tuple(option for option in every if fold(option.lstrip('"')).startswith(typed))
    return Completion(atom.span, options)


def _piece_at(text: str, cursor: int) -> Piece | None:
    return next((piece for piece in scan(text) if piece.span.start < cursor <= piece.span.end), None)
