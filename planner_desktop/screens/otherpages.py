"""The pages that are not shown first, and what works on them: made after the first paint, while the keywords are being read.

Importing and making them takes longer than all of the window that is painted first, so nothing that is needed for that may import this.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from planner_desktop.screens.commands import WindowCommands
from planner_desktop.screens.history.page import HistoryPage
from planner_desktop.screens.importing.incoming import Incoming
from planner_desktop.screens.importing.page import ImportsPage
from planner_desktop.screens.library.page import LibraryPage
from planner_desktop.screens.recipes.page import RecipesPage
from planner_desktop.screens.review.page import ReviewPage
from planner_desktop.screens.trash import TrashPage
from planner_desktop.screens.triage.page import TriagePage

if TYPE_CHECKING:  # the frame makes these
    from PySide6.QtWidgets import QWidget

    from planner_desktop.screens.frame import MainWindow
    from planner_desktop.widgets.theme import Theme


def make_pages(window: MainWindow, theme: Theme, parent: QWidget) -> Iterator[None]:
    """Give a window its other pages, one at a time."""
    account, edits = window.account, window.edits
    window.library = LibraryPage(account, edits, theme, parent)
    yield
    window.review = ReviewPage(account, edits, theme, parent)
    yield
    window.history = HistoryPage(account, edits, theme, parent)
    window.trash = TrashPage(account, edits, theme, parent)
    yield
    window.triage = TriagePage(account, edits, theme, parent)
    yield
    window.imports = ImportsPage(account, edits, theme, parent)
    window.incoming = Incoming(window, theme)
    yield
    window.recipes = RecipesPage(account, edits, theme, lambda: window.place, parent)
    yield


def make_commands(window: MainWindow, theme: Theme) -> None:
    """Tie the menus to the pages, once all of them are in the window."""
    window.commands = WindowCommands(window, theme)
    window.keywords.add_requested.connect(window.commands.add_from_library)
