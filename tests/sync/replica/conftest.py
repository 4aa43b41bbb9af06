"""Fixtures of the replica's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sync.replica.world import OWNER, World


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[World]:
    """A new replica without rows."""
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A replica with an account, a library of 12 seeds, 6 keywords and 2 clusters."""
    made = World(tmp_path).fill()
    yield made
    made.close()


@pytest.fixture
def claimed(world: World) -> World:
    """A replica with rows whose owner is known, and whose log is never cut by a checkpoint."""
    world.replica.claim(OWNER)
    world.replica._store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    world.replica._store.connection.execute("PRAGMA wal_autocheckpoint = 0")
    return world
