"""Rows and their lines, whatever the size of the blocks they arrive in."""

import csv
import io
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from planner_desktop.importing.delimited import Dialect, batches, detect
from tests.planner_desktop.importing.made import table

ANY = 'ab ,;\t"\n\r\x1e\x1f|é1'
CELL = st.text(st.sampled_from(ANY), max_size=6)
# csv leaves a carriage return unquoted where lines end otherwise.
UNQUOTED = st.text(st.sampled_from(ANY.replace("\r", "")), max_size=6)
PLAIN = st.text(st.sampled_from("ab 1é-"), max_size=6)


def read(text: str, dialect: Dialect, size: int) -> tuple[list[list[str]], list[int], list[int]]:
    lines = list(io.StringIO(text, newline=""))
    blocks = [lines[at : at + size] for at in range(0, len(lines), size)]
    found = list(batches(blocks, dialect))
    rows = [batch.rows.row(at) for batch in found for at in range(len(batch.rows))]
    return (
        rows,
        [line for batch in found for line in batch.lines],
        [one.line for batch in found for one in batch.bad],
    )


def starts(rows: Sequence[Sequence[str]], end: str, delimiter: str) -> list[int]:
    """The line of each row, by writing the rows before it."""
    found, line = [], 1
    for row in rows:
        found.append(line)
        line += len(list(io.StringIO(table([row], end=end, delimiter=delimiter, quote_all=True), newline="")))
    return found


@given(
    st.lists(st.lists(st.one_of(CELL, PLAIN), min_size=2, max_size=4), max_size=25),
    st.integers(1, 9),
    st.sampled_from(",;\t"),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_csv_writes_comes_back_with_its_lines(
    rows: list[list[str]], size: int, delimiter: str, end: str
) -> None:
    # csv quotes the characters of its own line end only.
    text = table(rows, delimiter=delimiter, end=end, quote_all=True)
    found, lines, bad = read(text, Dialect(delimiter), size)
    assert found == rows
    assert lines == starts(rows, end, delimiter)
    assert not bad


@given(
    st.lists(st.tuples(PLAIN, st.one_of(PLAIN, UNQUOTED), PLAIN), min_size=1, max_size=40),
    st.integers(1, 12),
    st.booleans(),
)
def test_columns_are_the_same_however_a_block_was_split(
    rows: list[tuple[str, str, str]], size: int, quote_all: bool
) -> None:
    """Most blocks are split at once, those with many quotes line by line: nobody can tell."""
    text = table(rows, quote_all=quote_all)
    lines = list(io.StringIO(text, newline=""))
    blocks = [lines[at : at + size] for at in range(0, len(lines), size)]
    columns: list[list[str]] = [[], [], []]
    for batch in batches(blocks, Dialect(",")):
        for number, column in enumerate(columns):
            column.extend(batch.rows.column(number))
    assert columns == [[row[number] for row in rows] for number in range(3)]


@given(st.text(st.sampled_from('ab,"\n\r'), max_size=60), st.integers(1, 5))
def test_any_text_loses_no_line(text: str, size: int) -> None:
    """Each line belongs to a row or is told as bad; nothing is read twice."""
    rows, lines, bad = read(text, Dialect(","), size)
    told = sorted([*lines, *bad])
    assert told == sorted(set(told))
    spans = {
        line: 1 + sum(len(list(io.StringIO(cell + "x", newline=""))) - 1 for cell in row)
        for line, row in zip(lines, rows, strict=True)
    }
    covered = sum(spans.values()) + len(bad)
    assert covered == len(list(io.StringIO(text, newline="")))


@given(st.lists(st.tuples(PLAIN, PLAIN), min_size=3, max_size=10), st.sampled_from(",;\t|"))
def test_the_delimiter_is_that_of_the_headings(rows: list[tuple[str, str]], delimiter: str) -> None:
    text = table([("a, b; c | d\te, f, g, h",), ("Keyword", "Volume"), *rows], delimiter=delimiter)
    assert detect(text.splitlines(keepends=True)).delimiter == delimiter


def test_a_tool_that_does_not_quote_can_be_read_so() -> None:
    rows, _, bad = read('a\t"b\nc\td"\n', Dialect("\t", quoted=False), 9)
    assert (rows, bad) == ([["a", '"b'], ["c", 'd"']], [])


def test_the_limit_of_the_csv_module_is_left_alone() -> None:
    assert csv.field_size_limit() == 131_072
