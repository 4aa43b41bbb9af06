"""Copy: selected rows to the clipboard, as lines with tabs and as a table, written off the main thread however many they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.edits import Edits
from planner_desktop.screens.keywords.cells import COLUMNS, MARK, tr
from planner_desktop.screens.keywords.grid import KeywordGrid
from planner_desktop.screens.keywords.table import KeywordTable

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns.texts import Table

MOST_IN_HTML = 50_000
"""Spreadsheets take an HTML table first; above so many rows it would be several times the size of the lines, and slow to read."""
SAID_FROM = 1_000
_PROGRESS_MS = 250


class Stopped(Exception):
    """Nobody wants the copy any more."""


@dataclass(slots=True)
class _Run:
    """A copy under way: the worker counts, the main thread may stop it."""

    count: int
    done: int = 0
    stopped: bool = False

    def told(self, done: int) -> None:
        if self.stopped:
            raise Stopped
        self.done = done


class Copying(QObject):
    """Puts rows on the clipboard. A later copy takes the place of one under way."""

    progress = Signal(str)
    """How far a long copy is; "" when there is none."""
    copied = Signal()

    def __init__(self, account: Account, edits: Edits, table: KeywordTable, grid: KeywordGrid) -> None:
        super().__init__(grid)
        self._account = account
        self._edits = edits
        self._table = table
        self._grid = grid
        self._run: _Run | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_PROGRESS_MS)
        self._timer.timeout.connect(self._tell)

    @property
    def is_busy(self) -> bool:
        """Whether rows are being written."""
        return self._run is not None

    def copy(self, *, titles: bool = False) -> None:
        """Copy the chosen cells; without any, the shown columns of the selected rows, or of the current row."""
        shown = [at for at in self._grid.shown_columns() if at != MARK]
        self._copy(self._grid.span.columns or shown, titles=titles)

    def copy_column(self) -> None:
        """Copy the current column of the selected rows."""
        column = self._grid.currentIndex().column()
        if column >= 0 and column != MARK:
            self._copy([column], titles=False)

    def stop(self) -> None:
        """Stop a copy under way; the clipboard keeps what it held."""
        if self._run is not None:
            self._run.stopped = True
            self._run = None
            self._timer.stop()
            self.progress.emit("")

    def _copy(self, places: Sequence[int], *, titles: bool) -> None:
        columns, keys = self._account.columns, self._table.selected_keys()
        row = self._grid.currentIndex().row()
        if keys is None and self._table.rows.keys is not None and row >= 0:
            keys = self._table.rows.keys[row : row + 1]
        if columns is None or keys is None or not len(keys):
            return
        self.stop()
        run = self._run = _Run(len(keys))
        table = columns.table(keys, [COLUMNS[at].name for at in places])
        heads = [tr(COLUMNS[at].title) for at in places] if titles else []
        future = self._account.desk.background.submit(_written, table, heads, run)
        self._timer.start()
        self._account.bridge.watch(
            future, self, lambda found: self._written(run, found), lambda error: self._broke(run, error)
        )

    def _tell(self) -> None:
        run = self._run
        if run is not None:
            said = tr("Copying {done} of {all} rows").format(
                done=words.number(run.done), all=words.number(run.count)
            )
            self.progress.emit(said)

    def _written(self, run: _Run, found: tuple[bytes, bytes]) -> None:
        if run is not self._run:
            return
        self.stop()
        lines, page = found
        mime = QMimeData()
        mime.setData("text/plain", lines)
        if page:
            mime.setData("text/html", page)
        QGuiApplication.clipboard().setMimeData(mime)
        self.copied.emit()
        if run.count > SAID_FROM:
            self._edits.said.emit("done", tr("Copied {n} rows").format(n=words.number(run.count)))

    def _broke(self, run: _Run, error: BaseException) -> None:
        if run is self._run:
            self.stop()
        if not isinstance(error, Stopped):
            self._edits.failed.emit(error)


def _written(table: Table, titles: Sequence[str], run: _Run) -> tuple[bytes, bytes]:
    # NumPy is here once there are rows; the first paint does not need it.
    from planner_desktop.columns.texts import as_html, as_tsv  # noqa: PLC0415

    lines = as_tsv(table, titles, run.told)
    # One cell is pasted into a sentence as often as into a sheet: without the line's end.
    if table.count == 1 and not titles:
        lines = lines.rstrip(b"\n")
    return lines, as_html(table, titles) if table.count <= MOST_IN_HTML else b""
