"""A column of an import as overrides: which import, which figure, of which keywords; counted before it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from planner_desktop.screens import words
from planner_desktop.screens.edits import Done
from planner_desktop.screens.importing.texts import keywords_word, tr
from planner_desktop.screens.keywords.changes import plain
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.dialogs import Sheet, facts_grid
from planner_desktop.widgets.fields import Combo, Labelled
from planner_desktop.widgets.segmented import Segmented
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme
from planner_desktop.widgets.toggles import RadioButton
from sync.replica import Outcome

if TYPE_CHECKING:  # what reads files comes with the first of them
    from planner_desktop.app.importfigures import ImportFigures
    from planner_desktop.screens.frame import MainWindow

SELECTED, ALL = "selected", "all"


class FiguresSheet(Sheet):
    """Asks, and says what would come of it."""

    asked = Signal()
    """Another question: count anew."""

    def __init__(
        self, theme: Theme, window: QWidget, imports: Sequence[Mapping[str, Any]], number: int, selected: int
    ) -> None:
        super().__init__(
            theme,
            window,
            tr("Figures of an import as overrides"),
            tr(
                "What the file says takes the place of the library’s figure for you; the library stays as it is."
            ),
            width=560,
        )
        self.figures: ImportFigures | None = None
        self.number = Combo(theme, tr("Import"), self.card)
        for one in imports:
            names = ", ".join(str(file["file"]) for file in one.get("files", ()))
            self.number.addItem(f"{one['number']} · {names}", int(one["number"]))
        self.number.setCurrentIndex(max(0, self.number.findData(number)))
        self.field = Segmented(
            theme, tr("Figure"), [("volume", tr("Volume")), ("difficulty", tr("Difficulty"))], self.card
        )
        self.field.set_value("volume")
        self.whose = {
            SELECTED: RadioButton(
                theme,
                tr("The selected {n}").format(n=keywords_word(selected))
                if selected
                else tr("Selected keywords: there are none"),
                self.card,
            ),
            ALL: RadioButton(theme, tr("Every keyword the import named"), self.card),
        }
        self.whose[SELECTED].setEnabled(selected > 0)
        self.whose[SELECTED if selected else ALL].setChecked(True)
        self._said = QWidget(self.card)
        self._column = QVBoxLayout(self._said)
        self.cancel = Button(theme, tr("Cancel"), "plain", size="button-dialog", parent=self.card)
        self.go = Button(theme, tr("Set"), "primary", size="button-dialog", parent=self.card)
        self._build()
        self.show_waiting()

    def show_waiting(self) -> None:
        """Say that it is being counted."""
        self.figures = None
        self.go.setEnabled(False)
        self.go.setText(tr("Set"))
        self._replace(Text(self._theme, tr("Counting"), "small", "text-3", self._said))

    def show_figures(self, figures: ImportFigures) -> None:
        """Say what would come of it."""
        self.figures = figures
        count = len(figures.values)
        self.go.setText(tr("Set {n}").format(n=words.number(count)))
        self.go.setEnabled(count > 0)
        facts = [
            (tr("Change"), words.number(count), _sample(figures)),
            (tr("Like that already"), words.number(figures.same), ""),
            (
                tr("A range only"),
                words.number(figures.ranges),
                tr("a range is no figure") if figures.ranges else "",
            ),
            (
                tr("Not in the import"),
                words.number(figures.unknown),
                tr("or without this figure there") if figures.unknown else "",
            ),
        ]
        box = QWidget(self._said)
        box.setLayout(facts_grid(self._theme, facts, box))
        self._replace(box)

    def _replace(self, widget: QWidget) -> None:
        while (item := self._column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self._column.addWidget(widget)
        self._place()
        QTimer.singleShot(0, self, self._place)

    def _build(self) -> None:
        theme, body = self._theme, self.card.body
        body.addWidget(Labelled(theme, tr("Import"), self.number, self.card))
        body.addWidget(self.field)
        for button in self.whose.values():
            body.addWidget(button)
            button.toggled.connect(lambda on: self.asked.emit() if on else None)
        body.addSpacing(theme.px(6))
        self._column.setContentsMargins(0, 0, 0, 0)
        body.addWidget(self._said)
        self.number.currentIndexChanged.connect(lambda _at: self.asked.emit())
        self.field.chosen.connect(lambda _value: self.asked.emit())
        self.add_button(self.cancel, accepts=False)
        self.add_button(self.go, accepts=True)
        self.focus_first(self.number)
        self.card.show_note(tr("One undo step. Posts with the next sync."))


class ImportedFigures(QObject):
    """Opens the sheet and carries out what it asks for."""

    def __init__(self, window: MainWindow, theme: Theme) -> None:
        super().__init__(window)
        self._window = window
        self._theme = theme
        self._asked = 0
        self._working = 0

    @property
    def is_busy(self) -> bool:
        """Whether something is being counted or set."""
        return self._working > 0

    def ask(self, number: int = 0) -> None:
        """Show the sheet, with an import chosen where its number is given."""
        account = self._window.account
        if not account.is_open:
            return
        planner = account.planner

        def work() -> list[dict[str, Any]]:
            with planner.imports.apart() as mine:
                return [row for row in mine.list() if row.get("files")]

        def listed(imports: list[dict[str, Any]]) -> None:
            self._working -= 1
            self._open(imports, number)

        self._working += 1
        account.bridge.watch(account.desk.background.submit(work), self, listed, self._failed)

    def _open(self, imports: Sequence[Mapping[str, Any]], number: int) -> None:
        window = self._window
        if not imports:
            window.toasts.show("info", tr("Nothing was imported yet."))
            return
        keys = window.keywords.table.selected_keys()
        selected = [] if keys is None else plain(keys)
        sheet = FiguresSheet(self._theme, window, imports, number, len(selected))
        sheet.asked.connect(lambda: self._count(sheet, selected))
        sheet.accepted.connect(lambda: self._set(sheet.figures))
        sheet.open()
        self._count(sheet, selected)

    def _count(self, sheet: FiguresSheet, selected: Sequence[int]) -> None:
        self._asked += 1
        asked, planner = self._asked, self._window.account.planner
        number, field = int(sheet.number.currentData()), str(sheet.field.value)
        everyone = sheet.whose[ALL].isChecked()
        sheet.show_waiting()

        def work() -> ImportFigures:
            with planner.store.reading() as reader:
                ids = None if everyone else list(reader.keyword_uids(selected))
            with planner.imports.apart() as mine:
                return mine.figures(number, field, ids)

        def counted(figures: ImportFigures) -> None:
            self._working -= 1
            if asked == self._asked:
                sheet.show_figures(figures)

        # The sheet owns the answer: closed, nobody waits for it.
        self._working += 1
        account = self._window.account
        account.bridge.watch(account.desk.background.submit(work), self, counted, self._failed)
        sheet.finished.connect(self._closed, Qt.ConnectionType.UniqueConnection)

    def _closed(self, _result: int) -> None:
        self._asked += 1

    def _set(self, figures: ImportFigures | None) -> None:
        if figures is None:
            return
        planner, window = self._window.account.planner, self._window

        def work() -> Outcome:
            with planner.imports.apart() as mine:
                return mine.set_figures(figures, partial=True)

        def done(outcome: Outcome) -> None:
            self._working -= 1
            window.edits.done.emit(Done(outcome))

        self._working += 1
        window.account.bridge.watch(window.account.desk.background.submit(work), self, done, self._failed)

    def _failed(self, error: BaseException) -> None:
        self._working -= 1
        self._window.say_error(error)


def _sample(figures: ImportFigures) -> str:
    return " · ".join(
        f"{keyword}: {words.figure(old)} → {words.number(new)}" for keyword, old, new in figures.sample[:1]
    )
