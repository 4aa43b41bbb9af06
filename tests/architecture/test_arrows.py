"""The checkout keeps its arrows, and the checker sees a breach of each kind."""

from pathlib import Path

import pytest

from tests.architecture import arrows


def test_the_checkout_keeps_every_arrow() -> None:
    found = arrows.breaches()
    assert not found, "\n".join(map(str, found))


def test_the_packages_are_really_read(repository: Path) -> None:
    names = {module.name for module in arrows.read_modules(repository, ("planner_core",))}
    assert {"planner_core", "planner_core.rules.alignment", "planner_core.wire"} <= names


@pytest.mark.parametrize(
    ("path", "code", "reason"),
    [
        ("planner_core/a.py", "import sync.engine", "sync.engine is a higher layer than planner_core"),
        ("planner_core/a.py", "import attrs", "planner_core imports Python's own modules and pydantic only"),
        ("planner_core/a.py", "from time import sleep", "neither world, clock nor chance"),
        ("planner_core/a.py", "from planner_core.wire import feed", "may import planner_core.wire"),
        ("planner_core/a.py", "from . import wire", "may import planner_core.wire"),
        ("planner_core/rules/a.py", "from ..wire import feed", "may import planner_core.wire"),
        ("planner_core/a.py", "import datetime as d\nd.datetime.now()", "datetime.now(): clock"),
        ("planner_core/a.py", "import uuid\nuuid.uuid4()", "uuid.uuid4(): clock"),
        ("sync/__init__.py", "from sync import engine", "everything below sync would import it too"),
        ("sync/replica/a.py", "from sync.transport import client", "stand beside each other"),
        ("sync/replica/a.py", "from sync import engine", "sync.engine is a higher layer than sync.replica"),
        ("sync/engine/a.py", "import threading", "neither world, clock nor chance"),
        ("sync/engine/a.py", "import sqlite3", "allowed in sync.replica, planner_server only"),
        ("sync/engine/a.py", "import httpx", "allowed in sync.transport, planner_server.ai only"),
        ("sync/shared.py", "", "sync.shared has no place in the layers"),
        ("planner_desktop/app/a.py", "import planner_server", "may import planner_server"),
        (
            "planner_desktop/app/a.py",
            "from PySide6.QtCore import QObject",
            "imports PySide6.QtCore: allowed in",
        ),
        ("planner_desktop/app/a.py", "def f():\n    import sqlite3", "imports sqlite3: allowed in"),
        ("planner_desktop/app/a.py", "from urllib import request", "imports urllib.request: allowed in no"),
        (
            "planner_desktop/app/a.py",
            "import planner_desktop.bridge",
            "a higher layer than planner_desktop.app",
        ),
        ("planner_desktop/widgets/a.py", "import numpy as np", "imports numpy: allowed in"),
        ("planner_desktop/widgets/a.py", "from planner_desktop import screens", "is a higher layer"),
        ("planner_desktop/cli/a.py", "import planner_desktop.widgets", "must run without Qt"),
        ("planner_desktop/screens/a.py", "import_module('sqlite3')", "imports sqlite3: allowed in"),
        ("planner_desktop/screens/a.py", "import tests.support", "does not know benchmarks or tests"),
        ("planner_desktop/new.py", "", "planner_desktop.new has no place in the layers"),
        ("planner_server/a.py", "import sync.replica", "planner_server imports planner_core and resources"),
        ("planner_server/feed/a.py", "import resources", "may import resources"),
        ("resources/a.py", "import planner_core", "resources imports nothing of ours only"),
        ("benchmarks/a.py", "import planner_server", "may import planner_server"),
    ],
)
def test_a_breach_is_reported_where_it_stands(tmp_path: Path, path: str, code: str, reason: str) -> None:
    for package in (
        "planner_core/wire",
        "planner_core/rules",
        "sync/engine",
        "sync/replica",
        "sync/transport",
    ):
        _write(tmp_path / package / "__init__.py")
    for package in ("app", "bridge", "cli", "screens", "widgets"):
        _write(tmp_path / "planner_desktop" / package / "__init__.py")
    _write(tmp_path / path, code)

    found = [str(breach) for breach in arrows.breaches(tmp_path)]

    assert any(line.startswith(f"{path}:") and reason in line for line in found), found


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("planner_core/a.py", "import uuid, datetime\nfrom pydantic import BaseModel\nuuid.UUID(int=1)"),
        ("planner_core/wire/feed.py", "from planner_core.wire import body"),
        ("sync/replica/a.py", "import sqlite3, sqlite_utils, msgspec\nimport planner_core.rules"),
        ("sync/engine/a.py", "import sync.replica, sync.transport, planner_core.wire"),
        ("planner_desktop/cli/a.py", "import typer, planner_desktop.app, sync.engine"),
        ("planner_desktop/bootstrap.py", "import PySide6, planner_desktop.cli, planner_desktop.screens"),
        ("planner_desktop/demo/a.py", "import planner_desktop.bootstrap, resources"),
        ("planner_server/a.py", "import django, sqlite3, planner_core.wire"),
        ("benchmarks/a.py", "import numpy, sqlite3, PySide6, sync.replica, planner_desktop.columns"),
    ],
)
def test_what_is_allowed_is_not_reported(tmp_path: Path, path: str, code: str) -> None:
    _write(tmp_path / path, code)
    assert not arrows.breaches(tmp_path)


def _write(path: Path, code: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code)
