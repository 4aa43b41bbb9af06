"""The Library page: find seeds, see what is a keyword already, add many in one step."""

import pytest
from PySide6.QtCore import Qt

from planner_desktop.screens.library.rows import PLACE
from planner_desktop.screens.switcher import Place
from planner_desktop.widgets.dialogs import Sheet
from planner_desktop.widgets.queryline import QueryEdit
from tests.planner_desktop.screens.conftest import Stage
from tests.support.machine import SITE

pytestmark = pytest.mark.qt

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def library(stage: Stage) -> Stage:
    stage.window.show_page("library")
    stage.settle()
    return stage


def seeds(stage: Stage) -> list[str]:
    rows = stage.window.library.rows
    return [str(rows.data(rows.index(row, 0))) for row in range(rows.rowCount())]


def ask(stage: Stage, text: str) -> list[str]:
    stage.window.library.ask_query(text)
    stage.settle()
    return seeds(stage)


def footer(stage: Stage) -> str:
    return stage.window.library.panel.footer.primary.text()


def test_seeds_of_the_sector_are_shown_largest_first_with_what_is_added(library: Stage) -> None:
    assert seeds(library) == [f"standing desk {number}" for number in reversed(range(20))]
    rows = library.window.library.rows
    marks = [str(rows.data(rows.index(row, PLACE["added"]))).strip() for row in range(20)]
    assert marks == [""] * 10 + ["Added"] * 10


def test_the_query_line_filters_seeds_and_points_at_what_they_do_not_have(library: Stage) -> None:
    assert ask(library, "volume:>=500 difficulty:<8") == [f"standing desk {n}" for n in (7, 6, 5)]
    assert len(ask(library, "-is:added")) == 10
    line = library.window.library.query
    before = seeds(library)
    assert ask(library, "cluster:none") == before
    assert line.edit.reading.problem is not None
    assert "A seed keyword has no cluster" in line.message()


def test_many_are_added_in_one_step_and_taken_back_in_one(library: Stage) -> None:
    page = library.window.library
    page.select_all()
    library.settle()
    assert footer(library) == "Add 10"
    assert page.panel.foreseen is not None
    assert (page.panel.foreseen.added, page.panel.foreseen.already) == (10, 10)
    library.key(Qt.Key.Key_Return, CTRL)
    library.settle()
    assert library.window.keywords.table.count == 20
    assert ask(library, "-is:added") == []
    assert library.window.account.counts.waiting == 1
    library.window.edits.undo()
    library.until(lambda: library.window.keywords.table.count == 10)
    library.settle()
    assert len(ask(library, "volume:>=0 -is:added")) == 10


def test_marks_follow_what_happens_elsewhere(library: Stage) -> None:
    page = library.window.library
    page.grid.select_rows([(0, 2)])
    library.settle()
    page.apply()
    library.settle()
    library.window.edits.undo()
    library.settle()
    rows = page.rows
    marks = [str(rows.data(rows.index(row, PLACE["added"]))).strip() for row in range(3)]
    assert marks == ["", "", ""]
    assert footer(library) == "Add 3"


def test_nothing_that_is_added_already_is_offered_again(library: Stage) -> None:
    ask(library, "is:added")
    library.window.library.select_all()
    library.settle()
    button = library.window.library.panel.footer.primary
    assert not button.isEnabled()


def test_above_a_thousand_a_question_shows_count_and_sample(
    library: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planner_desktop.screens.library.adding.CONFIRM_ABOVE", 5)
    library.window.library.select_all()
    library.settle()
    library.window.library.apply()
    sheet = library.window.findChild(Sheet)
    assert isinstance(sheet, Sheet)
    assert sheet.card.title.text() == "Add 10 keywords?"
    assert library.window.keywords.table.count == 10
    sheet.accept()
    library.until(lambda: library.window.keywords.table.count == 20)


def test_without_a_selection_the_panel_tells_of_the_sectors_and_filters_by_one(library: Stage) -> None:
    page = library.window.library
    (shelf,) = [page.keeper.shelf]
    assert shelf is not None
    (one,) = shelf.statistics()
    assert (one.home.name, one.seeds, one.added, one.volume) == ("Desks", 20, 10, 19_000)
    page.panel.sector_chosen.emit("Desks")
    library.settle()
    assert page.query.text() == "sector:Desks"
    assert len(seeds(library)) == 20


def test_a_title_orders_the_seeds(library: Stage) -> None:
    library.window.library.grid.sort_requested.emit(PLACE["difficulty"], 0)
    library.settle()
    assert seeds(library)[:2] == ["standing desk 0", "standing desk 1"]


def test_all_sites_ask_for_one(library: Stage) -> None:
    library.window.show_place(Place())
    library.settle()
    assert library.window.library.keeper.shelf is None
    assert library.window.library._empty is not None
    library.window.show_place(Place(SITE))
    library.settle()
    assert len(seeds(library)) == 20


def test_the_menu_leads_to_the_page_and_its_query_line(stage: Stage) -> None:
    stage.window.menus["add"].trigger()
    stage.settle()
    assert stage.window.page == "library"
    assert isinstance(stage.focus, QueryEdit)


def test_nothing_is_read_before_somebody_looks(stage: Stage) -> None:
    assert stage.window.library.keeper.shelf is None
