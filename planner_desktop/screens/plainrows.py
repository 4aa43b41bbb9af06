"""A table of a few hundred things that are here already, for the grids of sheets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from planner_desktop.screens.keywords.cells import RIGHT_ALIGNED
from planner_desktop.widgets.roles import CELL_ROLE, Cell

T = TypeVar("T")
AnyIndex = QModelIndex | QPersistentModelIndex
_TEXTS = frozenset({int(Qt.ItemDataRole.DisplayRole), int(Qt.ItemDataRole.AccessibleTextRole)})


class PlainRows(QAbstractTableModel, Generic[T]):
    """Things as rows: `cells` gives the cells of one. Columns in `right` have their titles at the right."""

    def __init__(
        self,
        titles: Sequence[str],
        cells: Callable[[T], Sequence[Cell]],
        parent: QObject,
        *,
        right: Collection[int] = (),
    ) -> None:
        super().__init__(parent)
        self.items: Sequence[T] = ()
        self._titles = titles
        self._cells = cells
        self._right = right

    def show(self, items: Sequence[T]) -> None:
        """Show other things."""
        self.beginResetModel()
        self.items = items
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self.items)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self._titles)

    def data(self, index: AnyIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        if not index.isValid() or (role != CELL_ROLE and role not in _TEXTS):
            return None
        cell = self._cells(self.items[index.row()])[index.column()]
        return cell if role == CELL_ROLE else cell.text

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(Qt.ItemDataRole.DisplayRole)
    ) -> object:
        if orientation == Qt.Orientation.Horizontal and role == int(Qt.ItemDataRole.DisplayRole):
            return self._titles[section]
        if role == int(Qt.ItemDataRole.TextAlignmentRole) and section in self._right:
            return RIGHT_ALIGNED
        return None
