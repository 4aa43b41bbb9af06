"""Figures as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner_core.entities import VOLUME_LIMIT
from planner_desktop.importing.numbers import Decimal, Range, decimal_mark, fraction, quantity, rounded

WHOLE = st.integers(0, VOLUME_LIMIT)
GROUPS = ("", ",", ".", " ", "\u00a0", "\u202f", "'", "’")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1300", 1300), ("1,300", 1300), ("1.300", 1300), ("1 300", 1300), ("1'300", 1300), ("1\u202f300", 1300), ("１２００", 1200),
        ("12,20,000", 1_220_000), ("1.234.567", 1_234_567), ("1,3K", 1300), ("1.3k", 1300), ("2 Tsd.", 2000), ("1,5 Mio.", 1_500_000),
        ("3 тыс.", 3000), ("1.5M", 1_500_000), ("2万", 20_000), ("1300.0", 1300), ("1234.000", 1234), ("0", 0), ("0.5", 1),
        ("10-100", Range(10, 100)), ("1K – 10K", Range(1000, 10_000)), ("10K-100K", Range(10_000, 100_000)),
        ("118001..300000", Range(118_001, 300_000)), ("100 bis 1.000", Range(100, 1000)), ("10 to 100", Range(10, 100)),
        ("<10", Range(0, 10)), ("< 10", Range(0, 10)), (">1000", Range(1000, None)), ("10K+", Range(10_000, None)), ("50-50", 50),
        ("", None), ("-", None), ("–", None), ("--", None), ("n/a", None), ("N/A", None), ("null", None), ("∞", None), ("k.A.", None), ("k. A.", None),
    ],
)  # fmt: skip
def test_a_volume_in_the_ways_it_is_written(text: str, value: object) -> None:
    assert quantity(text) == value
    assert quantity(f" {text} ") == value


@pytest.mark.parametrize(
    "text",
    ["many", "-5", "10-", "100-10", "1,2,3", "1.2.3", "12 34", "2000000001", "1e5", "desk 2", "1-2-3", "$"],
)
def test_what_is_no_volume_is_not_made_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"not|between|backwards"):
        quantity(text)


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("2.38492375", ".", 2.38492375), ("₹63.62", ".", 63.62), ("$2.40", ".", 2.4), ("2,40 €", ",", 2.4), ("EUR 3,20", ",", 3.2),
        ("3.20 USD", ".", 3.2), ("20.22%", ".", 20.22), ("1.234,56", ".", 1234.56), ("1,234.56", ",", 1234.56), ("1,234", ".", 1234.0),
        ("1,234", ",", 1.234), ("1.234", ".", 1.234), ("1.234", ",", 1234.0), ("-3", ".", -3.0), (".5", ".", 0.5), ("-", ".", None),
    ],
)  # fmt: skip
def test_a_price_or_position_with_its_signs(text: str, decimal: Decimal, value: float | None) -> None:
    assert fraction(text, decimal) == value


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        (["1.300", "2.400"], None), (["1.300", "2,5"], ","), (["85.18", "7"], "."), (["1.234,5"], ","), (["₹0.50"], "."),
        (["12,20,000"], None), (["0,123"], ","), (["1,5", "2.5"], None), (["desk", "", "n/a"], None), (["1234.000"], "."),
    ],
)  # fmt: skip
def test_the_mark_of_fractions_is_known_where_a_cell_shows_it(cells: list[str], mark: str | None) -> None:
    assert decimal_mark(cells) == mark


def test_a_column_with_fractions_has_no_thousands_of_the_same_mark() -> None:
    assert quantity("1.300") == 1300
    assert quantity("1.300", ".") == 1
    assert quantity("1,300", ".") == 1300


@given(WHOLE, st.sampled_from(GROUPS), st.sampled_from(["", " ", "\u00a0"]))
def test_every_whole_number_comes_back_from_any_grouping(number: int, group: str, space: str) -> None:
    assert quantity(space + f"{number:,}".replace(",", group) + space) == number


@given(WHOLE, WHOLE, st.sampled_from(["-", " - ", "–", " – ", "..", " to "]))
def test_every_range_comes_back(one: int, other: int, between: str) -> None:
    low, high = sorted((one, other))
    expected = low if low == high else Range(low, high)
    assert quantity(f"{low}{between}{high}") == expected


@given(
    st.integers(0, 10**9),
    st.integers(0, 99),
    st.sampled_from([(".", ","), (",", "."), (",", " "), (".", "")]),
)
def test_every_price_comes_back_in_every_country(whole: int, cents: int, marks: tuple[Decimal, str]) -> None:
    decimal, group = marks
    text = f"{whole:,}".replace(",", group) + f"{decimal}{cents:02}"
    assert fraction(text, decimal) == float(f"{whole}.{cents:02}")


@given(st.text(max_size=20))
def test_any_text_is_a_figure_unknown_or_refused(text: str) -> None:
    for read in (quantity, fraction):
        try:
            value = read(text)
        except ValueError:
            continue
        assert value is None or isinstance(value, int | float | Range)


@given(st.floats(0, 1e9))
def test_a_half_goes_up(number: float) -> None:
    assert rounded(number) - 0.5 <= number < rounded(number) + 0.5
