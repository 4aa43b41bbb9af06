"""From the common options to a running Django: settings come from the environment, so the options are put there first."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from urllib.parse import unquote, urlsplit

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from platformdirs import user_data_path

from planner_server.cli.console import LACKING, UNREACHABLE, USAGE, Failure
from planner_server.cli.leftover import refuse_foreign_log
from planner_server.config.databases import BadDatabaseUrl

SETTINGS = "planner_server.config.settings"


def start(data_dir: Path | None, database_url: str | None) -> None:
    """Set Django up. Raises Failure for an address or a folder that cannot be used."""
    if data_dir is not None:
        os.environ["PLANNER_DATA_DIR"] = str(data_dir.expanduser().absolute())
    if database_url is not None:
        os.environ["PLANNER_DATABASE_URL"] = database_url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    try:
        django.setup()
    except BadDatabaseUrl as error:
        raise Failure(
            "database_url", str(error), "Or leave --database-url out to use a file in the data folder."
        ) from error
    except OSError as error:
        where = error.filename or data_dir
        raise Failure(
            "data_dir",
            f"The data folder cannot be used: {where}: {error.strerror}.",
            "Name another: --data-dir.",
        ) from error
    except (ImportError, ImproperlyConfigured) as error:
        if "psycopg" not in str(error):
            raise
        remedy = "Install the extra: pip install 'planner-desktop[postgres]'."
        raise Failure(
            "psycopg", "PostgreSQL needs the driver psycopg, which is missing.", remedy, LACKING
        ) from error


def require_there(data_dir: Path | None, database_url: str | None) -> None:
    """Raise Failure where setting up would have to make the data folder or the SQLite file: for commands that change nothing.

    To be called before `start`, which makes folder and key.
    """
    named = str(data_dir) if data_dir is not None else os.environ.get("PLANNER_DATA_DIR", "")
    folder = (Path(named) if named else user_data_path("planner-server", appauthor=False)).expanduser()
    url = database_url or os.environ.get("PLANNER_DATABASE_URL", "")
    needed = [folder]
    if not url:
        needed.append(folder / "planner.db")
    elif urlsplit(url).scheme == "sqlite":
        needed.append(Path(unquote(urlsplit(url).path)[1:]))
    missing = next((path for path in needed if not path.exists()), None)
    if missing is not None:
        remedy = f"Check --data-dir. To make a platform there: planner-server migrate --data-dir {shlex.quote(str(folder))}"
        raise Failure("no_database", f"There is no platform here: {missing} does not exist.", remedy, USAGE)


def open_there(data_dir: Path | None, database_url: str | None) -> None:
    """Open a platform that is there and up to date; make nothing. Raises Failure."""
    require_there(data_dir, database_url)
    start(data_dir, database_url)
    require_migrated()


_DAMAGED = (
    "Nothing was changed. If a copy was put in its place while planner.db-wal and planner.db-shm of a killed server lay beside it:"
    " move those two away, put the copy there again, and run planner-server new-epoch. Else put a backup back."
)


def refuse_unsafe_database() -> None:
    """Raise Failure for a database that must not be opened as it lies there; one that this process holds open is not looked at."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "sqlite" and connection.connection is None:
        refuse_foreign_log(Path(connection.settings_dict["NAME"]))


def reach_database() -> None:
    """Connect. Raises Failure when nobody answers, and for a database that must not be opened as it lies there."""
    refuse_unsafe_database()
    connection = connections[DEFAULT_DB_ALIAS]
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        remedy = _DAMAGED if "malformed" in str(error) else "Check --database-url and that the database runs."
        message = f"The database cannot be reached: {' '.join(str(error).split())}."
        raise Failure("database", message, remedy, UNREACHABLE) from error


def pending_migrations() -> int:
    """Return how many migrations the database has not had yet."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def migrate() -> int:
    """Bring the database to this version and return how many migrations that took."""
    reach_database()
    missing = pending_migrations()
    if missing:
        call_command("migrate", verbosity=0, interactive=False)
    return missing


def require_migrated() -> None:
    """Raise Failure unless the database is as this version needs it."""
    reach_database()
    missing = pending_migrations()
    if missing:
        options = (
            f" --data-dir {shlex.quote(os.environ['PLANNER_DATA_DIR'])}"
            if "PLANNER_DATA_DIR" in os.environ
            else ""
        )
        remedy = f"Run: planner-server migrate{options}"
        raise Failure(
            "not_migrated", f"The database is {missing} migrations behind this version.", remedy, USAGE
        )
