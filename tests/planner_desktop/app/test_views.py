"""Saved views of an account."""

from pathlib import Path

import pytest

from planner_desktop.app.views import View, Views
from sync.errors import InvalidUsage, NotFound

QUICK = View("Quick wins", "volume:>=1000 difficulty:<30", "-volume", {"hidden": ["country"]})


def test_views_are_there_again_at_the_next_start_in_the_order_in_which_they_were_made(tmp_path: Path) -> None:
    path = tmp_path / "account" / "views.json"
    views = Views(path)
    assert (views.all(), views.start) == ((), None)
    views.save(QUICK)
    views.save(View("  New,  no cluster ", "status:new cluster:none", "keyword"))
    views.set_start("quick WINS")
    again = Views(path)
    assert [view.name for view in again.all()] == ["Quick wins", "New, no cluster"]
    assert again.start == QUICK


def test_a_view_of_the_same_name_is_replaced_in_its_place(tmp_path: Path) -> None:
    views = Views(tmp_path / "views.json")
    views.save(QUICK)
    views.save(View("Other", "", ""))
    views.set_start("Quick wins")
    views.save(View("quick wins", "desk", "keyword"))
    assert [(view.name, view.query) for view in views.all()] == [("quick wins", "desk"), ("Other", "")]
    assert views.start is not None
    assert views.start.query == "desk"


def test_a_renamed_view_stays_the_first_one_shown_and_a_deleted_one_does_not(tmp_path: Path) -> None:
    views = Views(tmp_path / "views.json")
    views.save(QUICK)
    views.set_start("Quick wins")
    views.rename("Quick wins", "Easy ones")
    assert views.start is not None
    assert views.start.name == "Easy ones"
    views.delete("Easy ones")
    again = Views(tmp_path / "views.json")
    assert (again.all(), again.start) == ((), None)


def test_a_name_belongs_to_one_view_and_is_a_name(tmp_path: Path) -> None:
    views = Views(tmp_path / "views.json")
    views.save(QUICK)
    views.save(View("Other", "", ""))
    with pytest.raises(InvalidUsage):
        views.rename("Other", "QUICK wins")
    with pytest.raises(InvalidUsage):
        views.save(View("  ", "", ""))
    with pytest.raises(InvalidUsage):
        views.save(View("x" * 61, "", ""))
    with pytest.raises(NotFound):
        views.delete("Nothing")
    assert len(views.all()) == 2


@pytest.mark.parametrize("text", ["{", "[]", '{"views": [{"name": ""}]}', '{"views": 3}'])
def test_a_file_that_cannot_be_read_is_put_aside_and_not_written_over(tmp_path: Path, text: str) -> None:
    path = tmp_path / "views.json"
    path.write_text(text)
    views = Views(path)
    assert views.all() == ()
    views.save(QUICK)
    (aside,) = tmp_path.glob("*.unreadable")
    assert aside.read_text() == text
    assert Views(path).all() == (QUICK,)
