"""The window around the pages: sync state, looks, keys, names, opening, closing."""

from concurrent.futures import Future
from pathlib import Path

import httpx
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget

from planner_core.commands import SetOverride
from planner_desktop.app.profile import AccountEntry, Profile
from planner_desktop.screens.keywords.emptiness import is_first_sync
from planner_desktop.screens.menus import LINE, MENUS
from planner_desktop.screens.signin import SignInForm
from planner_desktop.screens.syncwords import line_of
from planner_desktop.screens.trouble import TroublePage
from planner_desktop.widgets.choices import ChoicePopup
from planner_desktop.widgets.empty import EmptyState
from planner_desktop.widgets.theme import Theme
from sync.clock import SystemClock
from sync.engine import SyncStatus
from sync.errors import PlannerError, ReplicaLocked, SignInNeeded, WrongUrl
from sync.ids import MonotonicIds
from sync.replica import Counts, Reader, Replica
from tests.planner_desktop.screens.conftest import ENTRY, Open, Stage, gone
from tests.support.machine import KEYWORDS, site_of
from tests.support.platform import Platform

pytestmark = pytest.mark.qt

NOW = 1_700_000_000_000
NOTHING = Counts(last_sync=NOW)
WAITING = Counts(waiting=2, waiting_rows=214, last_sync=NOW)
ASKING = Counts(waiting=2, waiting_rows=214, conflicts=2, refused=1, last_sync=NOW)


@pytest.mark.parametrize(
    ("status", "counts", "fault", "sign", "state", "detail"),
    [
        (None, Counts(), None, "local", "Not synced yet", ""),
        (None, WAITING, None, "waiting", "214 changes wait", ""),
        (
            SyncStatus("idle", equal_checked_at=NOW - 120_000),
            NOTHING,
            None,
            "equal",
            "Equal with the platform",
            "checked 2 minutes ago",
        ),
        (
            SyncStatus("idle", equal_checked_at=NOW),
            WAITING,
            None,
            "waiting",
            "214 changes wait",
            "with the next sync",
        ),
        (
            SyncStatus("idle"),
            ASKING,
            None,
            "conflict",
            "2 conflicts",
            "1 refused · choose in Review · 214 changes wait",
        ),
        (
            SyncStatus("idle", differs=True),
            NOTHING,
            None,
            "problem",
            "Differs from the platform",
            "found a difference",
        ),
        (SyncStatus("syncing"), WAITING, None, "busy", "Posting 86 of 300", ""),
        (SyncStatus("offline"), WAITING, None, "offline", "Offline since", "214 changes wait"),
        (
            SyncStatus("backoff", detail="It asks for patience."),
            NOTHING,
            None,
            "offline",
            "Trying again",
            "patience",
        ),
        (SyncStatus("blocked", detail="Too old."), NOTHING, None, "problem", "Not syncing", "Too old."),
        (
            SyncStatus("sign_in"),
            WAITING,
            None,
            "sign-in",
            "Sign in again",
            "nothing is lost · 214 changes wait",
        ),
        (None, WAITING, SignInNeeded("signed_out", "x"), "sign-in", "Sign in again", "nothing is lost"),
        (
            None,
            NOTHING,
            ReplicaLocked("locked", "Another window is open."),
            "problem",
            "Not syncing",
            "Another window",
        ),
    ],
)
def test_the_status_bar_says_what_is_so(
    status: SyncStatus | None, counts: Counts, fault: PlannerError | None, sign: str, state: str, detail: str
) -> None:
    line = line_of(status, counts, fault, began_with=300, now_ms=NOW)
    assert line.sign == sign
    assert line.state.startswith(state)
    assert detail in line.detail


def test_an_edit_is_pushed_by_itself_and_the_bar_ends_quiet(
    open_window: Open, profile: Profile, online: Platform
) -> None:
    stage = open_window(profile, syncing=True)
    stage.run(SetOverride("volume", [KEYWORDS[0]], 5))
    stage.until(lambda: site_of(online).values("keyword", KEYWORDS[0])["volume_override"] == 5)
    stage.until(lambda: stage.window.account.counts.waiting == 0)
    stage.until(lambda: stage.window.bar._state.text() in {"Synced", "Equal with the platform"})


