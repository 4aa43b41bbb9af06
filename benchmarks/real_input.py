"""The main job on a real list: load it into a platform's library, plan with it on one desktop, see the same on a second.

Run by itself, it prints what each step took: `python -m benchmarks.real_input [FILE]`. Without the file it says so and ends. Each
desktop is a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks._desktop import Desktop
from benchmarks._platform import Platform, Timed, load, served
from planner_core.commands import AddKeywordsFromSeeds, SetOverride
from planner_core.entities import VOLUME_LIMIT

LIST = "keywords/semrush_us_broad-match_merged.csv.gz"
FOLDER = Path(os.environ.get("PLANNER_REAL_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
KEYWORDS, EDITS, AT_ONCE = 500_000, 100_000, 50_000
MAPPING = ("keyword=Keyword", "volume=Volume", "difficulty=Keyword Difficulty", "intent=Intent")


@dataclass(frozen=True, slots=True)
class Step:
    """What a step did and took: seconds on the clock, seconds of processor of the desktop and of the platform, desktop's peak."""

    name: str
    rows: int
    wall: float
    cpu: float
    cpu_platform: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Told:
    """What a desktop reports: its steps, and what it ended with."""

    steps: list[Step]
    content: str
    equal: bool
    edited: int


class _Recorder:
    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.steps: list[Step] = []

    def step(self, name: str, rows: int, work: Callable[[], object]) -> None:
        with Timed(self._platform) as timed:
            work()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        here, there = timed.cpu_here / 1000, (timed.cpu - timed.cpu_here) / 1000
        self.steps.append(Step(name, rows, timed.wall / 1000, here, there, peak))


def author(platform: Platform, folder: Path) -> Told:
    """Plan on the first desktop: the library, half a million keywords, 100,000 edits made offline."""
    desk, record = Desktop(folder / "author", platform.url), _Recorder(platform)
    record.step("first sync: the library", 0, desk.engine.sync_now)
    seeds = desk.column(f"SELECT uid FROM seed ORDER BY uid LIMIT {KEYWORDS}")
    (sector,) = desk.column("SELECT uid FROM sector")

    def add() -> None:
        for start in range(0, len(seeds), AT_ONCE):
            some = seeds[start : start + AT_ONCE]
            outcome = desk.replica.run([AddKeywordsFromSeeds(sector, some, [desk.ids.uid() for _ in some])])
            assert outcome.changed == len(some), outcome.refused

    record.step("add keywords, offline", len(seeds), add)
    record.step("sync them", len(seeds), desk.engine.sync_now)
    chosen = desk.column(f"SELECT uid FROM keyword ORDER BY uid LIMIT {EDITS}")

    def edit() -> None:
        outcome = desk.replica.run([SetOverride("volume", chosen, VOLUME_LIMIT - 1)])
        assert outcome.changed == len(chosen), outcome.refused

    record.step("edit, offline", len(chosen), edit)
    record.step("sync the edits", len(chosen), desk.engine.sync_now)
    return _told(desk, record)


def second(platform: Platform, folder: Path) -> Told:
    """Sign in on another desktop and take everything."""
    desk, record = Desktop(folder / "second", platform.url), _Recorder(platform)
    record.step("second desktop: first sync", 0, desk.engine.sync_now)
    return _told(desk, record)


def _told(desk: Desktop, record: _Recorder) -> Told:
    equal: list[bool] = []
    record.step("compare with the platform", 0, lambda: equal.append(desk.equals_platform()))
    edited = len(desk.column(f"SELECT 1 FROM keyword_hot WHERE volume_override = {VOLUME_LIMIT - 1}"))
    told = Told(record.steps, desk.content(), equal[0], edited)
    desk.close()
    return told


def main(arguments: list[str]) -> int:
    """Run the whole and print the table. Returns 0 if both desktops ended equal (or there is no list), else 1."""
    file = Path(arguments[0]) if arguments else FOLDER / LIST
    if not file.exists():
        print(
            f"skipped: the list {file.name} is not here; give its path or set PLANNER_REAL_DATA to its folder"
        )
        return 0
    with tempfile.TemporaryDirectory(prefix="planner-real-") as name:
        return _run(file, Path(name))


def _run(file: Path, folder: Path) -> int:
    mapping = [word for pair in MAPPING for word in ("--map", pair)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with Timed() as loading:
        report = json.loads(load(folder / "server", file, *mapping, "--country", "US"))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(", ".join(f"{value} {name}" for name, value in report.items() if isinstance(value, int)))
    steps = [Step("load the library", report["rows"], loading.wall / 1000, 0.0, used, after.ru_maxrss / 1024)]
    with served(folder / "server") as platform:
        first, other = (_in_process(work, platform, folder) for work in (author, second))
        peak = platform.peak_mb()
    steps += [*first.steps, *other.steps]
    for line in _table(steps):
        print(line)
    print(f"peak memory of the platform: {peak:.0f} MiB")
    equal = (
        first.content == other.content
        and first.equal
        and other.equal
        and first.edited == other.edited == EDITS
    )
    print("both desktops are equal to the platform and to each other" if equal else "THE DESKTOPS DIFFER")
    return 0 if equal else 1


def _in_process(work: Callable[[Platform, Path], Told], platform: Platform, folder: Path) -> Told:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(work, platform, folder).result()


def _table(steps: list[Step]) -> list[str]:
    heading = (
        f"{'step':30} {'rows':>9} {'seconds':>8} {'desktop cpu':>12} {'platform cpu':>13} {'peak MiB':>9}"
    )
    return [heading, "-" * len(heading)] + [
        f"{one.name:30} {one.rows or '':>9} {one.wall:8.1f} {one.cpu:12.1f} {one.cpu_platform:13.1f} {one.peak_mb:9.0f}"
        for one in steps
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
