"""The contract between a table model and the grid: what one cell is, in one answer.

The grid paints a cell from a single call, ``model.data(index, CELL_ROLE)``, which returns a :class:`Cell`.
A model for the grid is a ``QAbstractTableModel`` that answers

``CELL_ROLE``
    a :class:`Cell`. Called for every visible cell of every repaint: it must be a lookup, never a query. A row whose
    figures are not in memory yet answers ``LOADING`` (a shared :data:`LOADING` cell will do) and emits
    ``dataChanged`` when they are.
``Qt.DisplayRole``
    the plain text of the cell, for copying, for searching and for screen readers ("" where unknown).
``Qt.AccessibleTextRole``
    on column 0 a sentence for the whole row ("walnut standing desk, volume 9,900, conflict"); elsewhere header and
    value ("Volume 9,900, overridden").
``Qt.ToolTipRole``
    optional; use :func:`planner_desktop.widgets.tooltip.tip`.
``EDITOR_ROLE``
    only for cells that can be edited in place: an :class:`Editor`. None means "not editable". The value comes back
    through ``setData(index, value, Qt.EditRole)``; ``False`` keeps the editor open. A refusal that arrives later
    is shown with ``GridView.show_message``.
``headerData(column, Qt.Horizontal, Qt.DisplayRole)``
    the title; ``Qt.TextAlignmentRole`` right for columns of numbers (``int``: ``Qt.AlignRight``); ``Qt.ToolTipRole``
    optional.

Any other role: return None at once, before anything else; Qt asks for many. Do not override ``flags()`` unless a
column must not be selected: it is asked for each visible cell too. Loading, unknown and refused are values, not
exceptions: a model that raises in ``data`` ends in a crash report.

Which columns stay put, how wide they are and in which order they stand is the view's business, not the model's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from PySide6.QtCore import QModelIndex, Qt

CELL_ROLE: Final[int] = int(Qt.ItemDataRole.UserRole) + 1
EDITOR_ROLE: Final[int] = int(Qt.ItemDataRole.UserRole) + 2

ROOT: Final = QModelIndex()
"""The default for ``parent`` in a model's ``rowCount`` and ``columnCount``."""

# Plain integers, not enums: they are compared some thousand times in a frame.


class Kind:
    """How a cell is drawn. What ``Cell.text`` and ``Cell.extra`` hold is said for each."""

    TEXT: Final = 0
    """text: what to show, elided at the right. Flags STRONG, QUIET, MIDDLE, FADED."""
    NUMBER: Final = 1
    """text: the formatted number, or a range as "~50"; "" = unknown. Right-aligned."""
    DIFFICULTY: Final = 2
    """text: the number, "" = unknown; extra: band 1 to 5, 0 or None = unknown."""
    CHIP: Final = 3
    """text: the word, "" = unknown; extra: "informational", "commercial", "transactional" or "navigational"."""
    STATUS: Final = 4
    """text: the word; extra: "new", "queued", "mapped", "completed" or "candidate"."""
    CLUSTER: Final = 5
    """text: the name, "" = none. Flag LOCKED draws a lock after it."""
    DATE: Final = 6
    """text: day and month, year when not this year. Small."""
    MARK: Final = 7
    """text: the word a screen reader says; extra: "synced", "waiting", "conflict", "refused" or "candidate"."""
    ONOFF: Final = 8
    """text: "on" or "off" in the editor's language; flag QUIET for off."""
    LOADING: Final = 9
    """extra: width of the bar as a share of the cell, 0 to 1 (None = 0.6)."""


STRONG: Final = 1
"""Weight 500 (the keyword, the name of a cluster)."""
QUIET: Final = 2
"""Secondary colour and small size (country, sector, notes)."""
DISABLED: Final = 4
"""The row is switched off: grey; TEXT that is STRONG is struck as well."""
OVERRIDE: Final = 8
"""The value is the editor's own, not the library's: weight 500 and a corner."""
EDITED: Final = 16
"""The value has not reached the platform yet: an amber bar at the left edge."""
REFUSED: Final = 32
"""The platform refused this value: underlined in red."""
LOCKED: Final = 64
"""A lock follows the text."""
MIDDLE: Final = 128
"""Elide in the middle (file names)."""
FADED: Final = 256
"""Hint colour (text-3)."""
RIGHT: Final = 512
"""LOADING only: the bar stands at the right, where a number will."""


class Cell(NamedTuple):
    """One cell as the grid draws it. Immutable and hashable: models may share and cache instances."""

    kind: int
    text: str = ""
    flags: int = 0
    extra: str | int | float | None = None


LOADING = Cell(Kind.LOADING)
"""A cell whose row is still on its way."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a list editor. ``value`` is handed to ``setData``; ``sign`` is a status to draw a dot for."""

    value: object
    label: str
    sign: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class NewName:
    """The value handed to ``setData`` when a name was typed that no choice has."""

    text: str


@dataclass(frozen=True, slots=True)
class Editor:
    """What can be typed or chosen in a cell.

    ``start``: the text to begin with where there is no value of the editor's own; left as it is, nothing is handed over.
    ``choices`` given: a list (with ``searchable`` one can type to narrow it, with ``creates``, a label with ``{name}`` in it,
    also name something new). ``minimum`` or ``maximum`` given: whole
    numbers of the editor's locale; an empty field then hands over None, which means "back to the library's value".
    Otherwise: free text of at most ``length`` characters.
    """

    value: object = None
    choices: Sequence[Choice] = ()
    searchable: bool = False
    creates: str = ""
    minimum: int | None = None
    maximum: int | None = None
    placeholder: str = ""
    length: int = 255
    start: str = ""

    @property
    def text(self) -> str:
        """What stands in the field when it opens."""
        return self.start if self.value is None else str(self.value)

    @property
    def numeric(self) -> bool:
        """Whether the editor takes a number."""
        return self.minimum is not None or self.maximum is not None
