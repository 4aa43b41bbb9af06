"""Splitting and inverting operations."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from planner_core.invert import invert
from planner_core.operations import Change, Create, Delete, ItemsChange, Operation, Restore, Seen, Set, split

UIDS = [f"{number:032x}" for number in range(400)]


@st.composite
def operations(draw: st.DrawFn) -> Operation:
    sizes = draw(st.lists(st.integers(1, 40), min_size=1, max_size=8))
    starts = [sum(sizes[:place]) for place in range(len(sizes))]
    lists = [UIDS[start : start + size] for start, size in zip(starts, sizes, strict=True)]
    flat = [uid for ids in lists for uid in ids]
    shapes: list[Operation] = [
        Set(
            "keyword",
            "volume_override",
            [Change((place,), (place + 1,), ids) for place, ids in enumerate(lists)],
        ),
        Create("keyword", {"sector": "s"}, ("seed",), [[uid, uid] for uid in flat]),
        Delete(
            "cluster",
            [Seen({"name": (place,)}, ids) for place, ids in enumerate(lists)],
            {flat[0]: ["child"]},
        ),
        Restore("keyword", flat, {flat[-1]: ["child"]}),
    ]
    return draw(st.sampled_from(shapes))


@given(operations(), st.integers(1, 50))
def test_parts_hold_every_row_once_in_order_and_none_is_larger_than_asked(
    operation: Operation, size: int
) -> None:
    parts = list(split(operation, size))
    assert [uid for part in parts for uid in part.ids] == list(operation.ids)
    assert all(0 < len(part.ids) <= size for part in parts)


@given(operations(), st.integers(1, 50))
def test_children_travel_with_their_cluster_and_only_there(operation: Operation, size: int) -> None:
    children = [
        (uid, uid in part.ids)
        for part in split(operation, size)
        for uid in (
            part.children if isinstance(part, Delete) else part.reattach if isinstance(part, Restore) else ()
        )
    ]
    expected = (
        operation.children
        if isinstance(operation, Delete)
        else operation.reattach
        if isinstance(operation, Restore)
        else {}
    )
    assert [uid for uid, _ in children] == list(expected)
    assert all(inside for _, inside in children)


def test_changes_keep_their_values_when_they_are_cut() -> None:
    operation = Set(
        "keyword", "volume_override", [Change((1,), (9,), UIDS[:3]), Change((2,), (9,), UIDS[3:5])]
    )
    first, second, third = split(operation, 2)
    assert isinstance(second, Set)
    assert [(change.old, list(change.ids)) for change in second.changes] == [
        ((1,), UIDS[2:3]),
        ((2,), UIDS[3:4]),
    ]
    assert first.ids == UIDS[:2]
    assert third.ids == UIDS[4:5]


def test_undoing_twice_asks_for_the_original_values_again() -> None:
    done: list[Operation] = [
        Set("keyword", "placement", [Change((None, "new"), ("c", "mapped"), UIDS[:2])]),
        ItemsChange("idea", UIDS[9], "keyword_objects", UIDS[:1], UIDS[1:2]),
    ]
    assert invert(invert(done)) == done


def test_the_inverse_runs_backwards_and_a_create_becomes_a_delete_of_its_rows() -> None:
    done: list[Operation] = [
        Create("cluster", {"sector": "s"}, ("name",), [["c", "Desks"]]),
        Delete("cluster", [Seen({}, ["d"])], {"d": ["k"]}),
    ]
    restore, delete = invert(done)
    assert restore == Restore("cluster", ["d"], {"d": ["k"]})
    assert isinstance(delete, Delete)
    assert delete.ids == ["c"]
