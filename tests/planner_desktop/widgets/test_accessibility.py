"""Every control of the whole page can be reached by key and has a name."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QMenuBar, QWidget

from planner_desktop.widgets.focusring import FocusRings
from planner_desktop.widgets.theme import Theme
from tests.planner_desktop.widgets.conftest import Show
from tests.screenshots.components import ComponentsPage
from tests.screenshots.frame import FramePage

pytestmark = pytest.mark.qt


def controls(page: QWidget) -> list[QWidget]:
    return [
        each
        for each in page.findChildren(QWidget)
        if each.isVisible()
        and each.isEnabled()
        and each.focusPolicy() & Qt.FocusPolicy.TabFocus
        and each.focusProxy() is None
        and not isinstance(each, QMenuBar)
    ]


@pytest.fixture
def frame(theme: Theme, show: Show) -> FramePage:
    page = FramePage(theme)
    show(page, 1440, 900)
    return page


@pytest.mark.parametrize("make", [FramePage, ComponentsPage])
def test_each_control_has_a_name_for_screen_readers(
    theme: Theme, show: Show, rings: FocusRings, make: type[FramePage] | type[ComponentsPage]
) -> None:
    page = make(theme) if make is FramePage else ComponentsPage(theme, rings)
    show(page, 1440, 980)
    found = controls(page)
    assert len(found) > 15
    for control in found:
        interface = QAccessible.queryAccessibleInterface(control)
        assert interface is not None
        name = interface.text(QAccessible.Text.Name)
        if not isinstance(control, QAbstractScrollArea) and control.property("anonymous") is None:
            assert name.strip(), f"{type(control).__name__} has no name"


def test_tab_visits_every_control_once_and_comes_back(frame: FramePage) -> None:
    start = controls(frame)[0]
    start.setFocus(Qt.FocusReason.TabFocusReason)
    order = [start]
    for _ in range(200):
        QTest.keyClick(order[-1], Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is not None
        if focused is start:
            break
        order.append(focused)
    assert len(order) == len(set(order))
    assert frame.grid in order
    missing = [each for each in controls(frame) if each not in order]
    # Of a group of exclusive choices Tab visits one; arrow keys reach the others.
    groups = [each.parentWidget() for each in missing]
    assert all(group is not None and group.accessibleName() for group in groups)


def test_tab_goes_from_the_bar_to_the_rail_to_the_page_to_the_panel(frame: FramePage) -> None:
    ranks = []
    for control in controls(frame):
        at = control.mapTo(frame, control.rect().topLeft())
        ranks.append((control, at))
    names = [type(control).__name__ for control, _ in ranks]
    assert names.index("NavItem") < names.index("GridView") < names.index("LineField")


def test_a_cell_says_its_column_and_value_to_a_screen_reader(frame: FramePage) -> None:
    index = frame.model.index(3, 2)
    assert str(index.data(int(Qt.ItemDataRole.AccessibleTextRole))).startswith("Volume ")
    interface = QAccessible.queryAccessibleInterface(frame.grid)
    assert interface is not None
    assert interface.role() == QAccessible.Role.Table


def test_no_target_is_smaller_than_the_smallest_allowed(theme: Theme, frame: FramePage) -> None:
    smallest = theme.size("min-target")
    for control in controls(frame):
        # Switches and status words stand in rows of their own, with room around them.
        if type(control).__name__ in {"Switch", "_FlatButton", "Tag"}:
            continue
        assert control.height() >= smallest - 2, type(control).__name__
