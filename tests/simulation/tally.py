"""What a run did and what failed: plain data that crosses processes, so nothing of the server is imported here."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice

Schedule = list[tuple[str, int]]
"""(name of the event, its seed)."""

CHUNK = 10
"""Seeds handed to a process at once."""
LIFE = 100
"""Chunks a process does before new ones take over: whatever it hoards goes with it, and they are there in five seconds."""


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
    """Yield figures as they come. `work` takes (first seed, number of seeds, steps) and can be pickled.

    A process gets its next chunk when it has done one, and has a limited life: no run is too long for the computer's memory.
    """
    size = max(1, min(CHUNK, seeds // (2 * max(1, jobs))))
    chunks = ((first, min(size, start + seeds - first), steps) for first in range(start, start + seeds, size))
    if jobs <= 1 and seeds <= CHUNK * LIFE:
        yield from map(work, chunks)
        return
    while generation := list(islice(chunks, LIFE * max(1, jobs))):
        yield from _one_generation(generation, max(1, jobs), work)


def _one_generation(
    chunks: Sequence[tuple[int, int, int]], jobs: int, work: Callable[[tuple[int, int, int]], Tally]
) -> Iterator[Tally]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        ahead: set[Future[Tally]] = set()
        for chunk in chunks:
            if len(ahead) > jobs:
                done, ahead = wait(ahead, return_when=FIRST_COMPLETED)
                yield from (one.result() for one in done)
            ahead.add(pool.submit(work, chunk))
        while ahead:
            done, ahead = wait(ahead, return_when=FIRST_COMPLETED)
            yield from (one.result() for one in done)
