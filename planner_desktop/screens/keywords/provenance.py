"""The panel's word on where a keyword was imported from: file, line, tool, day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.importing.texts import fate, tool_name
from planner_desktop.screens.importing.texts import tr as imports_tr
from planner_desktop.screens.keywords.cells import tr
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme

if TYPE_CHECKING:  # NumPy and what reads files come after the first paint
    from planner_desktop.app.importfigures import Origin
    from planner_desktop.columns import KeywordRow

MOST_SHOWN = 6
_WAIT_MS = 250


class RowOrigins(QWidget):
    """Shown while one keyword is selected that an import of this computer named."""

    def __init__(self, account: Account, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._account = account
        self._theme = theme
        self._key: int | None = None
        self._asked = 0
        self._busy = False
        self._lines: list[Text] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.px(4))
        self._column.addWidget(Text(theme, tr("Imported from"), "label", "text-2", self))
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_WAIT_MS)
        self._soon.timeout.connect(self._ask)
        self.hide()

    @property
    def texts(self) -> list[str]:
        """The lines shown."""
        return [line.text() for line in self._lines]

    @property
    def is_settled(self) -> bool:
        """Whether what is shown is of the selected row."""
        return not (self._busy or self._soon.isActive())

    def show_row(self, row: KeywordRow | None) -> None:
        """Show where a keyword comes from; None shows nothing."""
        key = None if row is None else row.key
        if key == self._key:
            return
        self._key = key
        self._asked += 1
        self._show(())
        if key is None:
            self._soon.stop()
        else:
            self._soon.start()

    def _ask(self) -> None:
        key = self._key
        if key is None or not self._account.is_open or self._busy:
            return
        number, planner = self._asked, self._account.planner

        def work() -> Sequence[Origin]:
            with planner.store.reading() as reader:
                uids = reader.keyword_uids([key])
            if not uids:
                return ()
            with planner.imports.apart() as mine:
                return mine.origins(uids[0])

        def arrived(origins: Sequence[Origin]) -> None:
            self._busy = False
            if number == self._asked:
                self._show(origins)
            else:
                self._soon.start()

        def broke(error: BaseException) -> None:
            self._busy = False
            self._account.troubled.emit(error)

        self._busy = True
        self._account.bridge.watch(self._account.desk.background.submit(work), self, arrived, broke)

    def _show(self, origins: Sequence[Origin]) -> None:
        for line in self._lines:
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        self._lines.clear()
        for origin in origins[:MOST_SHOWN]:
            self._add(sentence(origin), "text-2")
        if len(origins) > MOST_SHOWN:
            self._add(tr("and {n} more").format(n=words.number(len(origins) - MOST_SHOWN)), "text-3")
        self.setVisible(bool(origins))

    def _add(self, text: str, color: str) -> None:
        line = Text(self._theme, text, "small", color, self)
        line.setWordWrap(True)
        self._lines.append(line)
        self._column.addWidget(line)


def sentence(origin: Origin) -> str:
    """Return one row of an import in words: day, file, line, tool, what it said, what became of it."""
    when = words.moment(round(datetime.fromisoformat(origin.at).timestamp() * 1000)) if origin.at else ""
    where = tr("{file}, line {line}").format(file=origin.file, line=words.number(origin.line))
    told = [
        tr("volume {volume}").format(volume=words.number(origin.volume))
        if isinstance(origin.volume, int)
        else "",
        tr("difficulty {difficulty}").format(difficulty=origin.difficulty)
        if origin.difficulty is not None
        else "",
    ]
    became = tr("undone") if origin.undone else imports_tr(fate(origin.fate).title)
    number = tr("import {n}").format(n=words.number(origin.number))
    parts = [when, where, tool_name(origin.tool), number, *told, became]
    return " · ".join(part for part in parts if part)
