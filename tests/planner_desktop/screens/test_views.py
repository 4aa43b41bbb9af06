"""Saved views in the window."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton

from planner_desktop.app.profile import Profile
from planner_desktop.app.views import View, Views
from planner_desktop.screens.keywords.views import NameSheet

from .conftest import ENTRY, Open, Stage, press, sheet_of

pytestmark = pytest.mark.qt


def tabs(stage: Stage) -> list[str]:
    shown = stage.window.keywords.views.tabs
    return [] if shown is None else [button.text() for button in shown.findChildren(QAbstractButton)]


def save(stage: Stage, name: str) -> None:
    stage.window.keywords.query.save_requested.emit()
    sheet = sheet_of(stage, NameSheet)
    sheet.name.setText(name)
    press(sheet, "Save")
    stage.settle()


def test_what_is_shown_is_saved_and_comes_back_with_its_order_and_columns(stage: Stage) -> None:
    page = stage.window.keywords
    page.ask_query("status:new volume:>=300")
    page.table.show_sort(1, descending=False)
    page.hands.layout.show("country", shown=False)
    stage.settle()
    keywords = list(stage.volumes())
    save(stage, "Desks")
    assert tabs(stage) == ["All", "Desks"]
    page.views.show("")
    stage.settle()
    assert page.query.text() == ""
    page.hands.layout.show("country", shown=True)
    page.views.show("Desks")
    stage.settle()
    assert page.query.text() == "status:new volume:>=300"
    assert list(stage.volumes()) == keywords
    assert not page.hands.layout.is_shown("country")
    page.views.show("")
    assert page.hands.layout.is_shown("country")


def test_a_window_begins_with_the_view_that_was_set_so(open_window: Open, profile: Profile) -> None:
    views = Views(profile.paths(ENTRY).folder / "views.json")
    views.save(View("Large", "volume:>=500", "keyword"))
    views.set_start("Large")
    page = open_window(profile).window.keywords
    assert page.query.text() == "volume:>=500"
    assert [key.field for key in page.table.sort] == ["keyword"]
    page.views.begin_with_all()
    assert Views(profile.paths(ENTRY).folder / "views.json").start is None


def test_a_view_is_renamed_and_deleted_and_says_what_is_wrong_with_a_name(stage: Stage) -> None:
    views = stage.window.keywords.views
    stage.window.keywords.ask_query("desk")
    save(stage, "One")
    save(stage, "Two")
    assert views.rename("one")
    assert views.rename("Three") == ""
    assert tabs(stage) == ["All", "One", "Three"]
    views.delete()
    assert tabs(stage) == ["All", "One"]
    assert stage.window.keywords.query.text() == "desk"
    assert [action.text() for action in views.menu(stage.window).actions() if action.text()] == [
        "All",
        "One",
        "Save as view…",
    ]


def test_a_name_that_is_none_keeps_the_sheet_open_with_the_reason(stage: Stage) -> None:
    stage.window.keywords.query.save_requested.emit()
    sheet = sheet_of(stage, NameSheet)
    stage.key(Qt.Key.Key_Return)
    stage.until(sheet.trouble.text)
    assert sheet.isVisible()
    sheet.reject()
