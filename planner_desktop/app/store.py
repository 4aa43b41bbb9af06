"""What every use case works with: the reader, the columns, the door to the writer, ids and places.

Reader and columns belong to one thread, the one that asks (the main thread beside a window). They are opened when first needed:
a command that only reads works while another process holds the lock, and a window paints before NumPy is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from planner_core.commands import Command
from planner_core.query import FieldTerm, Query, SortKey
from planner_desktop.app import shapes
from planner_desktop.app.memory import give_back
from planner_desktop.app.places import Places
from planner_desktop.app.writer import Writer
from sync.errors import ReplicaTrouble
from sync.ids import IdMaker
from sync.replica import Outcome

if TYPE_CHECKING:  # NumPy comes with the columns, when a query is first asked
    from planner_desktop.columns import KeywordColumns, Scope
    from sync.replica import Reader, Replica

T = TypeVar("T")
Teller = Callable[["KeywordColumns", "Reader"], None]


class QueryEngine(Protocol):
    """Where the columns come from. A protocol, so that NumPy stays out until they are wanted."""

    def open(self, reader: Reader) -> KeywordColumns:
        """Return the columns of the replica that `reader` reads."""

    def keep(self, columns: KeywordColumns) -> None:
        """Keep them for the next start."""

    def scope(self, site: int | None, sector: int | None) -> Scope:
        """Return the rows of a site or sector (their keys)."""


class Store:
    """The local data of one account, as one thread sees it."""

    def __init__(
        self,
        *,
        writer: Writer,
        open_reader: Callable[[], Reader],
        engine: QueryEngine,
        ids: IdMaker,
    ) -> None:
        self.writer = writer
        self.ids = ids
        self._open_reader = open_reader
        self._engine = engine
        self.places = Places(self._sites, self._sectors)
        self.tellers: dict[str, Teller] = {}
        """Field of the query line -> who tells the columns what they do not hold, before a query asks for it."""

    @cached_property
    def reader(self) -> Reader:
        """The read-only view. Raises NotFound before the first sync."""
        return self._open_reader()

    @cached_property
    def columns(self) -> KeywordColumns:
        """The query engine, loaded."""
        return self._engine.open(self.reader)

    def load_columns(self) -> KeywordColumns:
        """Load columns with a reader of their own. Any thread may call it; the result is for `adopt` on the asking thread."""
        with self.reading() as reader:
            columns = self._engine.open(reader)
        give_back()
        return columns

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Read with a connection of one's own. Any thread may."""
        reader = self._open_reader()
        try:
            yield reader
        finally:
            reader.close()

    def apart(self) -> Store:
        """Return a store with a reader and columns of its own, for another thread, which closes its reader. The writer is shared."""
        other = Store(writer=self.writer, open_reader=self._open_reader, engine=self._engine, ids=self.ids)
        other.tellers.update(self.tellers)
        return other

    def adopt(self, columns: KeywordColumns) -> None:
        """Use columns that were loaded elsewhere from now on."""
        self.columns = columns

    def do(self, call: Callable[[Replica], T]) -> T:
        """Carry out a call on the writer and return its result."""
        return self.writer.do(call)

    def run(self, commands: Sequence[Command], *, partial: bool = False, label: str | None = None) -> Outcome:
        """Carry out commands as one action."""
        return self.do(lambda replica: replica.run(commands, label=label, partial=partial))

    def select(
        self, query: Query, order: Sequence[SortKey], site: str | None, sector: str | None
    ) -> Sequence[int]:
        """Return the row keys of live keywords that match, in order; `site` and `sector` are ids.

        The columns are first brought up to the replica, whoever wrote it since.
        """
        if self.columns.stamp != self.reader.stamp():
            self.columns = self._engine.open(self.reader)
        for tell in {self.tellers[field] for field in _fields(query) if field in self.tellers}:
            tell(self.columns, self.reader)
        # NumPy arrays are sequences in all but name.
        return cast(
            "Sequence[int]", self.columns.select(query, order, self._engine.scope(*self._keys(site, sector)))
        )

    def unknown_names(self, query: Query) -> list[tuple[str, str]]:
        """Return (field, name) of the sites, sectors and clusters in a query that nobody here is called."""
        told = self.columns.unknown_names(query)
        return [(field, name.text) for field, name in told if field != "country"]

    def _keys(self, site: str | None, sector: str | None) -> tuple[int | None, int | None]:
        """Return the row keys of a site and a sector, which the columns know them by."""
        sites = {row.id: row.key for row in self.reader.sites()} if site else {}
        sectors = {row.id: row.key for row in self.reader.sectors(site)} if sector else {}
        return sites.get(site or ""), sectors.get(sector or "")

    def cluster_rows(self, site: str | None, sector: str | None) -> list[dict[str, Any]]:
        """Return live clusters with their figures; `site` and `sector` are ids."""
        return [shapes.cluster(row) for row in self.reader.clusters(site=site, sector=sector)]

    def close(self) -> None:
        """Close the reader, and the writer after its queue is done."""
        try:
            # What cannot be read now must not hide why the command ends; the next start loads the columns from the replica.
            with suppress(ReplicaTrouble):
                if "columns" in self.__dict__ and self.columns.stamp == self.reader.stamp():
                    self._engine.keep(self.columns)
            if "reader" in self.__dict__:
                self.reader.close()
        finally:
            self.writer.close()

    def _sites(self) -> list[dict[str, Any]]:
        return [shapes.site(row) for row in self.reader.sites()]

    def _sectors(self, site: str | None) -> list[dict[str, Any]]:
        return [shapes.sector(row) for row in self.reader.sectors(site)]


def _fields(query: Query) -> set[str]:
    return {term.field for term in query.terms if isinstance(term, FieldTerm)}
