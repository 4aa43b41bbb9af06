"""When the platform's memory and ours differ: a restored platform, a copied replica, a number it never heard of.

The answer is always the same pure function of all operations that ever left and of which of them the platform has.
"""

from __future__ import annotations

from planner_core.wire.feed import KnownReply, KnownRequest
from sync.engine.context import Context, Steps, told
from sync.replica import ScopeRow

ASKED_AT_ONCE = 10_000


def needs_recovery(row: ScopeRow) -> bool:
    """Return whether the scope's platform began a new epoch that our operations were not compared with yet."""
    return bool(row.epoch) and row.server_epoch not in {row.epoch, row.reconciled_epoch}


def reconcile(ctx: Context, scope: str) -> Steps[None]:
    """Ask which of our operations the platform has and adopt its word; those it lacks wait again, in their order."""
    asked = ctx.ask(lambda replica: replica.asked_ops(scope))
    row = ctx.scope(scope)
    whole: KnownReply | None = None
    for start in range(0, max(1, len(asked)), ASKED_AT_ONCE):
        ctx.about_to(f"known|{scope}|{start}|{row.server_epoch}")
        request = KnownRequest(op_ids=asked[start : start + ASKED_AT_ONCE], told=told(row))
        whole = _joined(whole, ctx.feed.known(scope, request))
        yield
    assert whole is not None
    reply = whole
    ctx.change(lambda replica: replica.reconcile(scope, reply))


def fork(ctx: Context) -> Steps[None]:
    """Become a new replica and compare every scope with what the platform has."""
    ctx.ask(lambda replica: replica.new_replica_id())
    for row in ctx.ask(lambda replica: replica.scopes()):
        if row.kind == "site" and row.access != "none" and row.epoch:
            yield from reconcile(ctx, row.id)


def _joined(one: KnownReply | None, other: KnownReply) -> KnownReply:
    """Return two answers as one. The later one's epoch and version hold: if they moved, reconciliation runs again anyway."""
    if one is None:
        return other
    return other.model_copy(
        update={
            "known": [*one.known, *other.known],
            "unknown": [*one.unknown, *other.unknown],
            "too_old": [*one.too_old, *other.too_old],
        }
    )
