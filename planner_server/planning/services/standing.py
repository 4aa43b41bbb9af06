"""The common case of a Set, in one statement a class: rows that still hold the old values take the new ones, unread.

What a statement does not reach (another value, in the trash, unknown) is left to be looked at row by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from planner_core.entities import ENTITIES, Entity, Group, Value, Values
from planner_core.merge import Outcome, merge
from planner_core.operations import Change
from planner_core.rules.shape import misfit
from planner_server.feed import sql
from planner_server.feed.catalogue import SOURCES
from planner_server.planning.facts import ids_of
from planner_server.planning.services.conflicts import close_answered
from planner_server.planning.services.work import Work

STATEMENTS = 8
"""Up to so many changes get a statement of their own; more go through one statement that carries the values row by row."""

_OPERATION = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands for the operation's id in the text of a mark."""
_LOOKED_AT = frozenset({("cluster", "name"), ("idea", "status")})
"""Groups whose new value hangs on other rows than the one written."""
_SQL_TYPES = {"bool": "boolean", "int": "integer", "ref": "bigint"}


@dataclass(frozen=True, slots=True)
class _Plan:
    """A change with its values as the database keeps them."""

    change: Change
    old: tuple[Any, ...]
    new: tuple[Any, ...]


def is_plain(entity: str, group: str) -> bool:
    """Whether the new value of a group hangs on nothing but the row that is written; False for groups nobody knows."""
    known = ENTITIES.get(entity)
    return (
        known is not None
        and any(one.name == group for one in known.groups)
        and (entity, group) not in _LOOKED_AT
    )


def write_each(
    work: Work, entity: Entity, group: Group, changes: Sequence[Change], operations: Mapping[str, str]
) -> set[str]:
    """Write one-row changes of several operations where their old values stand; return the rows written.

    `operations` is row -> the id of its operation, which marks it. The group is a plain one, the rows differ.
    """
    written = set(_row_by_row(work, entity, group, _planned(entity, group, changes), operations))
    if written:
        work.written += len(written)
        close_answered(work, group.name, sorted(written))
    return written


def write_standing(work: Work, entity: Entity, group: Group, changes: Sequence[Change]) -> list[Change]:
    """Write the rows whose old values stand; return what is left of the changes. An undo looks at every row's last writer."""
    named = [uid for change in changes for uid in change.ids]
    if work.undo_of or (entity.name, group.name) in _LOOKED_AT or len(set(named)) != len(named):
        return list(changes)
    plans = _planned(entity, group, changes)
    written: set[str] = set()
    if len(plans) > STATEMENTS:
        written.update(_row_by_row(work, entity, group, plans))
    else:
        for plan in plans:
            written.update(_at_once(work, entity, group, plan))
    if written:
        work.written += len(written)
        close_answered(work, group.name, sorted(written))
    if len(written) == len(named):
        return []
    left = [replace(one, ids=[uid for uid in one.ids if uid not in written]) for one in changes]
    return [one for one in left if one.ids]


def _planned(entity: Entity, group: Group, changes: Sequence[Change]) -> list[_Plan]:
    """Return the changes that simply apply where their old values stand; values the columns cannot hold compare with nothing."""
    plain = [
        change
        for change in changes
        if merge(entity, group, change.old, change.new, change.old) is Outcome.APPLY
        and all(
            misfit(entity, name, value) is None for name, value in zip(group.fields, change.old, strict=True)
        )
    ]
    references = _reference_ids(entity, group, plain)
    plans: list[_Plan] = []
    for change in plain:
        try:
            old, new = (_stored(group, values, references) for values in (change.old, change.new))
        except KeyError:
            continue  # A row nobody knows: nothing can refer to it yet.
        plans.append(_Plan(change, old, new))
    return plans


