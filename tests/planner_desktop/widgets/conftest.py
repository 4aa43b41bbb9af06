"""One theme for all widget tests, set back to light and 100 % before each."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from planner_desktop.widgets.focusring import FocusRings
from planner_desktop.widgets.theme import Theme

Show = Callable[..., None]


@pytest.fixture(scope="session")
def session_theme(qapp: QApplication) -> Theme:
    return Theme(qapp)


@pytest.fixture
def theme(session_theme: Theme) -> Iterator[Theme]:
    session_theme.apply("light", 1.0, reduced_motion=True)
    yield session_theme
    session_theme.apply("light", 1.0, reduced_motion=True)


@pytest.fixture(scope="session")
def rings(session_theme: Theme, qapp: QApplication) -> FocusRings:
    return FocusRings(session_theme, qapp)


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Show]:
    """Show a widget in an active window of a size and wait until it has been painted."""
    kept: list[QWidget] = []

    def shown(widget: QWidget, width: int = 900, height: int = 500) -> None:
        qtbot.addWidget(widget)
        kept.append(widget)
        widget.resize(width, height)
        widget.show()
        widget.activateWindow()
        qtbot.waitExposed(widget)
        # A real display answers later; without an active window nobody has the focus.
        qtbot.waitUntil(widget.isActiveWindow)
        QApplication.processEvents()
        QApplication.processEvents()

    yield shown
    for widget in kept:
        widget.close()
        widget.deleteLater()
    kept.clear()
    # Without an event loop nothing is ever deleted later, and each change of theme would restyle all that is left.
    QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))
