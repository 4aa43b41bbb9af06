"""A profile with a synced replica of a small shop, and the window on it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import httpx
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from planner_core.commands import Command
from planner_desktop.app import opening
from planner_desktop.app.desk import Desk
from planner_desktop.app.profile import AccountEntry, Profile, account_key
from planner_desktop.bootstrap import news_of
from planner_desktop.bridge import Bridge
from planner_desktop.screens.frame import MainWindow
from planner_desktop.widgets.dialogs import Sheet
from planner_desktop.widgets.theme import Theme
from sync.replica import OwnerRow
from sync.transport import Session, Tokens
from tests.support.machine import ACCOUNT, SECTOR, SITE, Machine, shop
from tests.support.platform import SERVER, Platform, uid

USER = uid(0xB0)
ENTRY = AccountEntry(
    account_key(SERVER, ACCOUNT, USER), SERVER, "eve@acme.example", ACCOUNT, USER, "Acme", "Eve", "editor"
)
OWNER = OwnerRow(SERVER, ACCOUNT, USER, "eve@acme.example", "Acme", "editor")
WAIT_MS = 30_000
SheetKind = TypeVar("SheetKind", bound=Sheet)


@pytest.fixture(scope="session")
def session_theme(qapp: QApplication) -> Theme:
    return Theme(qapp)


@pytest.fixture
def theme(session_theme: Theme) -> Iterator[Theme]:
    session_theme.apply("light", 1.0, reduced_motion=True)
    yield session_theme
    session_theme.apply("light", 1.0, reduced_motion=True)


@pytest.fixture
def platform() -> Platform:
    return shop()


@pytest.fixture
def profile(tmp_path: Path, platform: Platform) -> Profile:
    """A profile that has synced once."""
    made = Profile(tmp_path / "profile")
    made.add(ENTRY)
    made.set(theme="light", site=SITE, sector=SECTOR)
    machine = Machine(made.paths(ENTRY).folder, platform.transport(), owner=OWNER)
    machine.sync()
    machine.close()
    return made


class Stage:
    """A window that was opened, and ways to wait for it."""

    def __init__(self, profile: Profile, theme: Theme, qtbot: QtBot, *, syncing: bool) -> None:
        self.qtbot = qtbot
        self.bridge = Bridge()
        self.desk = Desk(profile, news_of(self.bridge), syncing=syncing)
        self.window = MainWindow(self.desk, self.bridge, theme)
        self.window.resize(1440, 900)
        self.window.show()
        self.window.activateWindow()
        qtbot.waitExposed(self.window)
        self.settle()

    def settle(self) -> None:
        """Wait until everything that was begun is done and shown."""
        QApplication.processEvents()
        self.qtbot.waitUntil(self.window.is_settled, timeout=WAIT_MS)
        QApplication.processEvents()
        self.qtbot.waitUntil(self.window.is_settled, timeout=WAIT_MS)

    def until(self, reached: Callable[[], object]) -> None:
        """Wait until something holds."""
        self.qtbot.waitUntil(lambda: bool(reached()), timeout=WAIT_MS)

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key where the focus is, as a keyboard does."""
        QTest.keyClick(self.focus, key, modifiers)

    def type(self, text: str) -> None:
        """Type where the focus is, character by character."""
        for character in text:
            QTest.keyClicks(self.focus, character)

    @property
    def focus(self) -> QWidget:
        focused = QApplication.focusWidget()
        assert focused is not None
        return focused

    def run(self, *commands: Command) -> None:
        """Edit as if another part of the window had done it."""
        self.window.edits.run(commands)
        self.settle()

    def volumes(self) -> dict[str, int | None]:
        """Return the shown volumes by keyword."""
        rows = self.window.keywords.table.rows
        found = [rows.keyword(row) for row in range(rows.rowCount())]
        return {row.keyword: row.volume for row in found if row is not None}

    def close(self) -> None:
        self.window.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))
        self.bridge.deleteLater()
        QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))


def sheet_of(stage: Stage, kind: type[SheetKind]) -> SheetKind:
    """Wait for the sheet that opens and return it."""
    stage.until(lambda: [one for one in stage.window.findChildren(kind) if one.isVisible()])
    (found,) = [one for one in stage.window.findChildren(kind) if one.isVisible()]
    return found


def press(sheet: Sheet, text: str) -> None:
    """Click the one button of a sheet that is called so."""
    (button,) = [one for one in sheet.findChildren(QAbstractButton) if one.text() == text]
    button.click()


def gone(request: httpx.Request) -> httpx.Response:
    """A platform that no network leads to."""
    raise httpx.ConnectError("no route", request=request)


Open = Callable[..., Stage]


@pytest.fixture
def open_window(theme: Theme, qtbot: QtBot) -> Iterator[Open]:
    """Open windows; all are closed afterwards."""
    stages: list[Stage] = []

    def opened(profile: Profile, *, syncing: bool = False) -> Stage:
        stage = Stage(profile, theme, qtbot, syncing=syncing)
        stages.append(stage)
        return stage

    yield opened
    for stage in stages:
        stage.close()


@pytest.fixture
def stage(open_window: Open, profile: Profile) -> Stage:
    """The window on the shop, which asks no platform."""
    return open_window(profile)


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch, platform: Platform) -> Platform:
    """Let windows reach the platform double, signed in."""

    def session(*_: object, **__: object) -> Session:
        return Session(SERVER, tokens=Tokens("access-1", "refresh-1"), transport=platform.transport())

    monkeypatch.setattr(opening, "open_session", session)
    return platform
