"""The question in front of a large removal: what the platform's answer would take away here, and whether that is meant."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QWidget

from planner_core.entities import ENTITIES
from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.widgets.dialogs import Question, confirm
from planner_desktop.widgets.theme import Theme
from sync.replica import RemovalGuard, ScopeRow


def tr(text: str) -> str:
    return QCoreApplication.translate("Removal", text)


def question_of(name: str, guard: RemovalGuard) -> Question:
    """Return what is asked about one site."""
    count = words.number(guard.rows)
    sentence = tr(
        "The platform’s answer for {site} leaves out {n} of the {all} rows that are here. That may be somebody’s wish, "
        "or an accident on the platform. Until you decide, nothing is removed; your own changes are sent all the same."
    )
    return Question(
        tr("Remove {n} rows here too?").format(n=count),
        sentence.format(site=name, n=count, all=words.number(guard.of)),
        tr("Remove {n}").format(n=count),
        facts=tuple(
            (ENTITIES[kind].plural.capitalize(), words.number(rows), "") for kind, rows in guard.kinds.items()
        ),
        note=tr("A backup was made before this question."),
    )


class Removals(QObject):
    """Asks, one site after the other, and carries out what is allowed."""

    def __init__(self, account: Account, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._account = account
        self._theme = theme
        self._window = window

    def ask(self) -> None:
        """Look which sites hold something back, and ask about the first."""
        found = self._account.reading.ask(lambda reader: reader.scopes())
        self._account.bridge.watch(found, self, self._show, self._account.troubled.emit)

    def _show(self, rows: list[ScopeRow]) -> None:
        row = next((row for row in rows if row.guard is not None and not row.guard.allowed), None)
        if row is None or row.guard is None:
            return
        sheet = confirm(self._theme, self._window, question_of(row.name or row.id, row.guard))
        sheet.accepted.connect(lambda: self._allow(row.id))
        sheet.open()

    def _allow(self, scope: str) -> None:
        future = self._account.planner.store.writer.submit(lambda replica: replica.allow_removal(scope))
        self._account.bridge.watch(
            future, self, lambda _done: self._account.start_sync(), self._account.troubled.emit
        )
