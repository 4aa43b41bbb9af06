"""A person at the real window: keys and clicks go in, what is painted comes out, and how long the window answered nothing meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from planner_desktop.app.desk import Desk
from planner_desktop.app.profile import Profile
from planner_desktop.bootstrap import news_of
from planner_desktop.bridge import Bridge
from planner_desktop.screens.frame import MainWindow
from planner_desktop.widgets.dialogs import Sheet
from planner_desktop.widgets.theme import Theme

SIZE = (1440, 900)
PATIENCE = 300.0
_REST = 0.0005


class _Paints(QObject):
    """Sees the first paint of a widget that shows what was waited for."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.shows: Callable[[], bool] | None = None
        self.painted = False
        widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Paint and self.shows is not None and self.shows():
            self.painted, self.shows = True, None
        return False


class Person:
    """One window on a profile, driven as somebody would, with the longest pause of its thread since `paused` was asked."""

    def __init__(self, application: QApplication, profile: Profile) -> None:
        self.application = application
        self._bridge = Bridge()
        self._desk = Desk(profile, news_of(self._bridge), syncing=False)
        self.theme = Theme(application)
        self.window = MainWindow(self._desk, self._bridge, self.theme)
        self.window.resize(*SIZE)
        self.grid = self.window.keywords.grid
        self.table = self.window.keywords.table
        self._paints = _Paints(self.grid.viewport())
        self._longest = 0.0
        self.window.show()
        self.settle()

    def close(self) -> None:
        """Close the window and wait for what it still writes."""
        self.window.close()
        self.window.deleteLater()
        QApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))

    # ------------------------------------------------------------ time

    def turn(self) -> None:
        """Let the window do what is due, and note how long that kept it from doing anything else."""
        began = time.perf_counter()
        QApplication.processEvents()
        self._longest = max(self._longest, ms(began))

    def wait(self, reached: Callable[[], bool]) -> None:
        """Let the window run until something is so. Raises TimeoutError."""
        until = time.perf_counter() + PATIENCE
        while not reached():
            if time.perf_counter() > until:
                raise TimeoutError("the window did not get there")
            self.turn()
            time.sleep(_REST)

    def settle(self) -> None:
        """Wait until everything shown is up to date."""
        self.wait(self.window.is_settled)
        self.turn()

    def paused(self) -> float:
        """Return the longest pause in milliseconds since the last call."""
        longest, self._longest = self._longest, 0.0
        return longest

    def until_painted(self, do: Callable[[], object], shows: Callable[[], bool]) -> float:
        """Do something and return the milliseconds until the grid has painted its result."""
        self._paints.painted, self._paints.shows = False, shows
        began = time.perf_counter()
        do()
        self._longest = max(self._longest, ms(began))
        self.wait(lambda: self._paints.painted or (self.grid.isHidden() and shows()))
        return ms(began)

    # ------------------------------------------------------------ hands

    def type_letter(self, letter: str) -> float:
        """Type a letter into the query line; return the milliseconds until its answer is painted."""
        edit = self.window.keywords.query.edit
        edit.setFocus()
        with self._told() as shown:
            return self.until_painted(lambda: QTest.keyClicks(edit, letter), lambda: bool(shown))

    def ask(self, query: str) -> float:
        """Put a whole query into the line; return the milliseconds until its answer is painted."""
        with self._told() as shown:
            return self.until_painted(lambda: self.window.keywords.ask_query(query), lambda: bool(shown))

    def sort(self, column: int, *, descending: bool) -> float:
        """Order by a column as a click on its heading does."""
        with self._told() as shown:
            return self.until_painted(
                lambda: self.grid.sort_requested.emit(column, descending), lambda: bool(shown)
            )

    def jump(self, row: int) -> float:
        """Scroll to a row and return how long the frame took."""
        bar = self.grid.verticalScrollBar()
        began = time.perf_counter()
        bar.setValue(row)
        QApplication.processEvents()
        return ms(began)

    def accept(self) -> None:
        """Agree to the question that is shown, if one is."""
        for sheet in self.window.findChildren(Sheet):
            if sheet.isVisible():
                sheet.accept()

    def wait_for_sheet(self) -> None:
        """Wait until a question is shown."""
        self.wait(lambda: any(sheet.isVisible() for sheet in self.window.findChildren(Sheet)))

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key in the grid."""
        self.grid.setFocus()
        QTest.keyClick(self.grid, key, modifiers)

    @contextmanager
    def _told(self) -> Iterator[list[bool]]:
        """Yield a list that is filled as soon as the table has another answer."""
        shown: list[bool] = []

        def note() -> None:
            shown.append(True)

        self.table.shown.connect(note)
        try:
            yield shown
        finally:
            self.table.shown.disconnect(note)


def ms(began: float) -> float:
    """Return the milliseconds since then."""
    return (time.perf_counter() - began) * 1000
