"""Sort orders: names, signs and what is said about texts that are none."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner_core.query import SORTS, QueryError, SortKey, parse_sort, unparse_sort

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "query.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS["sorts"], ids=lambda vector: vector["sort"] or "(empty)")
def test_a_sort_order_is_read_as_its_vector_says(vector: dict[str, Any]) -> None:
    if "message" in vector:
        with pytest.raises(QueryError) as caught:
            parse_sort(vector["sort"])
        assert (caught.value.position, caught.value.message) == (vector["position"], vector["message"])
    else:
        order = parse_sort(vector["sort"])
        assert [[key.field, key.descending] for key in order] == vector["order"]


@given(st.lists(st.builds(SortKey, st.sampled_from(SORTS), st.booleans()), unique_by=lambda key: key.field))
def test_every_order_survives_being_written_and_read(keys: list[SortKey]) -> None:
    assert parse_sort(unparse_sort(keys)) == tuple(keys)


@given(st.text(alphabet="-, volumekyrd"))
def test_any_text_is_an_order_or_refused_within_its_bounds(text: str) -> None:
    try:
        read = parse_sort(text)
    except QueryError as error:
        within = 0 <= error.span.start <= error.span.end <= len(text)
    else:
        within = parse_sort(unparse_sort(read)) == read
    assert within
