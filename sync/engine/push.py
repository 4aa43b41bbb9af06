"""Push: what waits, in its order, in requests the platform takes; a verdict on each ends it.

Only a verdict finishes a mutation. Every other answer leaves the queue as it is.
"""

from __future__ import annotations

from planner_core.operations import only_ends
from planner_core.wire.body import decode_body
from planner_core.wire.feed import MutationHeader, MutationResult, PushHeader, PushReply
from sync.engine.context import Context, Steps, told
from sync.errors import EpochChanged, PlatformFault
from sync.replica import Outgoing, ScopeRow
from sync.replica.codes import UNTAKEN
from sync.transport import PushPart, TooLarge

REQUEST_PARTS = 10
"""Full-size parts one request may hold: enough to keep a platform busy between two answers, few enough to repeat after a cut."""
SMALLEST_REQUEST = 4_096
MOST_REQUESTS = 1_000
"""Requests of one push. What is made while it sends goes along; what still waits after so many goes with the next round."""


def push(ctx: Context, scope: str) -> Steps[bool]:
    """Send everything that waits in a scope. Returns whether anything was sent."""
    sent = False
    for _ in range(MOST_REQUESTS):
        parts = _take(ctx, scope)
        if not parts:
            break
        try:
            reply = _send(ctx, ctx.scope(scope), parts)
        except TooLarge:
            _halve(ctx, parts)
            yield
            continue
        ctx.change(lambda replica, reply=reply: replica.store_results(scope, reply))  # type: ignore[misc]
        unasked = _unasked(ctx, scope, reply)
        rows, whole = _rows_answered(parts, reply), _whole(parts, reply)
        ctx.tally.took(scope, rows, reply.results, unasked=unasked, whole=whole)
        sent = True
        yield
    return sent


def may_send(ctx: Context, row: ScopeRow) -> bool:
    """Return whether what waits in a site may be sent now.

    Who may only read there sends decisions to keep the platform's value and nothing else: everything else waits for the right to
    come back, because a refusal would end its waiting.
    """
    if row.access != "ro":
        return row.access == "rw"
    waiting = ctx.ask(lambda replica: replica.peek(row.id))
    return bool(waiting) and all(only_ends(decode_body(part.body).operations) for part in waiting)


def dry_run(ctx: Context, row: ScopeRow) -> tuple[int, PushReply, set[str]] | None:
    """Ask what would become of everything that waits in a scope; None if nothing does. Nothing is written, here or there.

    Returns the rows that wait, the verdicts, and the op ids of which nothing would be asked all the same.
    """
    parts = ctx.ask(lambda replica: replica.peek(row.id))
    if not parts:
        return None
    header = _header(ctx, row, parts)
    reply = ctx.feed.push(row.id, header, _on_the_wire(parts), dry_run=True)
    return sum(part.rows for part in parts), reply, _unasked(ctx, row.id, reply, foretold=True)


def _unasked(ctx: Context, scope: str, reply: PushReply, *, foretold: bool = False) -> set[str]:
    if not any(result.rows or result.verdict in UNTAKEN for result in reply.results):
        return set()
    return ctx.ask(lambda replica: replica.unasked(scope, reply, foretold=foretold))


def _take(ctx: Context, scope: str) -> list[Outgoing]:
    size = ctx.push_bytes or ctx.limits.part_bytes
    rows = ctx.limits.part_rows * REQUEST_PARTS
    return ctx.ask(lambda replica: replica.outgoing(scope, max_rows=rows, max_bytes=size))


def _send(ctx: Context, row: ScopeRow, parts: list[Outgoing]) -> PushReply:
    size = sum(len(part.body) for part in parts)
    ctx.about_to(f"push|{row.id}|{parts[0].seq}|{len(parts)}|{ctx.push_bytes}", size)
    reply = ctx.feed.push(row.id, _header(ctx, row, parts), _on_the_wire(parts))
    if reply.epoch != row.server_epoch:
        raise EpochChanged(
            "epoch", f"{row.name or row.id} was restored on the platform.", "Synchronise again."
        )
    _check(reply.results, parts)
    return reply


def _header(ctx: Context, row: ScopeRow, parts: list[Outgoing]) -> PushHeader:
    owner, replica_id = ctx.ask(lambda replica: (replica.owner(), replica.replica_id))
    assert owner is not None, "a replica is claimed before its first hello"
    return PushHeader(
        replica_id=replica_id,
        epoch=row.server_epoch,
        told=told(row),
        user=owner.user,
        first_seq=parts[0].seq,
        count=len(parts),
    )


def _on_the_wire(parts: list[Outgoing]) -> list[PushPart]:
    return [
        PushPart(
            MutationHeader(seq=one.seq, op_id=one.op_id, sha256=one.sha256, was=one.was, made=one.made),
            one.body,
        )
        for one in parts
    ]


def _check(results: list[MutationResult], parts: list[Outgoing]) -> None:
    """Accept verdicts only on what was sent, and at least one: an answer without any would be asked for for ever."""
    sent = {part.seq: part.op_id for part in parts}
    if not results or any(sent.get(result.seq) != result.op_id for result in results):
        raise PlatformFault(
            "bad_verdicts",
            "The platform's answer to a push speaks of other work than was sent.",
            "Nothing was taken from it; everything is sent again by itself.",
        )


def _halve(ctx: Context, parts: list[Outgoing]) -> None:
    """Remember that the platform takes less than was sent. A single mutation cannot be cut any more: its bytes are hashed."""
    if len(parts) == 1:
        raise PlatformFault(
            "too_large",
            f"The platform does not take a change of {parts[0].rows} rows ({len(parts[0].body)} bytes).",
            "Tell whoever runs the platform: its limit for requests is below what it announces. The change is kept.",
        )
    size = sum(len(part.body) for part in parts)
    ctx.push_bytes = max(SMALLEST_REQUEST, size // 2)


def _rows_answered(parts: list[Outgoing], reply: PushReply) -> int:
    rows = {part.seq: part.rows for part in parts}
    return sum(rows[result.seq] for result in reply.results)


def _whole(parts: list[Outgoing], reply: PushReply) -> dict[str, int]:
    """Return how many operations each part has that was not taken without a word about its rows: each is an item of Review."""
    bodies = {part.op_id: part.body for part in parts}
    return {
        result.op_id: len(decode_body(bodies[result.op_id]).operations)
        for result in reply.results
        if not result.rows and result.verdict in UNTAKEN and result.op_id in bodies
    }
