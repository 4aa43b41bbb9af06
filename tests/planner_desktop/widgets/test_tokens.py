"""The design tokens keep what the design promises."""

import re

import pytest

from planner_desktop.widgets.tokens import SCHEMES, ContrastPair, Scheme, Tokens, load_tokens

TOKENS = load_tokens()


def luminance(color: str) -> float:
    """WCAG 2 relative luminance of #RRGGBB."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(tokens: Tokens, pair: ContrastPair, scheme: Scheme) -> float:
    bright, dark = sorted(
        (luminance(tokens.color(name, scheme)) for name in (pair.foreground, pair.background)), reverse=True
    )
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("pair", TOKENS.contrast, ids=lambda pair: f"{pair.foreground} on {pair.background}")
def test_a_listed_pair_of_colours_stays_readable(pair: ContrastPair, scheme: Scheme) -> None:
    assert contrast(TOKENS, pair, scheme) >= pair.minimum


def test_the_contrast_of_black_on_white_is_twenty_one() -> None:
    assert (luminance("#FFFFFF") + 0.05) / (luminance("#000000") + 0.05) == pytest.approx(21)


def test_every_text_colour_is_checked_on_the_ground_it_stands_on() -> None:
    checked = {(pair.foreground, pair.background) for pair in TOKENS.contrast}
    for foreground in ("text", "text-2", "text-3"):
        for ground in ("surface", "canvas", "raised", "row-selected"):
            assert (foreground, ground) in checked
    for name in ("ok", "warn", "error", "conflict"):
        assert {(name, "surface"), (name, f"{name}-soft")} <= checked


def test_every_colour_is_written_as_six_hexadecimal_digits() -> None:
    for name, values in TOKENS.colors.items():
        assert len(values) == 2, name
        assert all(re.fullmatch(r"#[0-9A-F]{6}", value) for value in values), name


@pytest.mark.parametrize(
    ("difficulty", "band"),
    [(0, 1), (20, 1), (21, 2), (40, 2), (41, 3), (60, 3), (61, 4), (80, 4), (81, 5), (100, 5), (None, 0)],
)
def test_a_difficulty_falls_into_its_band(difficulty: int | None, band: int) -> None:
    assert TOKENS.band(difficulty) == band


def test_the_five_difficulty_bands_differ_from_each_other_in_both_schemes() -> None:
    for scheme in SCHEMES:
        assert len({TOKENS.color(f"band-{band}", scheme) for band in range(1, 6)}) == 5
