"""Seeds in a row; the shortest form of what failed, and its place among the regressions."""

from __future__ import annotations

import hashlib
import json
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from tests.simulation.stage import Stage
from tests.simulation.tally import Failure, Schedule, Tally
from tests.simulation.thrift import unhurried_collector
from tests.simulation.witness import Witness
from tests.simulation.world import World

REGRESSIONS = Path(__file__).resolve().parent / "regressions"


Watch = Callable[[], Witness]
"""Makes the witness of one world."""


def one_seed(
    stage: Stage,
    seed: int,
    steps: int,
    watch: Watch,
    say: Callable[[str], None] | None = None,
    schedule: Sequence[tuple[str, int]] | None = None,
) -> tuple[Counter[str], Failure | None]:
    """Live through one seed (or, with a schedule, through that); return counts, and the failure if there was one."""
    done: Schedule = []
    settling = False
    counts: Counter[str] = Counter()
    try:
        with World(stage, seed, witness=watch(), say=say) as world:
            done, counts = world.schedule, world.counts
            if schedule is None:
                for _ in range(steps):
                    world.step()
            else:
                world.replay(schedule)
            settling = True
            world.settle()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever it is, the seed failed and the next one is to run
        what = f"{type(error).__name__}: {error}"
        return counts, Failure(seed, steps, what, traceback.format_exc(), list(done), settling)
    return counts, None


def run_seeds(stage: Stage, seeds: Iterable[int], steps: int, watch: Watch) -> Tally:
    """Live through seeds in this process. Garbage is collected between them, not in their middle."""
    tally = Tally()
    began = time.monotonic()
    with unhurried_collector() as collect:
        for seed in seeds:
            counts, failure = one_seed(stage, seed, steps, watch)
            tally.seeds += 1
            tally.counts += counts
            if failure is not None:
                tally.failures.append(failure)
            collect()
    tally.seconds = time.monotonic() - began
    return tally


# ---------------------------------------------------------------- smaller and kept


def shortest(
    stage: Stage, failure: Failure, watch: Watch, within: AbstractContextManager[object] | None = None
) -> Failure:
    """Leave steps out of a failing schedule as long as it fails the same way; return the shortest failure found."""
    with within or nullcontext():
        best = failure
        size = max(1, len(best.schedule) // 2)
        while size:
            at = 0
            smaller = False
            while at < len(best.schedule):
                tried = best.schedule[:at] + best.schedule[at + size :]
                _, again = one_seed(stage, best.seed, best.steps, watch, schedule=tried)
                if again is not None and _alike(again, failure):
                    best, smaller = again, True
                else:
                    at += size
            size = size if smaller and size == 1 else size // 2
        return best


def _alike(one: Failure, other: Failure) -> bool:
    return one.what[:40] == other.what[:40]


def keep(failure: Failure, note: str = "", folder: Path = REGRESSIONS) -> Path:
    """Write a failing schedule as a regression; return its file."""
    document = {"seed": failure.seed, "note": note or failure.what[:500], "schedule": failure.schedule}
    text = json.dumps(document, ensure_ascii=False, indent=1)
    path = folder / f"seed-{failure.seed}-{hashlib.sha256(text.encode()).hexdigest()[:8]}.json"
    path.write_text(f"{text}\n", encoding="utf-8")
    return path


def kept(path: Path) -> tuple[int, Schedule]:
    """Return seed and schedule of a regression."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return document["seed"], [(name, seed) for name, seed in document["schedule"]]
