"""Which columns the grid shows, in which order and how wide: chosen by the editor, kept for each view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from planner_desktop.screens.keywords.cells import COLUMNS, KEYWORD, MARK, PLACE, SECTOR, tr
from planner_desktop.screens.keywords.grid import KeywordGrid
from planner_desktop.widgets.menus import Menu
from planner_desktop.widgets.theme import Theme

_FIXED = (MARK, KEYWORD)
"""Columns that stay where they are, at the left."""
_HIDDEN_AT_FIRST = frozenset({"enabled"})
_WIDTHS = (40, 900)
_STEP = 16
_TELL_MS = 300

State = dict[str, Any]
"""Plain data for a file: {"order": [name], "hidden": [name], "widths": {name: design pixels}}. What cannot be read is left out."""


class ColumnLayout(QObject):
    """The columns of one grid."""

    changed = Signal()
    """The editor arranged something; told once things have come to rest."""

    def __init__(self, grid: KeywordGrid, theme: Theme) -> None:
        super().__init__(grid)
        self._grid = grid
        self._theme = theme
        self._hidden = set(_HIDDEN_AT_FIRST)
        self._shown_by_hand: set[str] = set()
        self._widths: dict[str, int] = {}
        self._one_sector = True
        self._applying = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_TELL_MS)
        self._soon.timeout.connect(self.changed)
        header = grid.horizontalHeader()
        header.sectionMoved.connect(self._moved)
        header.sectionResized.connect(self._resized)

    # ------------------------------------------------------------ what is kept

    def state(self) -> State:
        """Return the layout as plain data."""
        header = self._grid.horizontalHeader()
        return {
            "order": [COLUMNS[header.logicalIndex(at)].name for at in range(header.count())],
            "hidden": sorted(self._hidden),
            "shown": sorted(self._shown_by_hand),
            "widths": dict(sorted(self._widths.items())),
        }

    def apply(self, state: object) -> None:
        """Show a layout that was kept; None, or what is none, is the layout of the first start. Tells nobody."""
        kept: Mapping[str, Any] = state if isinstance(state, Mapping) else {}
        self._hidden = _names(kept.get("hidden", _HIDDEN_AT_FIRST))
        self._shown_by_hand = _names(kept.get("shown", ()))
        widths = kept.get("widths")
        self._widths = {
            name: min(max(width, _WIDTHS[0]), _WIDTHS[1])
            for name, width in (widths.items() if isinstance(widths, Mapping) else ())
            if name in PLACE and isinstance(width, int)
        }
        order = kept.get("order")
        self._applying = True
        try:
            self._order([name for name in order if name in PLACE] if isinstance(order, list) else [])
            self._size()
            self._hide()
        finally:
            self._applying = False

    def show_one_sector(self, *, one: bool) -> None:
        """Say whether only one sector is shown: its column then repeats itself, and goes unless somebody asked for it."""
        self._one_sector = one
        self._hide()

    # ------------------------------------------------------------ what the editor does

    def is_shown(self, name: str) -> bool:
        """Return whether a column is shown."""
        return not self._grid.isColumnHidden(PLACE[name])

    def show(self, name: str, *, shown: bool) -> None:
        """Show a column or take it away."""
        if PLACE[name] in _FIXED:
            return
        (self._hidden.discard if shown else self._hidden.add)(name)
        (self._shown_by_hand.add if shown else self._shown_by_hand.discard)(name)
        self._hide()
        self._soon.start()

    def reset(self) -> None:
        """Go back to the columns of the first start."""
        self.apply(None)
        self._soon.start()

    def move_current(self, step: int) -> None:
        """Move the current column by a place among those shown."""
        column, shown = self._grid.currentIndex().column(), self._grid.shown_columns()
        if column in _FIXED or column not in shown:
            return
        at = shown.index(column) + step
        if len(_FIXED) <= at < len(shown):
            header = self._grid.horizontalHeader()
            header.moveSection(header.visualIndex(column), header.visualIndex(shown[at]))

    def widen_current(self, step: int) -> None:
        """Make the current column wider (1) or narrower (-1)."""
        column = self._grid.currentIndex().column()
        if column < 0 or column == MARK:
            return
        wanted = round(self._grid.columnWidth(column) / self._theme.scale) + step * _STEP
        self._keep_width(column, wanted)
        self._grid.setColumnWidth(column, self._theme.px(self._widths[COLUMNS[column].name]))

    def menu(self, parent: QWidget) -> Menu:
        """Return a menu of all columns that stays open while one ticks."""
        menu = _StayingMenu(self._theme, "", parent)
        for name in (COLUMNS[at].name for at in self._by_place()):
            if PLACE[name] in _FIXED:
                continue
            action = QAction(tr(COLUMNS[PLACE[name]].title), menu)
            action.setCheckable(True)
            action.setChecked(self.is_shown(name))
            action.toggled.connect(lambda on, name=name: self.show(name, shown=on))
            menu.addAction(action)
        menu.addSeparator()
        again = menu.addAction(tr("As at first"))
        again.triggered.connect(lambda _checked=False: self.reset())
        return menu

    def open_menu(self, below: QWidget) -> None:
        """Open the menu below a button."""
        menu = self.menu(below)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(below.mapToGlobal(QPoint(0, below.height() + self._theme.px(4))))

    # ------------------------------------------------------------ inside

    def _by_place(self) -> list[int]:
        header = self._grid.horizontalHeader()
        return [header.logicalIndex(at) for at in range(header.count())]

    def _order(self, names: list[str]) -> None:
        header = self._grid.horizontalHeader()
        known = dict.fromkeys(["mark", "keyword", *names, *(column.name for column in COLUMNS)])
        for at, name in enumerate(known):
            header.moveSection(header.visualIndex(PLACE[name]), at)

    def _size(self) -> None:
        for at, column in enumerate(COLUMNS):
            if at != KEYWORD:
                self._grid.setColumnWidth(at, self._theme.px(self._widths.get(column.name, column.width)))
        self._grid.keep_width(
            KEYWORD, self._theme.px(self._widths["keyword"]) if "keyword" in self._widths else None
        )

    def _hide(self) -> None:
        for at, column in enumerate(COLUMNS):
            hidden = column.name in self._hidden
            if at == SECTOR and self._one_sector:
                hidden = column.name not in self._shown_by_hand
            self._grid.setColumnHidden(at, hidden and at not in _FIXED)
        self._grid.fit()

    def _moved(self, _column: int, _old: int, _new: int) -> None:
        if not self._applying:
            self._soon.start()

    def _resized(self, column: int, old: int, new: int) -> None:
        # The last column grows with the window, a hidden one shrinks to nothing: neither is anybody's wish.
        by_hand = bool(QApplication.mouseButtons() & Qt.MouseButton.LeftButton)
        shown = self._grid.shown_columns()
        if by_hand and not self._applying and old and new and column != MARK and shown[-1:] != [column]:
            self._keep_width(column, round(new / self._theme.scale))

    def _keep_width(self, column: int, width: int) -> None:
        self._widths[COLUMNS[column].name] = min(max(width, _WIDTHS[0]), _WIDTHS[1])
        if column == KEYWORD:
            self._grid.keep_width(KEYWORD, self._theme.px(self._widths["keyword"]))
        self._soon.start()


class _StayingMenu(Menu):
    """A menu whose ticks can be set one after the other."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not _ticked(self.actionAt(event.position().toPoint())):
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        chooses = event.key() in {Qt.Key.Key_Space, Qt.Key.Key_Return}
        if not (chooses and _ticked(self.activeAction())):
            super().keyPressEvent(event)


def _ticked(action: QAction | None) -> bool:
    """Tick an entry, or take its tick away; False where there is none to tick."""
    if action is None or not action.isCheckable():
        return False
    action.toggle()
    return True


def _names(found: object) -> set[str]:
    return (
        {name for name in found if name in PLACE}
        if isinstance(found, (list, tuple, set, frozenset))
        else set()
    )
