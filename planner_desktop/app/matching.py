"""What becomes of each row of an import in one sector: which seed it takes, and what the sector has already.

A keyword is made from a seed of its sector's library and from nothing else. Rows without one are candidates: kept, with all they know.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from planner_core.commands import AddKeywordsFromSeeds, Command
from planner_core.text import fold
from planner_desktop.app.rowvalues import (
    FIGURES,
    FILLED,
    ON_DUPLICATE,
    Clusters,
    Held,
    OnDuplicate,
    RowValues,
    Values,
)
from planner_desktop.app.store import Store
from sync.replica import SeedRow

if TYPE_CHECKING:  # what reads files comes with the first of them: the window knows candidates without it
    from planner_desktop.importing import Chunk, ImportPlan, Watch

__all__ = ["FIGURES", "ON_DUPLICATE", "FileWork", "Home", "Matched", "Matcher", "OnDuplicate", "nearest"]
ADD, ALREADY_THERE, FILL, UPDATE = "add", "already_there", "fill", "update"
NO_SEED, MISALIGNED, DUPLICATE = "no_seed", "misaligned", "duplicate"
CANDIDATES = (NO_SEED, MISALIGNED)
PIECE = 100_000


@dataclass(frozen=True, slots=True)
class Home:
    """The sector the rows are meant for, and sectors of other libraries to look in where theirs has no seed."""

    site: Mapping[str, Any]
    sector: Mapping[str, Any]
    elsewhere: Mapping[str, str]
    """Those sectors' ids -> what a person calls them."""


@dataclass(slots=True)
class FileWork:
    """What the rows of one file come to: seeds with the ids of the keywords to be made, and what is set on keywords."""

    seeds: list[str] = field(default_factory=list)
    new_ids: list[str] = field(default_factory=list)
    values: Values = field(default_factory=Values)


@dataclass(slots=True)
class Matched:
    """The rows of a plan, decided. `fates` and `ids` go with `plan.chunks()`: disposition and keyword (its uid, or "") of each row."""

    home: Home
    fates: list[list[str]] = field(default_factory=list)
    ids: list[list[str]] = field(default_factory=list)
    work: dict[int, FileWork] = field(default_factory=lambda: defaultdict(FileWork))
    """By file."""
    files: dict[int, Counter[str]] = field(default_factory=dict)
    other_country: Counter[int] = field(default_factory=Counter)
    """By file."""
    elsewhere: Counter[str] = field(default_factory=Counter)
    """Misaligned rows of all files, by the name of the first sector whose library has their seed."""

    def commands(self, only: int | None = None) -> list[Command]:
        """Return what carries the import out, of all files or of one."""
        files = [self.work[only]] if only is not None else list(self.work.values())
        seeds = [seed for one in files for seed in one.seeds]
        values = self.values(only)
        sector = str(self.home.sector["id"])
        made: list[Command] = list(values.before(sector))
        if seeds:
            new_ids = [uid for one in files for uid in one.new_ids]
            made.append(AddKeywordsFromSeeds(sector, seeds, new_ids))
        return [*made, *values.after()]

    def values(self, only: int | None = None) -> Values:
        """Return what is set on keywords, by all files or by one."""
        found = Values()
        for one in [self.work[only]] if only is not None else self.work.values():
            found.add(one.values)
        return found


