"""The rows of a plan as the grid shows them: read by place, never all at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from planner_core.figures import band
from planner_desktop.screens import words
from planner_desktop.screens.importing.texts import fate, tr
from planner_desktop.screens.keywords.cells import RIGHT_ALIGNED
from planner_desktop.widgets.roles import CELL_ROLE, FADED, MIDDLE, QUIET, STRONG, Cell, Kind

if TYPE_CHECKING:  # what reads files comes with the first of them
    from planner_desktop.app.planrows import PlanLine, PlanRows

AnyIndex = QModelIndex | QPersistentModelIndex
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_ACCESSIBLE = int(Qt.ItemDataRole.AccessibleTextRole)
_CELLS_KEPT = 1_024

TITLES: Final = ("Line", "File", "Keyword", "Volume", "Difficulty", "What becomes of it", "Why")
WIDTHS: Final = (66, 124, 200, 134, 92, 136, 300)
FILE, DIFFICULTY = 1, 4
_RIGHT: Final = (0, 3)


def quantity_text(value: object) -> str:
    """Return a volume as it is shown: a range with both ends, an open one with the end that is known."""
    if value is None:
        return ""
    if isinstance(value, int):
        return words.number(value)
    low, high = getattr(value, "low", None), getattr(value, "high", None)
    if high is None:
        return f"{words.number(low or 0)}+"
    return f"{words.number(low or 0)}–{words.number(high)}"


def cells_of(line: PlanLine, names: Sequence[str]) -> tuple[Cell, ...]:
    """Return the cells of a row; `names` are the files."""
    told = fate(line.fate)
    is_kept = bool(told.sign)
    title = tr(told.title)
    return (
        Cell(Kind.NUMBER, words.number(line.line), QUIET),
        Cell(Kind.TEXT, names[line.file], QUIET | MIDDLE),
        Cell(Kind.TEXT, line.keyword, STRONG if is_kept else FADED),
        Cell(Kind.NUMBER, quantity_text(line.volume)) if is_kept else Cell(Kind.TEXT, " ", QUIET),
        Cell(
            Kind.DIFFICULTY, "" if line.difficulty is None else str(line.difficulty), 0, band(line.difficulty)
        )
        if is_kept
        else Cell(Kind.TEXT, " ", QUIET),
        Cell(Kind.STATUS, title, 0, told.sign) if told.sign else Cell(Kind.TEXT, title, QUIET),
        Cell(Kind.TEXT, line.reason or tr(told.reason), QUIET),
    )


class PlanModel(QAbstractTableModel):
    """All rows of a plan, or those of one fate."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rows: PlanRows | None = None
        self._names: Sequence[str] = ()
        self._fate = ""
        self._cells: dict[int, tuple[Cell, ...]] = {}

    def show(self, rows: PlanRows | None, names: Sequence[str] = (), fate_name: str = "") -> None:
        """Show the rows of a plan, of one fate where it is named; None shows nothing and lets go of the plan."""
        self.beginResetModel()
        self._rows, self._names, self._fate = rows, names, fate_name
        self._cells.clear()
        self.endResetModel()

    def line(self, row: int) -> PlanLine | None:
        """Return a row, None where there is none."""
        return self._rows.line(row, self._fate) if self._rows is not None and row < self.rowCount() else None

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() or self._rows is None else self._rows.count(self._fate)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(TITLES)

    def data(self, index: AnyIndex, role: int = _DISPLAY) -> object:
        if role not in {CELL_ROLE, _DISPLAY, _ACCESSIBLE} or not index.isValid() or self._rows is None:
            return None
        if role == _ACCESSIBLE and index.column() == 0:
            line = self._rows.line(index.row(), self._fate)
            return f"{line.keyword}, {tr(fate(line.fate).title)}, {line.reason or tr(fate(line.fate).reason)}"
        cell = self._row(index.row())[index.column()]
        return cell if role == CELL_ROLE else cell.text

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == _DISPLAY:
            return tr(TITLES[section])
        if role == int(Qt.ItemDataRole.TextAlignmentRole) and section in _RIGHT:
            return RIGHT_ALIGNED
        return None

    def _row(self, row: int) -> tuple[Cell, ...]:
        cells = self._cells.get(row)
        if cells is None:
            assert self._rows is not None
            if len(self._cells) >= _CELLS_KEPT:
                self._cells.clear()
            cells = self._cells[row] = cells_of(self._rows.line(row, self._fate), self._names)
        return cells
