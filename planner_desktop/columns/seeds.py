"""Seed keywords of a site's sectors in the same engine as keywords: a seed is a row, one that is a keyword already has the status mapped.

Row keys are the replica's seed keys. Where two sectors stand for one library, the rows of the later ones are moved up by a whole
number of `Home.step`, so that every row is a seed in a sector.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from planner_core.query import Choice, FieldTerm, Query
from planner_desktop.columns.engine import KeywordColumns
from planner_desktop.columns.evaluate import Scope
from planner_desktop.columns.gather import Ints
from planner_desktop.columns.rows import Keys
from planner_desktop.columns.source import NULL, STATUS_MAPPED, STATUS_NEW, NameKind, PackedChunk
from planner_desktop.columns.store import Mask
from planner_desktop.columns.unpack import HOT, LARGEST_KEY, HotBatch

ADDED = Query((FieldTerm("status", (Choice("mapped"),)),))
"""Seeds that are keywords already."""


@dataclass(frozen=True, slots=True)
class Home:
    """A sector of a site: keys, uid and names; `moved` is added to the keys of its seeds."""

    site: int
    sector: int
    uid: str
    name: str
    site_name: str
    moved: int = 0


class SeedColumns(Protocol):
    """Seeds of one sector as `sync.replica` packs them."""

    @property
    def size(self) -> int: ...
    @property
    def key(self) -> str: ...
    @property
    def added(self) -> str: ...
    @property
    def volume(self) -> str: ...
    @property
    def difficulty(self) -> str: ...
    @property
    def intent(self) -> str: ...
    @property
    def country(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def countries(self) -> tuple[str, ...]: ...


class Seeds(Protocol):
    """Where they come from; one read transaction a call."""

    def stamp(self) -> tuple[str, int]: ...

    def seed_columns(self, sector: str) -> SeedColumns: ...


@dataclass(frozen=True, slots=True)
class Statistics:
    """Figures of one sector's library."""

    home: Home
    seeds: int
    added: int
    volume: int
    added_volume: int


class Shelf:
    """Seeds of some sectors, to be filtered, ordered and counted like keywords. One thread at a time; loading may run on any."""

    def __init__(self, columns: KeywordColumns, homes: Sequence[Home]) -> None:
        self.columns = columns
        self.homes = tuple(homes)
        self._every = columns.keys()
        self._home = np.zeros(len(self._every), np.int32)
        for at, home in enumerate(self.homes):
            self._home[columns.evaluate(Query(), Scope(sectors=(home.sector,)))] = at

    @classmethod
    def load(cls, source: Seeds, homes: Sequence[Home]) -> Shelf:
        """Read the seeds of all homes; `moved` of each is found out here."""
        loading = _Loading(source, homes)
        return cls(KeywordColumns.load(loading), loading.homes)

    def seed_keys(self, keys: Keys) -> Keys:
        """Return the replica's keys of rows."""
        moved = np.array([home.moved for home in self.homes] or [0], np.int64)
        found: Keys = (keys - moved[self._home[self._places(keys)]]).astype(np.int32)
        return found

    def by_home(self, keys: Keys) -> list[tuple[Home, Keys]]:
        """Return rows by the sector they stand in, those of one sector in their order."""
        rows = self._home[self._places(keys)]
        return [(home, keys[rows == at]) for at, home in enumerate(self.homes) if bool((rows == at).any())]

    def fresh(self, keys: Keys) -> Keys:
        """Return the rows among them that are no keywords yet, in their order."""
        found: Keys = keys[~self._added()[self._places(keys)]]
        return found

    def show_added(self, added: Mapping[str, Sequence[int]], stamp: tuple[str, int]) -> list[int]:
        """Take over which seeds (by replica key) are keywords of which sector (uid) now; return the rows that changed."""
        wanted = np.zeros(len(self._every), np.bool_)
        for home in self.homes:
            rows = np.asarray(added.get(home.uid, ()), np.int64) + home.moved
            wanted |= np.isin(self._every, rows)
        other = self._added() != wanted
        changed = self._every[other]
        if len(changed):
            status = np.where(wanted[other], STATUS_MAPPED, STATUS_NEW).astype(np.uint8)
            self.columns.apply_hot(_hot(changed, status), stamp=stamp)
        self.columns.stamp = stamp
        return [int(key) for key in changed]

    def statistics(self) -> list[Statistics]:
        """Return the figures of each sector."""
        added = self._added()
        found = []
        for at, home in enumerate(self.homes):
            mine = self._home == at
            whole = self.columns.sums(self._every[mine])
            taken = self.columns.sums(self._every[mine & added])
            found.append(Statistics(home, whole.count, taken.count, whole.volume, taken.volume))
        return found

    def _added(self) -> Mask:
        return self.columns.evaluate(ADDED)

    def _places(self, keys: Keys) -> Ints:
        """Return where rows stand among all, which are in the order of keys."""
        return np.searchsorted(self._every, keys)


