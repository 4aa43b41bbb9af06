"""Effective figures, bands and intents."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner_core.figures import INTENTS, band, effective, intent_mask, intent_text


@pytest.mark.parametrize(
    ("override", "seed", "expected"),
    [(None, 5, 5), (0, 5, 0), (7, None, 7), (None, None, None), (None, 0, 0)],
)
def test_an_override_counts_even_when_it_is_zero(
    override: int | None, seed: int | None, expected: int | None
) -> None:
    assert effective(override, seed) == expected


@pytest.mark.parametrize(
    ("difficulty", "expected"),
    [(None, 0), (0, 1), (20, 1), (21, 2), (40, 2), (41, 3), (60, 3), (61, 4), (80, 4), (81, 5), (100, 5)],
)
def test_bands_change_at_their_documented_edges(difficulty: int | None, expected: int) -> None:
    assert band(difficulty) == expected


@given(st.integers(min_value=0, max_value=2 ** len(INTENTS) - 1))
def test_an_intent_mask_survives_its_text(mask: int) -> None:
    assert intent_mask(intent_text(mask)) == mask


def test_intents_are_read_in_any_case_and_order_and_unknown_words_count_as_nothing() -> None:
    assert intent_text(intent_mask("Transactional, informational,whatever")) == "informational,transactional"
    assert intent_text(intent_mask(None)) is None
