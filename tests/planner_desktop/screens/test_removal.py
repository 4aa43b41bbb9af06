"""P35: the window in front of a removal so large that it may be an accident."""

import pytest

from planner_desktop.app.profile import Profile
from planner_desktop.widgets.dialogs import Sheet
from tests.planner_desktop.screens.conftest import Open, Stage, press, sheet_of
from tests.support.machine import KEYWORDS, site_of
from tests.support.platform import Platform

pytestmark = pytest.mark.qt

ASKS = "Asks before it removes"


@pytest.fixture
def emptied(online: Platform, open_window: Open, profile: Profile) -> Stage:
    """A window whose platform has lost every row of its one site and begun a new history."""
    site = site_of(online)
    site.rows.clear()
    online.new_epoch(site)
    opened = open_window(profile, syncing=True)
    opened.until(lambda: opened.window.bar._state.text() == ASKS)
    return opened


def question(stage: Stage) -> Sheet:
    """Click the words in the status bar and return the sheet that opens."""
    stage.window.bar._state.click()
    return sheet_of(stage, Sheet)


def test_nothing_is_removed_before_somebody_says_so(emptied: Stage) -> None:
    emptied.settle()
    assert len(emptied.volumes()) == len(KEYWORDS)
    press(question(emptied), "Cancel")
    emptied.settle()
    assert len(emptied.volumes()) == len(KEYWORDS)
    assert emptied.window.bar._state.text() == ASKS


def test_what_is_allowed_happens_at_once_and_the_bar_ends_quiet(emptied: Stage) -> None:
    sheet = question(emptied)
    assert "leaves out 13 of the 13 rows" in sheet.card.sentence.text()
    press(sheet, "Remove 13")
    emptied.until(lambda: not emptied.volumes())
    emptied.until(lambda: emptied.window.bar._state.text() in {"Synced", "Equal with the platform"})
