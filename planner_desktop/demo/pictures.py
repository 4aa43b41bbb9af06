"""Pictures of the window, taken by a window of its own: without a display Qt draws into memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


class NoPictures(Exception):
    """The window could not be drawn; the message holds its last words."""


def take(profile: Path, folder: Path) -> int:
    """Save pictures of every page of a profile's window in a folder; return how many there are. Raises NoPictures."""
    done = subprocess.run(  # noqa: S603 - our own program
        [
            sys.executable,
            "-m",
            "planner_desktop.bootstrap",
            "--data-dir",
            str(profile),
            "--shots",
            str(folder),
        ],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    taken = [path for path in folder.glob("*.png") if path.stat().st_size]
    if done.returncode or not taken:
        raise NoPictures(f"the window ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
    return len(taken)
