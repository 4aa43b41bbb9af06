"""Compare-and-set of one group on many rows: first the rows where nothing stands in the way, then the others.

The others are read, classed in memory by what they hold, and written with one UPDATE a class.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from planner_core.decision import Refused
from planner_core.entities import COMPLETED, ENTITIES, NEW, QUEUED, Entity, Group, Values
from planner_core.merge import Outcome, Standing, Wish, settle, settled_by_values
from planner_core.operations import Change, Set
from planner_core.rules import check, uniqueness
from planner_core.text import fold, tidy
from planner_server.accounts.names import shown_names
from planner_server.feed import sql
from planner_server.feed.catalogue import SOURCES
from planner_server.planning.facts import ids_of
from planner_server.planning.services import recovering, taking_back
from planner_server.planning.services.conflicts import (
    KEPT,
    NOBODY,
    Clash,
    Writer,
    ask,
    close_answered,
    writer,
)
from planner_server.planning.services.standing import write_standing
from planner_server.planning.services.work import Work


@dataclass(frozen=True, slots=True)
class _Row:
    pk: int
    uid: str


_Classes = dict[tuple[int, Values], list[_Row]]
"""(number of the change, current values) -> live rows."""

_CLASHES = frozenset({Outcome.CONFLICT, Outcome.OVERTAKEN})


def apply_set(work: Work, operation: Set) -> None:
    """Carry out a Set. Rows that cannot simply take the new values are listed on the work."""
    operation = _seen_before(work, operation)
    checked, refused = check(operation, work.facts)
    work.refuse(operation.entity, refused)
    if refused:
        _keep_back(work, operation, {uid for one in refused for uid in one.ids})
    if not isinstance(checked, Set):
        return
    entity = ENTITIES[checked.entity]
    group = entity.group(checked.group)
    standing_marks = recovering.marks(work, checked.ids, group.name)
    # What came again before has to be looked at row by row; where nothing did, the values alone decide.
    left = checked.changes if standing_marks else write_standing(work, entity, group, checked.changes)
    if left:
        _look_at_rows(work, entity, group, left, standing_marks)


def _keep_back(work: Work, operation: Set, rows: set[str]) -> None:
    """Remember what refused changes had seen: what its author did next was done on a value that never was."""
    for change in operation.changes:
        for uid in rows.intersection(change.ids):
            work.place.kept_back[operation.entity, operation.group, uid] = (change.new, change.old)


def _seen_before(work: Work, operation: Set) -> Set:
    """Return the operation on the values that stood before refused changes of the same push."""
    kept_back = work.place.kept_back
    if not kept_back:
        return operation
    changes: list[Change] = []
    for change in operation.changes:
        classes: dict[Values, list[str]] = {}
        for uid in change.ids:
            never, seen = kept_back.pop((operation.entity, operation.group, uid), (None, change.old))
            classes.setdefault(seen if never == change.old else change.old, []).append(uid)
        changes += [replace(change, old=old, ids=ids) for old, ids in classes.items()]
    return replace(operation, changes=changes)


def _look_at_rows(
    work: Work, entity: Entity, group: Group, changes: Sequence[Change], marks: Mapping[str, int]
) -> None:
    """Decide each row by its current values and, where the answer hangs on it, by who wrote them."""
    classes = _read(work, entity, group, changes)
    if entity.name == "idea" and group.name == "status":
        classes = _without_done_tasks(work, changes, classes)
    outcomes: dict[Values, list[_Row]] = {}
    clashes: list[Clash] = []
    told: dict[Outcome, list[str]] = {Outcome.KEPT: [], Outcome.SUPERSEDED: []}
    same: list[str] = []
    for (number, current), rows in classes.items():
        change = changes[number]
        for row, outcome, last in _decided(work, entity, group, change, current, rows, marks=marks):
            if outcome in _CLASHES:
                clashes.append(Clash(row.uid, change.old, change.new, current, last[1], last[3]))
            elif outcome in told:
                told[outcome].append(row.uid)
            elif outcome is Outcome.SAME and work.undo_of:
                # It is as it was before: what is taken back did not write this last, so nor does its undo.
                close_answered(work, group.name, [row.uid])
            elif outcome is Outcome.SAME and current != change.new:
                # What he wanted changed is so, the rest of the group is another's, unseen: it stays under that one's name.
                same.append(row.uid)
                close_answered(work, group.name, [row.uid])
            else:
                is_same = outcome is Outcome.SAME and last[0] == "user"
                if is_same and not taking_back.is_own_doing(work, last, row.uid, group.name):
                    same.append(row.uid)
                outcomes.setdefault(change.new if outcome is Outcome.APPLY else current, []).append(row)
    for new, rows in outcomes.items():
        _write(work, entity, group, new, rows)
    work.say("kept", entity.name, told[Outcome.KEPT], group=group.name, message=KEPT)
    work.say("superseded", entity.name, told[Outcome.SUPERSEDED], group=group.name)
    # What somebody else had brought about before is not this operation's doing, so no undo of it takes it away.
    work.say("same", entity.name, same, group=group.name)
    if work.undo_of:
        _list_overtaken(work, entity, group, clashes)
    else:
        ask(work, entity.name, group.name, clashes)


def _read(work: Work, entity: Entity, group: Group, changes: Sequence[Change]) -> _Classes:
    """Return the live rows classed by change and current values; missing and deleted ones are listed."""
    number_of = {uid: number for number, change in enumerate(changes) for uid in change.ids}
    columns = ", ".join(f"t.{SOURCES[entity.name].column(name)}" for name in group.fields)
    condition, ids_param = sql.among("t.uid", list(number_of))
    raw: dict[tuple[Any, ...], list[_Row]] = {}
    deleted: list[str] = []
    for pk, uid, is_deleted, *values in sql.rows(
        f"SELECT t.id, t.uid, t.deleted_at IS NOT NULL, {columns} FROM {SOURCES[entity.name].table} t"
        f" WHERE {condition} AND t.site_id = %s",
        [ids_param, work.place.site_id],
    ):
        number = number_of.pop(uid)
        if is_deleted:
            deleted.append(uid)
        else:
            raw.setdefault((number, *values), []).append(_Row(pk, uid))
    work.lacks(entity.name, number_of, group.name)
    # A deletion that came after this work in the history that was lost had seen it.
    late = recovering.superseded(work, entity.name, deleted, "deleted")
    deleted = [uid for uid in deleted if uid not in late]
    work.say(
        "target_deleted",
        entity.name,
        deleted,
        group=group.name,
        message=f"The {entity.name} is in the trash. Mine takes it out and applies this; theirs leaves it there.",
    )
    currents = work.facts.wire_values(entity.name, group.fields, [key[1:] for key in raw])
    classes: _Classes = {}
    for (key, rows), current in zip(raw.items(), currents, strict=True):
        classes.setdefault((key[0], current), []).extend(rows)
    return classes


def _writers(entity: Entity, group: Group, rows: Sequence[_Row]) -> dict[int, Writer]:
    condition, pks = sql.among("id", [row.pk for row in rows])
    found = sql.rows(f"SELECT id, field_meta FROM {SOURCES[entity.name].table} WHERE {condition}", [pks])
    return {pk: writer(meta, group.name) for pk, meta in found}


def _decided(
    work: Work,
    entity: Entity,
    group: Group,
    change: Change,
    current: Values,
    rows: list[_Row],
    *,
    marks: Mapping[str, int],
) -> Iterator[tuple[_Row, Outcome, Writer]]:
    """Yield what becomes of each row of one class; who wrote last is only looked up where it matters."""
    wish = Wish(change.old, change.new, work.by_person, bool(work.undo_of))
    if not marks and settled_by_values(entity, group, wish, current) is Outcome.APPLY:
        yield from ((row, Outcome.APPLY, NOBODY) for row in rows)
        return
    recovery = work.recovery
    if recovery is not None:
        wish = replace(wish, mark=recovery.mark, is_unsure=recovery.is_unsure)
    looks_back = wish.is_unsure or wish.takes_back
    found_so = taking_back.found_so(work, group.name)
    last_of = _writers(entity, group, rows)
    for row in rows:
        last = last_of[row.pk]
        is_own = looks_back and row.uid not in found_so and taking_back.is_own(work, last)
        if is_own and work.undo_of:
            # What this machine found so before is not its doing either, whatever it took back since.
            is_own = not taking_back.has_found_so(work, last[2], row.uid, group.name)
        standing = Standing(current, last[0] == "user", is_own, mark=marks.get(row.uid, 0))
        # An earlier form of this very work came first after all: its value is what this one replaces.
        own = replace(wish, old=current) if last[2] in work.supersedes else wish
        yield row, settle(entity, group, own, standing), last


def _without_done_tasks(work: Work, changes: Sequence[Change], classes: _Classes) -> _Classes:
    """Take out ideas that would go back to new although the writer has completed their task."""
    back = [
        row
        for (number, current), rows in classes.items()
        if changes[number].new == (NEW,) and current == (QUEUED,)
        for row in rows
    ]
    if not back:
        return classes
    condition, pks = sql.among("idea_id", [row.pk for row in back])
    done = {
        pk
        for (pk,) in sql.rows(
            f"SELECT idea_id FROM planning_tasks WHERE status = %s AND {condition}", [COMPLETED, pks]
        )
    }
    stopped = [row.uid for row in back if row.pk in done]
    if stopped:
        work.refuse(
            "idea",
            [
                Refused(
                    "transition", "The idea's task is completed; it cannot go back to new.", stopped, "status"
                )
            ],
        )
    return {key: [row for row in rows if row.pk not in done] for key, rows in classes.items()}


def _write(work: Work, entity: Entity, group: Group, new: Values, rows: Sequence[_Row]) -> None:
    if not rows:
        return
    if group.name == "name":
        for row in rows:
            _write_name(work, row, str(new[0]))
    else:
        values = _columns(entity, dict(zip(group.fields, new, strict=True)))
        work.stamp(entity.name, [row.pk for row in rows], values, group.name)
    close_answered(work, group.name, [row.uid for row in rows])


def _columns(entity: Entity, values: dict[str, Any]) -> dict[str, Any]:
    """Return column -> database value for wire values; references become integer ids."""
    source = SOURCES[entity.name]
    columns: dict[str, Any] = {}
    for name, value in values.items():
        reference = source.references.get(name)
        if reference is not None and value is not None:
            columns[reference.column] = ids_of(reference.table, [str(value)])[str(value)]
        else:
            columns[source.column(name)] = value
    return columns


def _write_name(work: Work, row: _Row, name: str) -> None:
    sector = work.facts.references("cluster", [row.uid])[row.uid].sector
    free = free_name(work, sector, name, but=row.uid)
    work.stamp("cluster", [row.pk], {"name": free, "name_key": fold(free)}, "name")
    if free != tidy(name):
        say_renamed(work, row.uid, free)


def say_renamed(work: Work, uid: str, name: str) -> None:
    """List a cluster that got another name than it asked for."""
    message = f"The sector has a cluster of that name already; this one is now {name!r}. Rename or merge it."
    work.say("renamed", "cluster", [uid], group="name", message=message, details={"name": name})


def free_name(work: Work, sector: str, name: str, *, but: str) -> str:
    """Return the name, or with " (2)", " (3)" ... what is free in the sector."""
    base = tidy(name)
    free, number = base, 1
    while uniqueness.name_trouble(work.facts, sector, free, but=but) is not None:
        number += 1
        suffix = f" ({number})"
        free = base[: 255 - len(suffix)] + suffix
    return free


def _list_overtaken(work: Work, entity: Entity, group: Group, clashes: Sequence[Clash]) -> None:
    names = shown_names(clash.by for clash in clashes)
    for clash in clashes:
        work.say(
            "undo_overtaken",
            entity.name,
            [clash.row],
            group=group.name,
            message="Somebody else has changed this since, so it was not undone.",
            base=list(clash.base),
            mine=list(clash.mine),
            theirs=list(clash.theirs),
            by=names.get(clash.by, ""),
            at=clash.at,
        )
