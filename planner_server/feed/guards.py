"""Database triggers that refuse a write which did not pass the gate, whoever makes it: the ORM, raw SQL, an admin page, a shell.

A row may be written only while its scope is `writing`, and only with the scope's own version; it may be deleted only while
tombstones are purged. PostgreSQL checks a statement at a time through transition tables, SQLite a row at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from planner_server.feed.rows import FeedStamp

REFUSAL = "feed guard: a row of {table} was written outside the gate (planner_server.feed.gate.write)"
_STATED_TABLES = ("feed_alias", "feed_conflict")
_ITEMS_TABLE, _ITEMS_PARENT = "planning_ideakeyword", "planning_contentideas"
EVENTS = ("insert", "update", "delete")


@dataclass(frozen=True, slots=True)
class _Rule:
    """`fits` holds for rows that may be written; `{row}` in it stands for the row looked at."""

    table: str
    fits: dict[str, str]
    depends_on: tuple[str, ...] = ()


def tables() -> list[str]:
    """Return the tables whose rows carry a version of the feed."""
    rows = [model._meta.db_table for model in apps.get_models() if issubclass(model, FeedStamp)]  # noqa: SLF001 - the documented way to a model's table
    return sorted((*rows, *_STATED_TABLES))


def install(using: str = "default") -> None:
    """Put every guard in place, replacing older ones; tables that do not exist yet are left for a later migration."""
    connection = connections[using]
    with connection.cursor() as cursor:
        present = set(connection.introspection.table_names(cursor))
        for statement in _statements(connection, present):
            cursor.execute(statement)


def remove(using: str = "default") -> None:
    """Take every guard away. For emptying a database as a whole, and for nothing else."""
    connection = connections[using]
    with connection.cursor() as cursor:
        present = set(connection.introspection.table_names(cursor))
        for rule in _rules():
            if rule.table in present:
                for event in EVENTS:
                    cursor.execute(_drop(connection, rule.table, event))


def missing(using: str = "default") -> list[str]:
    """Return the names of guards that should be there and are not."""
    connection = connections[using]
    names = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    with connection.cursor() as cursor:
        cursor.execute(names[connection.vendor])
        present = {str(name) for (name,) in cursor.fetchall()}
    return [
        name for rule in _rules() for event in EVENTS if (name := _name(rule.table, event)) not in present
    ]


def _name(table: str, event: str) -> str:
    return f"guard_{event}_{table}"


def _rules() -> Iterator[_Rule]:
    stamped = "s.id = {row}.scope_id AND s.writing > 0 AND s.version = {row}.ver"
    purging = "s.id = {row}.scope_id AND s.writing = 2"
    for table in tables():
        written = f"EXISTS (SELECT 1 FROM feed_scope s WHERE {stamped})"
        purged = f"EXISTS (SELECT 1 FROM feed_scope s WHERE {purging})"
        yield _Rule(table, {"insert": written, "update": written, "delete": purged}, ("feed_scope",))
    parent = (
        f"EXISTS (SELECT 1 FROM {_ITEMS_PARENT} p JOIN feed_scope s ON s.id = p.scope_id"
        " WHERE p.id = {row}.idea_id AND s.writing > 0 AND (s.writing = 2 OR p.ver = s.version))"
    )
    yield _Rule(_ITEMS_TABLE, dict.fromkeys(EVENTS, parent), (_ITEMS_PARENT, "feed_scope"))


def _statements(connection: BaseDatabaseWrapper, present: set[str]) -> Iterator[str]:
    for rule in _rules():
        if {rule.table, *rule.depends_on} <= present:
            for event in EVENTS:
                yield _drop(connection, rule.table, event)
                if connection.vendor == "sqlite":
                    yield _sqlite_trigger(rule, event)
                else:
                    yield from _postgres_trigger(rule, event)


def _drop(connection: BaseDatabaseWrapper, table: str, event: str) -> str:
    if connection.vendor != "postgresql":
        return f"DROP TRIGGER IF EXISTS {_name(table, event)}"
    # Dropping the function takes its triggers along; `move` is the second one of an update.
    moved = f"; DROP FUNCTION IF EXISTS {_name(table, 'move')} CASCADE" if event == "update" else ""
    return f"DROP FUNCTION IF EXISTS {_name(table, event)} CASCADE{moved}"


def _sqlite_trigger(rule: _Rule, event: str) -> str:
    row = "OLD" if event == "delete" else "NEW"
    fits = rule.fits[event].format(row=row)
    moved = " OR OLD.scope_id IS NOT NEW.scope_id" if event == "update" and rule.table != _ITEMS_TABLE else ""
    refusal = REFUSAL.format(table=rule.table)
    return (
        f"CREATE TRIGGER {_name(rule.table, event)} BEFORE {event.upper()} ON {rule.table} FOR EACH ROW"
        f" WHEN NOT {fits}{moved} BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
    )


def _postgres_trigger(rule: _Rule, event: str) -> Iterator[str]:
    name = _name(rule.table, event)
    side = "OLD" if event == "delete" else "NEW"
    fits = rule.fits[event].format(row="r")
    refusal = REFUSAL.format(table=rule.table)
    yield (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF EXISTS (SELECT 1 FROM guarded_rows r WHERE NOT {fits}) THEN"
        f" RAISE EXCEPTION '{refusal}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NULL; END $$"
    )
    yield (
        f"CREATE TRIGGER {name} AFTER {event.upper()} ON {rule.table} REFERENCING {side} TABLE AS guarded_rows"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    )
    if event == "update" and rule.table != _ITEMS_TABLE:
        yield from _postgres_move_trigger(rule.table, refusal)


def _postgres_move_trigger(table: str, refusal: str) -> Iterator[str]:
    """Refuse a row that changes its scope. Old and new rows of a statement cannot be paired, so this one looks at single rows."""
    name = _name(table, "move")
    yield (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" RAISE EXCEPTION '{refusal}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    yield (
        f"CREATE TRIGGER {name} BEFORE UPDATE OF scope_id ON {table} FOR EACH ROW"
        f" WHEN (OLD.scope_id IS DISTINCT FROM NEW.scope_id) EXECUTE FUNCTION {name}()"
    )
