from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.machine import Machine
from tests.support.server import Server


@pytest.fixture
def server(db: None, tmp_path: Path) -> Iterator[Server]:
    """The real server in this process, with a shop."""
    made = Server(tmp_path)
    yield made
    made.close()


@pytest.fixture
def eve(server: Server) -> Machine:
    """An editor's machine that has synced once."""
    machine = server.machine("eve")
    machine.sync()
    return machine


@pytest.fixture
def cem(server: Server) -> Machine:
    """Another editor's machine that has synced once."""
    machine = server.machine("cem", user=server.editors[1])
    machine.sync()
    return machine
