"""Candidates in the engine of keywords: filtered and ordered by what their files say, and what the library has by now."""

from typing import Any

import pytest

from planner_core.query import parse, parse_sort
from planner_desktop.columns.candidates import CandidateShelf
from planner_desktop.columns.evaluate import Scope


def row(keyword: str, number: int, **told: Any) -> dict[str, Any]:
    return {
        "keyword": keyword,
        "volume": None,
        "difficulty": None,
        "intent": None,
        "country": None,
        "import": number,
        "file": f"list {number}.csv",
        "sector_id": "s1",
        "read": "2026-03-01T10:00:00Z",
        **told,
    }


@pytest.fixture
def shelf() -> CandidateShelf:
    held = [
        (row("walnut desk", 1, volume=900, intent="commercial", country="US"), 1, 11, None),
        (row("oak desk", 1, difficulty=30), 1, 11, "seed-1"),
        (row("Écran lamp", 2, volume=20, read=""), 1, 12, None),
    ]
    return CandidateShelf.load(held, sectors={11: "Desks", 12: "Lamps"}, sites={1: "Shop"}, stamp=("f", 1))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["walnut desk", "Écran lamp", "oak desk"]),
        ("volume:>=100", ["walnut desk"]),
        ("volume:unknown", ["oak desk"]),
        ("intent:commercial country:US", ["walnut desk"]),
        ('import:2 "écran"', ["Écran lamp"]),
        ("import:1 -walnut", ["oak desk"]),
        ("sector:Lamps", ["Écran lamp"]),
        ("created:2026-03", ["walnut desk", "oak desk"]),
        ("/^w.*k$/", ["walnut desk"]),
        ("is:disabled", []),
    ],
)
def test_candidates_are_found_by_the_terms_of_keywords(
    shelf: CandidateShelf, query: str, found: list[str]
) -> None:
    rows = shelf.find(parse(query), parse_sort("-volume,keyword"))
    assert [one["keyword"] for one in rows] == found


def test_a_place_has_its_own_candidates(shelf: CandidateShelf) -> None:
    keys = shelf.select(parse(""), parse_sort("keyword"), Scope(sectors=(11,)))
    assert [shelf.rows[key]["keyword"] for key in keys.tolist()] == ["oak desk", "walnut desk"]


def test_those_the_library_has_are_ready_to_be_added(shelf: CandidateShelf) -> None:
    assert shelf.ready() == [("s1", "seed-1")]
    assert shelf.ready(shelf.select(parse("walnut"), parse_sort("keyword"))) == []


def test_nothing_is_a_shelf_too() -> None:
    empty = CandidateShelf.load([], sectors={}, sites={}, stamp=("f", 1))
    assert (len(empty), empty.find(parse("desk"), parse_sort("keyword")), empty.ready()) == (0, [], [])
