"""The oracle on where a row is: clusters that are gone, parts of a group, and several Sets of one cell in one operation."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulation.stories import C1, C2, CEM, EVE, K, Story, body, cluster, deletes, keyword, sets, volume
from tests.simulation.witness import Broken

NONE = [None, "new"]
NEW = "n" * 32
GONE = {
    "code": "deleted_cluster",
    "e": "keyword",
    "ids": [K],
    "group": "placement",
    "details": {"cluster": C1},
}


def placed(ver: int, values: list[Any], *, deleted: bool = False) -> Any:
    return keyword(ver=ver, deleted=deleted, cluster=values[0], status=values[1])


def gone_cluster(placement: list[Any]) -> Story:
    """A colleague had put the row where it is, and deleted the cluster C1."""
    return Story(placed(1, placement), cluster(deleted=True), cluster(C2), author=CEM)


def test_i11_whose_edit_into_a_gone_cluster_came_out_as_it_was_already_is_asked() -> None:
    """P62: that the row is in none is the doing of who deleted the cluster, and was never seen."""
    story = gone_cluster(NONE)
    story.makes("put", body(sets("placement", NONE, [C1, "mapped"])), seen=())
    story.makes("delete", body(deletes({"placement": [C1, "mapped"]})), seen=("put",))
    story.shows([], "put", listed=[GONE], verdict="applied_with")
    with pytest.raises(Broken, match="unseen"):
        story.shows([placed(2, NONE, deleted=True)], "delete")


def test_i11_whose_edit_into_a_gone_cluster_took_the_row_out_of_another_may_delete_it() -> None:
    story = gone_cluster([C2, "mapped"])
    story.makes("put", body(sets("placement", [C2, "mapped"], [C1, "mapped"])))
    story.makes("delete", body(deletes({"placement": [C1, "mapped"]})), seen=("put",))
    story.shows([placed(2, NONE)], "put", listed=[GONE], verdict="applied_with")
    story.shows([placed(3, NONE, deleted=True)], "delete")


def test_i11_who_only_saw_a_row_in_a_cluster_that_is_gone_is_asked() -> None:
    story = gone_cluster(NONE)
    story.makes("delete", body(deletes({"placement": [C1, "mapped"]})), seen=())
    with pytest.raises(Broken, match="unseen"):
        story.shows([placed(2, NONE, deleted=True)], "delete")


def test_i11_the_part_of_a_group_that_an_edit_left_alone_stays_unseen() -> None:
    """P62: the cluster is as the edit wants it; the status beside it is a colleague's, and a deletion has to ask about it."""
    story = gone_cluster([C2, "mapped"])
    story.makes("put", body(sets("placement", NONE, [C2, "new"])), seen=())
    story.makes("delete", body(deletes({"placement": [C2, "new"]})), seen=("put",))
    story.shows([], "put")
    with pytest.raises(Broken, match="unseen"):
        story.shows([placed(2, [C2, "mapped"], deleted=True)], "delete")


def test_i11_an_edit_that_changed_nothing_is_not_its_fields_last() -> None:
    """P70: an undo may not take away what somebody else had brought about."""
    story = gone_cluster([C2, "mapped"])
    story.makes("put", body(sets("placement", NONE, [C2, "new"])), seen=())
    story.makes(
        "undo", body(sets("placement", [C2, "mapped"], NONE), undo_of="put"), seen=("put", "the beginning")
    )
    story.shows([], "put")
    with pytest.raises(Broken, match="I16"):
        story.shows([placed(2, NONE)], "undo", marks={(K, "placement"): "undo"})


def in_turn(*values: list[Any]) -> bytes:
    steps = zip((NONE, *values), values, strict=False)
    return body(*[sets("placement", old, new) for old, new in steps])


