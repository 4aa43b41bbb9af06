"""What a window holds: the profile, the account at work, and a place for what takes long and is no writing.

    desk.open() -> Live | None          the account in use; None: somebody has to sign in first
    desk.live.start_sync()              after the first paint, if desk.syncing
    desk.live.planner                   reads and edits (`submit` returns at once)
    desk.sign_in(...) -> Future         off the main thread; then desk.open() again
    desk.background.submit(...)         a dry run, the columns of a million rows

Used from the main thread.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from planner_desktop.app.live import Live, News
from planner_desktop.app.opening import open_planner, sign_out
from planner_desktop.app.profile import AccountEntry, Profile
from planner_desktop.app.signing import sign_in


class Desk:
    """One window's work. Nothing is opened before `open`."""

    def __init__(self, profile: Profile, news: News, *, syncing: bool = True) -> None:
        """Without `syncing` the window works on what is on this computer and asks no platform."""
        self.profile = profile
        self.syncing = syncing
        self.live: Live | None = None
        self.background = ThreadPoolExecutor(max_workers=2, thread_name_prefix="background")
        self._news = news

    def open(self) -> Live | None:
        """Open the account in use, closing another one; None if the profile has none."""
        self._close_live()
        if self.profile.current is not None:
            self.live = Live(self.profile, self._news)
        return self.live

    def sign_in(self, server: str, email: str, password: str) -> Future[AccountEntry]:
        """Sign in on another thread; the account is the one in use when the future has it."""
        return self.background.submit(sign_in, self.profile, server, email, password)

    def sign_out(self, *, sync: bool = False, export: Path | None = None) -> int:
        """Close the account in use and sign out of it; return how many rows of changes stay unsettled on this computer.

        `sync` sends them first and raises InvalidUsage if some are left, `export` writes them to a file, too. Whatever is raised,
        nobody was signed out; then open the account again.
        """
        self._close_live()
        return sign_out(self.profile, keep=not sync, sync=sync, export=export)[1]

    def restore(self, backup: str) -> None:
        """Close the account in use and put a backup in the place of its data; syncing is paused then. Open the account again after it."""
        self._close_live()
        with closing(open_planner(self.profile)) as planner:
            planner.safety.restore(backup)

    def close(self) -> None:
        """End everything; what was queued to be written is written."""
        self._close_live()
        self.background.shutdown(wait=False, cancel_futures=True)

    def _close_live(self) -> None:
        live, self.live = self.live, None
        if live is not None:
            live.close()
