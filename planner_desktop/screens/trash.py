"""The Trash page: what was deleted, found by its text, and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from planner_core.text import fold
from planner_desktop.app.trash import label_of, look_into, restoring
from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.edits import Edits
from planner_desktop.screens.plainrows import PlainRows
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.dialogs import Question, confirm
from planner_desktop.widgets.empty import EmptyState
from planner_desktop.widgets.fields import LineField
from planner_desktop.widgets.grid import GridView
from planner_desktop.widgets.pageheader import PageHeader
from planner_desktop.widgets.roles import QUIET, STRONG, Cell, Kind
from planner_desktop.widgets.segmented import Segmented
from planner_desktop.widgets.text import Ground
from planner_desktop.widgets.theme import Theme

if TYPE_CHECKING:  # the replica comes after the first paint
    from sync.replica import Reader

Row = dict[str, Any]
CONFIRM_ABOVE = 1_000
_SAMPLE = 3
_TITLES = ("Name", "Kind", "Site", "Sector")
_WIDTHS = (380, 110, 200, 200)
_READ_MS = 60
_FILTER_MS = 120


def tr(text: str) -> str:
    return QCoreApplication.translate("Trash", text)


def _kind(entity: str) -> str:
    return {"keyword": tr("Keyword"), "cluster": tr("Cluster"), "idea": tr("Idea")}.get(entity, entity)


def cells(row: Row) -> tuple[Cell, ...]:
    """Return the cells of a trashed row."""
    return (
        Cell(Kind.TEXT, str(row["name"] or ""), STRONG),
        Cell(Kind.TEXT, _kind(row["entity"]), QUIET),
        Cell(Kind.TEXT, str(row["site"] or ""), QUIET),
        Cell(Kind.TEXT, str(row["sector"] or ""), QUIET),
    )


def _with_keys(reader: Reader) -> tuple[list[Row], list[str]]:
    """Return the trash with each row's folded name: to fold 100,000 names takes longer than a keystroke may."""
    rows = look_into(reader)
    return rows, [fold(str(row["name"] or "")) for row in rows]


