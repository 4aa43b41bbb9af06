"""P55: a killed server leaves its log, somebody puts an older copy of the database beside it: nothing opens the two together."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import DEFAULT_DB_ALIAS, DatabaseError

from planner_server.cli import environment
from planner_server.cli.console import Failure
from planner_server.cli.leftover import refuse_foreign_log
from planner_server.config import wsgi

pytestmark = pytest.mark.skipif(
    os.name == "nt", reason="there a file's times are what the copying program says"
)

_WRITE_AND_DIE = """
import os, sqlite3, sys
open_ = sqlite3.connect(sys.argv[1], isolation_level=None)
open_.execute("INSERT INTO kept VALUES ('later')")
os._exit(9)
"""


@pytest.fixture
def crashed(tmp_path: Path) -> Path:
    """A database whose writer was killed, with its log, and `copy.db`: what it was before."""
    database = tmp_path / "planner.db"
    made = sqlite3.connect(database, isolation_level=None)
    made.execute("PRAGMA journal_mode = WAL")
    made.execute("CREATE TABLE kept (what TEXT)")
    made.close()
    shutil.copy(database, tmp_path / "copy.db")
    subprocess.run([sys.executable, "-c", _WRITE_AND_DIE, str(database)], check=False)
    assert log_of(database).stat().st_size
    return database


def log_of(database: Path) -> Path:
    return database.with_name("planner.db-wal")


def later_than(file: Path) -> None:
    """Wait for the file system's clock to go past a file's time."""
    probe = file.with_name("probe")
    while True:
        probe.write_text("x")
        if probe.stat().st_ctime > file.stat().st_ctime:
            return


def written_over(copy: Path, database: Path) -> None:
    shutil.copy(copy, database)


def written_over_with_its_times(copy: Path, database: Path) -> None:
    shutil.copy2(copy, database)


def moved(copy: Path, database: Path) -> None:
    copy.replace(database)


@pytest.mark.parametrize("put_back", [written_over, written_over_with_its_times, moved])
def test_a_copy_beside_the_log_of_a_killed_server_is_refused(
    crashed: Path, put_back: Callable[[Path, Path], None]
) -> None:
    """P55: however it was put back; the remedy names the files."""
    later_than(log_of(crashed))
    put_back(crashed.with_name("copy.db"), crashed)
    with pytest.raises(Failure) as refused:
        refuse_foreign_log(crashed, grace=0)
    assert refused.value.code == "foreign_log"
    assert f"{crashed}-wal" in refused.value.remedy

    log_of(crashed).touch()
    refuse_foreign_log(crashed, grace=0)


def test_a_database_that_is_damaged_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """P55: a copy put back so soon after the log was written that the files' times say nothing."""

    def fail() -> None:
        raise DatabaseError("database disk image is malformed")

    damaged = SimpleNamespace(vendor="sqlite", connection=object(), ensure_connection=fail)
    monkeypatch.setattr(environment, "connections", {DEFAULT_DB_ALIAS: damaged})
    with pytest.raises(Failure) as refused:
        environment.reach_database()
    assert "planner.db-wal" in refused.value.remedy
    assert "new-epoch" in refused.value.remedy


def test_a_database_whose_server_was_killed_opens_with_its_log(crashed: Path) -> None:
    """P55: nothing was put back, so nothing is lost."""
    refuse_foreign_log(crashed, grace=0)
    with sqlite3.connect(crashed) as opened:
        assert opened.execute("SELECT what FROM kept").fetchall() == [("later",)]
    opened.close()


def test_a_log_that_is_empty_or_absent_belongs_to_any_database(crashed: Path) -> None:
    """P55: a server that ended by itself leaves none."""
    later_than(log_of(crashed))
    shutil.copy(crashed.with_name("copy.db"), crashed)
    log_of(crashed).unlink()
    refuse_foreign_log(crashed, grace=0)
    refuse_foreign_log(crashed.with_name("nowhere.db"), grace=0)


def test_neither_a_command_nor_another_server_opens_the_two_together(
    crashed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P55: they are looked at before the first connection, which would write the log into the copy."""
    later_than(log_of(crashed))
    shutil.copy(crashed.with_name("copy.db"), crashed)
    opened: list[bool] = []
    connection = SimpleNamespace(
        vendor="sqlite",
        connection=None,
        settings_dict={"NAME": str(crashed)},
        ensure_connection=lambda: opened.append(True),
    )
    monkeypatch.setattr(environment, "connections", {"default": connection})
    monkeypatch.setattr("planner_server.cli.leftover.GRACE_SECONDS", 0.0)
    with pytest.raises(Failure, match="another database's"):
        environment.reach_database()
    assert not opened
    with pytest.raises(Failure, match="another database's"):
        wsgi.made()
