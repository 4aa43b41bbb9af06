"""Ties the candidates of the Keywords page to the window: menu entries, imports, the count in the rail."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from planner_desktop.screens import words
from planner_desktop.screens.candidates.rows import tr
from planner_desktop.screens.candidates.view import NO_KEYWORDS

if TYPE_CHECKING:
    from planner_desktop.screens.frame import MainWindow

_REFUSED = ("enabled", "labels", "reset", "fill_down")
"""Verbs of keywords that a candidate has not."""


class CandidatesInWindow(QObject):
    """Made with the window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        view = self._view = window.keywords.candidates
        window.imports.candidates_requested.connect(self.show)
        window.imports.imported.connect(lambda _ended: view.keeper.refresh())
        window.imports.undone.connect(view.keeper.refresh)
        view.keeper.loaded.connect(self._count)
        # The band counts keywords; candidates are counted beside their verbs.
        view.activated.connect(lambda active: window.keywords.metrics.setVisible(not active))
        view.removed.connect(self._removed)
        for name, call in (
            ("delete", view.remove_selected),
            ("select_all", view.select_all),
            ("apply", view.add_ready),
        ):
            window.menus.on(name, self._here(call))
        for name in _REFUSED:
            window.menus.on(name, self._here(lambda: window.toasts.show("info", tr(NO_KEYWORDS))))

    def show(self) -> None:
        """Show all candidates of the place."""
        self._window.show_page("keywords")
        self._window.keywords.ask_query("is:candidate")

    def _here(self, call: Callable[[], object]) -> Callable[[], None]:
        def only_here() -> None:
            if self._window.page == "keywords" and self._view.is_active:
                call()

        return only_here

    def _count(self) -> None:
        count = self._view.keeper.total
        self._window.rail.set_count("imports", words.number(count) if count else "")

    def _removed(self, count: int, restore: Callable[[], None]) -> None:
        said = words.counted(count, tr("candidate is removed."), tr("candidates are removed."))
        self._window.toasts.show("done", said, tr("Undo"), restore)
