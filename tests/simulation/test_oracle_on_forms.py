"""The oracle complains where work is sent again in the place of more than it holds (I1)."""

from __future__ import annotations

from tests.simulation.invariants_forms import i1_whole
from tests.simulation.ledger import entry_of
from tests.simulation.stories import EVE, K, body, deletes, keyword, sets


def test_i1_a_later_form_that_leaves_out_a_part_of_refused_work_is_noticed() -> None:
    """P86: all questions about the former form end with it, so nobody is asked about the part any more."""
    volume, difficulty = sets("volume_override", [None], [1]), sets("difficulty_override", [None], [2])
    former = entry_of("former", body(volume, difficulty), "A", EVE)
    half = entry_of("half", body(volume, supersedes=["former"]), "A", EVE)
    whole = entry_of("whole", body(volume, difficulty, supersedes=["former"]), "A", EVE)
    before, after = {K: keyword()}, {K: keyword(volume_override=1)}
    assert [said[:12] for said in i1_whole(former, half, str, before, after)] == ["I1: half tak"]
    assert not list(i1_whole(former, whole, str, before, after))
    stands = {K: keyword(volume_override=1, difficulty_override=2)}
    assert not list(i1_whole(former, half, str, before, stands))


def test_i1_a_later_form_that_forgets_a_deletion_is_noticed() -> None:
    """P86: unless the row is in the trash as it was wanted."""
    former = entry_of("former", body(sets("volume_override", [None], [1]), deletes({})), "A", EVE)
    later = entry_of("later", body(sets("volume_override", [None], [1]), supersedes=["former"]), "A", EVE)
    assert list(i1_whole(former, later, str, {K: keyword()}))
    assert not list(i1_whole(former, later, str, {K: keyword(deleted=True)}))
