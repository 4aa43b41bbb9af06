"""The keyword set of an idea, and decisions on review items."""

from __future__ import annotations

from planner_core.decision import Refused
from planner_core.entities import ENTITIES, Values
from planner_core.merge import Outcome, settle_decision
from planner_core.operations import Change, Delete, ItemsChange, Resolve, Restore, Seen, Set
from planner_core.rules import check
from planner_core.wire.codes import WORK
from planner_server.feed import sql
from planner_server.feed.catalogue import SOURCES
from planner_server.feed.models import Conflict
from planner_server.planning.facts import ids_of
from planner_server.planning.services import recovering, taking_back
from planner_server.planning.services.conflicts import CHILDREN, Clash, Writer, ask, close, writer
from planner_server.planning.services.deleting import apply_delete, apply_restore
from planner_server.planning.services.sets import apply_set
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
    last = _last_writer(work, operation.entity, operation.id, operation.field)
    return bool(changed) and not taking_back.is_own(work, last)


def _is_own_doing(work: Work, idea: str, group: str) -> bool:
    """Whether what is taken back had brought the membership about; True for work that takes nothing back."""
    return idea not in taking_back.found_so(work, group)


def apply_resolve(work: Work, operation: Resolve) -> None:
    """Carry out a decision. "theirs" always closes; "mine" writes if the platform's value is still the one that was shown."""
    item = Conflict.objects.filter(uid=operation.conflict, user=work.user).first()
    if operation.group == CHILDREN or (item is not None and item.kind == CHILDREN):
        _resolve_children(work, operation, item)
        return
    if item is None:
        item = _unknown_item(work, operation)
    elif item.state == "open":
        others = [op for op in item.ops if op not in operation.value] if item.kind in WORK else []
        if operation.value and others:
            # Only some of its operations were sent again or let go: those of one of the user's machines.
            item.ops, item.ver = others, work.gate.version
            item.save(update_fields=["ops", "ver"])
            work.written += 1
        else:
            close(work, item)
    if item is not None and item.kind in WORK:
        return  # The work itself is sent again as work, or let go.
    if item is None or operation.choice == "theirs":
        # Nothing is settled by it: the value that was kept may be one that has yet to come back after a restore.
        return
    if operation.group == "deleted":
        apply_delete(work, Delete(operation.entity, [Seen({}, [operation.id])]))
        return
    entity = ENTITIES[operation.entity]
    alike = work.facts.alike(operation.entity, [operation.id], operation.group)
    current = alike[0].current if alike and not alike[0].deleted else None
    outcome = settle_decision(entity.group(operation.group), operation.value, operation.theirs, current)
    if outcome is Outcome.APPLY:
        _write(work, operation, operation.theirs if current is None else current)
    elif outcome is Outcome.CONFLICT and current is not None:
        _ask_again(work, operation, item, current)


def _resolve_children(work: Work, operation: Resolve, item: Conflict | None) -> None:
    """Leave the rows of a deleted cluster without one ("mine"), or restore it with what it held ("theirs").

    What a rule keeps from coming back leaves the item open, and every machine is told so: those that decided have closed theirs.
    """
    if item is None:
        item = _unknown_item(work, operation)
    if item is None:
        return
    before = work.rejections
    if operation.choice == "theirs" and item.entity == "cluster":
        apply_restore(work, Restore("cluster", [item.row]))
    if item.state != "open":
        return
    if work.rejections == before:
        close(work, item)
        return
    item.ver = work.gate.version
    item.save(update_fields=["ver"])


def _write(work: Work, operation: Resolve, current: Values) -> None:
    apply_set(
        work, Set(operation.entity, operation.group, [Change(current, operation.value, [operation.id])])
    )


def _unknown_item(work: Work, operation: Resolve) -> Conflict | None:
    """Keep a closed item for a decision whose question this platform has forgotten, so that every machine closes its own."""
    is_groups = operation.entity in ENTITIES and (
        operation.group in {"deleted", CHILDREN}
        or operation.group in {group.name for group in ENTITIES[operation.entity].groups}
    )
    is_known_kind = is_groups or operation.choice == "theirs"
    if not is_known_kind or work.user is None or Conflict.objects.filter(uid=operation.conflict).exists():
        work.say(
            "not_found", operation.entity, [operation.id], message="There is no such review item of yours."
        )
        work.rejections += 1
        return None
    item = Conflict.objects.create(
        uid=operation.conflict,
        scope_id=work.gate.scope_id,
        user=work.user,
        entity=operation.entity,
        row=operation.id,
        group=operation.group[:40],
        kind={"deleted": "delete", CHILDREN: CHILDREN}.get(
            operation.group, "conflict" if is_groups else "refused"
        ),
        mine=list(operation.value),
        theirs=list(operation.theirs),
        state="closed",
        ver=work.gate.version,
        ops=[work.gate.actor.op_id],
    )
    work.written += 1
    return item


def _ask_again(work: Work, operation: Resolve, item: Conflict, current: Values) -> None:
    """Open the same item again with the value that stands there now, unless another one asks about the field already."""
    asking = Conflict.objects.filter(
        user=item.user, row=item.row, group=item.group, kind=item.kind, state="open"
    )
    if not asking.exists():
        item.state, item.ver = "open", work.gate.version
        item.save(update_fields=["state", "ver"])
    base = tuple(item.base) if item.base is not None else operation.theirs
    _, who, _, at = _last_writer(work, operation.entity, operation.id, operation.group)
    clash = Clash(operation.id, base, operation.value, current, who, at)
    ask(work, operation.entity, operation.group, [clash])


def _last_writer(work: Work, entity: str, uid: str, group: str) -> Writer:
    table = SOURCES[entity].table
    found = sql.rows(
        f"SELECT field_meta FROM {table} WHERE uid = %s AND site_id = %s",
        [uid, work.place.site_id],
    )
    return writer(found[0][0] if found else None, group)