class Matcher:
    """Decides chunk by chunk. Reads the replica, changes nothing."""

    def __init__(self, store: Store, home: Home, on_duplicate: OnDuplicate) -> None:
        self._store = store
        self._on_duplicate = on_duplicate
        self._taken: set[str] = set()
        self._matched = Matched(home)
        self._clusters = Clusters(store, str(home.site["id"]), str(home.sector["id"]))
        self._ours: list[bool] = []

    def match(self, plan: ImportPlan, watch: Watch | None = None) -> Matched:
        """Decide every row of a plan. Raises Cancelled."""
        from planner_desktop import importing  # noqa: PLC0415 - see above

        watch = watch or importing.Watch()
        watch.begin("", len(plan))
        done = 0
        self._ours = [one.tool == importing.PLANNER for one in plan.files]
        for number, one in enumerate(plan.files):
            self._matched.files[number] = Counter(
                {name: count for name, count in one.counts.items() if name != "keyword"}
            )
        for chunks in _grouped(plan.chunks()):
            texts = [text for chunk in chunks for text in chunk.keywords]
            found = self._seeds(texts, str(self._matched.home.sector["id"]))
            elsewhere = self._found_elsewhere([text for text in texts if text not in found])
            for chunk in chunks:
                self._match(chunk, found, elsewhere)
                done += len(chunk)
                watch.step(done)
        return self._matched

    def _match(
        self, chunk: Chunk, found: Mapping[str, Sequence[SeedRow]], elsewhere: Mapping[str, str]
    ) -> None:
        countries = chunk.columns.get("country") or [None] * len(chunk)
        fates, ids = [""] * len(chunk), [""] * len(chunk)
        work = self._matched.work[chunk.file]
        values = RowValues(chunk, self._on_duplicate, self._clusters, ours=self._ours[chunk.file])
        there: list[int] = []
        missing: list[int] = []
        for at, (keyword, country) in enumerate(zip(chunk.keywords, countries, strict=True)):
            seed = nearest(found.get(keyword, ()), country)
            if seed is None:
                missing.append(at)
                continue
            self._matched.other_country[chunk.file] += bool(
                country and seed.country and seed.country != country
            )
            if seed.id in self._taken:
                fates[at] = DUPLICATE
            elif seed.keyword_id is not None:
                fates[at], ids[at] = ALREADY_THERE, seed.keyword_id
                there.append(at)
            else:
                fates[at], ids[at] = ADD, self._store.ids.uid()
                work.seeds.append(seed.id)
                work.new_ids.append(ids[at])
                if values.has_any:
                    values.decide(at, ids[at], Held.of_seed(seed), work.values)
            self._taken.add(seed.id)
        if there and self._on_duplicate != "skip":
            self._set_values(values, there, fates, ids, work.values)
        for at in missing:
            sector = elsewhere.get(chunk.keywords[at])
            fates[at] = NO_SEED if sector is None else MISALIGNED
            if sector is not None:
                self._matched.elsewhere[sector] += 1
        self._matched.fates.append(fates)
        self._matched.ids.append(ids)
        self._matched.files[chunk.file] += Counter(fates)

    def _seeds(self, texts: Sequence[str], sector: str) -> dict[str, list[SeedRow]]:
        """Return text -> seeds equal to it, else to its plainer spelling (without quotes, plus signs and the like)."""
        from planner_desktop.importing.keywords import key_of  # noqa: PLC0415 - see above

        found = self._store.reader.seeds_matching(texts, sector)
        plainer = {text: key for text in texts if text not in found and (key := key_of(text)) != fold(text)}
        if plainer:
            more = self._store.reader.seeds_matching(list(plainer.values()), sector)
            found |= {text: more[key] for text, key in plainer.items() if key in more}
        return found

    def _found_elsewhere(self, texts: Sequence[str]) -> dict[str, str]:
        """Return text -> name of the first sector whose library has a seed for it."""
        found: dict[str, str] = {}
        for sector, name in self._matched.home.elsewhere.items():
            rest = [text for text in texts if text not in found]
            if rest:
                found |= dict.fromkeys(self._store.reader.seeds_matching(rest, sector), name)
        return found

    def _set_values(
        self, values: RowValues, there: Sequence[int], fates: list[str], ids: Sequence[str], found: Values
    ) -> None:
        """Decide what the rows of keywords that are there set on them."""
        keys = self._store.reader.keyword_keys([ids[at] for at in there])
        rows = {row["id"]: row for row in self._store.reader.keyword_page(list(keys.values()))}
        for at in there:
            row = rows.get(ids[at])
            done = 0 if row is None else values.decide(at, ids[at], Held.of_row(row), found)
            if done:
                fates[at] = FILL if done == FILLED else UPDATE


def _grouped(chunks: Iterable[Chunk]) -> Iterator[list[Chunk]]:
    """Yield chunks together: each question to the library goes through all of its seeds."""
    group: list[Chunk] = []
    for chunk in chunks:
        group.append(chunk)
        if sum(map(len, group)) >= PIECE:
            yield group
            group = []
    if group:
        yield group


def nearest(seeds: Iterable[SeedRow], country: str | None) -> SeedRow | None:
    """Return the seed of the row's country, else one for no country, else the one with the largest known volume."""
    return max(
        seeds,
        key=lambda seed: (
            country is not None and seed.country == country,
            not seed.country,
            -1 if seed.volume is None else seed.volume,
            seed.id,
        ),
        default=None,
    )
