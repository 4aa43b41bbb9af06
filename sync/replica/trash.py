"""Rows into the trash and out of it, and what becomes of the keywords and ideas in a cluster."""

from __future__ import annotations

import json
from collections.abc import Sequence

from planner_core.operations import Delete
from sync.replica.facts import HIDDEN
from sync.replica.rows import Rows
from sync.replica.store import json_list


class Trash:
    """Deletes and restores effective rows."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._store = rows.store

    def set_deleted(self, entity: str, ids: Sequence[str], *, deleted: int) -> None:
        """Put rows into the trash (1) or take them out (0)."""
        assignment, condition = f"deleted = {deleted}", f"AND deleted <> {HIDDEN}"
        if entity == "keyword":
            self._rows.update_keywords(assignment, (), ids, condition=condition)
        else:
            self._rows.update_small(entity, assignment, (), ids, condition=condition)

    def leave_dead_clusters(self, entity: str, ids: Sequence[str]) -> dict[str, str]:
        """Take restored rows out of a cluster that is in the trash, or was cleared away, meanwhile.

        Return row -> the deleted cluster it left.
        """
        left = self._in_dead_clusters(entity, ids)
        condition = "AND cluster IS NOT NULL AND cluster NOT IN (SELECT {} FROM cluster WHERE deleted = 0)"
        if entity == "keyword":
            self._rows.update_keywords(
                "cluster = NULL, status = 'new'", (), ids, condition=condition.format("k")
            )
        elif entity == "idea":
            self._rows.update_small("idea", "cluster = NULL", (), ids, condition=condition.format("uid"))
        return left

    def _in_dead_clusters(self, entity: str, ids: Sequence[str]) -> dict[str, str]:
        if entity == "keyword":
            found = (
                "SELECT w.uid, c.uid FROM json_each(?) j JOIN keyword w ON w.uid = j.value JOIN keyword_hot h ON h.k = w.k"
                " JOIN cluster c ON c.k = h.cluster AND c.deleted = 1"
            )
        elif entity == "idea":
            found = (
                "SELECT i.uid, c.uid FROM json_each(?) j JOIN idea i ON i.uid = j.value"
                " JOIN cluster c ON c.uid = i.cluster AND c.deleted = 1"
            )
        else:
            return {}
        return dict(self._store.all(found, json_list(ids)))

    def detach(self, clusters: Sequence[str]) -> None:
        """Take keywords and ideas out of clusters, and note with the cluster which ones: restoring it brings them back."""
        found = self._store.all(
            "SELECT c.uid, w.uid FROM keyword_hot h JOIN keyword w ON w.k = h.k JOIN cluster c ON c.k = h.cluster"
            " WHERE h.cluster IN (SELECT k FROM cluster WHERE uid IN (SELECT value FROM json_each(?)))",
            json_list(clusters),
        )
        found += self._store.all(
            "SELECT cluster, uid FROM idea WHERE cluster IN (SELECT value FROM json_each(?))",
            json_list(clusters),
        )
        children: dict[str, list[str]] = {}
        for cluster, child in found:
            children.setdefault(cluster, []).append(child)
        for cluster, inside in children.items():
            noted = self._store.value("SELECT detached FROM cluster WHERE uid = ?", cluster)
            self._store.run(
                "UPDATE cluster SET detached = ? WHERE uid = ?",
                json_list(dict.fromkeys([*json.loads(noted or "[]"), *inside])),
                cluster,
            )
        members = [child for _, child in found]
        if members:
            self._rows.set_keywords(("cluster", "status"), (None, "new"), members)
            for cluster, inside in children.items():
                self._clear_ideas(inside, cluster)

    def detach_listed(self, delete: Delete, wanted: frozenset[str]) -> None:
        """Take the listed children that are being recomputed out of clusters whose deletion is replayed."""
        for cluster, children in delete.children.items():
            inside = [uid for uid in self._rows.aliases.all(children) if uid in wanted]
            if inside:
                kept = self._rows.aliases.one(cluster)
                key = int(self._store.value("SELECT k FROM cluster WHERE uid = ?", kept) or 0)
                self._rows.update_keywords(
                    "cluster = NULL, status = 'new'", (), inside, condition=f"AND cluster = {key}"
                )
                self._clear_ideas(inside, kept)

    def _clear_ideas(self, ids: Sequence[str], cluster: str) -> None:
        self._rows.update_small(
            "idea", "cluster = NULL", (), ids, condition="AND cluster = ?", bound=(cluster,)
        )

    def reattach(self, cluster: str, children: Sequence[str]) -> None:
        """Put children back into a restored cluster where they are still in none."""
        uid = self._rows.aliases.one(cluster)
        key = self._store.value("SELECT k FROM cluster WHERE uid = ? AND deleted = 0", uid)
        if key is None or not children:
            return
        untouched = "AND cluster IS NULL AND deleted = 0"
        self._rows.update_keywords(
            "cluster = ?, status = 'mapped'",
            (key,),
            list(children),
            condition=f"{untouched} AND status = 'new'",
        )
        self._rows.update_small("idea", "cluster = ?", (uid,), children, condition=untouched)
