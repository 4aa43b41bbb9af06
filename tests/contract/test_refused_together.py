"""Refused work that speaks of the same row: none of it is dropped because of the other, against the real server."""

from planner_core.commands import DeleteRows, RestoreRows, SetOverride
from tests.contract.test_decisions import items
from tests.contract.test_two_people import assert_equal, settle
from tests.support.machine import Machine
from tests.support.server import Server


def test_a_second_refusal_of_one_row_leaves_the_other_rows_of_the_first_in_review(
    server: Server, eve: Machine
) -> None:
    """P17, P90: one question, about all rows that either of the two edits lost."""
    one, other = server.keywords[:2]
    server.run(DeleteRows("keyword", [one, other]))
    eve.run(SetOverride("volume", [one, other], 5))
    eve.volume(one, 7)
    eve.sync()
    assert {uid for item in items(eve) for uid in item.ids} == {one, other}
    for item in items(eve):
        eve.replica.resolve([item.id], "mine")
    settle(eve)
    assert (server.volume(one), server.volume(other)) == (7, 5)
    assert items(eve) == []
    assert_equal(eve)


def test_an_edit_of_one_row_that_goes_through_leaves_the_refused_other_rows_in_review(
    server: Server, eve: Machine
) -> None:
    """P72, P91: a plain edit answers a conflict about its own row; what a refusal says of other rows stays."""
    one, other = server.keywords[:2]
    server.run(DeleteRows("keyword", [one, other]))
    eve.run(SetOverride("volume", [one, other], 5))
    eve.sync()
    server.run(RestoreRows("keyword", [one]))
    eve.sync()
    eve.volume(one, 9)
    settle(eve)
    (item,) = items(eve)
    assert other in item.ids
    assert server.volume(one) == 9


def test_what_two_machines_of_an_author_were_refused_ends_on_each_by_itself(
    server: Server, eve: Machine
) -> None:
    """P91, P67: one question about both machines' work; either sends its own again, and the other's stays asked about."""
    one, other = server.keywords[:2]
    laptop = server.machine("laptop")
    laptop.sync()
    server.run(DeleteRows("keyword", [one, other]))
    eve.volume(one, 7)
    laptop.run(SetOverride("volume", [one, other], 8))
    settle(eve, laptop)
    for machine in (eve, laptop):
        assert {uid for item in items(machine) for uid in item.ids} == {one, other}
    assert not eve.replica.resolve([item.id for item in items(eve)], "mine").refused
    settle(eve, laptop)
    assert server.volume(one) == 7
    (left,) = items(laptop)
    assert other in left.ids
    again = eve.replica.resolve([item.id for item in items(eve)], "mine")
    assert [refused.code for refused in again.refused] == ["elsewhere"]
    laptop.replica.resolve([left.id], "theirs")
    settle(laptop, eve)
    assert items(eve) == items(laptop) == []
    assert server.volume(one) == 7


def test_rows_made_anew_end_the_question_on_every_machine_of_their_author(
    server: Server, eve: Machine
) -> None:
    """P91, P88: a machine that fetches everything anew does not ask again."""
    one = server.keywords[0]
    laptop = server.machine("laptop")
    laptop.sync()
    server.run(DeleteRows("keyword", [one]))
    eve.volume(one, 7)
    settle(eve, laptop)
    assert len(items(laptop)) == 1
    assert eve.replica.restore_as_new([item.id for item in items(eve)]).changed == 1
    settle(eve, laptop)
    eve.replica.begin_snapshot(server.site.uid, eve.replica.scopes()[-1].epoch)
    settle(eve)
    assert items(eve) == items(laptop) == []
    assert_equal(eve, laptop)


def test_an_undo_leaves_the_other_refused_edits_of_its_row_in_review(server: Server, eve: Machine) -> None:
    """P70, P91: of two refused edits the later is taken back; the earlier one is still asked about and can be sent."""
    one, other = server.keywords[:2]
    server.run(DeleteRows("keyword", [one, other]))
    eve.run(SetOverride("volume", [one, other], 5))
    eve.volume(one, 7)
    settle(eve)
    eve.replica.undo()
    settle(eve)
    (item,) = items(eve)
    assert set(item.ids) == {one, other}
    assert eve.replica.resolve([item.id], "mine").changed == 2
    settle(eve)
    assert (server.volume(one), server.volume(other)) == (5, 5)
    assert items(eve) == []
    assert_equal(eve)


def test_an_undo_of_refused_work_ends_its_question_on_every_machine(server: Server, eve: Machine) -> None:
    """P91: taken back where it was done; the platform, and by it the other machine, hear of it."""
    laptop = server.machine("eve-laptop")
    laptop.sync()
    server.run(DeleteRows("keyword", server.keywords[:1]))
    eve.volume(server.keywords[0], 5)
    settle(eve, laptop)
    assert len(items(laptop)) == 1
    eve.replica.undo()
    settle(eve, laptop)
    assert items(eve) == items(laptop) == []
    assert_equal(eve, laptop)
