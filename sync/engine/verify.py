"""Verify: equal by content, not by belief. A difference is never written off; the rows are fetched anew."""

from __future__ import annotations

from sync.engine.context import Context, Steps
from sync.engine.pull import catch_up, restart_with_snapshot
from sync.errors import PlatformFault


def verify(ctx: Context, scope: str) -> Steps[bool | None]:
    """Compare a scope's digest with the platform's. None: it moved on meanwhile, nothing can be said.

    Raises PlatformFault when a fresh snapshot differs, too.
    """
    equal = yield from _compare(ctx, scope)
    if equal is not False:
        return equal
    restart_with_snapshot(ctx, scope)
    yield from catch_up(ctx, scope)
    equal = yield from _compare(ctx, scope)
    if equal is False:
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
    row = ctx.scope(scope)
    if (row.epoch, row.version) != (theirs.epoch, theirs.version):
        return None
    ours = ctx.ask(lambda replica: replica.digest(scope))
    known = {entity: theirs.entities.get(entity, []) for entity in ours}
    return all(_normal(ours[entity]) == _normal(known[entity]) for entity in ours)


def _normal(buckets: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Return the buckets; a platform may leave out those of an entity without rows."""
    return [(count, total) for count, total in buckets] if any(count for count, _ in buckets) else []
