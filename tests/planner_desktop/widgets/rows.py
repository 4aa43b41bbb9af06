"""A model of a million made-up keywords for tests, screenshots and the frame benchmark: every cell is computed."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from planner_desktop.widgets.roles import (
    CELL_ROLE,
    DISABLED,
    EDITED,
    EDITOR_ROLE,
    LOCKED,
    OVERRIDE,
    QUIET,
    REFUSED,
    ROOT,
    STRONG,
    Cell,
    Choice,
    Editor,
    Kind,
)

AnyIndex = QModelIndex | QPersistentModelIndex

TITLES = ("", "Keyword", "Volume", "Difficulty", "Intent", "Country", "Cluster", "Status", "Created")
WIDTHS = (30, 186, 84, 84, 106, 66, 118, 84, 68)
ADJECTIVES = (
    "standing",
    "walnut",
    "electric",
    "corner",
    "small",
    "folding",
    "l shaped",
    "oak",
    "white",
    "cheap",
)
NOUNS = (
    "desk",
    "desk converter",
    "desk with drawers",
    "desk for bedroom",
    "office chair",
    "desk frame",
    "desk lamp",
)
TAILS = ("", " near me", " 60 inch", " for tall people", " ideas", " with storage", " uk")
INTENTS = ("commercial", "transactional", "informational", "navigational")
CLUSTERS = ("Standing desks", "L-shaped desks", "Desk converters", "Small desks", "")
MARKS = (
    "synced",
    "synced",
    "synced",
    "waiting",
    "synced",
    "synced",
    "conflict",
    "synced",
    "refused",
    "synced",
)
COUNTRIES = ("US", "GB", "CA")
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_TOPS = (20, 40, 60, 80, 100)


def spread(row: int, salt: int) -> int:
    """Return a number that looks random and is the same every time."""
    return ((row * 2654435761 + salt * 40503) ^ (row >> 3)) & 0xFFFFFFFF


def keyword(row: int) -> str:
    """Return the keyword of a row."""
    return (
        f"{ADJECTIVES[spread(row, 1) % len(ADJECTIVES)]} {NOUNS[spread(row, 2) % len(NOUNS)]}"
        f"{TAILS[spread(row, 3) % len(TAILS)]}"
    )


@lru_cache(maxsize=256)
def _difficulty(value: int) -> Cell:
    if value > 100:
        return Cell(Kind.DIFFICULTY, "", 0, 0)
    band = next(number for number, top in enumerate(_TOPS, start=1) if value <= top)
    return Cell(Kind.DIFFICULTY, str(value), 0, band)


class SyntheticRows(QAbstractTableModel):
    """``rows`` keywords; counts the calls of ``data`` so that tests can tell work per row from work per cell."""

    def __init__(self, rows: int = 1_000_000, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows = rows
        self.calls = 0
        self.taken: list[tuple[int, int, object]] = []
        self.refuses = False

    def rowCount(self, parent: AnyIndex = ROOT) -> int:
        return 0 if parent.isValid() else self._rows

    def columnCount(self, parent: AnyIndex = ROOT) -> int:
        return 0 if parent.isValid() else len(TITLES)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(Qt.ItemDataRole.DisplayRole)
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == int(Qt.ItemDataRole.DisplayRole):
            return TITLES[section]
        if role == int(Qt.ItemDataRole.TextAlignmentRole) and section == 2:
            return _RIGHT
        return None

    def data(self, index: AnyIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        self.calls += 1
        if role == CELL_ROLE:
            return self.cell(index.row(), index.column())
        if role == int(Qt.ItemDataRole.DisplayRole):
            return self.cell(index.row(), index.column()).text
        if role == int(Qt.ItemDataRole.AccessibleTextRole):
            cell = self.cell(index.row(), index.column())
            return f"{TITLES[index.column()]} {cell.text}".strip()
        if role == EDITOR_ROLE:
            return self._editor(index)
        return None

    def setData(self, index: AnyIndex, value: object, role: int = int(Qt.ItemDataRole.EditRole)) -> bool:
        if self.refuses:
            return False
        self.taken.append((index.row(), index.column(), value))
        return True

    def row_key(self, row: int) -> object:
        return row

    def row_of(self, key: object) -> int:
        return key if isinstance(key, int) and key < self._rows else -1

    def cell(self, row: int, column: int) -> Cell:
        """Return one cell; overridden by models that show chosen states."""
        off = DISABLED if row % 23 == 22 else 0
        if column == 0:
            state = MARKS[spread(row, 4) % len(MARKS)]
            return Cell(Kind.MARK, state, 0, state)
        if column == 1:
            return Cell(Kind.TEXT, keyword(row), STRONG | off)
        if column in {2, 3}:
            return self._volume(row, off) if column == 2 else _difficulty(spread(row, 6) % 106)
        if column == 4:
            intent = INTENTS[spread(row, 7) % len(INTENTS)]
            return Cell(Kind.CHIP, intent.capitalize(), off, intent)
        if column == 5:
            return Cell(Kind.TEXT, COUNTRIES[spread(row, 8) % len(COUNTRIES)], QUIET | off)
        if column == 6:
            flags = EDITED if row % 7 == 3 else LOCKED if row % 31 == 5 else 0
            return Cell(Kind.CLUSTER, CLUSTERS[spread(row, 9) % (4 if flags else 5)], flags | off)
        if column == 7:
            status = "mapped" if spread(row, 10) % 3 == 0 else "new"
            return Cell(Kind.STATUS, status.capitalize(), off, status)
        return Cell(Kind.DATE, f"{1 + spread(row, 11) % 28} Nov", off)

    def _volume(self, row: int, off: int) -> Cell:
        flags = OVERRIDE if row % 13 == 4 else REFUSED if row % 29 == 8 else 0
        value = (spread(row, 5) % 4096) ** 2 // 100 * 10
        return Cell(Kind.NUMBER, f"{value:,}" if value % 7 else "", flags | off)

    def _editor(self, index: AnyIndex) -> Editor | None:
        if index.column() == 2:
            return Editor(value=1000, minimum=0, placeholder="Library")
        if index.column() == 3:
            return Editor(value=40, minimum=0, maximum=100)
        if index.column() == 6:
            names = [Choice(name or None, name or "None") for name in CLUSTERS]
            return Editor(value="Standing desks", choices=names, searchable=True)
        if index.column() == 7:
            return Editor(
                value="new", choices=(Choice("new", "New", "new"), Choice("mapped", "Mapped", "mapped"))
            )
        return None
