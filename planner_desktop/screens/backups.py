"""Backups in the window: the list, what putting one back would change, the pause after it, and what to take from it then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QWidget

from planner_core.entities import ENTITIES
from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.plainrows import PlainRows
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.dialogs import Question, Sheet, confirm
from planner_desktop.widgets.grid import GridView
from planner_desktop.widgets.roles import QUIET, STRONG, Cell, Kind
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme

Row = Mapping[str, Any]
_TITLES = ("Made", "Why", "Keywords", "Waiting", "Size")
_WIDTHS = (140, 330, 90, 90, 90)
_NAMED = 5
_MEGABYTE = 1_000_000


def tr(text: str) -> str:
    return QCoreApplication.translate("Backups", text)


def when(row: Row) -> str:
    """Return when a backup was made, as the reader's day needs it."""
    return words.moment(round(datetime.fromisoformat(str(row["at"])).timestamp() * 1000))


def cells(row: Row) -> tuple[Cell, ...]:
    """Return the cells of a backup."""
    waiting = words.number(row["waiting"]) if row["waiting"] else ""
    size = tr("{n} MB").format(n=words.number(max(1, round(row["bytes"] / _MEGABYTE))))
    return (
        Cell(Kind.TEXT, when(row), STRONG),
        Cell(Kind.TEXT, str(row["reason"])),
        Cell(Kind.NUMBER, words.number(row["keywords"])),
        Cell(Kind.NUMBER, waiting),
        Cell(Kind.NUMBER, size, QUIET),
    )


def facts_of(found: Row) -> tuple[tuple[str, str, str], ...]:
    """Return a difference as facts: kind, rows that differ, and how."""
    facts = []
    for kind, counts in found["difference"].items():
        parts = [
            tr(text).format(n=words.number(counts[name]))
            for name, text in (("changed", "{n} changed"), ("added", "{n} back"), ("removed", "{n} gone"))
            if counts[name]
        ]
        if parts:
            facts.append(
                (ENTITIES[kind].plural.capitalize(), words.number(sum(counts.values())), ", ".join(parts))
            )
    labels = found.get("labels") or {}
    then, now = labels.get("then"), labels.get("now") or {"tags": 0, "notes": 0}
    if then is not None and then != now:
        said = tr("{tags} and {notes}").format(
            tags=words.counted(then["tags"], tr("tag"), tr("tags")),
            notes=words.counted(then["notes"], tr("note"), tr("notes")),
        )
        facts.append((tr("Tags and notes"), "", said))
    return tuple(facts)


def sample_of(found: Row) -> str:
    """Return a few of the rows that differ, by name."""
    names = [str(row["name"]) for row in found["rows"][:_NAMED] if row["name"]]
    return ", ".join(names) + (" …" if len(found["rows"]) > _NAMED else "")


