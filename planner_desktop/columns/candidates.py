"""Candidates in the same engine as keywords: a row has no cluster and no status of its own, and its figures are those of its file."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from planner_core.figures import intent_mask
from planner_core.query import Query, SortKey
from planner_desktop.columns.engine import EVERYWHERE, KeywordColumns
from planner_desktop.columns.evaluate import Scope
from planner_desktop.columns.members import Group
from planner_desktop.columns.rows import Keys
from planner_desktop.columns.source import NULL, NameKind, PackedChunk

Row = Mapping[str, Any]
Held = tuple[Row, int, int, str | None]
"""A candidate as a row of plain values (keyword, volume, difficulty, intent, country, import, read ...), site key, sector key, seed."""


class CandidateShelf:
    """Candidates to be filtered, ordered and counted. Row keys are their numbers. One thread at a time; loading may run on any."""

    def __init__(self, columns: KeywordColumns, rows: Sequence[Row], seeds: Mapping[int, str]) -> None:
        self.columns = columns
        self.rows = rows
        self.seeds = seeds
        """Row key -> seed (its id), of those that the library has by now."""

    @classmethod
    def load(
        cls,
        held: Iterable[Held],
        *,
        sectors: Mapping[int, str],
        sites: Mapping[int, str],
        stamp: tuple[str, int],
    ) -> CandidateShelf:
        """Put candidates into columns."""
        loading = _Loading(sectors, sites, stamp)
        for row, site, sector, seed in held:
            loading.take(row, site, sector, seed)
        columns = KeywordColumns.load(loading)
        columns.asking.members.set_groups("import", loading.groups())
        return cls(columns, loading.rows, loading.seeds)

    def __len__(self) -> int:
        return len(self.rows)

    def select(self, query: Query, order: Sequence[SortKey], scope: Scope = EVERYWHERE) -> Keys:
        """Return the keys of those that match, in order. What is slow to find is found here and now."""
        work = self.columns.asking.preparation(query)
        if work is not None:
            self.columns.asking.adopt(work())
        return self.columns.select(query, order, scope)

    def find(self, query: Query, order: Sequence[SortKey]) -> list[Row]:
        """Return the rows of those that match, in order."""
        return [self.rows[key] for key in self.select(query, order).tolist()]

    def ready(self, keys: Keys | None = None) -> list[tuple[str, str]]:
        """Return (sector, seed) by id of those that the library has by now, among some rows or all."""
        wanted = self.seeds if keys is None else [key for key in keys.tolist() if key in self.seeds]
        return [(str(self.rows[key]["sector_id"]), self.seeds[key]) for key in wanted]


class _Loading:
    """The source of one load."""

    def __init__(self, sectors: Mapping[int, str], sites: Mapping[int, str], stamp: tuple[str, int]) -> None:
        self._names: Mapping[str, Mapping[int, str]] = {"sector": sectors, "site": sites}
        self._stamp = stamp
        self.rows: list[Row] = []
        self.seeds: dict[int, str] = {}
        self._columns: dict[str, array[int]] = {
            name: array("q")
            for name in ("site", "sector", "volume", "difficulty", "intent", "country", "created")
        }
        self._countries: dict[str, int] = {}
        self._days: dict[str, int] = {"": NULL}
        self._imports: dict[int, list[int]] = {}

    def take(self, row: Row, site: int, sector: int, seed: str | None) -> None:
        """Append one candidate."""
        key = len(self.rows)
        self.rows.append(row)
        if seed is not None:
            self.seeds[key] = seed
        volume, difficulty, country = row["volume"], row["difficulty"], row["country"]
        columns = self._columns
        columns["site"].append(site)
        columns["sector"].append(sector)
        columns["volume"].append(NULL if volume is None else volume)
        columns["difficulty"].append(NULL if difficulty is None else difficulty)
        columns["intent"].append(intent_mask(row["intent"] or ""))
        columns["country"].append(
            self._countries.setdefault(country, len(self._countries)) if country else NULL
        )
        columns["created"].append(self._moment(str(row["read"])))
        self._imports.setdefault(int(row["import"]), []).append(key)

    def groups(self) -> list[Group]:
        """Return the candidates of each import."""
        return [
            Group.of(str(self.rows[keys[0]]["file"]), keys, (str(number),))
            for number, keys in self._imports.items()
        ]

    def stamp(self) -> tuple[str, int]:
        return self._stamp

    def names(self, kind: NameKind) -> Mapping[int, str]:
        return self._names.get(kind, {})

    def keyword_columns(self, _keys: Sequence[int] | None) -> PackedChunk:
        whole, columns = len(self.rows), self._columns
        none, zero = array("i", [NULL]) * whole, array("i", [0]) * whole
        return PackedChunk(
            key=np.arange(whole, dtype="<i4").tobytes(),
            site=columns["site"],
            sector=columns["sector"],
            cluster=none,
            status=zero,
            disabled=zero,
            deleted=zero,
            volume_override=none,
            difficulty_override=none,
            seed_volume=columns["volume"],
            seed_difficulty=columns["difficulty"],
            intent=columns["intent"],
            country=columns["country"],
            mark=zero,
            created=columns["created"],
            text="\n".join(row["keyword"] for row in self.rows).encode(),
            text_offsets=None,
            countries=tuple(self._countries),
        )

    def _moment(self, text: str) -> int:
        if text not in self._days:
            self._days[text] = round(datetime.fromisoformat(text).timestamp())
        return self._days[text]
