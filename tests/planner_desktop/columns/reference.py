"""The columns once more, slow and obvious: a list of rows, a loop a question. And a source made of such rows."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal

from planner_core.figures import INTENTS, effective
from planner_core.query import (
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
    TextTerm,
)
from planner_core.text import fold
from planner_desktop.columns import NameKind, PackedChunk, Scope
from planner_desktop.columns.source import NULL, Packed
from planner_desktop.columns.spelling import canonical

Packing = Literal["array", "bytes", "decimal", "wide"]
PACKINGS: tuple[Packing, ...] = ("array", "bytes", "decimal", "wide")
STATUSES = ("new", "mapped", "other")
MARKS = ("synced", "waiting", "conflict", "refused")


@dataclass(frozen=True, slots=True)
class Row:
    key: int
    keyword: str = "standing desk"
    site: int = 1
    sector: int = 1
    cluster: int | None = None
    status: int = 0
    disabled: bool = False
    deleted: bool = False
    volume_override: int | None = None
    difficulty_override: int | None = None
    seed_volume: int | None = None
    seed_difficulty: int | None = None
    intent: int = 0
    country: str | None = None
    mark: int = 0
    created: int | None = None

    @property
    def volume(self) -> int | None:
        return effective(self.volume_override, self.seed_volume)

    @property
    def difficulty(self) -> int | None:
        return effective(self.difficulty_override, self.seed_difficulty)

    @property
    def words(self) -> tuple[str, ...]:
        return folded_words(self.keyword)


@cache
def folded_words(text: str) -> tuple[str, ...]:
    return tuple(fold(text).split(" "))


def default_names() -> dict[NameKind, dict[int, str]]:
    return {
        "site": {1: "My shop", 2: "Other shop"},
        "sector": {1: "Desks", 2: "Chairs", 3: "desks"},
        "cluster": {1: "Standing desks", 2: "Stools", 3: "none", 4: "STANDING  DESKS"},
    }


@dataclass
class RowSource:
    """A ColumnSource over rows, for tests. `commit` grows with every change."""

    rows: dict[int, Row] = field(default_factory=dict)
    tables: dict[NameKind, dict[int, str]] = field(default_factory=default_names)
    packing: Packing = "array"
    lines: bool = False
    file_id: str = "one"
    commit: int = 1
    reads: int = 0

    @classmethod
    def of(cls, *rows: Row, **options: Any) -> RowSource:
        return cls({row.key: row for row in rows}, **options)

    def change(self, put: Iterable[Row] = (), remove: Iterable[int] = ()) -> None:
        self.rows.update((row.key, row) for row in put)
        for key in remove:
            self.rows.pop(key, None)
        self.commit += 1

    def edit(self, key: int, **values: Any) -> None:
        self.change([replace(self.rows[key], **values)])

    def stamp(self) -> tuple[str, int]:
        return self.file_id, self.commit

    def keyword_columns(self, keys: Sequence[int] | None) -> PackedChunk:
        self.reads += 1
        wanted = self.rows if keys is None else [key for key in keys if key in self.rows]
        return pack([self.rows[key] for key in wanted], self.packing, lines=self.lines)

    def names(self, kind: NameKind) -> Mapping[int, str]:
        return dict(self.tables[kind])


def pack(rows: Sequence[Row], packing: Packing = "array", *, lines: bool = False) -> PackedChunk:
    countries = list(dict.fromkeys(row.country for row in rows if row.country))
    texts = [row.keyword.encode() for row in rows]
    if lines:
        texts = [text.replace(b"\n", b" ") for text in texts]
    offsets = [sum(map(len, texts[:place])) for place in range(len(texts) + 1)]

    def column(value: Callable[[Row], int | None]) -> Packed:
        return _packed(
            [NULL if (number := value(row)) is None else int(number) for row in rows], packing, digits=True
        )

    return PackedChunk(
        key=_packed([row.key for row in rows], packing),
        site=column(lambda row: row.site),
        sector=column(lambda row: row.sector),
        cluster=column(lambda row: row.cluster),
        status=column(lambda row: row.status),
        disabled=column(lambda row: row.disabled),
        deleted=column(lambda row: row.deleted),
        volume_override=column(lambda row: row.volume_override),
        difficulty_override=column(lambda row: row.difficulty_override),
        seed_volume=column(lambda row: row.seed_volume),
        seed_difficulty=column(lambda row: row.seed_difficulty),
        intent=column(lambda row: row.intent),
        country=column(lambda row: countries.index(row.country) if row.country else None),
        mark=column(lambda row: row.mark),
        created=column(lambda row: row.created),
        text=(b"\n" if lines else b"").join(texts),
        text_offsets=None if lines else _packed(offsets, packing),
        countries=countries,
    )


def _packed(numbers: list[int], packing: Packing, *, digits: bool = False) -> Packed:
    if packing == "decimal":
        if digits and len(numbers) > 1 and all(0 <= number <= 9 for number in numbers):
            return "".join(map(str, numbers))
        return ",".join(map(str, numbers))
    if packing == "wide" or max(numbers, default=0) >= 2**31:
        return array("q", numbers)
    return array("i", numbers).tobytes() if packing == "bytes" else array("i", numbers)


class Reference:
    """Answers as KeywordColumns must, one row at a time."""

    def __init__(self, source: RowSource) -> None:
        self.source = source

    def select(self, query: Query, order: Sequence[SortKey] = (), scope: Scope | None = None) -> list[int]:
        found = [row for row in self.source.rows.values() if self.matches(row, query, scope or Scope())]
        found.sort(key=lambda row: row.key)
        for key in reversed(order):
            value = self._sort_value(key.field)
            known = [row for row in found if value(row) is not None]
            known.sort(key=value, reverse=key.descending)
            found = known + [row for row in found if value(row) is None]
        return [row.key for row in found]

    def matches(self, row: Row, query: Query, scope: Scope) -> bool:
        return (
            row.deleted == scope.trash
            and (scope.sites is None or row.site in scope.sites)
            and (scope.sectors is None or row.sector in scope.sectors)
            and all(self._holds(row, term) != term.negated for term in query.terms)
        )

    def _holds(self, row: Row, term: TextTerm | FieldTerm) -> bool:
        if isinstance(term, TextTerm):
            return any(_text_holds(row, text) for text in term.texts)
        return any(self._value_holds(row, term.field, value) for value in term.values)

    def _value_holds(self, row: Row, name: str, value: Any) -> bool:
        actual = self._actual(row, name)
        match value:
            case Missing():
                return actual in (None, ())
            case Choice(word) if word in {"duplicate", "survivor", "spare"}:
                return word in self._duplicate_words(row)
            case Choice(word):
                return word in actual
            case Name(text) if name == "word":
                wanted = tuple(text_word for text_word in fold(text).split(" ") if text_word)
                size = len(wanted)
                return any(row.words[at : at + size] == wanted for at in range(len(row.words))) and size > 0
            case Name(text):
                return actual is not None and fold(actual) == fold(text)
            case Between(low, high):
                return actual is not None and low <= actual <= high
            case Compare(operator, number):
                return actual is not None and COMPARE[operator](actual, number)
        raise AssertionError(value)

    def _actual(self, row: Row, name: str) -> Any:
        tables = self.source.tables
        if name == "is":
            override = row.volume_override is not None or row.difficulty_override is not None
            enabled = "disabled" if row.disabled else "enabled"
            return (
                MARKS[row.mark],
                enabled,
                "added",
                *(["override"] if override else []),
            )
        if name in _SAID:
            return _SAID[name](row)
        if name == "intent":
            return tuple(intent for bit, intent in enumerate(INTENTS) if row.intent >> bit & 1)
        if name == "status":
            return (STATUSES[row.status],)
        if name == "cluster":
            return None if row.cluster is None else tables["cluster"].get(row.cluster, "\0")
        if name == "sector":
            return tables["sector"].get(row.sector, "\0")
        if name == "site":
            return tables["site"].get(row.site, "\0")
        return getattr(row, name)

    def _duplicate_words(self, row: Row) -> list[str]:
        """Say what `is:` means of a row's near-duplicates: whatever hangs together with it, one step after the other."""
        if row.deleted:
            return []
        every = list(self.source.rows.values())
        group, todo = {row.key: row}, [row]
        while todo:
            one = todo.pop()
            for other in every:
                if other.key not in group and _alike(one, other):
                    group[other.key] = other
                    todo.append(other)
        live = [other for other in group.values() if not other.deleted]
        if len(live) < 2:
            return []
        best = min(
            live,
            key=lambda one: (
                -(-1 if one.volume is None else one.volume),
                len(one.keyword.encode()),
                2**63 if one.created is None else one.created,
                one.key,
            ),
        )
        return ["duplicate", "survivor" if best is row else "spare"]

    def _sort_value(self, name: str) -> Callable[[Row], Any]:
        def value(row: Row) -> Any:
            if name == "keyword":
                return [word.encode() for word in row.words]
            if name == "intent":
                return [bit for bit in range(len(INTENTS)) if row.intent >> bit & 1] or None
            if name in {"cluster", "sector"}:
                kind: NameKind = "cluster" if name == "cluster" else "sector"
                key = getattr(row, name)
                known = self.source.tables[kind].get(key)
                return None if key is None else (known is None, fold(known or ""))
            return getattr(row, name)

        return value


