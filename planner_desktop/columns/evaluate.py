"""From a query's tree to a mask over all rows: the one evaluator of the query line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from planner_core.figures import INTENTS
from planner_core.query import (
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
    Text,
    TextTerm,
    Value,
)
from planner_core.text import fold
from planner_desktop.columns.derived import DUPLICATE_WORDS, Derived
from planner_desktop.columns.gather import Ints
from planner_desktop.columns.members import MemberField
from planner_desktop.columns.order import Names
from planner_desktop.columns.source import (
    MARK_CONFLICT,
    MARK_REFUSED,
    MARK_SYNCED,
    MARK_WAITING,
    STATUS_MAPPED,
    STATUS_NEW,
    STATUS_OTHER,
)
from planner_desktop.columns.store import ColumnStore, Mask
from planner_desktop.columns.textindex import TextIndex

STATUS_CODES = {"new": STATUS_NEW, "mapped": STATUS_MAPPED, "other": STATUS_OTHER}
_MARKS = {
    "synced": MARK_SYNCED,
    "waiting": MARK_WAITING,
    "conflict": MARK_CONFLICT,
    "refused": MARK_REFUSED,
}
_INTENTS = {intent: 1 << bit for bit, intent in enumerate(INTENTS)}
_DAY = 86_400
_FEW = 4
"""Up to so many keys are compared one by one, which is quicker than a set for all rows."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the frame has chosen before the query line is asked. None: all sites, all sectors.

    `trash` asks for rows in the trash instead of live ones.
    """

    sites: tuple[int, ...] | None = None
    sectors: tuple[int, ...] | None = None
    trash: bool = False


class Evaluator:
    """Answers queries over one store. Gone rows never match."""

    def __init__(self, store: ColumnStore, index: TextIndex, names: Names, derived: Derived) -> None:
        self._store = store
        self._index = index
        self._names = names
        self._derived = derived
        self._by_field: dict[str, Callable[[Value], Mask]] = {
            "status": self._status,
            "volume": self._number("volume"),
            "difficulty": self._number("difficulty"),
            "intent": self._intent,
            "country": self._country,
            "cluster": self._cluster,
            "sector": self._sector,
            "site": self._site,
            "is": self._is,
            "words": self._number("token_count"),
            "length": lambda value: _numbers(self._derived.lengths(), value),
            "created": self._created,
            "changed": self._changed,
            "word": self._word,
            "tag": self._member("tag"),
            "import": self._member("import"),
            "note": self._note,
        }

    def mask(self, query: Query, scope: Scope) -> Mask:
        """Return a fresh mask over all positions."""
        mask = self._scope(scope)
        # Texts last: they cost most, and nothing is left to search once no row remains.
        for term in sorted(query.terms, key=lambda term: isinstance(term, TextTerm)):
            if not mask.any():
                break
            found = self._term(term)
            mask &= ~found if term.negated else found
        return mask

    def term(self, term: TextTerm | FieldTerm) -> Mask:
        """Return the rows for which one term holds, wherever they are."""
        found = self._term(term)
        return ~found if term.negated else found

    def value(self, field: str, value: Value) -> Mask:
        """Return the rows that have a value in a field, wherever they are."""
        return self._by_field[field](value)

    def scope(self, scope: Scope) -> Mask:
        """Return the rows of a scope, as a fresh mask."""
        return self._scope(scope)

    def _scope(self, scope: Scope) -> Mask:
        store = self._store
        mask = store["deleted"].copy() if scope.trash else ~store["deleted"]
        mask &= ~store["gone"]
        if scope.sites is not None:
            mask &= _one_of(store["site"], scope.sites)
        if scope.sectors is not None:
            mask &= _one_of(store["sector"], scope.sectors)
        return mask

    def _term(self, term: TextTerm | FieldTerm) -> Mask:
        if isinstance(term, TextTerm):
            return _any_of([self._text(text) for text in term.texts])
        return _any_of([self._by_field[term.field](value) for value in term.values])

    def _text(self, text: Text | Pattern) -> Mask:
        if isinstance(text, Pattern):
            return self._derived.patterns.rows_with(text.source)
        return self._index.rows_with(self._store, text.text)

    def _status(self, value: Value) -> Mask:
        assert isinstance(value, Choice)
        return _same(self._store["status"], STATUS_CODES[value.word])

    def _number(self, column: str) -> Callable[[Value], Mask]:
        return lambda value: _numbers(self._store[column], value)

    def _intent(self, value: Value) -> Mask:
        bits = self._store["intent"]
        if isinstance(value, Missing):
            return _same(bits, 0)
        assert isinstance(value, Choice)
        mask: Mask = (bits & np.uint8(_INTENTS[value.word])) != 0
        return mask

    def _country(self, value: Value) -> Mask:
        if isinstance(value, Missing):
            return self._store["country"] < 0
        assert isinstance(value, Name)
        wanted = fold(value.text)
        codes = [place for place, code in enumerate(self._store.countries) if fold(code) == wanted]
        return _one_of(self._store["country"], codes)

    def _cluster(self, value: Value) -> Mask:
        if isinstance(value, Missing):
            return self._store["cluster"] < 0
        assert isinstance(value, Name)
        return _one_of(self._store["cluster"], self._names["cluster"].called(value.text))

    def _sector(self, value: Value) -> Mask:
        assert isinstance(value, Name)
        return _one_of(self._store["sector"], self._names["sector"].called(value.text))

    def _site(self, value: Value) -> Mask:
        assert isinstance(value, Name)
        return _one_of(self._store["site"], self._names["site"].called(value.text))

    def _is(self, value: Value) -> Mask:
        assert isinstance(value, Choice)
        store = self._store
        if value.word in _MARKS:
            return _same(store["mark"], _MARKS[value.word])
        if value.word in DUPLICATE_WORDS:
            return self._derived.duplicates(value.word)
        if value.word == "override":
            return (store["volume_override"] >= 0) | (store["difficulty_override"] >= 0)
        if value.word == "candidate":
            return np.zeros(store.size, np.bool_)  # Candidates have columns of their own.
        if value.word == "added":
            return np.ones(store.size, np.bool_)  # The word tells seeds of a library apart.
        return store["disabled"].copy() if value.word == "disabled" else ~store["disabled"]

    def _created(self, value: Value) -> Mask:
        return _numbers(self._store["created"], _in_seconds(value))

    def _changed(self, value: Value) -> Mask:
        members = self._derived.members
        if isinstance(value, Compare) and value.number == LAST_SYNC:
            return _numbers(members.changed(), Compare(value.operator, members.last_sync))
        return _numbers(members.changed(), _in_seconds(value))

    def _word(self, value: Value) -> Mask:
        assert isinstance(value, Name)
        return self._index.rows_with_word(self._store, value.text)

    def _member(self, field: MemberField) -> Callable[[Value], Mask]:
        def mask(value: Value) -> Mask:
            members = self._derived.members
            if isinstance(value, Missing):
                return ~members.rows_of(members.groups(field))
            assert isinstance(value, Name)
            return members.rows_of(members.called(field, value.text))

        return mask

    def _note(self, value: Value) -> Mask:
        if isinstance(value, Missing):
            return ~self._derived.members.noted(None)
        assert isinstance(value, Name)
        return self._derived.members.noted(value.text)


def _in_seconds(value: Value) -> Value:
    """Return what a day (counted from 1970) compares as in a column of seconds."""
    match value:
        case Between(low, high):
            return Between(low * _DAY, high * _DAY + _DAY - 1)
        case Compare(Operator.EQUAL, day):
            return Between(day * _DAY, day * _DAY + _DAY - 1)
        case Compare(Operator.MORE, day):
            return Compare(Operator.AT_LEAST, (day + 1) * _DAY)
        case Compare(Operator.AT_MOST, day):
            return Compare(Operator.LESS, (day + 1) * _DAY)
        case Compare(operator, day):
            return Compare(operator, day * _DAY)
        case _:
            return value


def _any_of(masks: list[Mask]) -> Mask:
    return reduce(np.logical_or, masks)


def _same(column: Ints, value: int) -> Mask:
    mask: Mask = column == value
    return mask


def _one_of(column: Ints, values: Sequence[int]) -> Mask:
    if not values:
        return np.zeros(len(column), np.bool_)
    if len(values) <= _FEW:
        return _any_of([_same(column, value) for value in values])
    return np.isin(column, np.array(values))


def _numbers(column: Ints, value: Value) -> Mask:
    match value:
        case Missing():
            mask: Mask = column < 0
        case Between(low, high):
            mask = (column >= low) & (column <= high)
        case Compare(Operator.AT_LEAST, number):
            mask = column >= number
        case Compare(Operator.MORE, number):
            mask = column > number
        case Compare(Operator.EQUAL, number):
            mask = column == number
        case Compare(Operator.LESS, number):
            # Unsigned, NULL is larger than every number: one comparison instead of two.
            mask = column.view(f"u{column.itemsize}") < number
        case Compare(Operator.AT_MOST, number):
            mask = column.view(f"u{column.itemsize}") <= number
        case _:
            raise TypeError(f"{value!r} is no number")
    return mask
