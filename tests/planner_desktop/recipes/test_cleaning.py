"""Cleaning: each step alone and all together, ranges and unknown volumes, near-duplicates, every row accounted for."""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner_desktop.columns.loose import alike, found_in, pattern_trouble
from planner_desktop.importing import Cancelled, ImportPlan, Origin, Watch, plan_import
from planner_desktop.recipes.cleaning import Cleaned, Cleaner, met
from planner_desktop.recipes.document import compose
from planner_desktop.recipes.excluding import MOST_TEXTS, Excluder, entries_of
from planner_desktop.recipes.model import (
    Add,
    Cleaning,
    Dedupe,
    Drop,
    Exclude,
    Keep,
    Lower,
    Source,
    Trim,
    Volume,
    When,
    Words,
)
from sync.errors import InvalidUsage
from tests.planner_desktop.importing.made import table

LIST = Exclude(keywords=("ikea", "Free of charge"))


@contextmanager
def cleaned(
    rows: Sequence[list[object]],
    *steps: Cleaning,
    entries: Sequence[str] = ("ikea", "Free of charge"),
    watch: Watch | None = None,
) -> Iterator[tuple[ImportPlan, list[Cleaned]]]:
    text = table([["keyword", "volume", "country"], *rows])
    recipe = compose("Test", (*steps, Add()), Source())
    cleaner = Cleaner(recipe, dict.fromkeys(range(1, len(steps) + 1), entries), watch)
    with (
        plan_import([Origin.pasted(text)]) as plan,
        cleaner.clean(plan) as found,
    ):
        assert found.files[0].rows == plan.files[0].rows, "every row has a fate"
        yield found, cleaner.done


def left(rows: Sequence[list[object]], *steps: Cleaning) -> list[str]:
    with cleaned(rows, *steps) as (plan, _):
        return [row.keyword for row in plan.rows()]


ROWS: list[list[object]] = [
    ["Oak Desk?", 10, ""],
    ["free desk", 20, ""],
    ["desk free of charge", "10-100", ""],
    ["ikea desk", "", ""],
    ["a b c d e", 5_000, ""],
]


@pytest.mark.parametrize(
    ("step", "gone"),
    [
        (Drop(pattern=r"^FREE"), ["free desk"]),
        (Keep(pattern=r"desk"), ["a b c d e"]),
        (Words(min=3), ["Oak Desk?", "free desk", "ikea desk"]),
        (Words(max=4), ["a b c d e"]),
        (Volume(min=20), ["Oak Desk?"]),
        (Volume(min=101), ["Oak Desk?", "free desk", "desk free of charge"]),
        (Volume(max=9), ["Oak Desk?", "free desk", "desk free of charge", "a b c d e"]),
        (Volume(max=10), ["free desk", "a b c d e"]),
        (Volume(min=1, unknown="drop"), ["ikea desk"]),
        (LIST, ["desk free of charge", "ikea desk"]),
        (Exclude(keywords=("x",), match="whole"), []),
    ],
)
def test_a_step_leaves_out_what_it_says_and_nothing_else(step: Cleaning, gone: list[str]) -> None:
    texts = [str(row[0]) for row in ROWS]
    assert left(ROWS, step) == [text for text in texts if text not in gone]


def test_what_is_left_out_has_its_line_step_and_reason() -> None:
    with cleaned(ROWS, Drop(pattern="^free"), LIST) as (plan, done):
        told = [(one.line, one.disposition, one.reason, one.text) for one in plan.left_out()]
        assert told == [
            (3, "excluded", "step 1, drop /^free/", "free desk"),
            (4, "excluded", "step 2, exclude 2 named here: it holds 'free of charge'", "desk free of charge"),
            (5, "excluded", "step 2, exclude 2 named here: it holds 'ikea'", "ikea desk"),
        ]
        assert [(one.dropped, one.sample) for one in done] == [
            (1, ["free desk"]),
            (2, ["desk free of charge", "ikea desk"]),
        ]
        assert plan.counts == {"keyword": 2, "excluded": 3}


def test_rows_keep_their_figures_and_lines() -> None:
    with cleaned(ROWS, Lower(), Drop(pattern="free|ikea")) as (plan, _):
        assert [(row.keyword, row.line, row.volume) for row in plan.rows()] == [
            ("oak desk?", 2, 10),
            ("a b c d e", 6, 5_000),
        ]


def test_texts_that_trimming_makes_equal_are_one_keyword() -> None:
    rows: list[list[object]] = [
        ["desk?", 1, ""],
        ["Desk", 2, ""],
        ["(desk)", 3, ""],
        ["(4)", 4, ""],
        ["chair", 5, ""],
    ]
    with cleaned(rows, Trim(characters="?()4"), Lower()) as (plan, done):
        assert [row.keyword for row in plan.rows()] == ["desk", "chair"]
        assert Counter(one.disposition for one in plan.left_out()) == {"duplicate": 2, "excluded": 1}
        # What nothing is left of was rewritten first.
        assert [one.rewritten for one in done] == [3, 1]


def test_of_near_duplicates_the_largest_volume_then_the_shortest_survives_in_each_country() -> None:
    rows: list[list[object]] = [
        ["standing desks", 10, "US"],
        ["desk standing", 90, "US"],
        ["standingdesk", "", "US"],
        ["standing desk", 10, "DE"],
        ["grey chair", "", "US"],
        ["gray chairs", "", "US"],
        ["lamp", 1, "US"],
    ]
    with cleaned(rows, Dedupe()) as (plan, done):
        assert [row.keyword for row in plan.rows()] == [
            "desk standing",
            "standing desk",
            "grey chair",
            "lamp",
        ]
        assert done[0].dropped == 3
        reasons = [one.reason for one in plan.left_out()]
        assert reasons[0] == "step 1, dedupe: as 'desk standing'"


