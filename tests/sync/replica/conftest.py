"""Fixtures of the replica's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sync.replica.world import World


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
