"""The sides of a benchmark as processes of their own: what they print, what they take until their first paint."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

STARTS = 3
BARE = """
import sys, time
from PySide6.QtWidgets import QApplication, QMainWindow, QTableView
application = QApplication(sys.argv)
window = QMainWindow(); window.setCentralWidget(QTableView()); window.resize(1440, 900); window.show()
application.processEvents(); application.processEvents()
print(time.time())
"""
OURS = """
import sys, time
from pathlib import Path
from planner_desktop import bootstrap
from planner_desktop.app.profile import Profile
from PySide6.QtCore import QEvent, QObject
class Paints(QObject):
    # What follows the first paint comes in the same turn of the events, so the paint itself is noted.
    moment = 0.0
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and not self.moment:
            self.moment = time.time()
        return False
with bootstrap._window(Profile.at(Path(sys.argv[1])), syncing=False) as (application, window, theme):
    paints = Paints()
    window.bar.installEventFilter(paints)
    window.resize(1440, 900); window.show()
    while not paints.moment:
        application.processEvents()
    print(paints.moment, flush=True)
    while window.keywords.table.rows.keys is None:
        application.processEvents(); time.sleep(0.001)
    window.keywords.grid.viewport().repaint()
    print(time.time(), flush=True)
    window.close()
"""


def ask(module: str, *arguments: Path) -> dict[str, float]:
    """Run a module of this folder and return the figures it prints as JSON in its last line."""
    return answer([sys.executable, "-m", module, *map(str, arguments)])


def answer(command: Sequence[str]) -> dict[str, float]:
    """Run a program and return the figures it prints as JSON in its last line."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - programs of ours, or found on PATH
    if done.returncode:
        raise RuntimeError(f"{command[-2:]} failed:\n{done.stderr[-3000:]}")
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def moments(code: str, *arguments: str) -> list[float]:
    """Run some lines of Python; return the moments they print, in milliseconds since the process was asked for."""
    # As installed, with compiled modules: an environment that forbids writing them would measure the compiler.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(Path(tempfile.gettempdir()) / "planner-bench-bytecode")
    began = time.time()
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True, env=environment
    )
    return [(float(moment) - began) * 1000 for moment in done.stdout.split()]


def starts(code: str, *arguments: str) -> list[float]:
    """Return the medians of the moments after one start that warms up."""
    moments(code, *arguments)
    found = [moments(code, *arguments) for _ in range(STARTS)]
    return [statistics.median(one) for one in zip(*found, strict=True)]
