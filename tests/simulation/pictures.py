"""What the platform and a machine hold, as plain dictionaries that can be compared: entity -> uid -> field -> value, live rows only."""

from __future__ import annotations

import json
from typing import Any

from planner_core.entities import SCOPE_ENTITIES
from planner_server.feed.catalogue import SOURCES
from tests.simulation.machine import Machine
from tests.simulation.platform import Platform

Picture = dict[str, dict[str, dict[str, Any]]]

_KEYWORDS = (
    "SELECT w.uid, s.uid, c.uid, l.uid, h.status, h.disabled, h.volume_override, h.difficulty_override, w.created_at"
    " FROM keyword w JOIN keyword_hot h ON h.k = w.k LEFT JOIN seed s ON s.k = w.seed LEFT JOIN sector c ON c.k = w.sector"
    " LEFT JOIN cluster l ON l.k = h.cluster WHERE h.deleted = 0"
)
_ITEMS = "SELECT k.uid FROM planning_ideakeyword m JOIN planning_keywords k ON k.id = m.keyword_id WHERE m.idea_id = t.id"


def of_platform(platform: Platform) -> Picture:
    """Return the site's live rows as the platform has them."""
    found: Picture = {}
    for entity in SCOPE_ENTITIES["site"]:
        source = SOURCES[entity.name]
        values = [
            f"(SELECT json_group_array(uid) FROM ({_ITEMS} ORDER BY k.uid))"
            if field.kind == "refs"
            else source.value(field.name)
            for field in entity.fields
        ]
        rows = platform.database.execute(
            f"SELECT t.uid, {', '.join(values)} FROM {source.table} t{source.joins} WHERE t.deleted_at IS NULL"
        ).fetchall()
        found[entity.name] = {row[0]: _row(entity.name, row[1:]) for row in rows}
    return found


def of_machine(machine: Machine) -> Picture:
    """Return the live rows of all sites as the machine shows them, pending work included."""
    found: Picture = {}
    for entity in SCOPE_ENTITIES["site"]:
        if entity.name == "keyword":
            rows = machine.rows(_KEYWORDS)
        else:
            rows = machine.rows(
                f"SELECT uid, {', '.join(entity.columns)} FROM {entity.name} WHERE deleted = 0"
            )
        found[entity.name] = {row[0]: _row(entity.name, row[1:]) for row in rows}
    return found


def difference(one: Picture, other: Picture) -> list[str]:
    """Return what differs, in words; nothing for equal pictures."""
    said = []
    for entity in one:
        mine, theirs = one[entity], other[entity]
        for uid in sorted(mine.keys() | theirs.keys()):
            if uid not in mine or uid not in theirs:
                said.append(f"{entity} {uid[-6:]} only {'here' if uid in mine else 'there'}")
                continue
            said += [
                f"{entity} {uid[-6:]} {name}: {mine[uid][name]!r} here, {theirs[uid][name]!r} there"
                for name in mine[uid]
                if mine[uid][name] != theirs[uid][name]
            ]
    return said


def _row(entity: str, values: tuple[Any, ...]) -> dict[str, Any]:
    fields = next(one for one in SCOPE_ENTITIES["site"] if one.name == entity).fields
    return {field.name: _plain(field.kind, value) for field, value in zip(fields, values, strict=True)}


def _plain(kind: str, value: Any) -> Any:
    if kind == "bool":
        return bool(value)
    if kind == "refs":
        return sorted(json.loads(value or "[]"))
    return value
