"""The grid's model: an array of row keys, and the few rows in view turned into cells.

Everything drawn comes from the columns in memory; no query runs while a frame is painted. What the columns do not hold (which
fields of a waiting row were edited) is asked for on another thread and drawn when it comes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from planner_desktop.screens.keywords.cells import (
    COLUMNS,
    RIGHT_ALIGNED,
    cell_words,
    cells_of,
    is_overridden,
    loading_cells,
    sentence,
    tip_of,
)
from planner_desktop.screens.standing import Question
from planner_desktop.widgets.roles import CELL_ROLE, EDITOR_ROLE, Cell, Editor
from planner_desktop.widgets.tooltip import tip

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns import Keys, KeywordColumns, KeywordRow

AnyIndex = QModelIndex | QPersistentModelIndex

PAGE = 128
PAGES_KEPT = 64
_LOADING_ROWS = 40
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_ACCESSIBLE = int(Qt.ItemDataRole.AccessibleTextRole)
_TOOLTIP = int(Qt.ItemDataRole.ToolTipRole)
_ALIGNMENT = int(Qt.ItemDataRole.TextAlignmentRole)


class _Page:
    """Rows that stand together, and the cells of those that were drawn."""

    __slots__ = ("cells", "rows")

    def __init__(self, rows: list[KeywordRow | None]) -> None:
        self.rows = rows
        self.cells: list[tuple[Cell, ...] | None] = [None] * len(rows)


class KeywordRows(QAbstractTableModel):
    """Keywords by place. `show` replaces all rows, `refresh` only what some of them hold."""

    edited = Signal(int, str, object)
    """(row key, column name, value): somebody typed or chose a value for one cell."""
    origin_wanted = Signal(int, int)
    """(row key, column): somebody points at a figure of her own of which it is not known who gave it and when."""
    page_drawn = Signal(object)
    """Keys of waiting rows whose edited fields are not known yet."""

    def __init__(self, editor_of: Callable[[KeywordRow, str], Editor | None], parent: QObject) -> None:
        """`editor_of` says what can be typed or chosen in a cell."""
        super().__init__(parent)
        self._editor_of = editor_of
        self._columns: KeywordColumns | None = None
        self._keys: Keys | None = None
        self._count = 0
        self._pages: OrderedDict[int, _Page] = OrderedDict()
        self._edits: dict[int, tuple[str, ...]] = {}
        self._asked: set[int] = set()
        self._questions: Mapping[int, Sequence[Question]] = {}
        self._origins: dict[tuple[int, int], str] = {}

    # ------------------------------------------------------------ content

    @property
    def keys(self) -> Keys | None:
        """The keys shown, in order; None while nothing is loaded."""
        return self._keys

    def show_loading(self) -> None:
        """Show rows that are on their way."""
        self.beginResetModel()
        self._columns, self._keys, self._count = None, None, _LOADING_ROWS
        self._pages.clear()
        self.endResetModel()

    def show(self, columns: KeywordColumns, keys: Keys) -> None:
        """Show other rows, or the same in another order."""
        self.beginResetModel()
        self._columns, self._keys, self._count = columns, keys, len(keys)
        self._pages.clear()
        self.endResetModel()

    def refresh(self, columns: KeywordColumns, keys: Collection[int] | None) -> None:
        """Take what rows hold now from the columns; the rows themselves stay where they are."""
        self._columns = columns
        self._origins.clear()
        if keys is None:
            self._edits.clear()
            self._asked.clear()
            self._pages.clear()
            self._repaint()
            return
        for key in keys:
            self._edits.pop(key, None)
            self._asked.discard(key)
        self._redraw(keys)

    def show_questions(self, questions: Mapping[int, Sequence[Question]]) -> None:
        """Mark cells that the platform refused."""
        if questions != self._questions:
            changed = set(questions) | set(self._questions)
            self._questions = questions
            self._redraw(changed)

    def show_origin(self, key: int, column: int, text: str) -> None:
        """Say in a cell's tooltip from now on who gave its figure and when."""
        self._origins[key, column] = text

    def show_edits(self, asked: Collection[int], edits: Mapping[int, tuple[str, ...]]) -> None:
        """Mark cells that differ from what the platform has."""
        self._edits.update({key: edits.get(key, ()) for key in asked})
        self._redraw(asked)

    def _redraw(self, keys: Collection[int]) -> None:
        """Make the cells of some rows anew, as far as they are kept, and have those rows painted."""
        columns = self._columns
        if columns is None:
            return
        last = len(COLUMNS) - 1
        for number, page in list(self._pages.items()):
            places = {at: row.key for at, row in enumerate(page.rows) if row is not None and row.key in keys}
            fresh = columns.rows(list(places.values())) if places else []
            for at, row in zip(places, fresh, strict=True):
                page.rows[at], page.cells[at] = row, None
                place = number * PAGE + at
                self.dataChanged.emit(self.index(place, 0), self.index(place, last))
            self._ask_edits(fresh)

    def _ask_edits(self, rows: Iterable[KeywordRow | None]) -> None:
        unknown = [row.key for row in rows if row is not None and row.mark and row.key not in self._asked]
        if unknown:
            self._asked.update(unknown)
            self.page_drawn.emit(unknown)

    def row_key(self, row: int) -> object:
        return int(self._keys[row]) if self._keys is not None and 0 <= row < self._count else None

    def row_of(self, key: object) -> int:
        if self._keys is None or not isinstance(key, int):
            return -1
        places = (self._keys == key).nonzero()[0]
        return int(places[0]) if len(places) else -1

    def keyword(self, row: int) -> KeywordRow | None:
        """Return a row's keyword, None where it is not known."""
        if self._columns is None or not 0 <= row < self._count:
            return None
        return self._page(row // PAGE).rows[row % PAGE]

    def shown_cells(self, rows: range) -> dict[int, tuple[Cell, ...]]:
        """Return the cells of rows by key, as far as they were drawn: to tell afterwards what has changed."""
        found = {}
        for row in rows:
            page = self._pages.get(row // PAGE)
            cells = page.cells[row % PAGE] if page is not None else None
            if cells is not None and self._keys is not None:
                found[int(self._keys[row])] = cells
        return found

    # ------------------------------------------------------------ Qt's questions

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: AnyIndex, role: int = _DISPLAY) -> Any:
        if role == CELL_ROLE:
            return self._cells(index.row())[index.column()]
        if role in {_DISPLAY, EDITOR_ROLE, _ACCESSIBLE, _TOOLTIP} and index.isValid():
            return self._words(index.row(), index.column(), role)
        return None

    def setData(self, index: AnyIndex, value: Any, role: int = int(Qt.ItemDataRole.EditRole)) -> bool:
        key = self.row_key(index.row())
        if role != int(Qt.ItemDataRole.EditRole) or not isinstance(key, int):
            return False
        self.edited.emit(key, COLUMNS[index.column()].name, value)
        return True

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        if role == _DISPLAY:
            return COLUMNS[section].title
        if role == _ALIGNMENT and COLUMNS[section].right:
            return RIGHT_ALIGNED
        return None

    def _words(self, row: int, column: int, role: int) -> object:
        keyword = self.keyword(row)
        if keyword is None:
            return "" if role == _DISPLAY else None
        if role == _DISPLAY:
            return self._cells(row)[column].text
        if role == EDITOR_ROLE:
            return self._editor_of(keyword, COLUMNS[column].name)
        if role == _ACCESSIBLE:
            return cell_words(keyword, column) if column else sentence(keyword, self._about(keyword))
        place = (keyword.key, column)
        if place not in self._origins and is_overridden(keyword, column):
            self._origins[place] = ""
            self.origin_wanted.emit(*place)
        found = tip_of(keyword, column, self._about(keyword), self._origins.get(place, ""))
        return tip(*found) if found is not None else None

    # ------------------------------------------------------------ rows in view

    def question_of(self, row: int) -> str:
        """Return the id of the first review item about a row, empty where there is none that is known."""
        keyword = self.keyword(row)
        about = self._about(keyword) if keyword is not None else ()
        return about[0].item if about else ""

    def _about(self, keyword: KeywordRow) -> Sequence[Question]:
        return self._questions.get(keyword.key, ())

    def _cells(self, row: int) -> Sequence[Cell]:
        if self._columns is None:
            return loading_cells()
        page = self._page(row // PAGE)
        place = row % PAGE
        cells = page.cells[place]
        if cells is None:
            cells = page.cells[place] = self._make(page.rows[place])
        return cells

    def _make(self, keyword: KeywordRow | None) -> tuple[Cell, ...]:
        if keyword is None:
            return tuple(loading_cells())
        return cells_of(keyword, self._edits.get(keyword.key, ()), self._about(keyword))

    def _page(self, number: int) -> _Page:
        page = self._pages.get(number)
        if page is not None:
            self._pages.move_to_end(number)
            return page
        assert self._columns is not None
        assert self._keys is not None
        page = _Page(self._columns.rows(self._keys[number * PAGE : (number + 1) * PAGE]))
        self._pages[number] = page
        while len(self._pages) > PAGES_KEPT:
            self._pages.popitem(last=False)
        self._ask_edits(page.rows)
        return page

    def _repaint(self) -> None:
        if self._count:
            self.dataChanged.emit(self.index(0, 0), self.index(self._count - 1, len(COLUMNS) - 1))
