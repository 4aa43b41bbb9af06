"""The composition root: puts profile, threads, bridge and window together. `planner-desktop [--data-dir DIR]`.

Nothing that is imported here, or by the frame, brings pydantic, httpx or sqlite-utils in: the window is painted before them.
"""

# ruff: noqa: PLC0415 - what the window is made of comes in after PySide's import hook was kept out

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from planner_desktop import VERSION
from planner_desktop.app.profile import Profile
from sync.errors import PlannerError

if TYPE_CHECKING:
    from planner_desktop.app.live import News
    from planner_desktop.bridge import Bridge
    from planner_desktop.screens.frame import MainWindow
    from planner_desktop.widgets.theme import Theme

MACHINE = 78
USAGE = 2
PICTURE_SIZE = (1440, 900)
SETTLE_SECONDS = 20.0
PULSE_MS = 500
SWITCH_SECONDS = 0.0005
"""How long a thread that computes may keep the window's waiting for Python. A frame asks for it at every cell: with the usual 5 ms
another thread at work would make a second of it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the window on a profile; return the exit code."""
    options = _options(arguments)
    if options.shots:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if not can_show():
        _say(
            "there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set).\nWithout a window: planner --help"
        )
        return MACHINE
    try:
        profile = Profile.at(options.data_dir)
    except PlannerError as error:
        _say(f"{error.message}\n{error.remedy}")
        return USAGE
    return take_pictures(profile, options.shots) if options.shots else run_window(profile)


def run_window(profile: Profile) -> int:
    """Show the window until it is closed; return Qt's exit code."""
    with _window(profile) as (application, window, _theme):
        window.show()
        with _ended_by_signals(application):
            return application.exec()


def take_pictures(profile: Profile, folder: Path) -> int:
    """Save a picture of each page in both schemes, `PAGE-SCHEME.png`, and end; return the exit code."""
    folder.mkdir(parents=True, exist_ok=True)
    with _window(profile, syncing=False) as (application, window, theme):
        window.resize(*PICTURE_SIZE)
        window.show()
        for scheme in ("light", "dark"):
            theme.apply(scheme)
            for page in window.page_names():
                window.show_page(page)
                _settle(application, window)
                if window.account.columns is None:
                    _say("the account could not be opened, so there is nothing to take pictures of")
                    return MACHINE
                if not window.grab().save(str(folder / f"{page}-{scheme}.png")):
                    _say(f"a picture cannot be saved in {folder}")
                    return MACHINE
    return 0


@contextmanager
def _window(profile: Profile, *, syncing: bool = True) -> Iterator[tuple[QApplication, MainWindow, Theme]]:
    """Put the window together. It opens the account itself once it is painted; without `syncing` it never asks a platform."""
    # First, so that what follows is imported without it: it takes a sixth of the time to the first paint.
    leave_imports_alone()
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    from planner_desktop.app.desk import Desk
    from planner_desktop.bridge import Bridge
    from planner_desktop.screens.collector import Collector
    from planner_desktop.screens.frame import MainWindow
    from planner_desktop.widgets.theme import Theme

    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("Planner Desktop")
    application.setApplicationVersion(VERSION)
    application.setDesktopFileName("planner-desktop")
    theme = Theme(application)
    bridge = Bridge()
    desk = Desk(profile, news_of(bridge), syncing=syncing)
    window = MainWindow(desk, bridge, theme)
    collector = Collector(window.is_settled, window)
    try:
        yield application, window, theme
    finally:
        collector.end()
        desk.close()
        sys.setswitchinterval(usual)


def leave_imports_alone() -> None:
    """Keep PySide from reading the source of whatever is imported. Call before the first thread starts.

    Its hook asks for the source of each imported module, to find users of `__feature__`, of which there are none here.
    The question reaches a module's own `__getattr__`, which imports in turn (pydantic does): in the middle of an import,
    and while other threads import, that meets half of a package, and the import fails.
    """
    hook = sys.modules.get("shibokensupport.feature")
    if hook is not None:
        vars(hook)["_mod_uses_pyside"] = _uses_no_features


def _uses_no_features(_module: object) -> bool:
    return False


@contextmanager
def _ended_by_signals(application: QApplication) -> Iterator[None]:
    """Close in order when told to end (Ctrl+C, SIGTERM), so that what was queued is written."""
    # Python's handlers run between its own instructions only, of which a waiting event loop has none.
    pulse = QTimer()
    pulse.timeout.connect(_nothing)
    pulse.start(PULSE_MS)
    former = {
        one: signal.signal(one, lambda *_: application.quit()) for one in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        pulse.stop()
        for one, handler in former.items():
            signal.signal(one, handler)


def _nothing() -> None:
    pass


def news_of(bridge: Bridge) -> News:
    """Return the callbacks by which threads reach the bridge."""
    from planner_desktop.app.live import News

    return News(
        changed=bridge.announce,
        status=bridge.announce_status,
        report=bridge.announce_report,
        fault=bridge.announce_fault,
    )


def _say(text: str) -> None:
    sys.stderr.write(f"planner-desktop: {text}\n")


def can_show() -> bool:
    """Return whether Qt has something to draw on."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _settle(application: QApplication, window: MainWindow) -> None:
    """Run the event loop until the window has nothing left to load."""
    until = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < until:
        application.processEvents()
        if window.is_settled():
            break
        time.sleep(0.01)
    application.processEvents()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="planner-desktop", description="Opens the planner's window.")
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=None,
        metavar="DIR",
        help="the profile's folder (default: your data folder)",
    )
    parser.add_argument(
        "--shots", type=Path, default=None, metavar="DIR", help="save pictures of the pages there and end"
    )
    parser.add_argument("--version", action="version", version=f"planner-desktop {VERSION}")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
