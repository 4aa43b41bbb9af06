"""Rows and figures for display: plain Python values out of the columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner_desktop.columns.gather import Ints
from planner_desktop.columns.order import Names
from planner_desktop.columns.source import NameKind
from planner_desktop.columns.store import ColumnStore

Keys = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Sums:
    """Figures over some rows: how many, the sum of volumes and the mean of difficulties, both effective.

    Rows that do not know a figure are left out of it; `volume_known` and `difficulty_known` say how many do. `difficulty` is None
    where none does.
    """

    count: int
    volume: int
    volume_known: int
    difficulty: float | None
    difficulty_known: int


class KeywordRow(NamedTuple):
    """One keyword. Codes and keys are those of `source`; None where there is no value. `created` is in seconds since 1970."""

    key: int
    keyword: str
    volume: int | None
    difficulty: int | None
    intent: int
    country: str | None
    cluster: int | None
    cluster_name: str | None
    status: int
    sector: int
    sector_name: str
    site: int
    site_name: str
    disabled: bool
    deleted: bool
    mark: int
    created: int | None
    volume_override: int | None
    difficulty_override: int | None
    seed_volume: int | None
    seed_difficulty: int | None


_KINDS: dict[str, NameKind] = {"cluster_name": "cluster", "sector_name": "sector", "site_name": "site"}
_OPTIONAL = {
    "volume",
    "difficulty",
    "cluster",
    "created",
    "volume_override",
    "difficulty_override",
    "seed_volume",
    "seed_difficulty",
}


def read_rows(store: ColumnStore, names: Names, keys: Ints) -> list[KeywordRow | None]:
    """Return the rows of some keys, None for a key that is not there."""
    positions, found = store.find(keys)
    there = positions[found]
    rows = iter(map(KeywordRow._make, zip(*_columns(store, names, there), strict=True)))
    return [next(rows) if known else None for known in found.tolist()]


def _columns(store: ColumnStore, names: Names, positions: Ints) -> list[list[Any]]:
    """Return the values of some rows, field by field in the order of KeywordRow."""
    values: dict[str, list[Any]] = {"keyword": [store.text_of(position) for position in positions.tolist()]}
    countries = [*store.countries, None]
    for name in KeywordRow._fields:
        if name in _KINDS:
            table = names[_KINDS[name]].by_key
            values[name] = [
                None if key < 0 else table.get(key, "") for key in store[_KINDS[name]][positions].tolist()
            ]
        elif name == "country":
            values[name] = [countries[code] for code in store[name][positions].tolist()]
        elif name != "keyword":
            column = store[name][positions].tolist()
            values[name] = [None if one < 0 else one for one in column] if name in _OPTIONAL else column
    return [values[name] for name in KeywordRow._fields]


def sum_up(store: ColumnStore, keys: Ints) -> Sums:
    """Sum up the rows of some keys; keys that are not there are left out."""
    positions, found = store.find(keys)
    if not found.all():
        positions = positions[found]
    volume, difficulty = store["volume"].take(positions), store["difficulty"].take(positions)
    known = int(np.count_nonzero(difficulty >= 0))
    total = int(np.maximum(difficulty, 0).sum(dtype=np.int64))
    return Sums(
        count=len(positions),
        volume=int(np.maximum(volume, 0).sum(dtype=np.int64)),
        volume_known=int(np.count_nonzero(volume >= 0)),
        difficulty=total / known if known else None,
        difficulty_known=known,
    )
