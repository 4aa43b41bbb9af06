"""The panel tells what happened to the keyword that is selected."""

import pytest

from tests.planner_desktop.screens.conftest import Stage

pytestmark = pytest.mark.qt


def test_one_keyword_shows_what_was_done_to_it_and_several_show_nothing(stage: Stage) -> None:
    page = stage.window.keywords
    key = page.table.rows.row_key(0)
    before = page.table.rows.keyword(0)
    assert before is not None
    page.table.rows.edited.emit(key, "volume", 4321)
    stage.settle()
    page.grid.select_rows([(0, 0)])
    stage.until(lambda: any("→ 4,321" in line for line in page.row_history.texts))
    assert "Me" in page.row_history.texts[0]
    assert page.row_history.isVisible()
    stage.window.edits.undo()
    stage.settle()
    stage.until(
        lambda: any("undone" in line or "as in the library" in line for line in page.row_history.texts)
    )
    page.grid.select_rows([(0, 2)])
    stage.settle()
    assert page.row_history.texts == []
    assert not page.row_history.isVisible()


def test_a_keyword_nobody_touched_tells_at_most_when_it_came(stage: Stage) -> None:
    page = stage.window.keywords
    page.grid.select_rows([(3, 3)])
    stage.settle()
    stage.until(lambda: not page.row_history._soon.isActive())
    assert all("Added" in line for line in page.row_history.texts)
