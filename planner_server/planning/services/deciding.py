"""Decisions on review items, those that stand in a row together: a thousand answers cost a few statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from planner_core.entities import ENTITIES, Values
from planner_core.merge import Outcome, settle_decision
from planner_core.operations import CHILDREN, Change, Delete, Resolve, Restore, Seen, Set
from planner_core.wire.codes import WORK
from planner_server.feed.models import Conflict
from planner_server.planning.services.conflicts import Clash, ask, close, last_writer
from planner_server.planning.services.deleting import apply_delete, apply_restore
from planner_server.planning.services.rewriting import settled
from planner_server.planning.services.sets import apply_set
from planner_server.planning.services.work import Work

READ_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Decisions:
    """Neighbouring decisions of one mutation."""

    operations: Sequence[Resolve]


def apply_decisions(work: Work, decisions: Decisions) -> None:
    """Carry out decisions in their order; those that have nothing to do with each other go together."""
    latest = work.latest([one.id for one in decisions.operations])
    operations = [_about(one, latest) for one in decisions.operations]
    items = _items(work, operations)
    together: list[tuple[Resolve, Conflict]] = []
    touched: set[object] = set()
    for operation in operations:
        item = items.get(operation.conflict)
        about = {operation.conflict, (operation.id, operation.group)}
        if item is not None and touched.isdisjoint(about) and _is_plain(operation, item):
            together.append((operation, item))
        else:
            _apply_together(work, together)
            together = []
            _apply_alone(work, operation)
        touched |= about
    _apply_together(work, together)


def _about(operation: Resolve, latest: Mapping[str, str]) -> Resolve:
    return replace(operation, id=latest[operation.id]) if operation.id in latest else operation


def _items(work: Work, operations: Sequence[Resolve]) -> dict[str, Conflict]:
    asked = list(dict.fromkeys(one.conflict for one in operations))
    return {
        item.uid: item
        for start in range(0, len(asked), READ_AT_ONCE)
        for item in Conflict.objects.filter(uid__in=asked[start : start + READ_AT_ONCE], user=work.user)
    }


def _is_plain(operation: Resolve, item: Conflict) -> bool:
    """Whether a decision concerns its item and at most one group of one row."""
    if CHILDREN in (operation.group, item.kind):
        return False
    if item.kind in WORK or operation.choice == "theirs":
        return True
    return operation.group != "deleted"


def _apply_together(work: Work, decided: Sequence[tuple[Resolve, Conflict]]) -> None:
    """Close the items of plain decisions, then write what was chosen."""
    answered = [
        item for operation, item in decided if item.state == "open" and not _left_open(work, operation, item)
    ]
    close(work, answered)
    wanted: dict[tuple[str, str], list[tuple[Resolve, Conflict]]] = {}
    for operation, item in decided:
        if item.kind not in WORK and operation.choice == "mine":
            wanted.setdefault((operation.entity, operation.group), []).append((operation, item))
    for (entity, group), chosen in wanted.items():
        _write_together(work, entity, group, chosen)


def _write_together(work: Work, entity: str, group: str, chosen: Sequence[tuple[Resolve, Conflict]]) -> None:
    """Write "mine" where the platform's value is still the one that was shown; the others are asked again."""
    fields = ENTITIES[entity].group(group)
    classes = work.facts.alike(entity, [operation.id for operation, _ in chosen], group)
    current_of = {uid: one.current for one in classes if not one.deleted for uid in one.ids}
    changes: list[Change] = []
    for operation, item in chosen:
        current = current_of.get(operation.id)
        outcome = settle_decision(fields, operation.value, operation.theirs, current)
        if outcome is Outcome.CONFLICT and current is not None:
            _ask_again(work, operation, item, current)
        else:
            # What is there already becomes his, too: a row he wants in none does not go home with a restored cluster.
            seen = operation.theirs if current is None else current
            changes.append(Change(seen, operation.value, [operation.id]))
    if changes:
        _write(work, Set(entity, group, changes))


def _left_open(work: Work, operation: Resolve, item: Conflict) -> bool:
    """Keep an item open for those of its operations that were not sent again or let go: those of the user's other machines."""
    others = [op for op in item.ops if op not in operation.value] if item.kind in WORK else []
    if not operation.value or not others:
        return False
    item.ops, item.ver = others, work.gate.version
    item.save(update_fields=["ops", "ver"])
    work.written += 1
    return True


def _apply_alone(work: Work, operation: Resolve) -> None:
    """Carry out a decision. "theirs" always closes; "mine" writes if the platform's value is still the one that was shown."""
    item = Conflict.objects.filter(uid=operation.conflict, user=work.user).first()
    if operation.group == CHILDREN or (item is not None and item.kind == CHILDREN):
        _resolve_children(work, operation, item)
        return
    if item is None:
        item = _unknown_item(work, operation)
    elif item.state == "open" and not _left_open(work, operation, item):
        close(work, [item])
    if item is not None and item.kind in WORK:
        return  # The work itself is sent again as work, or let go.
    if item is None or operation.choice == "theirs":
        # Nothing is settled by it: the value that was kept may be one that has yet to come back after a restore.
        return
    if operation.group == "deleted":
        apply_delete(work, Delete(operation.entity, [Seen({}, [operation.id])]))
        return
    _write_together(work, operation.entity, operation.group, [(operation, item)])


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
        close(work, [item])
        return
    item.ver = work.gate.version
    item.save(update_fields=["ver"])


def _write(work: Work, chosen: Set) -> None:
    """Write what was chosen as a Set does: a cluster that went to the trash since is none, one that nobody has heard of parks it."""
    wanted = settled(work, chosen)
    if isinstance(wanted, Set):
        apply_set(work, wanted)


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
    _, who, _, at = last_writer(work, operation.entity, operation.id, operation.group)
    clash = Clash(operation.id, base, operation.value, current, who, at)
    ask(work, operation.entity, operation.group, [clash])
