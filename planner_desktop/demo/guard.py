"""Runs a program and ends it when whoever started this guard is gone: `python -m planner_desktop.demo.guard COMMAND...`.

Standard input is a pipe that nobody writes to. The operating system closes it when the parent ends, in whatever way, and that is
the sign; no other one works on every system.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence

GRACE = 10.0
"""Seconds between asking the program to end and making it."""


def main(command: Sequence[str]) -> int:
    """Run the command until it ends by itself or the parent is gone; return its exit code."""
    # Ctrl+C reaches the whole group of a terminal; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - the parent names the program
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    threading.Thread(target=_end_with_parent, args=(child,), daemon=True).start()
    return child.wait()


def _end_with_parent(child: subprocess.Popen[bytes]) -> None:
    # Not through sys.stdin: its lock, held by a thread that waits, would abort the interpreter at exit.
    while os.read(0, 1):
        pass
    child.terminate()
    try:
        child.wait(GRACE)
    except subprocess.TimeoutExpired:
        child.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
