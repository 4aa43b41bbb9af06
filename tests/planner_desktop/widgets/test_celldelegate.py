"""The delegate paints every kind of cell from one answer of the model."""

import pytest
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from planner_desktop.widgets.celldelegate import CellDelegate, fitted
from planner_desktop.widgets.cellink import CellInk
from planner_desktop.widgets.roles import (
    CELL_ROLE,
    DISABLED,
    EDITED,
    FADED,
    LOADING,
    LOCKED,
    MIDDLE,
    OVERRIDE,
    QUIET,
    REFUSED,
    ROOT,
    STRONG,
    Cell,
    Kind,
)
from planner_desktop.widgets.theme import Theme
from tests.planner_desktop.widgets.pixels import colors, columns_unlike

pytestmark = pytest.mark.qt
AnyIndex = QModelIndex | QPersistentModelIndex

EVERY_KIND = [
    Cell(Kind.TEXT, "walnut standing desk", STRONG),
    Cell(Kind.TEXT, "US", QUIET),
    Cell(Kind.TEXT, ""),
    Cell(Kind.NUMBER, "27,100"),
    Cell(Kind.NUMBER, ""),
    Cell(Kind.NUMBER, "~50", FADED),
    *(Cell(Kind.DIFFICULTY, "62", 0, band) for band in range(6)),
    *(
        Cell(Kind.CHIP, name.capitalize(), 0, name)
        for name in ("informational", "commercial", "transactional", "navigational")
    ),
    Cell(Kind.CHIP, ""),
    *(
        Cell(Kind.STATUS, name.capitalize(), 0, name)
        for name in ("new", "queued", "mapped", "completed", "candidate")
    ),
    Cell(Kind.CLUSTER, "Standing desks"),
    Cell(Kind.CLUSTER, "Standing desks", LOCKED),
    Cell(Kind.CLUSTER, ""),
    Cell(Kind.DATE, "3 Nov"),
    *(Cell(Kind.MARK, name, 0, name) for name in ("synced", "waiting", "conflict", "refused", "candidate")),
    Cell(Kind.ONOFF, "on"),
    Cell(Kind.ONOFF, "off", QUIET),
    LOADING,
]


