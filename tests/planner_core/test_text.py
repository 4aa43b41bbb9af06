"""The shared normalisation: what counts as the same name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner_core.text import fold, tidy

SAME = [
    ("Standing Desks", "standing  desks "),
    ("Straße", "STRASSE"),
    ("café", "cafe\u0301"),
    ("\u0130stanbul", "i\u0307stanbul"),
    ("ΣΊΣΥΦΟΣ", "σίσυφος"),
    ("a\u00a0b", "a b"),
]
DIFFERENT = [("desk", "desks"), ("café", "cafe"), ("ı", "i"), ("\uff41", "a")]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_names_that_differ_in_case_spaces_or_composition_are_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_names_that_differ_in_letters_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_letters_fold_like_all_others(text: str) -> None:
    """A letter outside of ASCII at the end takes the general way; what stands before it must not differ for that."""
    assert fold(f"{text} é") == " ".join([*fold(text).split(), "é"])


@given(st.text())
def test_a_tidied_name_folds_like_the_name_itself(text: str) -> None:
    assert fold(tidy(text)) == fold(text)
