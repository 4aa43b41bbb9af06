"""What an undo may touch: what its operation made and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterable
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
    return frozenset(uid for op in forms(work) for ids in _found_so_by(work, op, group) for uid in ids)


def has_found_so(work: Work, op: str, uid: str, group: str) -> bool:
    """Whether an operation, under this very id, found the group of a row as it wanted it."""
    return any(uid in ids for ids in _found_so_by(work, op, group))


def is_own_doing(work: Work, last: Writer, uid: str, group: str) -> bool:
    """Whether this replica brought about what a group of a row holds: it wrote it last and had not found it so before."""
    return own_earlier(work, last) and not has_found_so(work, last[2], uid, group)


def _found_so_by(work: Work, op: str, group: str) -> list[Collection[str]]:
    if op == work.gate.actor.op_id:
        return [one.ids for one in work.said if one.code == "same" and one.group == group]
    known = work.place.found_so
    if op not in known:
        found = sql.rows("SELECT details FROM feed_mutationresult WHERE op_id = %s", [op])
        said = [one for (details,) in found for one in sql.loaded(details) if one["code"] == "same"]
        known[op] = [(one.get("group", ""), frozenset(one["ids"])) for one in said]
    return [ids for name, ids in known[op] if name == group]


def effects(work: Work, kind: str) -> list[Any]:
    """Return what the verdict of the work taken back keeps about its effects."""
    condition, ops = sql.among("op_id", sorted(forms(work)))
    kept = sql.rows(
        f"SELECT effects FROM feed_mutationresult WHERE effects IS NOT NULL AND {condition}", [ops]
    )
    return [one for (text,) in kept for one in (sql.loaded(text) or {}).get(kind, [])]