class OneCell(QAbstractTableModel):
    """A single cell, counting who asks."""

    def __init__(self, cell: Cell) -> None:
        super().__init__()
        self._cell = cell
        self.roles: list[int] = []

    def rowCount(self, parent: AnyIndex = ROOT) -> int:
        return 1

    def columnCount(self, parent: AnyIndex = ROOT) -> int:
        return 1

    def data(self, index: AnyIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        self.roles.append(role)
        return self._cell if role == CELL_ROLE else None


def painted(theme: Theme, cell: Cell, width: int = 180, ratio: float = 1.0) -> tuple[QImage, OneCell]:
    model = OneCell(cell)
    delegate = CellDelegate(theme)
    delegate.bind(model)
    image = QImage(round(width * ratio), round(28 * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor(theme.color("surface")))
    option = QStyleOptionViewItem()
    option.rect = QRect(0, 0, width, 28)
    with QPainter(image) as painter:
        delegate.paint(painter, option, model.index(0, 0))
    return image, model


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("cell", EVERY_KIND, ids=str)
def test_each_kind_of_cell_shows_something(theme: Theme, cell: Cell, scheme: str, ratio: float) -> None:
    theme.apply("dark" if scheme == "dark" else "light")
    image, _ = painted(theme, cell, ratio=ratio)
    assert len(colors(image)) > 1


@pytest.mark.parametrize("cell", EVERY_KIND, ids=str)
def test_a_cell_costs_one_call_of_the_model(theme: Theme, cell: Cell) -> None:
    _, model = painted(theme, cell)
    assert model.roles == [CELL_ROLE]


@pytest.mark.parametrize(
    "flag", [DISABLED, OVERRIDE, EDITED, REFUSED], ids=["disabled", "override", "edited", "refused"]
)
def test_a_state_changes_what_a_number_looks_like(theme: Theme, flag: int) -> None:
    plain, _ = painted(theme, Cell(Kind.NUMBER, "27,100"))
    marked, _ = painted(theme, Cell(Kind.NUMBER, "27,100", flag))
    assert plain != marked


def test_an_edited_cell_carries_the_amber_bar_at_its_left_edge(theme: Theme) -> None:
    image, _ = painted(theme, Cell(Kind.NUMBER, "27,100", EDITED))
    assert (
        image.pixelColor(0, 14).name() == image.pixelColor(1, 14).name() == theme.color("waiting-mark").name()
    )
    assert image.pixelColor(2, 14).name() == theme.color("surface").name()


def test_an_override_has_its_corner_at_the_top_right_and_nothing_at_the_left(theme: Theme) -> None:
    image, _ = painted(theme, Cell(Kind.NUMBER, "27,100", OVERRIDE))
    assert image.pixelColor(179, 2).name() == theme.color("accent-text").name()
    assert image.pixelColor(0, 2).name() == theme.color("surface").name()


def test_numbers_of_one_column_end_at_the_same_pixel(theme: Theme) -> None:
    def last_inked(text: str) -> int:
        image, _ = painted(theme, Cell(Kind.NUMBER, text))
        return columns_unlike(image, theme.color("surface"))[-1]

    assert last_inked("8") == last_inked("18") == last_inked("2,088")


@pytest.mark.parametrize(("band", "filled"), [(0, 0), (1, 1), (3, 3), (5, 5)])
def test_a_difficulty_fills_as_many_bars_as_its_band(theme: Theme, band: int, filled: int) -> None:
    image, _ = painted(theme, Cell(Kind.DIFFICULTY, "50", 0, band))
    wanted = theme.color(f"band-{band}").name() if band else ""
    centres = [image.pixelColor(41 + bar * 7 + 2, 14).name() for bar in range(5)]
    assert [color == wanted for color in centres] == [bar < filled for bar in range(5)]


def test_unknown_is_a_dash_and_never_a_chip_or_a_zero(theme: Theme) -> None:
    dash, _ = painted(theme, Cell(Kind.CHIP, ""))
    assert theme.color("neutral-soft").name() not in colors(dash)
    assert painted(theme, Cell(Kind.NUMBER, ""))[0] != painted(theme, Cell(Kind.NUMBER, "0"))[0]


def test_a_new_theme_reaches_a_delegate_that_has_painted_before(theme: Theme) -> None:
    model = OneCell(Cell(Kind.CHIP, "Commercial", 0, "commercial"))
    delegate = CellDelegate(theme)
    delegate.bind(model)
    option = QStyleOptionViewItem()
    option.rect = QRect(0, 0, 180, 28)
    seen = []
    for scheme in ("light", "dark"):
        theme.apply("dark" if scheme == "dark" else "light")
        image = QImage(180, 28, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(theme.color("surface"))
        with QPainter(image) as painter:
            delegate.paint(painter, option, model.index(0, 0))
        seen.append(theme.color("intent-commercial-soft").name() in colors(image))
    assert seen == [True, True]


@pytest.mark.parametrize("width", [24, 32, 48])
@pytest.mark.parametrize("cell", EVERY_KIND, ids=str)
def test_a_cell_stays_inside_the_narrowest_columns(theme: Theme, cell: Cell, width: int) -> None:
    model = OneCell(cell)
    delegate = CellDelegate(theme)
    delegate.bind(model)
    image = QImage(width + 120, 28, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(QColor("#ffffff"))
    option = QStyleOptionViewItem()
    option.rect = QRect(0, 0, width, 28)
    with QPainter(image) as painter:
        delegate.paint(painter, option, model.index(0, 0))
    spill = colors(image.copy(width + 2, 0, 118, 28))
    assert spill == {"#ffffff"}


def test_a_long_text_is_elided_at_the_right_and_a_file_name_in_the_middle(theme: Theme) -> None:
    ink = CellInk(theme, 1.0)
    text = "standing-desk_broad-match_us_2026-11.csv"
    right, middle = (fitted(ink, ink.body, text, 120, middle=where) for where in (False, True))
    assert right.startswith("standing")
    assert right.endswith("…")
    assert middle.startswith("stand")
    assert middle.endswith("csv")
    assert ink.body.metrics.horizontalAdvance(right) <= 120
    wide, _ = painted(theme, Cell(Kind.TEXT, text, MIDDLE), width=400)
    narrow, _ = painted(theme, Cell(Kind.TEXT, text, MIDDLE), width=120)
    assert wide.copy(0, 0, 120, 28) != narrow


def test_few_pictures_are_kept_however_many_cells_are_painted(theme: Theme) -> None:
    ink = CellInk(theme, 1.0)
    for day in range(3000):
        ink.stamp(Cell(Kind.DATE, f"{day} Nov"), 28)
    assert len(ink._stamps) <= 1024
