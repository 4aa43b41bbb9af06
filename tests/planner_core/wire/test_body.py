"""Bodies as bytes: what is decoded is what was meant, and what is not of this schema is refused with its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner_core.operations import (
    Change,
    Create,
    Delete,
    ItemsChange,
    Resolve,
    Restore,
    Seen,
    Set,
)
from planner_core.wire.body import BadBody, Body, decode_body, digest, encode_body

uids = st.text("0123456789abcdef", min_size=32, max_size=32)
values = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text(st.characters(exclude_categories=["Cs"]))
)
tuples = st.lists(values, min_size=1, max_size=3).map(tuple)
id_lists = st.lists(uids, max_size=4)
operation = st.one_of(
    st.builds(
        lambda name, rows: Create(name, {"sector": "s"}, ("a", "b"), rows),
        st.sampled_from(["keyword", "cluster"]),
        st.lists(st.tuples(uids, values, values).map(list), max_size=3),
    ),
    st.builds(
        lambda changes: Set("keyword", "placement", changes),
        st.lists(st.builds(Change, tuples, tuples, id_lists), max_size=3),
    ),
    st.builds(ItemsChange, st.just("idea"), uids, st.just("keyword_objects"), id_lists, id_lists),
    st.builds(
        lambda rows, kids: Delete("cluster", rows, kids),
        st.lists(
            st.builds(Seen, st.dictionaries(st.text(max_size=5), tuples, max_size=2), id_lists), max_size=2
        ),
        st.dictionaries(uids, id_lists, max_size=2),
    ),
    st.builds(Restore, st.just("keyword"), id_lists, st.dictionaries(uids, id_lists, max_size=2)),
    st.builds(
        Resolve,
        uids,
        st.sampled_from(["mine", "theirs"]),
        st.just("keyword"),
        uids,
        st.just("placement"),
        tuples,
        tuples,
    ),
)
bodies = st.builds(
    Body,
    action=uids,
    label=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    at=st.integers(0, 2**48),
    operations=st.lists(operation, max_size=3).map(tuple),
    part=st.integers(1, 3),
    parts=st.just(3),
    undo_of=st.none() | uids,
    supersedes=st.lists(uids, max_size=2).map(tuple),
)


@given(bodies)
def test_a_body_comes_back_as_it_was_to_the_byte_and_in_every_value(body: Body) -> None:
    raw = encode_body(body)
    decoded = decode_body(raw)
    assert encode_body(decoded) == raw
    assert b"\n" not in raw
    for before, after in zip(body.operations, decoded.operations, strict=True):
        assert type(before) is type(after)
        if isinstance(before, Set) and isinstance(after, Set):
            assert [(one.old, one.new) for one in before.changes] == [
                (one.old, one.new) for one in after.changes
            ]


@pytest.mark.parametrize("text", ["1", "true", '"1"', "1.5"])
def test_values_keep_their_kind(text: str) -> None:
    raw = encode_body(Body("a" * 32, "", 0, (Set("keyword", "g", [Change((0,), (0,), [])]),))).replace(
        b"[0],[0]", b"[0],[" + text.encode() + b"]"
    )
    if text == "1.5":
        with pytest.raises(BadBody):
            decode_body(raw)
    else:
        (decoded,) = decode_body(raw).operations
        assert isinstance(decoded, Set)
        assert repr(decoded.changes[0].new[0]) == {"1": "1", "true": "True", '"1"': "'1'"}[text]


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (b"{}", "schema"),
        (b"nonsense", ""),
        (b'{"schema":1,"action":"zz","at":0,"ops":[]}', "action"),
        (b'{"schema":1,"action":"' + b"a" * 32 + b'","at":0,"ops":[{"k":"steal"}]}', "ops.0"),
        (b'{"schema":1,"action":"' + b"a" * 32 + b'","at":0,"ops":[],"extra":1}', "extra"),
    ],
)
def test_a_body_of_another_shape_is_refused_with_its_place(raw: bytes, place: str) -> None:
    with pytest.raises(BadBody) as caught:
        decode_body(raw)
    assert str(caught.value).startswith(place)


def test_the_digest_speaks_of_the_bytes() -> None:
    assert digest(b"a") != digest(b"a ")
