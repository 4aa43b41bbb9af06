"""New rows. A keyword whose seed the sector already has merges with the live one; a taken cluster name gets a number."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from planner_core.decision import Refused
from planner_core.entities import ENTITIES, Value, Values
from planner_core.operations import Change, Create, Set
from planner_core.rules import check
from planner_core.text import fold, tidy
from planner_server.feed import sql
from planner_server.feed.catalogue import SOURCES
from planner_server.planning.facts import ids_of
from planner_server.planning.services.sets import apply_set, free_name, say_renamed
from planner_server.planning.services.work import Work

_UID = re.compile("[0-9a-f]{32}")

Row = dict[str, Value]
"""Field name -> value of one new row, with its "id"."""


def apply_create(work: Work, operation: Create) -> None:
    """Carry out a Create."""
    ids = operation.ids
    if (
        not all(map(_UID.fullmatch, ids))
        or len(set(ids)) != len(ids)
        or (operation.keywords and len(operation.rows) != 1)
    ):
        message = "Each new row needs a row id of its own (32 hexadecimal digits); keywords go with one idea."
        work.refuse(operation.entity, [Refused("invalid", message, operation.ids, "id")])
        return
    if operation.entity not in _INSERTERS:
        reason = f"A {operation.entity} cannot be created here."
        work.refuse(operation.entity, [Refused("read_only", reason, operation.ids)])
        return
    checked, refused = check(operation, work.facts)
    work.refuse(operation.entity, refused)
    if not isinstance(checked, Create):
        return
    rows = [
        dict(checked.common) | dict(zip(("id", *checked.columns), row, strict=True)) for row in checked.rows
    ]
    rows = _unknown_only(work, checked.entity, rows)
    if rows:
        _INSERTERS[checked.entity](work, str(checked.common["sector"]), rows, checked.keywords)


def _unknown_only(work: Work, entity: str, rows: list[Row]) -> list[Row]:
    """Leave out rows that exist: made by this very operation in another life of the platform, or somebody else's."""
    ids = [str(row["id"]) for row in rows]
    condition, ids_param = sql.among("uid", ids)
    existing = dict(
        sql.rows(f"SELECT uid, site_id FROM {SOURCES[entity].table} WHERE {condition}", [ids_param])
    )
    if not existing:
        return rows
    foreign = [uid for uid, site_id in existing.items() if site_id != work.place.site_id]
    if foreign:
        work.refuse(entity, [Refused("taken", "Another row has this id. Make the row anew.", foreign, "id")])
    return [row for row in rows if row["id"] not in existing]


