"""Render the component page and the keywords page, for looking at.

    PLANNER_PICTURES=folder python -m pytest tests/screenshots

saves them as PNG files; without the variable the pages are rendered all the same, and what Qt complains about while
painting them fails the test.
"""

import os
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from planner_desktop.widgets.focusring import FocusRings
from planner_desktop.widgets.theme import Theme
from tests.screenshots.components import ComponentsPage
from tests.screenshots.frame import FramePage

pytestmark = pytest.mark.qt
LOOKS = [("light", 1.0), ("dark", 1.0), ("light", 1.3), ("dark", 1.3)]


@pytest.fixture(scope="module")
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp)


@pytest.fixture(scope="module")
def rings(theme: Theme, qapp: QApplication) -> FocusRings:
    return FocusRings(theme, qapp)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = Path(os.environ.get("PLANNER_PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.mark.parametrize(("scheme", "scale"), LOOKS)
@pytest.mark.parametrize("name", ["components", "keywords"])
def test_a_page_is_painted_in_every_look(
    theme: Theme, rings: FocusRings, qtbot: QtBot, pictures: Path, name: str, scheme: str, scale: float
) -> None:
    theme.apply("dark" if scheme == "dark" else "light", scale)
    page = ComponentsPage(theme, rings) if name == "components" else FramePage(theme)
    qtbot.addWidget(page)
    page.resize(round(1440 * scale), round(900 * scale))
    page.show()
    page.activateWindow()
    qtbot.waitExposed(page)
    QApplication.processEvents()
    page.settle()
    QApplication.processEvents()
    QApplication.processEvents()
    picture = page.grab().toImage()
    ground = picture.pixelColor(picture.width() // 2, 2).name()
    wanted = theme.color("surface" if name == "components" else "canvas").name()
    assert ground == wanted
    assert picture.save(str(pictures / f"{name}-{scheme}-{scale:.0%}.png".replace("%", "")))
    page.close()
    page.deleteLater()
    QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))
    theme.apply("light", 1.0)
