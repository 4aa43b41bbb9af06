"""The real window in every look: pages, states and sizes that people meet.

    PLANNER_PICTURES=folder python -m pytest tests/screenshots/test_window_pictures.py

saves them; without the variable they are painted all the same, and what Qt complains about fails the test.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from planner_core.commands import AssignCluster, SetEnabled, SetOverride
from planner_desktop.app.profile import Profile
from planner_desktop.widgets.theme import Theme
from tests.planner_desktop.screens.conftest import ENTRY, OWNER, Stage
from tests.support.machine import CLUSTERS, KEYWORDS, SECTOR, SITE, Machine, shop

pytestmark = pytest.mark.qt
LOOKS = [("light", 1.0, (1440, 900)), ("dark", 1.0, (1100, 680)), ("light", 1.3, (1440, 900))]


def edited(stage: Stage) -> None:
    stage.run(SetOverride("volume", KEYWORDS[:2], 27_100), AssignCluster(KEYWORDS[3:6], CLUSTERS[0]))
    stage.run(SetEnabled("keyword", [KEYWORDS[7]], enabled=False))
    stage.window.keywords.grid.select_rows([(2, 5)])


def no_hits(stage: Stage) -> None:
    stage.window.keywords.ask_query("volume:>=500 walnut")


def waiting(stage: Stage) -> None:
    edited(stage)
    stage.window.show_page("review")


def shortcuts(stage: Stage) -> None:
    stage.window.menus["shortcuts"].trigger()


SCENES: dict[str, Callable[[Stage], None]] = {
    "plain": lambda _stage: None,
    "edited": edited,
    "no-hits": no_hits,
    "waiting": waiting,
    "shortcuts": shortcuts,
}


@pytest.fixture
def stage(tmp_path: Path, qapp: QApplication, qtbot: QtBot) -> Iterator[Stage]:
    profile = Profile(tmp_path / "profile")
    profile.add(ENTRY)
    profile.set(site=SITE, sector=SECTOR)
    machine = Machine(profile.paths(ENTRY).folder, shop().transport(), owner=OWNER)
    machine.sync()
    machine.close()
    opened = Stage(profile, Theme(qapp), qtbot, syncing=False)
    yield opened
    opened.close()


@pytest.mark.parametrize(("scheme", "scale", "size"), LOOKS)
@pytest.mark.parametrize("scene", SCENES)
def test_the_window_is_painted_in_every_look(
    stage: Stage, tmp_path: Path, scene: str, scheme: str, scale: float, size: tuple[int, int]
) -> None:
    stage.window._theme.apply("dark" if scheme == "dark" else "light", scale)
    stage.window.resize(*size)
    SCENES[scene](stage)
    stage.settle()
    folder = Path(os.environ.get("PLANNER_PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    picture = stage.window.grab()
    assert picture.save(str(folder / f"window-{scene}-{scheme}-{round(scale * 100)}.png"))
    colours = {
        picture.toImage().pixelColor(x, y).name() for x in range(0, 1000, 40) for y in range(0, 600, 40)
    }
    assert len(colours) > 4, "an empty window has one or two"
