"""The fields of the query line and of sort orders, said once: the parser, completion, messages and evaluators read this table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from planner_core.figures import INTENTS


class Kind(Enum):
    """What a field's values are."""

    CHOICE = "choice"
    NUMBER = "number"
    NAME = "name"
    TEXT = "text"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `noun` and `example` stand in messages; `missing` is the word that asks for rows without a value."""

    name: str
    kind: Kind
    noun: str
    example: str = ""
    choices: tuple[str, ...] = ()
    low: int = 0
    high: int = 0
    missing: str | None = None
    filters: bool = True
    sorts: bool = False
    moment: str = ""
    """A word that stands for a moment, where a day is expected."""

    def expected(self) -> str:
        """Say what may stand after the colon, with an example, as the second sentence of a message."""
        if self.kind is Kind.TIME:
            what = f"a day, a month or a year{f', or {self.moment}' if self.moment else ''}"
        elif self.kind is Kind.NUMBER:
            what = "0 or more" if self.high == LARGEST else f"{self.low} to {self.high}"
        elif self.kind is Kind.CHOICE:
            words = self.choices if self.missing is None else (*self.choices, self.missing)
            what = f"{', '.join(words[:-1])} or {words[-1]}"
        else:
            what = "a name" if self.missing is None else f"a name or {self.missing}"
        return f"Expected {what}, as in {self.example}"


EMPTY = "empty"
"""Asks for rows without a value in every field that may have none, whatever the field's own word for it is."""

LAST_DAY = 2_932_896
"""The last day that a date can name, 9999-12-31, counted from 1970-01-01."""

LARGEST = 2**31 - 1
"""The largest number that a figure of a keyword can hold."""

_TABLE = (
    Field(
        "status",
        Kind.CHOICE,
        "a status",
        example="status:new",
        choices=("new", "mapped", "other"),
        sorts=True,
    ),
    Field(
        "volume",
        Kind.NUMBER,
        "a volume",
        example="volume:>=1000",
        high=LARGEST,
        missing="unknown",
        sorts=True,
    ),
    Field(
        "difficulty",
        Kind.NUMBER,
        "a difficulty",
        example="difficulty:<40",
        high=100,
        missing="unknown",
        sorts=True,
    ),
    Field(
        "intent",
        Kind.CHOICE,
        "an intent",
        example="intent:commercial",
        choices=INTENTS,
        missing="unknown",
        sorts=True,
    ),
    Field("country", Kind.NAME, "a country", example="country:US", missing="unknown", sorts=True),
    Field("cluster", Kind.NAME, "a cluster", example='cluster:"Standing desks"', missing="none", sorts=True),
    Field("sector", Kind.NAME, "a sector", example="sector:Desks", sorts=True),
    Field("site", Kind.NAME, "a site", example='site:"My shop"'),
    Field(
        "is",
        Kind.CHOICE,
        "a mark of a row",
        example="is:waiting",
        choices=(
            "override",
            "waiting",
            "conflict",
            "refused",
            "synced",
            "disabled",
            "enabled",
            "added",
            "duplicate",
            "survivor",
            "spare",
            "candidate",
        ),
    ),
    Field("keyword", Kind.TEXT, "a keyword", filters=False, sorts=True),
    Field("duplicates", Kind.NUMBER, "a group of near-duplicates", filters=False, sorts=True),
    Field("words", Kind.NUMBER, "a number of words", example="words:>=3", high=1000),
    Field("length", Kind.NUMBER, "a number of characters", example="length:<=30", high=10_000),
    Field(
        "created",
        Kind.TIME,
        "a date",
        example="created:>=2026-01-31",
        high=LAST_DAY,
        missing="unknown",
        sorts=True,
    ),
    Field(
        "changed",
        Kind.TIME,
        "a date",
        example="changed:>last-sync",
        high=LAST_DAY,
        missing="never",
        moment="last-sync",
    ),
    Field("word", Kind.NAME, "a word", example="word:desk"),
    Field("tag", Kind.NAME, "a tag", example='tag:"to check"', missing="none"),
    Field("note", Kind.NAME, "a part of a note", example="note:ask", missing="none"),
    Field("import", Kind.NAME, "an import", example="import:12", missing="none"),
)

FIELDS: Mapping[str, Field] = MappingProxyType({field.name: field for field in _TABLE})
"""Every field by name. `filters` ones may stand before a colon, `sorts` ones in a sort order."""

FILTERS = tuple(field.name for field in _TABLE if field.filters)
SORTS = tuple(field.name for field in _TABLE if field.sorts)
