"""Theme: palette, sizes, fonts and the switch at run time."""

import pytest
from PySide6.QtGui import QFont, QFontInfo, QFontMetricsF, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from planner_desktop.widgets.stylesheet import stylesheet
from planner_desktop.widgets.theme import Theme

pytestmark = pytest.mark.qt


def test_the_bundled_typeface_is_used_in_its_three_weights(theme: Theme) -> None:
    for weight in (400, 500, 600):
        info = QFontInfo(theme.font("body", weight))
        assert (info.family(), info.weight()) == ("Inter", weight)


def test_figures_are_equally_wide_and_words_keep_their_hyphens_narrow(theme: Theme) -> None:
    metrics = QFontMetricsF(theme.font("body"))
    assert metrics.horizontalAdvance("1111") == metrics.horizontalAdvance("8888")
    assert metrics.horizontalAdvance("-") < 0.75 * metrics.horizontalAdvance("0")
    assert metrics.horizontalAdvance(" ") < 0.5 * metrics.horizontalAdvance("0")


def test_hinting_is_off_so_that_text_keeps_its_proportions_at_every_scale(theme: Theme) -> None:
    assert theme.font("body").hintingPreference() == QFont.HintingPreference.PreferNoHinting


def test_switching_to_dark_changes_the_palette_of_the_running_application(
    theme: Theme, qapp: QApplication, qtbot: QtBot
) -> None:
    before = qapp.palette().color(QPalette.ColorRole.Base).name()
    with qtbot.waitSignal(theme.changed):
        theme.apply("dark")
    after = qapp.palette().color(QPalette.ColorRole.Base).name()
    assert (before, after) == ("#ffffff", "#1a1d21")
    assert qapp.palette().color(QPalette.ColorRole.Highlight).name() == theme.color("row-selected").name()


def test_a_disabled_text_and_an_inactive_selection_have_colours_of_their_own(theme: Theme) -> None:
    palette = theme.palette()
    group, role = QPalette.ColorGroup, QPalette.ColorRole
    assert palette.color(group.Disabled, role.Text).name() == theme.color("text-disabled").name()
    assert palette.color(group.Inactive, role.Highlight).name() == theme.color("neutral-soft").name()


@pytest.mark.parametrize(
    ("scale", "row", "field"), [(0.9, 25, 31), (1.0, 28, 34), (1.3, 36, 44), (1.5, 42, 51)]
)
def test_every_length_follows_the_text_size(theme: Theme, scale: float, row: int, field: int) -> None:
    theme.apply(text_scale=scale)
    assert (theme.size("row"), theme.size("query-field")) == (row, field)
    assert theme.font("body").pointSizeF() == pytest.approx(13 * 0.75 * scale)
    assert theme.px(1) >= 1


def test_a_text_size_that_is_not_offered_is_refused_with_those_that_are(theme: Theme) -> None:
    with pytest.raises(ValueError, match="110% is not offered; choose one of 90%, 100%"):
        theme.apply(text_scale=1.1)
    assert theme.text_scale == 1.0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_style_sheet_has_no_gap_left_to_fill(theme: Theme, scheme: str) -> None:
    theme.apply("dark" if scheme == "dark" else "light")
    sheet = stylesheet(theme)
    assert "$" not in sheet
    assert theme.color("focus").name() in sheet


def test_colours_are_new_objects_after_a_switch_and_cached_between(theme: Theme) -> None:
    first = theme.color("accent")
    assert theme.color("accent") is first
    theme.apply("dark")
    assert theme.color("accent").name() != first.name()


def test_reduced_motion_makes_every_duration_nothing(theme: Theme) -> None:
    assert theme.duration("toast-in") == 0
    theme.apply(reduced_motion=False)
    assert theme.duration("toast-in") == 160


def test_following_the_system_shows_light_where_the_system_says_nothing(theme: Theme) -> None:
    theme.apply("system")
    assert theme.choice == "system"
    assert theme.scheme == "light"
