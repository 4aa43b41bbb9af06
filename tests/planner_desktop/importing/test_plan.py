"""One plan for looking and for carrying out: rows, what is left out, what the editor may say."""

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner_core.text import fold
from planner_desktop.importing import Choices, Origin, Range, UnreadableFile, Watch, plan_import
from planner_desktop.importing.gather import Gathered
from planner_desktop.importing.headings import field_of, plain
from planner_desktop.importing.keywords import clean, key_of, tidied
from planner_desktop.importing.spool import Spool, pack, unpack
from tests.planner_desktop.importing.made import plan_of, table


def write(folder: Path, name: str, rows: list[list[object]]) -> Path:
    path = folder / name
    path.write_text(table(rows), encoding="utf-8")
    return path


# ---------------------------------------------------------------- one keyword once


def test_spelling_that_does_not_matter_makes_no_second_keyword(tmp_path: Path) -> None:
    texts = [
        "Oak Desk",
        "oak  desk",
        "+oak +desk",
        '"oak desk"',
        "[oak desk]",
        "oak\u200b desk",
        "OAK DESK",
        "oak desks",
        "öak desk",
        "o\u0308ak desk",
    ]
    rows: list[list[object]] = [["Keyword", "Volume"], *([text, 1] for text in texts)]
    with plan_of(table(rows), tmp_path) as plan:
        assert [row.keyword for row in plan.rows()] == ["Oak Desk", "oak desks", "öak desk"]
        assert {one.first for one in plan.left_out()} == {(0, 2), (0, 10)}
        assert plan.counts == {"keyword": 3, "duplicate": 7}


def test_a_repeat_gives_what_the_first_row_does_not_know(tmp_path: Path) -> None:
    head: list[object] = ["Keyword", "Volume", "KD", "Intent"]
    rows: list[list[object]] = [
        head,
        ["desk", "10-100", "", ""],
        ["chair", 5, 6, ""],
        ["desk", 40, "", "I"],
        ["chair", 9, 9, "C"],
        ["desk", 70, 3, "N"],
    ]
    with plan_of(table(rows), tmp_path) as plan:
        found = {row.keyword: row for row in plan.rows()}
        reasons = [one.reason for one in plan.left_out()]
    assert (found["desk"].volume, found["desk"].difficulty, found["desk"].intent) == (40, 3, "informational")
    assert (found["chair"].volume, found["chair"].difficulty, found["chair"].intent) == (5, 6, "commercial")
    assert reasons == [
        "the same keyword as line 2 (its volume and intent taken)",
        "the same keyword as line 3 (its intent taken)",
        "the same keyword as line 2 (its difficulty taken)",
    ]


def test_the_newer_file_counts_where_both_are_exact(tmp_path: Path) -> None:
    old = write(tmp_path, "desk_2025-01-31.csv", [["Keyword", "Volume"], ["desk", 10], ["chair", 20]])
    new = write(tmp_path, "desk_2026-01-31.csv", [["Keyword", "Volume"], ["chair", 30], ["desk", "10-100"]])
    with plan_import([Origin.file(old), Origin.file(new)]) as plan:
        assert {row.keyword: row.volume for row in plan.rows()} == {"chair": 30, "desk": 10}
        assert [one.name for one in plan.files] == [old.name, new.name]
        left = {one.text: one for one in plan.left_out()}
        assert "desk_2026-01-31.csv, line 2" in left["chair"].reason
        assert left["desk"].file == 0
    for path, day in ((old, 2), (new, 1)):
        renamed = path.rename(tmp_path / f"{day}.csv")
        os.utime(renamed, (day * 86_400 * 400, day * 86_400 * 400))
    with plan_import([Origin.file(tmp_path / "1.csv"), Origin.file(tmp_path / "2.csv")]) as plan:
        assert {row.keyword: row.volume for row in plan.rows()}["chair"] == 20, (
            "without a day in the name the file's own counts"
        )


def test_two_countries_are_two_keywords(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Keyword", "Country", "Volume"],
        ["desk", "us", 9],
        ["desk", "gb", 5],
        ["desk", "", 1],
        ["desk", "GB", 2],
    ]
    with plan_of(table(rows), tmp_path) as plan:
        assert [(row.country, row.volume) for row in plan.rows()] == [("US", 9), ("GB", 5)]
        assert [one.first for one in plan.left_out()] == [(0, 2), (0, 3)]


