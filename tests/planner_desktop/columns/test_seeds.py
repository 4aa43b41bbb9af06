"""Seeds in the engine of the keywords: sectors that share a library, marks, figures."""

from __future__ import annotations

from dataclasses import dataclass

from planner_core.query import Query, SortKey
from planner_desktop.app.seedquery import parse_seeds
from planner_desktop.columns import Scope
from planner_desktop.columns.seeds import Home, Shelf

DESKS, TABLES, CHAIRS = (
    Home(1, number, name.lower(), name, "Shop")
    for number, name in ((4, "Desks"), (5, "Tables"), (6, "Chairs"))
)
WOOD = {3: ("oak desk", 100, 10), 5: ("walnut desk", -1, 20), 9: ("pine desk", 300, -1)}
SEATS = {2: ("stool", 50, 5)}


@dataclass
class Chunk:
    size: int
    key: str
    added: str
    volume: str
    difficulty: str
    intent: str
    country: str
    text: str
    countries: tuple[str, ...] = ("US",)


class Source:
    """Two sectors of one library, one of another; nothing in a fourth."""

    def __init__(self) -> None:
        self.added = {"desks": {3}, "tables": {9}, "chairs": set[int](), "none": set[int]()}

    def stamp(self) -> tuple[str, int]:
        return ("file", 1)

    def seed_columns(self, sector: str) -> Chunk:
        rows = {"chairs": SEATS, "none": {}}.get(sector, WOOD)
        marks = self.added[sector]
        return Chunk(
            len(rows),
            ",".join(map(str, rows)),
            "".join(str(int(key in marks)) for key in rows),
            ",".join(str(row[1]) for row in rows.values()),
            ",".join(str(row[2]) for row in rows.values()),
            ",".join("2" for _ in rows),
            ",".join("0" for _ in rows),
            "\n".join(row[0] for row in rows.values()),
        )


def shelf() -> Shelf:
    return Shelf.load(Source(), [DESKS, TABLES, CHAIRS, Home(1, 7, "none", "None", "Shop")])


def texts(one: Shelf, query: str, scope: Scope = Scope()) -> list[tuple[str, str]]:  # noqa: B008 - frozen
    keys = one.columns.select(parse_seeds(query), (SortKey("sector"), SortKey("keyword")), scope)
    return [(row.sector_name, row.keyword) for row in one.columns.rows(keys) if row is not None]


def test_a_seed_of_a_shared_library_is_a_row_in_each_of_its_sectors() -> None:
    one = shelf()
    wood = ["oak desk", "pine desk", "walnut desk"]
    every = [("Chairs", "stool"), *(("Desks", name) for name in wood), *(("Tables", name) for name in wood)]
    assert texts(one, "") == every
    keys = one.columns.select(Query())
    assert {(home.name, tuple(sorted(one.seed_keys(mine).tolist()))) for home, mine in one.by_home(keys)} == {
        ("Desks", (3, 5, 9)),
        ("Tables", (3, 5, 9)),
        ("Chairs", (2,)),
    }


def test_added_is_asked_for_by_sector() -> None:
    one = shelf()
    assert texts(one, "is:added") == [("Desks", "oak desk"), ("Tables", "pine desk")]
    assert texts(one, "-is:added desk", Scope(sectors=(4,))) == [
        ("Desks", "pine desk"),
        ("Desks", "walnut desk"),
    ]
    assert texts(one, "volume:>=100 sector:Tables") == [("Tables", "oak desk"), ("Tables", "pine desk")]


def test_other_marks_are_taken_over_and_nothing_else() -> None:
    one = shelf()
    changed = one.show_added({"desks": [5], "tables": [9], "chairs": []}, ("file", 2))
    assert len(changed) == 2
    assert texts(one, "is:added") == [("Desks", "walnut desk"), ("Tables", "pine desk")]
    assert texts(one, "volume:unknown is:added") == [("Desks", "walnut desk")]
    assert one.show_added({"desks": [5], "tables": [9]}, ("file", 3)) == []
    keys = one.columns.select(Query())
    assert len(one.fresh(keys)) == 5


def test_figures_of_sectors_leave_the_unknown_out() -> None:
    found = {
        one.home.name: (one.seeds, one.added, one.volume, one.added_volume) for one in shelf().statistics()
    }
    assert found == {
        "Desks": (3, 1, 400, 100),
        "Tables": (3, 1, 400, 300),
        "Chairs": (1, 0, 50, 0),
        "None": (0, 0, 0, 0),
    }


def test_a_site_without_sectors_has_an_empty_shelf() -> None:
    one = Shelf.load(Source(), [])
    assert one.columns.count(Query()) == 0
    assert one.statistics() == []
