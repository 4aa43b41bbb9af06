"""Facets: how the rows that match would fall apart by status, cluster, intent ... Each counts with all *other* filters of the query.

The masks are made where the columns belong; counting is done by a `FacetJob`, which may run on another thread: it holds arrays of one
moment, whose values may be overtaken while it counts, and is made anew when rows change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner_core.figures import INTENTS
from planner_core.query import (
    Between,
    Choice,
    Compare,
    FieldTerm,
    Missing,
    Name,
    Operator,
    Query,
    Value,
)
from planner_desktop.columns.gather import Ints, spread
from planner_desktop.columns.names import NameTable
from planner_desktop.columns.store import Mask

LARGEST = 8
"""So many clusters, words, tags ... are named; how many more there are is said."""
LARGEST_WITH_MORE = 200
FACETS = (
    "status",
    "cluster",
    "intent",
    "difficulty",
    "volume",
    "country",
    "words",
    "length",
    "word",
    "sector",
    "is",
    "tag",
    "import",
)
_COMMON = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "at",
        "be",
        "best",
        "by",
        "for",
        "from",
        "how",
        "i",
        "in",
        "is",
        "it",
        "my",
        "near",
        "of",
        "on",
        "or",
        "that",
        "the",
        "to",
        "vs",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "with",
        "you",
        "your",
    ]
)
_WORDS = 6
_DIFFICULTIES = (0, 21, 41, 61, 81, 101)
_LENGTHS = (0, 11, 21, 31, 41, 61)
_VOLUMES = (0, 10, 100, 1_000, 10_000, 100_000)
# Four bins a band: each has the colour of its band.
_FINE = (0, 6, 11, 16, *range(21, 101, 5), 101)
_STEPS = (0, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)


@dataclass(frozen=True, slots=True)
class FacetRow:
    """One line of a facet: what it stands for in a query, its name (empty: the value's own word), how many rows."""

    value: Value
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Facet:
    """The lines of a field, how many more there are that are not named, and of a figure finer bands from left to right."""

    field: str
    rows: tuple[FacetRow, ...]
    more: int = 0
    bins: tuple[FacetRow, ...] = ()


@dataclass(frozen=True, slots=True)
class FacetJob:
    """Counts to be made. Call it on any thread."""

    counts: Sequence[Callable[[], Facet]]

    def __call__(self) -> list[Facet]:
        return [count() for count in self.counts]


def without(query: Query, field: str) -> Query:
    """Return a query without its (not negated) filters on a field."""
    return Query(tuple(term for term in query.terms if not is_filter_on(term, field)))


def is_filter_on(term: object, field: str) -> bool:
    """Tell whether a term is what a facet's clicks write."""
    return isinstance(term, FieldTerm) and term.field == field and not term.negated


def count_codes(column: Ints, mask: Mask, size: int) -> list[int]:
    """Return how often each code from -1 (first) to size - 1 stands in the rows of a mask."""
    counts = np.bincount(column.compress(mask).astype(np.int64) + 1, minlength=size + 1)
    return [int(count) for count in counts[: size + 1]]


def status_facet(column: Ints, mask: Mask, words: Mapping[str, int]) -> Facet:
    """Count each status."""
    counts = count_codes(column.view(np.int8), mask, 3)
    rows = [FacetRow(Choice(word), "", counts[code + 1]) for word, code in words.items()]
    return Facet("status", tuple(row for row in rows if row.count or row.value != Choice("other")))


def intent_facet(column: Ints, mask: Mask) -> Facet:
    """Count each intent; a row may have several."""
    counts = np.bincount(column.compress(mask), minlength=16)
    codes = np.arange(16)
    rows = [
        FacetRow(Choice(word), "", int(counts[(codes >> bit & 1) == 1].sum()))
        for bit, word in enumerate(INTENTS)
    ]
    rows.sort(key=lambda row: -row.count)
    return Facet("intent", (*rows, FacetRow(Missing(), "", int(counts[0]))))


def named_facet(field: str, column: Ints, mask: Mask, names: NameTable, most: int, *, missing: bool) -> Facet:
    """Count keys with a name, the largest first; keys that share a name are one line, as the query means them."""
    counts = np.bincount(column.compress(mask).astype(np.int64) + 1, minlength=1)
    keys = np.flatnonzero(counts[1:])
    # Places in the order of names are numbers that the keys of one name share; the last stands for keys without a name.
    places = names.ranks(keys)
    together = np.bincount(places, weights=counts[keys + 1]).astype(np.int64)
    firsts = np.zeros(len(together), np.int64)
    firsts[places[::-1]] = keys[::-1]
    ranked = [at for at in np.argsort(-together, kind="stable").tolist() if together[at]][: most + 1]
    named = [(names.by_key.get(int(firsts[at]), ""), int(together[at])) for at in ranked]
    rows = [FacetRow(Name(name), name, count) for name, count in named if name][:most]
    more = int(np.count_nonzero(together)) - len(rows)
    if missing:
        rows.insert(0, FacetRow(Missing(), "", int(counts[0])))
    return Facet(field, tuple(rows), max(0, more))


def country_facet(column: Ints, mask: Mask, codes: Sequence[str], most: int) -> Facet:
    """Count each country."""
    counts = count_codes(column, mask, len(codes))
    ranked = sorted(
        ((count, code) for code, count in zip(codes, counts[1:], strict=True) if count), reverse=True
    )
    rows = [FacetRow(Name(code), code, count) for count, code in ranked[:most]]
    if counts[0]:
        rows.append(FacetRow(Missing(), "", counts[0]))
    return Facet("country", tuple(rows), max(0, len(ranked) - most))


def band_facet(field: str, column: Ints, mask: Mask, edges: Sequence[int], *, missing: bool) -> Facet:
    """Count figures in bands from each edge to before the next one."""
    values = column.compress(mask)
    places = np.searchsorted(np.array(edges), values, side="right")
    counts = np.bincount(places, minlength=len(edges) + 1)
    rows = []
    for at, low in enumerate(edges):
        high = edges[at + 1] - 1 if at + 1 < len(edges) else None
        if field == "difficulty" and high is None:
            break
        value: Value = Compare(Operator.AT_LEAST, low) if high is None else Between(low, high)
        if low == high:
            value = Compare(Operator.EQUAL, low)
        rows.append(FacetRow(value, "", int(counts[at + 1])))
    if missing:
        rows.append(FacetRow(Missing(), "", int(counts[0])))
    return Facet(field, tuple(rows))


def difficulty_facet(column: Ints, mask: Mask) -> Facet:
    """Count the five bands of difficulty."""
    return _binned(band_facet("difficulty", column, mask, _DIFFICULTIES, missing=True), column, mask, _FINE)


def volume_facet(column: Ints, mask: Mask) -> Facet:
    """Count volumes by their order of magnitude."""
    return _binned(band_facet("volume", column, mask, _VOLUMES, missing=True), column, mask, _STEPS)


def _binned(facet: Facet, column: Ints, mask: Mask, edges: Sequence[int]) -> Facet:
    return replace(facet, bins=band_facet(facet.field, column, mask, edges, missing=False).rows)


def words_facet(counts: Ints, mask: Mask) -> Facet:
    """Count keywords by how many words they have."""
    return band_facet("words", counts, mask, range(1, _WORDS + 1), missing=False)


def length_facet(lengths: Ints, mask: Mask) -> Facet:
    """Count keywords by how many characters they have."""
    return band_facet("length", lengths, mask, _LENGTHS, missing=False)


def word_facet(
    tokens: Ints, starts: Ints, counts: Ints, mask: Mask, word: Callable[[int], str], most: int
) -> Facet:
    """Count the words that stand in most keywords, those that say nothing left out."""
    rows = np.flatnonzero(mask)
    used = tokens[spread(starts[rows], counts[rows])] if len(rows) else tokens[:0]
    seen = np.bincount(used)
    found: list[FacetRow] = []
    for number in np.argsort(seen, kind="stable")[::-1][: most + len(_COMMON)].tolist():
        text = word(number)
        if seen[number] and text not in _COMMON and len(text) > 1 and len(found) < most:
            found.append(FacetRow(Name(text), text, int(seen[number])))
    return Facet("word", tuple(found), max(0, int(np.count_nonzero(seen)) - len(found)))


def masks_facet(
    field: str, masks: Sequence[tuple[Value, str, Mask]], mask: Mask, most: int | None = None
) -> Facet:
    """Count rows of ready masks."""
    rows = [FacetRow(value, name, int(np.count_nonzero(mask & one))) for value, name, one in masks]
    if most is not None:
        rows.sort(key=lambda row: -row.count)
    return Facet(field, tuple(rows[:most]), max(0, len(rows) - (most or len(rows))))
