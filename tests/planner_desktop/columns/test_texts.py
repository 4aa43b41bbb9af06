"""Rows written for other programs: tab-separated lines and HTML tables."""

import csv
import io

import numpy as np
import pytest

from planner_desktop.columns import KeywordColumns
from planner_desktop.columns.texts import PIECE, as_html, as_tsv

from .reference import Row, RowSource

FIELDS = ("keyword", "volume", "difficulty", "intent", "country", "cluster", "status", "enabled")


def columns_of(*rows: Row) -> KeywordColumns:
    return KeywordColumns.load(RowSource.of(*rows))


def test_each_row_is_a_line_with_plain_digits_and_nothing_where_nothing_is_known() -> None:
    columns = columns_of(
        Row(4, "standing desk", cluster=1, status=1, seed_volume=201000, intent=6, country="US"),
        Row(9, "höhenverstellbar", seed_difficulty=0, disabled=True),
    )
    lines = as_tsv(columns.table(np.array([9, 4], np.int32), FIELDS)).decode().splitlines()
    assert lines == [
        "höhenverstellbar\t\t0\t\t\t\tnew\toff",
        "standing desk\t201000\t\tcommercial,transactional\tUS\tStanding desks\tmapped\ton",
    ]


def test_titles_are_the_first_line() -> None:
    table = columns_of(Row(1, "desk")).table(np.array([1], np.int32), ("keyword", "volume"))
    assert as_tsv(table, ("Keyword", "Volume")).decode() == "Keyword\tVolume\ndesk\t\n"


@pytest.mark.parametrize("text", ["a\tb", "a\rb", "a\nb"])
def test_a_text_never_breaks_the_table(text: str) -> None:
    columns = columns_of(Row(1, text), Row(2, "lamp"))
    rows = list(
        csv.reader(
            io.StringIO(as_tsv(columns.table(columns.keys(), ("keyword", "status"))).decode()), delimiter="\t"
        )
    )
    assert rows == [["a b", "new"], ["lamp", "new"]]


def test_more_rows_than_are_written_at_once_come_out_in_order_and_progress_is_told() -> None:
    count = PIECE * 2 + 3
    columns = columns_of(*(Row(key, f"desk {key}", seed_volume=key) for key in range(count)))
    keys = columns.keys()[::-1]
    told: list[int] = []
    lines = as_tsv(columns.table(keys, ("keyword", "volume")), told=told.append).decode().splitlines()
    assert lines == [f"desk {key}\t{key}" for key in reversed(range(count))]
    assert told == [PIECE, PIECE * 2, count]


def test_whatever_is_raised_while_progress_is_told_ends_the_writing() -> None:
    def stop(_done: int) -> None:
        raise InterruptedError

    columns = columns_of(Row(1, "desk"))
    with pytest.raises(InterruptedError):
        as_tsv(columns.table(columns.keys(), ("keyword",)), told=stop)


def test_a_table_keeps_its_moment_whatever_becomes_of_the_rows() -> None:
    source = RowSource.of(Row(1, "old desk", seed_volume=7), Row(2, "lamp"))
    columns = KeywordColumns.load(source)
    table = columns.table(columns.keys(), ("keyword", "volume"))
    changed = RowSource.of(Row(1, "a much longer text than before", seed_volume=9))
    columns.apply(changed, [1], [2])
    assert as_tsv(table).decode() == "old desk\t7\nlamp\t\n"


def test_markup_and_formulas_stay_texts_in_html() -> None:
    columns = columns_of(Row(1, "=1+1 <b>&", seed_volume=12))
    page = as_html(columns.table(columns.keys(), ("keyword", "volume"))).decode()
    assert 'sdnum="1033;0;@"' in page
    assert ">=1+1 &lt;b&gt;&amp;</td>" in page
    assert '<td align="right">12</td>' in page
