from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.simulation.stage import Stage


@pytest.fixture(scope="session")
def built_stage(django_db_blocker: DjangoDbBlocker) -> Iterator[Stage]:
    with django_db_blocker.unblock():
        made = Stage.build()
    yield made
    with django_db_blocker.unblock():
        made.strike()


@pytest.fixture
def stage(built_stage: Stage, django_db_blocker: DjangoDbBlocker) -> Iterator[Stage]:
    """The place of this process's worlds: on SQLite, whatever database the run is on."""
    with django_db_blocker.unblock():
        yield built_stage
