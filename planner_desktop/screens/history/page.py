"""The History page: every action of this profile, latest first; search, details, undo and redo of any of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.edits import Edits
from planner_desktop.screens.history.later import LookForLater
from planner_desktop.screens.history.lines import (
    ACTION_TITLES,
    ACTION_WIDTHS,
    action_cells,
    named,
    tr,
)
from planner_desktop.screens.history.panel import STEP, ActionPanel, Details, read
from planner_desktop.screens.pages import Page
from planner_desktop.screens.plainrows import PlainRows
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.dialogs import Question, confirm
from planner_desktop.widgets.empty import EmptyState
from planner_desktop.widgets.fields import LineField
from planner_desktop.widgets.grid import GridView
from planner_desktop.widgets.pageheader import PageHeader
from planner_desktop.widgets.segmented import Segmented
from planner_desktop.widgets.text import Ground
from planner_desktop.widgets.theme import Theme
from sync.errors import NotFound
from sync.replica import HistoryRow

if TYPE_CHECKING:  # the replica comes after the first paint
    from sync.replica import LaterStep, Progress, Reader

PAGE = 1_000
"""So many actions are read at a time."""
_STATES = (
    ("", "All"),
    ("waiting", "Waiting"),
    ("sent", "Sent"),
    ("refused", "Refused"),
    ("undone", "Undone"),
)
_SOON_MS = 60
_LABEL = 2

Found = tuple[Sequence[HistoryRow], int]


class HistoryPage(QWidget):
    """A list, a panel with the chosen action, and a line to search in."""

    figures_changed = Signal(object)

    def __init__(self, account: Account, edits: Edits, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._account = account
        self._edits = edits
        self._theme = theme
        self._limit = PAGE
        self._rows_limit = STEP
        self._total = 0
        self._reading = self._stale = False
        self._later = LookForLater(account, self)
        self._asked = self._loading = 0
        self.header = PageHeader(theme, tr("History"), self)
        self.search = LineField(theme, tr("Find an action"), tr("Find an action"), self)
        self.states = Segmented(theme, tr("State"), [(value, tr(text)) for value, text in _STATES], self)
        self.rows: PlainRows[HistoryRow] = PlainRows(
            [tr(one) if one else "" for one in ACTION_TITLES], action_cells, self, right={3}
        )
        self.grid = GridView(theme, self, frozen=0)
        self.more = Button(theme, tr("Older actions"), "link", parent=self)
        self.panel = ActionPanel(theme, self)
        self._list = QStackedWidget(self)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON_MS)
        self._soon.timeout.connect(self._read)
        self._build()
        self._connect()

    # ------------------------------------------------------------ what the window asks

    def page(self) -> Page:
        """Return what the frame has to know of this page."""
        return Page(
            "history",
            tr("History"),
            "history",
            QCoreApplication.translate("Menus", "Changes"),
            self,
            self.arrive,
            self.panel,
            lambda: self.is_settled,
        )

    @property
    def is_settled(self) -> bool:
        """Whether the page shows what the replica holds."""
        busy = (
            self._stale
            or self._reading
            or self._later.is_busy
            or self._soon.isActive()
            or bool(self._loading)
        )
        return not (self.isVisible() and busy)

    def arrive(self) -> None:
        """Read everything anew and say the figures."""
        self._stale = True
        self._soon.start()
        self.grid.setFocus(Qt.FocusReason.OtherFocusReason)
        self.figures_changed.emit(self.figures())

    def figures(self) -> list[str]:
        """Return what the status bar says at the right."""
        return [words.counted(self._total, tr("action"), tr("actions"))]

    @property
    def chosen(self) -> HistoryRow | None:
        """The first action selected."""
        ranges = self.grid.selected_ranges()
        return self.rows.items[ranges[0][0]] if ranges and ranges[0][0] < len(self.rows.items) else None

    # ------------------------------------------------------------ taking back

    def undo(self, details: Details) -> None:
        """Take an action back where it stands."""
        action = details.row.id
        self._edits.carry(lambda replica: replica.undo(action), "undo")

    def redo(self, details: Details) -> None:
        """Do an undone action again where nothing came after."""
        action = details.row.id
        self._edits.carry(lambda replica: replica.redo(action), "redo")

    def undo_from(self, details: Details) -> None:
        """Take an action back with the later steps in its way, after a question."""
        steps = details.steps or []
        if any(not step.undoable for step in steps):
            self._edits.failed.emit(
                NotFound(
                    "decided_since", tr("A decision in Review came later, and a decision is not undone.")
                )
            )
            return
        actions = [*(step.id for step in steps), details.row.id]
        count = words.number(len(actions))
        question = Question(
            tr("Undo {n} actions?").format(n=count),
            tr(
                "“{label}” and the later steps that changed the same are taken back, the latest first."
            ).format(label=details.row.label),
            tr("Undo {n} actions").format(n=count),
            sample=named(steps),
            note=tr("Redo brings them again, one by one."),
            destructive=False,
        )
        sheet = confirm(self._theme, self.window(), question)
        sheet.accepted.connect(lambda: self._edits.carry(lambda replica: replica.undo_all(actions), "undo"))
        sheet.open()

    # ------------------------------------------------------------ reading

    def _changed(self) -> None:
        self._stale = True
        if self.isVisible():
            self._soon.start()

    def _filter(self) -> None:
        self._limit = PAGE
        self._changed()

    def _read(self) -> None:
        if self._reading or not self._account.is_open:
            return
        self._reading, self._stale = True, False
        text, limit = self.search.text(), self._limit
        progress = cast("Progress | None", self.states.value or None)

        def ask(reader: Reader) -> Found:
            return (
                reader.history(limit, text=text, progress=progress),
                reader.history_count(text=text, progress=progress),
            )

        self._account.bridge.watch(self._account.reading.ask(ask), self, self._show, self._failed)

    def _failed(self, error: BaseException) -> None:
        self._reading = False
        self._account.troubled.emit(error)

    def _show(self, found: Found) -> None:
        self._reading = False
        items, self._total = found
        if self._stale:
            self._soon.start()
        if items != self.rows.items or self.chosen is None:
            self._show_items(items)
        else:
            self._show_chosen()
        filtered = bool(self.search.text().strip() or self.states.value)
        self._list.setCurrentIndex(0 if items else 2 if filtered else 1)
        self.more.setVisible(len(items) < self._total)
        self.header.set_count(words.number(self._total) if items else "")
        if self.isVisible():
            self.figures_changed.emit(self.figures())

    def _show_items(self, items: Sequence[HistoryRow]) -> None:
        """Show another list; the chosen action stays chosen where it is still there."""
        kept = self.chosen.id if self.chosen is not None else ""
        self.rows.show(items)
        at = next((at for at, row in enumerate(items) if row.id == kept), 0)
        if items:
            self.grid.select_rows([(at, at)])
            self.grid.go_to(at, _LABEL)
        self._show_chosen()

    def _chosen_changed(self) -> None:
        details, row = self.panel.details, self.chosen
        if row is None or details is None or details.row.id != row.id:
            self._rows_limit = STEP
            self._show_chosen()

    def _show_chosen(self) -> None:
        row = self.chosen
        if row is None:
            self._loading = 0
            self.panel.show_details(None)
            self._fit()
            return
        action, limit = row.id, self._rows_limit
        # Numbered: of two questions about one action the first answer must not end the second, which asks for more.
        self._asked += 1
        number = self._loading = self._asked
        future = self._account.reading.ask(lambda reader: read(reader, action, limit))
        self._account.bridge.watch(
            future,
            self,
            lambda details: self._arrived(number, details),
            lambda error: self._missing(number, error),
        )

    def _arrived(self, number: int, details: Details) -> None:
        # A newer choice has been asked for in the meantime.
        if number != self._loading:
            return
        self._loading = 0
        before = self.panel.details
        if details.steps is None:
            self._later.look(details.row.id)
            if before is not None and before.row == details.row:
                details = replace(details, steps=before.steps, gone=before.gone)
        self.panel.show_details(details)
        self._fit()

    def _looked(self, action: str, steps: list[LaterStep], gone: list[LaterStep]) -> None:
        details = self.panel.details
        if details is not None and details.row.id == action and not details.row.undone:
            self.panel.show_details(replace(details, steps=steps, gone=gone))

    def _missing(self, number: int, error: BaseException) -> None:
        if number == self._loading:
            self._loading = 0
        self._account.troubled.emit(error)

    def _more_actions(self) -> None:
        self._limit += PAGE
        self._changed()

    def _more_rows(self) -> None:
        self._rows_limit *= 5
        self._show_chosen()

    # ------------------------------------------------------------ building

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Give the labels what the other columns leave, so that none of them is out of sight."""
        theme = self._theme
        room = self.width() - (0 if self.panel.isHidden() else self.panel.width())
        others = sum(theme.px(width) for at, width in enumerate(ACTION_WIDTHS) if at != _LABEL)
        self.grid.setColumnWidth(_LABEL, max(theme.px(160), room - others - theme.px(16)))

    def _connect(self) -> None:
        self._account.review_changed.connect(self._changed)
        self._account.opened.connect(self._changed)
        self._later.found.connect(self._looked)
        self._theme.changed.connect(self._fit)
        self.search.textChanged.connect(lambda _text: self._filter())
        self.states.chosen.connect(lambda _value: self._filter())
        self.grid.rows_changed.connect(self._chosen_changed)
        self.grid.row_opened.connect(lambda _row: self.panel.footer.primary.setFocus())
        self.more.clicked.connect(self._more_actions)
        self.panel.more_requested.connect(self._more_rows)
        self.panel.undo_requested.connect(self.undo)
        self.panel.undo_from_requested.connect(self.undo_from)
        self.panel.redo_requested.connect(self.redo)

    def _build(self) -> None:
        theme = self._theme
        self.states.set_value("")
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(theme.px(200))
        self.header.add_action(self.states)
        self.header.add_action(self.search)
        self.grid.setModel(self.rows)
        self.grid.set_columns(ACTION_WIDTHS)
        self.grid.setAccessibleName(tr("Actions"))
        nothing = EmptyState(
            theme,
            tr("Nothing was done yet"),
            tr("Every change you make is listed here and can be taken back, also after a restart."),
            sketch="list",
        )
        no_match = EmptyState(
            theme, tr("No such action"), tr("Look for another word, or choose another state."), sketch="list"
        )
        self._list.addWidget(self.grid)
        self._list.addWidget(nothing)
        self._list.addWidget(no_match)
        left = QVBoxLayout()
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(0)
        left.addWidget(self._list, 1)
        left.addWidget(self.more, 0, Qt.AlignmentFlag.AlignHCenter)
        self.more.hide()
        ground = Ground(theme, "surface", self)
        ground.setLayout(left)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(ground, 1)
        body.addWidget(self.panel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addLayout(body, 1)
