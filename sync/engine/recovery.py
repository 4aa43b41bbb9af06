"""When the platform's memory and ours differ: a restored platform, a copied replica, a number it never heard of.

The answer is always the same pure function of all operations that ever left and of which of them the platform has.
"""

from __future__ import annotations

from planner_core.wire.feed import KnownReply, KnownRequest
from sync.engine.context import Context, Steps, told
from sync.errors import EpochChanged
from sync.replica import ScopeRow

ASKED_AT_ONCE = 10_000


def needs_recovery(row: ScopeRow) -> bool:
    """Return whether our operations are to be compared: the platform began a new epoch, or this replica took a new name."""
    ours = {row.epoch, row.reconciled_epoch} - {""}
    return row.need_compare or (bool(ours) and row.server_epoch not in ours)


def reconcile(ctx: Context, scope: str) -> Steps[None]:
    """Ask which of our operations the platform has and adopt its word; those it lacks wait again, in their order.

    Raises EpochChanged when the epoch moved meanwhile: then everything is asked again from the start.
    """
    asked = ctx.ask(lambda replica: replica.asked_ops(scope))
    row = ctx.scope(scope)
    whole: KnownReply | None = None
    for start in range(0, max(1, len(asked.op_ids)), ASKED_AT_ONCE):
        ctx.about_to(f"known|{scope}|{start}|{row.server_epoch}")
        part = slice(start, start + ASKED_AT_ONCE)
        request = KnownRequest(op_ids=list(asked.op_ids[part]), made=list(asked.made[part]), told=told(row))
        reply = ctx.feed.known(scope, request)
        if reply.epoch != row.server_epoch:
            raise EpochChanged(
                "epoch", f"{row.name or row.id} was restored on the platform.", "Synchronise again."
            )
        whole = _joined(whole, reply)
        yield
    assert whole is not None
    found = whole
    ctx.change(lambda replica: replica.reconcile(scope, found))


def fork(ctx: Context) -> Steps[None]:
    """Become a new replica; each scope is compared with what the platform has when its turn comes."""
    ctx.ask(lambda replica: replica.new_replica_id())
    yield


def _joined(one: KnownReply | None, other: KnownReply) -> KnownReply:
    """Return two answers of one epoch as one; the later one's version holds."""
    if one is None:
        return other
    return other.model_copy(
        update={
            "known": [*one.known, *other.known],
            "unknown": [*one.unknown, *other.unknown],
            "too_old": [*one.too_old, *other.too_old],
        }
    )
