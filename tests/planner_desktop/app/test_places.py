"""Sites, sectors and clusters by id, slug or name."""

import pytest

from planner_desktop.app.places import CANDIDATES, Places, choose
from sync.errors import Ambiguous, NotFound

SITES = [
    {"id": "a" * 32, "name": "North Shop", "slug": "north-shop"},
    {"id": "b" * 32, "name": "South", "slug": "south"},
    {"id": "c" * 32, "name": "SOUTH", "slug": "south-2"},
]
SECTORS = [
    {"id": "1" * 32, "name": "Desks", "slug": "desks", "site": "North Shop", "site_id": "a" * 32},
    {"id": "2" * 32, "name": "Desks", "slug": "desks", "site": "South", "site_id": "b" * 32},
    {"id": "3" * 32, "name": "Lamps", "slug": "lamps", "site": "South", "site_id": "b" * 32},
]


@pytest.fixture
def places() -> Places:
    return Places(lambda: SITES, lambda site: [one for one in SECTORS if site in {None, one["site_id"]}])


@pytest.mark.parametrize(
    "text", ["a" * 32, "A" * 32, "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa", "north-shop", " north  SHOP "]
)
def test_that_a_site_is_found_by_id_slug_or_name(places: Places, text: str) -> None:
    assert places.site(text) == SITES[0]


def test_that_a_slug_wins_over_a_name(places: Places) -> None:
    assert places.site("south")["id"] == "b" * 32


def test_that_an_ambiguous_name_lists_every_candidate_with_its_id() -> None:
    rows = [dict(row, slug="") for row in SITES]
    with pytest.raises(Ambiguous) as caught:
        choose("site", rows, "south")
    assert "b" * 32 in caught.value.message
    assert "c" * 32 in caught.value.message
    assert caught.value.code == "ambiguous_site"


def test_that_an_unknown_name_lists_what_there_is(places: Places) -> None:
    with pytest.raises(NotFound) as caught:
        places.site("west")
    assert "North Shop" in caught.value.message
    assert "planner sites" in caught.value.remedy


def test_that_a_long_list_of_candidates_is_cut_with_its_number() -> None:
    rows = [{"id": f"{number:032x}", "name": f"Site {number}"} for number in range(CANDIDATES + 7)]
    with pytest.raises(NotFound, match="and 7 more"):
        choose("site", rows, "none of them")


def test_that_a_sector_is_looked_for_in_its_site(places: Places) -> None:
    assert places.sector("desks", site="south")["id"] == "2" * 32
    assert places.sector("lamps")["id"] == "3" * 32
    with pytest.raises(Ambiguous, match=r"North Shop.*South"):
        places.sector("desks")
    with pytest.raises(NotFound, match="in North Shop"):
        places.sector("lamps", site="north-shop")


def test_that_a_scope_is_both_neither_or_the_site_alone(places: Places) -> None:
    assert places.scope(None, None) == (None, None)
    assert places.scope("north-shop", None) == ("a" * 32, None)
    assert places.scope(None, "lamps") == ("b" * 32, "3" * 32)


def test_that_an_empty_account_says_so() -> None:
    with pytest.raises(NotFound, match="no site yet"):
        choose("site", [], "any")
