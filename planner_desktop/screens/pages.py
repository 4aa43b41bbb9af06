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
    from planner_desktop.screens.keywords.page import KeywordsPage


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


def rail_groups() -> list[NavGroup]:
    """Return what the rail lists, before the pages are there: the same as `groups_of` says of them."""
    plan, changes = tr("Plan"), tr("Changes")
    return [
        NavGroup(
            plan,
            (
                NavPage("keywords", tr("Keywords"), "list"),
                NavPage("triage", tr("Triage"), "list-checks"),
                NavPage("library", tr("Library"), "library"),
            ),
        ),
        NavGroup(
            changes,
            (
                NavPage("review", tr("Review"), "git-compare-arrows"),
                NavPage("history", tr("History"), "history"),
                NavPage("imports", tr("Imports"), "file-down"),
                NavPage("recipes", tr("Recipes"), "flask-conical"),
                NavPage("trash", tr("Trash"), "trash-2"),
            ),
        ),
    ]


def keywords_page(keywords: KeywordsPage) -> Page:
    """Return the page of the keywords, which is there from the first paint on."""
    return Page(
        "keywords",
        tr("Keywords"),
        "list",
        tr("Plan"),
        keywords,
        keywords.announce_figures,
        keywords.inspector,
        lambda: keywords.is_settled,
    )


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
    review, trash = window.review, window.trash
    library = window.library

    def arrive_at_review() -> None:
        review.refresh()
        window.bar.show_figures(review.figures())

    return (
        keywords_page(window.keywords),
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
