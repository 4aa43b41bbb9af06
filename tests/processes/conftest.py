"""One platform for all tests of a worker: a real process on loopback, with machines that synchronised once."""

from collections.abc import Iterator

import pytest

from tests.processes.arena import Arena
from tests.processes.kills import make_ready


@pytest.fixture(scope="session")
def _arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    made = Arena(tmp_path_factory.mktemp("arena"))
    try:
        make_ready(made)
        yield made
    finally:
        made.close()


@pytest.fixture
def arena(_arena: Arena) -> Arena:
    """The platform, up, with machines `a` (the owner's) and `b` (the editor's)."""
    _arena.recover()
    return _arena
