"""Candidates in the same engine as keywords: a row has no cluster and no status of its own, and its figures are those of its file."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from planner_core.figures import intent_mask, intent_text
from planner_core.query import Query, SortKey
from planner_desktop.columns.engine import EVERYWHERE, KeywordColumns
from planner_desktop.columns.evaluate import Scope
from planner_desktop.columns.members import Group
from planner_desktop.columns.rows import Keys
from planner_desktop.columns.source import NULL, NameKind, PackedChunk

Row = Mapping[str, Any]
Held = tuple[Row, int, int, str | None]
"""A candidate as a row of plain values (keyword, volume, difficulty, intent, country, import, read ...), site key, sector key, seed."""


_PIECE = 5_000
_OWN = (
    "keyword",
    "volume",
    "volume_range",
    "difficulty",
    "intent",
    "country",
    "group",
    "reason",
    "seed",
    "line",
)
"""What each row says for itself; the rest is the same for all rows of a file."""


class Rows:
    """Candidates as plain rows again, by key: what the columns hold, and beside it some bytes a row. Half a million are not dicts."""

    def __init__(self) -> None:
        self._files: dict[tuple[object, ...], int] = {}
        self._said: list[dict[str, Any]] = []
        self._reasons: dict[str, int] = {}
        self._file = array("I")
        self._line = array("I")
        self._reason = array("B")
        self._ranges: dict[int, Any] = {}
        self._groups: dict[int, str] = {}
        self.seeds: dict[int, str] = {}
        self.columns: KeywordColumns | None = None

    def __len__(self) -> int:
        return len(self._file)

    def __getitem__(self, key: int) -> Row:
        """Return one row."""
        return self.read([key])[0]

    def take(self, row: Row, seed: str | None) -> None:
        """Append a row; keyword and figures are left to the columns."""
        key = len(self)
        file = tuple(row.get(name) for name in ("import", "file", "sheet", "sector_id"))
        at = self._files.setdefault(file, len(self._said))
        if at == len(self._said):
            self._said.append({name: value for name, value in row.items() if name not in _OWN})
        self._file.append(at)
        self._line.append(int(row.get("line", 0)))
        self._reason.append(self._reasons.setdefault(str(row.get("reason", "")), len(self._reasons)))
        if row.get("volume_range") is not None:
            self._ranges[key] = row["volume_range"]
        if row.get("group"):
            self._groups[key] = row["group"]
        if seed is not None:
            self.seeds[key] = seed

    def file_of(self, key: int) -> Row:
        """Return what all rows of a row's file say alike."""
        return self._said[self._file[key]]

    def each(self, keys: Sequence[int]) -> Iterator[Row]:
        """Yield rows by key, some thousand read at once. Looks things up only: any thread may while nobody loads."""
        for start in range(0, len(keys), _PIECE):
            yield from self.read(keys[start : start + _PIECE])

    def read(self, keys: Sequence[int]) -> list[Row]:
        """Return rows by key."""
        assert self.columns is not None
        reasons = list(self._reasons)
        found: list[Row] = []
        for key, held in zip(keys, self.columns.rows(np.asarray(keys, np.int32)), strict=True):
            assert held is not None
            own = {
                "keyword": held.keyword,
                "volume": held.volume,
                "volume_range": self._ranges.get(key),
                "difficulty": held.difficulty,
                "intent": intent_text(held.intent),
                "country": held.country,
                "group": self._groups.get(key),
                "reason": reasons[self._reason[key]],
                "seed": key in self.seeds,
                "line": self._line[key],
            }
            found.append({**own, **self.file_of(key)})
        return found


class CandidateShelf:
    """Candidates to be filtered, ordered and counted. Row keys are their numbers. One thread at a time; loading may run on any."""

    def __init__(self, columns: KeywordColumns, rows: Rows) -> None:
        self.columns = columns
        self.rows = rows
        rows.columns = columns
        self.seeds: Mapping[int, str] = rows.seeds
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
        return cls(columns, loading.rows)

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
        return self.rows.read(self.select(query, order).tolist())

    def ready(self, keys: Keys | None = None) -> list[tuple[str, str]]:
        """Return (sector, seed) by id of those that the library has by now, among some rows or all."""
        wanted = self.seeds if keys is None else [key for key in keys.tolist() if key in self.seeds]
        return [(str(self.rows.file_of(key)["sector_id"]), self.seeds[key]) for key in wanted]


class _Loading:
    """The source of one load."""

    def __init__(self, sectors: Mapping[int, str], sites: Mapping[int, str], stamp: tuple[str, int]) -> None:
        self._names: Mapping[str, Mapping[int, str]] = {"sector": sectors, "site": sites}
        self._stamp = stamp
        self.rows = Rows()
        self._texts: list[str] = []
        self._columns: dict[str, array[int]] = {
            name: array("q")
            for name in ("site", "sector", "volume", "difficulty", "intent", "country", "created")
        }
        self._countries: dict[str, int] = {}
        self._days: dict[str, int] = {"": NULL}
        self._imports: dict[int, array[int]] = {}

    def take(self, row: Row, site: int, sector: int, seed: str | None) -> None:
        """Append one candidate."""
        key = len(self.rows)
        self.rows.take(row, seed)
        self._texts.append(row["keyword"])
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
        self._imports.setdefault(int(row["import"]), array("q")).append(key)

    def groups(self) -> list[Group]:
        """Return the candidates of each import."""
        return [
            Group.of(str(self.rows.file_of(keys[0])["file"]), keys, (str(number),))
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
            text="\n".join(self._texts).encode(),
            text_offsets=None,
            countries=tuple(self._countries),
        )

    def _moment(self, text: str) -> int:
        if text not in self._days:
            self._days[text] = round(datetime.fromisoformat(text).timestamp())
        return self._days[text]
