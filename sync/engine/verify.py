"""Verify: equal by content, not by belief. A difference is never written off; the rows are fetched anew."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from sync.engine.context import Context, Steps
from sync.engine.pull import catch_up, restart_with_snapshot
from sync.errors import PlatformFault
from sync.replica import Digested, Reader


def verify(ctx: Context, scope: str) -> Steps[bool | None]:
    """Compare a scope's digest with the platform's and keep that it was found equal. None: it moved on meanwhile.

    Raises PlatformFault when a fresh snapshot differs, too.
    """
    equal = yield from _compare(ctx, scope)
    if equal is not False:
        return equal
    ctx.ahead.drop()
    restart_with_snapshot(ctx, scope)
    yield from catch_up(ctx, scope)
    if scope in ctx.troubles:
        # What was fetched anew waits for the user's word: there is nothing to compare yet.
        return None
    equal = yield from _compare(ctx, scope)
    if equal is False:
        ctx.differing.add(scope)
        name = ctx.scope(scope).name or scope
        raise PlatformFault(
            "differs",
            f"{name} differs from the platform even after it was fetched anew.",
            "Nothing is lost. Please report this; it is checked again by itself.",
        )
    return equal


def _compare(ctx: Context, scope: str) -> Steps[bool | None]:
    ctx.about_to(f"digest|{scope}|{ctx.scope(scope).version}")
    theirs = ctx.feed.digest(scope)
    yield
    ours = _ours(ctx, scope)
    if (ours.epoch, ours.version) != (theirs.epoch, theirs.version):
        return None
    equal = all(
        _normal(buckets) == _normal(theirs.entities.get(entity, []))
        for entity, buckets in ours.entities.items()
    )
    if equal:
        ctx.differing.discard(scope)
        now = ctx.clock.now_ms()
        ctx.change(lambda replica: replica.checked(scope, ours.version, now))
    return equal


def _ours(ctx: Context, scope: str) -> Digested:
    """Compute our digest on this thread: whoever writes or waits for the writer does not wait for it."""
    path = ctx.ask(lambda replica: replica.path)
    with closing(Reader.open(path)) as reader:
        return reader.digest(scope)


def _normal(buckets: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """Return the buckets; a platform may leave out those of an entity without rows."""
    return [(count, total) for count, total in buckets] if any(count for count, _ in buckets) else []
