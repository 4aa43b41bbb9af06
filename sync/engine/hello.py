"""Hello: who we are, what we hold, and what each scope needs."""

from __future__ import annotations

from planner_core.wire.feed import HelloReply, HelloRequest, HelloScope, Owner, ScopeState, Told
from sync.engine.context import Context, Steps
from sync.engine.pull import version_of
from sync.errors import Forked, OwnerMismatch, UpgradeNeeded
from sync.replica import OwnerRow, ScopeRow


def greet(ctx: Context) -> Steps[HelloReply]:
    """Say hello and adopt the answer. Raises Forked, OwnerMismatch, UpgradeNeeded before anything of it is taken."""
    reply = ask_platform(ctx)
    yield
    rows = {row.id: row for row in ctx.ask(lambda replica: replica.scopes())}
    _check(reply, rows, ctx.ask(lambda replica: replica.owner()))
    ctx.change(lambda replica: replica.adopt_hello(reply))
    for state in reply.scopes:
        if state.access == "none" and state.id in rows and _holds_something(rows[state.id]):
            _give_up(ctx, state)
    ctx.hello = reply
    return reply


def ask_platform(ctx: Context) -> HelloReply:
    """Say hello and only return the answer: nothing is adopted."""
    request = ctx.ask(
        lambda replica: _request(ctx.app, replica.replica_id, replica.owner(), replica.scopes())
    )
    ctx.about_to("hello")
    return ctx.feed.hello(request)


def _holds_something(row: ScopeRow) -> bool:
    return bool(row.epoch or row.cursor) or row.staged is not None


def _give_up(ctx: Context, state: ScopeState) -> None:
    ctx.before_risk(f"{state.name or state.id}: access was lost")
    ctx.change(lambda replica: replica.drop_scope(state.id))


def _request(app: str, replica_id: str, owner: OwnerRow | None, rows: list[ScopeRow]) -> HelloRequest:
    return HelloRequest.model_validate(
        {
            "app": app,
            "schema": 1,
            "replica_id": replica_id,
            "owner": Owner(account=owner.account, user=owner.user) if owner is not None else None,
            "scopes": [_held(row) for row in rows],
        }
    )


def _held(row: ScopeRow) -> HelloScope:
    return HelloScope(
        id=row.id,
        epoch=row.epoch,
        cursor_ver=version_of(row.cursor) or 0,
        told=Told(version=row.told_version, token=row.told_token) if row.told_token else None,
        next_seq=row.next_seq,
        pending=row.open,
        last_ack_seq=row.last_ack_seq,
        last_ack_op=row.last_ack_op,
    )


def _check(reply: HelloReply, rows: dict[str, ScopeRow], owner: OwnerRow | None) -> None:
    if reply.upgrade == "client_now":
        raise UpgradeNeeded(
            "upgrade",
            "This version is too old for the platform.",
            "Update this application. Work that waits to be sent is kept.",
        )
    strange = owner is not None and (owner.account, owner.user) != (reply.account, reply.user.id)
    if strange or reply.replica == "owner_mismatch":
        raise OwnerMismatch(
            "owner_mismatch",
            f"This folder holds the work of {(owner.email if owner else '') or 'somebody else'}, "
            f"but {reply.user.email} is signed in.",
            "Sign in as its owner, or use another data folder. Nothing was sent.",
        )
    if reply.replica in {"forked", "retired"} or any(
        _forked(rows[s.id], s) for s in reply.scopes if s.id in rows
    ):
        raise Forked(
            "replica_forked",
            "Another copy of this data folder has synchronised.",
            "It is sorted out by itself.",
        )


def _forked(row: ScopeRow, state: ScopeState) -> bool:
    """Return whether the platform has operations under our name that are not ours.

    One more than we know is an answer that got lost; one that cannot be among those still open is another copy's.
    """
    if row.epoch != state.epoch or not state.last_seq:
        return False
    if state.last_seq == row.last_ack_seq:
        return state.last_op_id != row.last_ack_op
    return state.last_seq > row.last_ack_seq + row.open
