"""Imported keywords that have no seed in their sector: kept until the library has one, or until somebody removes them.

imports/removed.json holds (sector, folded keyword, country) of those that were removed; the rows stay in their import.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner_core.commands import AddKeywordsFromSeeds
from planner_core.query import Choice, FieldTerm, Query, QueryError, parse, parse_sort
from planner_core.text import fold
from planner_desktop.app.files import make_private, read_json, replacing, write_json
from planner_desktop.app.importbook import ImportBook
from planner_desktop.app.matching import CANDIDATES, PIECE, nearest
from planner_desktop.app.outcomes import NOTHING
from planner_desktop.app.store import Store
from sync.errors import InvalidUsage
from sync.replica import Outcome

if TYPE_CHECKING:  # NumPy comes with the first query
    from planner_desktop.columns.candidates import CandidateShelf

Row = Mapping[str, Any]
Mark = tuple[str, str, str]
"""What a candidate is known by: sector (its id), folded keyword, country or ""."""
IN_LIBRARY = "in_library"
"""The state of a candidate whose seed has come; the others have the fate of their row."""
WORD = "candidate"
CANDIDATE_FIELDS = ("keyword", "industry", "sector", "volume", "difficulty", "intent", "country")
"""What `planner-server load-library` reads."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One candidate with where it stands. `seed` is the library's by now, None while there is none."""

    row: Row
    sector_key: int
    site_key: int
    seed: str | None = None

    @property
    def mark(self) -> Mark:
        """What it is known by."""
        return mark_of(self.row)

    @property
    def state(self) -> str:
        """IN_LIBRARY, or why it is a candidate."""
        return IN_LIBRARY if self.seed is not None else str(self.row["reason"])


def write_candidates(file: Path, rows: Iterable[Row]) -> int:
    """Write candidates as a list that `planner-server load-library` reads; return how many. Raises OSError."""
    count = 0
    with replacing(file) as out:
        lines = csv.writer(out, lineterminator="\n")
        lines.writerow(CANDIDATE_FIELDS)
        for row in rows:
            lines.writerow("" if row[name] is None else str(row[name]) for name in CANDIDATE_FIELDS)
            count += 1
    return count


def mark_of(row: Row) -> Mark:
    """Return what the row of a candidate is known by."""
    return str(row["sector_id"]), fold(str(row["keyword"])), str(row.get("country") or "")


def asked_for(query: Query) -> Query | None:
    """Return what a query with `is:candidate` asks of candidates, None for a query that is not about them."""
    about = [term for term in query.terms if _is_about(term)]
    return replace(query, terms=tuple(term for term in query.terms if term not in about)) if about else None


def _is_about(term: object) -> bool:
    return (
        isinstance(term, FieldTerm)
        and term.field == "is"
        and not term.negated
        and any(isinstance(value, Choice) and value.word == WORD for value in term.values)
    )


