from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.simulation.histories.scene import Scene
from tests.simulation.oracle import Oracle
from tests.simulation.stage import Stage
from tests.simulation.world import World

SEED_OF_THE_PROFILES = -1


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


@pytest.fixture
def scene(stage: Stage) -> Iterator[Scene]:
    """Three machines and a platform under the oracle; when the history is told, everybody settles."""
    if not stage.profiles:
        with World(stage, SEED_OF_THE_PROFILES):
            pass
    with World(stage, 0, witness=Oracle()) as world:
        made = Scene(world)
        yield made
        world.settle()
