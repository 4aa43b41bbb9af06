"""Volume that counts a search once: near-duplicates (see `duplicates`) are one search."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner_desktop.columns.gather import Ints
from planner_desktop.columns.store import Positions

_FEW = 60_000
"""Up to so many rows, sorting just them is quicker than walking through all."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows that are one search: `group[p]` of position p, `order` the positions group by group, `starts` where each group begins there."""

    group: Ints
    order: Ints
    starts: Ints


def groups_of(group: Ints) -> Groups:
    """Return groups from the number of the group of each position."""
    order = np.argsort(group, kind="stable").astype(np.int32)
    ordered = group[order]
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = ordered[1:] != ordered[:-1]
    return Groups(group, order, np.flatnonzero(is_first))


def distinct_volume(volume: Ints, groups: Groups, at: Positions) -> int:
    """Return the sum of the largest volume of each group among the rows at some positions. `volume` is that of all rows."""
    if not len(at):
        return 0
    if len(at) <= _FEW:
        own = groups.group[at]
        order = np.argsort(own, kind="stable")
        ordered = own[order]
        starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        largest = np.maximum.reduceat(volume[at][order], starts)
    else:
        chosen = np.full(len(volume), -1, volume.dtype)
        chosen[at] = volume[at]
        largest = np.maximum.reduceat(chosen[groups.order], groups.starts)
    return int(largest.sum(where=largest > 0, dtype=np.int64))
