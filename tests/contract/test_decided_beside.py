"""P86, P91: what is decided about one edit of a row ends nothing that another edit of it asks, here or on another machine."""

import pytest

from tests.contract.test_decisions import items
from tests.contract.test_two_people import assert_equal, settle
from tests.support.machine import Machine
from tests.support.server import Server


@pytest.fixture
def laptop(server: Server, eve: Machine) -> Machine:
    """Another machine of eve's."""
    machine = server.machine("eve-laptop")
    machine.sync()
    return machine


def test_an_undo_leaves_the_question_of_another_machine_about_the_same_field(
    server: Server, eve: Machine, laptop: Machine
) -> None:
    """P70, P91: the item holds the laptop's value by then; taking back the desktop's edit is no answer to that."""
    one = server.keywords[0]
    eve.volume(one, 7)
    laptop.volume(one, 9)
    server.set_volume(one, 20)
    settle(eve, laptop)
    assert [item.mine for item in items(eve)] == [item.mine for item in items(laptop)]
    eve.replica.undo()
    settle(eve, laptop)
    (item,) = items(laptop)
    assert [one.id for one in items(eve)] == [item.id]
    laptop.replica.resolve([item.id], "mine")
    settle(eve, laptop)
    assert server.volume(one) == 9
    assert items(eve) == items(laptop) == []
    assert_equal(eve, laptop)