@given(
    st.lists(st.sampled_from(["desk", "Desk", "chair", "stool", "a b", "A  B", ""]), max_size=60),
    st.integers(1, 7),
)
def test_every_row_has_one_disposition_and_every_keyword_one_row(words: list[str], volumes: int) -> None:
    rows: list[list[object]] = [
        ["Keyword", "Volume"],
        *([word, at % volumes] for at, word in enumerate(words)),
    ]
    with plan_import([Origin.pasted(table(rows))]) as plan:
        kept = [fold(row.keyword) for row in plan.rows()]
        left = Counter(one.disposition for one in plan.left_out())
        assert plan.files[0].rows == len(words) == len(kept) + sum(left.values())
        assert Counter(kept) == Counter(set(map(fold, words)) - {""})
        assert plan.counts == {name: count for name, count in {"keyword": len(kept), **left}.items() if count}
        assert {row.line for row in plan.rows()} | {one.line for one in plan.left_out()} == set(
            range(2, len(words) + 2)
        )


# ---------------------------------------------------------------- keywords


@pytest.mark.parametrize(
    ("cell", "text", "key"),
    [
        ("  Oak   desk ", "Oak desk", "oak desk"),
        ("oak\ndesk", "oak desk", "oak desk"),
        ("don’t", "don’t", "don't"),
        ("c++", "c++", "c++"),
        ("+", "+", "+"),
        ("می‌خواهم", "می‌خواهم", "میخواهم"),
        ("desk\u200b\ufeff", "desk", "desk"),
        ("e\u0301cran", "écran", "écran"),
        ("wi–fi", "wi–fi", "wi-fi"),
        ("=SUM(A1)", "=SUM(A1)", "=sum(a1)"),
    ],
)
def test_the_text_is_kept_and_only_compared_otherwise(cell: str, text: str, key: str) -> None:
    found = clean([cell, "plain"])
    assert (found.texts[0], found.keys[0]) == (text, key)
    assert not found.bad


@given(st.lists(st.text(max_size=12), min_size=1, max_size=30))
def test_a_batch_is_cleaned_as_each_cell_alone(cells: list[str]) -> None:
    found = clean(cells)
    for at, cell in enumerate(cells):
        text, problem = tidied(cell)
        assert found.texts[at] == text
        assert found.keys[at] == key_of(text)
        assert found.bad.get(at, "") == problem


@pytest.mark.parametrize(
    ("keyword", "reason"),
    [("x" * 256, "256 characters"), ("a\x07b", "control characters"), ("a\ufffdb", "no text")],
)
def test_a_keyword_nobody_can_have_is_told_with_its_line(tmp_path: Path, keyword: str, reason: str) -> None:
    with plan_of(f"Keyword,Volume\ndesk,1\n{keyword},2\n", tmp_path) as plan:
        left = next(plan.left_out())
        assert (left.line, left.disposition) == (3, "unreadable")
        assert reason in left.reason


def test_a_real_keyword_that_speaks_of_exports_is_no_advertisement(tmp_path: Path) -> None:
    texts = [
        "upgrade to business plan",
        "how to export semrush data",
        "see plans and prices",
        "total",
        "google.com",
        "# 1 desk",
    ]
    rows: list[list[object]] = [["Keyword", "Volume"], *([text, 10] for text in texts), ["desk", 1]]
    with plan_of(table(rows), tmp_path) as plan:
        assert [row.keyword for row in plan.rows()] == [*texts, "desk"]


def test_files_put_one_behind_the_other_bring_their_headings_along(tmp_path: Path) -> None:
    with plan_of("Keyword,Volume\ndesk,1\nKeyword,Volume\nchair,2\nkeyword,500\n", tmp_path) as plan:
        assert [row.keyword for row in plan.rows()] == ["desk", "chair", "keyword"]
        assert [(one.line, one.reason) for one in plan.left_out()] == [(3, "the headings once more")]


# ---------------------------------------------------------------- cells that say nothing


