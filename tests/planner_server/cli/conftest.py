import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.planner_server.cli.program import Inside, Program


def cluster() -> str | None:
    """The address of the run's PostgreSQL cluster; None on SQLite."""
    address = os.environ.get("PLANNER_DATABASE_URL", "")
    # The database that is always there: the one the address names is made by whoever needs it.
    return urlsplit(address)._replace(path="/postgres").geturl() if address.startswith("postgresql") else None


def make_database(address: str, template: str = "") -> str:
    """Make a database of its own and return its address."""
    name = f"cli_{uuid.uuid4().hex}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
    return urlsplit(address)._replace(path=f"/{name}").geturl()


def drop_database(address: str, url: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {urlsplit(url).path[1:]} WITH (FORCE)")


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """The program on an empty data folder and, with --postgres, an empty database."""
    address = cluster()
    url = None if address is None else make_database(address)
    yield Program(tmp_path / "data", url)
    if address and url:
        drop_database(address, url)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A database of this version that tests copy instead of migrating one each."""
    address = cluster()
    url = None if address is None else make_database(address)
    made = Program(tmp_path_factory.mktemp("template") / "data", url)
    assert made.run("migrate").code == 0
    yield made
    if address and url:
        drop_database(address, url)


@pytest.fixture
def migrated(template: Program, tmp_path: Path) -> Iterator[Program]:
    """The program on a database of this version."""
    shutil.copytree(template.folder, tmp_path / "data")
    address = cluster()
    url = None
    if address and template.url:
        url = make_database(address, urlsplit(template.url).path[1:])
    yield Program(tmp_path / "data", url)
    if address and url:
        drop_database(address, url)


@pytest.fixture
def inside(
    db: None,
    tmp_path: Path,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Inside:
    """The program in this process, on the test's own database and folder: for what needs no process of its own."""
    settings.DATA_DIR = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return Inside(monkeypatch, capsys)
