"""What edits changed of very many keywords, read in pieces: no step keeps the other threads waiting for long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from planner_desktop.columns.source import HotChunk
from planner_desktop.columns.unpack import HOT, HotBatch, unpack_hot

_PIECE = 50_000


class HotSource(Protocol):
    """Where the columns that edits can change are read from."""

    def hot_columns(self, keys: Sequence[int]) -> HotChunk:
        """Return these columns of those of the keywords that are there, in key order."""


def read_edited(source: HotSource, edits: Sequence[Sequence[int]]) -> tuple[HotBatch, list[int]]:
    """Return what the keywords of some edits hold now, and the keys among them that no keyword has any more.

    The pieces are read one after the other: each is at or after the stamp that was taken before the first of them.
    """
    wanted = np.unique(np.concatenate([np.asarray(keys, np.int64) for keys in edits]))
    pieces = [
        unpack_hot(source.hot_columns(wanted[start : start + _PIECE].tolist()))
        for start in range(0, len(wanted), _PIECE)
    ]
    if len(pieces) == 1:
        found = pieces[0]
    else:
        columns = {name: np.concatenate([piece.columns[name] for piece in pieces]) for name in HOT}
        found = HotBatch(np.concatenate([piece.keys for piece in pieces]), columns)
    missing = [] if len(found.keys) == len(wanted) else np.setdiff1d(wanted, found.keys).tolist()
    return found, missing
