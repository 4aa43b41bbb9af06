"""The merge decision alone: exhaustive over a small value domain, so that equal values and a -> b -> a do happen."""

from __future__ import annotations

from itertools import product

import pytest

from planner_core.entities import CLUSTER, IDEA, KEYWORD, MAPPED, NEW, Group, Values
from planner_core.merge import Outcome, Standing, Wish, merge, settle, settle_decision

PLACEMENT = KEYWORD.group("placement")
X, Y = "x" * 32, "y" * 32
PLACES: list[Values] = [(cluster, status) for cluster in (None, X, Y) for status in (NEW, MAPPED)]


def placed(old: Values, new: Values, current: Values) -> Outcome:
    return merge(KEYWORD, PLACEMENT, old, new, current)


@pytest.mark.parametrize(("old", "new", "current"), list(product(PLACES, repeat=3)))
def test_a_merged_placement_is_always_one_sides_as_a_whole(old: Values, new: Values, current: Values) -> None:
    outcome = placed(old, new, current)
    if outcome is Outcome.SAME:
        # What stays already holds everything the person changed.
        assert all(n in (o, c) for o, n, c in zip(old, new, current, strict=True))
    if outcome is Outcome.APPLY:
        # What is overwritten holds nothing that somebody else changed to another value.
        assert all(c in (o, n) for o, n, c in zip(old, new, current, strict=True))


def test_removing_a_keyword_somebody_moved_asks_instead_of_leaving_it_new_in_her_cluster() -> None:
    assert placed((X, MAPPED), (None, NEW), (Y, MAPPED)) is Outcome.CONFLICT


def test_a_status_set_by_hand_does_not_block_an_assignment_that_sets_the_same_status() -> None:
    assert placed((None, NEW), (X, MAPPED), (None, MAPPED)) is Outcome.APPLY


def test_a_status_set_while_somebody_moved_the_keyword_asks() -> None:
    assert placed((X, MAPPED), (X, NEW), (Y, MAPPED)) is Outcome.CONFLICT


@pytest.mark.parametrize(
    "group", [KEYWORD.group("volume_override"), CLUSTER.group("name"), IDEA.group("title")]
)
def test_two_people_with_different_values_conflict_and_with_equal_ones_do_not(group: Group) -> None:
    entity = next(entity for entity in (KEYWORD, CLUSTER, IDEA) if group in entity.groups)
    for old, new, current in product((("a",), ("b",), ("c",)), repeat=3):
        outcome = merge(entity, group, old, new, current)
        if new == current:
            assert outcome is Outcome.SAME
        elif current == old:
            assert outcome is Outcome.APPLY
        else:
            assert outcome is (Outcome.SAME if new == old else Outcome.CONFLICT)


def test_a_persons_value_wins_over_a_jobs() -> None:
    group = KEYWORD.group("volume_override")
    assert merge(KEYWORD, group, (1,), (2,), (3,), current_by_person=False) is Outcome.APPLY


def test_the_later_push_of_a_flag_wins() -> None:
    assert merge(CLUSTER, CLUSTER.group("locked"), (False,), (True,), (False,)) is Outcome.APPLY


def test_a_completed_idea_never_goes_back_silently() -> None:
    status = IDEA.group("status")
    assert merge(IDEA, status, ("new",), ("queued",), ("completed",)) is Outcome.CONFLICT
    assert merge(IDEA, status, ("new",), ("completed",), ("queued",)) is Outcome.APPLY


@pytest.mark.parametrize(("by_person", "outcome"), [(True, Outcome.OVERTAKEN), (False, Outcome.APPLY)])
def test_an_undo_leaves_an_equal_value_that_a_person_wrote_since_and_not_that_of_a_job(
    by_person: bool, outcome: Outcome
) -> None:
    """P70, P60."""
    volume = KEYWORD.group("volume_override")
    undo = Wish((5,), (None,), takes_back=True)
    assert settle(KEYWORD, volume, undo, Standing((5,), by_person=by_person)) is outcome


def test_a_decision_about_a_flag_holds_whatever_was_shown() -> None:
    """P72: of a flag the later push wins, and a decision is one."""
    disabled, volume = KEYWORD.group("disabled"), KEYWORD.group("volume_override")
    assert settle_decision(disabled, (True,), (True,), (False,)) is Outcome.APPLY
    assert settle_decision(volume, (1,), (2,), (3,)) is Outcome.CONFLICT
