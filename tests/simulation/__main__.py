"""python -m tests.simulation --seeds N --start S [--steps K] [--jobs J] [--failed FILE] [--trace] [--shrink] [--keep] [--bug NAME]

Runs N seeds, prints seeds a second, what was done and the faults injected by kind. Exit code 1 if a seed failed; each failing one
is named with the one command that repeats it, and all of them in one line at the end: FAILED <seed> <seed> ... . --failed FILE
appends each as it comes, as a line of <seed> TAB <what was said>, so that nothing is lost of a run that is ended early. --shrink
looks for the shortest schedule that fails alike, --keep writes it into tests/simulation/regressions.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path

from tests.simulation import at_work
from tests.simulation.tally import Failure, run_in_processes


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--trace", action="store_true", help="tell each step")
    parser.add_argument("--shrink", action="store_true", help="make failing schedules short")
    parser.add_argument("--keep", action="store_true", help="write failing schedules into regressions/")
    parser.add_argument("--bug", default="", help="run with a known bug switched on")
    parser.add_argument(
        "--failed", type=Path, metavar="FILE", help="append each failing seed to this file as it comes"
    )
    parser.add_argument("--most-failures", type=int, default=0, help="stop after so many; 0: never")
    return parser.parse_args(words)


def _trace(options: argparse.Namespace) -> int:
    stage = at_work.stage()
    from tests.simulation.runner import one_seed  # noqa: PLC0415
    from tests.simulation.watching import watch  # noqa: PLC0415

    failed = 0
    with at_work.bug(options.bug):
        for seed in range(options.start, options.start + options.seeds):
            print(f"=== seed {seed}")
            _, failure = one_seed(stage, seed, options.steps, watch, say=print)
            if failure is not None:
                failed = 1
                print(failure.trace)
    return failed


class _Progress:
    """Says on the error stream how far a long run has come, every half minute."""

    EVERY = 30.0

    def __init__(self, seeds: int) -> None:
        self._seeds = seeds
        self._began = self._said = time.monotonic()

    def tell(self, done: int, failed: int) -> None:
        """Say it where it is time."""
        now = time.monotonic()
        if now - self._said < self.EVERY:
            return
        self._said = now
        speed = done / (now - self._began)
        left = (self._seeds - done) / speed / 60
        print(
            f"{done:,} of {self._seeds:,} seeds, {failed} failed, {speed:.2f} a second, {left:.0f} minutes to go",
            file=sys.stderr,
            flush=True,
        )


def _note(failure: Failure, path: Path | None) -> None:
    print(f"seed {failure.seed} failed: {failure.what[:600]}\n  repeat: {failure.command}", flush=True)
    if path is not None:
        with path.open("a", encoding="utf-8") as kept:
            kept.write(f"{failure.seed}\t{' '.join(failure.what[:300].split())}\n")


def _report(seeds: int, seconds: float, counts: Counter[str]) -> None:
    print(f"\n{seeds} seeds in {seconds:.1f} s: {seeds / seconds:.2f} seeds a second")
    for name, number in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        print(f"  {number:9,}  {name}")


def _shrink(options: argparse.Namespace, failures: list[Failure]) -> None:
    stage = at_work.stage()
    from tests.simulation.runner import keep, shortest  # noqa: PLC0415
    from tests.simulation.watching import watch  # noqa: PLC0415

    for failure in failures:
        best = shortest(stage, failure, watch, at_work.bug(options.bug)) if options.shrink else failure
        print(
            f"\nseed {best.seed}: {len(best.schedule)} steps: {[name for name, _ in best.schedule]}\n  {best.what[:400]}"
        )
        if options.keep:
            print(f"  kept as {keep(best)}")


def main(words: list[str]) -> int:
    """Run; return the exit code."""
    options = _arguments(words)
    if options.trace:
        return _trace(options)
    began, seeds = time.monotonic(), 0
    counts: Counter[str] = Counter()
    failures: list[Failure] = []
    work = partial(at_work.work, options.bug)
    progress = _Progress(options.seeds)
    for tally in run_in_processes(options.start, options.seeds, options.steps, options.jobs, work):
        seeds += tally.seeds
        counts += tally.counts
        for failure in tally.failures:
            _note(failure, options.failed)
        failures += tally.failures
        progress.tell(seeds, len(failures))
        if options.most_failures and len(failures) >= options.most_failures:
            break
    _report(seeds, time.monotonic() - began, counts)
    if failures and (options.shrink or options.keep):
        _shrink(options, failures)
    print(f"{len(failures)} of {seeds} seeds failed")
    if failures:
        print("FAILED", *sorted(failure.seed for failure in failures))
    return 1 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except at_work.NoSuchBug as unknown:
        sys.exit(str(unknown))
