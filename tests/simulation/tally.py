"""What a run did and what failed: plain data that crosses processes, so nothing of the server is imported here."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field

Schedule = list[tuple[str, int]]
"""(name of the event, its seed)."""

CHUNK = 10
"""Seeds handed to a process at once."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A seed that failed: what was said, where, and its schedule up to there."""

    seed: int
    steps: int
    what: str
    trace: str
    schedule: Schedule
    settled: bool
    """Whether it got as far as the settling."""

    @property
    def command(self) -> str:
        """The one command that repeats it."""
        return f"python3 run.py exec -- python -m tests.simulation --seeds 1 --start {self.seed} --steps {self.steps} --trace"


@dataclass
class Tally:
    """What a run did."""

    seeds: int = 0
    seconds: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take in another run's figures."""
        self.seeds += other.seeds
        self.counts += other.counts
        self.failures += other.failures


def run_in_processes(
    start: int, seeds: int, steps: int, jobs: int, work: Callable[[tuple[int, int, int]], Tally]
) -> Iterator[Tally]:
    """Yield figures as they come. `work` takes (first seed, number of seeds, steps) and can be pickled."""
    chunks = [
        (first, min(CHUNK, start + seeds - first), steps) for first in range(start, start + seeds, CHUNK)
    ]
    if jobs <= 1:
        yield from map(work, chunks)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        for done in as_completed([pool.submit(work, chunk) for chunk in chunks]):
            yield done.result()
