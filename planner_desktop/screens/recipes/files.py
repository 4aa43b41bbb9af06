"""Files of recipes from the window: made and opened in an editor, taken over, removed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from planner_desktop.screens.account import Account
from planner_desktop.screens.edits import Edits
from planner_desktop.screens.recipes.naming import NameSheet
from planner_desktop.screens.recipes.texts import tr
from planner_desktop.screens.switcher import Place
from planner_desktop.widgets.dialogs import Question, confirm
from planner_desktop.widgets.theme import Theme


class RecipeFiles(QObject):
    """Asks, and does it beside the window."""

    kept = Signal(str)
    """The files are others; the name is that of a new one."""

    def __init__(
        self, account: Account, edits: Edits, theme: Theme, place: Callable[[], Place], page: QWidget
    ) -> None:
        super().__init__(page)
        self._account = account
        self._edits = edits
        self._theme = theme
        self._where = place
        self._page = page
        self.open_file: Callable[[Path], object] = _open

    @property
    def _window(self) -> QWidget:
        return self._page.window()

    def new(self) -> None:
        """Ask for a name and make a recipe to begin with, of the place shown."""
        sheet = NameSheet(self._theme, self._window)
        sheet.accepted.connect(lambda: self._new(sheet.name.text().strip()))
        sheet.open()

    def _new(self, name: str) -> None:
        place, planner = self._where(), self._account.planner
        names = self._account.places
        site = next((one.name for one in names.sites if one.id == place.site), None)
        sector = next((one.name for one in names.sectors if one.id == place.sector), None)

        def work() -> Path:
            from planner_desktop.app.recipes import starter  # noqa: PLC0415 - with what checks recipes

            return planner.recipes.keep(starter(name, site=site, sector=sector)).path

        self._carry(work, lambda path: self._kept(path, opened=True))

    def choose(self) -> None:
        """Ask for a recipe file to take over."""
        title, filters = tr("Add a recipe"), tr("Recipes (*.toml)")
        name, _ = QFileDialog.getOpenFileName(self._window, title, download_folder(), filters)
        if name:
            self.take_over(Path(name))

    def take_over(self, file: Path) -> None:
        """Keep a copy of a recipe file in the profile."""
        planner = self._account.planner

        def work() -> Path:
            return planner.recipes.keep(planner.recipes.load(file).text).path

        self._carry(work, self._kept)

    def _kept(self, path: Path, *, opened: bool = False) -> None:
        self.kept.emit(path.stem)
        if opened:
            self.edit(path)

    def edit(self, file: Path) -> None:
        """Open a recipe in the editor of the system."""
        self.open_file(file)

    def remove(self, name: str) -> None:
        """Remove a recipe after a question."""
        question = Question(
            tr("Remove “{recipe}”?").format(recipe=name),
            tr("Its file is deleted. What its runs did stays."),
            tr("Remove"),
        )
        sheet = confirm(self._theme, self._window, question)
        planner = self._account.planner
        sheet.accepted.connect(
            lambda: self._carry(
                lambda: planner.recipes.book.remove_recipe(name), lambda _path: self.kept.emit("")
            )
        )
        sheet.open()

    def _carry(self, work: Callable[[], Path], done: Callable[[Path], None]) -> None:
        if self._account.is_open:
            self._account.bridge.watch(
                self._account.desk.background.submit(work), self, done, self._edits.failed.emit
            )


def _open(file: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(file)))


def download_folder() -> str:
    """Return where files of the net lie."""
    return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
