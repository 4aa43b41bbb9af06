"""How a review item ends, and what a decision on a conflict is sent as."""

from __future__ import annotations

from collections.abc import Sequence

from planner_core.operations import Resolve
from sync.replica import review
from sync.replica.desk import Desk
from sync.replica.overlay import refresh_review_marks
from sync.replica.records import Choice


def close_item(desk: Desk, item: review.Item, choice: Choice) -> None:
    """Close a review item as decided and give its rows their marks."""
    review.close(desk.store, item.id, choice)
    refresh_review_marks(desk.store, desk.log, item.entity, item.ids)
    desk.log.note("review")


def dismissal(desk: Desk, item: review.Item, ops: Sequence[str] = ()) -> list[Resolve]:
    """Return the operation that ends refused or parked work on every machine: it was let go, or sent again as new work.

    `ops` names the operations it ends if not all of the item's are meant: others may lie on another machine of the user's. None
    for what only this machine knows of, and where the platform does not hear this user any more.
    """
    known, access = desk.store.one(
        "SELECT r.ver <> 0, s.access FROM review r JOIN scope_state s ON s.k = r.scope WHERE r.id = ?",
        item.id,
    )
    if not known or access == "none" or item.kind not in review.WORK:
        return []
    return [Resolve(item.id, "theirs", item.entity, item.ids[0], item.group, tuple(ops), ())]


def decision(item: review.Item, choice: Choice) -> Resolve:
    """Return the operation that decides a conflict."""
    value = item.mine if choice == "mine" else item.theirs
    return Resolve(item.id, choice, item.entity, item.ids[0], item.group, value or (), item.theirs or ())
