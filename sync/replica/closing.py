"""How a review item ends, and what a decision on a conflict is sent as."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from planner_core.operations import Resolve
from sync.replica import review
from sync.replica.desk import Desk
from sync.replica.overlay import refresh_review_marks
from sync.replica.records import Choice


def close_item(desk: Desk, item: review.Item, choice: str) -> None:
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


def answered_again(desk: Desk, decision: Resolve) -> None:
    """Close the question of a decision that was not taken and goes out once more; work of other machines stays asked about."""
    item = review.load_item(desk.store, decision.conflict)
    if item is None or item.state != "open":
        return
    if item.kind not in review.WORK or not decision.value or set(item.ops) <= set(decision.value):
        close_item(desk, item, decision.choice)


def let_go(desk: Desk, op_id: str, is_over: Callable[[review.Item, str], bool]) -> list[Resolve]:
    """End what is asked about an operation's work that was not carried out, for the rows that `is_over`; return what the platform is told.

    A question that speaks of other work, too, stays open for that; one of whose rows some are left, for those.
    """
    ends: list[Resolve] = []
    for (uid,) in desk.store.all("SELECT id FROM review WHERE state = 'open' AND instr(ops, ?) > 0", op_id):
        item = review.load_item(desk.store, uid)
        if item is None or item.kind not in review.WORK:
            continue
        others = [one for one in item.ops if one != op_id]
        rows = [one for one in item.ids if not is_over(item, one)]
        if rows and (others or len(rows) == len(item.ids)):
            continue
        if rows:
            review.keep_rows(desk.store, uid, rows)
            refresh_review_marks(desk.store, desk.log, item.entity, item.ids)
            desk.log.note("review")
        elif others:
            review.keep_for(desk.store, uid, others)
            ends += dismissal(desk, item, [op_id])
        else:
            ends += dismissal(desk, item)
            close_item(desk, item, "theirs")
    return ends
