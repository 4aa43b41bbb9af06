"""Clusters: list, make, rename, delete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from planner_core.commands import CreateCluster, DeleteRows, EditRow
from planner_desktop.app.places import choose
from planner_desktop.app.store import Store
from sync.replica import Outcome


class Clusters:
    """Clusters of one account. Sites, sectors and clusters are given by id, slug or name."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list(self, *, site: str | None = None, sector: str | None = None) -> Sequence[dict[str, Any]]:
        """Return the live clusters with the figures of their keywords."""
        return self._store.cluster_rows(*self._store.places.scope(site, sector))

    def create(self, name: str, *, site: str, sector: str, description: str = "") -> tuple[str, Outcome]:
        """Make a cluster; return its id. A name the sector has already is refused in the outcome."""
        home = self._store.places.sector(sector, site=site)
        uid = self._store.ids.uid()
        return uid, self._store.run([CreateCluster(uid, str(home["id"]), name, description)])

    def rename(
        self, cluster: str, name: str, *, site: str | None = None, sector: str | None = None
    ) -> Outcome:
        """Give a cluster another name."""
        return self._store.run([EditRow("cluster", self._one(cluster, site, sector), {"name": name})])

    def delete(self, cluster: str, *, site: str | None = None, sector: str | None = None) -> Outcome:
        """Move a cluster to the trash; its keywords and ideas stay without one."""
        return self._store.run([DeleteRows("cluster", [self._one(cluster, site, sector)])])

    def _one(self, text: str, site: str | None, sector: str | None) -> str:
        return str(choose("cluster", self.list(site=site, sector=sector), text)["id"])
