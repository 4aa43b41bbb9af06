"""Pull: from where a scope stands to a consistent end, by snapshot where that is shorter or the only way.

Pages are kept as they come and counted for nothing; rows and cursor change together, in one transaction, at the end. Whatever is
interrupted goes on from the pages that are here.
"""

from __future__ import annotations

from collections.abc import Callable

from planner_core.wire.feed import Cursor
from sync.engine.ahead import Asked
from sync.engine.context import Context, Steps, told
from sync.engine.schedule import DEADLINE_MS
from sync.errors import EpochChanged, PlannerError, PlatformFault, Resnapshot
from sync.replica import Page, RowLine, ScopeRow
from sync.replica.guard import Removed
from sync.replica.records import PageKind
from sync.transport import FeedPage

PAST_ALL_RANKS = 99
UNREADABLE = "unreadable_rows"
PAGES_AT_ONCE = 4
"""Announced page sizes one pull asks for: fewer round trips after a bulk edit, still small enough to fetch again after a cut."""


def version_of(cursor: str) -> int | None:
    """Return the version a cursor stands at; None for one that cannot be read (another version wrote it, or it was damaged)."""
    try:
        return Cursor.parse(cursor).ver
    except ValueError:
        return None


def is_behind(row: ScopeRow, version: int) -> bool:
    """Return whether there is anything to fetch or to apply, the platform being at `version`."""
    return (
        row.need_snapshot
        or row.staged is not None
        or not row.cursor
        or row.unconfirmed > 0
        or row.version < version
    )


def _nothing() -> None:
    pass


def catch_up(ctx: Context, scope: str, before_apply: Callable[[], None] = _nothing) -> Steps[None]:
    """Bring a scope to the platform's present: pages, then one apply.

    `before_apply` is called when the last page is here: the moment to have something else fetched meanwhile.
    """
    delivered = 0
    row = _without_stale_pages(ctx, ctx.scope(scope))
    if _is_held(ctx, row) or _rests(ctx, row):
        return
    while (page := _next_page(ctx, row)) is not None:
        _keep(ctx, scope, page)
        delivered += page.count
        yield
        row = ctx.scope(scope)
    if row.staged is not None and row.staged.snapshot:
        ctx.fresh.add(scope)
    unread = _unread(ctx)
    before_apply()
    try:
        _apply(ctx, row)
    except PlatformFault as fault:
        if fault.code != UNREADABLE:
            raise
        _put_to_rest(ctx, row, fault)
    else:
        if not _is_held(ctx, ctx.scope(scope)):
            ctx.tally.delivered(scope, delivered)
            ctx.tally.unread += max(0, _unread(ctx) - unread)
    yield


def _unread(ctx: Context) -> int:
    return ctx.ask(lambda replica: replica.unread())


def _put_to_rest(ctx: Context, row: ScopeRow, fault: PlatformFault) -> None:
    """Leave a scope alone for a while whose pages cannot be taken: asking again at once would bring the same."""
    ctx.ask(lambda replica: replica.drop_stage(row.id))
    ctx.resting[row.id] = ctx.clock.monotonic() * 1000 + DEADLINE_MS
    ctx.troubles[row.id] = fault
    ctx.faults[row.id] = fault


def _is_resting(ctx: Context, row: ScopeRow) -> bool:
    return ctx.resting.get(row.id, 0) > ctx.clock.monotonic() * 1000


def _rests(ctx: Context, row: ScopeRow) -> bool:
    if not _is_resting(ctx, row):
        return False
    ctx.troubles[row.id] = ctx.faults[row.id]
    return True


def _is_held(ctx: Context, row: ScopeRow) -> bool:
    """Whether the scope's pages wait for the user's word: nothing is fetched then, and what waits is sent all the same."""
    if row.guard is None or row.guard.allowed:
        return False
    ctx.troubles[row.id] = mass_delete(row)
    return True


def mass_delete(row: ScopeRow) -> PlannerError:
    """Return what is said of a scope with a guard."""
    assert row.guard is not None
    kinds = ", ".join(f"{count:,} {kind}{'s' * (count != 1)}" for kind, count in row.guard.kinds.items())
    return PlannerError(
        "mass_delete",
        f"The platform's answer would remove {row.guard.rows:,} of {row.guard.of:,} rows of {row.name or row.id} ({kinds}).",
        "Nothing was removed, and a backup was made. Allow it if it is meant, or ask whoever runs the platform.",
    )


def _apply(ctx: Context, row: ScopeRow) -> None:
    """Apply what is staged, or ask about it: after one backup, whether rows of another history come or many rows go.

    So a question that stands was preceded by its backup, and the user's word needs no second one.
    """
    name = row.name or row.id
    is_restored = bool(row.epoch) and row.staged is not None and row.epoch != row.staged.epoch
    is_safe = is_restored and row.guard is None
    if is_safe:
        ctx.before_risk(f"{name}: the platform was restored")
    try:
        ctx.change(lambda replica: replica.apply(row.id, asks=is_safe))
    except Removed:
        ctx.before_risk(f"{name}: the platform's answer removes many rows")
        ctx.change(lambda replica: replica.apply(row.id))


