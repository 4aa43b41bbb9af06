"""Work that comes again after a restore, in whatever order its machines come back.

Such work is compared by values like any other, and by its place in the history that was lost: of two operations on a field, the one
that was given the higher version there may have seen the other, so the lower one never returns over it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from planner_core.merge import had_seen
from planner_server.feed import sql
from planner_server.planning.services.work import Work


def marks(work: Work, rows: Sequence[str], group: str) -> dict[str, int]:
    """Return row -> the highest mark of work on the group that came again already. Asks only for work that comes again itself."""
    if work.recovery is None or not rows:
        return {}
    condition, ids = sql.among('"row"', rows)
    return dict(
        sql.rows(
            f'SELECT "row", mark FROM feed_recoverymark WHERE scope_id = %s AND "group" = %s AND {condition}',
            [work.gate.scope_id, group, ids],
        )
    )


def note(work: Work, group: str, rows: Iterable[str]) -> None:
    """Keep that this work settled the group of these rows, written or found as wanted."""
    _note(work, ([uid, group] for uid in rows))


def _note(work: Work, cells: Iterable[Sequence[str]]) -> None:
    if work.recovery is None:
        return
    listed, values = sql.listed([("uid", "text"), ("place", "text")], list(cells))
    sql.run(
        f'INSERT INTO feed_recoverymark (scope_id, "row", "group", mark) SELECT %s, u.uid, u.place, %s FROM {listed} u WHERE true'
        ' ON CONFLICT (scope_id, "row", "group") DO UPDATE SET mark = excluded.mark WHERE feed_recoverymark.mark < excluded.mark',
        [work.gate.scope_id, work.recovery.stamp, values],
    )


def members_marked_later(work: Work, row: str, members: Iterable[str]) -> set[str]:
    """Return the members of a row's set about which later work came again already.

    It had seen this work, unless this is work of which nobody knows whether it arrived (`recovery.is_unsure`).
    """
    recovery, listed = work.recovery, [_place(member) for member in members]
    if recovery is None or recovery.mark is None or not listed:
        return set()
    condition, places = sql.among('"group"', listed)
    held = sql.rows(
        f'SELECT "group", mark FROM feed_recoverymark WHERE scope_id = %s AND "row" = %s AND {condition}',
        [work.gate.scope_id, row, places],
    )
    if recovery.is_unsure:
        return {place[1:] for place, mark in held if mark > recovery.mark}
    return {place[1:] for place, mark in held if had_seen(mark, recovery.mark)}


def note_members(work: Work, row: str, members: Iterable[str]) -> None:
    """Keep that this work settled these members of a row's set."""
    _note(work, ([row, _place(member)] for member in members))


def _place(member: str) -> str:
    return f"+{member}"


def superseded(work: Work, entity: str, rows: Sequence[str], group: str) -> set[str]:
    """Return the rows whose group was settled by later work already, and list them: of those nothing is carried out.

    Only where that work can have seen this one: work of which nobody knows whether it arrived is never passed over.
    """
    recovery = work.recovery
    if recovery is None or recovery.mark is None or recovery.is_unsure:
        return set()
    late = {uid for uid, mark in marks(work, rows, group).items() if had_seen(mark, recovery.mark)}
    work.say("superseded", entity, [uid for uid in rows if uid in late], group=group)
    return late


def doubtful(work: Work, rows: Sequence[str], group: str) -> set[str]:
    """Return the rows whose group was settled by later work: what of them is not superseded, its author is asked about.

    It may never have arrived where that was done, or the two are of different histories; and what was later may have seen it.
    """
    recovery = work.recovery
    if recovery is None or recovery.mark is None:
        return set()
    return {uid for uid, mark in marks(work, rows, group).items() if mark > recovery.mark}