class Candidates:
    """The candidates of one account. `imports` lists the imports, latest first, with whether they were undone."""

    def __init__(
        self, store: Store, folder: Path, book: ImportBook, imports: Callable[[], Sequence[Row]]
    ) -> None:
        self._store = store
        self._folder = folder
        self._book = book
        self._imports = imports

    def all(self, *, site: str | None = None, sector: str | None = None) -> Iterator[Candidate]:
        """Yield the candidates of a place, of each keyword and country the latest. Raises NotFound, Ambiguous.

        What is a keyword of the sector by now is none any more.
        """
        site_id, sector_id = self._store.places.scope(site, sector)
        keys = {row.id: row.key for row in self._store.reader.sectors()}
        sites = {row.id: row.key for row in self._store.reader.sites()}
        seen = self._removed()
        for one in self._imports():
            if one["undone"] or one.get("sector_id") not in keys:
                continue
            if site_id not in (None, one["site_id"]) or sector_id not in (None, one["sector_id"]):
                continue
            if not any(one.get("counts", {}).get(fate) for fate in CANDIDATES):
                continue
            found: list[dict[str, Any]] = []
            home = (keys[one["sector_id"]], sites.get(one["site_id"], 0))
            for row in self._book.rows(int(one["number"])):
                if row["fate"] not in CANDIDATES:
                    continue
                mark = (str(one["sector_id"]), fold(row["keyword"]), row.get("country") or "")
                if mark not in seen:
                    seen.add(mark)
                    found.append(row)
                # Piece by piece: half a million rows at once would be half a gigabyte.
                if len(found) >= PIECE:
                    yield from self._matched(one, found, home)
                    found = []
            yield from self._matched(one, found, home)

    def shelf(self, *, site: str | None = None, sector: str | None = None) -> CandidateShelf:
        """Return the candidates of a place as columns, to be filtered and ordered like keywords."""
        from planner_desktop.columns.candidates import CandidateShelf  # noqa: PLC0415 - NumPy comes with the first query

        reader = self._store.reader
        names = {row.key: row.name for row in reader.sectors()}
        sites = {row.key: row.name for row in reader.sites()}
        return CandidateShelf.load(
            ((one.row, one.site_key, one.sector_key, one.seed) for one in self.all(site=site, sector=sector)),
            sectors=names,
            sites=sites,
            stamp=reader.stamp(),
        )

    def find(
        self, where: str, sort: str = "", *, site: str | None = None, sector: str | None = None
    ) -> list[Row]:
        """Return the candidates that match a query, largest volume first unless ordered otherwise.

        Raises InvalidUsage pointing at the character for a query or order that cannot be read, NotFound, Ambiguous.
        """
        try:
            query, order = parse(where), parse_sort(sort or "-volume,keyword")
        except QueryError as error:
            raise InvalidUsage(
                "bad_query", str(error), 'Terms look like volume:>=1000 import:12 "standing desk".'
            ) from None
        about = asked_for(query)
        return self.shelf(site=site, sector=sector).find(query if about is None else about, order)

    def add(self, wanted: Iterable[tuple[str, str]]) -> Outcome:
        """Make keywords of candidates whose seed has come, given as (sector, seed) by id, as one action."""
        seeds: dict[str, dict[str, None]] = {}
        for sector, seed in wanted:
            seeds.setdefault(sector, {})[seed] = None
        if not seeds:
            return NOTHING
        count = sum(map(len, seeds.values()))
        commands = [
            AddKeywordsFromSeeds(sector, list(mine), [self._store.ids.uid() for _ in mine])
            for sector, mine in seeds.items()
        ]
        noun = "candidate" if count == 1 else "candidates"
        return self._store.run(commands, partial=True, label=f"Add {count:,} {noun} that the library has now")

    def remove(self, marks: Iterable[Mark]) -> int:
        """Forget candidates; return how many. `restore` brings them back. Raises OSError."""
        removed = self._removed()
        fresh = set(marks) - removed
        self._keep(removed | fresh)
        return len(fresh)

    def restore(self, marks: Iterable[Mark]) -> None:
        """Take removed candidates back. Raises OSError."""
        self._keep(self._removed() - set(marks))

    def restore_all(self, *, site: str | None = None, sector: str | None = None) -> int:
        """Take back every candidate of a place that was removed; return how many. Raises NotFound, Ambiguous, OSError."""
        site_id, sector_id = self._store.places.scope(site, sector)
        homes = {row.id for row in self._store.reader.sectors(site_id) if sector_id in (None, row.id)}
        marks = {mark for mark in self._removed() if mark[0] in homes}
        self.restore(marks)
        return len(marks)

    # ------------------------------------------------------------ inside

    def _matched(
        self, one: Row, found: Sequence[dict[str, Any]], home: tuple[int, int]
    ) -> Iterator[Candidate]:
        for row, seed in self._with_seeds(one, found):
            yield Candidate(_shown(one, row, has_seed=seed is not None), *home, seed)

    def _with_seeds(self, one: Row, rows: Sequence[dict[str, Any]]) -> Iterator[tuple[Row, str | None]]:
        """Yield rows with the seed they would take by now; what is a keyword already is left out."""
        texts = [row["keyword"] for row in rows]
        found = self._store.reader.seeds_matching(texts, str(one["sector_id"])) if texts else {}
        for row in rows:
            seed = nearest(found.get(row["keyword"], ()), row.get("country"))
            if seed is None:
                yield row, None
            elif seed.keyword_id is None:
                yield row, seed.id

    def _removed(self) -> set[Mark]:
        return {tuple(mark) for mark in read_json(self._path) or ()}

    def _keep(self, marks: set[Mark]) -> None:
        make_private(self._folder)
        write_json(self._path, sorted(marks))

    @property
    def _path(self) -> Path:
        return self._folder / "removed.json"


def _shown(one: Row, row: Row, *, has_seed: bool) -> Row:
    volume = row.get("volume")
    return {
        "keyword": row["keyword"],
        "volume": volume if isinstance(volume, int) else None,
        "volume_range": volume if isinstance(volume, list) else None,
        **{name: row.get(name) for name in ("difficulty", "intent", "country", "group")},
        "industry": one["industry"],
        **{name: one[name] for name in ("site", "site_id", "sector", "sector_id")},
        "reason": row["fate"],
        "seed": has_seed,
        "import": one["number"],
        "file": one["files"][row["file"]]["file"],
        "sheet": row["sheet"],
        "line": row["line"],
        "read": one.get("at") or one.get("read") or "",
    }
