"""Work in a site that the user lost access to: nothing of it is thrown away, it is listed, and it goes out when access comes back."""

from __future__ import annotations

import json
from collections.abc import Sequence

from planner_core.operations import Operation, Resolve, Set
from planner_core.uid import conflict_id
from sync.replica import keepsakes, review
from sync.replica.bodies import decode, only, row_ids
from sync.replica.closing import answered_again, let_go
from sync.replica.desk import Desk
from sync.replica.outbox import Outbox, Part
from sync.replica.overlay import Overlay, refresh_review_marks
from sync.replica.store import ChangeLog, Store

SHUT_OUT = "no_access"
"""Code of work that waits for access to its site."""
FORBIDDEN = "forbidden"
"""Code of work that the platform refused because its author might not write there then."""
_MESSAGE = "You have no access to this site any more. The change is kept and is sent if access comes back."


def park(store: Store, scope: int, log: ChangeLog, *, at: int) -> None:
    """List what waits in a scope whose rows are about to go, and keep copies of the rows that unsettled work speaks of."""
    rows = store.all(
        "SELECT op_id, action, body, state FROM mutation WHERE scope = ? AND void = 0"
        " AND state IN ('waiting', 'sending', 'refused', 'parked') ORDER BY id",
        scope,
    )
    for op_id, action, body, state in rows:
        operations = decode(body).operations
        for entity, named in row_ids(operations).items():
            keepsakes.keep(store, scope, entity, named, reason=SHUT_OUT, at=at)
        if state in ("refused", "parked") or not operations:
            continue
        ids = list(dict.fromkeys(uid for operation in operations for uid in operation.ids))
        review.ask_here(
            store,
            conflict_id(op_id, SHUT_OUT, ""),
            ids,
            kind="parked",
            code=SHUT_OUT,
            message=_MESSAGE,
            scope=scope,
            entity=operations[0].entity,
            at=at,
            op_id=op_id,
            action=action,
        )
        log.note("review")


def take_up(store: Store, outbox: Outbox, scope: int, log: ChangeLog) -> None:
    """Go on with work of a scope that may be written again: what waited is not asked about, what was forbidden is sent anew."""
    overlay, desk = Overlay(store, log), Desk(store, outbox, log)
    ended = store.run(
        "UPDATE review SET state = 'closed', decided = 'resent' WHERE scope = ? AND code = ? AND state = 'open'",
        scope,
        SHUT_OUT,
    )
    for op_id, action, body in store.all(
        "SELECT m.op_id, m.action, m.body FROM mutation m WHERE m.scope = ?1 AND m.state = 'refused' AND EXISTS (SELECT 1"
        " FROM review r WHERE r.scope = ?1 AND r.state = 'open' AND r.code = ?2 AND instr(r.ops, m.op_id) > 0) ORDER BY m.id",
        scope,
        FORBIDDEN,
    ):
        decoded = decode(body)
        touched = row_ids(decoded.operations)
        operations = _kept(desk, op_id, decoded.operations)
        if not operations:
            ends = let_go(desk, op_id, lambda _item, _uid: True)
            outbox.append(action, [Part(scope, ends)] if ends else [], log)
            continue
        outbox.append(action, [Part(scope, operations, undo_of=decoded.undo_of, supersedes=[op_id])], log)
        for operation in operations:
            if isinstance(operation, Resolve):
                answered_again(desk, operation)
        store.run("UPDATE mutation SET state = 'cancelled' WHERE op_id = ?", op_id)
        ended += len(review.sent_again(store, op_id))
        overlay.touch(touched)
        for entity, ids in touched.items():
            refresh_review_marks(store, log, entity, ids)
    overlay.recompute()
    if ended:
        log.note("review", "pending")


def _kept(desk: Desk, op_id: str, operations: Sequence[Operation]) -> list[Operation]:
    """Return what of forbidden work its author has not let go, and of its decisions those whose questions he has not answered since.

    Several items may ask about one mutation, and the questions it had answered were open again.
    """
    gone: dict[tuple[str, str], set[str]] = {}
    for entity, group, ids in desk.store.all(
        "SELECT entity, grp, ids FROM review WHERE state = 'closed' AND decided = 'theirs' AND code = ? AND instr(ops, ?) > 0",
        FORBIDDEN,
        op_id,
    ):
        gone.setdefault((entity, group), set()).update(json.loads(ids))
    kept: list[Operation] = []
    for operation in operations:
        group = operation.group if isinstance(operation, Set) else ""
        ended = gone.get((operation.entity, group), set())
        piece = only(operation, set(operation.ids).difference(ended).__contains__) if ended else operation
        if piece is not None and not (isinstance(piece, Resolve) and _is_answered(desk, piece)):
            kept.append(piece)
    return kept


def _is_answered(desk: Desk, decision: Resolve) -> bool:
    item = review.load_item(desk.store, decision.conflict)
    return item is not None and item.state != "open"
