"""A private copy of one site inside the database, for work that is only tried.

The tables the services write are laid over by temporary ones of the same names, filled with the rows of the site: the services run
unchanged, on either database, and write where nobody else looks. Everything is gone with the transaction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections, transaction

from planner_server.feed import sql

_BY_SCOPE = ("feed_alias", "feed_conflict", "feed_recoverymark")
_ROWS = ("planning_clusters", "planning_keywords", "planning_contentideas")
_MEMBERS = "planning_ideakeyword"
_REFERENCE = re.compile(r' REFERENCES "[^"]+" \("[^"]+"\)(?: DEFERRABLE INITIALLY DEFERRED)?')
_FIRST_ID = 1_000_000_000_000
"""Rows made here are numbered from here on: above every row's number, and no sequence of the real tables moves."""


@contextmanager
def one_moment() -> Iterator[None]:
    """See the database as of one moment, in a transaction that takes no lock anybody waits for and is rolled back at its end.

    On SQLite over a connection of its own: the usual one begins every transaction as the one writer. Inside a transaction of the
    caller's, that one is used.
    """
    if connections["default"].in_atomic_block:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
        return
    usual = connections["default"]
    if usual.vendor != "sqlite":
        with transaction.atomic():
            sql.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield
            transaction.set_rollback(True)
        return
    own = connections.create_connection("default")
    settings: dict[str, Any] = dict(usual.settings_dict)
    own.settings_dict = settings | {"OPTIONS": {**settings["OPTIONS"], "transaction_mode": "DEFERRED"}}
    connections["default"] = own
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        connections["default"] = usual
        own.close()


@contextmanager
def private_copy(scope_id: int, uids: Sequence[str], *, account_id: int | None = None) -> Iterator[None]:
    """Lay copies over the tables, with the scope's rows and those of `uids`, wherever they are. Inside `one_moment` only.

    `account_id` takes the keywords of the whole account along, for who has to count them.
    """
    with transaction.atomic():
        for table in _ROWS:
            among, ids = sql.among("t.uid", list(uids))
            where, params = f"t.scope_id = %s OR {among}", [scope_id, ids]
            if account_id is not None and table == "planning_keywords":
                where, params = f"{where} OR t.account_id = %s", [*params, account_id]
            _lay_over(table, where, params)
        # Of the copied ideas only: the table of ideas is the copy by now.
        _lay_over(_MEMBERS, "t.idea_id IN (SELECT i.id FROM planning_contentideas i)", [])
        for table in _BY_SCOPE:
            _lay_over(table, "t.scope_id = %s", [scope_id])
        yield
        transaction.set_rollback(True)


def _lay_over(table: str, where: str, params: Sequence[Any]) -> None:
    if connection.vendor == "sqlite":
        _lay_over_sqlite(table, where, params)
    else:
        _lay_over_postgres(table, where, params)


def _lay_over_sqlite(table: str, where: str, params: Sequence[Any]) -> None:
    made = sql.rows(
        "SELECT type, name, sql FROM main.sqlite_master WHERE tbl_name = %s AND type IN ('table', 'index') AND sql IS NOT NULL",
        [table],
    )
    ((definition,),) = [(text,) for kind, _, text in made if kind == "table"]
    # What the copies refer to is not copied with them.
    plain = _REFERENCE.sub("", definition).replace("CREATE TABLE", "CREATE TEMP TABLE", 1)
    sql.run(plain)
    sql.run(f"INSERT INTO temp.{table} SELECT t.* FROM main.{table} t WHERE {where}", params)
    for kind, name, text in made:
        if kind == "index":
            sql.run(text.replace(f'"{name}"', f'temp."{name}"', 1))


def _lay_over_postgres(table: str, where: str, params: Sequence[Any]) -> None:
    ((schema,),) = sql.rows(
        "SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = %s::regclass",
        [table],
    )
    sql.run(
        f"CREATE TEMP TABLE {table} (LIKE {schema}.{table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES) ON COMMIT DROP"
    )
    sql.run(f"CREATE TEMP SEQUENCE {table}_tried START {_FIRST_ID}")
    sql.run(f"ALTER TABLE pg_temp.{table} ALTER id SET DEFAULT nextval('pg_temp.{table}_tried')")
    sql.run(f"INSERT INTO pg_temp.{table} SELECT t.* FROM {schema}.{table} t WHERE {where}", params)