def test_i1_of_several_sets_of_a_cell_each_comes_out_by_itself() -> None:
    """The cluster of the first is gone, so that one led to none; the last goes through."""
    story = gone_cluster(NONE)
    story.makes("thrice", in_turn([C1, "mapped"], NONE, [C2, "mapped"]))
    after = placed(2, [C2, "mapped"])
    story.shows([after], "thrice", listed=[GONE], verdict="applied_with", marks={(K, "placement"): "thrice"})


def test_i1_the_set_that_was_kept_back_is_the_one_that_the_line_names() -> None:
    conflict = {
        "code": "conflict",
        "e": "keyword",
        "ids": [K],
        "group": "placement",
        "base": NONE,
        "mine": [C2, "mapped"],
        "theirs": [None, "mapped"],
    }
    for after, complains in ((placed(2, [None, "mapped"]), False), (placed(2, [C2, "mapped"]), True)):
        story = Story(placed(1, [None, "mapped"]), cluster(C2), author=CEM)
        story.makes("twice", in_turn([C2, "mapped"], [None, "mapped"]), user=EVE, seen=())
        marks = {(K, "placement"): "twice"}
        if complains:
            with pytest.raises(Broken, match="I1"):
                story.shows([after], "twice", listed=[conflict], verdict="applied_with", marks=marks)
        else:
            story.shows([after], "twice", listed=[conflict], verdict="applied_with", marks=marks)


def test_i16_an_undo_may_take_back_the_set_that_went_through_where_another_lacked_its_cluster() -> None:
    """P70: taken out of its cluster, then put into one that the platform never got: the undo puts it back where it was."""
    missing = {
        "code": "missing",
        "e": "keyword",
        "ids": [K],
        "group": "placement",
        "details": {"cluster": C2},
    }
    before = [C1, "mapped"]
    story = Story(placed(1, before), cluster(), author=CEM)
    story.makes("twice", body(sets("placement", before, NONE), sets("placement", NONE, [C2, "mapped"])))
    back = [sets("placement", [C2, "mapped"], NONE), sets("placement", NONE, before)]
    story.makes("undo", body(*back, undo_of="twice"), seen=("twice", "the beginning"))
    marks = {(K, "placement"): "twice"}
    story.shows([placed(2, NONE)], "twice", listed=[missing], verdict="applied_with", marks=marks)
    story.shows([placed(3, before)], "undo", marks={(K, "placement"): "undo"})


def test_i1_a_creation_in_a_cluster_that_is_gone_sets_no_place_on_the_keyword_it_merges_with() -> None:
    """P80."""
    story = gone_cluster(NONE)
    row = {"k": "create", "e": "keyword", "f": {"sector": "sector"}, "cols": ["seed", "cluster", "status"]}
    story.makes("create", body({**row, "rows": [[NEW, f"seed of {K}", C1, "mapped"]]}), seen=())
    listed = [
        {"code": "deleted_cluster", "e": "keyword", "ids": [NEW], "group": "placement"},
        {"code": "merged", "e": "keyword", "ids": [NEW], "new_id": K},
    ]
    story.shows([], "create", listed=listed, verdict="applied_with", aliases={NEW: K})


@pytest.mark.parametrize("is_written", [True, False])
def test_i1_of_several_changes_of_a_field_those_are_carried_out_that_found_what_they_saw(
    is_written: bool,
) -> None:
    """One conflict is listed, and two of the changes want the same: the first met another value, the last one its own."""
    story = Story(volume(1, 5), author=CEM)
    steps = [sets("volume_override", [old], [new]) for old, new in ((3, None), (None, 5), (5, None))]
    story.makes("x", body(*steps), seen=())
    listed = [{"code": "conflict", "e": "keyword", "ids": [K], "group": "volume_override", "mine": [None]}]
    if is_written:
        story.shows([volume(2, None)], "x", listed=listed, marks={(K, "volume_override"): "x"})
        return
    with pytest.raises(Broken, match="I1"):
        story.shows([volume(2, 5)], "x", listed=listed)
