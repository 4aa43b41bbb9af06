"""What Qt offers for a table, over the rows of `benchmarks.curation`: `python -m benchmarks._curation_qt TABLE SPEC` prints JSON.

QSqlTableModel shows the first rows and fetches on; it counts nothing. The proxy filters and sorts a plain model of Python tuples.
"""

from __future__ import annotations

import json
import random
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtSql import QSqlDatabase, QSqlTableModel
from PySide6.QtWidgets import QApplication, QHeaderView, QTableView

from benchmarks._curation_spec import Spec, high, low
from benchmarks._curation_window import resident
from benchmarks._hands import ms
from benchmarks.window import jump_of

MOST = 50_000
"""More rows than this are counted up in proportion, for what the proxy does and for QSqlTableModel's edits."""
EDITED = 2_000
JUMPS = 40
KEYWORD, VOLUME, STATUS = 1, 2, 7
Figures = dict[str, float]
Index = QModelIndex | QPersistentModelIndex


class PlainModel(QAbstractTableModel):
    """Rows as Python holds them."""

    def __init__(self, rows: list[list[Any]]) -> None:
        super().__init__()
        self.rows = rows

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's shape
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(self.rows[0])

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        return self.rows[index.row()][index.column()] if role == Qt.ItemDataRole.DisplayRole else None


def main(table: Path, spec: Spec) -> Figures:
    """Return what both take."""
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    return _sql_model(table, spec) | _proxy(table, spec)


def _sql_model(table: Path, spec: Spec) -> Figures:
    database = QSqlDatabase.addDatabase("QSQLITE")
    database.setDatabaseName(str(table))
    if not database.open():
        raise RuntimeError(database.lastError().text())
    model = QSqlTableModel(None, database)
    model.setTable("keywords")
    model.setEditStrategy(QSqlTableModel.EditStrategy.OnManualSubmit)
    model.select()
    view = _view(model)

    def ask(where: str) -> None:
        model.setFilter(where)
        model.select()
        view.viewport().repaint()

    def sort(column: int) -> None:
        model.setSort(column, Qt.SortOrder.DescendingOrder)
        model.select()
        view.viewport().repaint()

    typed = [
        _timed(lambda part=word[:end]: ask(f"keyword LIKE '%{part}%'"))  # type: ignore[misc]
        for word in spec.words[:3]
        for end in range(1, len(word) + 1)
    ]
    filters = [
        _timed(lambda term=term: ask(f"{spec.sql} AND keyword LIKE '%{term}%'"))  # type: ignore[misc]
        for term in spec.terms
    ]
    ask("")
    found = {
        "sql keystroke, median": low(typed),
        "sql keystroke, p95": high(typed),
        "sql filters": low(filters),
        "sql sort by keyword": _timed(lambda: sort(KEYWORD)),
        "sql sort by volume": _timed(lambda: sort(VOLUME)),
    }

    def edit() -> None:
        database.transaction()
        for row in range(min(EDITED, model.rowCount())):
            model.setData(model.index(row, STATUS), "mapped")
        model.submitAll()
        database.commit()

    def fetch() -> None:
        while model.canFetchMore():
            model.fetchMore()

    found["sql fetch everything"] = _timed(fetch)
    found["sql memory"] = resident()
    dice = random.Random(3)
    jumps = [jump_of(view, dice) for _ in range(JUMPS)]
    found["sql frame, p95"] = high(jumps)
    count = min(EDITED, spec.rows)
    found["sql status of all"] = _timed(edit) * spec.rows / count
    view.close()
    return found


def _proxy(table: Path, spec: Spec) -> Figures:
    with closing(sqlite3.connect(table)) as database:
        rows = [list(row) for row in database.execute("SELECT * FROM keywords LIMIT ?", (MOST,))]
    scale = spec.rows / len(rows)
    plain = PlainModel(rows)
    proxy = QSortFilterProxyModel()
    proxy.setSourceModel(plain)
    proxy.setFilterKeyColumn(KEYWORD)
    proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    view = _view(proxy)

    def ask(part: str) -> None:
        proxy.setFilterFixedString(part)
        view.viewport().repaint()

    typed = [
        _timed(lambda part=spec.words[0][:end]: ask(part)) * scale  # type: ignore[misc]
        for end in range(1, len(spec.words[0]) + 1)
    ]
    ask("")

    def sort(column: int) -> None:
        proxy.sort(column, Qt.SortOrder.DescendingOrder)
        view.viewport().repaint()

    def change() -> None:
        for row in plain.rows:
            row[STATUS] = "mapped"
        plain.dataChanged.emit(plain.index(0, STATUS), plain.index(len(rows) - 1, STATUS))
        view.viewport().repaint()

    found = {
        "proxy keystroke, median": low(typed),
        "proxy keystroke, p95": high(typed),
        "proxy sort by keyword": _timed(lambda: sort(KEYWORD)) * scale,
        "proxy sort by volume": _timed(lambda: sort(VOLUME)) * scale,
        "proxy status of all": _timed(change) * scale,
        "proxy select all": _timed(lambda: _select(view)) * scale,
    }
    dice = random.Random(3)
    jumps = [jump_of(view, dice) for _ in range(JUMPS)]
    view.close()
    return found | {"proxy frame, p95": high(jumps)}


def _select(view: QTableView) -> None:
    view.selectAll()
    view.viewport().repaint()


def _view(model: QAbstractTableModel | QSortFilterProxyModel) -> QTableView:
    view = QTableView()
    view.setModel(model)
    view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    view.setWordWrap(False)
    view.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    view.resize(1280, 700)
    view.show()
    QApplication.processEvents()
    return view


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return ms(began)


def run(arguments: Sequence[str]) -> None:
    """Measure and print."""
    print(json.dumps(main(Path(arguments[0]), Spec.read(Path(arguments[1])))))


if __name__ == "__main__":
    run(sys.argv[1:])
