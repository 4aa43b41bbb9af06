"""What a frame of the grid costs: a jump to a random row, with the real delegate, and select all.

Floor: Qt's own table view over a C++ model of the same texts (of 5,000 rows: a million would need gigabytes), with
fixed rows and without a vertical header. Peer: the same view over a Python model with Qt's own delegate. The three
take turns within one run, so that a noisy computer is noisy for all of them.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Sequence
from functools import lru_cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QTableView

from benchmarks.results import Result
from planner_desktop.widgets.grid import GridView
from planner_desktop.widgets.roles import CELL_ROLE, Cell
from planner_desktop.widgets.theme import Theme
from tests.planner_desktop.widgets.rows import WIDTHS, AnyIndex, SyntheticRows

SIZE = (1280, 900)
FLOOR_ROWS = 5_000
ROUNDS = 5
JUMPS = 16
COLUMNS = len(WIDTHS)


class PreparedRows(SyntheticRows):
    """Rows whose cells are ready, as those of a model over columns in memory are: the frame is what is measured."""

    def __init__(self, rows: int) -> None:
        super().__init__(rows)
        source = SyntheticRows(FLOOR_ROWS)
        self._cells = [[source.cell(row, column) for column in range(COLUMNS)] for row in range(FLOOR_ROWS)]

    def data(self, index: AnyIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        if role == CELL_ROLE:
            return self._cells[index.row() % FLOOR_ROWS][index.column()]
        if role == int(Qt.ItemDataRole.DisplayRole):
            return self._cells[index.row() % FLOOR_ROWS][index.column()].text
        return None

    def cell(self, row: int, column: int) -> Cell:
        return self._cells[row % FLOOR_ROWS][column]


def measure(rows: int) -> list[Result]:
    """Return the median frame, the 95th percentile and select all with its repaint, at that many rows."""
    theme = _theme()
    model = PreparedRows(rows)
    grid = GridView(theme)
    grid.setModel(model)
    grid.set_columns(WIDTHS)
    floor_model = _floor_model(model)
    floor, peer = _stock_view(floor_model), _stock_view(model)
    views: dict[str, QTableView] = {"grid": grid, "floor": floor, "peer": peer}
    jumps = _take_turns(views, _jump)
    selects = _take_turns({"grid": grid, "floor": floor}, _select_all)
    for view in views.values():
        view.setModel(None)
        view.deleteLater()
    QApplication.processEvents()
    return [
        Result(
            "scroll to a random row, frame",
            rows,
            statistics.median(jumps["grid"]),
            statistics.median(jumps["floor"]),
            statistics.median(jumps["peer"]),
            "<= 2 x floor",
        ),
        Result("scroll, 95th percentile", rows, _high(jumps["grid"]), _high(jumps["floor"]), goal="<= 16 ms"),
        Result(
            "select all and repaint",
            rows,
            statistics.median(selects["grid"]),
            statistics.median(selects["floor"]),
            goal="2 frames, growth <= 0.1",
        ),
    ]


def _take_turns(
    views: dict[str, QTableView], action: Callable[[QTableView, random.Random], float]
) -> dict[str, list[float]]:
    chance = random.Random(1)
    taken: dict[str, list[float]] = {name: [] for name in views}
    for _ in range(ROUNDS):
        for name, view in views.items():
            view.resize(*SIZE)
            view.show()
            QApplication.processEvents()
            taken[name] += [action(view, chance) for _ in range(JUMPS)]
            view.hide()
    return taken


def _jump(view: QTableView, chance: random.Random) -> float:
    bar = view.verticalScrollBar()
    target = chance.randrange(bar.maximum() + 1)
    began = time.perf_counter()
    bar.setValue(target)
    QApplication.processEvents()
    return (time.perf_counter() - began) * 1000


def _select_all(view: QTableView, _chance: random.Random) -> float:
    view.clearSelection()
    QApplication.processEvents()
    began = time.perf_counter()
    view.selectAll()
    QApplication.processEvents()
    return (time.perf_counter() - began) * 1000


def _high(taken: Sequence[float]) -> float:
    return sorted(taken)[int(len(taken) * 0.95)]


def _stock_view(model: QStandardItemModel | SyntheticRows) -> QTableView:
    view = QTableView()
    view.setModel(model)
    rows = view.verticalHeader()
    rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    rows.setDefaultSectionSize(28)
    rows.hide()
    view.setWordWrap(False)
    view.setShowGrid(False)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.horizontalHeader().setStretchLastSection(True)
    for column, width in enumerate(WIDTHS):
        view.setColumnWidth(column, width)
    return view


def _floor_model(source: PreparedRows) -> QStandardItemModel:
    model = QStandardItemModel(FLOOR_ROWS, COLUMNS)
    for row in range(FLOOR_ROWS):
        for column in range(COLUMNS):
            model.setItem(row, column, QStandardItem(source.cell(row, column).text))
    return model


@lru_cache(maxsize=1)
def _theme() -> Theme:
    """Return the one theme of this process: an application cannot be made twice, and lives as long as this cache."""
    application = QApplication.instance() or QApplication(["benchmarks"])
    assert isinstance(application, QApplication)
    theme = Theme(application)
    theme.apply("light")
    return theme