def test_without_a_network_everything_is_kept_and_the_bar_says_since_when(
    open_window: Open, profile: Profile, online: Platform
) -> None:
    online.intercept = gone
    stage = open_window(profile, syncing=True)
    stage.run(SetOverride("volume", KEYWORDS[:3], 5))
    stage.until(lambda: stage.window.bar._state.text().startswith("Offline since"))
    stage.until(lambda: "3 changes wait" in stage.window.bar._detail.text())
    online.intercept = None
    stage.window.menus["sync"].trigger()
    stage.until(lambda: site_of(online).values("keyword", KEYWORDS[2])["volume_override"] == 5)


def test_a_dead_token_asks_to_sign_in_again_and_loses_nothing(
    open_window: Open, profile: Profile, online: Platform
) -> None:
    online.access = set()
    online.intercept = lambda request: (
        httpx.Response(401, json={"success": False, "error": "Token is blacklisted"})
        if "refresh" in request.url.path
        else None
    )
    stage = open_window(profile, syncing=True)
    stage.run(SetOverride("volume", [KEYWORDS[0]], 5))
    stage.until(lambda: stage.window.bar._state.text() == "Sign in again")
    stage.window.bar._state.click()
    form = stage.window.findChild(SignInForm)
    assert isinstance(form, SignInForm)
    assert (form.server.text(), form.email.text()) == (ENTRY.server, ENTRY.email)
    assert stage.window.account.counts.waiting_rows == 1


def test_theme_and_text_size_change_at_once_and_are_kept(
    stage: Stage, profile: Profile, theme: Theme
) -> None:
    stage.window.menus["theme_dark"].trigger()
    assert theme.scheme == "dark"
    stage.window.menus["text_130"].trigger()
    assert stage.window.keywords.grid.row_height == theme.size("row") == round(28 * 1.3)
    stage.window.menus["text_larger"].trigger()
    assert theme.text_scale == 1.5
    kept = Profile(profile.folder).settings
    assert (kept["theme"], kept["text_size"]) == ("dark", 150)


def test_every_action_is_in_a_menu_and_no_two_share_a_key(stage: Stage) -> None:
    keys = [key for _, entries in MENUS for entry in entries for key in entry.keys]
    assert len(keys) == len(set(keys))
    names = [entry.name for _, entries in MENUS for entry in entries if entry is not LINE]
    in_menus = {action.objectName() for action in stage.window.findChildren(QAction)}
    assert set(names) <= in_menus


def test_every_action_does_something(stage: Stage) -> None:
    for _, entries in MENUS:
        for entry in entries:
            if entry is not LINE:
                action = stage.window.menus[entry.name]
                assert action.receivers("2triggered(bool)") > 0, f"{entry.name} is tied to nothing"


def test_whatever_takes_the_keyboard_has_a_name(stage: Stage) -> None:
    stage.window.keywords.select_all()
    stage.settle()
    nameless = []
    for page in ("keywords", "review"):
        stage.window.show_page(page)
        stage.settle()
        for widget in stage.window.findChildren(QWidget):
            takes_keys = widget.isVisible() and bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
            text = widget.text() if isinstance(widget, QAbstractButton | QLineEdit) else ""
            if takes_keys and not (widget.accessibleName() or text):
                nameless.append(widget)
    assert nameless == []


