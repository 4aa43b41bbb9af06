"""P70, P91: work that was taken back before the platform refused it leaves no question behind, on any machine of its author."""

from contextlib import closing

import pytest
from django.db.models import F

from planner_core.commands import AddKeywordsFromSeeds, CreateCluster, DeleteRows, RestoreRows, SetOverride
from planner_server.feed.models import Scope
from sync.errors import NotFound
from sync.replica import Choice, Reader
from tests.contract.test_decisions import items
from tests.contract.test_found_by_worlds import limit
from tests.contract.test_two_people import assert_equal, settle
from tests.support.machine import Machine
from tests.support.server import Server


@pytest.fixture
def laptop(server: Server, eve: Machine) -> Machine:
    """Another machine of eve's."""
    machine = server.machine("eve-laptop")
    machine.sync()
    return machine


def on_its_way(server: Server, machine: Machine) -> None:
    """Mark everything that waits as being sent; the platform hears nothing of it yet."""
    machine.replica.outgoing(server.site.uid, max_rows=1_000, max_bytes=1 << 20)


def test_an_edit_of_a_row_in_the_trash_that_was_undone_is_not_asked_about(
    server: Server, eve: Machine, laptop: Machine
) -> None:
    """P91: nothing in the report either: it counts what is in Review."""
    one = server.keywords[0]
    server.run(DeleteRows("keyword", [one]))
    eve.volume(one, 7)
    eve.replica.undo()
    foretold = eve.engine.dry_run().report
    assert len(eve.replica.peek(server.site.uid)) == 2, "a dry run keeps nothing"
    report = eve.sync()
    settle(eve, laptop)
    assert (foretold.refused, report.conflicts, report.refused) == (0, 0, 0)
    assert items(eve) == items(laptop) == []
    assert_equal(eve, laptop)


def test_a_creation_beyond_the_plan_that_was_undone_is_not_asked_about(
    server: Server, eve: Machine, laptop: Machine
) -> None:
    """P91: nor is its undo, which found no such row."""
    limit(server, 0)
    eve.run(AddKeywordsFromSeeds(server.sector, [server.seeds[15]], [eve.ids.uid()]))
    eve.replica.undo()
    settle(eve, laptop)
    assert items(eve) == items(laptop) == []
    limit(server, None)
    settle(eve, laptop)
    assert len(server.live_keywords()) == len(server.keywords)
    assert_equal(eve, laptop)


def test_what_was_done_again_after_the_undo_is_asked_about_once(
    server: Server, eve: Machine, laptop: Machine
) -> None:
    """P91: redo is work of its own; the first try and its undo need no decision."""
    one = server.keywords[0]
    server.run(DeleteRows("keyword", [one]))
    eve.volume(one, 7)
    eve.replica.undo()
    eve.replica.redo()
    settle(eve, laptop)
    (item,) = items(eve)
    assert (item.code, item.ids) == ("target_deleted", (one,))
    assert [row.id for row in items(laptop)] == [item.id]
    assert not eve.replica.resolve([item.id], "mine").refused
    settle(eve, laptop)
    assert server.volume(one) == 7
    assert items(eve) == items(laptop) == []


def test_only_what_was_undone_ends_by_itself(server: Server, eve: Machine, laptop: Machine) -> None:
    """P17, P91: another refused edit of the same row stays in Review, and can be sent."""
    one, other = server.keywords[:2]
    server.run(DeleteRows("keyword", [one, other]))
    eve.run(SetOverride("volume", [one, other], 5))
    eve.volume(one, 7)
    eve.replica.undo()
    settle(eve, laptop)
    (item,) = items(eve)
    assert set(item.ids) == {one, other}
    assert [row.id for row in items(laptop)] == [item.id]
    assert not eve.replica.resolve([item.id], "mine").refused
    settle(eve, laptop)
    assert (server.volume(one), server.volume(other)) == (5, 5)
    assert items(eve) == items(laptop) == []
    assert_equal(eve, laptop)


def test_an_undo_that_was_discarded_leaves_the_question_open(server: Server, eve: Machine) -> None:
    """P91: whoever discards the taking back wants the edit: its refusal is asked about."""
    one = server.keywords[0]
    server.run(DeleteRows("keyword", [one]))
    eve.volume(one, 7)
    undo = eve.replica.undo()
    eve.replica.cancel(str(undo.action))
    settle(eve)
    assert [item.ids for item in items(eve)] == [(one,)]


def test_an_undo_of_work_that_was_carried_out_still_says_where_somebody_was_before(
    server: Server, eve: Machine, cem: Machine
) -> None:
    """P70: of two rows one had no effect, and one was written by somebody since: that one is told."""
    one, other = server.keywords[:2]
    server.run(DeleteRows("keyword", [one]))
    action = eve.run(SetOverride("volume", [one, other], 5))
    eve.sync()
    assert [item.ids for item in items(eve)] == [(one,)]
    cem.sync()
    cem.volume(other, 9)
    cem.sync()
    eve.replica.undo(str(action.action))
    settle(eve, cem)
    assert [(item.code, item.ids) for item in items(eve)] == [("undo_overtaken", (other,))]
    assert server.volume(other) == 9


def test_undone_work_too_old_to_judge_ends_and_is_not_answered_for_ever(
    server: Server, eve: Machine, laptop: Machine
) -> None:
    """P74, P91: from an old copy even what ends the question is made below the floor; it is taken all the same."""
    eve.volume(server.keywords[0], 7)
    eve.replica.undo()
    Scope.objects.filter(uid=server.site.uid).update(op_floor=F("version") + 1_000)
    settle(eve, laptop)
    assert eve.replica.peek(server.site.uid) == []
    assert items(eve) == items(laptop) == []


