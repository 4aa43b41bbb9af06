"""The library's model: an array of row keys, and the few seeds in view turned into cells."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from planner_core.figures import band
from planner_desktop.screens import words
from planner_desktop.screens.keywords.cells import RIGHT_ALIGNED, Column, intent_words
from planner_desktop.widgets.roles import CELL_ROLE, DISABLED, FADED, QUIET, STRONG, Cell, Kind

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns import Keys, KeywordColumns, KeywordRow

AnyIndex = QModelIndex | QPersistentModelIndex
PAGE = 128
PAGES_KEPT = 64
_LOADING_ROWS = 40
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_ACCESSIBLE = int(Qt.ItemDataRole.AccessibleTextRole)


def tr(text: str) -> str:
    """Translate a text of this page."""
    return QCoreApplication.translate("Library", text)


COLUMNS: Final = (
    Column("keyword", "Seed keyword", 320, "keyword"),
    Column("volume", "Volume", 90, "volume", right=True),
    Column("difficulty", "Difficulty", 96, "difficulty"),
    Column("intent", "Intent", 126, "intent"),
    Column("country", "Country", 76, "country"),
    Column("sector", "Sector", 120, "sector"),
    Column("added", "Added", 90, "status"),
)
PLACE: Final = {column.name: at for at, column in enumerate(COLUMNS)}
_LOADING: Final = tuple(Cell(Kind.LOADING, "", 0, 0.55) for _ in COLUMNS)


def cells_of(row: KeywordRow) -> tuple[Cell, ...]:
    """Return the cells of a seed, in the order of `COLUMNS`; one that is a keyword already is grey and says so."""
    off = DISABLED if row.status else 0
    chip, colour, _ = intent_words(row.intent)
    volume = "" if row.volume is None else words.number(row.volume)
    difficulty = "" if row.difficulty is None else str(row.difficulty)
    return (
        Cell(Kind.TEXT, row.keyword, FADED if off else STRONG),
        Cell(Kind.NUMBER, volume, off),
        Cell(Kind.DIFFICULTY, difficulty, off, band(row.difficulty)),
        Cell(Kind.CHIP, chip, off, colour or None),
        Cell(Kind.TEXT, row.country or "", QUIET | off),
        Cell(Kind.TEXT, row.sector_name, QUIET | off),
        Cell(Kind.STATUS, tr("Added"), 0, "mapped") if row.status else Cell(Kind.TEXT, " ", QUIET),
    )


def sentence(row: KeywordRow) -> str:
    """Return a seed in one sentence, for screen readers."""
    return ", ".join(
        (
            row.keyword,
            tr("volume {volume}").format(volume=words.figure(row.volume)),
            tr("difficulty {difficulty}").format(difficulty=words.figure(row.difficulty)),
            tr("added already") if row.status else tr("not added"),
        )
    )


class SeedRows(QAbstractTableModel):
    """Seeds by place. `show` replaces all rows, `refresh` only what they hold."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._columns: KeywordColumns | None = None
        self._keys: Keys | None = None
        self._count = 0
        self._pages: OrderedDict[int, list[tuple[Cell, ...] | None]] = OrderedDict()
        self._seeds: dict[int, list[KeywordRow | None]] = {}

    @property
    def keys(self) -> Keys | None:
        """The keys shown, in order; None while nothing is loaded."""
        return self._keys

    def show_loading(self) -> None:
        """Show rows that are on their way."""
        self._replace(None, None, _LOADING_ROWS)

    def show(self, columns: KeywordColumns, keys: Keys) -> None:
        """Show other rows, or the same in another order."""
        self._replace(columns, keys, len(keys))

    def refresh(self) -> None:
        """Draw anew what the rows hold; the rows themselves stay where they are."""
        self._forget()
        if self._count:
            self.dataChanged.emit(self.index(0, 0), self.index(self._count - 1, len(COLUMNS) - 1))

    def seed(self, row: int) -> KeywordRow | None:
        """Return a row's seed, None where it is not known."""
        if self._columns is None or not 0 <= row < self._count:
            return None
        self._page(row // PAGE)
        return self._seeds[row // PAGE][row % PAGE]

    def _replace(self, columns: KeywordColumns | None, keys: Keys | None, count: int) -> None:
        self.beginResetModel()
        self._columns, self._keys, self._count = columns, keys, count
        self._forget()
        self.endResetModel()

    def _forget(self) -> None:
        self._pages.clear()
        self._seeds.clear()

    # ------------------------------------------------------------ Qt's questions

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: AnyIndex, role: int = _DISPLAY) -> Any:
        if role not in {CELL_ROLE, _DISPLAY, _ACCESSIBLE} or not index.isValid():
            return None
        if role == _ACCESSIBLE and index.column() == 0:
            seed = self.seed(index.row())
            return sentence(seed) if seed is not None else None
        cell = self._cells(index.row())[index.column()]
        if role == _ACCESSIBLE:
            return f"{COLUMNS[index.column()].title} {cell.text.strip() or tr('none')}"
        return cell if role == CELL_ROLE else cell.text

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        if role == _DISPLAY:
            return tr(COLUMNS[section].title)
        if role == int(Qt.ItemDataRole.TextAlignmentRole) and COLUMNS[section].right:
            return RIGHT_ALIGNED
        return None

    def _cells(self, row: int) -> Sequence[Cell]:
        if self._columns is None:
            return _LOADING
        page = self._page(row // PAGE)
        cells = page[row % PAGE]
        if cells is None:
            seed = self._seeds[row // PAGE][row % PAGE]
            cells = page[row % PAGE] = cells_of(seed) if seed is not None else _LOADING
        return cells

    def _page(self, number: int) -> list[tuple[Cell, ...] | None]:
        page = self._pages.get(number)
        if page is not None:
            self._pages.move_to_end(number)
            return page
        assert self._columns is not None
        assert self._keys is not None
        seeds = self._columns.rows(self._keys[number * PAGE : (number + 1) * PAGE])
        self._seeds[number] = seeds
        page = self._pages[number] = [None] * len(seeds)
        while len(self._pages) > PAGES_KEPT:
            gone, _ = self._pages.popitem(last=False)
            del self._seeds[gone]
        return page
