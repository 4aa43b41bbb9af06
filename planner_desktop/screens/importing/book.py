"""The imports of this computer, latest first: what each was, what it shows, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from planner_desktop.screens import words
from planner_desktop.screens.importing.texts import tool_name, tr
from planner_desktop.screens.plainrows import PlainRows
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.empty import EmptyState, WayToBegin
from planner_desktop.widgets.grid import GridView
from planner_desktop.widgets.pageheader import PageHeader
from planner_desktop.widgets.roles import FADED, MIDDLE, QUIET, STRONG, Cell, Kind
from planner_desktop.widgets.text import Ground
from planner_desktop.widgets.theme import Theme

Row = Mapping[str, Any]
_TITLES = ("No.", "Files", "When", "Tool", "Into", "Rows", "Added", "Candidates", "State")
_WIDTHS = (50, 140, 92, 132, 132, 88, 76, 90, 90)
"""At most what a window of 1100 leaves, and room for a million rows."""
_FILES = 1
_RIGHT = frozenset({0, 5, 6, 7})


def candidates_of(row: Row) -> int:
    """Return how many rows of an import have no seed in their sector."""
    counts = row.get("counts", {})
    return int(counts.get("no_seed", 0)) + int(counts.get("misaligned", 0))


def when(row: Row) -> str:
    """Return the time of an import, "" where nobody wrote it down."""
    text = str(row.get("at") or row.get("read") or "")
    return words.moment(round(datetime.fromisoformat(text).timestamp() * 1000)) if text else ""


def cells_of(row: Row) -> tuple[Cell, ...]:
    """Return the cells of an import."""
    counts, files = row.get("counts", {}), row.get("files", ())
    tools = dict.fromkeys(tool_name(str(one["tool"])) for one in files if one.get("tool"))
    undone = bool(row["undone"])
    state = tr("Undone") if undone else tr("Cut off") if not files else tr("Done")
    weight = FADED if undone else 0
    return (
        Cell(Kind.NUMBER, words.number(int(row["number"])), QUIET),
        Cell(Kind.TEXT, ", ".join(str(one["file"]) for one in files), weight or STRONG | MIDDLE),
        Cell(Kind.TEXT, when(row), QUIET),
        Cell(Kind.TEXT, ", ".join(tools), QUIET),
        Cell(Kind.TEXT, " · ".join(str(row[name]) for name in ("site", "sector") if row.get(name)), QUIET),
        Cell(Kind.NUMBER, words.number(sum(counts.values())), weight),
        Cell(Kind.NUMBER, words.number(int(counts.get("add", 0))), weight),
        Cell(Kind.NUMBER, words.number(candidates_of(row)), weight),
        Cell(Kind.STATUS, state, 0, "candidate" if undone else "mapped"),
    )


class ImportList(QWidget):
    """The list with its verbs."""

    files_requested = Signal()
    folder_requested = Signal()
    paste_requested = Signal()
    undo_requested = Signal(object)
    """Numbers of imports, latest first."""
    show_requested = Signal(int)
    """The number of an import whose keywords somebody wants to see."""
    candidates_requested = Signal()
    figures_requested = Signal(int)
    """The number of an import whose figures are to be overrides."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.header = PageHeader(theme, tr("Imports"), self)
        self.candidates = Button(theme, tr("Candidates"), "quiet", icon="circle-dot", parent=self)
        self.folder = Button(theme, tr("A folder…"), "plain", parent=self)
        self.paste = Button(theme, tr("What was copied"), "plain", icon="copy", parent=self)
        self.files = Button(theme, tr("Import files…"), "primary", icon="plus", parent=self)
        self.show_rows = Button(theme, tr("Show its keywords"), "plain", parent=self)
        self.figures = Button(theme, tr("Use its figures…"), "plain", parent=self)
        self.undo = Button(theme, tr("Undo the import"), "plain", icon="undo-2", parent=self)
        self.rows: PlainRows[Row] = PlainRows([tr(one) for one in _TITLES], cells_of, self, right=_RIGHT)
        self.grid = GridView(theme, self, frozen=0)
        self._band = Ground(theme, "surface", self)
        self._stack = QStackedWidget(self)
        self._build()
        self.show_imports(())

    def show_imports(self, rows: Sequence[Row]) -> None:
        """Show these."""
        if rows != self.rows.items:
            kept = {row["number"] for row in self.chosen()}
            had = not self.isHidden() and self.files.hasFocus()
            self.rows.show(rows)
            places = [at for at, row in enumerate(rows) if row["number"] in kept] or [0]
            self.grid.select_rows([(at, at) for at in places] if rows else [])
            if had and rows:
                self.take_keys()
        waiting = sum(candidates_of(row) for row in rows if not row["undone"])
        self.candidates.setVisible(waiting > 0)
        self.header.set_count(words.number(len(rows)) if rows else "")
        self._stack.setCurrentIndex(0 if rows else 1)
        self._band.setVisible(bool(rows))
        self._follow()

    def take_keys(self) -> None:
        """Give the keys to the list, or to the first way to fill it."""
        (self.grid if self.rows.items else self.files).setFocus(Qt.FocusReason.OtherFocusReason)

    def chosen(self) -> list[Row]:
        """Return the selected imports, in the order of the list."""
        return [
            self.rows.items[at]
            for first, last in self.grid.selected_ranges()
            for at in range(first, last + 1)
            if at < len(self.rows.items)
        ]

    def _follow(self) -> None:
        chosen = self.chosen()
        alive = [row for row in chosen if not row["undone"]]
        self.undo.setEnabled(bool(alive))
        many = tr("Undo {n} imports").format(n=words.number(len(alive)))
        self.undo.setText(many if len(alive) > 1 else tr("Undo the import"))
        self.undo.setToolTip("" if alive else tr("Select an import that is not undone"))
        for button in (self.show_rows, self.figures):
            button.setEnabled(len(chosen) == 1)
            button.setToolTip("" if len(chosen) == 1 else tr("Select one import"))

    def _show_chosen(self) -> None:
        for row in self.chosen()[:1]:
            self.show_requested.emit(int(row["number"]))

    def _figures_of_chosen(self) -> None:
        for row in self.chosen()[:1]:
            self.figures_requested.emit(int(row["number"]))

    def _build(self) -> None:
        theme = self._theme
        for button in (self.candidates, self.folder, self.paste, self.files):
            self.header.add_action(button)
        self.grid.setModel(self.rows)
        self.grid.set_columns(_WIDTHS)
        self.grid.setAccessibleName(tr("Imports"))
        self._stack.addWidget(self.grid)
        self._stack.addWidget(self._nothing())
        row = QHBoxLayout(self._band)
        row.setContentsMargins(theme.space("panel"), theme.px(8), theme.px(12), theme.px(8))
        row.setSpacing(theme.px(8))
        row.addWidget(self.show_rows)
        row.addWidget(self.figures)
        row.addWidget(self.undo)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self._band)
        column.addWidget(self._stack, 1)
        self.files.clicked.connect(self.files_requested)
        self.folder.clicked.connect(self.folder_requested)
        self.paste.clicked.connect(self.paste_requested)
        self.candidates.clicked.connect(self.candidates_requested)
        self.undo.clicked.connect(
            lambda: self.undo_requested.emit(
                [int(row["number"]) for row in self.chosen() if not row["undone"]]
            )
        )
        self.show_rows.clicked.connect(self._show_chosen)
        self.figures.clicked.connect(self._figures_of_chosen)
        self.grid.rows_changed.connect(self._follow)
        self.grid.row_opened.connect(lambda _row: self._show_chosen())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        others = sum(self._theme.px(wide) for at, wide in enumerate(_WIDTHS) if at != _FILES)
        room = self.width() - others - self._theme.px(16)
        self.grid.setColumnWidth(_FILES, max(self._theme.px(_WIDTHS[_FILES]), room))

    def _nothing(self) -> QWidget:
        def way(
            icon: str,
            title: str,
            sentence: str,
            button: str,
            run: Callable[[], object],
            *,
            primary: bool = False,
        ) -> WayToBegin:
            return WayToBegin(icon, title, sentence, "", button, run, primary)

        return EmptyState(
            self._theme,
            tr("Nothing was imported yet"),
            tr(
                "Drop export files of any keyword tool anywhere on this window. Nothing is written before you have seen the plan."
            ),
            [
                way(
                    "file-down",
                    tr("Files"),
                    tr("CSV, TSV or XLSX, one or many, also packed with gzip."),
                    tr("Choose…"),
                    self.files_requested.emit,
                    primary=True,
                ),
                way(
                    "list-tree",
                    tr("A folder"),
                    tr("Every such file in it."),
                    tr("Choose…"),
                    self.folder_requested.emit,
                ),
                way(
                    "copy",
                    tr("What was copied"),
                    tr("A list of keywords or cells of a spreadsheet."),
                    tr("Paste"),
                    self.paste_requested.emit,
                ),
            ],
            parent=self,
        )
