"""Random rows, queries and orders that meet each other often enough."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from planner_core.figures import INTENTS
from planner_core.query import (
    FIELDS,
    SORTS,
    Between,
    Choice,
    Compare,
    FieldTerm,
    Kind,
    Missing,
    Name,
    Operator,
    Pattern,
    Query,
    SortKey,
    Text,
    TextTerm,
)
from planner_desktop.columns import Scope

from .reference import Row

WORDS = [
    "desk",
    "desks",
    "Standing",
    "stand",
    "a",
    "ab",
    "abc",
    "é",
    "e\u0301",
    "ß",
    "SS",
    "İ",
    "ng",
    "desk-top",
    "日本",
    "x" * 20,
    "x" * 21,
]
SPACES = [" ", "  ", "\t", "\u3000", "\n", "\xa0"]

KEYWORDS = st.one_of(
    st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(SPACES)), max_size=5).map(
        lambda parts: "".join(word + space for word, space in parts)
    ),
    st.lists(st.sampled_from(WORDS[:8]), min_size=1, max_size=6).map(" ".join),
    st.text(max_size=12),
)
FIGURES = st.one_of(st.none(), st.sampled_from([0, 1, 5, 40, 100]))
VOLUMES = st.one_of(FIGURES, st.sampled_from([1000, 65535, 65536, 2**31 - 1]))
KEYS = st.one_of(st.integers(0, 30), st.integers(0, 100_000))


def rows(keys: st.SearchStrategy[int] = KEYS) -> st.SearchStrategy[Row]:
    return st.builds(
        Row,
        key=keys,
        keyword=KEYWORDS,
        site=st.integers(1, 2),
        sector=st.integers(1, 4),
        cluster=st.one_of(st.none(), st.integers(1, 5)),
        status=st.integers(0, 2),
        disabled=st.booleans(),
        deleted=st.sampled_from([False, False, False, True]),
        volume_override=VOLUMES,
        difficulty_override=FIGURES,
        seed_volume=VOLUMES,
        seed_difficulty=FIGURES,
        intent=st.integers(0, 15),
        country=st.sampled_from([None, "US", "DE", "CA"]),
        mark=st.integers(0, 3),
        created=st.one_of(st.none(), st.sampled_from([0, 1_700_000_000, 2**31 + 5])),
    )


TEXTS = st.one_of(
    st.sampled_from(
        [
            "d",
            "desk",
            "k s",
            "desk s",
            " d",
            "k ",
            "sk d",
            "stand",
            "É",
            "ss",
            "i",
            " ",
            "ng desk st",
            "本",
            "x" * 9,
            "\u0301",
        ]
    ),
    st.sampled_from(WORDS),
    st.text(min_size=1, max_size=3),
    st.lists(st.sampled_from(WORDS[:8]), min_size=2, max_size=3).map(" ".join),
)


def _value(name: str) -> st.SearchStrategy[Any]:
    known = FIELDS[name]
    missing = [st.just(Missing())] if known.missing else []
    if known.kind is Kind.CHOICE:
        return st.one_of(st.sampled_from(known.choices).map(Choice), *missing)
    if known.kind is Kind.NAME:
        names = [
            "desks",
            "Standing  desks",
            "stools",
            "none",
            "us",
            "DE",
            "my SHOP",
            "nothing",
            "desk",
            "standing desk",
        ]
        return st.one_of(st.sampled_from(names).map(Name), *missing)
    if known.kind is Kind.TIME:
        number = st.sampled_from([0, 1, 19_674, 19_675, 19_676, 24_855])
        pairs = st.tuples(number, number).map(lambda pair: Between(min(pair), max(pair)))
        return st.one_of(st.builds(Compare, st.sampled_from(Operator), number), pairs, *missing)
    number = st.sampled_from(
        [0, 1, 5, 39, 40, 41, 100, *([1000, 65536, 2**31 - 1] if name == "volume" else [])]
    )
    between = st.tuples(number, number).map(lambda pair: Between(min(pair), max(pair)))
    return st.one_of(st.builds(Compare, st.sampled_from(Operator), number), between, *missing)


def _field_term(name: str) -> st.SearchStrategy[FieldTerm]:
    values = st.lists(_value(name), min_size=1, max_size=3).map(tuple)
    return st.builds(FieldTerm, st.just(name), values, st.booleans())


PATTERNS = st.sampled_from(
    ["desks?", "^stand", "d.*d$", "[^d]esk", "a{1,2}b?c", "x{20}", r"^\S+ \S+$", "^$"]
).map(Pattern)
SORT_NAMES = [name for name in SORTS if name != "duplicates"]
"""Near-duplicates stand together by what the whole selection holds: that order has tests of its own."""
FILTER_NAMES = [name for name, known in FIELDS.items() if known.filters]
TERMS = st.one_of(
    st.builds(
        TextTerm,
        st.lists(st.one_of(TEXTS.map(Text), PATTERNS), min_size=1, max_size=2).map(tuple),
        st.booleans(),
    ),
    st.sampled_from(FILTER_NAMES).flatmap(_field_term),
)
QUERIES = st.lists(TERMS, max_size=3).map(lambda terms: Query(tuple(terms)))
ORDERS = st.lists(
    st.builds(SortKey, st.sampled_from(SORT_NAMES), st.booleans()),
    max_size=3,
    unique_by=lambda key: key.field,
).map(tuple)
SCOPES = st.builds(
    Scope,
    sites=st.sampled_from([None, None, (1,), (1, 2), ()]),
    sectors=st.sampled_from([None, None, (1, 3), (4,), (1, 2, 3, 4, 5)]),
    trash=st.sampled_from([False, False, True]),
)

assert len(INTENTS) == 4
