"""How files come in: chosen, dropped anywhere on the window, or pasted; and what is said when they are in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMimeData, QObject, QStandardPaths, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QFileDialog

from planner_desktop.screens import words
from planner_desktop.screens.candidates.hanging import CandidatesInWindow
from planner_desktop.screens.importing.figures import ImportedFigures
from planner_desktop.screens.importing.planning import Ended
from planner_desktop.screens.importing.texts import keywords_word, tr
from planner_desktop.screens.switcher import Place
from planner_desktop.widgets.theme import Theme

if TYPE_CHECKING:
    from planner_desktop.screens.frame import MainWindow

ENDINGS = "*.csv *.tsv *.txt *.tab *.xlsx *.xlsm *.json *.gz *.zip"
MOST_PASTED = 64 << 20
"""Characters. More than that belongs into a file."""


class Incoming(QObject):
    """The ways in of one window."""

    def __init__(self, window: MainWindow, theme: Theme) -> None:
        super().__init__(window)
        self._window = window
        page = window.imports
        page.files_requested.connect(self.choose_files)
        page.folder_requested.connect(self.choose_folder)
        page.paste_requested.connect(self.paste)
        page.show_requested.connect(self.show_import)
        page.imported.connect(self._imported)
        CandidatesInWindow(window)
        self.figures = ImportedFigures(window, theme)
        page.list.figures_requested.connect(self.figures.ask)
        window.menus.on("import_figures", self.figures.ask)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    # ------------------------------------------------------------ ways in

    def choose_files(self) -> None:
        """Ask for files, one or several."""
        if self._window.account.is_open:
            title, filters = tr("Import files"), tr("Keyword lists ({endings})").format(endings=ENDINGS)
            every = tr("All files (*)")
            names, _ = QFileDialog.getOpenFileNames(self._window, title, _folder(), f"{filters};;{every}")
            self.take([Path(name) for name in names])

    def choose_folder(self) -> None:
        """Ask for a folder of files."""
        if self._window.account.is_open:
            name = QFileDialog.getExistingDirectory(self._window, tr("Import a folder"), _folder())
            if name:
                self.take([Path(name)])

    def paste(self) -> None:
        """Take the text of the clipboard, or the files that were copied."""
        copied = QGuiApplication.clipboard().mimeData()
        files = _files(copied)
        if files:
            self.take(files)
            return
        text = copied.text() if copied.hasText() else ""
        if not text.strip():
            self._window.toasts.show("info", tr("Nothing was copied: copy keywords or cells first."))
        elif len(text) > MOST_PASTED:
            self._window.toasts.show(
                "error", tr("That is too much to paste. Save it as a file and import the file.")
            )
        elif self._window.account.is_open:
            # What reads files comes in with the first of them.
            from planner_desktop.importing import Origin  # noqa: PLC0415

            self._window.show_page("imports")
            self._window.imports.begin([Origin.pasted(text)])

    def take(self, paths: Sequence[Path]) -> None:
        """Make the plan of files and folders, each once."""
        if not paths or not self._window.account.is_open:
            return
        from planner_desktop.importing import Origin  # noqa: PLC0415 - see above

        self._window.show_page("imports")
        self._window.imports.begin([Origin.file(path) for path in dict.fromkeys(paths)])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDropEvent) and self._window.account.is_open and _files(event.mimeData()):
            event.acceptProposedAction()
            if event.type() == QEvent.Type.Drop and not isinstance(event, QDragEnterEvent):
                self.take(_files(event.mimeData()))
            return True
        return super().eventFilter(watched, event)

    # ------------------------------------------------------------ what came of it

    def show_import(self, number: int, site: str, sector: str) -> None:
        """Show the keywords of an import where they are."""
        window = self._window
        if (window.place.site, window.place.sector) != (site, sector):
            window.show_place(Place(site, sector))
        window.show_page("keywords")
        window.keywords.facets.tell_imports()
        window.keywords.ask_query(f"import:{number}")

    def _imported(self, ended: Ended) -> None:
        imports = ended.imports
        if not imports:
            return
        self._window.keywords.facets.tell_imports()
        numbers = [one.number for one in reversed(imports)]
        added = sum(one.counts.get("add", 0) for one in imports)
        kept = sum(one.counts.get("no_seed", 0) + one.counts.get("misaligned", 0) for one in imports)
        changed = sum(one.counts.get("fill", 0) + one.counts.get("update", 0) for one in imports)
        first = imports[0]
        what = (
            tr("Import {number}, {file}").format(number=first.number, file=first.file)
            if len(imports) == 1
            else tr("{n} imports").format(n=words.number(len(imports)))
        )
        said = [tr("{keywords} added").format(keywords=keywords_word(added))] if added else []
        if changed:
            there = words.counted(changed, tr("keyword"), tr("keywords"))
            said.append(tr("{keywords} changed as the file says").format(keywords=there))
        if kept:
            said.append(words.counted(kept, tr("kept as a candidate"), tr("kept as candidates")))
        if not said:
            said = [tr("every keyword was there already")]
        text = f"{what}: {', '.join(said)}." + (tr(" Cancelled before the others.") if ended.stopped else "")
        page = self._window.imports
        show = partial(self.show_import, first.number, first.site, first.sector)
        self._window.toasts.show(
            "done", text, tr("Undo"), lambda: page.undo(numbers), more=((tr("Show"), show),)
        )


def _files(data: QMimeData) -> list[Path]:
    """Return the files that are dragged or were copied."""
    return [Path(url.toLocalFile()) for url in data.urls() if _is_local(url)] if data.hasUrls() else []


def _is_local(url: QUrl) -> bool:
    return url.isLocalFile() and bool(url.toLocalFile())


def _folder() -> str:
    return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
