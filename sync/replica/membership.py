"""Who is in a cluster, named when it goes and when it comes back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from planner_core.operations import Delete, Operation, Restore
from sync.replica.bodies import row_ids
from sync.replica.overlay import Overlay
from sync.replica.store import ChangeLog, Store, json_list


def with_children(store: Store, operation: Operation) -> Operation:
    """Name the rows that a cluster's deletion puts out, or that its restoring takes back in where still unassigned."""
    if isinstance(operation, Delete) and operation.entity == "cluster":
        return replace(operation, children={uid: _members(store, uid) for uid in operation.ids})
    if not isinstance(operation, Restore) or operation.entity != "cluster" or operation.reattach:
        return operation
    rows = store.all(
        "SELECT uid, detached FROM cluster WHERE detached IS NOT NULL AND uid IN (SELECT value FROM json_each(?))",
        json_list(operation.rows),
    )
    store.run(
        "UPDATE cluster SET detached = NULL WHERE uid IN (SELECT value FROM json_each(?))",
        json_list(operation.rows),
    )
    return replace(operation, reattach={uid: json.loads(inside) for uid, inside in rows})


def _members(store: Store, cluster: str) -> list[str]:
    """Return the rows in a cluster, those in the trash too: they leave it like the others."""
    keywords = store.all(
        "SELECT w.uid FROM keyword_hot h JOIN keyword w ON w.k = h.k"
        " WHERE h.cluster = (SELECT k FROM cluster WHERE uid = ?) AND h.deleted < 2 ORDER BY h.k",
        cluster,
    )
    ideas = store.all("SELECT uid FROM idea WHERE cluster = ? AND deleted < 2 ORDER BY k", cluster)
    return [uid for (uid,) in (*keywords, *ideas)]


def return_members(store: Store, log: ChangeLog, operations: Iterable[Operation]) -> None:
    """Rows the platform put into a cluster while its deletion waited are in it again once it is restored."""
    restored = [one for one in operations if isinstance(one, Restore) and one.entity == "cluster"]
    if not restored:
        return
    overlay = Overlay(store, log)
    overlay.touch(row_ids(restored))
    overlay.touch_members(uid for one in restored for uid in one.rows)
    overlay.recompute()
