"""python -m tests.simulation.bugs [--only TEXT] [--seeds N] [--start S] [--steps K] [--jobs J]

Switches each known bug on and prints what notices it: its scripted history, and the seeds of the simulation (the first that fails,
and how many of N do). Exit code 1 if a bug goes unnoticed. --only takes a pitfall ("P9") or a piece of a name; without --seeds
only histories are played.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from functools import partial

from tests.simulation.bugs.examining import Line, examined
from tests.simulation.surroundings import django_on_its_own

REQUIRED_SHARE = 0.95


def main(words: list[str]) -> int:
    """Print the table; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.bugs", description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--seeds", type=int, default=0)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(words)
    with django_on_its_own():
        from tests.simulation.bugs.catalogue import BUGS, NOT_SWITCHABLE  # noqa: PLC0415

        wanted = [
            number
            for number, bug in enumerate(BUGS)
            if not options.only or options.only == bug.pitfall or options.only in bug.name
        ]
    work = partial(examined, start=options.start, seeds=options.seeds, steps=options.steps)
    lines: list[Line] = []
    # A process each: what a bug leaves behind in a process shall not help to notice the next one.
    with multiprocessing.get_context("spawn").Pool(options.jobs, maxtasksperchild=1) as pool:
        for line in pool.imap(work, wanted):
            print(line.text, flush=True)
            lines.append(line)
        pool.close()
        pool.join()
    for pitfall, reason in NOT_SWITCHABLE.items():
        print(f"no switch {pitfall:4} {reason}")
    caught = [line for line in lines if line.noticed]
    by_seeds = [line for line in lines if line.failed]
    print(f"{len(caught)} of {len(lines)} bugs caught, {len(by_seeds)} of them by {options.seeds} seeds each")
    missed = [line for line in lines if not line.noticed and line.group in "ABC"]
    return 1 if missed or len(caught) < REQUIRED_SHARE * len(lines) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
