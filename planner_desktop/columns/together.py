"""The order by near-duplicates: rows that are one search stand together, where the first of them would stand."""

from __future__ import annotations

import numpy as np

from planner_desktop.columns.gather import Ints

DUPLICATES = "duplicates"


def together(positions: Ints, group: Ints, *, descending: bool = False) -> Ints:
    """Return positions with those of one group side by side, in the order they had; what has no fellow among them comes last.

    `group` is the number of the group of each position.
    """
    own = group[positions]
    if not len(own):
        return positions
    alone = np.bincount(own)[own] == 1
    first = np.empty(int(own.max()) + 1, np.int64)
    # Written from the last to the first, what stays is the first place of each group.
    first[own[::-1]] = np.arange(len(own) - 1, -1, -1)
    rank = -first[own] if descending else first[own]
    rank[alone] = len(own)
    ordered: Ints = positions[np.argsort(rank, kind="stable")]
    return ordered