class BackupsSheet(Sheet):
    """The list, newest first, with a button to make one and one to see what putting the chosen one back would change."""

    def __init__(self, theme: Theme, window: QWidget, rows: Sequence[Row]) -> None:
        super().__init__(
            theme,
            window,
            tr("Backups"),
            tr("Copies of this account’s data on this computer, made daily and before every risky step."),
            width=800,
        )
        self.rows: PlainRows[Row] = PlainRows([tr(one) for one in _TITLES], cells, self, right={2, 3, 4})
        self.grid = GridView(theme, self.card, frozen=1)
        self.grid.setModel(self.rows)
        self.grid.set_columns(_WIDTHS)
        self.grid.setMinimumHeight(theme.px(300))
        self.grid.setAccessibleName(tr("Backups"))
        self.empty = Text(theme, tr("There is no backup yet."), "small", "text-3", self.card)
        self.card.body.addWidget(self.grid)
        self.card.body.addWidget(self.empty)
        self.make = Button(theme, tr("Make one now"), "plain", size="button-dialog", parent=self.card)
        self.look = Button(theme, tr("Look inside…"), "primary", size="button-dialog", parent=self.card)
        self.add_button(
            Button(theme, tr("Close"), "plain", size="button-dialog", parent=self.card), accepts=False
        )
        for button in (self.make, self.look):
            self.card.buttons.addWidget(button)
        self.grid.rows_changed.connect(self._enable)
        self.focus_first(self.grid)
        self.show_rows(rows)

    @property
    def chosen(self) -> Row | None:
        """The first backup selected."""
        ranges = self.grid.selected_ranges()
        return self.rows.items[ranges[0][0]] if ranges else None

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show another list and choose its newest."""
        self.rows.show(rows)
        self.empty.setVisible(not rows)
        if rows:
            self.grid.select_rows([(0, 0)])
        self._enable()

    def _enable(self) -> None:
        self.look.setEnabled(self.chosen is not None)


class Safekeeping(QObject):
    """Carries out what the sheets ask for. Everything that reads or replaces files happens off the main thread."""

    def __init__(self, account: Account, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._account = account
        self._theme = theme
        self._window = window

    # ------------------------------------------------------------ backups

    def show(self) -> None:
        """Show the list."""
        self._watch(self._submit(self._account.planner.safety.list), self._listed)

    def _listed(self, rows: Sequence[Row]) -> None:
        sheet = BackupsSheet(self._theme, self._window, rows)
        sheet.make.clicked.connect(lambda: self._make(sheet))
        sheet.look.clicked.connect(lambda: self._look(sheet))
        sheet.open()

    def _make(self, sheet: BackupsSheet) -> None:
        sheet.make.setEnabled(False)
        safety = self._account.planner.safety

        def made() -> Sequence[Row]:
            safety.make()
            return safety.list()

        def show(rows: Sequence[Row]) -> None:
            sheet.show_rows(rows)
            sheet.make.setEnabled(True)

        self._account.bridge.watch(self._submit(made), sheet, show, self._account.troubled.emit)

    def _look(self, sheet: BackupsSheet) -> None:
        chosen = sheet.chosen
        if chosen is None:
            return
        sheet.accept()
        safety = self._account.planner.safety
        self._watch(
            self._submit(lambda: safety.show(str(chosen["id"]), rows=_NAMED + 1)), self.ask_to_restore
        )

    def ask_to_restore(self, found: Row) -> None:
        """Show what putting a backup back would change (as `Safety.show`), and ask."""
        waits = len(found["pending"])
        sentence = tr(
            "This is what would change on this computer. What you did since and the platform has not taken stays."
        )
        question = Question(
            tr("Put back the copy of {time}?").format(time=when(found)),
            sentence if facts_of(found) else tr("It holds the same rows as now."),
            tr("Put it back"),
            sample_of(found),
            facts_of(found)
            + ((tr("Waiting in it"), words.number(waits), tr("changes, listed in Review first")),)
            * bool(waits),
            tr("Syncing pauses until you resume it, and a backup of now is made first."),
        )
        sheet = confirm(self._theme, self._window, question)
        sheet.accepted.connect(lambda: self._restore(str(found["id"])))
        sheet.open()

    def _restore(self, name: str) -> None:
        account, desk = self._account, self._account.desk
        account.close()
        future = desk.background.submit(desk.restore, name)
        account.bridge.watch(future, self, lambda _row: account.open(), self._not_restored)

    def _not_restored(self, error: BaseException) -> None:
        self._account.open()
        self._account.troubled.emit(error)

    # ------------------------------------------------------------ the pause

    def pause(self) -> None:
        """Pause syncing, here and for the command line."""
        self._watch(
            self._submit(self._account.planner.safety.pause),
            lambda _reason: self._account.start_sync(),
        )

    def resume(self) -> None:
        """Fetch first, then show how the restored copy differs from the platform's present, if there is one; then sync."""
        live = self._account.desk.live
        if live is not None:
            self._watch(self._account.desk.background.submit(live.resume), self._resumed)

    def _resumed(self, found: Row) -> None:
        self._account.start_sync()
        restored = found["restored"]
        facts = facts_of(restored) if restored is not None else ()
        if not facts:
            return
        count = words.number(sum(sum(one.values()) for one in restored["difference"].values()))
        question = Question(
            tr("The copy and the platform’s present"),
            tr(
                "These rows differ between the copy you put back and the platform as it is now. Taking them makes edits of them, which undo takes back."
            ),
            tr("Take {n} from the copy").format(n=count),
            sample_of(restored),
            facts,
            tr("Cancel leaves the platform’s."),
            destructive=False,
        )
        sheet = confirm(self._theme, self._window, question)
        sheet.accepted.connect(lambda: self._take(str(restored["id"])))
        sheet.open()

    def _take(self, name: str) -> None:
        planner = self._account.planner
        self._watch(
            self._submit(lambda: planner.safety.take(planner.store, name, None)), lambda _outcome: None
        )

    # ------------------------------------------------------------ inside

    def _submit(self, work: Any) -> Future[Any]:
        return self._account.desk.background.submit(work)

    def _watch(self, future: Future[Any], done: Any) -> None:
        self._account.bridge.watch(future, self, done, self._account.troubled.emit)
