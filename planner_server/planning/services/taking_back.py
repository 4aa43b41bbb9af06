"""What an undo may touch: what its operation made and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from planner_server.feed import sql
from planner_server.planning.services.conflicts import Writer, own_earlier
from planner_server.planning.services.work import Work


def forms(work: Work) -> frozenset[str]:
    """Return every operation id that the work taken back ever had: it may have been carried out under a former or a later one."""
    if not work.undo_of:
        return frozenset()
    if work.undone_forms is None:
        known = {work.undo_of}
        new = known
        while new:
            new = _linked(new) - known
            known |= new
        work.undone_forms = frozenset(known)
    return work.undone_forms


def _linked(ops: Iterable[str]) -> set[str]:
    listed = sorted(ops)
    old, old_ops = sql.among("old_op", listed)
    new, new_ops = sql.among("new_op", listed)
    found = sql.rows(
        f"SELECT new_op FROM feed_supersession WHERE {old} UNION SELECT old_op FROM feed_supersession WHERE {new}",
        [old_ops, new_ops],
    )
    return {op for (op,) in found}


def is_own(work: Work, last: Writer) -> bool:
    """Whether the last write is the one taken back, or came from the machine that takes it back: it knows what it did since."""
    return (bool(last[2]) and last[2] in forms(work)) or own_earlier(work, last)


def found_so(work: Work, group: str) -> frozenset[str]:
    """Return the rows whose group the operation that this takes back found as it wanted it: another person's doing."""
    return frozenset(uid for op in forms(work) for uid in found_so_by(work, op, group))


def found_so_by(work: Work, op: str, group: str) -> frozenset[str]:
    """Return the rows whose group an operation found as it wanted it, under this very id."""
    if op not in work.found_so:
        found = sql.rows("SELECT details FROM feed_mutationresult WHERE op_id = %s", [op])
        work.found_so[op] = [
            one for (details,) in found for one in sql.loaded(details) if one["code"] == "same"
        ]
    return frozenset(uid for one in work.found_so[op] if one.get("group", "") == group for uid in one["ids"])


def effects(work: Work, kind: str) -> list[Any]:
    """Return what the verdict of the work taken back keeps about its effects."""
    condition, ops = sql.among("op_id", sorted(forms(work)))
    kept = sql.rows(
        f"SELECT effects FROM feed_mutationresult WHERE effects IS NOT NULL AND {condition}", [ops]
    )
    return [one for (text,) in kept for one in (sql.loaded(text) or {}).get(kind, [])]
