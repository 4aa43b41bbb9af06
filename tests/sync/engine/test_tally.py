"""What a round counts."""

from planner_core.wire.feed import MutationResult, RowResult
from sync.engine.status import Tally


def refused(seq: int, *items: str) -> MutationResult:
    rows = [RowResult(code="conflict", e="keyword", conflict=item) for item in items]
    return MutationResult(seq=seq, op_id=f"{seq:032x}", verdict="applied_with", rows=rows)


def test_several_changes_of_one_field_are_one_conflict_as_in_review() -> None:
    """P90: an answer to each of the changes names the same item."""
    tally = Tally()
    tally.took("site", 3, [refused(1, "a" * 32, "b" * 32), refused(2, "a" * 32)])
    tally.took("site", 1, [refused(3, "a" * 32)])
    assert tally.report(0).conflicts == 2


def test_a_conflict_that_nobody_is_asked_about_is_not_counted() -> None:
    tally = Tally()
    tally.took("site", 1, [refused(1, "a" * 32)], unasked={f"{1:032x}"})
    assert tally.report(0).conflicts == 0
    tally.took("site", 1, [refused(2, "a" * 32)])
    assert tally.report(0).conflicts == 1


def test_several_answers_about_one_item_are_one_refusal_as_in_review() -> None:
    """P90: what was refused joins the item that is open about the same field."""
    tally = Tally()
    rows = [RowResult(code="transition", e="keyword", conflict=item) for item in ("a" * 32, "b" * 32)]
    for seq in (1, 2):
        result = MutationResult(seq=seq, op_id=f"{seq:032x}", verdict="applied_with", rows=rows)
        tally.took("site", 2, [result])
    assert tally.report(0).refused == 2


def test_work_refused_as_a_whole_counts_an_item_for_each_of_its_operations() -> None:
    tally = Tally()
    whole = MutationResult(seq=1, op_id=f"{1:032x}", verdict="rejected")
    tally.took("site", 5, [whole], whole={f"{1:032x}": 3})
    assert tally.report(0).refused == 3
    tally.took("site", 5, [whole.model_copy(update={"op_id": f"{2:032x}"})])
    assert tally.report(0).refused == 4