def _reference_ids(entity: Entity, group: Group, changes: Iterable[Change]) -> dict[str, dict[str, int]]:
    named: dict[str, set[str]] = {
        name: set() for name in group.fields if name in SOURCES[entity.name].references
    }
    if not named:
        return {}
    for change in changes:
        for values in (change.old, change.new):
            for name, value in zip(group.fields, values, strict=True):
                if name in named and value is not None:
                    named[name].add(str(value))
    return {
        name: ids_of(SOURCES[entity.name].references[name].table, sorted(uids))
        for name, uids in named.items()
    }


def _stored(group: Group, values: Values, references: dict[str, dict[str, int]]) -> tuple[Any, ...]:
    if not references:
        return tuple(values)

    def one(name: str, value: Value) -> Any:
        return references[name][str(value)] if name in references and value is not None else value

    return tuple(one(name, value) for name, value in zip(group.fields, values, strict=True))


def _columns(entity: Entity, group: Group) -> list[str]:
    return [SOURCES[entity.name].column(name) for name in group.fields]


def _stamped(work: Work, group: Group) -> tuple[str, list[Any]]:
    """Return the assignments every written row gets from the gate, with their parameters."""
    mark = sql.as_json(work.gate.mark(group.name))
    assignments = f"ver = %s, updated_at = %s, field_meta = {sql.merged_json('t.field_meta')}"
    return assignments, [work.gate.version, work.gate.at, mark]


def _at_once(work: Work, entity: Entity, group: Group, plan: _Plan) -> list[str]:
    columns = _columns(entity, group)
    assigned = ", ".join(f"{column} = %s" for column in columns)
    stands = " AND ".join(f"t.{column} {sql.same_as()} %s" for column in columns)
    stamped, stamps = _stamped(work, group)
    condition, ids = sql.among("t.uid", plan.change.ids)
    found = sql.rows(
        f"UPDATE {SOURCES[entity.name].table} AS t SET {assigned}, {stamped}"
        f" WHERE {condition} AND t.site_id = %s AND t.deleted_at IS NULL AND {stands} RETURNING uid",
        [*plan.new, *stamps, ids, work.place.site_id, *plan.old],
    )
    return [uid for (uid,) in found]


def _row_by_row(
    work: Work,
    entity: Entity,
    group: Group,
    plans: Sequence[_Plan],
    operations: Mapping[str, str] | None = None,
) -> list[str]:
    """Write the plans in one statement that carries values, and where operations differ their marks, row by row."""
    if not plans:
        return []
    columns = _columns(entity, group)
    types = [_SQL_TYPES.get(ENTITIES[entity.name].field(name).kind, "text") for name in group.fields]
    named = [("row_uid", "text")]
    named += [
        (f"{side}_{column}", kind)
        for side in ("old", "new")
        for column, kind in zip(columns, types, strict=True)
    ]
    values = [[uid, *plan.old, *plan.new] for plan in plans for uid in plan.change.ids]
    stamped, stamps = _stamped(work, group)
    if operations is not None:
        named.append(("mark", "jsonb"))
        (kind, writer, _, *place) = work.gate.mark(group.name)[group.name]
        # An operation's id is 32 hexadecimal digits: nothing in it has to be escaped, once for each of a thousand rows.
        before, after = sql.as_json({group.name: [kind, writer, _OPERATION, *place]}).split(_OPERATION)
        for row in values:
            row.append(f"{before}{operations[row[0]]}{after}")
        stamped = f"ver = %s, updated_at = %s, field_meta = {sql.merged_json('t.field_meta', 'j.mark')}"
        stamps = stamps[:2]
    listed, rows = sql.listed(named, values)
    assigned = ", ".join(f"{column} = j.new_{column}" for column in columns)
    stands = " AND ".join(f"t.{column} {sql.same_as()} j.old_{column}" for column in columns)
    found = sql.rows(
        f"UPDATE {SOURCES[entity.name].table} AS t SET {assigned}, {stamped} FROM {listed} j"
        f" WHERE t.uid = j.row_uid AND t.site_id = %s AND t.deleted_at IS NULL AND {stands} RETURNING uid",
        [*stamps, rows, work.place.site_id],
    )
    return [uid for (uid,) in found]
