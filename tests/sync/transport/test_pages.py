"""Reading a page: all of it or nothing."""

import json
import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from planner_core.wire.feed import ConflictLine
from sync.transport.pages import FeedLine, TornPage, collect, read_page
from tests.support.platform import Scope, page, uid

ROW = [uid(7), 3, 0, "Ünïcode 漢字", "", None, "new", False]


def body_of(*lines: object, n: int = 1, **end: object) -> bytes:
    content = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()
    last = {
        "t": "end",
        "version": 3,
        "token": "t",
        "has_more": False,
        "n": n,
        "crc32": zlib.crc32(content),
        **end,
    }
    return content + json.dumps(last).encode() + b"\n"


BEGIN = {"t": "begin", "scope": uid(1), "epoch": "e1", "columns": {"cluster": ["name"]}}
ROWS = {"t": "rows", "e": "cluster", "rows": [ROW]}


def test_a_page_is_read_whole() -> None:
    alias = {"t": "alias", "rows": [[uid(1), uid(2), 3]]}
    conflict = ConflictLine(
        id=uid(9), ver=3, e="cluster", row=uid(7), group="name", state="open"
    ).model_dump()

    page = read_page(body_of(BEGIN, ROWS, alias, conflict, cursor="e1.3.0.x", after="0.x", at=2))

    assert (page.scope, page.epoch, page.columns) == (uid(1), "e1", {"cluster": ["name"]})
    assert [json.loads(line.rows) for line in page.lines] == [[ROW]]
    assert page.aliases == [(uid(1), uid(2), 3)]
    assert [one["id"] for one in page.conflicts] == [uid(9)]
    assert (page.version, page.token, page.has_more, page.count) == (3, "t", False, 1)
    assert (page.cursor, page.after, page.at) == ("e1.3.0.x", "0.x", 2)


def test_a_page_cut_at_any_byte_is_discarded() -> None:
    """P7."""
    whole = body_of(BEGIN, ROWS)
    assert read_page(whole).count == 1
    for length in range(len(whole)):
        with pytest.raises(TornPage):
            read_page(whole[:length])


@example(place=244, change=128)  # No UTF-8 any more, inside a string of the last line.
@given(place=st.integers(0, 10_000), change=st.integers(1, 255))
def test_a_page_with_one_changed_byte_is_never_read_as_another_page(place: int, change: int) -> None:
    """P7."""
    whole = body_of(BEGIN, ROWS)
    spot = place % len(whole)
    changed = whole[:spot] + bytes([whole[spot] ^ change]) + whole[spot + 1 :]
    try:
        read = read_page(changed)
    except TornPage:
        return
    # What lies before the last line is under the checksum; a byte of that line itself may only rename what no one reads.
    assert read.lines == read_page(whole).lines


@pytest.mark.parametrize("said", [0, 2])
def test_a_count_that_differs_discards_the_page(said: int) -> None:
    with pytest.raises(TornPage, match=f"has 1 rows and says {said}"):
        read_page(body_of(BEGIN, ROWS, n=said))


def test_rows_before_the_first_line_do_not_make_a_page() -> None:
    with pytest.raises(TornPage, match="no first line"):
        read_page(body_of(ROWS))


@pytest.mark.parametrize(
    "line",
    [{"t": "rows", "e": "cluster", "rows": "all"}, {"t": "alias", "rows": [[1]]}, {"t": "end", "version": 1}],
)
def test_a_known_line_of_another_shape_discards_the_page(line: object) -> None:
    with pytest.raises(TornPage):
        read_page(body_of(BEGIN, line, n=0))


def test_a_line_of_a_newer_kind_is_kept_and_hurts_nobody() -> None:
    """P6, P92."""
    newer = {"t": "presence", "who": "Cem"}
    page = read_page(body_of(BEGIN, newer, ROWS))
    assert [json.loads(line) for line in page.unknown] == [newer]
    assert page.count == 1


def test_a_text_with_a_line_separator_in_it_stays_one_row() -> None:
    """P38, P39."""
    odd = {"t": "rows", "e": "cluster", "rows": [[uid(7), 3, 0, "a\u2028b\x85c\x0bd"]]}
    assert json.loads(read_page(body_of(BEGIN, odd)).lines[0].rows)[0][3] == "a\u2028b\x85c\x0bd"


def test_a_body_that_grows_past_the_limit_is_not_read_on() -> None:
    """P46."""
    read: list[int] = []

    def chunks() -> object:
        for number in range(100):
            read.append(number)
            yield b"x" * 10

    with pytest.raises(TornPage, match="larger than 25 bytes"):
        collect(chunks(), limit=25)  # type: ignore[arg-type]
    assert read == [0, 1, 2]


def test_the_double_speaks_pages_the_reader_understands() -> None:
    scope = Scope(uid(1), "site", "Shop")
    read = read_page(page(scope, [json.dumps(ROWS)], 1, cursor="c", has_more=False).content)
    assert read.lines == [FeedLine("cluster", json.dumps([ROW]).encode())]
