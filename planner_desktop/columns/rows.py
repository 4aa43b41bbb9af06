"""Rows and figures for display: plain Python values out of the columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner_desktop.columns.gather import Ints
from planner_desktop.columns.order import Names
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


_COMPOSED = {"keyword", "cluster_name", "sector_name", "site_name"}
_PLAIN = tuple(name for name in KeywordRow._fields if name not in _COMPOSED)
_OPTIONAL = (
    "volume",
    "difficulty",
    "cluster",
    "created",
    "volume_override",
    "difficulty_override",
    "seed_volume",
    "seed_difficulty",
)


def read_rows(store: ColumnStore, names: Names, keys: Ints) -> list[KeywordRow | None]:
    """Return the rows of some keys, None for a key that is not there."""
    positions, found = store.find(keys)
    columns = {name: store[name][positions].tolist() for name in _PLAIN if store.size}
    return [
        _row(store, names, int(position), {name: column[place] for name, column in columns.items()})
        if there
        else None
        for place, (position, there) in enumerate(zip(positions, found, strict=True))
    ]


def _row(store: ColumnStore, names: Names, position: int, value: dict[str, int]) -> KeywordRow:
    known = {name: None if value[name] < 0 else value[name] for name in _OPTIONAL}
    cluster, country = known["cluster"], value["country"]
    return KeywordRow(
        key=value["key"],
        keyword=store.text_of(position),
        volume=known["volume"],
        difficulty=known["difficulty"],
        intent=value["intent"],
        country=None if country < 0 else store.countries[country],
        cluster=cluster,
        cluster_name=None if cluster is None else names["cluster"].by_key.get(cluster, ""),
        status=value["status"],
        sector=value["sector"],
        sector_name=names["sector"].by_key.get(value["sector"], ""),
        site=value["site"],
        site_name=names["site"].by_key.get(value["site"], ""),
        disabled=bool(value["disabled"]),
        deleted=bool(value["deleted"]),
        mark=value["mark"],
        created=known["created"],
        volume_override=known["volume_override"],
        difficulty_override=known["difficulty_override"],
        seed_volume=known["seed_volume"],
        seed_difficulty=known["seed_difficulty"],
    )


def sum_up(store: ColumnStore, keys: Ints) -> Sums:
    """Sum up the rows of some keys; keys that are not there are left out."""
    positions, found = store.find(keys)
    if not found.all():
        positions = positions[found]
    volume, difficulty = store["volume"].take(positions), store["difficulty"].take(positions)
    volumes, difficulties = volume >= 0, difficulty >= 0
    known = int(np.count_nonzero(difficulties))
    total = int(difficulty.sum(where=difficulties, dtype=np.int64))
    return Sums(
        count=len(positions),
        volume=int(volume.sum(where=volumes, dtype=np.int64)),
        volume_known=int(np.count_nonzero(volumes)),
        difficulty=total / known if known else None,
        difficulty_known=known,
    )
