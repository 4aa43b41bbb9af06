"""The read-only view of a replica: everything the screens and the command line show. Needs the standard library only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sync.replica.records import (
    ClusterRow,
    Counts,
    HistoryRow,
    IdeaRow,
    OwnerRow,
    PendingRow,
    ReviewRow,
    ScopeRow,
    SectorRow,
    SeedRow,
    SiteRow,
)


class Reader:
    """A `query_only` connection. Use it from one thread; several readers may be open beside the writer."""

    @classmethod
    def open(cls, path: Path) -> Reader:
        """Open an existing replica file. Raises NotFound, ReplicaNewer, ReplicaCorrupt (left in place)."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the connection."""
        raise NotImplementedError

    # ------------------------------------------------------------------ the columns' source

    def stamp(self) -> tuple[str, int]:
        """Return (file id, commit number)."""
        raise NotImplementedError

    def names(self, kind: str) -> dict[int, str]:
        """Return key -> name of "site", "sector" or "cluster"."""
        raise NotImplementedError

    # ------------------------------------------------------------------ keywords

    def keyword_page(self, keys: Sequence[int]) -> list[dict[str, Any]]:
        """Return the rows of those keys, in that order, in the JSON shape of the command line; absent keys are left out."""
        raise NotImplementedError

    def keyword_uids(self, keys: Sequence[int]) -> list[str]:
        """Return the uids of those keys, in that order; absent keys are left out."""
        raise NotImplementedError

    def keyword_keys(self, ids: Sequence[str]) -> dict[str, int]:
        """Return uid -> key of the keywords among `ids`; merged keywords are found under their former uid too."""
        raise NotImplementedError

    # ------------------------------------------------------------------ the rest

    def owner(self) -> OwnerRow | None:
        """Return whose work this is."""
        raise NotImplementedError

    def sites(self) -> list[SiteRow]:
        """Return the account's sites by name."""
        raise NotImplementedError

    def sectors(self, site: str | None = None) -> list[SectorRow]:
        """Return sectors of one site (uid) or of all."""
        raise NotImplementedError

    def clusters(
        self, *, site: str | None = None, sector: str | None = None, deleted: bool = False
    ) -> list[ClusterRow]:
        """Return live (or trashed) clusters by name, with figures."""
        raise NotImplementedError

    def cluster_by_name(self, sector: str, name: str) -> ClusterRow | None:
        """Return the sector's live cluster of that name under the shared normalisation."""
        raise NotImplementedError

    def ideas(
        self, *, site: str | None = None, sector: str | None = None, deleted: bool = False
    ) -> list[IdeaRow]:
        """Return live (or trashed) ideas."""
        raise NotImplementedError

    def library_search(self, text: str, sector: str, *, limit: int = 100) -> list[SeedRow]:
        """Return active seeds of the sector's library that contain the text, largest volume first."""
        raise NotImplementedError

    def seeds_matching(self, texts: Sequence[str], sector: str) -> dict[str, list[SeedRow]]:
        """Return text -> active seeds of the sector's library that are equal to it under the shared normalisation."""
        raise NotImplementedError

    def trash(self, *, site: str | None = None, limit: int = 1000) -> list[dict[str, Any]]:
        """Return trashed rows: entity, id, name, site, sector."""
        raise NotImplementedError

    def history(self, limit: int = 100) -> list[HistoryRow]:
        """Return actions, latest first."""
        raise NotImplementedError

    def pending(self) -> list[PendingRow]:
        """Return mutations that are not settled, oldest first."""
        raise NotImplementedError

    def review(self, state: str = "open") -> list[ReviewRow]:
        """Return review items, oldest first."""
        raise NotImplementedError

    def scopes(self) -> list[ScopeRow]:
        """Return all scopes."""
        raise NotImplementedError

    def counts(self) -> Counts:
        """Return what waits and what asks for a decision."""
        raise NotImplementedError