_SAID: dict[str, Callable[[Row], Any]] = {
    "words": lambda row: len([word for word in row.words if word]),
    "length": lambda row: len(row.keyword),
    "created": lambda row: None if row.created is None else row.created // 86_400,
    "word": lambda row: row.words,
    "changed": lambda _row: None,
    "tag": lambda _row: None,
    "note": lambda _row: None,
    "import": lambda _row: None,
}


def _text_holds(row: Row, text: Any) -> bool:
    if isinstance(text, Pattern):
        shown = row.keyword.replace("\n", " ").replace("\r", " ")
        return re.search(text.source, shown, re.IGNORECASE | re.MULTILINE | re.ASCII) is not None
    return term_text(text.text) in " ".join(row.words)


@cache
def _compared(words: tuple[str, ...]) -> list[str]:
    return [canonical(word) for word in words]


def _alike(one: Row, other: Row) -> bool:
    if (one.sector, one.country) != (other.sector, other.country):
        return False
    ours, theirs = _compared(one.words), _compared(other.words)
    told = "".join(ours) and "".join(theirs)
    in_any_order = sorted(filter(None, ours)) == sorted(filter(None, theirs))
    return bool(told) and (in_any_order or "".join(ours) == "".join(theirs))


def term_text(text: str) -> str:
    """Fold a searched text by itself: runs of white space are one space, also at the ends."""
    folded = fold(f"x{text}x")
    return folded[1:-1]


COMPARE: dict[Operator, Callable[[int, int], bool]] = {
    Operator.AT_LEAST: lambda one, other: one >= other,
    Operator.AT_MOST: lambda one, other: one <= other,
    Operator.MORE: lambda one, other: one > other,
    Operator.LESS: lambda one, other: one < other,
    Operator.EQUAL: lambda one, other: one == other,
}