def test_a_cluster_made_and_undone_whose_name_was_taken_meanwhile_is_gone(
    server: Server, eve: Machine, laptop: Machine
) -> None:
    """P33, P91: it was made under another name, and taken back as what it was made as."""
    server.run(CreateCluster(eve.ids.uid(), server.sector, "Fresh"))
    eve.run(CreateCluster(eve.ids.uid(), server.sector, "Fresh"))
    eve.replica.undo()
    settle(eve, laptop)
    assert {name for name in server.cluster_names() if name.startswith("Fresh")} == {"Fresh"}
    assert items(eve) == items(laptop) == []
    assert_equal(eve, laptop)


def test_a_row_taken_out_of_the_trash_after_the_refusal_is_as_it_was(server: Server, eve: Machine) -> None:
    """P91: what ended by itself is not sent when its row comes back."""
    one = server.keywords[0]
    server.run(DeleteRows("keyword", [one]))
    eve.volume(one, 7)
    eve.replica.undo()
    settle(eve)
    server.run(RestoreRows("keyword", [one]))
    settle(eve)
    assert server.volume(one) is None
    assert items(eve) == []
    assert_equal(eve)


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_a_decision_that_was_discarded_leaves_the_question_open(
    server: Server, eve: Machine, cem: Machine, laptop: Machine, choice: Choice
) -> None:
    """P91: about a conflict as about refused work: nobody has heard the answer, so it is asked on as before."""
    one, other = server.keywords[:2]
    server.run(DeleteRows("keyword", [other]))
    cem.volume(one, 9)
    cem.sync()
    eve.run(SetOverride("volume", [one, other], 5))
    settle(eve, laptop)
    before = items(eve)
    assert {item.kind for item in before} == {"conflict", "refused"}
    decided = eve.replica.resolve([item.id for item in before], choice)
    assert items(eve) == []
    eve.replica.cancel(str(decided.action))
    settle(eve, laptop)
    assert items(eve) == before
    assert {item.id for item in items(laptop)} == {item.id for item in before}
    assert (server.volume(one), server.live_keywords().get(other)) == (9, None)
    eve.replica.resolve([item.id for item in before], choice)
    settle(eve, laptop)
    assert items(eve) == items(laptop) == []
    assert server.volume(one) == (5 if choice == "mine" else 9)
    assert_equal(eve, laptop)


def test_an_edit_that_answered_a_question_and_was_discarded_leaves_it_open(
    server: Server, eve: Machine, cem: Machine
) -> None:
    """P91: unless another edit of the field still answers it, or the platform has heard one that did."""
    one = server.keywords[0]
    cem.volume(one, 9)
    cem.sync()
    eve.volume(one, 5)
    settle(eve, cem)
    (asked,) = items(eve)
    answers = [eve.volume(one, value) for value in (6, 7)]
    assert items(eve) == []
    eve.replica.cancel(str(answers[1].action))
    assert items(eve) == []
    eve.replica.cancel(str(answers[0].action))
    assert [item.id for item in items(eve)] == [asked.id]
    eve.volume(one, 8)
    settle(eve, cem)
    eve.replica.cancel(str(eve.volume(one, 4).action))
    assert items(eve) == []
    assert server.volume(one) == 8


def test_an_edit_that_answered_a_question_and_was_refused_leaves_it_open_on_every_machine(
    server: Server, eve: Machine, cem: Machine, laptop: Machine
) -> None:
    """P91: the platform has not heard an answer; both questions are decided here, and end there, too."""
    one = server.keywords[0]
    cem.volume(one, 9)
    cem.sync()
    eve.volume(one, 5)
    settle(eve, cem)
    assert len(items(eve)) == 1
    cem.run(DeleteRows("keyword", [one]))
    cem.sync()
    eve.volume(one, 6)
    settle(eve, laptop)
    assert {item.kind for item in items(eve)} == {"conflict", "refused"}
    assert {item.id for item in items(laptop)} == {item.id for item in items(eve)}
    eve.replica.resolve([item.id for item in items(eve)], "theirs")
    settle(eve, laptop)
    assert items(eve) == items(laptop) == []


def test_work_discarded_on_its_way_and_refused_is_not_asked_about(server: Server, eve: Machine) -> None:
    """P68, P91: what was taken back by an inverse counts as undone: nobody can send its refused deletion over what stands since."""
    made = eve.ids.uid()
    server.run(CreateCluster(made, server.sector, "Fresh"))
    eve.sync()
    one = server.keywords[0]
    server.run(DeleteRows("keyword", [one]))
    action = eve.run(DeleteRows("cluster", [made]), SetOverride("volume", [one], 7))
    on_its_way(server, eve)
    eve.replica.cancel(str(action.action))
    with pytest.raises(NotFound, match="was undone already"):
        eve.replica.undo(str(action.action))
    settle(eve)
    assert items(eve) == []
    assert "Fresh" in server.cluster_names()
    assert_equal(eve)


def test_an_undo_discarded_on_its_way_leaves_the_edit_to_be_asked_about(server: Server, eve: Machine) -> None:
    """P68, P91: what takes an undo back is the edit itself, done again: where all three are refused, one question stays."""
    one = server.keywords[0]
    server.run(DeleteRows("keyword", [one]))
    eve.volume(one, 7)
    undo = eve.replica.undo()
    on_its_way(server, eve)
    eve.replica.cancel(str(undo.action))
    with closing(Reader.open(eve.path)) as reader:
        assert reader.history()[0].label.startswith("Redo: ")
    settle(eve)
    (item,) = items(eve)
    assert not eve.replica.resolve([item.id], "mine").refused
    settle(eve)
    assert server.volume(one) == 7
    assert items(eve) == []