class TrashPage(QWidget):
    """A list that is read off the window's thread. Restoring is one action; what a rule keeps back is listed with its reason."""

    figures_changed = Signal(object)

    def __init__(self, account: Account, edits: Edits, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._account = account
        self._edits = edits
        self._theme = theme
        self._all: Sequence[Row] = ()
        self._folded: Sequence[str] = ()
        self._reading = False
        self._stale = True
        self._empty: QWidget | None = None
        self.header = PageHeader(theme, tr("Trash"), self)
        self.field = LineField(theme, tr("Find in the trash"), tr("Find in the trash"))
        self.kind = Segmented(
            theme,
            tr("Kind"),
            [
                ("", tr("All")),
                ("keyword", tr("Keywords")),
                ("cluster", tr("Clusters")),
                ("idea", tr("Ideas")),
            ],
        )
        self.restore = Button(theme, tr("Restore"), "primary", icon="rotate-ccw", parent=self)
        self.grid = GridView(theme, self, frozen=1)
        self.rows: PlainRows[Row] = PlainRows([tr(one) for one in _TITLES], cells, self)
        self._stack = QStackedWidget(self)
        self._band = Ground(theme, "surface", self)
        self._soon = self._timer(_READ_MS, self._read)
        self._filter_soon = self._timer(_FILTER_MS, self._filter)
        self._build()
        account.standing_changed.connect(self._changed)
        account.opened.connect(self._changed)

    # ------------------------------------------------------------ what the window asks

    @property
    def is_settled(self) -> bool:
        """Whether the page shows what the replica holds."""
        busy = self._stale or self._reading or self._soon.isActive() or self._filter_soon.isActive()
        return not (self.isVisible() and busy)

    def arrive(self) -> None:
        """The page is shown: read anew if something has changed since."""
        if self._stale:
            self._soon.start()
        self._announce()

    def restore_selected(self) -> None:
        """Take the selected rows out of the trash, all that are listed where none is; above a thousand after a question."""
        chosen = self._chosen()
        if not chosen:
            return
        if len(chosen) <= CONFIRM_ABOVE:
            self._restore(chosen)
            return
        count = words.number(len(chosen))
        names = [str(row["name"]) for row in chosen[:_SAMPLE]]
        more = tr("{n} more").format(n=words.number(len(chosen) - len(names)))
        question = Question(
            tr("Restore {count} rows?").format(count=count),
            tr("One undo step. Posts with the next sync."),
            tr("Restore {count}").format(count=count),
            sample=" · ".join([*names, more]),
            destructive=False,
        )
        sheet = confirm(self._theme, self.window(), question)
        sheet.accepted.connect(lambda: self._restore(chosen))
        sheet.open()

    # ------------------------------------------------------------ reading

    def _changed(self) -> None:
        self._stale = True
        if self.isVisible():
            self._soon.start()

    def _read(self) -> None:
        if self._reading or not self._account.is_open:
            return
        self._reading, self._stale = True, False
        question = self._account.reading.ask(_with_keys)
        self._account.bridge.watch(question, self, self._arrived, self._broke)

    def _arrived(self, found: tuple[list[Row], list[str]]) -> None:
        self._reading = False
        rows, folded = found
        if rows != self._all:
            self._all, self._folded = rows, folded
            self._filter()
        elif not rows:
            self._show()
        if self._stale:
            self._soon.start()

    def _broke(self, error: BaseException) -> None:
        self._reading = False
        self._account.troubled.emit(error)

    def _filter(self) -> None:
        wanted, kind = fold(self.field.text()), self.kind.value or ""
        self.rows.show(
            [
                row
                for row, folded in zip(self._all, self._folded, strict=True)
                if wanted in folded and (not kind or row["entity"] == kind)
            ]
        )
        self._show()

    def _show(self) -> None:
        self.header.set_count(words.number(len(self._all)) if self._all else "")
        self._band.setVisible(bool(self._all))
        if self._empty is not None:
            self._stack.removeWidget(self._empty)
            self._empty.deleteLater()
            self._empty = None
        if self.rows.items:
            self._stack.setCurrentWidget(self.grid)
        else:
            self._empty = self._nothing()
            self._stack.addWidget(self._empty)
            self._stack.setCurrentWidget(self._empty)
        self._count()

    def _nothing(self) -> QWidget:
        if self._all:
            return EmptyState(
                self._theme,
                tr("Nothing in the trash is called that"),
                words.counted(len(self._all), tr("row lies in it."), tr("rows lie in it.")),
                parent=self,
            )
        return EmptyState(
            self._theme,
            tr("The trash is empty"),
            tr("Keywords, clusters and ideas that you delete lie here and can be taken back."),
            parent=self,
        )

    # ------------------------------------------------------------ restoring

    def _chosen(self) -> list[Row]:
        ranges = self.grid.selected_ranges()
        return [self.rows.items[at] for first, last in ranges for at in range(first, last + 1)]

    def _restore(self, rows: Sequence[Row]) -> None:
        self._edits.run(restoring(rows), label=label_of(rows), rows=len(rows))

    def _count(self) -> None:
        count = sum(last - first + 1 for first, last in self.grid.selected_ranges())
        self.restore.setText(tr("Restore {n}").format(n=words.number(count)) if count else tr("Restore"))
        self.restore.setEnabled(count > 0)
        self.restore.setToolTip("" if count else tr("Select rows first; Ctrl+A selects all"))
        self._announce()

    def _announce(self) -> None:
        count = len(self.rows.items)
        self.figures_changed.emit([words.counted(count, tr("row"), tr("rows"))] if count else [])

    # ------------------------------------------------------------ building

    def _build(self) -> None:
        self.header.add_action(self.restore)
        self.kind.set_value("")
        self.grid.setModel(self.rows)
        self.grid.set_columns(_WIDTHS)
        self.grid.setAccessibleName(tr("Trash"))
        self._stack.addWidget(self.grid)
        self._band_row = QHBoxLayout(self._band)
        self._band_row.addWidget(self.field, 1)
        self._band_row.addWidget(self.kind)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self._band)
        column.addWidget(self._stack, 1)
        self.restore.clicked.connect(self.restore_selected)
        self.grid.rows_changed.connect(self._count)
        self.field.textChanged.connect(lambda _text: self._filter_soon.start())
        self.kind.chosen.connect(lambda *_: self._filter())
        self.setFocusProxy(self.grid)
        self._theme.changed.connect(self.restyle)
        self.restyle()
        self._show()

    def restyle(self) -> None:
        """Take sizes from the theme again."""
        edge = self._theme.px(12)
        self._band_row.setContentsMargins(edge, self._theme.px(8), edge, self._theme.px(8))
        self._band_row.setSpacing(self._theme.px(12))

    def select_all(self) -> None:
        """Select every listed row."""
        self.grid.selectAll()
        self.grid.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _timer(self, after_ms: int, call: Any) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(after_ms)
        timer.timeout.connect(call)
        return timer
