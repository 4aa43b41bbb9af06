"""The few spots where SQLite and PostgreSQL say the same thing differently."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper


def among(
    column: str, values: Sequence[str] | Sequence[int], on: BaseDatabaseWrapper | None = None
) -> tuple[str, Any]:
    """Return (condition, its one parameter) for "column is one of values", whatever their number."""
    if (on or connection).vendor == "sqlite":
        return f"{column} IN (SELECT value FROM json_each(%s))", json.dumps(list(values))
    return f"{column} = ANY(%s)", list(values)


def listed(columns: Sequence[tuple[str, str]], values: Sequence[Sequence[Any]]) -> tuple[str, str]:
    """Return (a table of these rows for a FROM clause, its one parameter); `columns` are (name, PostgreSQL type)."""
    names = [f"value ->> {place} AS {name}" for place, (name, _) in enumerate(columns)]
    text = json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))
    if connection.vendor == "sqlite":
        return f"(SELECT {', '.join(names)} FROM json_each(%s))", text
    typed = [f"(value ->> {place})::{kind} AS {name}" for place, (name, kind) in enumerate(columns)]
    return f"(SELECT {', '.join(typed)} FROM jsonb_array_elements(%s::jsonb))", text


def same_as() -> str:
    """Return the comparison in which NULL equals NULL."""
    return "IS" if connection.vendor == "sqlite" else "IS NOT DISTINCT FROM"


def merged_json(column: str, value: str = "%s") -> str:
    """Return the expression that lays a JSON object (one parameter, or what `value` names) over the one in a column, key by key."""
    if connection.vendor == "sqlite":
        return f"json_patch({column}, {value})"
    return f"{column} || {value}::jsonb"


def mark_item(column: str, group: str, place: int) -> str:
    """Return the expression of one item of a group's mark in a JSON column of marks; NULL where there is none."""
    if connection.vendor == "sqlite":
        return f"json_extract({column}, '$.{group}[{place}]')"
    return f"{column} -> '{group}' ->> {place}"


def rows(sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Run a query and return all its rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def run(sql: str, params: Sequence[Any] = ()) -> int:
    """Run a statement and return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def insert_many(
    table: str,
    columns: Sequence[str],
    values: Sequence[Sequence[Any]],
    common: Mapping[str, Any] | None = None,
) -> None:
    """Insert rows in one statement; `common` holds columns in which all agree.

    By COPY on PostgreSQL. On SQLite out of one JSON parameter: a statement a row would pay for the guard's trigger, which makes a
    statement keep a journal of its own, once a row.
    """
    if not values:
        return
    same = dict(common or {})
    names = ", ".join([*same, *columns])
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in values:
                    copy.write_row([*same.values(), *row])
            return
        own = [f"value ->> {place}" for place in range(len(columns))]
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {', '.join(['%s'] * len(same) + own)} FROM json_each(%s)",
            [*same.values(), json.dumps(values, ensure_ascii=False, separators=(",", ":"))],
        )


def as_json(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """Return the compact JSON text of a value for a JSON column."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def loaded(value: Any) -> Any:
    """Return the value of a JSON column as raw SQL gives it (text on SQLite and PostgreSQL alike under Django)."""
    return json.loads(value) if isinstance(value, (str, bytes)) else value
