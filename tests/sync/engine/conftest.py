from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.machine import Machine, shop
from tests.support.platform import Platform

NewMachine = Callable[..., Machine]


@pytest.fixture
def platform() -> Platform:
    return shop()


@pytest.fixture
def new_machine(tmp_path: Path, platform: Platform) -> Iterator[NewMachine]:
    """Makes machines on the double; they are closed at the end."""
    made: list[Machine] = []

    def make(name: str = "one", **given: object) -> Machine:
        transport = given.pop("transport", None) or platform.transport()
        made.append(Machine(tmp_path / name, transport, seed=len(made) + 1, **given))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for machine in made:
        machine.close()


@pytest.fixture
def machine(new_machine: NewMachine) -> Machine:
    """A machine that has synced once."""
    one = new_machine()
    one.sync()
    return one
