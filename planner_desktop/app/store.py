"""What every use case works with: the reader, the columns, the door to the writer, ids and places.

Reader and columns belong to one thread, the one that asks (the main thread beside a window). They are opened when first needed:
a command that only reads works while another process holds the lock, and a window paints before NumPy is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from planner_core.commands import Command
from planner_core.query import Query, SortKey
from planner_desktop.app import shapes
from planner_desktop.app.places import Places
from planner_desktop.app.writer import Writer
from sync.ids import IdMaker
from sync.replica import Changed, Outcome, Reader, Replica

if TYPE_CHECKING:  # NumPy comes with the columns, when a query is first asked
    from planner_desktop.columns import KeywordColumns

T = TypeVar("T")


class Store:
    """The local data of one account, as one thread sees it."""

    def __init__(
        self,
        *,
        writer: Writer,
        open_reader: Callable[[], Reader],
        open_columns: Callable[[Reader], KeywordColumns],
        ids: IdMaker,
    ) -> None:
        self.writer = writer
        self.ids = ids
        self._open_reader = open_reader
        self._open_columns = open_columns
        self.places = Places(self._sites, self._sectors)

    @cached_property
    def reader(self) -> Reader:
        """The read-only view. Raises NotFound before the first sync."""
        return self._open_reader()

    @cached_property
    def columns(self) -> KeywordColumns:
        """The query engine, loaded."""
        return self._open_columns(self.reader)

    def do(self, call: Callable[[Replica], T]) -> T:
        """Carry out a call on the writer and return its result."""
        return self.writer.do(call)

    def run(self, commands: Sequence[Command], *, partial: bool = False, label: str | None = None) -> Outcome:
        """Carry out commands as one action."""
        return self.do(lambda replica: replica.run(commands, label=label, partial=partial))

    def select(
        self, query: Query, order: Sequence[SortKey], site: str | None, sector: str | None
    ) -> Sequence[int]:
        """Return the row keys of live keywords that match, in order; `site` and `sector` are ids."""
        raise NotImplementedError

    def refresh(self, change: Changed) -> None:
        """Bring the columns up to a change that was announced."""
        raise NotImplementedError

    def cluster_rows(self, site: str | None, sector: str | None) -> list[dict[str, Any]]:
        """Return live clusters with their figures; `site` and `sector` are ids."""
        return [shapes.cluster(row) for row in self.reader.clusters(site=site, sector=sector)]

    def close(self) -> None:
        """Close the reader, and the writer after its queue is done."""
        if "reader" in self.__dict__:
            self.reader.close()
        self.writer.close()

    def _sites(self) -> list[dict[str, Any]]:
        return [shapes.site(row) for row in self.reader.sites()]

    def _sectors(self, site: str | None) -> list[dict[str, Any]]:
        return [shapes.sector(row) for row in self.reader.sectors(site)]
