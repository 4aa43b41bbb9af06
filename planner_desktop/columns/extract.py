"""Keywords to be written out: values copied at one moment, then read in pieces on any thread.

Two forms: Python values column by column, and texts where columns of few different values that stand side by side are joined
already. A million rows of twelve columns have some thousand different endings ("informational,US,new,no,…"): each is made once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from planner_core.figures import INTENTS, intent_text
from planner_desktop.columns.gather import Bytes, Ints, gather_lines
from planner_desktop.columns.order import Names
from planner_desktop.columns.rows import Keys
from planner_desktop.columns.source import MARK_CONFLICT, MARK_REFUSED, MARK_SYNCED, MARK_WAITING, NameKind
from planner_desktop.columns.store import ColumnStore

PIECE = 16_384
"""Rows handled at once: some ten milliseconds, so that other threads get their turn and a wish to stop is heard."""
FIGURES = frozenset({"volume", "difficulty", "volume_override", "difficulty_override"})
FLAGS = frozenset({"disabled"})

_MOST_KEPT = 200_000
"""Different texts remembered for one column."""
_MOST_CODES = 1 << 40
_NAMED: Mapping[str, NameKind] = {"cluster": "cluster", "sector": "sector", "site": "site"}
_UIDS = {"site_id": "site", "sector_id": "sector"}
_STATUSES = ("new", "mapped", "other")
_MARKS = {MARK_SYNCED: "synced", MARK_WAITING: "waiting", MARK_CONFLICT: "conflict", MARK_REFUSED: "refused"}

Ids = Callable[[Sequence[int]], Mapping[int, str]]
"""Row keys -> uids, for some thousand keys at a time."""


class Dialect(Protocol):
    """How a format writes one cell."""

    delimiter: str

    def cell(self, value: Any, field: str) -> str:
        """Return a value as it stands in the file."""

    def texts(self, texts: list[str], joined: str, field: str) -> list[str]:
        """Return texts as they stand in the file; `joined` are they with line feeds between, to be searched at once."""


@dataclass(frozen=True, slots=True)
class Part:
    """A run of rows with one cluster (its key, None for none): places, the sum of volumes and the mean of difficulties."""

    cluster: int | None
    start: int
    stop: int
    volume: int
    difficulty: float | None


class Extract:
    """Some keywords' values, fixed at one moment. Only `ids`, where the uid is a field, is asked while it is read."""

    def __init__(
        self,
        fields: Sequence[str],
        columns: Mapping[str, Ints],
        values: Mapping[str, Mapping[int, Any]],
        text: Bytes,
        ids: Ids | None,
    ) -> None:
        """Use `extract`. `columns` by field, `values` the meaning of codes by field."""
        self.fields = tuple(fields)
        self._columns = columns
        self._values = values
        self._text = text
        self._ids = ids

    def __len__(self) -> int:
        return len(self._columns["key"])

    def pieces(self, start: int = 0, stop: int | None = None) -> Iterator[list[list[Any]]]:
        """Yield the rows in order as one list of Python values a field, `PIECE` rows at a time."""
        for first, last in _steps(start, len(self) if stop is None else stop):
            yield [self._column(field, first, last) for field in self.fields]

    def texts(self, dialect: Dialect) -> Iterator[list[list[str]]]:
        """Yield the rows in order as lists of texts, `PIECE` rows at a time: joined with the delimiter they are the rows."""
        runs = [self._run(names, dialect) for names in self._grouped()]
        for first, last in _steps(0, len(self)):
            yield [run(first, last) for run in runs]

    def parts(self) -> list[Part]:
        """Return the runs of rows with one cluster. Needs the fields cluster, volume and difficulty."""
        clusters, volume, difficulty = (self._columns[name] for name in ("cluster", "volume", "difficulty"))
        if not len(clusters):
            return []
        edges = [0, *(np.flatnonzero(clusters[1:] != clusters[:-1]) + 1).tolist(), len(clusters)]
        return [
            Part(
                cluster=int(clusters[start]) if clusters[start] >= 0 else None,
                start=start,
                stop=stop,
                volume=int(np.maximum(volume[start:stop], 0).sum(dtype=np.int64)),
                difficulty=_mean(difficulty[start:stop]),
            )
            for start, stop in pairwise(edges)
        ]

    # ------------------------------------------------------------ values

    def _column(self, field: str, start: int, stop: int) -> list[Any]:
        if field == "keyword":
            return self._keywords(start, stop)[0]
        codes = self._columns["key" if field == "id" else field][start:stop].tolist()
        if field == "id":
            known = self._ids(codes) if self._ids is not None else {}
            return [known.get(key, "") for key in codes]
        if field in FIGURES:
            return [None if code < 0 else code for code in codes]
        values = self._values[field]
        return [values.get(code) for code in codes]

    def _keywords(self, start: int, stop: int) -> tuple[list[str], str]:
        """Return the keywords of some rows, and with line feeds between."""
        starts, lengths = self._columns["text_start"][start:stop], self._columns["text_length"][start:stop]
        joined = gather_lines(self._text, starts, lengths).tobytes().decode("utf-8", "replace")[:-1]
        lines = joined.split("\n")
        if len(lines) != len(starts):
            # A text that holds a line feed itself.
            lines = [
                self._text[at : at + length].tobytes().decode("utf-8", "replace")
                for at, length in zip(starts.tolist(), lengths.tolist(), strict=True)
            ]
        return lines, joined

    # ------------------------------------------------------------ texts

    def _grouped(self) -> list[list[str]]:
        """Return the fields in order, those whose codes can be made one number together."""
        groups: list[list[str]] = []
        room = 0
        for field in self.fields:
            size = self._size(field) if field in self._values and field != "cluster" else 0
            if size and 0 < size <= room:
                groups[-1].append(field)
                room //= size
            else:
                groups.append([field])
                room = _MOST_CODES // size if size else 0
        return groups

    def _size(self, field: str) -> int:
        """Return how many codes a field has, that for nothing (-1) among them."""
        return max(self._values[field], default=-1) + 2

    def _run(self, names: list[str], dialect: Dialect) -> Callable[[int, int], list[str]]:
        name = names[0]
        if name == "keyword":
            return lambda start, stop: dialect.texts(*self._keywords(start, stop), name)
        if name == "id":
            return lambda start, stop: [dialect.cell(uid, name) for uid in self._column("id", start, stop)]
        if name in FIGURES:
            figures = _Known(lambda code: dialect.cell(None if code < 0 else code, name))
            return lambda start, stop: figures.all(self._columns[name][start:stop].tolist())
        if name == "cluster":
            clusters = _Known(lambda code: dialect.cell(self._values["cluster"].get(code), name))
            return lambda start, stop: clusters.all(self._columns[name][start:stop].tolist())
        sizes = [self._size(field) for field in names]
        meanings = [self._values[field] for field in names]

        def ending(code: int) -> str:
            cells = []
            for field, size, meaning in zip(
                reversed(names), reversed(sizes), reversed(meanings), strict=True
            ):
                code, at = divmod(code, size)
                cells.append(dialect.cell(meaning.get(at - 1), field))
            return dialect.delimiter.join(reversed(cells))

        endings = _Known(ending)

        def run(start: int, stop: int) -> list[str]:
            codes = np.zeros(stop - start, np.int64)
            for field, size in zip(names, sizes, strict=True):
                # A key without a name counts as nothing.
                part = self._columns[field][start:stop].astype(np.int64) + 1
                codes = codes * size + np.where(part < size, np.maximum(part, 0), 0)
            return endings.all(codes.tolist())

        return run


