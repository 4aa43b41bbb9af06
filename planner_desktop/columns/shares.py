"""What a selection is made of: the figures a panel, a metrics band and a status bar say about some rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner_desktop.columns.rows import Keys
from planner_desktop.columns.source import STATUS_MAPPED, STATUS_NEW
from planner_desktop.columns.store import ColumnStore

Range = tuple[int, int]
MOST_RANGES = 2_000
"""More ranges than this are no selection anybody made by hand, and too many for a view to keep."""
_MANY_SHARE = 8
"""From this part of all rows on, going through all of them is quicker than picking."""


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
    column = _picked(store, keys)
    volume, difficulty = column("volume"), column("difficulty")
    cluster, status = column("cluster"), column("status")
    knows = int(np.count_nonzero(difficulty >= 0))
    # One more at the front, so that "none", which is -1, has a place.
    clusters = np.bincount(cluster + 1, minlength=1)
    clustered = len(cluster) - int(clusters[0])
    new, mapped = (int(np.count_nonzero(status == one)) for one in (STATUS_NEW, STATUS_MAPPED))
    return Shares(
        count=len(volume),
        volume=_sum_known(volume),
        volume_known=int(np.count_nonzero(volume >= 0)),
        difficulty=_sum_known(difficulty) / knows if knows else None,
        difficulty_known=knows,
        new=new,
        mapped=mapped,
        disabled=int(np.count_nonzero(column("disabled"))),
        clustered=clustered,
        volume_overrides=int(np.count_nonzero(column("volume_override") >= 0)),
        difficulty_overrides=int(np.count_nonzero(column("difficulty_override") >= 0)),
        clusters=_largest(clusters[1:], int(clusters[0]), largest),
        sectors=tuple((np.flatnonzero(np.bincount(column("sector") + 1)) - 1).tolist()),
        intents=int(np.bitwise_or.reduce(column("intent"))) if len(volume) else 0,
    )


def _picked(store: ColumnStore, keys: Keys) -> Callable[[str], NDArray[np.signedinteger]]:
    """Return what gives the values of a column at some rows, in any order: figures do not depend on it.

    Many rows are read from front to back, which is several times quicker than in the order somebody looks at them.
    """
    at, found = store.find(keys)
    if not found.all():
        at = at[found]
    if len(at) * _MANY_SHARE < store.size:
        return lambda name: store[name].take(at)
    chosen = np.zeros(store.size, np.bool_)
    chosen[at] = True
    places = np.flatnonzero(chosen)
    if len(places) == store.size:
        return lambda name: store[name]
    return lambda name: store[name].take(places)


def _sum_known(values: NDArray[np.signedinteger]) -> int:
    """Return the sum without the unknown, which are -1."""
    return int(values.sum(dtype=np.int64)) + int(np.count_nonzero(values < 0))


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


def _largest(counts: NDArray[np.int64], without: int, most: int) -> tuple[tuple[int | None, int], ...]:
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
