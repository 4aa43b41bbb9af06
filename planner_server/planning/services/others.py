"""The keyword set of an idea."""

from __future__ import annotations

from planner_core.decision import Refused
from planner_core.operations import ItemsChange
from planner_core.rules import check
from planner_server.feed import sql
from planner_server.planning.facts import ids_of
from planner_server.planning.services import recovering, taking_back
from planner_server.planning.services.conflicts import last_writer
from planner_server.planning.services.work import Work

_DOUBTFUL = "Somebody has changed the idea's keywords since, and nobody can tell whether this change had come before. Send it again, or let it go."


def apply_items(work: Work, operation: ItemsChange) -> None:
    """Carry out adds and removes of an idea's keywords; both may be repeated and never conflict."""
    checked, refused = check(operation, work.facts)
    work.refuse(operation.entity, refused)
    if not isinstance(checked, ItemsChange):
        return
    idea = work.facts.references("idea", [checked.id]).get(checked.id)
    if idea is None:
        work.lacks("idea", [checked.id], checked.field)
        return
    if idea.deleted:
        work.say(
            "target_deleted", "idea", [checked.id], group=checked.field, message="The idea is in the trash."
        )
        return
    pk = ids_of("planning_contentideas", [checked.id])[checked.id]
    held = {
        uid
        for (uid,) in sql.rows(
            "SELECT k.uid FROM planning_ideakeyword m JOIN planning_keywords k ON k.id = m.keyword_id WHERE m.idea_id = %s",
            [pk],
        )
    }
    settled = recovering.members_marked_later(work, checked.id, [*checked.add, *checked.remove])
    if work.recovery is not None and work.recovery.is_unsure:
        if _is_doubtful(work, checked, held, settled):
            work.refuse("idea", [Refused("undo_overtaken", _DOUBTFUL, [checked.id], checked.field)])
            return
        settled = set()
    recovering.note_members(work, checked.id, {*checked.add, *checked.remove} - settled)
    removed = [uid for uid in checked.remove if uid in held and _is_own_doing(work, checked.id, f"+{uid}")]
    added = [uid for uid in checked.add if uid not in held and uid not in checked.remove]
    added = [uid for uid in added if _is_own_doing(work, checked.id, f"-{uid}")]
    removed = [uid for uid in removed if uid not in settled]
    added = [uid for uid in added if uid not in settled]
    # An undo of this takes back only what it brought about itself.
    for sign, found in (
        ("+", (held | settled).intersection(checked.add)),
        ("-", set(checked.remove) - (held - settled)),
    ):
        for uid in sorted(found):
            work.say("same", "idea", [checked.id], group=f"{sign}{uid}")
    if not removed and not added:
        return
    # The idea carries the version of its set, and the guard of the set looks at it: so first the idea.
    work.stamp("idea", [pk], {}, checked.field)
    condition, pks = sql.among("keyword_id", list(ids_of("planning_keywords", removed).values()))
    sql.run(f"DELETE FROM planning_ideakeyword WHERE idea_id = %s AND {condition}", [pk, pks])
    pairs = [(pk, keyword) for keyword in ids_of("planning_keywords", added).values()]
    sql.insert_many("planning_ideakeyword", ["idea_id", "keyword_id"], pairs)


def _is_doubtful(work: Work, operation: ItemsChange, held: set[str], later: set[str]) -> bool:
    """Whether work that may never have arrived would change what later work of somebody else settled: only its author can tell."""
    changed = (later & set(operation.add)) - held | (later & set(operation.remove) & held)
    last = last_writer(work, operation.entity, operation.id, operation.field)
    return bool(changed) and not taking_back.is_own(work, last)


def _is_own_doing(work: Work, idea: str, group: str) -> bool:
    """Whether what is taken back had brought the membership about; True for work that takes nothing back."""
    return idea not in taking_back.found_so(work, group)