class _Known(dict[int, str]):
    """Texts by code, made when first asked for."""

    def __init__(self, make: Callable[[int], str]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, code: int) -> str:
        text = self[code] = self._make(code)
        return text

    def all(self, codes: list[int]) -> list[str]:
        """Return the texts of some codes."""
        if len(self) > _MOST_KEPT:
            self.clear()
        return list(map(self.__getitem__, codes))


def extract(
    store: ColumnStore,
    names: Names,
    keys: Keys,
    fields: Sequence[str],
    uids: Mapping[str, Mapping[int, str]],
    ids: Ids | None,
) -> Extract:
    """Copy fields of rows in the order of `keys`; those that are not there are left out.

    `fields` are names of the `--json` contract; `uids` gives the ids of sites ("site") and sectors by row key.
    """
    at, found = store.find(np.asarray(keys, np.int64))
    if not found.all():
        at = at[found]
    columns: dict[str, Ints] = {"key": np.asarray(store["key"]).take(at)}
    values: dict[str, Mapping[int, Any]] = {}
    for field in fields:
        if field == "keyword":
            columns["text_start"] = np.asarray(store["text_start"]).take(at)
            columns["text_length"] = np.asarray(store["text_length"]).take(at)
        elif field != "id":
            stored = {"sync": "mark"}.get(field) or _UIDS.get(field) or field
            columns[field] = np.asarray(store[stored]).take(at)
            if field not in FIGURES:
                values[field] = _meaning(field, store, names, uids)
    return Extract(fields, columns, values, store.text, ids)


def _meaning(
    field: str, store: ColumnStore, names: Names, uids: Mapping[str, Mapping[int, str]]
) -> Mapping[int, Any]:
    if field in _NAMED:
        return dict(names[_NAMED[field]].by_key)
    if field in _UIDS:
        return dict(uids[_UIDS[field]])
    meanings: Mapping[str, Mapping[int, Any]] = {
        "intent": {mask: intent_text(mask) for mask in range(1 << len(INTENTS))},
        "country": dict(enumerate(store.countries)),
        "status": dict(enumerate(_STATUSES)),
        "disabled": {0: False, 1: True},
        "sync": _MARKS,
    }
    return meanings[field]


def _steps(start: int, stop: int) -> Iterator[tuple[int, int]]:
    return ((at, min(at + PIECE, stop)) for at in range(start, stop, PIECE))


def _mean(figures: Ints) -> float | None:
    known = int(np.count_nonzero(figures >= 0))
    return int(np.maximum(figures, 0).sum(dtype=np.int64)) / known if known else None
