"""`planner-server load-library` as a process on an empty platform: so many rows with figures, beside reading the same file bare.

The floor parses the CSV and inserts the three columns into one plain SQLite table. The product normalises and checks every row,
merges repeats, keeps two indexes and the feed's guards, and commits in parts of 10,000 rows with full durability.
Run by itself with a file, it measures that file: `python -m benchmarks.library_load ../shared/data/keywords/NAME.csv.gz`.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from benchmarks.results import Result

GOAL = "534,446 real rows in well under a minute"


def measure(rows: int) -> list[Result]:
    """Return the figure for a made list of so many rows."""
    with tempfile.TemporaryDirectory(prefix="planner-bench-") as folder:
        file = Path(folder) / "list.csv"
        _write(file, rows)
        product, _ = _load(file, Path(folder))
        return [Result("load library", rows, product * 1000, _floor(file, Path(folder)) * 1000, goal=GOAL)]


def _write(file: Path, rows: int) -> None:
    """Write keywords of two to six words out of 40,000, nine of ten without difficulty and intent, as real exports have them."""
    chance = random.Random(7)
    with file.open("w", encoding="utf-8", newline="") as output:
        writer = csv.writer(output)
        writer.writerow(["Keyword", "Volume", "Keyword Difficulty", "Intent"])
        for number in range(rows):
            words = [f"w{int(chance.paretovariate(0.6)) % 40_000}" for _ in range(chance.randint(1, 5))]
            known = number % 10 == 0
            figures = [
                chance.randint(0, 50) * 10,
                chance.randint(0, 100) if known else "",
                "Commercial" if known else "",
            ]
            writer.writerow([" ".join([*words, str(number)]), *figures])


def _load(file: Path, folder: Path) -> tuple[float, dict[str, object]]:
    command = [sys.executable, "-m", "planner_server.main"]
    options = ["--data-dir", str(folder / "data"), "--json"]
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("PLANNER_")}
    subprocess.run([*command, "migrate", *options], check=True, env=surroundings, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program
    where = ["--industry", "Bench", "--sector", "All", "--country", "US"]
    started = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own program
        [*command, "load-library", str(file), *where, *options],
        check=True,
        env=surroundings,
        capture_output=True,
    )
    return time.perf_counter() - started, json.loads(done.stdout)


def _floor(file: Path, folder: Path) -> float:
    opened = gzip.open if file.suffix == ".gz" else open
    started = time.perf_counter()
    with (
        opened(file, "rt", encoding="utf-8", newline="") as text,
        closing(sqlite3.connect(folder / "floor.db")) as database,
    ):
        rows = csv.reader(text)
        next(rows)
        database.execute("CREATE TABLE seed (keyword TEXT PRIMARY KEY, a, b)")
        database.executemany("INSERT OR IGNORE INTO seed VALUES (?, ?, ?)", (row[:3] for row in rows))
        database.commit()
    return time.perf_counter() - started


def main() -> None:
    """Measure one file and print what came of it."""
    file = Path(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="planner-bench-") as folder:
        seconds, report = _load(file, Path(folder))
        floor = _floor(file, Path(folder))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    counts = ", ".join(f"{report[name]} {name}" for name in ("rows", "created", "merged", "bad"))
    print(f"{file.name}: {counts}; {seconds:.1f} s, floor {floor:.1f} s, peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main()
