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
