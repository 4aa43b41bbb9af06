"""From the query line into the rows it finds, with the keyboard: Down or Enter. Ctrl+F or / go back (`menus`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt

from planner_desktop.widgets.grid import GridView
from planner_desktop.widgets.queryline import QueryLine


def lead_into(query: QueryLine, grids: Sequence[GridView], meant: Callable[[], None]) -> None:
    """Let a query line lead into whichever of the grids is shown. `meant`: what was typed is meant as it stands."""

    def enter() -> None:
        meant()
        grid = next((one for one in grids if one.isVisible()), None)
        model = grid.model() if grid is not None else None
        if grid is None or model is None or not model.rowCount():
            return
        grid.setFocus(Qt.FocusReason.OtherFocusReason)
        if not grid.currentIndex().isValid():
            grid.go_to(0, 0)

    query.edit.editingFinished.connect(meant)
    query.edit.left_below.connect(enter)