def test_strange_cells_are_counted_and_their_rows_taken(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Keyword", "Volume", "KD", "Intent", "Country"],
        ["desk", "lots", 120, "weird", "Atlantis"],
        ["chair", 5, 7, "I", "US"],
        ["stool", "lots", "", "", ""],
    ]
    with plan_of(table(rows), tmp_path) as plan:
        assert [(row.volume, row.difficulty, row.intent, row.country) for row in plan.rows()] == [
            (None, None, None, None),
            (5, 7, "informational", "US"),
            (None, None, None, None),
        ]
        notes = {one.field: (one.count, one.line, one.example) for one in plan.files[0].notes}
    assert notes == {
        "Volume": (2, 2, "lots"),
        "KD": (1, 2, "120"),
        "Intent": (1, 2, "weird"),
        "Country": (1, 2, "Atlantis"),
    }


# ---------------------------------------------------------------- the editor's word


def test_the_editor_says_what_the_columns_are(tmp_path: Path) -> None:
    text = "Alpha,Beta,Volume\nred oak,small chair,30\nblue pine,large chair,40\n"
    with plan_of(text, tmp_path, columns={"keyword": "Beta", "group": "alpha"}) as plan:
        assert [(row.keyword, row.group, row.volume) for row in plan.rows()] == [
            ("small chair", "red oak", 30),
            ("large chair", "blue pine", 40),
        ]
        assert plan.files[0].columns[1].why == "chosen by you"
    with plan_of(text, tmp_path, columns={"keyword": 0}) as plan:
        assert [row.keyword for row in plan.rows()] == ["red oak", "blue pine"]


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        ({"columns": {"keyword": "Gamma"}}, "no_such_column"),
        ({"columns": {"colour": "Beta"}}, "unknown_field"),
        ({"columns": {"keyword": 9}}, "no_such_column"),
        ({"tool": "excel"}, "unknown_tool"),
        ({"heading": 99}, "no_such_row"),
        ({"delimiter": "::"}, "bad_delimiter"),
    ],
)
def test_a_choice_that_does_not_fit_is_refused(tmp_path: Path, chosen: dict[str, Any], code: str) -> None:
    with plan_of("Keyword,Beta\ndesk,1\n", tmp_path, **chosen) as plan:
        found = plan.files[0].trouble
        assert isinstance(found, UnreadableFile)
        assert (found.code, bool(found.remedy)) == (code, True)


def test_the_editor_says_tool_heading_delimiter_country_and_mark(tmp_path: Path) -> None:
    text = "Keyword|Volume\nkeyword|volume\ndesk|1.300\n"
    with plan_of(text, tmp_path, tool="generic", heading=2, delimiter="|", country="uk", decimal=".") as plan:
        file = plan.files[0]
        assert [(row.keyword, row.volume, row.country, row.line) for row in plan.rows()] == [
            ("desk", 1, "GB", 3)
        ]
        assert (file.tool, file.heading, file.country, file.decimal) == ("generic", 2, "GB", ".")


