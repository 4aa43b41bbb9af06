import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.planner_server.cli.program import Program


@pytest.fixture
def database_url() -> Iterator[str | None]:
    """A database of the test's own: None is SQLite in its folder, with --postgres it is one in the run's cluster."""
    cluster = os.environ.get("PLANNER_DATABASE_URL", "")
    if not cluster.startswith("postgresql"):
        yield None
        return
    name = f"cli_{uuid.uuid4().hex}"
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield urlsplit(cluster)._replace(path=f"/{name}").geturl()
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def program(tmp_path: Path, database_url: str | None) -> Program:
    """The program on an empty data folder."""
    return Program(tmp_path / "data", database_url)


@pytest.fixture
def migrated(program: Program) -> Program:
    """The program on a database of this version."""
    assert program.run("migrate").code == 0
    return program
