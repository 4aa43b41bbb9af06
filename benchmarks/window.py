"""The real window at so many keywords: scroll, filter while typing, sort, select all, one cell, a hundred thousand rows, start.

Everything runs through what a person uses (the page, its writer thread, its reading thread), offscreen. The floor of painting is Qt's
own table view over a C++ model in the same run; that of edits, the same rows in one narrow table with nothing else around it.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QEvent
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QTableView

from benchmarks._processes import BARE, OURS, starts
from benchmarks._profile import make_profile
from benchmarks.results import Result
from planner_core.commands import SetOverride, SetStatus
from planner_desktop.app.desk import Desk
from planner_desktop.app.profile import Profile
from planner_desktop.bootstrap import news_of
from planner_desktop.bridge import Bridge
from planner_desktop.screens.frame import MainWindow
from planner_desktop.screens.keywords.cells import COLUMNS
from planner_desktop.widgets.theme import Theme

SIZE = (1440, 900)
FLOOR_ROWS = 5_000
JUMPS = 60
BULK = 100_000
TYPED = "shoe desk"


def measure(rows: int) -> list[Result]:
    """Return the window's figures at so many keywords."""
    with tempfile.TemporaryDirectory(prefix="planner-bench-") as folder:
        profile = make_profile(Path(folder) / "profile", rows)
        bench = _Bench(profile)
        try:
            results = [*bench.painting(rows), *bench.editing(rows, Path(folder))]
        finally:
            bench.close()
        return [*results, *_starting(profile, rows)]


class _Bench:
    def __init__(self, profile: Profile) -> None:
        self.application = _application()
        self.bridge = Bridge()
        self.desk = Desk(profile, news_of(self.bridge), syncing=False)
        self.window = MainWindow(self.desk, self.bridge, _theme())
        self.window.resize(*SIZE)
        self.window.show()
        self.wait(self.window.is_settled)
        self.floor = floor_view()

    def close(self) -> None:
        self.floor.close()
        self.window.close()
        self.window.deleteLater()
        QApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))

    def wait(self, reached: Callable[[], bool], seconds: float = 120) -> None:
        until = time.perf_counter() + seconds
        while not reached():
            if time.perf_counter() > until:
                raise TimeoutError("the window did not get there")
            QApplication.processEvents()
            time.sleep(0.0005)
        QApplication.processEvents()

    # ------------------------------------------------------------ painting

    def painting(self, rows: int) -> list[Result]:
        grid = self.window.keywords.grid
        dice = random.Random(3)
        ours = [jump_of(grid, dice) for _ in range(JUMPS)]
        floor = [jump_of(self.floor, dice) for _ in range(JUMPS)]
        frame = statistics.median(floor)
        return [
            Result(
                "window: scroll to a random row", rows, statistics.median(ours), frame, goal="<= 2 x floor"
            ),
            Result("window: scroll, 95th percentile", rows, _high(ours), _high(floor), goal="<= 16 ms"),
            *self._typing(rows, frame),
            self._sorting(rows, frame),
            self._selecting(rows, frame),
        ]

    def _typing(self, rows: int, frame: float) -> list[Result]:
        page = self.window.keywords
        taken, floors = [], []
        columns = self.window.account.columns
        assert columns is not None
        for end in (*range(1, len(TYPED) + 1), 0):
            began = time.perf_counter()
            page.ask_query(TYPED[:end])
            page.grid.viewport().repaint()
            taken.append(_ms(began))
            began = time.perf_counter()
            columns.evaluate(page.table.query, page.table.scope())
            floors.append(_ms(began) + frame)
        self.wait(self.window.is_settled)
        median, floor = statistics.median(taken), statistics.median(floors)
        return [
            Result("window: keystroke in the filter to repaint", rows, median, floor, goal="<= 2 x floor"),
            Result("window: keystroke, slowest", rows, max(taken), max(floors), goal="<= 50 ms"),
        ]

    def _sorting(self, rows: int, frame: float) -> Result:
        table, grid = self.window.keywords.table, self.window.keywords.grid
        taken = []
        for turn in range(6):
            began = time.perf_counter()
            table.show_sort(2, descending=bool(turn % 2))
            grid.viewport().repaint()
            taken.append(_ms(began))
        self.wait(self.window.is_settled)
        return Result(
            "window: sort seen before, to repaint", rows, statistics.median(taken), frame, goal="<= 30 ms"
        )

    def _selecting(self, rows: int, frame: float) -> Result:
        grid = self.window.keywords.grid
        taken = []
        for _ in range(7):
            grid.clearSelection()
            self.wait(self.window.is_settled)
            began = time.perf_counter()
            self.window.keywords.select_all()
            grid.viewport().repaint()
            taken.append(_ms(began))
        grid.clearSelection()
        self.wait(self.window.is_settled)
        return Result(
            "window: select all and repaint", rows, statistics.median(taken), 2 * frame, goal="<= 2 frames"
        )

    # ------------------------------------------------------------ editing

    def editing(self, rows: int, folder: Path) -> list[Result]:
        bulk = min(BULK, rows)
        narrow = _narrow_table(folder / "floor.db", rows, bulk)
        single = statistics.median(self._edit_one(number) for number in range(15))
        changed, stalls = self._edit_many(bulk)
        return [
            Result("window: one cell, typed to repainted", rows, single, narrow[0], goal="<= 5 ms + fsync"),
            Result(
                f"window: status of {bulk:,} rows, to repainted",
                rows,
                changed,
                narrow[1],
                goal="<= 2 x floor + frame",
            ),
            Result("window: longest pause meanwhile", rows, stalls, 16.0, goal="<= 50 ms"),
        ]

    def _edit_one(self, number: int) -> float:
        table, grid = self.window.keywords.table, self.window.keywords.grid
        key = table.rows.row_key(grid.visible_rows()[3])
        assert isinstance(key, int)
        wanted = f"{1_000 + number:,}"
        began = time.perf_counter()
        self.window.edits.change_keywords([key], lambda ids: [SetOverride("volume", ids, 1_000 + number)])
        row = table.rows.row_of(key)
        self.wait(lambda: table.rows.data(table.rows.index(row, 2)) == wanted)
        taken = _ms(began)
        self.wait(self.window.is_settled)
        return taken

    def _edit_many(self, count: int) -> tuple[float, float]:
        table, grid = self.window.keywords.table, self.window.keywords.grid
        assert table.rows.keys is not None
        keys = table.rows.keys[:count].tolist()
        grid.scrollToTop()
        first = table.rows.keyword(0)
        assert first is not None
        status = "new" if first.status else "mapped"
        pauses: list[float] = []
        began = last = time.perf_counter()
        self.window.edits.change_keywords(keys, lambda ids: [SetStatus("keyword", ids, status)])
        while (row := table.rows.keyword(0)) is None or row.status == first.status:
            QApplication.processEvents()
            now = time.perf_counter()
            pauses.append((now - last) * 1000)
            last = now
            time.sleep(0.0005)
        grid.viewport().repaint()
        taken = _ms(began)
        self.wait(self.window.is_settled)
        return taken, max(pauses)


