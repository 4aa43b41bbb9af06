"""The pages of the window: what the frame has to know of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from planner_desktop.screens.menus import tr
from planner_desktop.widgets.navrail import NavGroup, NavPage

if TYPE_CHECKING:  # the frame has the pages
    from planner_desktop.screens.frame import MainWindow


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `arrive` is called each time it is shown and makes it say its figures (`figures_changed`).

    `panel` is what lies at its right edge, kept clear of toasts.
    """

    name: str
    label: str
    icon: str
    group: str
    widget: QWidget
    arrive: Callable[[], object]
    panel: QWidget | None = None
    settled: Callable[[], bool] = lambda: True


def groups_of(pages: Sequence[Page]) -> list[NavGroup]:
    """Return what the rail lists: groups in the order in which they are first named."""
    names = dict.fromkeys(page.group for page in pages)
    return [
        NavGroup(
            name, tuple(NavPage(page.name, page.label, page.icon) for page in pages if page.group == name)
        )
        for name in names
    ]


def made_pages(window: MainWindow) -> Sequence[Page]:
    """Return the pages of a window in the order of the rail."""
    keywords, review, trash = window.keywords, window.review, window.trash
    library = window.library

    def arrive_at_review() -> None:
        review.refresh()
        window.bar.show_figures(review.figures())

    return (
        Page(
            "keywords",
            tr("Keywords"),
            "list",
            tr("Plan"),
            keywords,
            keywords.announce_figures,
            keywords.inspector,
            lambda: keywords.is_settled,
        ),
        window.triage.page(),
        Page(
            "library",
            tr("Library"),
            "library",
            tr("Plan"),
            library,
            library.arrive,
            library.panel,
            lambda: library.is_settled,
        ),
        Page(
            "review",
            tr("Review"),
            "git-compare-arrows",
            tr("Changes"),
            review,
            arrive_at_review,
            review.panel,
            lambda: review.is_settled,
        ),
        window.history.page(),
        window.imports.page(),
        window.recipes.page(),
        Page(
            "trash",
            tr("Trash"),
            "trash-2",
            tr("Changes"),
            trash,
            trash.arrive,
            settled=lambda: trash.is_settled,
        ),
    )
