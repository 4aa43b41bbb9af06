"""Kills and failing calls at length: `python -m tests.processes --kills 100 --workload all [--point C5]` and `--fail-every 1`.

Prints a table of points with their counts, ends with 1 if anything did not hold; each failure names the command that repeats it.
"""

import argparse
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.processes.arena import Arena
from tests.processes.faults import Fault, count_calls, fail_once, faults
from tests.processes.kills import kill_once, make_ready
from tests.processes.points import BY_NAME, POINTS, Point
from tests.processes.script import WORKLOADS

PER_ARENA = 60
"""Trials on one platform before a new one is made: its history makes every life a little longer."""
MOST_TRIES = 4


@dataclass
class Table:
    """Counts by row (point or layer) and column."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def note(self, row: str, column: str) -> None:
        self.counts.setdefault(row, Counter())[column] += 1

    def text(self) -> str:
        columns = sorted({name for counts in self.counts.values() for name in counts})
        width = max(map(len, self.counts), default=5) + 2
        lines = ["".ljust(width) + "".join(name.rjust(max(10, len(name) + 2)) for name in columns)]
        for row, counts in self.counts.items():
            cells = (str(counts[name]).rjust(max(10, len(name) + 2)) for name in columns)
            lines.append(row.ljust(width) + "".join(cells))
        return "\n".join([*lines, *self.failures])


class Arenas:
    """A platform that is used for some trials and made anew then, or when one has failed on it."""

    def __init__(self) -> None:
        self._arena: Arena | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._used = 0

    def ready(self) -> Arena:
        if self._used >= PER_ARENA:
            self.drop()
        if self._arena is None:
            self._folder = tempfile.TemporaryDirectory(prefix="planner-kills-")
            self._arena = Arena(Path(self._folder.name))
            make_ready(self._arena)
            self._used = 0
        self._used += 1
        return self._arena

    def drop(self) -> None:
        if self._arena is not None:
            self._arena.close()
        if self._folder is not None:
            self._folder.cleanup()
        self._arena = self._folder = None
        self._used = 0


@contextmanager
def arenas() -> Iterator[Arenas]:
    made = Arenas()
    try:
        yield made
    finally:
        made.drop()


def main(words: Sequence[str]) -> int:
    """Run what was asked for and return the exit code."""
    asked = _parse(words)
    table = Table()
    began = time.monotonic()
    with arenas() as made:
        if asked.kills:
            points = [BY_NAME[asked.point]] if asked.point else list(POINTS)
            workloads = list(WORKLOADS) if asked.workload == "all" else [asked.workload]
            _kill(made, table, points, workloads, asked)
        if asked.fail_every:
            _fail(made, table, asked)
    print(table.text())
    print(f"{time.monotonic() - began:.0f} s, {len(table.failures)} failures")
    return 1 if table.failures else 0


def _parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.processes", description=__doc__)
    parser.add_argument(
        "--kills", type=int, default=0, metavar="N", help="kills at each point under each workload"
    )
    parser.add_argument("--point", choices=sorted(BY_NAME), default="", help="only at this one")
    parser.add_argument("--workload", choices=[*WORKLOADS, "all"], default="all")
    parser.add_argument("--seed", type=int, default=1, help="of the first kill; the next ones follow it")
    parser.add_argument("--fail-every", type=int, default=0, metavar="K", help="let every K-th call fail")
    parser.add_argument(
        "--layer", choices=["sql", "file", "socket"], default="", help="only calls of this kind"
    )
    return parser.parse_args(words)


def _kill(
    made: Arenas, table: Table, points: Sequence[Point], workloads: Sequence[str], asked: argparse.Namespace
) -> None:
    for point in points:
        for workload in workloads:
            for seed in range(asked.seed, asked.seed + asked.kills):
                _kill_until_reached(made, table, point, workload, seed)
            print(point.name, workload, dict(table.counts.get(point.name, {})), flush=True)


def _kill_until_reached(made: Arenas, table: Table, point: Point, workload: str, seed: int) -> None:
    """Kill at some reach of the point; if it is not reached that often, at an earlier one."""
    chance = random.Random(seed)
    at = chance.choice([1, 1, 2, 2, 3, 4, 5, 8])
    for _ in range(MOST_TRIES):
        try:
            trial = kill_once(made.ready(), point, workload, at=at, seed=seed, twice=seed % 3 == 0)
        except AssertionError:
            command = f"--kills 1 --point '{point.name}' --workload {workload} --seed {seed}"
            table.failures.append(
                f"FAILED at {at}: python -m tests.processes {command}\n{traceback.format_exc()}"
            )
            print(table.failures[-1], flush=True)
            made.drop()
            return
        if trial.killed:
            table.note(point.name, workload)
            return
        table.note(point.name, "not reached")
        at = 1 if at <= 2 else at // 2


def _fail(made: Arenas, table: Table, asked: argparse.Namespace) -> None:
    counts = count_calls(made.ready())
    print(f"calls of the scenario: {dict(counts)}", flush=True)
    for fault in faults(counts, asked.fail_every, asked.seed):
        if asked.layer and fault.layer != asked.layer:
            continue
        _fail_one(made, table, fault)


def _fail_one(made: Arenas, table: Table, fault: Fault) -> None:
    try:
        call = fail_once(made.ready(), fault, seed=fault.at)
    except AssertionError:
        table.failures.append(f"FAILED: {fault}\n{traceback.format_exc()}")
        print(table.failures[-1], flush=True)
        made.drop()
    else:
        table.note(fault.layer, fault.kind if call else "not reached")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