def _starting(profile: Profile, rows: int) -> list[Result]:
    """Start the program in processes of its own: to the first paint, and to the first page of keywords."""
    (floor,) = starts(BARE)
    paint, page = starts(OURS, str(profile.folder))
    return [
        Result("window: start to first paint", rows, paint, floor, goal="<= 1.3 x floor"),
        Result("window: start to first keywords", rows, page, floor, goal="<= floor + 300 ms"),
    ]


def _narrow_table(path: Path, rows: int, bulk: int) -> tuple[float, float]:
    """Return what a durable commit of one row, and of `bulk` rows, costs in one narrow table with a row that records it."""
    floor = sqlite3.connect(path, isolation_level=None)
    floor.execute("PRAGMA journal_mode = WAL")
    floor.execute("PRAGMA synchronous = FULL")
    floor.execute("CREATE TABLE hot (k INTEGER PRIMARY KEY, status TEXT, volume INTEGER, mark INTEGER)")
    floor.execute("CREATE TABLE log (id INTEGER PRIMARY KEY, body TEXT)")
    floor.execute("BEGIN")
    floor.executemany("INSERT INTO hot VALUES (?, 'new', NULL, 0)", ((number,) for number in range(rows)))
    floor.execute("COMMIT")
    taken = []
    # Like the first rows of a list that is ordered by volume, they lie all over the table.
    chosen = random.Random(5).sample(range(rows), bulk)
    for keys in (chosen[:1], chosen):
        named = f"[{','.join(map(str, sorted(keys)))}]"
        began = time.perf_counter()
        floor.execute("BEGIN")
        floor.execute(
            "UPDATE hot SET status = 'mapped', mark = 1 WHERE k IN (SELECT value FROM json_each(?))", (named,)
        )
        floor.execute("INSERT INTO log (body) VALUES ('status')")
        floor.execute("COMMIT")
        taken.append(_ms(began))
    floor.close()
    return taken[0], taken[1]


def jump_of(view: QTableView, dice: random.Random) -> float:
    """Scroll a view to a random row; return what the frame took in milliseconds."""
    bar = view.verticalScrollBar()
    target = dice.randrange(bar.maximum() + 1)
    began = time.perf_counter()
    bar.setValue(target)
    QApplication.processEvents()
    return _ms(began)


def floor_view() -> QTableView:
    """Return Qt's own view over texts that are ready."""
    model = QStandardItemModel(FLOOR_ROWS, len(COLUMNS) - 2)
    for row in range(FLOOR_ROWS):
        for column in range(len(COLUMNS) - 2):
            model.setItem(row, column, QStandardItem(f"value {row * 7919 % 10_007}"))
    view = QTableView()
    model.setParent(view)
    view.setModel(model)
    rows = view.verticalHeader()
    rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    rows.setDefaultSectionSize(28)
    rows.hide()
    view.setWordWrap(False)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.resize(980, 700)
    view.show()
    QApplication.processEvents()
    return view


def _high(taken: Sequence[float]) -> float:
    return sorted(taken)[int(len(taken) * 0.95)]


def _ms(began: float) -> float:
    return (time.perf_counter() - began) * 1000


@lru_cache(maxsize=1)
def _application() -> QApplication:
    found = QApplication.instance() or QApplication([])
    assert isinstance(found, QApplication)
    return found


@lru_cache(maxsize=1)
def _theme() -> Theme:
    return Theme(_application())
