"""The candidates' model: an array of row keys, and the few rows in view turned into cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from planner_core.figures import band, intent_mask
from planner_desktop.screens import words
from planner_desktop.screens.keywords.cells import RIGHT_ALIGNED, Column, intent_words
from planner_desktop.widgets.roles import CELL_ROLE, MIDDLE, QUIET, STRONG, Cell, Kind

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns import Keys
    from planner_desktop.columns.candidates import CandidateShelf

AnyIndex = QModelIndex | QPersistentModelIndex
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_ACCESSIBLE = int(Qt.ItemDataRole.AccessibleTextRole)
_CELLS_KEPT = 1_024


def tr(text: str) -> str:
    """Translate a text of candidates."""
    return QCoreApplication.translate("Candidates", text)


COLUMNS: Final = (
    Column("mark", "", 30, ""),
    Column("keyword", "Keyword", 230, "keyword"),
    Column("volume", "Volume", 96, "volume", right=True),
    Column("difficulty", "Difficulty", 86, "difficulty"),
    Column("intent", "Intent", 120, "intent"),
    Column("country", "Country", 70, "country"),
    Column("sector", "Sector", 110, "sector"),
    Column("state", "State", 150, ""),
    Column("import", "Import", 64, "", right=True),
    Column("file", "File", 190, ""),
    Column("line", "Line", 70, "", right=True),
    Column("read", "Read", 84, "created"),
)
STATES: Final = {
    "in_library": ("In the library now", "mapped"),
    "no_seed": ("No seed", "candidate"),
    "misaligned": ("In another sector", "candidate"),
}


def volume_text(row: Any) -> str:
    """Return a volume, or its range."""
    if row["volume"] is not None:
        return words.number(row["volume"])
    if row["volume_range"] is None:
        return ""
    low, high = row["volume_range"]
    return f"{words.number(low)}+" if high is None else f"{words.number(low)}–{words.number(high)}"


def cells_of(row: Any, created: int | None, *, ready: bool) -> tuple[Cell, ...]:
    """Return the cells of a candidate, in the order of `COLUMNS`."""
    title, sign = STATES["in_library" if ready else str(row["reason"])]
    chip, colour, _ = intent_words(intent_mask(row["intent"] or ""))
    difficulty = row["difficulty"]
    return (
        Cell(Kind.MARK, tr("candidate"), 0, "candidate"),
        Cell(Kind.TEXT, row["keyword"], STRONG),
        Cell(Kind.NUMBER, volume_text(row)),
        Cell(Kind.DIFFICULTY, "" if difficulty is None else str(difficulty), 0, band(difficulty)),
        Cell(Kind.CHIP, chip, 0, colour or None),
        Cell(Kind.TEXT, row["country"] or "", QUIET),
        Cell(Kind.TEXT, row["sector"], QUIET),
        Cell(Kind.STATUS, tr(title), 0, sign),
        Cell(Kind.NUMBER, words.number(row["import"]), QUIET),
        Cell(Kind.TEXT, row["file"], QUIET | MIDDLE),
        Cell(Kind.NUMBER, words.number(row["line"]), QUIET),
        Cell(Kind.DATE, "" if created is None else words.day(created)),
    )


class CandidateRows(QAbstractTableModel):
    """Candidates by place."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._shelf: CandidateShelf | None = None
        self.keys: Keys | None = None
        self._cells: dict[int, tuple[Cell, ...]] = {}

    def show(self, shelf: CandidateShelf | None, keys: Keys | None) -> None:
        """Show these rows of a shelf; None shows nothing."""
        self.beginResetModel()
        self._shelf, self.keys = shelf, keys
        self._cells.clear()
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() or self.keys is None else len(self.keys)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: AnyIndex, role: int = _DISPLAY) -> Any:
        if role not in {CELL_ROLE, _DISPLAY, _ACCESSIBLE} or not index.isValid():
            return None
        cells = self._row(index.row())
        if role == _ACCESSIBLE and index.column() == 0:
            return ", ".join(part for part in (cells[1].text, tr("candidate"), cells[7].text) if part)
        cell = cells[index.column()]
        return cell if role == CELL_ROLE else cell.text

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        if role == _DISPLAY:
            return tr(COLUMNS[section].title) if COLUMNS[section].title else ""
        if role == int(Qt.ItemDataRole.TextAlignmentRole) and COLUMNS[section].right:
            return RIGHT_ALIGNED
        return None

    def _row(self, row: int) -> tuple[Cell, ...]:
        assert self._shelf is not None
        assert self.keys is not None
        key = int(self.keys[row])
        cells = self._cells.get(key)
        if cells is None:
            if len(self._cells) >= _CELLS_KEPT:
                self._cells.clear()
            (held,) = self._shelf.columns.rows(self.keys[row : row + 1])
            created = held.created if held is not None else None
            cells = cells_of(self._shelf.rows[key], created, ready=key in self._shelf.seeds)
            self._cells[key] = cells
        return cells
