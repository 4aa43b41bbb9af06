"""The panel's history of one keyword: what this profile did to it, and what colleagues' work had to do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.keywords.cells import tr
from planner_desktop.screens.keywords.provenance import RowOrigins
from planner_desktop.screens.values import field_word, value_word
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme

if TYPE_CHECKING:  # NumPy and the replica come after the first paint
    from planner_desktop.columns import KeywordRow
    from sync.replica import Reader, RowEvent, RowLog

MOST_SHOWN = 8
_WAIT_MS = 120
"""Whoever walks through rows with the arrow keys asks for the one she stops at."""


class RowHistory(QWidget):
    """Shown while one keyword is selected."""

    def __init__(self, account: Account, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._account = account
        self._theme = theme
        self._row: KeywordRow | None = None
        self._asked = 0
        self._lines: list[Text] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.px(4))
        self._column.addWidget(Text(theme, tr("History"), "label", "text-2", self))
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_WAIT_MS)
        self._soon.timeout.connect(self._ask)
        account.review_changed.connect(self._again)
        self.origins = RowOrigins(account, theme)
        self.hide()

    @property
    def texts(self) -> list[str]:
        """The lines shown."""
        return [line.text() for line in self._lines]

    def show_row(self, row: KeywordRow | None) -> None:
        """Show the history of a keyword; None shows nothing."""
        self.origins.show_row(row)
        self._asked += 1
        other = row is None or self._row is None or row.key != self._row.key
        self._row = row
        if other:
            self._clear()
            self.setVisible(False)
        if row is None:
            self._soon.stop()
        else:
            self._soon.start()

    def _again(self) -> None:
        if self._row is not None:
            self._soon.start()

    def _ask(self) -> None:
        row = self._row
        if row is None or not self._account.is_open:
            return
        self._asked += 1
        number, key = self._asked, row.key

        def question(reader: Reader) -> RowLog | None:
            uids = reader.keyword_uids([key])
            return reader.row_log(uids[0], MOST_SHOWN) if uids else None

        def arrived(log: RowLog | None) -> None:
            if log is not None and number == self._asked and self._row is not None:
                self._show(log, self._row)

        self._account.bridge.watch(
            self._account.reading.ask(question), self, arrived, self._account.troubled.emit
        )

    def _show(self, log: RowLog, row: KeywordRow) -> None:
        self._clear()
        for event in log.events:
            self._add(_sentence(event), "text-2")
        if not log.complete:
            self._add(tr("Older steps are in History."), "text-3")
        elif row.created is not None:
            self._add(tr("{when} · Added").format(when=words.day(row.created)), "text-2")
        self.setVisible(bool(self._lines))

    def _add(self, text: str, color: str) -> None:
        line = Text(self._theme, text, "small", color, self)
        line.setWordWrap(True)
        self._lines.append(line)
        self._column.addWidget(line)

    def _clear(self) -> None:
        for line in self._lines:
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        self._lines.clear()


def _sentence(event: RowEvent) -> str:
    changes = ", ".join(
        tr("{field}: {old} → {new}").format(
            field=field_word(one.field),
            old=value_word(one.field, one.old),
            new=value_word(one.field, one.new),
        )
        for one in event.changes
        if one.field
    )
    what = changes or event.label
    who = event.by or (tr("Me") if event.changes else "")
    parts = [words.moment(event.at), who, what, tr("undone") if event.undone else ""]
    return " · ".join(part for part in parts if part)
