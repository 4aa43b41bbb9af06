"""What hands do in the grid beyond a single cell: copy, paste, fill down, arrange columns."""

from __future__ import annotations

from PySide6.QtCore import QObject

from planner_desktop.screens.account import Account
from planner_desktop.screens.edits import Edits
from planner_desktop.screens.keywords.arrivals import ArrivalsTold
from planner_desktop.screens.keywords.asking import Asking
from planner_desktop.screens.keywords.copying import Copying
from planner_desktop.screens.keywords.distinct import DistinctVolume
from planner_desktop.screens.keywords.editors import CellEditors
from planner_desktop.screens.keywords.filling import Filling
from planner_desktop.screens.keywords.grid import KeywordGrid
from planner_desktop.screens.keywords.layout import ColumnLayout
from planner_desktop.screens.keywords.origins import Origins
from planner_desktop.screens.keywords.pasting import Pasting
from planner_desktop.screens.keywords.table import KeywordTable
from planner_desktop.widgets.theme import Theme


class Hands(QObject):
    """Everything of one grid."""

    def __init__(
        self,
        account: Account,
        edits: Edits,
        table: KeywordTable,
        editors: CellEditors,
        grid: KeywordGrid,
        theme: Theme,
    ) -> None:
        super().__init__(grid)
        self.asking = Asking(account, theme, grid)
        self.copying = Copying(account, edits, table, grid)
        self.pasting = Pasting(account, edits, table, editors, grid, theme)
        self.layout = ColumnLayout(grid, theme)
        self.distinct = DistinctVolume(account, self)
        self.arrivals = ArrivalsTold(account, table, self)
        self.origins = Origins(account, table.rows, grid)
        self.filling = Filling(account, edits, table, editors, grid, self.asking)

    @property
    def is_busy(self) -> bool:
        """Whether something is under way."""
        return self.copying.is_busy or self.pasting.is_busy or self.arrivals.is_busy
