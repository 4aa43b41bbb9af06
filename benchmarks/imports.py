"""Reading an export file into a plan, beside bare csv reading (floor) and the sqlite3 shell's `.import` of the same file (peer).

The plan recognises, validates every cell it uses, folds and compares every keyword, and keeps rows and reasons ready to be carried out.
The shell splits lines into one table without looking at them. "cpu" is processor time, which a busy machine does not change.
Run by itself with a file it measures that file: `python -m benchmarks.imports FILE`.
"""

from __future__ import annotations

import csv
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.results import Result
from planner_desktop.importing import Origin, Progress, Watch, plan_import

GOAL = "<= 1.5 x the sqlite3 shell"
HEADINGS = (
    "Keyword",
    "Intent",
    "Volume",
    "Keyword Difficulty",
    "CPC (USD)",
    "Competitive Density",
    "Country",
    "URL",
)


def measure(rows: int) -> list[Result]:
    """Return the figures for a made export of so many rows."""
    with tempfile.TemporaryDirectory(prefix="planner-bench-") as folder:
        file = Path(folder) / "export.csv"
        write_export(file, rows)
        return _measured(file, rows)


def write_export(file: Path, rows: int) -> None:
    """Write rows of eight columns, one keyword in forty beyond ASCII, one in fifty there before, two intents in one of ten."""
    chance = random.Random(11)
    with file.open("w", encoding="utf-8", newline="") as output:
        writer = csv.writer(output, lineterminator="\n")
        writer.writerow(HEADINGS)
        for number in range(rows):
            words = [f"w{int(chance.paretovariate(0.6)) % 40_000}" for _ in range(chance.randint(1, 4))]
            if number % 40 == 0:
                words.append("für")
            keyword = " ".join([*words, str(number - number % 50 if number % 50 == 1 else number)])
            intent = "Informational, Commercial" if number % 10 == 0 else "Informational"
            figures = (chance.randint(0, 5000) * 10, chance.randint(0, 100), f"{chance.random() * 9:.2f}")
            writer.writerow(
                [keyword, intent, *figures, f"{chance.random():.2f}", "us", f"https://example.com/{number}"]
            )


def _measured(file: Path, rows: int) -> list[Result]:
    floor, floor_cpu = _timed(lambda: _bare(file))
    gaps = _Gaps()
    product, product_cpu = _timed(lambda: _plan(file, gaps))
    peer = _shell(file)
    return [
        Result("import: plan", rows, product, floor, peer[0] if peer else None, GOAL),
        Result("import: plan, cpu", rows, product_cpu, floor_cpu, peer[1] if peer else None, GOAL),
        Result(
            "import: longest between two looks at cancel, cpu", rows, gaps.longest, None, goal="<= 100 ms"
        ),
        Result("import: peak memory of the process", rows, _peak(), None, unit="MB"),
    ]


class _Gaps:
    """How long the reader goes without asking whether it may go on."""

    def __init__(self) -> None:
        self._last = time.process_time()
        self.longest = 0.0

    def report(self, _: Progress) -> None:
        """Do nothing with it."""

    def is_cancelled(self) -> bool:
        """Note the processor time since the last question, in milliseconds."""
        now = time.process_time()
        self.longest = max(self.longest, (now - self._last) * 1000)
        self._last = now
        return False


def _plan(file: Path, gaps: _Gaps) -> None:
    with plan_import([Origin.file(file)], watch=Watch(gaps.report, gaps.is_cancelled)) as plan:
        if plan.files[0].trouble is not None:
            raise plan.files[0].trouble


def _bare(file: Path) -> None:
    with file.open(encoding="utf-8", newline="") as text:
        for _ in csv.reader(text):
            pass


def _shell(file: Path) -> tuple[float, float] | None:
    """Return wall and processor milliseconds of the shell, None where it is not installed."""
    shell = shutil.which("sqlite3")
    if shell is None:
        return None
    with tempfile.TemporaryDirectory(prefix="planner-bench-") as folder:
        command = [shell, str(Path(folder) / "peer.db"), ".mode csv", f'.import "{file}" rows']
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - a program found on PATH
        wall = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall * 1000, (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime) * 1000


def _timed(work: Callable[[], None]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure one file and print the figures."""
    for one in _measured(Path(sys.argv[1]), 0):
        beside = [
            f"{name} {value:,.0f}"
            for name, value in (("floor", one.floor_ms), ("peer", one.peer_ms))
            if value
        ]
        print(f"{one.name}: {one.product_ms:,.0f} {one.unit} {' '.join(beside)}".rstrip())


if __name__ == "__main__":
    main()
