"""Rows this replica has seen that a restored platform does not have: listed, kept as copies, sent again only if the user says so.

Whoever made them may still come back with them; then the question ends by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from planner_core.uid import conflict_id
from sync.replica import keepsakes, review
from sync.replica.store import ChangeLog, Store, json_list

LOST = "lost"
CODE = "not_on_platform"
_MESSAGE = "These rows were here, but the restored platform does not have them. They can be sent again."


def list_lost(
    store: Store, scope: int, epoch: str, rows: Mapping[str, Sequence[str]], *, at: int, log: ChangeLog
) -> None:
    """Ask about rows whose copies were kept, one item a kind. `epoch` is the history they were missing in."""
    for entity, ids in rows.items():
        if not ids or entity not in keepsakes.KINDS:
            continue
        uid = conflict_id(epoch, f"{LOST}{scope}", entity)
        review.ask_here(
            store,
            uid,
            ids,
            kind=LOST,
            code=CODE,
            message=_MESSAGE,
            scope=scope,
            entity=entity,
            at=at,
        )
        log.note("review")


def end_for_arrived(store: Store, scope: int, log: ChangeLog) -> None:
    """Take rows out of the question that are here again."""
    for uid, entity, ids in store.all(
        "SELECT id, entity, ids FROM review WHERE scope = ? AND kind = ? AND state = 'open'", scope, LOST
    ):
        item = review.load_item(store, uid)
        back = _here(store, entity, ids)
        if item is None or not back:
            continue
        keepsakes.forget(store, back)
        left = [one for one in item.ids if one not in back]
        if left:
            store.run("UPDATE review SET ids = ?, uid = ? WHERE id = ?", json_list(left), left[0], uid)
        else:
            review.close(store, uid, "arrived")
        log.note("review")


def _here(store: Store, entity: str, ids: str) -> set[str]:
    if entity == "keyword":
        rows = store.all(
            "SELECT w.uid FROM json_each(?) j CROSS JOIN keyword w ON w.uid = j.value CROSS JOIN keyword_hot h ON h.k = w.k"
            " WHERE h.ver > 0 AND h.base_deleted = 0",
            ids,
        )
    else:
        rows = store.all(
            f"SELECT e.uid FROM json_each(?) j CROSS JOIN {entity} e ON e.uid = j.value WHERE e.ver > 0"
            " AND coalesce(json_extract(e.base, '$.deleted'), e.deleted) = 0",
            ids,
        )
    return {uid for (uid,) in rows}
