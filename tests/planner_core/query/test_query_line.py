"""The query line: texts to trees and back, and what is said about texts that are none."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from planner_core.query import (
    FIELDS,
    FILTERS,
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
    QueryError,
    Text,
    TextTerm,
    parse,
    scan,
    unparse,
)

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "query.json").read_text(encoding="utf-8"))


def as_json(query: Query) -> list[dict[str, Any]]:
    """Write a tree the way the vectors do."""
    return [_term(term) for term in query.terms]


def _term(term: TextTerm | FieldTerm) -> dict[str, Any]:
    written: dict[str, Any] = {"not": True} if term.negated else {}
    if isinstance(term, TextTerm):
        return {**written, "text": [_text(text) for text in term.texts]}
    return {**written, term.field: [_value(value) for value in term.values]}


def _text(text: Text | Pattern) -> object:
    return {"pattern": text.source} if isinstance(text, Pattern) else text.text


def _value(value: object) -> object:
    match value:
        case Choice(word):
            return word
        case Name(text):
            return {"name": text}
        case Compare(operator, number):
            return {operator.value: number}
        case Between(low, high):
            return {"from": low, "to": high}
        case Missing():
            return None
    raise AssertionError(value)


def attempt(text: str) -> Query | QueryError:
    try:
        return parse(text)
    except QueryError as error:
        return error


@pytest.mark.parametrize("vector", VECTORS["trees"], ids=lambda vector: vector["query"] or "(empty)")
def test_a_query_gives_the_tree_and_the_canonical_text_of_its_vector(vector: dict[str, Any]) -> None:
    query = parse(vector["query"])
    assert as_json(query) == vector["tree"]
    assert unparse(query) == vector.get("canonical", vector["query"])


@pytest.mark.parametrize("vector", VECTORS["errors"], ids=lambda vector: vector["query"])
def test_a_bad_query_is_pointed_at_and_explained_as_its_vector_says(vector: dict[str, Any]) -> None:
    with pytest.raises(QueryError) as caught:
        parse(vector["query"])
    assert (caught.value.position, caught.value.message) == (vector["position"], vector["message"])
    assert str(caught.value) == f"{vector['message']} (at character {vector['position']})"


def _values(name: str) -> st.SearchStrategy[Any]:
    known = FIELDS[name]
    missing = [st.just(Missing())] if known.missing else []
    if known.kind is Kind.CHOICE:
        return st.one_of(st.sampled_from(known.choices).map(Choice), *missing)
    if known.kind is Kind.NAME:
        return st.one_of(st.text(min_size=1).filter(str.strip).map(Name), *missing)
    number = st.integers(known.low, known.high)
    ranges = st.tuples(number, number).map(lambda pair: Between(min(pair), max(pair)))
    return st.one_of(st.builds(Compare, st.sampled_from(Operator), number), ranges, *missing)


def _field_terms(name: str) -> st.SearchStrategy[FieldTerm]:
    values = st.lists(_values(name), min_size=1, max_size=3).map(tuple)
    return st.builds(FieldTerm, st.just(name), values, st.booleans())


TEXTS = st.one_of(
    st.text(min_size=1), st.sampled_from(["-x", "/x/", 'a"b', "a,b", "status:new", "\\", '\\"', " ", "none"])
)
PATTERNS = st.sampled_from(["desk(s|top)?", "^a b$", r"a\/b", "/", "x,y", r"\d{2,3}", "[^ ]+ x"]).map(Pattern)
TEXT_TERMS = st.builds(
    TextTerm, st.lists(st.one_of(TEXTS.map(Text), PATTERNS), min_size=1, max_size=3).map(tuple), st.booleans()
)
QUERIES = st.lists(st.one_of(TEXT_TERMS, st.sampled_from(FILTERS).flatmap(_field_terms)), max_size=5).map(
    lambda terms: Query(tuple(terms))
)


@given(QUERIES)
def test_every_tree_survives_being_written_and_read(query: Query) -> None:
    assert parse(unparse(query)) == query


FRAGMENTS = [
    "status:",
    "volume:",
    "difficulty:<",
    "-",
    ",",
    '"',
    "\\",
    " ",
    "..",
    ">=",
    "new",
    "none",
    "12",
    "/",
    "é",
    "cluster:",
    "created:",
    "2026-01",
    "empty",
]


@given(st.one_of(st.text(), st.lists(st.sampled_from(FRAGMENTS)).map("".join)))
@example('a:"')
@example("-\u3000x")
def test_any_text_is_either_read_to_a_canonical_text_or_refused_within_its_bounds(text: str) -> None:
    read = attempt(text)
    if isinstance(read, QueryError):
        assert 0 <= read.span.start <= read.span.end <= len(text)
        assert read.message[0] == "'" or read.message[0].isalnum()
    else:
        canonical = unparse(read)
        assert unparse(parse(canonical)) == canonical


@given(st.one_of(st.text(), st.lists(st.sampled_from(FRAGMENTS)).map("".join)))
def test_pieces_cover_every_character_but_white_space_in_order(text: str) -> None:
    covered = ""
    at = 0
    for piece in scan(text):
        assert at <= piece.span.start < piece.span.end <= len(text)
        assert not text[at : piece.span.start].strip()
        covered += text[piece.span.start : piece.span.end]
        at = piece.span.end
    assert "".join(covered.split()) == "".join(text.split())


def test_positions_in_the_tree_are_slices_of_the_text() -> None:
    line = 'status:new -cluster:"Standing desks",none volume:100..500'
    status, cluster, volume = parse(line).terms
    assert isinstance(cluster, FieldTerm)
    assert isinstance(volume, FieldTerm)
    assert line[slice(*status.span)] == "status:new"
    assert line[slice(*cluster.span)] == '-cluster:"Standing desks",none'
    assert [line[slice(*value.span)] for value in cluster.values] == ['"Standing desks"', "none"]
    assert line[slice(*volume.values[0].span)] == "100..500"


def test_trees_are_compared_by_meaning_not_by_position() -> None:
    assert parse("  status:NEW") == parse("Status:new")
    assert parse("volume:..5") == parse("volume:<=5")
    assert parse("volume:5") != parse("-volume:5")


def test_a_tree_cannot_be_changed() -> None:
    query = parse("desk")
    with pytest.raises(dataclasses.FrozenInstanceError):
        query.terms = ()  # type: ignore[misc]


def test_every_field_that_filters_has_an_example_that_parses() -> None:
    for name in FILTERS:
        (term,) = parse(FIELDS[name].example).terms
        assert isinstance(term, FieldTerm)
        assert term.field == name


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("volume:>=2k", "Write it out: 2000"),
        ("volume:1.5K", "Write it out: 1500"),
        ("volume:2m", "Write it out: 2000000"),
        ("volume:2x", "Expected 0 or more"),
    ],
)
def test_a_shortened_number_is_answered_with_the_whole_one(text: str, advice: str) -> None:
    with pytest.raises(QueryError, match=advice):
        parse(text)
