"""A replica file as an older version of the program would have left it: what later steps of the schema added is taken out again."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database

from sync.replica.schema import _STEPS

STOPS = {1: "m005_figures_of_the_seed", 2: "m006_trust"}
"""Schema version -> the first step it did not have."""


def make_older(path: Path, version: int) -> None:
    """Take a closed replica back to an earlier schema; rows, edits and numbers stay."""
    reference = Database(memory=True)
    _STEPS.apply(reference, stop_before=STOPS[version])
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        _strip(connection, reference)
        names = [step.name for step in _STEPS._migrations]
        for name in names[names.index(STOPS[version]) :]:
            connection.execute("DELETE FROM _sqlite_migrations WHERE name = ?", (name,))
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("COMMIT")
    reference.close()


def _strip(connection: sqlite3.Connection, reference: Database) -> None:
    known = {
        name: {column.name for column in reference.table(name).columns} for name in reference.table_names()
    }
    indexes = {row[0] for row in reference.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    present = connection.execute(
        "SELECT name, type FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
    ).fetchall()
    for name in (name for name, kind in present if kind == "index" and name not in indexes):
        connection.execute(f"DROP INDEX {name}")
    for name in (name for name, kind in present if kind == "table"):
        if name not in known:
            connection.execute(f"DROP TABLE {name}")
            continue
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
        for column in columns:
            if column not in known[name]:
                connection.execute(f"ALTER TABLE {name} DROP COLUMN {column}")
