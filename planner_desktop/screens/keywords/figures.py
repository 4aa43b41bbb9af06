"""The figures above the grid and in the status bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner_desktop.screens import words
from planner_desktop.screens.keywords.cells import tr
from planner_desktop.screens.keywords.distinct import DistinctVolume
from planner_desktop.screens.keywords.selected import same_rows
from planner_desktop.screens.keywords.table import KeywordTable
from planner_desktop.widgets.metrics import Metric
from sync.replica import Counts

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns import Keys
    from planner_desktop.columns.shares import Shares


class Reckoning:
    """Figures of rows, worked out once: the band, the panel and the status bar ask for the same ones within one turn."""

    def __init__(self, table: KeywordTable, distinct: DistinctVolume) -> None:
        self._table = table
        self._distinct = distinct
        self._known: list[tuple[Keys, Shares, int]] = []

    def of(self, keys: Keys | None) -> tuple[Shares | None, int | None]:
        """Return what rows are made of and their volume with each search once; None where it is not known yet."""
        if keys is None:
            return None, None
        for known, shares, once in self._known:
            if same_rows(known, keys):
                return shares, once
        found, distinct = self._table.shares(keys), self._distinct.of(keys)
        if found is not None and distinct is not None:
            # What is shown and what is selected.
            self._known = [*self._known[-1:], (keys, found, distinct)]
        return found, distinct

    def forget(self) -> None:
        """Rows may hold other values."""
        self._known.clear()


TERMS = {
    "volume": "-volume:unknown",
    "difficulty": "-difficulty:unknown",
    "cluster": "-cluster:none",
    "waiting": "is:waiting",
}
"""What a click on a figure adds to the query."""


def metrics_of(
    shares: Shares, total: int, counts: Counts, distinct: int | None = None, chosen: int = 0
) -> list[Metric]:
    """Return the band's five figures for the rows shown. `distinct` is the volume with each search once, `chosen` how many are selected."""
    of_total = tr("of {total}").format(total=words.number(total)) if shares.count != total else ""
    if chosen > 1:
        selected = tr("{n} selected").format(n=words.number(chosen))
        of_total = f"{of_total} · {selected}" if of_total else selected
    mean = words.UNKNOWN if shares.difficulty is None else str(round(shares.difficulty))
    conflicts = words.counted(counts.conflicts, tr("conflict"), tr("conflicts")) if counts.conflicts else ""
    clustered = words.percent(shares.clustered, shares.count)
    return [
        Metric("keywords", tr("Keywords"), words.number(shares.count), of_total),
        Metric(
            "volume",
            tr("Search volume"),
            words.short(shares.volume),
            _distinct(distinct) or _known(shares.volume_known, shares.count),
        ),
        Metric("difficulty", tr("Mean difficulty"), mean, _known(shares.difficulty_known, shares.count)),
        Metric("cluster", tr("In a cluster"), clustered, words.number(shares.clustered)),
        Metric("waiting", tr("Waiting to post"), words.number(counts.waiting_rows), conflicts),
    ]


def status_figures(count: int, chosen: Shares | None, distinct: int | None = None) -> list[str]:
    """Return what the status bar says at the right: rows, and the sums of a selection of several."""
    figures = [words.counted(count, tr("row"), tr("rows"))]
    if chosen is not None and chosen.count > 1:
        figures.append(tr("{n} selected").format(n=words.number(chosen.count)))
        once = f" · {_distinct(distinct)}" if distinct is not None and distinct != chosen.volume else ""
        figures.append(tr("Volume {volume}").format(volume=words.number(chosen.volume)) + once)
        if chosen.difficulty is not None:
            figures.append(tr("Mean difficulty {mean}").format(mean=round(chosen.difficulty)))
    return figures


def _distinct(volume: int | None) -> str:
    return tr("{volume} distinct").format(volume=words.short(volume)) if volume is not None else ""


def _known(known: int, count: int) -> str:
    return tr("of {n} known").format(n=words.number(known)) if known != count else ""
