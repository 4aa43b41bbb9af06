"""Volume that counts a search once: near-duplicates (see `duplicates`) are one search."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner_desktop.columns.gather import Ints
from planner_desktop.columns.store import Mask, Positions

_FEW = 60_000
"""Up to so many rows, sorting just them is quicker than walking through all."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows that are one search: `group[p]` of position p, `order` the positions group by group, `starts` where each group begins there.

    `order` and `starts` leave out what is a search by itself, which `alone` marks.
    """

    group: Ints
    order: Ints
    starts: Ints
    alone: Mask


def groups_of(group: Ints) -> Groups:
    """Return groups from the number of the group of each position."""
    alone = np.bincount(group, minlength=1)[group] == 1
    several = np.flatnonzero(~alone).astype(np.int32)
    order = several[np.argsort(group[several], kind="stable")]
    ordered = group[order]
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = ordered[1:] != ordered[:-1]
    return Groups(group, order, np.flatnonzero(is_first), alone)


def distinct_volume(volume: Ints, groups: Groups, at: Positions) -> int:
    """Return the sum of the largest volume of each group among the rows at some positions. `volume` is that of all rows."""
    if not len(at):
        return 0
    if len(at) <= _FEW:
        own = groups.group[at]
        order = np.argsort(own, kind="stable")
        ordered = own[order]
        starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        return _known(np.maximum.reduceat(volume[at][order], starts))
    chosen = np.zeros(len(volume), np.bool_)
    chosen[at] = True
    if chosen.all():
        held = volume
    else:
        held = np.where(chosen, volume, np.array(-1, volume.dtype))
    once = _known(held[groups.alone])
    return once + (
        _known(np.maximum.reduceat(held.take(groups.order), groups.starts)) if len(groups.order) else 0
    )


def _known(volume: Ints) -> int:
    return int(volume.sum(dtype=np.int64)) + int(np.count_nonzero(volume < 0))