def _insert(
    work: Work,
    entity: str,
    sector: str,
    rows: Sequence[Mapping[str, Value]],
    more: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Insert rows in one statement. `more` holds database columns that are no fields, row by row."""
    source, fields = (
        SOURCES[entity],
        [one for one in ENTITIES[entity].fields if one.kind not in ("refs", "time")],
    )
    maps = {
        name: ids_of(reference.table, [str(row[name]) for row in rows if row.get(name) is not None])
        for name, reference in source.references.items()
    }
    born = work.gate.born()
    common = {**born, "field_meta": sql.as_json(born["field_meta"]), "extra": "{}"}
    common |= {
        "account_id": work.place.account_id,
        "site_id": work.place.site_id,
        "sector_id": work.facts.sector_ids()[sector],
    }
    given = {name for row in rows for name in row}
    names = [one.name for one in fields if one.name != "sector" and one.name in given]
    common |= {
        source.column(one.name): one.default
        for one in fields
        if one.name != "sector" and one.name not in given
    }
    defaults = {one.name: one.default for one in fields}
    extra_columns = list(more[0]) if more else []
    values = []
    for number, row in enumerate(rows):
        own = [row.get(name, defaults[name]) for name in names]
        own = [
            maps[name].get(str(value)) if name in maps and value is not None else value
            for name, value in zip(names, own, strict=True)
        ]
        values.append([row["id"], *own, *(more[number].values() if more else ())])
    columns = ["uid", *(source.column(name) for name in names), *extra_columns]
    sql.insert_many(source.table, columns, values, common)
    work.written += len(rows)


def _insert_keywords(work: Work, sector: str, rows: list[Row], _: Sequence[str]) -> None:
    holder_of = dict(work.facts.live_keywords(sector, [str(row["seed"]) for row in rows]))
    fresh: list[Row] = []
    lost: list[tuple[Row, str]] = []
    for row in rows:
        holder = holder_of.setdefault(str(row["seed"]), str(row["id"]))
        if holder == row["id"]:
            fresh.append(row)
        else:
            lost.append((row, holder))
    fresh = _within_plan(work, fresh)
    if fresh:
        _insert(work, "keyword", sector, fresh)
    if lost:
        _merge(work, lost)


def _within_plan(work: Work, rows: list[Row]) -> list[Row]:
    limit = work.place.keyword_limit
    if limit is None:
        return rows
    held = sql.rows(
        "SELECT COUNT(*) FROM planning_keywords WHERE account_id = %s AND deleted_at IS NULL",
        [work.place.account_id],
    )[0][0]
    room = max(0, limit - held)
    if len(rows) > room:
        message = f"The account's plan holds {limit:,} keywords. Delete some, or change the plan."
        work.refuse("keyword", [Refused("limit", message, [str(row["id"]) for row in rows[room:]])])
    return rows[:room]


def _merge(work: Work, lost: Sequence[tuple[Row, str]]) -> None:
    """Let rows go up in the live keywords of their seeds: an alias each, and what they set is set on the keyword that stays."""
    born = work.gate
    condition, ids_param = sql.among("old", [str(row["id"]) for row, _ in lost])
    known = {
        old
        for (old,) in sql.rows(
            f"SELECT old FROM feed_alias WHERE scope_id = %s AND {condition}", [born.scope_id, ids_param]
        )
    }
    aliases = [
        (born.scope_id, row["id"], holder, born.version, born.actor.op_id)
        for row, holder in lost
        if row["id"] not in known
    ]
    sql.insert_many("feed_alias", ["scope_id", "old", "new", "ver", "origin_op"], aliases)
    work.place.has_aliases = True
    work.written += len(aliases)
    for row, holder in lost:
        message = "The sector already had this seed keyword; both are one keyword now."
        work.say("merged", "keyword", [str(row["id"])], new_id=holder, message=message)
    entity = ENTITIES["keyword"]
    for group in entity.groups:
        default = tuple(entity.field(name).default for name in group.fields)
        classes: dict[tuple[Value, ...], list[str]] = {}
        for row, holder in lost:
            values = tuple(row.get(name, usual) for name, usual in zip(group.fields, default, strict=True))
            if values != default:
                classes.setdefault(values, []).append(holder)
        if classes:
            _set_on_kept(
                work,
                Set("keyword", group.name, [Change(default, values, ids) for values, ids in classes.items()]),
            )


def _set_on_kept(work: Work, operation: Set) -> None:
    """Set on the keywords that stay what the lost rows held, and keep what was there before: an undo takes back just that."""
    before = _values_now(work, operation)
    apply_set(work, operation)
    after = _values_now(work, operation)
    changed = [
        [uid, operation.group, list(values), list(after[uid])]
        for uid, values in before.items()
        if after.get(uid, values) != values
    ]
    work.effects.setdefault("merged", []).extend(changed)


def _values_now(work: Work, operation: Set) -> dict[str, Values]:
    classes = work.facts.alike(operation.entity, operation.ids, operation.group)
    return {uid: alike.current for alike in classes for uid in alike.ids}


def _insert_clusters(work: Work, sector: str, rows: list[Row], _: Sequence[str]) -> None:
    for row in rows:
        wanted = tidy(str(row["name"]))
        name = free_name(work, sector, wanted, but=str(row["id"]))
        _insert(work, "cluster", sector, [row | {"name": name}], [{"name_key": fold(name)}])
        if name != wanted:
            say_renamed(work, str(row["id"]), name)


def _insert_ideas(work: Work, sector: str, rows: list[Row], keywords: Sequence[str]) -> None:
    _insert(work, "idea", sector, rows)
    if keywords:
        idea = ids_of("planning_contentideas", [str(rows[0]["id"])])
        members = ids_of("planning_keywords", keywords)
        pairs = [(pk, keyword) for pk in idea.values() for keyword in members.values()]
        sql.insert_many("planning_ideakeyword", ["idea_id", "keyword_id"], pairs)


_INSERTERS = {"keyword": _insert_keywords, "cluster": _insert_clusters, "idea": _insert_ideas}
