"""What every test of the server stands on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connections


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """The databases, left by everybody before they are dropped: PostgreSQL keeps one that the reader's connection is still in."""
    yield
    connections.close_all()
