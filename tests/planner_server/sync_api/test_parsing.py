"""A push as bytes: what is not whole, not numbered or not what its hash says is refused before anything of it is judged."""

import gzip

import pytest

from planner_core.operations import PART_ROWS, Operation
from planner_core.wire.body import Body, digest, encode_body
from planner_core.wire.feed import MutationHeader, PushHeader
from planner_server import clock
from planner_server.sync_api.errors import SyncError
from planner_server.sync_api.parsing import parse_push, unzipped
from tests.planner_server.world import set_of


def lines(*operations: Operation, first: int = 1, seqs: tuple[int, ...] = ()) -> list[bytes]:
    head = PushHeader(
        replica_id=clock.new_uid(), epoch="e", user=clock.new_uid(), first_seq=first, count=len(operations)
    )
    found = [head.model_dump_json().encode()]
    for seq, operation in zip(seqs or range(first, first + len(operations)), operations, strict=True):
        raw = encode_body(Body(clock.new_uid(), "test", 1, (operation,)))
        given = MutationHeader(seq=seq, op_id=clock.new_uid(), sha256=digest(raw))
        found += [given.model_dump_json().encode(), raw]
    return found


def edit(rows: int = 1) -> Operation:
    return set_of("volume_override", [None], [5], clock.new_uids(rows))


def refused(raw: list[bytes]) -> str:
    with pytest.raises(SyncError) as caught:
        parse_push(b"\n".join(raw) + b"\n")
    return caught.value.code


def test_a_body_that_ends_in_the_middle_of_its_gzip_is_refused() -> None:
    """P46: what was unpacked so far may end at a line and look whole."""
    packed = gzip.compress(b"\n".join(lines(edit(), edit())))
    assert unzipped(packed, "gzip")
    with pytest.raises(SyncError, match="middle of its gzip"):
        unzipped(packed[:-12], "gzip")


def test_a_push_cut_at_any_byte_is_refused_whole() -> None:
    """P46: plain and compressed; only the line break after the last body may be missing."""
    raw = b"\n".join(lines(edit(), edit())) + b"\n"
    for end in range(len(raw) - 1):
        with pytest.raises(SyncError):
            parse_push(raw[:end])
    packed = gzip.compress(raw)
    for end in range(len(packed)):
        with pytest.raises(SyncError):
            parse_push(unzipped(packed[:end], "gzip"))
    assert len(parse_push(raw[:-1])[1]) == len(parse_push(unzipped(packed, "gzip"))[1]) == 2


@pytest.mark.parametrize("seqs", [(4, 6), (5, 4), (4, 4), (3, 4)])
def test_mutations_that_are_not_numbered_one_by_one_are_refused(seqs: tuple[int, ...]) -> None:
    """P16: what a push says of its order is checked before any of it is carried out."""
    header, parsed = parse_push(b"\n".join(lines(edit(), edit(), first=4)) + b"\n")
    assert (header.first_seq, [one.header.seq for one in parsed]) == (4, [4, 5])
    assert refused(lines(edit(), edit(), first=4, seqs=seqs)) == "bad_request"


def test_a_body_that_was_changed_on_the_way_is_refused() -> None:
    """P67, I14: the hash is that of the very bytes."""
    whole = lines(edit())
    whole[2] = whole[2].replace(b"[5]", b"[6]")
    assert refused(whole) == "bad_request"


def test_a_mutation_of_as_many_rows_as_fit_is_taken_and_one_of_more_is_not() -> None:
    """P42."""
    assert parse_push(b"\n".join(lines(edit(PART_ROWS))) + b"\n")[1][0].rows == PART_ROWS
    assert refused(lines(edit(PART_ROWS + 1))) == "too_large"
