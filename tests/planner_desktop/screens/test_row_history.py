"""The panel tells what happened to the keyword that is selected."""

import pytest
from PySide6.QtCore import Qt

from planner_core.commands import SetOverride
from planner_desktop.screens.keywords.cells import VOLUME
from tests.planner_desktop.screens.conftest import Stage
from tests.support.machine import KEYWORDS

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


def test_the_tooltip_of_an_own_figure_says_the_librarys_who_and_when(stage: Stage) -> None:
    stage.run(SetOverride("volume", [KEYWORDS[1]], 4321))
    stage.settle()
    rows = stage.window.keywords.table.rows
    row = next(at for at in range(rows.rowCount()) if rows.data(rows.index(at, VOLUME)) == "4,321")
    keyword = rows.keyword(row)
    assert keyword is not None

    def tooltip() -> str:
        return str(rows.data(rows.index(row, VOLUME), int(Qt.ItemDataRole.ToolTipRole)))

    library = f"Library: {keyword.seed_volume}"
    assert library in tooltip().replace(",", "")
    stage.until(lambda: "you, " in tooltip())
    assert library in tooltip().replace(",", "")
    stage.window.edits.undo()
    stage.until(lambda: rows.data(rows.index(row, VOLUME)) != "4,321")
    stage.settle()
    assert rows.data(rows.index(row, VOLUME), int(Qt.ItemDataRole.ToolTipRole)) is None
