"""The query line as the library understands it: the fields a seed has, `is:added`, and a clear word about all others."""

from __future__ import annotations

from dataclasses import replace

from planner_core.query import FIELDS, Choice, FieldTerm, Query, QueryError, SortKey, Term, parse, parse_sort

FIELDS_OF_SEEDS = (
    "volume",
    "difficulty",
    "intent",
    "country",
    "sector",
    "site",
    "words",
    "length",
    "word",
    "is",
)
"""What may stand before a colon."""
SORTS_OF_SEEDS = ("keyword", "volume", "difficulty", "intent", "country", "sector", "status")
"""What seeds are ordered by; `status` puts what is a keyword already behind."""
ADDED = "added"


def parse_seeds(text: str) -> Query:
    """Return the query that finds the seeds a line asks for. Raises QueryError, also for what only keywords have."""
    return Query(tuple(_term(term) for term in parse(text).terms))


def parse_seed_sort(text: str) -> tuple[SortKey, ...]:
    """Return a sort order of seeds; `added` stands for what is a keyword already. Raises QueryError."""
    keys = parse_sort(",".join(_plain(part) for part in text.split(","))) if text.strip() else ()
    for key in keys:
        if key.field not in SORTS_OF_SEEDS:
            known = f"keyword, volume, difficulty, intent, country, sector or {ADDED}"
            raise QueryError(f"The library knows no {key.field}. Expected one of {known}", key.span)
    return keys


def _plain(part: str) -> str:
    name = part.strip()
    return part.replace(ADDED, "status") if name.lstrip("-").lower() == ADDED else part


def _term(term: Term) -> Term:
    if not isinstance(term, FieldTerm):
        return term
    if term.field not in FIELDS_OF_SEEDS or term.field not in FIELDS:
        known = ", ".join(name for name in FIELDS_OF_SEEDS if name in FIELDS)
        raise QueryError(
            f"A seed keyword has no {term.field}. The library is filtered by words and {known}", term.span
        )
    if term.field != "is":
        return term
    for value in term.values:
        if not isinstance(value, Choice) or value.word != ADDED:
            raise QueryError("Of seed keywords only is:added and -is:added can be asked", term.span)
    return replace(term, field="status", values=(Choice("mapped", term.span),))
