"""Columns: which are shown, in which order, how wide, and that a window keeps them."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from planner_desktop.app.profile import Profile
from planner_desktop.screens.keywords.cells import COLUMNS, PLACE
from planner_desktop.screens.switcher import Place
from planner_desktop.widgets.menus import Menu
from tests.planner_desktop.screens.conftest import Open, Stage
from tests.support.machine import SITE

pytestmark = pytest.mark.qt

ALT = Qt.KeyboardModifier.AltModifier
MOVE = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def shown(stage: Stage) -> list[str]:
    return [COLUMNS[at].name for at in stage.window.keywords.grid.shown_columns()]


def stand_in(stage: Stage, name: str) -> None:
    stage.window.keywords.grid.setFocus()
    stage.window.keywords.grid.go_to(0, PLACE[name])
    stage.settle()


def width(stage: Stage, name: str) -> int:
    return stage.window.keywords.grid.columnWidth(PLACE[name])


def kept(stage: Stage) -> object:
    return stage.desk.profile.settings.get("columns")


@pytest.mark.qt_log_ignore("This plugin does not support")  # pop-ups, where there is no display
def test_the_menu_shows_and_hides_columns_and_stays_open_meanwhile(stage: Stage) -> None:
    assert shown(stage)[:2] == ["mark", "keyword"]
    assert "enabled" not in shown(stage)
    stage.window.menus["columns"].trigger()
    (menu,) = [one for one in stage.window.findChildren(Menu) if one.isVisible()]
    by_title = {action.text(): action for action in menu.actions()}
    assert "Keyword" not in by_title
    for title in ("Enabled", "Intent"):
        QTest.mouseClick(
            menu,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
            menu.actionGeometry(by_title[title]).center(),
        )
    assert menu.isVisible()
    assert "enabled" in shown(stage)
    assert "intent" not in shown(stage)
    menu.setActiveAction(by_title["Intent"])
    QTest.keyClick(menu, Qt.Key.Key_Space)
    assert menu.isVisible()
    assert "intent" in shown(stage)
    menu.close()


def test_keys_move_and_widen_the_current_column(stage: Stage) -> None:
    stand_in(stage, "cluster")
    place, before = shown(stage).index("cluster"), width(stage, "cluster")
    stage.key(Qt.Key.Key_Left, MOVE)
    assert shown(stage).index("cluster") == place - 1
    stage.key(Qt.Key.Key_Right, ALT)
    assert width(stage, "cluster") > before
    stage.key(Qt.Key.Key_Left, ALT)
    assert width(stage, "cluster") == before


def test_the_keyword_stays_at_the_left_whatever_is_moved(stage: Stage) -> None:
    stand_in(stage, "volume")
    stage.key(Qt.Key.Key_Left, MOVE)
    assert shown(stage)[:3] == ["mark", "keyword", "volume"]
    stand_in(stage, "keyword")
    stage.key(Qt.Key.Key_Right, MOVE)
    assert shown(stage)[:2] == ["mark", "keyword"]
    header = stage.window.keywords.grid.horizontalHeader()
    header.moveSection(header.visualIndex(PLACE["cluster"]), 0)
    assert shown(stage)[:2] == ["mark", "keyword"]


def test_another_window_shows_the_columns_as_they_were_left(
    stage: Stage, open_window: Open, profile: Profile
) -> None:
    stand_in(stage, "cluster")
    stage.key(Qt.Key.Key_Left, MOVE)
    stage.key(Qt.Key.Key_Right, ALT)
    stage.window.keywords.hands.layout.show("country", shown=False)
    stage.until(lambda: kept(stage) == stage.window.keywords.hands.layout.state())
    order, wide = shown(stage), width(stage, "cluster")
    stage.window.close()
    again = open_window(Profile(profile.folder))
    assert shown(again) == order
    assert width(again, "cluster") == wide
    again.window.keywords.hands.layout.reset()
    assert shown(again) == [c.name for c in COLUMNS if c.name not in {"enabled", "sector"}]


def test_dragging_a_border_is_kept_and_the_room_that_is_left_is_not(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    header, layout = stage.window.keywords.grid.horizontalHeader(), stage.window.keywords.hands.layout
    stage.window.resize(1300, 900)
    stage.settle()
    assert layout.state()["widths"] == {}
    monkeypatch.setattr(QApplication, "mouseButtons", lambda: Qt.MouseButton.LeftButton)
    header.resizeSection(PLACE["intent"], 200)
    assert set(layout.state()["widths"]) == {"intent"}
    assert width(stage, "intent") == 200


def test_the_sector_is_a_column_where_there_are_several_or_somebody_asks_for_it(stage: Stage) -> None:
    assert "sector" not in shown(stage)
    stage.window.show_place(Place(SITE, None))
    stage.settle()
    assert "sector" in shown(stage)
    stage.window.keywords.hands.layout.show("sector", shown=False)
    assert "sector" not in shown(stage)


@pytest.mark.parametrize(
    "state",
    [
        None,
        7,
        [],
        {"order": 3},
        {"order": ["nothing", 5, "status"], "hidden": ["mark", "x"], "widths": {"volume": "a"}},
    ],
)
def test_a_layout_that_makes_no_sense_is_the_one_of_the_first_start_as_far_as_needed(
    stage: Stage, state: object
) -> None:
    stage.window.keywords.hands.layout.apply(state)
    assert shown(stage)[:2] == ["mark", "keyword"]
    assert {"volume", "status", "cluster"} <= set(shown(stage))
