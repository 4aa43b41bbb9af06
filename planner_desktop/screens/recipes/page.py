"""The Recipes page: the recipes of the profile, and running one on files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.edits import Done, Edits
from planner_desktop.screens.pages import Page
from planner_desktop.screens.plainrows import PlainRows
from planner_desktop.screens.recipes.files import RecipeFiles, download_folder
from planner_desktop.screens.recipes.panel import RecipePanel
from planner_desktop.screens.recipes.preview import RunSheet
from planner_desktop.screens.recipes.running import Running, Wish
from planner_desktop.screens.recipes.texts import RECIPE_TITLES, RECIPE_WIDTHS, Row, recipe_cells, tr
from planner_desktop.screens.switcher import Place
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.empty import EmptyState
from planner_desktop.widgets.grid import GridView
from planner_desktop.widgets.pageheader import PageHeader
from planner_desktop.widgets.text import Ground
from planner_desktop.widgets.theme import Theme

if TYPE_CHECKING:  # what reads files and recipes comes with the first of them
    from planner_desktop.app.recipeplan import RunPlan
    from planner_desktop.app.recipes import Ran

_SUFFIX = ".toml"
_SOON_MS = 60
_STEPS = 2


class RecipesPage(QWidget):
    """A list, a panel with the chosen recipe. Files are chosen, or dropped on the page."""

    figures_changed = Signal(object)
    labelled = Signal()
    """Tags or notes may be others."""

    def __init__(
        self,
        account: Account,
        edits: Edits,
        theme: Theme,
        place: Callable[[], Place],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._account = account
        self._edits = edits
        self._theme = theme
        self._where = place
        self._reading = self._stale = False
        self._sheet: RunSheet | None = None
        self._wanted = ""
        self.running = Running(account, self)
        self.files = RecipeFiles(account, edits, theme, place, self)
        self.header = PageHeader(theme, tr("Recipes"), self)
        self.take = Button(theme, tr("Add a file…"), "plain", icon="file-down", parent=self)
        self.make = Button(theme, tr("New…"), "plain", icon="plus", parent=self)
        self.rows: PlainRows[Row] = PlainRows([tr(one) for one in RECIPE_TITLES], recipe_cells, self)
        self.grid = GridView(theme, self, frozen=1)
        self.panel = RecipePanel(theme, self)
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
            "recipes",
            tr("Recipes"),
            "flask-conical",
            QCoreApplication.translate("Menus", "Changes"),
            self,
            self.arrive,
            self.panel,
            lambda: self.is_settled,
        )

    @property
    def is_settled(self) -> bool:
        """Whether the page shows the files there are, and nothing runs."""
        busy = self._stale or self._reading or self._soon.isActive() or self.running.is_busy
        return not (self.isVisible() and busy)

    def arrive(self) -> None:
        """Read the files anew: somebody may have edited one."""
        self._stale = True
        self._soon.start()
        self.grid.setFocus(Qt.FocusReason.OtherFocusReason)
        self.figures_changed.emit(self.figures())

    def figures(self) -> list[str]:
        """Return what the status bar says at the right."""
        return [words.counted(len(self.rows.items), tr("recipe"), tr("recipes"))]

    @property
    def chosen(self) -> Row | None:
        """The recipe selected."""
        ranges = self.grid.selected_ranges()
        return self.rows.items[ranges[0][0]] if ranges and ranges[0][0] < len(self.rows.items) else None

    # ------------------------------------------------------------ running

    def choose_files(self) -> None:
        """Ask for the files to run the chosen recipe on."""
        if self.chosen is None or self.chosen["trouble"]:
            return
        names, _ = QFileDialog.getOpenFileNames(self.window(), tr("Run on files"), download_folder())
        self.run_on([Path(name) for name in names])

    def run_on(self, files: Sequence[Path]) -> None:
        """Make the plan of the chosen recipe on files and show it."""
        row = self.chosen
        if row is None or row["trouble"] or not files or self._sheet is not None or self.running.is_busy:
            return
        what = files[0].name if len(files) == 1 else words.counted(len(files), tr("file"), tr("files"))
        place = self._where()
        sheet = self._sheet = RunSheet(self._theme, self.window(), str(row["name"]), what)
        sheet.wanted.connect(self._carry_out)
        sheet.stopped.connect(self._leave)
        sheet.open()
        self.running.plan(Wish(str(row["name"]), list(files), place.site or None, place.sector or None))

    def _carry_out(self) -> None:
        if self._sheet is not None and self._sheet.plan is not None:
            plan, self._sheet.plan = self._sheet.plan, None
            self._sheet.show_busy()
            self.running.carry_out(plan)

    def _leave(self) -> None:
        sheet, self._sheet = self._sheet, None
        self.running.stop()
        if sheet is not None and sheet.plan is not None:
            sheet.plan.close()

    def _planned(self, plan: RunPlan) -> None:
        if self._sheet is None:
            plan.close()
        else:
            self._sheet.show_plan(plan)

    def _ran(self, ran: Ran) -> None:
        sheet, self._sheet = self._sheet, None
        if sheet is not None:
            sheet.accept()
        if ran.outcome.action is None and not ran.outcome.refused:
            text = tr("{n} tagged or noted.") if ran.labelled else tr("Kept as candidates.")
            self._edits.said.emit("done", text.format(n=words.number(ran.labelled)))
        else:
            self._edits.done.emit(Done(ran.outcome, ""))
        self.labelled.emit()
        self._changed()

    def _stepped(self, done: Done) -> None:
        """Tags and notes of a run go and come with its action."""
        if done.verb and self._account.is_open and self._account.planner.has_recipes:
            self.labelled.emit()

    def _failed(self, error: BaseException) -> None:
        sheet, self._sheet = self._sheet, None
        if sheet is not None:
            sheet.accept()
        self._edits.failed.emit(error)

    def close_plan(self) -> None:
        """The window closes: what a plan holds is given back."""
        self._leave()

    def _edit(self) -> None:
        if self.chosen is not None:
            self.files.edit(Path(str(self.chosen["file"])))

    def _remove(self) -> None:
        if self.chosen is not None:
            self.files.remove(str(self.chosen["name"]))

    def _kept(self, name: str) -> None:
        self._wanted = name
        self._changed()

    # ------------------------------------------------------------ reading

    def _changed(self) -> None:
        self._stale = True
        if self.isVisible():
            self._soon.start()

    def _read(self) -> None:
        if self._reading or not self._account.is_open:
            return
        self._reading, self._stale = True, False
        planner = self._account.planner

        def work() -> list[dict[str, Any]]:
            # The first question brings in what reads recipes, which the window's thread must not wait for.
            return planner.recipes.list()

        future = self._account.desk.background.submit(work)
        self._account.bridge.watch(future, self, self._show, self._broke)

    def _broke(self, error: BaseException) -> None:
        self._reading = False
        self._edits.failed.emit(error)

    def _show(self, rows: list[dict[str, Any]]) -> None:
        self._reading = False
        if self._stale:
            self._soon.start()
        kept = self._wanted or (str(self.chosen["name"]) if self.chosen is not None else "")
        self._wanted = ""
        if rows != self.rows.items:
            self.rows.show(rows)
            at = next((at for at, row in enumerate(rows) if row["name"] == kept), 0)
            if rows:
                self.grid.select_rows([(at, at)])
                self.grid.go_to(at, 0)
        self._list.setCurrentIndex(0 if rows else 1)
        self.header.set_count(words.number(len(rows)) if rows else "")
        self._show_chosen()
        if self.isVisible():
            self.figures_changed.emit(self.figures())

    def _show_chosen(self) -> None:
        self.panel.show_recipe(self.chosen)
        self._fit()

    # ------------------------------------------------------------ Qt's events

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = _dropped(event)
        event.acceptProposedAction()
        recipes = [file for file in files if file.suffix.lower() == _SUFFIX]
        for file in recipes:
            self.files.take_over(file)
        self.run_on([file for file in files if file not in recipes])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Give the steps what the other columns leave."""
        theme = self._theme
        room = self.width() - (0 if self.panel.isHidden() else self.panel.width())
        others = sum(theme.px(width) for at, width in enumerate(RECIPE_WIDTHS) if at != _STEPS)
        self.grid.setColumnWidth(_STEPS, max(theme.px(160), room - others - theme.px(16)))

    # ------------------------------------------------------------ building

    def _connect(self) -> None:
        self._account.opened.connect(self._changed)
        self._edits.done.connect(self._stepped)
        self._theme.changed.connect(self._fit)
        self.grid.rows_changed.connect(self._show_chosen)
        self.grid.row_opened.connect(lambda _row: self.choose_files())
        self.make.clicked.connect(self.files.new)
        self.take.clicked.connect(self.files.choose)
        self.panel.run_requested.connect(self.choose_files)
        self.panel.edit_requested.connect(self._edit)
        self.panel.remove_requested.connect(self._remove)
        self.running.planned.connect(self._planned)
        self.running.ran.connect(self._ran)
        self.running.failed.connect(self._failed)
        self.running.progressed.connect(self._progressed)
        self.files.kept.connect(self._kept)

    def _progressed(self, what: str, figures: str, share: float | None) -> None:
        if self._sheet is not None:
            self._sheet.show_progress(what, figures, share)

    def _build(self) -> None:
        theme = self._theme
        self.setAcceptDrops(True)
        self.header.add_action(self.take)
        self.header.add_action(self.make)
        self.grid.setModel(self.rows)
        self.grid.set_columns(RECIPE_WIDTHS)
        self.grid.setAccessibleName(tr("Recipes"))
        nothing = EmptyState(
            theme,
            tr("No recipes yet"),
            tr("A recipe does to every new export what you did to the last one: clean, leave out, add, tag."),
            sketch="list",
            hint=tr("Select actions in History and record them, or make a new one here."),
        )
        self._list.addWidget(self.grid)
        self._list.addWidget(nothing)
        ground = Ground(theme, "surface", self)
        left = QVBoxLayout(ground)
        left.setContentsMargins(0, 0, 0, 0)
        left.addWidget(self._list)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(ground, 1)
        body.addWidget(self.panel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addLayout(body, 1)
        self.setFocusProxy(self.grid)
        self._list.setCurrentIndex(1)


def _dropped(event: QDropEvent) -> list[Path]:
    data = event.mimeData()
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()] if data.hasUrls() else []
