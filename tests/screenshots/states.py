"""Rows that show one state each."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from planner_desktop.widgets.roles import (
    CELL_ROLE,
    DISABLED,
    EDITED,
    FADED,
    OVERRIDE,
    QUIET,
    REFUSED,
    RIGHT,
    ROOT,
    STRONG,
    Cell,
    Kind,
)

AnyIndex = QModelIndex | QPersistentModelIndex

STATES: tuple[tuple[str, str, int, str, int, str], ...] = (
    ("synced", "standing desk", 0, "201,000", 0, "Rest"),
    ("synced", "l shaped desk", 0, "135,000", 0, "Hover"),
    ("synced", "computer desk", 0, "110,000", 0, "Selected"),
    ("synced", "gaming desk", 0, "74,000", 0, "Selected, inactive"),
    ("synced", "corner desk", 0, "49,500", 0, "Current cell"),
    ("waiting", "desk with drawers", 0, "14,800", EDITED, "Edited, waiting"),
    ("synced", "electric standing desk", 0, "27,100", OVERRIDE, "Override"),
    ("conflict", "walnut standing desk", 0, "9,900", 0, "Conflict"),
    ("refused", "how high should a desk be", 0, "3,600", REFUSED, "Refused"),
    ("synced", "used desk near me", DISABLED, "8,100", DISABLED, "Disabled"),
    ("candidate", "quiet desk motor", 0, "~50", FADED, "Candidate, range"),
)


class StateRows(QAbstractTableModel):
    """Some of the states, four columns."""

    def __init__(self, first: int, last: int) -> None:
        super().__init__()
        self._states = STATES[first:last]

    def rowCount(self, parent: AnyIndex = ROOT) -> int:
        return 0 if parent.isValid() else len(self._states)

    def columnCount(self, parent: AnyIndex = ROOT) -> int:
        return 0 if parent.isValid() else 4

    def data(self, index: AnyIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        if role != CELL_ROLE:
            return None
        mark, keyword, keyword_flags, volume, volume_flags, note = self._states[index.row()]
        return (
            Cell(Kind.MARK, mark, 0, mark),
            Cell(Kind.TEXT, keyword, STRONG | keyword_flags),
            Cell(Kind.NUMBER, volume, volume_flags),
            Cell(Kind.TEXT, note, QUIET),
        )[index.column()]


class LoadingRows(QAbstractTableModel):
    """Three rows that are still on their way."""

    def rowCount(self, parent: AnyIndex = ROOT) -> int:
        return 0 if parent.isValid() else 3

    def columnCount(self, parent: AnyIndex = ROOT) -> int:
        return 0 if parent.isValid() else 4

    def data(self, index: AnyIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        if role != CELL_ROLE:
            return None
        if index.column() in {0, 3}:
            return None
        shares = (0.75, 0.55, 0.9) if index.column() == 1 else (0.6, 0.75, 0.5)
        return Cell(Kind.LOADING, "", RIGHT if index.column() == 2 else 0, shares[index.row()])
