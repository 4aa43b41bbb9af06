"""The platform's seed keywords, as far as the sectors of the account's sites reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from planner_core.commands import AddKeywordsFromSeeds
from planner_core.decision import Refused
from planner_core.query import Query, QueryError, SortKey, Text, TextTerm
from planner_desktop.app import shapes
from planner_desktop.app.seedquery import parse_seed_sort, parse_seeds
from planner_desktop.app.store import Store
from sync.errors import InvalidUsage
from sync.ids import IdMaker
from sync.replica import Outcome, SectorRow

if TYPE_CHECKING:  # NumPy comes with the first look at the library
    from planner_desktop.columns.seeds import Home, Shelf
    from sync.replica import Reader, Replica

SAMPLE = 5


@dataclass(frozen=True, slots=True)
class Refusal:
    """Seeds that a rule keeps out: how many, why, and a few of them."""

    count: int
    code: str
    message: str
    sample: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What adding seeds would come to. `fresh`: per sector the seeds that would become keywords."""

    asked: int
    added: int
    already: int
    refused: tuple[Refusal, ...] = ()
    fresh: tuple[tuple[str, Sequence[str]], ...] = field(default=(), repr=False)

    @property
    def kept_out(self) -> int:
        """How many are refused."""
        return sum(one.count for one in self.refused)


class Library:
    """Seed keywords on this computer."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def search(
        self,
        text: str,
        *,
        site: str,
        sector: str | None = None,
        limit: int = 100,
        where: str = "",
        sort: str = "",
    ) -> tuple[list[dict[str, Any]], int]:
        """Return seeds of a sector's library (or of all the site's sectors) that contain the text and match a query.

        Largest volume first, unless another order is asked for. The second figure is how many there are without the limit.
        Raises InvalidUsage pointing at the character for a query or sort order that cannot be read, NotFound, Ambiguous.
        """
        query, order = _read(where, sort)
        if text:
            query = Query((*query.terms, TextTerm((Text(text),))))
        shelf = self._open(site, sector)
        keys = shelf.columns.select(query, order)
        rows: dict[int, dict[str, Any]] = {}
        for home, mine in shelf.by_home(keys[:limit]):
            found = self._store.reader.seed_page(shelf.seed_keys(mine).tolist(), home.uid)
            for key, row in zip(mine.tolist(), found, strict=True):
                rows[key] = {**shapes.seed(row), "sector": home.name, "sector_id": home.uid}
        return [rows[key] for key in keys[:limit].tolist()], len(keys)

    def sectors(self, *, site: str) -> list[dict[str, Any]]:
        """Return for each sector of a site how many seeds its library has, how many are keywords, and their volumes."""
        return [
            {
                "sector": one.home.name,
                "sector_id": one.home.uid,
                "site": one.home.site_name,
                "site_id": str(self._store.places.site(site)["id"]),
                "seeds": one.seeds,
                "added": one.added,
                "volume": one.volume,
                "added_volume": one.added_volume,
            }
            for one in self._open(site, None).statistics()
        ]

    def foresee(self, seeds: Sequence[str], *, site: str, sector: str) -> Foreseen:
        """Return what adding seeds (their ids) to a sector would come to; nothing is written."""
        home = self._store.places.sector(sector, site=site)
        return foresee(self._store.reader, [(str(home["id"]), seeds)])

    def find(self, where: str, *, site: str, sector: str) -> list[str]:
        """Return the ids of the seeds of a sector's library that match a query, largest volume first. Raises as `search`."""
        query, order = _read(where, "")
        shelf = self._open(site, sector)
        return self._store.reader.seed_uids(shelf.seed_keys(shelf.columns.select(query, order)).tolist())

    def _open(self, site: str, sector: str | None) -> Shelf:
        places = self._store.places
        if sector is not None:
            home = places.sector(sector, site=site)
            return load_shelf(self._store.reader, str(home["site_id"]), str(home["id"]))
        return load_shelf(self._store.reader, str(places.site(site)["id"]))


def _read(where: str, sort: str) -> tuple[Query, tuple[SortKey, ...]]:
    try:
        return parse_seeds(where), parse_seed_sort(sort or "-volume,keyword")
    except QueryError as error:
        raise InvalidUsage(
            "bad_query",
            str(error),
            'Terms look like volume:>=1000 intent:commercial -is:added "standing desk".',
        ) from None


def load_shelf(reader: Reader, site: str, sector: str | None = None) -> Shelf:
    """Read the seeds of all sectors of a site (ids), or of one. Any thread may call it with a reader of its own."""
    from planner_desktop.columns.seeds import Shelf  # noqa: PLC0415 - NumPy comes with the first look at the library

    sites = {row.id: row.key for row in reader.sites()}
    rows = [row for row in reader.sectors(site) if row.active and sector in {None, row.id}]
    return Shelf.load(reader, [_home(row, sites.get(row.site_id, 0)) for row in rows])


def _home(row: SectorRow, site: int) -> Home:
    from planner_desktop.columns.seeds import Home  # noqa: PLC0415 - see above

    return Home(site, row.key, row.id, row.name, row.site)


def foresee(reader: Reader, wanted: Sequence[tuple[str, Sequence[str]]]) -> Foreseen:
    """Return what adding seeds to sectors, as (sector, seeds) by id, would come to, by the rules that adding goes by."""
    added = already = asked = 0
    refused: list[tuple[Refused, Sequence[str]]] = []
    fresh: list[tuple[str, Sequence[str]]] = []
    for sector, seeds in wanted:
        unique = list(dict.fromkeys(seeds))
        asked += len(unique)
        # Rows to be made need ids; what is only foreseen may go by those of its seeds.
        decision = reader.foresee(AddKeywordsFromSeeds(sector, unique, unique))
        # A refusal without rows is about all of them.
        refused += [(one, one.ids or unique) for one in decision.refused]
        added += decision.changed
        already += decision.unchanged
        fresh += [(sector, operation.ids) for operation in decision.operations]
    return Foreseen(asked, added, already, _refusals(reader, refused), tuple(fresh))


def _refusals(reader: Reader, refused: Sequence[tuple[Refused, Sequence[str]]]) -> tuple[Refusal, ...]:
    """Put together what is refused for one reason."""
    ids: dict[tuple[str, str], list[str]] = {}
    for one, seeds in refused:
        ids.setdefault((one.code, one.message), []).extend(seeds)
    return tuple(
        Refusal(len(seeds), code, message, tuple(reader.seed_texts(seeds[:SAMPLE])))
        for (code, message), seeds in ids.items()
    )


def add(replica: Replica, ids: IdMaker, fresh: Sequence[tuple[str, Sequence[str]]], label: str) -> Outcome:
    """Make keywords of seeds, as (sector, seeds) by id, as one action; what a rule refuses meanwhile is in the outcome."""
    commands = [AddKeywordsFromSeeds(sector, seeds, [ids.uid() for _ in seeds]) for sector, seeds in fresh]
    return replica.run(commands, label=label, partial=True)