class _Loading:
    """The source of one load: all sectors as one chunk."""

    def __init__(self, source: Seeds, homes: Sequence[Home]) -> None:
        self._source = source
        self.homes: list[Home] = list(homes)

    def stamp(self) -> tuple[str, int]:
        return self._source.stamp()

    def names(self, kind: NameKind) -> Mapping[int, str]:
        if kind == "site":
            return {home.site: home.site_name for home in self.homes}
        return {home.sector: home.name for home in self.homes} if kind == "sector" else {}

    def keyword_columns(self, _keys: Sequence[int] | None) -> PackedChunk:
        chunks = [self._source.seed_columns(home.uid) for home in self.homes]
        keys = self._place(chunks)
        sizes = [chunk.size for chunk in chunks]
        held = [chunk for chunk in chunks if chunk.size]
        joined = {
            name: ",".join(getattr(chunk, name) for chunk in held)
            for name in ("volume", "difficulty", "intent", "country")
        }
        whole = sum(sizes)
        none, zero = array("i", [NULL]) * whole, array("i", [0]) * whole
        added = np.frombuffer("".join(chunk.added for chunk in chunks).encode(), np.uint8) - np.uint8(
            ord("0")
        )
        return PackedChunk(
            key=keys.astype("<i4").tobytes(),
            site=_repeated([home.site for home in self.homes], sizes),
            sector=_repeated([home.sector for home in self.homes], sizes),
            cluster=none,
            status=(added * STATUS_MAPPED).astype("<i4").tobytes(),
            disabled=zero,
            deleted=zero,
            volume_override=none,
            difficulty_override=none,
            seed_volume=joined["volume"],
            seed_difficulty=joined["difficulty"],
            intent=joined["intent"],
            country=joined["country"],
            mark=zero,
            created=none,
            text="\n".join(chunk.text for chunk in held).encode(),
            text_offsets=None,
            countries=chunks[-1].countries if chunks else (),
        )

    def _place(self, chunks: Sequence[SeedColumns]) -> Ints:
        """Move the keys of libraries that were met before, and return all keys."""
        read = [
            np.fromstring(chunk.key, np.int64, sep=",") if chunk.size else np.empty(0, np.int64)
            for chunk in chunks
        ]
        step = max((int(keys.max(initial=0)) for keys in read), default=0) + 1
        met: dict[int, int] = {}
        for at, keys in enumerate(read):
            if not len(keys):
                continue
            library = int(keys.min())
            times = met[library] = met.get(library, -1) + 1
            moved = times * step
            if moved + step > LARGEST_KEY:
                raise OverflowError("too many sectors share one library")
            home = self.homes[at]
            self.homes[at] = Home(home.site, home.sector, home.uid, home.name, home.site_name, moved)
            read[at] = keys + moved
        return np.concatenate(read) if read else np.empty(0, np.int64)


def _repeated(values: Sequence[int], sizes: Sequence[int]) -> bytes:
    return np.repeat(np.array(values, "<i4"), sizes).tobytes()


def _hot(keys: Keys, status: Ints) -> HotBatch:
    """Return the batch that gives rows another status and leaves them as they are in everything else."""
    plain = {"cluster": NULL, "volume_override": NULL, "difficulty_override": NULL}
    types = {"cluster": "<i4", "volume_override": "<i4", "difficulty_override": "<i2", "mark": "u1"}
    columns = {
        name: status if name == "status" else np.full(len(keys), plain.get(name, 0), types.get(name, "?"))
        for name in HOT
    }
    return HotBatch(keys, columns)