def test_a_keyword_is_found_edited_and_reviewed_without_a_mouse(stage: Stage) -> None:
    ctrl = Qt.KeyboardModifier.ControlModifier
    stage.key(Qt.Key.Key_F, ctrl)
    stage.type('"desk 7"')
    stage.settle()
    for _ in range(12):
        if stage.focus is stage.window.keywords.grid:
            break
        stage.key(Qt.Key.Key_Tab)
    assert stage.focus is stage.window.keywords.grid
    stage.key(Qt.Key.Key_Right)
    stage.type("7")
    stage.key(Qt.Key.Key_Return)
    stage.settle()
    assert stage.volumes() == {"standing desk 7": 7}
    stage.key(Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    stage.settle()
    assert stage.window.page == "review"
    assert [one.label for one in stage.window.review.content.waiting] == ["Set volume to 7 on 1 keyword"]


def test_closing_waits_for_edits_in_the_queue(stage: Stage, profile: Profile) -> None:
    for number in range(5):
        stage.window.edits.run([SetOverride("volume", [KEYWORDS[0]], number + 1)])
    stage.window.close()
    reader = Reader.open(profile.paths(ENTRY).replica)
    assert reader.counts().waiting == 5
    reader.close()


def test_geometry_and_place_are_found_again(open_window: Open, profile: Profile) -> None:
    first = open_window(profile)
    first.window.resize(1100, 720)
    QApplication.processEvents()
    first.window.close()
    again = open_window(Profile(profile.folder))
    again.window.settings.restore_geometry(again.window)
    assert (again.window.width(), again.window.height()) == (1100, 720)
    assert again.window.place.sector == profile.settings["sector"]


def test_a_profile_without_an_account_offers_to_sign_in(
    open_window: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = open_window(Profile(tmp_path / "new"))
    form = stage.window.findChild(SignInForm)
    assert isinstance(form, SignInForm)
    form.submit()
    assert form._boxes[0]._error.text() == "Where is the platform?"
    outcomes: list[Exception] = [
        WrongUrl("not_a_platform", "No planner answers at http://x.", "Check the address."),
        SignInNeeded("wrong_password", "E-mail or password is wrong.", ""),
    ]
    monkeypatch.setattr(stage.desk, "sign_in", lambda *_: failed(outcomes.pop(0)))
    for field, text in ((form.server, "http://x"), (form.email, "eve@x"), (form.password, "no")):
        field.setText(text)
    form.submit()
    stage.until(lambda: form._trouble.text() == "No planner answers at http://x. Check the address.")
    assert form.server.property("invalid")
    form.submit()
    stage.until(lambda: form._trouble.text() == "E-mail or password is wrong.")
    assert form.password.property("invalid")
    assert form.button.isEnabled()


def failed(error: Exception) -> "Future[AccountEntry]":
    future: Future[AccountEntry] = Future()
    future.set_exception(error)
    return future


def test_a_second_window_on_the_profile_says_who_is_at_work(open_window: Open, profile: Profile) -> None:
    clock = SystemClock()
    other = Replica.open(profile.paths(ENTRY).replica, clock=clock, ids=MonotonicIds(clock))
    try:
        stage = open_window(profile)
        page = stage.window.findChild(TroublePage)
        assert isinstance(page, TroublePage)
        assert page.isVisible()
        assert page.accessibleName()
    finally:
        other.close()
    page.again.emit()
    stage.until(lambda: stage.window.keywords.table.count == 10)


def test_the_panel_comes_over_the_grid_for_one_row_where_it_is_asked_for(stage: Stage) -> None:
    window, ctrl = stage.window, Qt.KeyboardModifier.ControlModifier
    window.resize(1100, 680)
    window.keywords.grid.select_rows([(0, 0)])
    stage.settle()
    assert window.keywords.inspector.isHidden()
    stage.key(Qt.Key.Key_I, ctrl)
    stage.settle()
    assert window.keywords.inspector.isVisible()
    window.keywords.grid.select_rows([(3, 3)])
    stage.settle()
    assert window.keywords.inspector.isVisible()
    stage.key(Qt.Key.Key_I, ctrl)
    stage.settle()
    assert window.keywords.inspector.isHidden()


def test_the_rail_folds_when_larger_texts_leave_too_little_room(stage: Stage) -> None:
    stage.window.resize(1200, 700)
    QApplication.processEvents()
    wide = stage.window.rail.width()
    stage.window.menus["text_130"].trigger()
    assert stage.window.rail.width() < wide


def test_the_switcher_finds_without_the_dot_says_when_nothing_is_called_so_and_lets_the_focus_go(
    stage: Stage,
) -> None:
    window = stage.window
    window.switch_place()
    popup = window.findChild(ChoicePopup)
    assert isinstance(popup, ChoicePopup)
    every = popup._model.rowCount()
    site, sector = popup._model.choice(every - 1).label.split(" · ")
    stage.type(f"{site} {sector}".lower())
    assert popup._model.rowCount() == 1
    stage.type("zzz")
    assert popup._nothing.isVisible()
    QTest.mouseClick(window.keywords.grid.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, 60))
    assert window.keywords.grid.hasFocus()
    window.switch_place()
    stage.key(Qt.Key.Key_Escape)
    assert window.rail.site.hasFocus()


def test_the_first_sync_is_called_that_until_its_keywords_are_there(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, account = stage.window.keywords, stage.window.account
    assert account.columns is not None
    account.status = SyncStatus("syncing")
    assert not is_first_sync(account)
    page.table.show_place(-1, -1)
    assert isinstance(page._empty, EmptyState)
    assert page._empty.accessibleName() == "No keywords yet"
    monkeypatch.setattr(account.columns, "count", lambda *_: 0)
    account.sync_changed.emit()
    assert page._empty.accessibleName() == "The first sync is running"
    account.status = SyncStatus("idle")
    account.sync_changed.emit()
    assert page._empty.accessibleName() == "No keywords yet"
