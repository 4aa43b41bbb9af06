"""The pages that are not shown first are made after the first paint, or when somebody asks for one of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent

from planner_desktop.app.desk import Desk
from planner_desktop.app.profile import Profile
from planner_desktop.bootstrap import news_of
from planner_desktop.bridge import Bridge
from planner_desktop.screens.frame import MainWindow
from planner_desktop.screens.pages import groups_of, rail_groups
from planner_desktop.widgets.theme import Theme

pytestmark = pytest.mark.qt


@pytest.fixture
def window(tmp_path: Path, theme: Theme) -> Iterator[MainWindow]:
    """A window that was made and not shown."""
    bridge = Bridge()
    desk = Desk(Profile(tmp_path), news_of(bridge), syncing=False)
    made = MainWindow(desk, bridge, theme)
    yield made
    made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))


def test_before_the_first_paint_there_is_the_first_page_only(window: MainWindow) -> None:
    assert list(window.pages) == ["keywords"]
    assert not {"library", "history", "commands"} & set(vars(window))


def test_asking_for_one_makes_them_all(window: MainWindow) -> None:
    assert window.history is window.pages["history"].widget
    assert len(window.pages) == 8
    made = dict(window.pages)
    window.show_page("trash")
    assert window.pages == made, "made once"
    assert window.commands is vars(window)["commands"]


def test_the_rail_lists_the_pages_as_they_call_themselves(window: MainWindow) -> None:
    listed = rail_groups()
    assert window.page_names()
    assert groups_of(list(window.pages.values())) == listed


def test_what_a_window_does_not_have_is_said(window: MainWindow) -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        getattr(window, "nothing")  # noqa: B009 - a name that a type checker would refuse


def test_the_account_is_told_of_once_all_that_listens_to_it_is_there(window: MainWindow) -> None:
    told: list[str] = []
    account = window.account
    account.opened.connect(lambda: told.append("opened"))
    account.columns_loaded.connect(lambda: told.append("loaded"))
    account.hold()
    account._is_known = account._is_loaded = True
    account._tell_opened()
    account._tell_loaded()
    assert told == []
    account.opened.disconnect(window._opened)
    account.release()
    assert told == ["opened", "loaded"]
    account.release()
    assert told == ["opened", "loaded"]


def test_an_account_is_told_of_at_once_where_the_pages_were_asked_for_first(window: MainWindow) -> None:
    assert window.page_names()
    window.show()
    window._begin()
    assert not window.account._is_held, "nobody would let go of it any more"
