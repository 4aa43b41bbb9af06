"""Keywords: the query line's selection, bulk changes, and additions from the library."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from planner_core.commands import (
    AddKeywordsFromSeeds,
    AssignCluster,
    Command,
    CreateCluster,
    DeleteRows,
    SetEnabled,
    SetOverride,
    SetStatus,
)
from planner_core.query import QueryError, parse, parse_sort
from planner_core.text import fold
from planner_core.uid import canonical
from planner_desktop.app.contract import KEYWORD_FIELDS
from planner_desktop.app.outcomes import NOTHING
from planner_desktop.app.places import choose
from planner_desktop.app.store import Store
from sync.errors import InvalidUsage
from sync.replica import Outcome, SeedRow

if TYPE_CHECKING:  # NumPy comes with the first query
    from planner_desktop.columns import Keys

PAGE = 5_000
MATCH_PIECE = 20_000


@dataclass(frozen=True, slots=True)
class Selection:
    """The keywords a query line means, as row keys in order, with the question that found them."""

    keys: Sequence[int]
    where: str
    site: str | None
    sector: str | None
    unknown: Sequence[tuple[str, str]] = ()
    """(field, name) of what the query names and nobody is called: such a term finds nothing."""

    def __len__(self) -> int:
        return len(self.keys)

    def need_known(self) -> Selection:
        """Return the selection, to be changed. Raises InvalidUsage if the query names what is not there: it may be a slip."""
        for field, name in self.unknown:
            raise InvalidUsage(
                f"unknown_{field}",
                f"No {field} is called {name!r}: nothing was changed.",
                f"See the names there are: planner {field}s"
                + (" list" if field in {"cluster", "tag", "import"} else ""),
            )
        return self

    def first(self, count: int) -> Selection:
        """Return the selection of its first rows."""
        return replace(self, keys=self.keys[:count])


@dataclass(frozen=True, slots=True)
class Added:
    """What became of seeds: the edit, how many were keywords already, and texts no seed of the library is equal to."""

    outcome: Outcome
    already_there: int
    unmatched: Sequence[str] = ()


class Keywords:
    """Keywords of one account."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def select(
        self, where: str = "", *, sort: str = "", site: str | None = None, sector: str | None = None
    ) -> Selection:
        """Return the live keywords that match, in order. `site` and `sector` are ids, slugs or names.

        Raises InvalidUsage pointing at the character for a query or sort order that cannot be read, NotFound, Ambiguous.
        """
        site_id, sector_id = self._store.places.scope(site, sector)
        return self._select(where, sort, site_id, sector_id)

    def among(self, ids: Sequence[str]) -> Selection:
        """Return the selection of keywords given by id, in that order; unknown ids are left out."""
        keys = self._store.reader.keyword_keys(ids)
        return Selection([keys[uid] for uid in ids if uid in keys], "", None, None)

    def rows(self, selection: Selection, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """Yield the rows of a selection as the `--json` contract has them, page by page."""
        keys = selection.keys if limit is None else selection.keys[:limit]
        for start in range(0, len(keys), PAGE):
            for row in self._store.reader.keyword_page([int(key) for key in keys[start : start + PAGE]]):
                yield {name: row[name] for name in KEYWORD_FIELDS}

    def ids(self, selection: Selection) -> list[str]:
        """Return the uids of a selection."""
        return list(self._store.reader.keyword_uids([int(key) for key in selection.keys]))

    def set(
        self,
        selection: Selection,
        *,
        status: str | None = None,
        cluster: str | None = None,
        new_cluster: str | None = None,
        volume: str | None = None,
        difficulty: str | None = None,
        enabled: bool | None = None,
        partial: bool = False,
    ) -> Outcome:
        """Change what is given of every selected keyword, as one action.

        `cluster` is an id or name, "none" takes out of any; `new_cluster` is made first, in the sector all of them are of;
        `volume` and `difficulty` are numbers, "reset" takes the override away.
        """
        figures = {"volume": _figure("volume", volume), "difficulty": _figure("difficulty", difficulty)}
        target = None if cluster is None or cluster == "none" else self._cluster(cluster, selection)
        ids = self.ids(selection)
        if not ids:
            return NOTHING
        commands: list[Command] = []
        label = None
        if new_cluster is not None:
            target = self._store.ids.uid()
            commands.append(CreateCluster(target, self._one_sector(selection), new_cluster))
            label = f"New cluster {new_cluster.strip()!r} for {len(ids):,} keyword{'s' * (len(ids) != 1)}"
        if cluster is not None or new_cluster is not None:
            commands.append(AssignCluster(ids, target, status))
        elif status is not None:
            commands.append(SetStatus("keyword", ids, status))
        commands += [SetOverride(name, ids, value[0]) for name, value in figures.items() if value]
        if enabled is not None:
            commands.append(SetEnabled("keyword", ids, enabled))
        return self._store.run(commands, partial=partial, label=label)

    def delete(self, selection: Selection, *, partial: bool = False) -> Outcome:
        """Move the selected keywords to the trash, as one action."""
        ids = self.ids(selection)
        return self._store.run([DeleteRows("keyword", ids)], partial=partial) if ids else NOTHING

    def add(self, seeds: Sequence[str], *, site: str, sector: str) -> Added:
        """Make keywords of a sector from seeds given by id; those the sector has already are left alone.

        Raises InvalidUsage for what is no id. Seeds the library does not have, or of another sector, are in the outcome's refusals.
        """
        wrong = [seed for seed in seeds if canonical(seed) is None]
        if wrong:
            raise InvalidUsage(
                "bad_seed_id",
                f"{wrong[0]!r} is not the id of a seed keyword.",
                "Find ids with: planner library search TEXT --site S",
            )
        home = self._store.places.sector(sector, site=site)
        return self._add([str(canonical(seed)) for seed in seeds], str(home["id"]), ())

    def add_matching(self, source: Path, *, site: str, sector: str) -> Added:
        """Make keywords from a text file with one keyword a line ("-": standard input); each takes the seed equal to it.

        Where the library has a keyword for several countries, the one with the largest known volume is taken.
        """
        home = str(self._store.places.sector(sector, site=site)["id"])
        return self.add_texts(_lines(source), home)

    def add_texts(self, texts: Sequence[str], sector_id: str) -> Added:
        """Make keywords of a sector (its id) from texts that are equal to a seed of its library."""
        wanted = list({fold(text): text for text in reversed(texts)}.values())[::-1]
        seeds: list[str] = []
        unmatched: list[str] = []
        # Piece by piece: half a million seeds as rows at once would be half a gigabyte.
        for start in range(0, len(wanted), MATCH_PIECE):
            piece = wanted[start : start + MATCH_PIECE]
            found = self._store.reader.seeds_matching(piece, sector_id)
            seeds += [_largest(found[text]).id for text in piece if found.get(text)]
            unmatched += [text for text in piece if not found.get(text)]
        return self._add(seeds, sector_id, unmatched)

    def _add(self, seeds: Sequence[str], sector_id: str, unmatched: Sequence[str]) -> Added:
        unique = list(dict.fromkeys(seeds))
        if not unique:
            return Added(NOTHING, 0, unmatched)
        ids = [self._store.ids.uid() for _ in unique]
        outcome = self._store.run([AddKeywordsFromSeeds(sector_id, unique, ids)], partial=True)
        return Added(outcome, outcome.unchanged, unmatched)

    def _select(self, where: str, sort: str, site_id: str | None, sector_id: str | None) -> Selection:
        try:
            query, order = parse(where), parse_sort(sort)
        except QueryError as error:
            raise InvalidUsage(
                "bad_query",
                str(error),
                'Terms look like status:new volume:>=1000 cluster:none "standing desk" -ikea.',
            ) from None
        keys = self._store.select(query, order, site_id, sector_id)
        return Selection(keys, where, site_id, sector_id, self._store.unknown_names(query))

    def _one_sector(self, selection: Selection) -> str:
        """Return the id of the sector that all selected keywords are of. Raises InvalidUsage if they are of several."""
        if selection.sector is not None:
            return selection.sector
        # The store hands the columns' own arrays out as sequences.
        found = self._store.columns.shares(cast("Keys", selection.keys)).sectors
        if len(found) != 1:
            raise InvalidUsage(
                "several_sectors",
                f"These keywords are of {len(found)} sectors; a cluster belongs to one.",
                "Name one of them: --site S --sector T",
            )
        return next(row.id for row in self._store.reader.sectors() if row.key == found[0])

    def _cluster(self, text: str, selection: Selection) -> str:
        """Return the id of the cluster meant; names are looked up where the selected keywords are."""
        rows = self._store.cluster_rows(selection.site, selection.sector)
        same = [row for row in rows if fold(row["name"]) == fold(text)]
        if len(same) > 1:
            near = [
                row
                for row in same
                if len(self._select(selection.where, "", row["site_id"], row["sector_id"]))
            ]
            rows = near or same
        return str(
            choose(
                "cluster",
                rows,
                text,
                remedy="Make it first: planner clusters create NAME --site S --sector T",
            )["id"]
        )


def _figure(name: str, text: str | None) -> tuple[int | None] | None:
    """Return (value,) for an override to set, None where nothing was given."""
    if text is None:
        return None
    if text.strip().casefold() == "reset":
        return (None,)
    plain = text.strip().replace("_", "").replace(" ", "")
    if not (plain.isascii() and plain.removeprefix("-").isdigit()):
        raise InvalidUsage(
            "bad_figure", f"{text!r} is not a {name}.", f"Give a whole number, or reset: --{name} 1200"
        )
    return (int(plain),)


def _largest(seeds: Sequence[SeedRow]) -> SeedRow:
    return max(seeds, key=lambda seed: (-1 if seed.volume is None else seed.volume, seed.id))


def _lines(source: Path) -> list[str]:
    """Return the lines of a text file that hold something. UTF-8, or UTF-16 with its mark."""
    raw = sys.stdin.buffer.read() if str(source) == "-" else _bytes(source)
    is_wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = raw.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        where = raw.count(b"\n", 0, error.start) + 1
        raise InvalidUsage(
            "bad_encoding",
            f"{source}, line {where}: this is not UTF-8 text.",
            "Save the file as UTF-8 with one keyword a line.",
        ) from None
    return [line.strip() for line in text.splitlines() if line.strip()]


def _bytes(source: Path) -> bytes:
    try:
        return source.read_bytes()
    except OSError as error:
        raise InvalidUsage(
            "no_file", f"{source} cannot be read: {error.strerror}.", "Check the path."
        ) from None