def test_choices_go_by_the_name_of_the_file(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", [["Keyword", "Volume"], ["desk", 1]])
    write(tmp_path, "b.csv", [["Keyword", "Volume"], ["chair", 1]])
    with plan_import([Origin.file(tmp_path)], choices={"b.csv": Choices(country="US")}) as plan:
        assert [(row.keyword, row.country) for row in plan.rows()] == [("desk", None), ("chair", "US")] or [
            (row.keyword, row.country) for row in plan.rows()
        ] == [("chair", "US"), ("desk", None)]
        assert plan.files[1].choices.country == "US"


# ---------------------------------------------------------------- the plan keeps what it showed


def test_a_file_that_changes_later_changes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", [["Keyword", "Volume"], ["desk", "10-100"]])
    with plan_import([Origin.file(path)]) as plan:
        shown = plan.preview()
        path.unlink()
        assert list(plan.rows()) == shown
        assert shown[0].volume == Range(10, 100)
        assert [len(chunk) for chunk in plan.chunks()] == [1]


def test_rows_are_put_aside_on_disk_when_they_are_many() -> None:
    spool = Spool(in_memory=100)
    values = [list(range(number)) for number in range(50)]
    for value in values:
        spool.put(value)
    assert [spool.get(number) for number in reversed(range(50))] == values[::-1]
    spool.cut(3)
    spool.put("after")
    assert [spool.get(number) for number in range(len(spool))] == [*values[:3], "after"]
    spool.close()


@given(st.lists(st.one_of(st.none(), st.text(max_size=5), st.integers())))
def test_a_column_comes_back_as_it_was_put_aside(values: list[object]) -> None:
    assert unpack(pack(values)) == values


def test_what_was_taken_back_leaves_nothing(tmp_path: Path) -> None:
    """A file that is read a second time, by another encoding, finds none of its own keywords there already."""
    rows = "".join(f"plain {number},1\n" for number in range(40_000))
    other = write(tmp_path, "z.csv", [["Keyword", "Volume"], ["plain 7", 9], ["Stuhl", 3]])
    path = tmp_path / "a.csv"
    path.write_bytes(f"Keyword,Volume\n{rows}Stühle,2\nplain 8,1\n".encode("cp1252"))
    with plan_import([Origin.file(path), Origin.file(other)], watch=(watch := Watch())) as plan:
        assert plan.files[0].rows == 40_002
        assert plan.counts == {"keyword": 40_002, "duplicate": 2}
        assert watch.rows == 40_004
        assert sum(1 for _ in plan.left_out()) == 2


def test_forgetting_a_file_keeps_those_before_it() -> None:
    gathered = Gathered()
    mark = gathered.begin(0)
    gathered.leave(0, 3, "junk", "an advert", "buy")
    gathered.flush(0)
    gathered.forget(mark)
    assert (len(gathered.left), len(gathered.chunks)) == (0, 0)
    gathered.close()


# ---------------------------------------------------------------- headings


@pytest.mark.parametrize("word", ["keyword", "query", "term", "topic", "volume"])
def test_a_keyword_that_is_a_heading_elsewhere_is_a_keyword_in_a_bare_list(word: str) -> None:
    with plan_import([Origin.pasted(f"oak desk\npine desk\n{word}\nchair\n")]) as plan:
        assert [row.keyword for row in plan.rows()] == ["oak desk", "pine desk", word, "chair"]
    with plan_import([Origin.pasted(f"oak desk\t5\n{word}\t500\nchair\t7\n")]) as plan:
        assert [(row.keyword, row.volume) for row in plan.rows()] == [
            ("oak desk", 5),
            (word, 500),
            ("chair", 7),
        ]


def test_a_title_above_one_column_is_no_keyword() -> None:
    with plan_import([Origin.pasted("Our list\n\nKeyword\noak desk\n")]) as plan:
        assert [(row.keyword, row.line) for row in plan.rows()] == [("oak desk", 4)]


def test_rows_above_the_headings_are_never_left_out_silently() -> None:
    with plan_import([Origin.pasted("oak desk\t5\nKeyword\tVolume\nchair\t7\n")]) as plan:
        assert [row.keyword for row in plan.rows()] == ["chair"]
        assert plan.warnings == (
            "pasted text: 1 row stands above the headings and is left out; name another heading row if it is a keyword.",
        )


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Search Volume (Average)", "volume"), ("Avg. monthly volume", "volume"), ("Local monthly searches", "volume"), ("Volume (US)", "volume"),
        ("Global volume", None), ("Search Volume 4/2015", None), ("Searches: Jun 2025", None), ("Traffic volume", None), ("Volume change", None),
        ("Keyword Difficulty (KD)", "difficulty"), ("SEO Difficulty Score", "difficulty"), ("KD %", "difficulty"), ("Paid Difficulty", None),
        ("Target Keyword", "keyword"), ("Keyword ideas", "keyword"), ("search_term", "keyword"), ("Seed keyword", None), ("Negative keyword", None),
        ("CPC (EUR)", "cpc"), ("Avg. CPC", "cpc"), ("CPC/USD", "cpc"), ("CPC change", None), ("Previous position", None), ("Parent Topic", "group"),
    ],
)  # fmt: skip
def test_headings_with_the_usual_additions(heading: str, field: str | None) -> None:
    assert field_of(plain(heading)) == field


def test_that_keywords_which_end_with_a_number_are_no_figures() -> None:
    with plan_import([Origin.pasted("iphone 12\niphone 13\n")]) as plan:
        assert [row.keyword for row in plan.rows()] == ["iphone 12", "iphone 13"]
