"""Exported and imported again gives the same rows, whatever keywords and clusters are called."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from unicodedata import category

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner_core.entities import VOLUME_LIMIT
from planner_core.figures import intent_text
from planner_core.guarding import guarded, unguarded
from planner_desktop.app.exporting import STANDARD, title
from planner_desktop.columns import KeywordColumns
from planner_desktop.columns.extract import Extract
from planner_desktop.exporting import csvfile, jsonfile, xlsxfile
from planner_desktop.importing import Origin, plan_import
from planner_desktop.importing.keywords import key_of, tidied
from tests.planner_desktop.columns.reference import MARKS, STATUSES, Row, RowSource, default_names
from tests.planner_desktop.columns.strategies import rows as any_rows

CLUSTERS = {
    1: "=SUM(A1:A9)",
    2: "'=quoted already",
    3: 'a, "b"; c',
    4: "@home",
    5: "'s-hertogenbosch",
    6: "+1 more",
    7: "-minus",
    8: "'''-deep",
    9: "n/a",
}
READ = (
    *("volume", "difficulty", "intent", "country", "group", "status", "disabled"),
    *("volume_override", "difficulty_override"),
)
"""What is read of a keyword besides its text; the group is the cluster."""
TRICKY = st.one_of(
    st.text(min_size=1, max_size=20),
    st.text("'=+-@,;\"| \t\rab1", min_size=1, max_size=8),
    st.sampled_from(
        ["total", "Keyword", "1e5", "007", "=1+1", "'=1+1", "-5 degrees", "@home", "none", "#REF!"]
    ),
)


def volumes() -> st.SearchStrategy[int | None]:
    return st.one_of(st.none(), st.integers(0, 5), st.integers(0, VOLUME_LIMIT))


@st.composite
def lists(draw: st.DrawFn) -> list[Row]:
    """Keywords as a library can hold them: tidy, printable, no addresses, each one once."""
    found: dict[str, Row] = {}
    for text in draw(st.lists(TRICKY, max_size=12)):
        tidy, wrong = tidied(text)
        key = key_of(tidy)
        is_odd = wrong or not key or "://" in tidy or any(category(one) == "Cf" for one in tidy)
        if not is_odd and key not in found:
            found[key] = Row(
                len(found) + 1,
                tidy,
                sector=draw(st.integers(1, 3)),
                cluster=draw(st.one_of(st.none(), st.sampled_from(list(CLUSTERS)))),
                disabled=draw(st.booleans()),
                status=draw(st.integers(0, 1)),
                difficulty_override=draw(st.one_of(st.none(), st.integers(0, 100))),
                seed_volume=draw(volumes()),
                volume_override=draw(volumes()),
                seed_difficulty=draw(st.one_of(st.none(), st.integers(0, 100))),
                intent=draw(st.integers(0, 15)),
                country=draw(st.sampled_from([None, "US", "NA"])),
            )
    return list(found.values())


def extract_of(rows: list[Row], fields: tuple[str, ...] = STANDARD) -> Extract:
    source = RowSource.of(*rows, tables=default_names() | {"cluster": CLUSTERS})
    columns = KeywordColumns.load(source)
    uids = {"site": {1: "s1", 2: "s2"}, "sector": {1: "t1", 2: "t2", 3: "t3", 4: "t4"}}
    return columns.extract(
        [row.key for row in rows], fields, uids, lambda keys: {key: f"{key:032x}" for key in keys}
    )


def read(file: Path) -> list[tuple[Any, ...]]:
    with plan_import([Origin.file(file)]) as plan:
        assert plan.files[0].tool == "planner"
        assert not list(plan.left_out())
        found: list[tuple[Any, ...]] = []
        for chunk in plan.chunks():
            absent = [None] * len(chunk)
            columns = [chunk.columns.get(name, absent) for name in READ]
            found += zip(chunk.keywords, *columns, strict=True)
        return found


def told(_rows: int) -> None:
    """Nobody waits."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("round")


@pytest.mark.parametrize("form", ["csv", "bom", "xlsx", "json"])
@settings(max_examples=120, deadline=None)
@given(rows=lists())
def test_an_export_reads_back_as_the_same_rows(folder: Path, form: str, rows: list[Row]) -> None:
    file = folder / f"export.{form if form in {'xlsx', 'json'} else 'csv'}"
    found = extract_of(rows)
    titles = [title(name) for name in STANDARD]
    if form == "xlsx":
        xlsxfile.write(file, [xlsxfile.Sheet("Keywords", titles, xlsxfile.rows_of(found))], told)
    elif form == "json":
        assert jsonfile.write_extract(file, found, told) == len(rows)
    else:
        assert csvfile.write_extract(file, titles, found, told, bom=form == "bom") == len(rows)
    expected = [
        (
            row.keyword,
            row.volume,
            row.difficulty,
            intent_text(row.intent),
            row.country,
            CLUSTERS.get(row.cluster or 0),
            STATUSES[row.status],
            row.disabled,
            row.volume_override,
            row.difficulty_override,
        )
        for row in rows
    ]
    if rows:
        assert read(file) == expected


@given(st.text(max_size=12))
def test_a_guard_is_taken_away_and_nothing_else(text: str) -> None:
    cell = guarded(text)
    assert unguarded(cell) == text
    assert cell[:1] not in {"=", "+", "-", "@", "\t", "\r"}
    if text[:1].isalnum():
        assert cell == text


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(any_rows(), max_size=20, unique_by=lambda row: row.key), order=st.permutations(range(16))
)
def test_csv_and_json_have_the_values_of_every_column_in_any_order(
    folder: Path, rows: list[Row], order: list[int]
) -> None:
    rows = [replace(row, keyword=row.keyword.replace("\x00", "")) for row in rows]
    expected = [shape(row) for row in rows]
    fields = tuple(list(shape(Row(1)))[place] for place in order)
    found = extract_of(rows, fields)
    assert [
        dict(zip(fields, values, strict=True))
        for piece in found.pieces()
        for values in zip(*piece, strict=True)
    ] == [{name: one[name] for name in fields} for one in expected]
    file = folder / "any.csv"
    csvfile.write_extract(file, fields, found, told)
    with file.open(encoding="utf-8", newline="") as text:
        head, *body = csv.reader(text, strict=True)
    assert tuple(head) == fields
    assert body == [[guarded(cell(one[name])) for name in fields] for one in expected]
    assert jsonfile.write_extract(folder / "any.json", found, told) == len(rows)
    assert json.loads((folder / "any.json").read_text(encoding="utf-8")) == {
        "rows": [{name: one[name] for name in fields} for one in expected],
        "total": len(rows),
    }


def cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def shape(row: Row) -> dict[str, Any]:
    names = default_names()
    return {
        "id": f"{row.key:032x}",
        "keyword": row.keyword,
        "site": names["site"][row.site],
        "site_id": f"s{row.site}",
        "sector": names["sector"].get(row.sector),
        "sector_id": f"t{row.sector}",
        "volume": row.volume,
        "difficulty": row.difficulty,
        "intent": intent_text(row.intent),
        "country": row.country,
        "cluster": CLUSTERS.get(row.cluster or 0),
        "status": STATUSES[row.status],
        "disabled": row.disabled,
        "volume_override": row.volume_override,
        "difficulty_override": row.difficulty_override,
        "sync": MARKS[row.mark],
    }
