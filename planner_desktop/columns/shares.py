"""What a selection is made of: the figures a panel, a metrics band and a status bar say about some rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner_desktop.columns.rows import Keys
from planner_desktop.columns.source import STATUS_MAPPED, STATUS_NEW
from planner_desktop.columns.store import ColumnStore

Range = tuple[int, int]
MOST_RANGES = 2_000
"""More ranges than this are no selection anybody made by hand, and too many for a view to keep."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Figures over some rows. Volume and difficulty are effective; rows that do not know a figure are left out of it.

    `clusters` are the largest as (key or None, rows), `sectors` the keys of all sectors met, `intents` the union of intent masks.
    """

    count: int
    volume: int
    volume_known: int
    difficulty: float | None
    difficulty_known: int
    new: int
    mapped: int
    disabled: int
    clustered: int
    volume_overrides: int
    difficulty_overrides: int
    clusters: tuple[tuple[int | None, int], ...]
    sectors: tuple[int, ...]
    intents: int


def share_of(store: ColumnStore, keys: Keys, *, largest: int = 5) -> Shares:
    """Return the figures of the rows with these keys; keys that are not there are left out."""
    at, found = store.find(keys)
    if not found.all():
        at = at[found]
    volume, difficulty = store["volume"].take(at), store["difficulty"].take(at)
    cluster, status = store["cluster"].take(at), store["status"].take(at)
    known = difficulty >= 0
    knows = int(np.count_nonzero(known))
    clustered = cluster[cluster >= 0]
    intents = np.bitwise_or.reduce(store["intent"].take(at)) if len(at) else 0
    return Shares(
        count=len(at),
        volume=int(volume.sum(where=volume >= 0, dtype=np.int64)),
        volume_known=int(np.count_nonzero(volume >= 0)),
        difficulty=float(difficulty.sum(where=known, dtype=np.int64)) / knows if knows else None,
        difficulty_known=knows,
        new=int(np.count_nonzero(status == STATUS_NEW)),
        mapped=int(np.count_nonzero(status == STATUS_MAPPED)),
        disabled=int(np.count_nonzero(store["disabled"].take(at))),
        clustered=len(clustered),
        volume_overrides=int(np.count_nonzero(store["volume_override"].take(at) >= 0)),
        difficulty_overrides=int(np.count_nonzero(store["difficulty_override"].take(at) >= 0)),
        clusters=_largest(clustered, len(at) - len(clustered), largest),
        sectors=tuple(int(key) for key in np.unique(store["sector"].take(at))),
        intents=int(intents),
    )


def changing(store: ColumnStore, keys: Keys, wanted: Mapping[str, int | None]) -> int:
    """Return how many of the rows would hold something else: `wanted` maps columns of the store to values, None for no value."""
    at, found = store.find(keys)
    if not found.all():
        at = at[found]
    differs = np.zeros(len(at), np.bool_)
    for column, value in wanted.items():
        held = store[column].take(at)
        differs |= (held >= 0) if value is None else (held != value)
    return int(np.count_nonzero(differs))


def _largest(
    clustered: NDArray[np.signedinteger], without: int, most: int
) -> tuple[tuple[int | None, int], ...]:
    counts = np.bincount(clustered) if len(clustered) else np.zeros(0, np.int64)
    top = np.argsort(counts, kind="stable")[::-1][:most]
    found: list[tuple[int | None, int]] = [(int(key), int(counts[key])) for key in top if counts[key]]
    if without:
        found.append((None, without))
    return tuple(sorted(found, key=lambda pair: -pair[1])[:most])


def gather_ranges(keys: Keys, ranges: list[Range]) -> Keys:
    """Return the keys at ranges (first, last; both included) of places, in order."""
    parts = [keys[first : last + 1] for first, last in ranges]
    if len(parts) == 1:
        return parts[0]
    whole: Keys = np.concatenate(parts) if parts else keys[:0]
    return whole


def ranges_of(keys: Keys, chosen: Keys) -> list[Range] | None:
    """Return where rows with chosen keys stand now, as ranges of places; None where they are scattered over too many."""
    if not len(keys) or not len(chosen):
        return []
    places = np.flatnonzero(_table(keys, chosen)[keys])
    if not len(places):
        return []
    ends = np.flatnonzero(np.diff(places) > 1)
    if len(ends) >= MOST_RANGES:
        return None
    firsts = places[np.concatenate(([0], ends + 1))]
    lasts = places[np.concatenate((ends, [len(places) - 1]))]
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))


def still_there(shown: Keys, live: Keys) -> Keys:
    """Return what is shown without the rows that are gone, in the same order; the same array where none is."""
    if not len(shown):
        return shown
    there = _table(shown, live)[shown]
    kept: Keys = shown if there.all() else shown[there]
    return kept


def any_missing(shown: Keys, wanted: Keys) -> bool:
    """Return whether a wanted row is not shown."""
    return bool(len(wanted)) and not bool(_table(wanted, shown)[wanted].all())


def _table(keys: Keys, members: Keys) -> NDArray[np.bool_]:
    """Return a table from key to "is a member". Keys are row keys of one table, so it is hardly larger than they are many."""
    size = max(int(keys.max(initial=0)), int(members.max(initial=0))) + 1
    table = np.zeros(size, np.bool_)
    table[members] = True
    return table
