"""A triage's key, pressed until the next keyword is painted, with the real window; and what is found beside it.

The floor of a key is repainting the same page with nothing new in it; that of the index is sorting as many word numbers once, which
grouping them cannot do without. The window paints the next keyword before the edit is written; "written" waits for that, too.
Processor time is that of the window's thread alone: on a busy machine it says more than the clock.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from benchmarks._profile import make_profile
from benchmarks.frame import _theme
from benchmarks.results import Result
from planner_core.query import Query, parse
from planner_desktop.app.desk import Desk
from planner_desktop.app.profile import Profile
from planner_desktop.app.triage import TRIAGE, clusters_of
from planner_desktop.bootstrap import SWITCH_SECONDS, news_of
from planner_desktop.bridge import Bridge
from planner_desktop.columns.likeness import Likeness
from planner_desktop.columns.queuegroups import GROUPINGS, grouped
from planner_desktop.screens.collector import Collector
from planner_desktop.screens.frame import MainWindow
from planner_desktop.screens.triage.session import Session

SIZE = (1440, 900)
KEYS = "d1sdrd1us2dssd1.duds" * 3
NEW = 100_000
WAIT_SECONDS = 300


def measure(rows: int) -> list[Result]:
    """Return the figures at that many keywords."""
    with tempfile.TemporaryDirectory(prefix="planner-triage-") as folder:
        bench = _Bench(make_profile(Path(folder) / "profile", rows))
        try:
            return [*bench.keys(rows), *bench.finding(rows)]
        finally:
            bench.close()


class _Bench:
    def __init__(self, profile: Profile) -> None:
        theme = _theme()
        self.bridge = Bridge()
        self.desk = Desk(profile, news_of(self.bridge), syncing=False)
        self.window = MainWindow(self.desk, self.bridge, theme)
        self.window.resize(*SIZE)
        # As the program does it: other threads give way soon, and memory is tidied while nobody presses a key.
        self._interval = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_SECONDS)
        self._collector = Collector(self.window.is_settled, self.window)
        self.window.show()
        self.wait(self.window.is_settled)
        self.window.show_page("triage")
        self.wait(self.window.is_settled)
        self.wait(self._has_suggestions)

    def _has_suggestions(self) -> bool:
        shown = self.session.pile.look()
        return shown is not None and shown.known

    def close(self) -> None:
        self._collector.end()
        sys.setswitchinterval(self._interval)
        self.window.close()
        self.window.deleteLater()
        QApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))

    @property
    def session(self) -> Session:
        found = self.window.triage.session
        assert found is not None
        return found

    def wait(self, reached: Callable[[], bool]) -> None:
        until = time.perf_counter() + WAIT_SECONDS
        while not reached():
            if time.perf_counter() > until:
                raise TimeoutError("the window did not get there")
            QApplication.processEvents()
            time.sleep(0.0005)
        QApplication.processEvents()

    def keys(self, rows: int) -> list[Result]:
        """Return what keys take: one after the other as fast as the window paints, then each until it is written."""
        page = self.window.triage
        page.repaint()
        floor = statistics.median(_timed(page.repaint) for _ in range(20))
        cost = statistics.median(_timed(page.repaint, time.thread_time) for _ in range(20))
        painted = [self._press(key) for key in KEYS]
        worked = [self._press(key, clock=time.thread_time) for key in KEYS]
        self.wait(lambda: not self.session.steps.running)
        written = [self._press(key, written=True) for key in "d1dd2d"]
        return [
            Result(
                "triage: key to painted next keyword",
                rows,
                statistics.median(painted),
                floor,
                goal="<= 16 ms",
            ),
            Result(
                "triage: key to painted, 95th percentile",
                rows,
                sorted(painted)[int(len(painted) * 0.95)],
                floor,
                goal="<= 16 ms",
            ),
            Result(
                "triage: the same, processor time of the window's thread",
                rows,
                statistics.median(worked),
                cost,
                goal="<= 16 ms",
            ),
            Result(
                "triage: the same, 95th percentile",
                rows,
                sorted(worked)[int(len(worked) * 0.95)],
                cost,
                goal="<= 16 ms",
            ),
            Result("triage: key to painted and written", rows, statistics.median(written), floor),
        ]

    def _press(
        self, key: str, *, written: bool = False, clock: Callable[[], float] = time.perf_counter
    ) -> float:
        page = self.window.triage
        began = clock()
        QTest.keyClicks(page, key)
        page.repaint()
        if written:
            self.wait(lambda: not self.session.steps.running)
        taken = (clock() - began) * 1000
        # What the key set off is carried out before the next one, as between the keys of a person.
        until = time.perf_counter() + 0.02
        while time.perf_counter() < until:
            QApplication.processEvents()
        return taken

    def finding(self, rows: int) -> list[Result]:
        """Return what is found on another thread, measured by itself."""
        columns, planner = self.window.account.columns, self.window.account.planner
        assert columns is not None
        pile = self.session.pile
        shown = pile.look()
        assert shown is not None
        with planner.store.reading() as reader:
            clusters = clusters_of(reader)
        copied = _timed(columns.asking.words)
        table = columns.asking.words()
        began = time.perf_counter()
        index = Likeness.build(table, clusters)
        built = (time.perf_counter() - began) * 1000
        bare = _timed(lambda: np.argsort(table.tokens, kind="stable"))
        keys = columns.keys(columns.evaluate(_open()))[:NEW]
        volumes = columns.asking.volumes(keys)
        found = [
            Result("triage: words copied (the window's thread)", rows, copied, None),
            Result("triage: index of likeness, on a worker", rows, built, bare),
            Result(
                "triage: what is on top, looked up",
                rows,
                statistics.median(_timed(pile.look) for _ in range(20)),
                None,
            ),
        ]
        for grouping in GROUPINGS[1:]:
            taken = _timed(lambda: grouped(grouping, table, index, keys, volumes))  # noqa: B023
            found.append(Result(f"triage: up to {NEW:,} by {grouping}, on a worker", rows, taken, bare))
        return found


def _open() -> Query:
    return parse(TRIAGE)


def _timed(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    began = clock()
    work()
    return (clock() - began) * 1000
