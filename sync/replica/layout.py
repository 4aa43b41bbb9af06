"""How entities lie in tables: column names, and the conversions between wire values and what SQLite stores.

Keywords have their own two tables; every other entity is one table with a column per field. A row that people edit and that has
pending work keeps the platform's values as JSON in `base`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from planner_core.entities import CLUSTER, ENTITIES, IDEA, SCOPE_ENTITIES, TASK

SMALL: dict[str, tuple[str, ...]] = {
    name: entity.columns for name, entity in ENTITIES.items() if name not in ("keyword", "seed")
}
"""Entity -> its columns, for the entities that lie in one table of few rows."""

OWN = (CLUSTER.name, IDEA.name, TASK.name)
"""Small entities of a site: they have a mark and a base."""

HOT = ("cluster", "status", "disabled", "volume_override", "difficulty_override", "deleted")
"""Keyword values in the narrow table, there once as effective and once as base_ value."""

BASE_JSON: dict[str, str] = {
    name: "json_object(" + ", ".join(f"'{column}', {column}" for column in (*SMALL[name], "deleted")) + ")"
    for name in OWN
}
"""SQL that packs the platform's values of a row."""

BOOLEANS = frozenset(
    field.name for entity in ENTITIES.values() for field in entity.fields if field.kind == "bool"
)


def tables(kind: str) -> str:
    """Return the tables and columns that this version keeps of a scope's kind, as one text.

    Rows fetched with another text may lack what was not known then: they are fetched again.
    """
    return ";".join(f"{entity.name}:{','.join(entity.columns)}" for entity in SCOPE_ENTITIES[kind])


def storable(value: Any) -> Any:
    """Return a wire value as SQLite stores it."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (list, tuple)):
        return json.dumps(list(value), separators=(",", ":"))
    return value


def wire(entity: str, stored: Mapping[str, Any]) -> list[Any]:
    """Return stored values as a feed row has them, in the entity's column order; sets of ids sorted."""
    values: list[Any] = []
    for column in ENTITIES[entity].fields:
        value = stored[column.name]
        if column.kind == "bool":
            value = bool(value)
        elif column.kind == "refs":
            value = sorted(json.loads(value)) if isinstance(value, str) else sorted(value or ())
        values.append(value)
    return values


def named(columns: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    """Return a row as a dictionary."""
    return dict(zip(columns, row, strict=True))
