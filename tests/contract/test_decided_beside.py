"""P86, P91: what is decided about one edit of a row ends nothing that another edit of it asks, here or on another machine."""

import pytest

from planner_core.commands import DeleteRows, SetOverride
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


@pytest.mark.parametrize("together", [True, False])
def test_a_row_made_anew_has_what_each_of_its_refused_edits_wanted(
    server: Server, eve: Machine, together: bool
) -> None:
    """P86, P88: two edits of a row that is in the trash, two items; both values are on the new row."""
    one = server.keywords[0]
    server.run(DeleteRows("keyword", [one]))
    eve.volume(one, 7)
    eve.run(SetOverride("difficulty", [one], 3))
    eve.sync()
    asked = [item.id for item in items(eve)]
    assert len(asked) == 2
    for ids in [asked] if together else [asked[:1], asked[1:]]:
        assert not eve.replica.restore_as_new(ids).refused
    settle(eve)
    (made,) = [uid for uid, value in eve.overrides().items() if value == 7]
    assert made != one
    row = server.keyword(made)
    assert (row.volume_override, row.difficulty_override) == (7, 3)
    assert items(eve) == []
    assert_equal(eve)


def test_a_row_made_anew_leaves_what_another_machine_wanted_to_be_asked_about(
    server: Server, eve: Machine, laptop: Machine
) -> None:
    """P88, P91: one item of two machines' edits; each makes its own."""
    one = server.keywords[0]
    server.run(DeleteRows("keyword", [one]))
    eve.volume(one, 7)
    laptop.volume(one, 9)
    settle(eve, laptop)
    (item,) = items(laptop)
    eve.replica.restore_as_new([item.id])
    settle(eve, laptop)
    (left,) = items(laptop)
    assert left.id == item.id
    laptop.replica.restore_as_new([left.id])
    settle(eve, laptop)
    (asked,) = items(laptop)
    laptop.replica.resolve([asked.id], "mine")
    settle(eve, laptop)
    assert 9 in eve.overrides().values()
    assert items(eve) == items(laptop) == []
    assert_equal(eve, laptop)


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