def _keep(ctx: Context, scope: str, page: Page) -> None:
    ctx.ask(lambda replica: replica.stage_page(scope, page))


def restart_with_snapshot(ctx: Context, scope: str) -> None:
    """Throw staged pages away and fetch the scope anew."""
    epoch = ctx.scope(scope).server_epoch
    ctx.ask(lambda replica: replica.begin_snapshot(scope, epoch))


def _without_stale_pages(ctx: Context, row: ScopeRow) -> ScopeRow:
    """Drop pages that another epoch sent, and begin the snapshot that is due."""
    stale = row.staged is not None and row.staged.epoch != row.server_epoch
    if row.need_snapshot and (stale or row.staged is None or not row.staged.snapshot):
        restart_with_snapshot(ctx, row.id)
    elif stale:
        ctx.ask(lambda replica: replica.drop_stage(row.id))
    else:
        return row
    return ctx.scope(row.id)


def _next_page(ctx: Context, row: ScopeRow) -> Page | None:
    """Fetch the page after what is staged; None when the stage ends consistently."""
    staged = row.staged
    if staged is None or not staged.pages:
        return _snapshot_page(ctx, row, "", 0) if row.need_snapshot else _pull_page(ctx, row, row.cursor)
    if staged.kind == "snapshot":
        if staged.has_more:
            return _snapshot_page(ctx, row, staged.cursor, staged.at)
        start = Cursor(epoch=row.server_epoch, ver=staged.at, rank=PAST_ALL_RANKS)
        return _pull_page(ctx, row, start.text)
    return _pull_page(ctx, row, staged.cursor) if staged.has_more else None


def _pull_page(ctx: Context, row: ScopeRow, cursor: str) -> Page:
    ctx.about_to(f"pull|{row.id}|{cursor}")
    try:
        page = ctx.feed.pull(row.id, cursor=cursor, limit=_pull_rows(ctx), told=told(row))
    except Resnapshot:
        # The floor passed our cursor, or that of a snapshot under way: what is staged belongs to a past that is gone.
        ctx.ahead.drop()
        restart_with_snapshot(ctx, row.id)
        return _snapshot_page(ctx, ctx.scope(row.id), "", 0)
    _check(page, row, page.has_more and page.cursor == cursor)
    return _as_staged(page, "pull", page.cursor)


def _pull_rows(ctx: Context) -> int:
    return min(ctx.limits.page_rows * PAGES_AT_ONCE, ctx.limits.snapshot_rows)


def _snapshot_page(ctx: Context, row: ScopeRow, after: str, at: int) -> Page:
    ctx.about_to(f"snapshot|{row.id}|{after}|{at}")
    page = ctx.page(_asked(ctx, row, after, at))
    _check(page, row, page.has_more and page.after == after)
    return _as_staged(page, "snapshot", page.after)


def _asked(ctx: Context, row: ScopeRow, after: str, at: int) -> Asked:
    return Asked(
        row.id,
        after=after,
        at=at,
        limit=ctx.limits.snapshot_rows,
        told=told(row),
        deleted_after=_seen_of_another_history(row),
    )


def fetch_ahead(ctx: Context, row: ScopeRow) -> None:
    """Have a scope's snapshot fetched of which nothing is here yet; it is kept when the scope's turn comes."""
    if not _is_resting(ctx, row):
        ctx.ahead.begin(_asked(ctx, row, "", 0))


def _seen_of_another_history(row: ScopeRow) -> int | None:
    """Return the version of the rows that are here if they are of a lost epoch, None else.

    What was deleted above it was deleted by somebody; what else a restored platform lacks never came to be there, and is asked about.
    """
    return version_of(row.cursor) if row.epoch not in ("", row.server_epoch) else None


def _check(page: FeedPage, row: ScopeRow, stands_still: bool) -> None:
    if page.scope != row.id or stands_still:
        raise PlatformFault(
            "bad_page",
            f"The platform sent a page of {row.name or row.id} that leads nowhere.",
            "Nothing was taken from it; it is asked for again by itself.",
        )
    if page.epoch != row.server_epoch:
        raise EpochChanged(
            "epoch", f"{row.name or row.id} was restored on the platform.", "Synchronise again."
        )


def _as_staged(page: FeedPage, kind: PageKind, cursor: str) -> Page:
    return Page(
        kind=kind,
        epoch=page.epoch,
        columns=page.columns,
        rows=[RowLine(line.entity, line.rows) for line in page.lines],
        aliases=page.aliases,
        conflicts=page.conflicts,
        cursor=cursor,
        version=page.version,
        token=page.token,
        has_more=page.has_more,
        count=page.count,
        at=page.at,
        unknown_lines=page.unknown,
    )
