"""A batch of cells, seen by column or by row: as lists of a row each, or as one flat list where every row is equally wide.

The flat one is made by splitting a whole block of text at once, without a list for each row: a third of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any, Protocol

INNER, BETWEEN = "\x1e", "\x1d"
"""Stand for a delimiter inside a cell and between two while a block is split; blocks that hold them are read line by line."""


class Table(Protocol):
    """Rows and columns of cells."""

    @property
    def width(self) -> int | None:
        """Cells of every row, None where rows differ."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def column(self, number: int) -> list[Any]:
        """Return the cells of a column, which every row must have."""

    def row(self, number: int) -> list[Any]:
        """Return the cells of a row."""


class Rows:
    """Rows as lists of cells."""

    def __init__(self, rows: list[list[Any]]) -> None:
        self.rows = rows
        lengths = set(map(len, rows))
        self.width = lengths.pop() if len(lengths) == 1 else None

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, number: int) -> list[Any]:
        """Return the cells of a column, which every row must have."""
        return list(map(itemgetter(number), self.rows))

    def row(self, number: int) -> list[Any]:
        """Return the cells of a row."""
        return self.rows[number]


class Flat:
    """Equally wide rows of text in one list, with a line end behind each."""

    def __init__(self, cells: list[str], width: int, *, has_inner: str) -> None:
        self._cells = cells
        self.width = width
        self._inner = has_inner

    def __len__(self) -> int:
        return len(self._cells) // (self.width + 1)

    def column(self, number: int) -> list[str]:
        """Return the cells of a column."""
        cells = self._cells[number :: self.width + 1][: len(self)]
        if not self._inner:
            return cells
        joined = "\n".join(cells)
        return joined.replace(INNER, self._inner).split("\n") if INNER in joined else cells

    def row(self, number: int) -> list[str]:
        """Return the cells of a row."""
        start = number * (self.width + 1)
        return [cell.replace(INNER, self._inner) for cell in self._cells[start : start + self.width]]


def split(lines: Sequence[str], delimiter: str, quoted: dict[int, list[str]], width: int) -> Flat | None:
    """Split a block of lines at once; `quoted` has the cells of lines with quotes by index. None if rows differ in width."""
    text = "".join(lines)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
        if "\r" in text:
            return None
    if INNER in text or BETWEEN in text:
        return None
    inner = ""
    if quoted:
        parts = text.split("\n")
        for place, cells in quoted.items():
            line = BETWEEN.join(cells).replace(delimiter, INNER).replace(BETWEEN, delimiter)
            if "\n" in line or "\r" in line:
                return None
            parts[place] = line
        text = "\n".join(parts)
        inner = delimiter if INNER in text else ""
    cells = text.replace("\n", f"{delimiter}\n{delimiter}").split(delimiter)
    # The last line end is followed by nothing.
    cells.pop()
    ends = cells[width :: width + 1]
    if len(cells) != len(lines) * (width + 1) or ends.count("\n") != len(lines):
        return None
    return Flat(cells, width, has_inner=inner)
