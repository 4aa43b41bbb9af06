"""Icons and drawn marks: shipped, recoloured, crisp, and told apart by shape alone."""

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage, QPixmap
from PySide6.QtWidgets import QApplication

from planner_desktop.widgets.icons import IconCache
from planner_desktop.widgets.marks import MARK_COLORS, STATUS_COLORS, mark_pixmap, status_pixmap
from planner_desktop.widgets.theme import Theme
from resources import icon_names, icon_svg

pytestmark = pytest.mark.qt
INK = QColor("#336699")


def shape(pixmap: QPixmap) -> bytes:
    """Which pixels are covered, whatever their colour."""
    image = pixmap.toImage().convertToFormat(QImage.Format.Format_Alpha8)
    return bytes(1 if alpha > 127 else 0 for alpha in bytes(image.constBits()))


def test_each_icon_draws_something_in_the_colour_asked_for(qapp: QApplication) -> None:
    cache = IconCache()
    for name in icon_names():
        image = cache.pixmap(name, INK, 16, 2.0).toImage().convertToFormat(QImage.Format.Format_ARGB32)
        bits = bytes(image.constBits())
        opaque = {bits[at : at + 3] for at in range(0, len(bits), 4) if bits[at + 3] == 255}
        assert opaque == {bytes((INK.blue(), INK.green(), INK.red()))}, name


def test_an_icon_is_rendered_at_the_pixel_ratio_of_the_screen(qapp: QApplication) -> None:
    pixmap = IconCache().pixmap("check", INK, 16, 2.0)
    assert (pixmap.width(), pixmap.devicePixelRatio()) == (32, 2.0)


def test_an_icon_is_drawn_once_for_the_same_wish(qapp: QApplication) -> None:
    cache = IconCache()
    assert cache.pixmap("x", INK, 16, 1.0) is cache.pixmap("x", INK, 16, 1.0)
    assert cache.pixmap("x", INK, 16, 1.0) is not cache.pixmap("x", QColor("red"), 16, 1.0)


def test_an_icon_that_is_not_shipped_is_named_when_a_widget_is_made_not_when_it_is_painted(
    theme: Theme,
) -> None:
    with pytest.raises(FileNotFoundError, match="no icon 'no-such-icon'"):
        theme.icons.require("no-such-icon")


def test_every_icon_named_in_the_product_is_shipped(repository: Path) -> None:
    shipped = set(icon_names())
    pattern = re.compile(r"""(?:pixmap\(|icon=|IconButton\(theme,|set_icon_name\()\s*["']([a-z0-9-]+)["']""")
    sources = [
        *repository.glob("planner_desktop/widgets/*.py"),
        *repository.glob("planner_desktop/screens/**/*.py"),
    ]
    named = {name for source in sources for name in pattern.findall(source.read_text(encoding="utf-8"))}
    assert len(named) > 10
    assert named <= shipped


def test_every_shipped_icon_takes_its_colour_from_outside() -> None:
    for name in icon_names():
        assert icon_svg(name).count("currentColor") >= 1, name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_sync_marks_differ_in_shape_not_only_in_colour(theme: Theme, scheme: str) -> None:
    theme.apply("dark" if scheme == "dark" else "light")
    shapes = {state: shape(mark_pixmap(theme, state, 2.0)) for state in MARK_COLORS}
    assert len(set(shapes.values())) == len(MARK_COLORS)


def test_status_dots_are_hollow_half_or_full(theme: Theme) -> None:
    cover = {status: sum(shape(status_pixmap(theme, status, 4.0))) for status in STATUS_COLORS}
    assert cover["new"] == cover["candidate"] < cover["queued"] < cover["mapped"] == cover["completed"]
