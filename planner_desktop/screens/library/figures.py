"""The figures above the seeds, and what stands in their place when there are none."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from planner_desktop.screens import words
from planner_desktop.screens.library.rows import tr
from planner_desktop.widgets.empty import EmptyState, WayToBegin
from planner_desktop.widgets.metrics import Metric
from planner_desktop.widgets.theme import Theme

if TYPE_CHECKING:  # NumPy comes with the first look at the library
    from planner_desktop.columns.shares import Shares


def metrics_of(shares: Shares, total: int) -> list[Metric]:
    """Return the band's figures for the seeds shown."""
    mean = words.UNKNOWN if shares.difficulty is None else str(round(shares.difficulty))
    of_total = tr("of {total}").format(total=words.number(total)) if shares.count != total else ""
    added = words.percent(shares.mapped, shares.count)
    volume, difficulty = (
        _known(known, shares.count) for known in (shares.volume_known, shares.difficulty_known)
    )
    return [
        Metric("seeds", tr("Seeds"), words.number(shares.count), of_total),
        Metric("volume", tr("Search volume"), words.short(shares.volume), volume),
        Metric("difficulty", tr("Mean difficulty"), mean, difficulty),
        Metric("added", tr("Added"), added, words.number(shares.mapped)),
    ]


def whose_library(theme: Theme, choose: Callable[[], object], parent: QWidget) -> EmptyState:
    """Return the state of all sites together."""
    way = WayToBegin(
        "library", tr("Choose a site"), tr("Or one of its sectors."), "", tr("Choose…"), choose, primary=True
    )
    sentence = tr("Each site draws on the libraries of its own sectors.")
    return EmptyState(theme, tr("Whose library?"), sentence, [way], parent=parent)


def nothing_here(theme: Theme, total: int, clear: Callable[[], object], parent: QWidget) -> EmptyState:
    """Return the state of a library without seeds, or of a query that finds none of them."""
    if not total:
        sentence = tr("The platform has no seed keywords for these sectors, or they come with the next sync.")
        return EmptyState(theme, tr("No seed keywords here"), sentence, parent=parent)
    every = tr("{seeds} without a filter").format(seeds=words.counted(total, tr("seed"), tr("seeds")))
    way = WayToBegin("rotate-ccw", tr("Show all"), every, "", tr("Clear"), clear)
    sentence = tr("None of {n} seeds matches.").format(n=words.number(total))
    return EmptyState(theme, tr("Nothing matches"), sentence, [way], parent=parent)


def _known(known: int, count: int) -> str:
    return tr("of {n} known").format(n=words.number(known)) if known != count else ""