def test_against_the_sector_what_is_there_survives_and_is_no_duplicate_of_itself() -> None:
    rows: list[list[object]] = [
        ["oak desks", 900, ""],
        ["oak desk", 1, ""],
        ["Lamp", 1, ""],
        ["lamps", 5, ""],
        ["rug", 5, ""],
    ]
    there = [("Oak Desk", "US"), ("lamp", "DE"), ("chair", None)]
    steps = (Dedupe(against="sector"), Add())
    recipe = compose("Test", steps, {})
    text = table([["keyword", "volume"], *(row[:2] for row in rows)])
    cleaner = Cleaner(recipe, {}, None, there)
    with plan_import([Origin.pasted(text)]) as plan, cleaner.clean(plan) as found:
        assert [row.keyword for row in found.rows()] == ["oak desk", "Lamp", "rug"]
        assert next(one.reason for one in found.left_out()).endswith(": as 'Oak Desk'")


def test_steps_behind_near_duplicates_see_what_is_left() -> None:
    rows: list[list[object]] = [["desk oak", 5, ""], ["oak desks", 9, ""], ["chair", 1, ""]]
    assert left(rows, Drop(pattern="chair"), Dedupe(), Volume(min=6)) == ["oak desks"]
    assert left(rows, Volume(max=6), Dedupe(), Lower()) == ["desk oak", "chair"]


def test_stopping_leaves_nothing_open() -> None:
    stopped = threading.Event()
    watch = Watch(is_cancelled=stopped.is_set)
    stopped.set()
    with pytest.raises(Cancelled), cleaned(ROWS, Lower(), watch=watch):
        pass


@given(st.lists(st.text("ab ?", min_size=1, max_size=6), max_size=30), st.data())
def test_every_row_is_kept_or_told_whatever_the_steps(texts: list[str], data: st.DataObject) -> None:
    steps: list[Cleaning] = data.draw(
        st.lists(
            st.sampled_from(
                (Trim(characters="?"), Lower(), Drop(pattern="aa"), Dedupe(), Words(max=2), LIST)
            ),
            max_size=4,
        )
    )
    rows: list[list[object]] = [[text, at, ""] for at, text in enumerate(texts)]
    with cleaned(rows, *steps, entries=("ab",)) as (plan, done):
        kept, told = len(list(plan.rows())), Counter(one.disposition for one in plan.left_out())
        assert kept == len(plan)
        assert Counter(plan.counts) == Counter({"keyword": kept, **told}) or not texts
        assert told["excluded"] == sum(one.dropped for one in done)


@pytest.mark.parametrize(
    ("match", "hits"),
    [
        ("word", ["ikea", "best IKEA desk", '"ikea"']),
        ("whole", ["ikea", '"ikea"']),
        ("text", ["ikea", "best IKEA desk", "ikeas", '"ikea"']),
    ],
)
def test_a_list_names_words_whole_keywords_or_texts(match: str, hits: list[str]) -> None:
    texts = ["ikea", "best IKEA desk", "ikeas", "desk", '"ikea"', "ike a"]
    named = Excluder(["Ikea", ""], match).named_in(texts)  # type: ignore[arg-type]  # one of three
    assert [text for text, entry in zip(texts, named, strict=True) if entry] == hits


def test_entries_of_several_words_are_found_side_by_side_only() -> None:
    named = Excluder(["free of charge"], "word").named_in(["desk free of charge", "free desk of charge"])
    assert named == ["free of charge", ""]


def test_a_list_too_long_to_be_looked_for_anywhere_is_refused() -> None:
    with pytest.raises(InvalidUsage, match="5,001 entries"):
        Excluder(map(str, range(MOST_TEXTS + 1)), "text")


def test_lists_have_remarks_blank_lines_and_every_entry_once() -> None:
    assert entries_of("# rivals\nikea\n\n  wayfair \r\nikea\n") == ["ikea", "wayfair"]


def test_patterns_are_those_of_the_query_line() -> None:
    assert found_in("^über", ["Über desk", "desk über", ""]) == [True, False, False]
    assert found_in("^$", []) == []
    assert pattern_trouble("a+") == ""
    assert pattern_trouble("(") != ""


def test_near_duplicates_are_grouped_in_their_place_only() -> None:
    groups = alike(["oak desk", "desks oak", "oakdesk", "desk", "oak desk", "!!", "?"], [0, 0, 0, 0, 1, 0, 0])
    assert groups[0] == groups[1] == groups[2]
    assert len({groups[0], groups[3], groups[4], groups[5], groups[6]}) == 5


def test_conditions_hold_where_everything_asked_for_does() -> None:
    with cleaned(ROWS) as (plan, _):
        (chunk,) = plan.chunks()
        assert met(chunk, None) == [True] * 5
        assert met(chunk, When(pattern="desk", max_words=2)) == [True, True, False, True, False]
        assert met(chunk, When(min_volume=15)) == [False, True, True, False, True]
        assert met(chunk, When(max_volume=15)) == [True, False, True, False, False]


def test_a_file_that_cannot_be_read_stays_in_the_plan_with_its_trouble(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("keyword\ndesk\n", encoding="utf-8")
    bad.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)
    cleaner = Cleaner(compose("Test", (Lower(), Add()), Source()), {})
    with plan_import([Origin.file(good), Origin.file(bad)]) as plan, cleaner.clean(plan) as found:
        assert found.files[1].trouble is not None
        assert [row.keyword for row in found.rows()] == ["desk"]
